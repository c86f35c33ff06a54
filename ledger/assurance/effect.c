/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry may read and mark. The state of an effect follows from its marks and from the
 * dispute it belongs to. */

#include "ledger/assurance/effect.h"

#include <stdio.h>
#include <string.h>

#include "ledger/assurance/dispute_case.h"
#include "ledger/base/num.h"
#include "ledger/base/period.h"
#include "ledger/base/ratio.h"

#define RATE_MAX 10
#define RATE_DECIMALS 6

enum err effect_tonnes(struct tonnes *out, struct grams decided, struct grams used,
                       const char *rate)
{
    struct dec factor;
    int64_t whole = 0;
    enum err err = dec_parse(&factor, bytes_text(rate));
    if (err != OK) {
        return err;
    }
    if (factor.m < 0 || factor.s > RATE_DECIMALS || dec_compare(factor, dec_of(RATE_MAX, 0)) > 0) {
        return ERR_RANGE;
    }
    struct ratio amount = ratio_of_int(grams_value(decided));
    const struct ratio other = ratio_of_int(grams_value(used));
    ratio_sub(&amount, &other);
    ratio_mul_dec(&amount, factor);
    ratio_div_int(&amount, 1000000);
    err = ratio_round(&whole, &amount, 0);
    if (err != OK || whole == INT64_MIN) {
        return ERR_RANGE;
    }
    *out = tonnes_of(whole < 0 ? -whole : whole);
    return OK;
}

static enum effect_status status_of(const Seam__EffectRecord *effect, enum dispute_status dispute)
{
    if (effect->consumed_ms != 0) {
        return EFFECT_CONSUMED;
    }
    if (effect->voided) {
        return EFFECT_VOID;
    }
    return dispute == DISPUTE_APPEALED ? EFFECT_SUSPENDED : EFFECT_READY;
}

static enum err effect_read(Seam__EffectRecord **out, struct overlay *state, const char *dispute,
                            uint32_t number, struct arena *arena)
{
    const struct state_key key = dispute_key_numbered(KEY_EFFECT, dispute, number);
    ProtobufCMessage *message = NULL;
    const enum err err = record_get(&message, &seam__effect_record__descriptor, state, &key, arena);
    if (err == OK) {
        *out = (Seam__EffectRecord *)message;
    }
    return err;
}

enum err assurance_effect(struct assurance_effect *out, struct overlay *state, const char *dispute,
                          uint32_t number, uint64_t time_ms, struct arena *arena)
{
    Seam__EffectRecord *effect = NULL;
    Seam__DisputeRecord *record = NULL;
    enum err err = effect_read(&effect, state, dispute, number, arena);
    if (err == OK) {
        err = dispute_record_read(&record, state, dispute, arena);
        err = err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    if (err != OK) {
        return err;
    }
    const enum dispute_status status = dispute_status(record, time_ms);
    *out = (struct assurance_effect){
        .record = effect, .status = status_of(effect, status), .final = dispute_ended(status)};
    return OK;
}

static enum judgement usable(const Seam__EffectRecord *effect, enum effect_status status,
                             struct err_detail *detail)
{
    switch (status) {
    case EFFECT_READY:
        return JUDGE_OK;
    case EFFECT_SUSPENDED:
        return refusal_not_yet(detail, (struct refusal){ERR_STATE_MACHINE, "effect", "D42", NULL,
                                                        "an appeal is being decided"});
    case EFFECT_VOID:
        return refusal_never(
            detail, (struct refusal){ERR_CLOSED, "effect", "D42", NULL, "reversed on appeal"});
    case EFFECT_CONSUMED:
        break;
    }
    char tx[2 * HASH_SIZE + 1] = "";
    if (effect->consumed_tx.len == HASH_SIZE) {
        hex_encode(tx, bytes_of(effect->consumed_tx.data, effect->consumed_tx.len));
    }
    return refusal_never(
        detail, (struct refusal){ERR_DUPLICATE, "effect", "D42", tx, "an effect is used once"});
}

enum judgement assurance_effect_consume(struct rule_context *context, const char *dispute,
                                        uint32_t number, struct err_detail *detail)
{
    struct dispute_case found;
    Seam__EffectRecord *effect = NULL;
    enum judgement judgement = dispute_case_read(&found, context, dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement = refusal_of_view(
            detail, effect_read(&effect, context->state, dispute, number, context->arena), "effect",
            dispute);
    }
    if (judgement == JUDGE_OK) {
        judgement = usable(effect, status_of(effect, found.status), detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    effect->consumed_tx = record_data(&context->tx_id);
    effect->consumed_by = (char *)(uintptr_t)context->organisation_id;
    effect->consumed_ms = context->time_ms;
    found.record->effects_consumed++;
    const struct state_key key = dispute_key_numbered(KEY_EFFECT, dispute, number);
    judgement = refusal_of_world(detail, record_put(context, &key, &effect->base));
    return judgement == JUDGE_OK ? dispute_case_put(&found) : judgement;
}

/* --- the accounts of a year -------------------------------------------------------------------*/

#define PERIODS_OF_YEAR 17 /* the year, its quarters, its months */

static struct period period_of_year(uint32_t year, uint32_t index)
{
    const uint32_t since = year - PERIOD_YEAR_MIN;
    if (index < 12) {
        return (struct period){.cadence = CADENCE_MONTH, .number = since * 12 + index};
    }
    if (index < 16) {
        return (struct period){.cadence = CADENCE_QUARTER, .number = since * 4 + index - 12};
    }
    return (struct period){.cadence = CADENCE_YEAR, .number = since};
}

typedef enum err dispute_visit(void *state, const Seam__DisputeRecord *record,
                               enum dispute_status status);

/* Calls visit for every dispute about an account of the year. */
static enum err each_dispute(struct overlay *state, const char *facility, uint32_t year,
                             uint64_t time_ms, struct arena *arena, dispute_visit *visit,
                             void *visitor)
{
    if (year < PERIOD_YEAR_MIN || year > PERIOD_YEAR_MAX) {
        return ERR_RANGE;
    }
    enum err err = OK;
    for (uint32_t i = 0; err == OK && i < PERIODS_OF_YEAR; i++) {
        char period[PERIOD_TEXT_SIZE];
        const Seam__DisputeHead *head = NULL;
        period_text(period, period_of_year(year, i));
        err = dispute_head_read(&head, state, facility, period, arena);
        const size_t count = err == OK ? head->n_disputes : 0;
        err = err == ERR_ABSENT ? OK : err;
        for (size_t k = 0; err == OK && k < count; k++) {
            Seam__DisputeRecord *record = NULL;
            err = dispute_record_read(&record, state, head->disputes[k], arena);
            if (err == OK && strcmp(record->period, period) == 0) {
                err = visit(visitor, record, dispute_status(record, time_ms));
            }
        }
    }
    return err;
}

static enum err add_held(void *state, const Seam__DisputeRecord *record, enum dispute_status status)
{
    int64_t *sum = state;
    if (dispute_open(status) && !num_add_i64(sum, *sum, dispute_disputed_g(record))) {
        return ERR_RANGE;
    }
    return OK;
}

enum err assurance_held(struct grams *out, struct overlay *state, const char *facility,
                        uint32_t year, uint64_t time_ms, struct arena *arena)
{
    int64_t sum = 0;
    const enum err err = each_dispute(state, facility, year, time_ms, arena, add_held, &sum);
    if (err == OK) {
        *out = grams_of(sum);
    }
    return err;
}

/* --- locks ------------------------------------------------------------------------------------*/

static struct state_key lock_key(const char *facility, uint32_t year)
{
    struct state_key key = state_key_of(KEY_ACCOUNT_LOCK);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_u32(&key, year);
    return key;
}

enum err assurance_lock(const Seam__AccountLock **out, struct overlay *state, const char *facility,
                        uint32_t year, struct arena *arena)
{
    const struct state_key key = lock_key(facility, year);
    ProtobufCMessage *message = NULL;
    const enum err err = record_get(&message, &seam__account_lock__descriptor, state, &key, arena);
    if (err == OK) {
        *out = (const Seam__AccountLock *)message;
    }
    return err;
}

/* The accounts that the year has, as they stand. */
static enum err list_periods(struct rule_context *context, const char *facility, uint32_t year,
                             Seam__LockedPeriod **list, size_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < PERIODS_OF_YEAR; i++) {
        const Seam__AccountHead *head = NULL;
        char period[PERIOD_TEXT_SIZE];
        period_text(period, period_of_year(year, i));
        const enum err err = view_account(&head, context->state, facility, period, context->arena);
        if (err != OK && err != ERR_ABSENT) {
            return err;
        }
        if (err == ERR_ABSENT || strcmp(head->period, period) != 0) {
            continue;
        }
        Seam__LockedPeriod *entry = arena_alloc(context->arena, sizeof *entry);
        if (entry == NULL) {
            return ERR_MEMORY;
        }
        seam__locked_period__init(entry);
        entry->period = head->period;
        entry->version = head->version;
        entry->account_hash = head->account_hash;
        list[(*count)++] = entry;
    }
    return OK;
}

enum judgement assurance_lock_year(struct rule_context *context, const char *facility,
                                   uint32_t year, struct err_detail *detail)
{
    const Seam__AccountLock *old = NULL;
    if (year < PERIOD_YEAR_MIN || year > PERIOD_YEAR_MAX) {
        return refusal_never(detail,
                             (struct refusal){ERR_RANGE, "year", "4.4", "1970..2199", NULL});
    }
    enum err err = assurance_lock(&old, context->state, facility, year, context->arena);
    if (err == OK) {
        return refusal_never(
            detail, (struct refusal){ERR_DUPLICATE, "year", "4.4", NULL, "locked already"});
    }
    if (err != ERR_ABSENT) {
        return refusal_of_world(detail, err);
    }
    Seam__LockedPeriod *periods[PERIODS_OF_YEAR];
    Seam__AccountLock lock = SEAM__ACCOUNT_LOCK__INIT;
    err = list_periods(context, facility, year, periods, &lock.n_periods);
    if (err == OK && lock.n_periods == 0) {
        return refusal_not_yet(
            detail, (struct refusal){ERR_ABSENT, "year", "4.4", NULL, "the year has no account"});
    }
    lock.facility = (char *)(uintptr_t)facility;
    lock.year = year;
    lock.periods = periods;
    lock.organisation = (char *)(uintptr_t)context->organisation_id;
    lock.tx_id = record_data(&context->tx_id);
    lock.height = context->height;
    lock.time_ms = context->time_ms;
    const struct state_key key = lock_key(facility, year);
    if (err == OK) {
        err = record_add(context, &key, &lock.base);
    }
    return refusal_of_world(detail, err);
}

enum judgement assurance_unlock_year(struct rule_context *context, const char *facility,
                                     uint32_t year, struct err_detail *detail)
{
    const struct state_key key = lock_key(facility, year);
    const enum err err = overlay_delete(context->state, state_key_bytes(&key));
    return err == ERR_ABSENT ? JUDGE_OK : refusal_of_world(detail, err);
}
