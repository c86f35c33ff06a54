/* SPDX-License-Identifier: Apache-2.0 */
/* Allowances are given by the regulator of the scheme, first a part, then the whole. What an
 * account owes is taken off first; what was given too much becomes owed. */

#include <stdio.h>
#include <string.h>

#include "ledger/base/num.h"
#include "ledger/registry/allocation.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

/* --- debts ----------------------------------------------------------------------------------- */

enum judgement debt_add(struct rule_context *context, Seam__HoldingRecord *record,
                        const char *asset, uint64_t quantity, uint32_t from_vintage,
                        struct err_detail *detail)
{
    Seam__Debt **list = arena_alloc(context->arena, (record->n_debts + 1) * sizeof *list);
    Seam__Debt *debt = arena_alloc(context->arena, sizeof *debt);
    struct bytes basis;
    if (list == NULL || debt == NULL ||
        !arena_copy(context->arena, hash_bytes(&context->tx_id), &basis)) {
        return unit_world(detail, ERR_MEMORY);
    }
    if (record->n_debts >= REGISTRY_DEBTS) {
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_RANGE, "D43", "holding", "16 debts",
                           "recover what is owed first");
    }
    for (size_t i = 0; i < record->n_debts; i++) {
        list[i] = record->debts[i];
    }
    seam__debt__init(debt);
    debt->asset = (char *)asset;
    debt->quantity = quantity;
    debt->from_vintage = from_vintage;
    debt->basis = (ProtobufCBinaryData){.len = basis.size, .data = (uint8_t *)basis.data};
    list[record->n_debts++] = debt;
    record->debts = list;
    return JUDGE_OK;
}

uint64_t debt_set_off(struct rule_context *context, Seam__HoldingRecord *record, const char *asset,
                      uint64_t quantity, uint32_t vintage)
{
    (void)context;
    uint64_t taken = 0;
    size_t kept = 0;
    for (size_t i = 0; i < record->n_debts; i++) {
        Seam__Debt *debt = record->debts[i];
        const bool due = debt->from_vintage == 0 || vintage >= debt->from_vintage;
        if (due && strcmp(debt->asset, asset) == 0) {
            const uint64_t left = quantity - taken;
            const uint64_t part = debt->quantity < left ? debt->quantity : left;
            debt->quantity -= part;
            taken += part;
        }
        if (debt->quantity > 0) {
            record->debts[kept++] = debt;
        }
    }
    record->n_debts = kept;
    return taken;
}

/* --- giving ---------------------------------------------------------------------------------- */

/* The scheme's cap of a vintage, over all accounts: what was ever issued of the series. */
static enum judgement under_cap(struct rule_context *context, const Seam__HoldingRecord *holding,
                                const struct series *series, uint64_t quantity,
                                struct err_detail *detail)
{
    const Seam__SchemeRecord *scheme = NULL;
    const Seam__SeriesRecord *record = NULL;
    enum err err = registry_scheme(&scheme, context->state, holding->scheme, context->arena);
    if (err != OK) {
        return unit_world(detail, err);
    }
    const Seam__SchemeYear *year = registry_scheme_year(scheme, series->vintage);
    if (year == NULL || year->cap_t == 0) {
        return JUDGE_OK;
    }
    err = registry_series(&record, context->state, series, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return unit_world(detail, err);
    }
    const uint64_t issued = err == OK ? record->issued : 0;
    const uint64_t left = issued < year->cap_t ? year->cap_t - issued : 0;
    return quantity <= left ? JUDGE_OK
                            : unit_refuse_amount(detail, ERR_RANGE, "D43", "quantity", left,
                                                 "the scheme's cap of this vintage");
}

enum judgement allocation_give(struct rule_context *context, Seam__HoldingRecord *holding,
                               const struct series *series, uint64_t quantity, uint64_t *set_off,
                               struct err_detail *detail)
{
    const uint64_t off = debt_set_off(context, holding, series->asset, quantity, series->vintage);
    *set_off += off;
    if (quantity > off) {
        const struct block_place to = {.holding = holding->holding, .state = UNIT_REGISTER};
        enum judgement judgement = under_cap(context, holding, series, quantity - off, detail);
        if (judgement == JUDGE_OK) {
            judgement =
                block_issue(context, series, &to, ENTRY_ALLOCATE, quantity - off, NULL, detail);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return off > 0 ? holding_put(context, holding, detail) : JUDGE_OK;
}

static bool answers_for(const Seam__HoldingRecord *holding, const char *facility)
{
    for (size_t i = 0; i < holding->n_facilities; i++) {
        if (strcmp(holding->facilities[i], facility) == 0) {
            return true;
        }
    }
    return false;
}

/* Only the regulator that set the account's scheme gives and takes its allowances. */
static enum judgement regulates(struct rule_context *context, const Seam__HoldingRecord *holding,
                                struct err_detail *detail)
{
    const Seam__SchemeRecord *scheme = NULL;
    const enum err err = registry_scheme(&scheme, context->state, holding->scheme, context->arena);
    if (err != OK) {
        return unit_world(detail, err);
    }
    if (strcmp(scheme->organisation, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "holding", scheme->organisation,
                           "another regulator sets the scheme of this account");
    }
    return JUDGE_OK;
}

enum judgement allocation_load(struct rule_context *context, struct allocating *out,
                               const Seam__AllocationRecord *what, bool gives,
                               struct err_detail *detail)
{
    const Seam__HoldingRecord *holding = NULL;
    const Seam__AssetRecord *asset = NULL;
    const Seam__AllocationRecord *old = NULL;
    enum judgement judgement = holding_find(context, &holding, what->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = regulates(context, holding, detail);
    }
    if (judgement == JUDGE_OK && gives) {
        judgement = holding_takes(context, holding, what->asset, NULL, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    enum err err = registry_asset(&asset, context->state, what->asset, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "asset", what->asset);
    }
    if (strcmp(asset->asset->kind, "ALLOWANCE") != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "asset", "ALLOWANCE",
                           "only allowances are allocated");
    }
    if (what->facility[0] != '\0' && !answers_for(holding, what->facility)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "facility", NULL,
                           "this account does not answer for this facility");
    }
    out->holding = *holding;
    out->series = series_of(asset->asset->registry, what->asset, "", what->vintage);
    out->key = registry_allocation_key(what->holding, what->asset, what->facility, what->vintage);
    err = registry_allocation(&old, context->state, what->holding, what->asset, what->facility,
                              what->vintage, context->arena);
    out->record = err == OK ? *old : *what;
    return err == ERR_ABSENT ? JUDGE_OK : unit_world(detail, err);
}

uint64_t allocation_after_cut(uint64_t quantity, uint32_t cut_bp)
{
    const uint32_t part = cut_bp < 10000 ? cut_bp : 10000;
    return quantity - (uint64_t)((unsigned __int128)quantity * part / 10000);
}

static enum judgement give_whole(struct rule_context *context, struct allocating *in,
                                 uint64_t whole, struct err_detail *detail)
{
    Seam__AllocationRecord *record = &in->record;
    if (whole >= record->given) {
        const uint64_t rest = whole - record->given;
        record->given = whole;
        return rest > 0 ? allocation_give(context, &in->holding, &in->series, rest,
                                          &record->set_off, detail)
                        : JUDGE_OK;
    }
    const uint64_t excess = record->given - whole;
    record->given = whole;
    const enum judgement judgement =
        debt_add(context, &in->holding, in->series.asset, excess, 0, detail);
    return judgement == JUDGE_OK ? holding_put(context, &in->holding, detail) : judgement;
}

enum judgement allocate(struct rule_context *context, const ProtobufCMessage *payload,
                        const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Allocate *in = (const Seam__Allocate *)payload;
    struct allocating work;
    Seam__AllocationRecord what = SEAM__ALLOCATION_RECORD__INIT;
    what.holding = in->holding;
    what.asset = in->asset;
    what.facility = in->facility;
    what.vintage = in->vintage;
    enum judgement judgement = allocation_load(context, &work, &what, true, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__AllocationRecord *record = &work.record;
    if (record->final) {
        return unit_refuse_amount(detail, ERR_STATE_MACHINE, "D43", "kind", record->quantity,
                                  "the final allocation was made; a decision adjusts it");
    }
    if (in->quantity == 0 || in->quantity > BLOCK_QUANTITY_MAX) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", "quantity", "1..1000000000000",
                           NULL);
    }
    const uint64_t net = allocation_after_cut(in->quantity, record->cut_bp);
    if (strcmp(in->kind, "FINAL") == 0) {
        record->final = true;
        record->quantity = net;
        record->cut = in->quantity - net;
        judgement = give_whole(context, &work, net, detail);
    } else {
        record->given += net;
        judgement = net > 0 ? allocation_give(context, &work.holding, &work.series, net,
                                              &record->set_off, detail)
                            : JUDGE_OK;
    }
    record->basis_hash = in->basis_hash;
    record->height = context->height;
    return judgement == JUDGE_OK ? unit_put(context, &work.key, &record->base, detail) : judgement;
}

void allocate_links(struct rule_context *context, const ProtobufCMessage *payload,
                    struct bytes *creates, struct bytes *needs)
{
    const Seam__Allocate *in = (const Seam__Allocate *)payload;
    const struct state_key key =
        registry_allocation_key(in->holding, in->asset, in->facility, in->vintage);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}

/* --- taking back ----------------------------------------------------------------------------- */

enum judgement take_back(struct rule_context *context, const char *holding,
                         const struct series *series, uint64_t quantity, const struct hash *by,
                         uint64_t *taken, struct err_detail *detail)
{
    static const enum unit_state order[] = {UNIT_REGISTER, UNIT_TRADE};
    *taken = 0;
    for (size_t i = 0; i < 2 && *taken < quantity; i++) {
        const Seam__PositionRecord *position = NULL;
        const enum err err =
            registry_position(&position, context->state, holding, series, context->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? JUDGE_OK : unit_world(detail, err);
        }
        const uint64_t here = registry_shelf(position, order[i], false);
        const uint64_t left = quantity - *taken;
        const uint64_t part = here < left ? here : left;
        const struct block_move move = {
            .series = series,
            .from = {.holding = holding, .state = order[i]},
            .to = {.holding = holding, .state = UNIT_CANCELLED, .by = by},
            .quantity = part,
            .kind = ENTRY_RECOVER,
            .by = by,
            .field = "units",
        };
        if (part > 0) {
            const enum judgement judgement = block_move(context, &move, NULL, detail);
            if (judgement != JUDGE_OK) {
                return judgement;
            }
        }
        *taken += part;
    }
    return JUDGE_OK;
}

static enum judgement recovered_put(struct rule_context *context, const struct state_key *key,
                                    const char *id, const char *holding, uint64_t quantity,
                                    uint64_t debt, struct err_detail *detail)
{
    struct hash tx_id = context->tx_id;
    Seam__DoneRecord record = SEAM__DONE_RECORD__INIT;
    record.id = (char *)id;
    record.holding = (char *)holding;
    record.quantity = quantity;
    record.debt = debt;
    record.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    record.height = context->height;
    return unit_put(context, key, &record.base, detail);
}

/* EXCESS: what is missing becomes owed. DEBT: at most what is owed, and only what is there. */
static enum judgement recover(struct rule_context *context, const Seam__UnitsRecover *in,
                              Seam__HoldingRecord *holding, const struct series *series,
                              uint64_t *taken, uint64_t *debt, struct err_detail *detail)
{
    struct hash by;
    const bool excess = strcmp(in->reason, "EXCESS") == 0;
    order_hash(&by, ORDER_RECOVERY, in->recovery);
    const uint64_t due = holding_due(holding);
    if (!excess && in->units->quantity > due) {
        return unit_refuse_amount(detail, ERR_RANGE, "D43", "units.quantity", due,
                                  "this much is owed");
    }
    const enum judgement judgement =
        take_back(context, holding->holding, series, in->units->quantity, &by, taken, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (excess) {
        *debt = in->units->quantity - *taken;
        return *debt > 0 ? debt_add(context, holding, series->asset, *debt, 0, detail) : JUDGE_OK;
    }
    if (*taken < in->units->quantity) {
        return unit_refuse_amount(detail, ERR_HOLDING, "V16", "units.quantity", *taken,
                                  "this many are available");
    }
    if (debt_set_off(context, holding, series->asset, *taken, 0) != *taken) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "units.asset", NULL,
                           "this asset is not owed");
    }
    return JUDGE_OK;
}

enum judgement units_recover(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__UnitsRecover *in = (const Seam__UnitsRecover *)payload;
    const Seam__HoldingRecord *old = NULL;
    struct series series;
    uint64_t taken = 0;
    uint64_t debt = 0;
    if (in->units == NULL || in->units->n_ranges > 0 || in->units->quantity == 0 ||
        in->units->quantity > BLOCK_QUANTITY_MAX) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", "units", "a quantity, no serials",
                           NULL);
    }
    const struct state_key key = order_key(ORDER_RECOVERY, in->recovery);
    enum judgement judgement = unit_new(context, &key, "recovery", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_find(context, &old, in->holding, "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = regulates(context, old, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = units_series(context, &series, in->units, "units", detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__HoldingRecord holding = *old;
    judgement = recover(context, in, &holding, &series, &taken, &debt, detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_put(context, &holding, detail);
    }
    return judgement == JUDGE_OK
               ? recovered_put(context, &key, in->recovery, in->holding, taken, debt, detail)
               : judgement;
}

void units_recover_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__UnitsRecover *in = (const Seam__UnitsRecover *)payload;
    const struct state_key key = order_key(ORDER_RECOVERY, in->recovery);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}
