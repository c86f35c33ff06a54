/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/holding.h"

#include <assert.h>
#include <string.h>

#include "ledger/registry/view.h"

#define ACTIVE                                                                                     \
    (SM_TO(HOLDING_SOME_RESTRICTED) | SM_TO(HOLDING_ALL_RESTRICTED) |                              \
     SM_TO(HOLDING_SUSPENDED_PARTLY) | SM_TO(HOLDING_SUSPENDED) |                                  \
     SM_TO(HOLDING_TRANSFER_PENDING) | SM_TO(HOLDING_CLOSURE_PENDING))

static const struct sm_row rows[] = {
    [HOLDING_OPENING] = {"OPENING", SM_TO(HOLDING_OPEN) | SM_TO(HOLDING_CLOSED)},
    [HOLDING_OPEN] = {"OPEN", ACTIVE},
    [HOLDING_SOME_RESTRICTED] = {"SOME_RESTRICTED", SM_TO(HOLDING_OPEN) | ACTIVE},
    [HOLDING_ALL_RESTRICTED] = {"ALL_RESTRICTED", SM_TO(HOLDING_OPEN) | ACTIVE},
    [HOLDING_SUSPENDED_PARTLY] = {"SUSPENDED_PARTLY", SM_TO(HOLDING_OPEN) | ACTIVE},
    [HOLDING_SUSPENDED] = {"SUSPENDED", SM_TO(HOLDING_OPEN) | ACTIVE},
    [HOLDING_TRANSFER_PENDING] = {"TRANSFER_PENDING", SM_TO(HOLDING_OPEN)},
    [HOLDING_CLOSURE_PENDING] = {"CLOSURE_PENDING", SM_TO(HOLDING_OPEN) | SM_TO(HOLDING_CLOSED)},
    [HOLDING_CLOSED] = {"CLOSED", SM_END},
};

const struct sm_table holding_machine = SM_TABLE("holding", rows);

uint32_t holding_rights(enum holding_state state)
{
    static const uint32_t rights[HOLDING_STATES] = {
        [HOLDING_OPEN] = 1u << HOLDING_SEND | 1u << HOLDING_RECEIVE | 1u << HOLDING_SURRENDER,
        [HOLDING_SOME_RESTRICTED] = 1u << HOLDING_RECEIVE | 1u << HOLDING_SURRENDER,
        [HOLDING_SUSPENDED_PARTLY] = 1u << HOLDING_RECEIVE,
        [HOLDING_CLOSURE_PENDING] = 1u << HOLDING_SEND | 1u << HOLDING_SURRENDER,
    };
    assert(state < HOLDING_STATES);
    return rights[state];
}

enum judgement holding_find(struct rule_context *context, const Seam__HoldingRecord **out,
                            const char *holding, const char *field, struct err_detail *detail)
{
    const enum err err = registry_holding(out, context->state, holding, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, field, holding);
    }
    return (*out)->state < HOLDING_STATES ? JUDGE_OK : unit_world(detail, ERR_CORRUPT);
}

static bool represents(const Seam__HoldingRecord *record, const struct hash *person)
{
    for (size_t i = 0; i < record->n_representatives; i++) {
        struct hash hash;
        id_hash(&hash, KEY_PERSON, record->representatives[i]);
        if (hash_equal(&hash, person)) {
            return true;
        }
    }
    return record->n_representatives == 0;
}

enum judgement holding_own(struct rule_context *context, const Seam__HoldingRecord **out,
                           const char *holding, const char *field, struct err_detail *detail)
{
    const enum judgement judgement = holding_find(context, out, holding, field, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp((*out)->holder, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", field, (*out)->holder,
                           "only the holder of this account may do this");
    }
    for (size_t i = 0; i < context->signer_count; i++) {
        if (!represents(*out, &context->signers[i].person)) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", field, NULL,
                               "a signer is not a representative of this account");
        }
    }
    return JUDGE_OK;
}

uint64_t holding_due(const Seam__HoldingRecord *record)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < record->n_debts; i++) {
        if (record->debts[i]->from_vintage == 0) {
            sum += record->debts[i]->quantity; /* at most 16 times 10^12 */
        }
    }
    return sum;
}

/* A freeze of the whole account stops everything but receiving, and surrender unless its order
 * allows that. */
static enum judgement not_frozen(struct rule_context *context, const Seam__HoldingRecord *record,
                                 enum holding_right right, const char *field,
                                 struct err_detail *detail)
{
    for (size_t i = 0; right != HOLDING_RECEIVE && i < record->n_freezes; i++) {
        const Seam__FreezeRecord *order = NULL;
        const enum err err =
            registry_freeze(&order, context->state, record->freezes[i], context->arena);
        if (err != OK) {
            return unit_world(detail, err);
        }
        if (right != HOLDING_SURRENDER || !order->allow_surrender) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_FROZEN, "V16", field,
                               order->allow_surrender ? "surrender" : "receiving",
                               "the account is frozen by an order");
        }
    }
    return JUDGE_OK;
}

enum judgement holding_may(struct rule_context *context, const Seam__HoldingRecord *record,
                           enum holding_right right, const char *field, struct err_detail *detail)
{
    const enum holding_state state = (enum holding_state)record->state;
    if ((holding_rights(state) & (1u << right)) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "2.2", field,
                           sm_name(&holding_machine, (uint8_t)state),
                           "the state of this account does not allow it");
    }
    const enum judgement judgement = not_frozen(context, record, right, field, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const uint64_t due = holding_due(record);
    if (right == HOLDING_SEND && due > 0) {
        return unit_refuse_amount(detail, ERR_STATE_MACHINE, "D43", field, due,
                                  "units to be given back first; surrender is possible");
    }
    return JUDGE_OK;
}

enum judgement holding_put(struct rule_context *context, const Seam__HoldingRecord *record,
                           struct err_detail *detail)
{
    const struct state_key key = state_key_named(KEY_HOLDING, record->holding);
    return unit_put(context, &key, &record->base, detail);
}

enum err trust_active(bool *out, struct overlay *state, const char *holding, const char *trusted,
                      uint64_t time_ms, struct arena *arena)
{
    const Seam__TrustRecord *record = NULL;
    const enum err err = registry_trust(&record, state, holding, trusted, arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    *out = err == OK && record->removed_ms == 0 && record->active_from_ms <= time_ms;
    return OK;
}
