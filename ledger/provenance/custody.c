/* SPDX-License-Identifier: Apache-2.0 */
/* Origins are kept ascending by facility while parts come in; a share is kg times parts per
 * million, which for 10^7 t stays below 2^63. */

#include "ledger/provenance/custody.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SHARE_PPM 1000000
#define CLAIM_MONTHS 12

struct mixture custody_mixture(void)
{
    return (struct mixture){.weakest = MODEL_IDENTITY_PRESERVED, .claim = ""};
}

/* Adds the weight to the origin's entry, which is made where there is none. */
static bool origin_add(struct mixture *mixture, Seam__LotOrigin *origin, int64_t weight)
{
    size_t at = 0;
    while (at < mixture->origin_count &&
           strcmp(mixture->origins[at]->facility, origin->facility) < 0) {
        at++;
    }
    if (at < mixture->origin_count &&
        strcmp(mixture->origins[at]->facility, origin->facility) == 0) {
        mixture->weights[at] += weight;
        return true;
    }
    if (mixture->origin_count == ORIGINS_MAX) {
        return false;
    }
    for (size_t i = mixture->origin_count; i > at; i--) {
        mixture->origins[i] = mixture->origins[i - 1];
        mixture->weights[i] = mixture->weights[i - 1];
    }
    mixture->origins[at] = origin;
    mixture->weights[at] = weight;
    mixture->origin_count++;
    return true;
}

enum judgement custody_add(struct event *event, struct mixture *mixture, const Seam__LotRecord *lot,
                           int64_t kg, int64_t claim_kg)
{
    for (size_t i = 0; i < lot->n_origins; i++) {
        if (!origin_add(mixture, lot->origins[i], kg * (int64_t)lot->origins[i]->share_ppm)) {
            return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "inputs", "D41", "64",
                                "coal of too many facilities");
        }
    }
    /* under the first two models all of a lot carries the claim, however little of it counts */
    const bool strict = lot->model < MODEL_CONTROLLED_BLENDING;
    const char *claim = strict || claim_kg > 0 ? lot->claim : "";
    if (claim[0] != '\0' && mixture->claim[0] != '\0' && strcmp(claim, mixture->claim) != 0) {
        mixture->claims_clash = true;
    }
    if (mixture->claim[0] == '\0') {
        mixture->claim = claim;
    }
    mixture->weakest =
        lot->model > mixture->weakest ? (enum custody_model)lot->model : mixture->weakest;
    mixture->claim_kg += claim_kg;
    mixture->kg += kg;
    mixture->claimed_kg += !strict ? claim_kg : claim[0] != '\0' ? kg : 0;
    mixture->claims_differ = mixture->claimed_kg != 0 && mixture->claimed_kg != mixture->kg;
    return JUDGE_OK;
}

enum err custody_origins(struct event *event, Seam__LotOrigin ***out, const struct mixture *mixture)
{
    int64_t shares[ORIGINS_MAX];
    const size_t count = mixture->origin_count;
    assert(count > 0);
    Seam__LotOrigin **list = arena_alloc(event->context->arena, count * sizeof *list);
    Seam__LotOrigin *rows = arena_alloc(event->context->arena, count * sizeof *rows);
    if (list == NULL || rows == NULL) {
        return ERR_MEMORY;
    }
    shares_split(shares, mixture->weights, count, SHARE_PPM);
    for (size_t i = 0; i < count; i++) {
        rows[i] = *mixture->origins[i];
        rows[i].share_ppm = (uint32_t)shares[i];
        list[i] = &rows[i];
    }
    *out = list;
    return OK;
}

enum judgement custody_model(const struct event *event, enum custody_model *out, bool *given,
                             const char *model, const char *field)
{
    *given = model[0] != '\0';
    for (uint32_t i = 0; i < MODEL_COUNT && *given; i++) {
        if (strcmp(model, model_name(i)) == 0) {
            *out = (enum custody_model)i;
            return JUDGE_OK;
        }
    }
    if (!*given) {
        return JUDGE_OK;
    }
    return event_refuse(event, JUDGE_NEVER, ERR_ENUM, field, "D41",
                        "IDENTITY_PRESERVED, SEGREGATED, CONTROLLED_BLENDING, MASS_BALANCE",
                        "book and claim is not offered");
}

/* Which origin keeps the model from holding: NULL where it holds. */
static const char *foreign(const struct mixture *mixture, enum custody_model model)
{
    if (model >= MODEL_CONTROLLED_BLENDING) {
        return NULL;
    }
    for (size_t i = 1; i < mixture->origin_count; i++) {
        if (model == MODEL_IDENTITY_PRESERVED) {
            return mixture->origins[i]->facility;
        }
        if (strcmp(mixture->origins[i]->organisation, mixture->origins[0]->organisation) != 0) {
            return mixture->origins[i]->facility;
        }
    }
    return mixture->claims_clash || mixture->claims_differ ? mixture->claim : NULL;
}

/* [ISO 22095, D41] What is declared is not stricter than any input, and admits every origin. */
static enum judgement settle_model(const struct event *event, enum custody_model *out,
                                   const struct mixture *mixture, const char *declared,
                                   const char *field)
{
    bool given = false;
    enum custody_model model = mixture->weakest;
    const enum judgement judgement = custody_model(event, &model, &given, declared, field);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (!given) {
        while (foreign(mixture, model) != NULL) { /* at most two steps */
            model++;
        }
        *out = model;
        return JUDGE_OK;
    }
    if (model < mixture->weakest) {
        return event_refuse(event, JUDGE_NEVER, ERR_CUSTODY, field, "D41",
                            model_name(mixture->weakest),
                            "an input has a weaker custody model than the output declares");
    }
    const char *offender = foreign(mixture, model);
    if (offender != NULL) {
        return event_refuse(event, JUDGE_NEVER, ERR_CUSTODY, field, "D41", offender,
                            "the declared model does not admit coal of this origin or claim");
    }
    *out = model;
    return JUDGE_OK;
}

/* Its part of the claim that went in, by the greater of what went in and came out, rounded down: so
 * the outputs together have at most what went in, and water that was added none [D41]. */
static int64_t claim_part(const Seam__LotRecord *lot, const struct mixture *mixture,
                          int64_t whole_kg)
{
    const int64_t whole = whole_kg > mixture->kg ? whole_kg : mixture->kg;
    return (int64_t)((__int128)mixture->claim_kg * lot->created_kg / whole);
}

/* --- mass balance ---------------------------------------------------------------------------- */

struct book {
    const char *place;
    const char *product; /* its GTIN, which belongs to one organisation, as its book does */
    const char *claim;
};

/* In less out of the 12 months that end with the last; the record of the last. */
static enum err book_window(const struct event *event, Seam__LotClaimRecord *month, __int128 *left,
                            const struct book *book, uint32_t last)
{
    char text[PERIOD_TEXT_SIZE];
    *left = 0;
    seam__lot_claim_record__init(month);
    for (uint32_t i = 0; i < CLAIM_MONTHS && last >= i; i++) {
        const struct period at = {.cadence = CADENCE_MONTH, .number = last - i};
        const Seam__LotClaimRecord *record = NULL;
        period_text(text, at);
        const enum err err =
            view_lot_claim(&record, event->context->state, book->place, book->product, book->claim,
                           text, event->context->arena);
        if (err != OK && err != ERR_ABSENT) {
            return err;
        }
        if (err == OK) {
            *left += (__int128)record->in_kg - record->out_kg;
        }
        if (err == OK && i == 0) {
            *month = *record;
        }
    }
    return OK;
}

/* What is left for the month of the event, and its record. An event recorded late must not take
 * what the months since then have taken already: the least of all windows up to the block's. */
static enum err book_read(const struct event *event, Seam__LotClaimRecord *month, __int128 *left,
                          const struct book *book)
{
    struct period first;
    struct period now;
    char text[PERIOD_TEXT_SIZE];
    event_month(text, event->context->time_ms, event->utc_offset);
    if (period_parse(&first, bytes_text(event->month)) != OK ||
        period_parse(&now, bytes_text(text)) != OK) {
        return ERR_INTERNAL;
    }
    enum err err = book_window(event, month, left, book, first.number);
    for (uint32_t i = 1; err == OK && i < CLAIM_MONTHS && first.number + i <= now.number; i++) {
        Seam__LotClaimRecord later;
        __int128 rest = 0;
        err = book_window(event, &later, &rest, book, first.number + i);
        *left = rest < *left ? rest : *left;
    }
    return err;
}

static enum err book_write(const struct event *event, Seam__LotClaimRecord *month,
                           const struct book *book)
{
    struct state_key key;
    month->place = (char *)(uintptr_t)book->place;
    month->product = (char *)(uintptr_t)book->product;
    month->claim = (char *)(uintptr_t)book->claim;
    month->month = (char *)(uintptr_t)event->month;
    if (!view_lot_claim_key(&key, book->place, book->product, book->claim, event->month)) {
        return ERR_INTERNAL;
    }
    return view_put(event->context->state, state_key_bytes(&key), &month->base,
                    event->context->arena);
}

/* Outputs with a claim are at most inputs with it, per place, product and 12 months [D41]. */
static enum judgement claim_by_book(struct event *event, Seam__LotRecord *lot,
                                    const struct mixture *mixture, const struct custody_wish *wish,
                                    int64_t whole_kg, const char *field)
{
    const char *claim = wish->claim[0] != '\0' ? wish->claim : mixture->claim;
    const struct book book = {event->head->place, lot->gtin, claim};
    Seam__LotClaimRecord month;
    __int128 left = 0;
    int64_t wanted = 0;
    if (claim[0] == '\0' || mixture->claims_clash) {
        return wish->claim_qty[0] == '\0'
                   ? JUDGE_OK
                   : event_refuse(event, JUDGE_NEVER, ERR_CUSTODY, field, "D41", NULL,
                                  "no claim, or two of them, to book");
    }
    enum err err = book_read(event, &month, &left, &book);
    if (err != OK) {
        return event_world(event, err);
    }
    int64_t credit = 0;
    if (strcmp(claim, mixture->claim) == 0) {
        credit = claim_part(lot, mixture, whole_kg);
    }
    left = left + credit < 0 ? 0 : left + credit;
    wanted = left < lot->created_kg ? (int64_t)left : lot->created_kg;
    if (wish->claim_qty[0] != '\0') {
        char limit[MASS_TEXT_SIZE];
        mass_text(limit, wanted);
        err = mass_parse(&wanted, wish->claim_qty, true);
        if (err != OK) {
            return event_refuse(event, JUDGE_NEVER, err, field, "D41", "t", "claim_qty");
        }
        if (wanted > left || wanted > lot->created_kg) {
            return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, field, "D41", limit,
                                "more claimed than came in with the claim within 12 months");
        }
    }
    month.in_kg += credit;
    month.out_kg += wanted;
    lot->claim = (char *)(uintptr_t)(wanted > 0 ? claim : "");
    lot->claim_kg = wanted;
    return event_world(event, book_write(event, &month, &book));
}

enum judgement custody_inherit(struct event *event, Seam__LotRecord *lot,
                               const struct mixture *mixture, const struct custody_wish *wish,
                               int64_t whole_kg, const char *field)
{
    enum custody_model model = mixture->weakest;
    const enum judgement judgement = settle_model(event, &model, mixture, wish->model, field);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = custody_origins(event, &lot->origins, mixture);
    if (err != OK) {
        return event_world(event, err);
    }
    lot->n_origins = mixture->origin_count;
    lot->model = model;
    if (model == MODEL_MASS_BALANCE) {
        return claim_by_book(event, lot, mixture, wish, whole_kg, field);
    }
    if (wish->claim[0] != '\0' || wish->claim_qty[0] != '\0') {
        return event_refuse(event, JUDGE_NEVER, ERR_CUSTODY, field, "D41", "MASS_BALANCE",
                            "the other models keep the claim with the coal");
    }
    if (!mixture->claims_clash) {
        lot->claim = (char *)(uintptr_t)mixture->claim;
        lot->claim_kg = claim_part(lot, mixture, whole_kg);
    }
    return JUDGE_OK;
}

void custody_gain(Seam__LotRecord *lot, int64_t kg)
{
    assert(kg >= 0);
    if (lot->model < MODEL_CONTROLLED_BLENDING && lot->claim_kg == lot->qty_kg) {
        lot->claim_kg += lot->claim[0] != '\0' ? kg : 0;
    }
    lot->qty_kg += kg;
    lot->gained_kg += kg;
    lot->carried_gain_kg += kg;
}
