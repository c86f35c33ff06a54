/* SPDX-License-Identifier: Apache-2.0 */
/* Where coal ends: in a furnace, an oven, a reactor, or on the way [KSSJ 7.2.1b]. */

#include "ledger/provenance/rules.h"

#include <string.h>

#include "ledger/provenance/gain.h"

#define BASIS_POINTS 10000

static bool listed(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Everything of the balance: out of the lots, into nothing. */
static enum judgement book(struct event *event, const Seam__LotRecord *lot, int64_t kg, bool loss)
{
    struct balance balance = {masses_none(), masses_none(), masses_none()};
    const struct quality quality = quality_of(lot);
    masses_add(&balance.in, kg, &quality);
    masses_add(loss ? &balance.loss : &balance.out, kg, &quality);
    balance_record(&event->balance, &balance);
    event->record.balance = &event->balance;
    return event_world(event, event_input(event, lot->lot, kg, &quality));
}

static enum judgement use_place(struct event *event, const Seam__LotUse *in)
{
    static const char *const uses[] = {"POWER", "COKE", "CHEM", "OTHER"};
    const Seam__FacilityRecord *facility = NULL;
    if (!listed(uses, sizeof uses / sizeof uses[0], in->use)) {
        return event_refuse(event, JUDGE_NEVER, ERR_ENUM, "use", "D41", "POWER, COKE, CHEM, OTHER",
                            NULL);
    }
    event->record.use = in->use;
    event->record.stage = (char *)(uintptr_t) "US";
    return in->facility[0] == '\0' ? JUDGE_OK
                                   : event_facility(event, &facility, in->facility, NULL, NULL);
}

enum judgement lot_use(struct rule_context *context, const ProtobufCMessage *payload,
                       const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LotUse *in = (const Seam__LotUse *)payload;
    struct event event;
    Seam__LotRecord *lot = NULL;
    int64_t kg = 0;
    enum judgement judgement = event_start(&event, context, LOT_USE_TYPE, in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = use_place(&event, in);
    }
    if (judgement == JUDGE_OK) {
        judgement = event_open(&event, &lot, in->lot, NEED_ALL, "lot");
    }
    if (judgement == JUDGE_OK) {
        judgement = event_amount(&event, &kg, lot, in->qty, "qty");
    }
    if (judgement == JUDGE_OK) {
        judgement = event_rules(&event, lot->scheme);
    }
    if (judgement == JUDGE_OK) {
        judgement = book(&event, lot, kg, false);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    (void)event_reduce(lot, kg);
    lot->used_kg += kg;
    return event_finish(&event);
}

/* --- loss ------------------------------------------------------------------------------------ */

/* When only water left, the dry mass stays: the new moisture says so, within the tolerance of dry
 * mass. The difference of rounding is declared. */
static enum judgement lose_water(struct event *event, Seam__LotRecord *lot, int64_t kg,
                                 const char *moisture)
{
    struct dec tolerance = {0, 0};
    struct balance balance = {masses_none(), masses_none(), masses_none()};
    const struct quality before = quality_of(lot);
    struct quality after = before;
    const struct quality water = {.moisture_e4 = FRACTION_ONE, .has_carbon = true};
    enum judgement judgement = event_value(event, &tolerance, "balance.dry");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (fraction_parse(&after.moisture_e4, moisture, true) != OK) {
        return event_refuse(event, JUDGE_NEVER, ERR_MISSING, "moisture", "D41", "0..0.9999",
                            "what the moisture is after water left");
    }
    const __int128 gain_dg = gain_dry(lot, lot->qty_kg);
    masses_add(&balance.in, lot->qty_kg, &before);
    (void)event_reduce(lot, kg);
    masses_add(&balance.out, lot->qty_kg, &after);
    masses_add(&balance.loss, kg, &water);
    const __int128 rest = balance_difference(&balance, BALANCE_DRY);
    if (!balance_within(rest < 0 ? -rest : rest, balance.in.dry_dg, tolerance)) {
        char limit[MASS_TEXT_SIZE];
        mass_text(limit, balance_kg(rest, BALANCE_DRY));
        return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, "moisture", "V11", limit,
                            "the dry mass before less the dry mass after: only water left");
    }
    __int128 gain = 0;
    judgement = gain_mix(event, &gain, &balance, gain_dg, "moisture");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    judgement = event_world(event, event_input(event, lot->lot, kg, &before));
    lot->carried_gain_kg = gain_share(lot->qty_kg, gain, balance.out.dry_dg);
    lot->moisture_e4 = after.moisture_e4;
    lot->lost_kg += kg;
    balance_record(&event->balance, &balance);
    event->record.balance = &event->balance;
    return judgement;
}

static enum judgement loss_open(struct event *event, Seam__LotRecord **lot, const Seam__LotLoss *in)
{
    static const char *const causes[] = {"FIRE", "SPILL", "DUST", "MOISTURE", "THEFT"};
    if (!listed(causes, sizeof causes / sizeof causes[0], in->cause)) {
        return event_refuse(event, JUDGE_NEVER, ERR_ENUM, "cause", "D41",
                            "FIRE, SPILL, DUST, MOISTURE, THEFT", NULL);
    }
    event->record.cause = in->cause;
    event->record.reason = in->reason;
    enum judgement judgement = event_open(event, lot, in->lot, NEED_CUSTODY, "lot");
    if (judgement == JUDGE_OK && (*lot)->state != LOT_IN_TRANSIT &&
        strcmp((*lot)->place, event->head->place) != 0) {
        judgement = event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "lot", "D41", (*lot)->place,
                                 "the lot is at another place");
    }
    return judgement;
}

/* What is lost above the share of the lot rules, at once or bit by bit, is looked at; if it is
 * somebody else's coal, the finding names whose. */
static enum judgement flag_loss(struct event *event, const Seam__LotRecord *lot, int64_t kg)
{
    struct dec share = {0, 0};
    const enum judgement judgement = event_value(event, &share, "loss.bp");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    char amount[MASS_TEXT_SIZE];
    char limit[MASS_TEXT_SIZE];
    if (balance_within((__int128)kg * BASIS_POINTS, lot->qty_kg, share) &&
        balance_within(((__int128)lot->lost_kg + kg) * BASIS_POINTS, lot->created_kg, share)) {
        return JUDGE_OK;
    }
    const __int128 most = (__int128)lot->created_kg * share.m / (__int128)dec_power(share.s);
    mass_text(amount, kg);
    mass_text(limit, (int64_t)(most / BASIS_POINTS));
    enum err err = event_finding(event, "W_LOSS", "MASS", amount, limit);
    if (err == OK && strcmp(lot->owner, event->context->organisation_id) != 0) {
        err = event_finding(event, "W_LOSS", "OWNER", amount, lot->owner);
    }
    return event_world(event, err);
}

enum judgement lot_loss(struct rule_context *context, const ProtobufCMessage *payload,
                        const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LotLoss *in = (const Seam__LotLoss *)payload;
    struct event event;
    Seam__LotRecord *lot = NULL;
    int64_t kg = 0;
    enum judgement judgement = event_start(&event, context, LOT_LOSS_TYPE, in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = loss_open(&event, &lot, in);
    }
    if (judgement == JUDGE_OK) {
        judgement = event_amount(&event, &kg, lot, in->qty, "qty");
    }
    if (judgement == JUDGE_OK) {
        judgement = event_rules(&event, lot->scheme);
    }
    if (judgement == JUDGE_OK) {
        judgement = flag_loss(&event, lot, kg);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp(in->cause, "MOISTURE") == 0) {
        judgement = lose_water(&event, lot, kg, in->moisture);
        return judgement == JUDGE_OK ? event_finish(&event) : judgement;
    }
    judgement = book(&event, lot, kg, true);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    (void)event_reduce(lot, kg);
    lot->lost_kg += kg;
    return event_finish(&event);
}
