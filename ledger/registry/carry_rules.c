/* SPDX-License-Identifier: Apache-2.0 */
/* Carry-over retires and issues in one transaction, so that the two vintages never exist together.
 * Units that are frozen stay where they are; they count for the limit and may follow later. */

#include "ledger/registry/carry.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/expiry.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/surrender.h"
#include "ledger/registry/trade.h"

/* --- 126 CARRY_OVER -------------------------------------------------------------------------- */

struct carrying {
    struct rule_context *context;
    const Seam__CarryOver *in;
    struct compliance view;
    const Seam__AssetRecord *asset;
    struct carry_room room;
    uint64_t quantity;
    struct err_detail *detail;
};

static enum judgement refuse(const struct carrying *carrying, enum judgement judgement,
                             enum err err, const char *field, const char *limit, const char *hint)
{
    return unit_refuse(carrying->detail, judgement, err, "V20", field, limit, hint);
}

static bool year_done(enum compliance_status status)
{
    return status == COMPLIANCE_A || status == COMPLIANCE_NOT_APPLICABLE ||
           status == COMPLIANCE_EXCLUDED;
}

static enum judgement refuse_unmet(const struct carrying *carrying, const struct compliance *view)
{
    char gap[24];
    char hint[160];
    (void)snprintf(gap, sizeof gap, "%llu", (unsigned long long)view->gap);
    (void)snprintf(hint, sizeof hint,
                   view->status == COMPLIANCE_C
                       ? "emissions of this year are missing or not verified: %.64s"
                       : "so many units are owed yet for this year by %.64s",
                   view->holding->holding);
    return refuse(carrying, JUDGE_NOT_YET, ERR_STATE_MACHINE, "holding", gap, hint);
}

/* A holder carries over when all its accounts of this scheme have met the year: else units would be
 * moved to one that owes nothing, and be carried over there. */
static enum judgement holder_done(const struct carrying *carrying)
{
    struct rule_context *context = carrying->context;
    const Seam__HoldingRecord *own = carrying->view.holding;
    struct hash owner;
    uint32_t count = 0;
    id_hash(&owner, KEY_ORGANISATION, own->holder);
    const enum err err = trade_count(&count, context->state, KEY_HOLDING, &owner, context->arena);
    enum judgement judgement = unit_world(carrying->detail, err);
    for (uint32_t i = 0; i < count && judgement == JUDGE_OK; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__HoldingRecord *other = NULL;
        judgement = unit_world(carrying->detail, view_list(&entry, context->state, KEY_HOLDING,
                                                           &owner, i, context->arena));
        if (judgement == JUDGE_OK) {
            judgement = holding_find(context, &other, entry->id, "holding", carrying->detail);
        }
        if (judgement != JUDGE_OK || strcmp(other->holding, own->holding) == 0 ||
            strcmp(other->scheme, own->scheme) != 0 || other->state == HOLDING_OPENING) {
            continue;
        }
        struct compliance view;
        judgement =
            surrender_year(context, &view, other->holding, carrying->in->year, carrying->detail);
        if (judgement == JUDGE_OK && !year_done(view.status)) {
            judgement = refuse_unmet(carrying, &view);
        }
    }
    return judgement;
}

/* Only who has met the year, inside the window. */
static enum judgement year_valid(const struct carrying *carrying)
{
    const struct compliance_dates *dates = &carrying->view.dates;
    const uint64_t now = carrying->context->time_ms;
    const uint64_t from = dates->at_ms[COMPLIANCE_CARRY_FROM];
    const uint64_t to = dates->at_ms[COMPLIANCE_CARRY_TO];
    char text[TIME_TEXT_SIZE];
    if (to == 0) {
        return refuse(carrying, JUDGE_NOT_YET, ERR_WINDOW, "year", NULL,
                      "the scheme carries nothing over from this year");
    }
    time_text(text, now < from ? from : to);
    if (now < from || now >= to) {
        return refuse(carrying, now < from ? JUDGE_NOT_YET : JUDGE_NEVER, ERR_WINDOW, "year", text,
                      now < from ? "the window has not opened" : "the window is over");
    }
    return year_done(carrying->view.status) ? holder_done(carrying)
                                            : refuse_unmet(carrying, &carrying->view);
}

/* Allowances of one asset, of vintages up to the year. */
static enum judgement units_valid(struct carrying *carrying)
{
    const Seam__CarryOver *in = carrying->in;
    char limit[24];
    (void)snprintf(limit, sizeof limit, "..%u", in->year);
    for (size_t i = 0; i < in->n_units; i++) {
        char field[32];
        (void)snprintf(field, sizeof field, "units[%zu]", i);
        if (strcmp(in->units[i]->asset, in->units[0]->asset) != 0 ||
            strcmp(in->units[i]->registry, in->units[0]->registry) != 0 ||
            strcmp(in->units[i]->project, in->units[0]->project) != 0) {
            return refuse(carrying, JUDGE_NEVER, ERR_PARAM, field, NULL, "one asset at a time");
        }
        if (in->units[i]->vintage > in->year) {
            return refuse(carrying, JUDGE_NEVER, ERR_VINTAGE, field, limit,
                          "this vintage needs no carry-over");
        }
        const enum judgement judgement =
            expiry_valid(carrying->context, carrying->view.scheme->scheme->scheme, in->units[i],
                         field, carrying->detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        if (in->units[i]->quantity == 0 || in->units[i]->quantity > BLOCK_QUANTITY_MAX) {
            return refuse(carrying, JUDGE_NEVER, ERR_RANGE, field, "1..1000000000000", NULL);
        }
        carrying->quantity += in->units[i]->quantity;
    }
    const enum err err = registry_asset(&carrying->asset, carrying->context->state,
                                        in->units[0]->asset, carrying->context->arena);
    if (err != OK) {
        return unit_missing(carrying->detail, err, "units[0].asset", in->units[0]->asset);
    }
    if (strcmp(carrying->asset->asset->kind, "ALLOWANCE") != 0) {
        return refuse(carrying, JUDGE_NEVER, ERR_PARAM, "units[0].asset", NULL,
                      "only allowances are carried over");
    }
    /* The serial numbers of another registry are not ours to give. */
    const char *home = carrying->asset->asset->registry;
    if (in->units[0]->registry[0] != '\0' && strcmp(in->units[0]->registry, home) != 0) {
        return refuse(carrying, JUDGE_NEVER, ERR_PARAM, "units[0].registry", home,
                      "units of another registry are carried over there");
    }
    return JUDGE_OK;
}

static enum judgement room_valid(struct carrying *carrying)
{
    char limit[24];
    char hint[160];
    struct rule_context *context = carrying->context;
    const struct carry_room *room = &carrying->room;
    const enum err err = carry_room_of(&carrying->room, context->state, carrying->view.scheme,
                                       carrying->view.holding, carrying->in->units[0]->asset,
                                       carrying->in->year, context->arena);
    if (err != OK) {
        return view_failed(err) ? unit_world(carrying->detail, err)
                                : refuse(carrying, JUDGE_NEVER, err, "year", NULL,
                                         "the scheme has no rule to carry over by");
    }
    if (carrying->quantity <= room->possible) {
        return JUDGE_OK;
    }
    (void)snprintf(limit, sizeof limit, "%llu", (unsigned long long)room->possible);
    (void)snprintf(
        hint, sizeof hint,
        "limit %llu t by net sales of all accounts, %llu t held here, %llu t carried already",
        (unsigned long long)room->limit, (unsigned long long)room->balance,
        (unsigned long long)room->carried);
    return refuse(carrying, JUDGE_NEVER, ERR_HOLDING, "units", limit, hint);
}

static enum judgement carry_units(struct carrying *carrying, Seam__Units **retired,
                                  Seam__Units **issued)
{
    struct rule_context *context = carrying->context;
    struct hash by;
    id_hash(&by, KEY_CARRY, carrying->in->carry);
    for (size_t i = 0; i < carrying->in->n_units; i++) {
        char field[32];
        (void)snprintf(field, sizeof field, "units[%zu]", i);
        const struct block_move move = {
            .from = {.holding = carrying->in->holding, .state = UNIT_REGISTER},
            .to = {.holding = carrying->in->holding, .state = UNIT_CARRIED, .by = &by},
            .kind = ENTRY_CARRY,
            .by = &by,
            .field = field};
        const enum judgement judgement =
            units_move(context, carrying->in->units[i], &move, &retired[i], carrying->detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    const Seam__Units *first = retired[0];
    const struct series next =
        series_of(first->registry, first->asset, first->project, carrying->in->year + 1);
    const struct block_place to = {.holding = carrying->in->holding, .state = UNIT_REGISTER};
    struct block_pieces made = {.count = 1, .quantity = carrying->quantity};
    const enum judgement judgement = block_issue(context, &next, &to, ENTRY_CARRY,
                                                 carrying->quantity, &made.at[0], carrying->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    *issued = units_record(context, &next, &made);
    return unit_world(carrying->detail, *issued != NULL ? OK : ERR_MEMORY);
}

static enum judgement carry_write(struct carrying *carrying, Seam__Units **retired,
                                  Seam__Units *issued)
{
    struct rule_context *context = carrying->context;
    struct hash tx_id = context->tx_id;
    struct hash owner;
    Seam__CarryRecord record = SEAM__CARRY_RECORD__INIT;
    record.carry = carrying->in->carry;
    record.holding = carrying->in->holding;
    record.year = carrying->in->year;
    record.n_retired = carrying->in->n_units;
    record.retired = retired;
    record.issued = issued;
    record.limit = carrying->room.limit;
    record.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    record.height = context->height;
    record.time_ms = context->time_ms;
    const struct state_key key = state_key_named(KEY_CARRY, record.carry);
    enum judgement judgement = unit_put(context, &key, &record.base, carrying->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ComplianceRecord compliance = *carrying->view.record;
    compliance.carried += carrying->quantity;
    judgement = surrender_compliance_put(context, &compliance, carrying->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    id_hash(&owner, KEY_HOLDING, record.holding);
    const struct carry_owner holder = {carrying->view.scheme->scheme->scheme,
                                       carrying->view.holding->holder,
                                       carrying->in->units[0]->asset};
    enum err err = carry_used(context, &holder, record.year, carrying->quantity);
    if (err == OK) {
        err = trade_list(context, KEY_CARRY, NULL, record.carry, 0);
    }
    if (err == OK) {
        err = trade_list(context, KEY_CARRY, &owner, record.carry, 0);
    }
    return unit_world(carrying->detail, err);
}

static enum judgement carry_open(struct carrying *carrying)
{
    struct rule_context *context = carrying->context;
    const Seam__HoldingRecord *own = NULL;
    const struct state_key key = state_key_named(KEY_CARRY, carrying->in->carry);
    if (carrying->in->n_units == 0 || carrying->in->n_units > REGISTRY_UNITS) {
        return refuse(carrying, JUDGE_NEVER, ERR_RANGE, "units", "1..16", NULL);
    }
    enum judgement judgement = unit_new(context, &key, "carry", carrying->detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_own(context, &own, carrying->in->holding, "holding", carrying->detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, own, HOLDING_SURRENDER, "holding", carrying->detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    return surrender_year(context, &carrying->view, carrying->in->holding, carrying->in->year,
                          carrying->detail);
}

enum judgement carry_over(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct carrying carrying = {
        .context = context, .in = (const Seam__CarryOver *)payload, .detail = detail};
    Seam__Units *retired[REGISTRY_UNITS];
    Seam__Units *issued = NULL;
    enum judgement judgement = carry_open(&carrying);
    if (judgement == JUDGE_OK) {
        judgement = year_valid(&carrying);
    }
    if (judgement == JUDGE_OK) {
        judgement = units_valid(&carrying);
    }
    if (judgement == JUDGE_OK) {
        judgement = room_valid(&carrying);
    }
    if (judgement == JUDGE_OK) {
        judgement = carry_units(&carrying, retired, &issued);
    }
    if (judgement == JUDGE_OK) {
        judgement = carry_write(&carrying, retired, issued);
    }
    return judgement == JUDGE_OK ? surrender_lock(context, &carrying.view, detail) : judgement;
}

void carry_over_links(struct rule_context *context, const ProtobufCMessage *payload,
                      struct bytes *creates, struct bytes *needs)
{
    const Seam__CarryOver *in = (const Seam__CarryOver *)payload;
    const struct state_key key = state_key_named(KEY_CARRY, in->carry);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}

/* --- 127 LAPSE ------------------------------------------------------------------------------- */

/* Takes from one position, as much as is there and wanted. */
static enum judgement lapse_from(struct rule_context *context, const Seam__Lapse *in,
                                 enum unit_state from, uint64_t quantity, const struct hash *by,
                                 struct err_detail *detail)
{
    Seam__Units part = *in->units;
    part.quantity = quantity;
    const struct block_move move = {.from = {.holding = in->holding, .state = from},
                                    .to = {.holding = in->holding, .state = UNIT_LAPSED, .by = by},
                                    .kind = ENTRY_LAPSE,
                                    .by = by,
                                    .field = "units"};
    return quantity > 0 ? units_move(context, &part, &move, NULL, detail) : JUDGE_OK;
}

static enum judgement lapse_units(struct rule_context *context, const Seam__Lapse *in,
                                  struct err_detail *detail)
{
    const Seam__PositionRecord *position = NULL;
    struct series series;
    char text[LIMIT_ID_TEXT + 16];
    struct hash by;
    enum judgement judgement = units_series(context, &series, in->units, "units", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    uint64_t freed = 0; /* by locks that ran out: block_move gives them back when they are needed */
    enum err err =
        registry_position(&position, context->state, in->holding, &series, context->arena);
    if (err == OK) {
        err = trade_expired(&freed, context->state, in->holding, &series, context->time_ms,
                            context->arena);
    }
    if (err != OK && err != ERR_ABSENT) {
        return unit_world(detail, err);
    }
    (void)snprintf(text, sizeof text, "%s/%u", in->holding, in->year);
    id_hash(&by, KEY_COMPLIANCE, text);
    const uint64_t traded = registry_shelf(err == OK ? position : NULL, UNIT_TRADE, false) + freed;
    const uint64_t there = registry_shelf(err == OK ? position : NULL, UNIT_REGISTER, false);
    const uint64_t wanted = in->units->quantity;
    if (wanted > traded + there) {
        return unit_refuse_amount(detail, ERR_HOLDING, "V20", "units", traded + there,
                                  "this many are available to lapse");
    }
    const uint64_t first = wanted < traded ? wanted : traded;
    judgement = lapse_from(context, in, UNIT_TRADE, first, &by, detail);
    return judgement == JUDGE_OK
               ? lapse_from(context, in, UNIT_REGISTER, wanted - first, &by, detail)
               : judgement;
}

/* The regulator that set the scheme, or the registrar that keeps the asset; no other one. */
static enum judgement lapse_sender(const struct rule_context *context,
                                   const Seam__SchemeRecord *scheme, const Seam__AssetRecord *asset,
                                   struct err_detail *detail)
{
    const char *who = (context->roles & ROLE_REGULATOR) != 0 ? scheme->organisation : asset->issuer;
    if (strcmp(who, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "V20", "holding", who,
                           "the regulator of the scheme or the registrar of the asset decides");
    }
    return JUDGE_OK;
}

/* After the window, allowances of vintages up to the year, each vintage on its own. */
static enum judgement lapse_valid(struct rule_context *context, const Seam__Lapse *in,
                                  const struct compliance *view, struct err_detail *detail)
{
    const Seam__AssetRecord *asset = NULL;
    char text[TIME_TEXT_SIZE];
    const uint64_t to = view->dates.at_ms[COMPLIANCE_CARRY_TO];
    const enum err err = registry_asset(&asset, context->state, in->units->asset, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "units.asset", in->units->asset);
    }
    const enum judgement judgement = lapse_sender(context, view->scheme, asset, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    time_text(text, to);
    if (to == 0 || context->time_ms < to) {
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_WINDOW, "V20", "year", to == 0 ? NULL : text,
                           "units lapse after the window of the carry-over");
    }
    if (strcmp(asset->asset->kind, "ALLOWANCE") != 0 || in->units->vintage > in->year) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_VINTAGE, "V20", "units", NULL,
                           "only allowances of vintages up to the year lapse");
    }
    if (in->units->n_ranges > 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "V20", "units.ranges", NULL,
                           "units lapse by number");
    }
    return JUDGE_OK;
}

enum judgement lapse(struct rule_context *context, const ProtobufCMessage *payload,
                     const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Lapse *in = (const Seam__Lapse *)payload;
    const Seam__HoldingRecord *holding = NULL;
    struct compliance view;
    enum judgement judgement = holding_find(context, &holding, in->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = surrender_year(context, &view, in->holding, in->year, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = lapse_valid(context, in, &view, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = lapse_units(context, in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ComplianceRecord record = *view.record;
    record.lapsed += in->units->quantity;
    return surrender_compliance_put(context, &record, detail);
}

/* Neither makes anything that others wait for, nor waits for more than an account. */
static struct bytes holding_link(struct rule_context *context, const char *holding)
{
    const struct state_key key = state_key_named(KEY_HOLDING, holding);
    return unit_link(context, &key);
}

void lapse_links(struct rule_context *context, const ProtobufCMessage *payload,
                 struct bytes *creates, struct bytes *needs)
{
    *needs = holding_link(context, ((const Seam__Lapse *)payload)->holding);
    (void)creates;
}

/* --- 144 COMPLIANCE_EXCLUDE ------------------------------------------------------------------ */

enum judgement compliance_exclude(struct rule_context *context, const ProtobufCMessage *payload,
                                  const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ComplianceExclude *in = (const Seam__ComplianceExclude *)payload;
    const Seam__HoldingRecord *holding = NULL;
    const Seam__SchemeRecord *scheme = NULL;
    Seam__ComplianceRecord *record = NULL;
    enum judgement judgement = holding_find(context, &holding, in->holding, "holding", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    enum err err = registry_scheme(&scheme, context->state, holding->scheme, context->arena);
    if (err == OK) {
        err = compliance_record(&record, context->state, holding->scheme, in->holding, in->year,
                                context->arena);
    }
    if (err != OK) {
        return unit_world(detail, err);
    }
    if (strcmp(scheme->organisation, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "2.2", "holding", scheme->organisation,
                           "the regulator of the scheme decides");
    }
    if (record->excluded == in->excluded) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "2.2", "excluded", NULL,
                           in->excluded ? "excluded already" : "not excluded");
    }
    record->excluded = in->excluded;
    record->excluded_reason = in->reason;
    return surrender_compliance_put(context, record, detail);
}

void compliance_exclude_links(struct rule_context *context, const ProtobufCMessage *payload,
                              struct bytes *creates, struct bytes *needs)
{
    *needs = holding_link(context, ((const Seam__ComplianceExclude *)payload)->holding);
    (void)creates;
}
