/* SPDX-License-Identifier: Apache-2.0 */
/* The approval asks everything again: the obligation, the account, the eligibility of a credit may
 * have changed since. What does not fit any more is rejected by the regulator. Units that left a
 * freeze by an order that allows surrender do not come back: a reversal would free them. */

#include "ledger/registry/surrender.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/carry.h"
#include "ledger/registry/trade.h"

static ProtobufCBinaryData id_of(struct hash *hash)
{
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = hash->bytes};
}

/* Moves all units of a surrender from one state to another. */
static enum judgement units_all(struct rule_context *context, const Seam__SurrenderRecord *record,
                                enum unit_state from, enum unit_state to, enum entry_kind kind,
                                struct err_detail *detail)
{
    struct hash by;
    id_hash(&by, KEY_SURRENDER, record->surrender);
    for (size_t i = 0; i < record->n_units; i++) {
        const struct block_move move = {
            .from = {.holding = record->holding, .state = from, .by = &by},
            .to = {.holding = record->holding,
                   .state = to,
                   .by = to == UNIT_SURRENDERED ? &by : NULL},
            .frozen = to == UNIT_REGISTER ? BLOCK_ANY : BLOCK_SURRENDER,
            .kind = kind,
            .by = &by,
            .field = "surrender"};
        const enum judgement judgement = units_move(context, record->units[i], &move, NULL, detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

/* Is a unit of a range frozen? An order may have split the block since the proposal; unfrozen
 * neighbours are one block, so the walk is short. */
static enum err range_frozen(bool *out, struct rule_context *context, const struct series *series,
                             const Seam__SerialRange *range)
{
    uint64_t at = range->start;
    while (at <= range->end && !*out) {
        const Seam__BlockRecord *block = NULL;
        const enum err err = registry_block_at(&block, context->state, series, at, context->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        *out = block->frozen.len > 0;
        at = block->end + 1;
    }
    return OK;
}

/* Is a unit of it frozen (by an order that allows surrender)? */
static enum err any_frozen(bool *out, struct rule_context *context,
                           const Seam__SurrenderRecord *record)
{
    *out = false;
    for (size_t i = 0; i < record->n_units; i++) {
        const Seam__Units *units = record->units[i];
        const struct series series =
            series_of(units->registry, units->asset, units->project, units->vintage);
        for (size_t k = 0; k < units->n_ranges; k++) {
            const enum err err = range_frozen(out, context, &series, units->ranges[k]);
            if (err != OK) {
                return err;
            }
        }
    }
    return OK;
}

static enum judgement surrender_find(struct rule_context *context, Seam__SurrenderRecord *out,
                                     const char *surrender, enum surrender_state next,
                                     struct err_detail *detail)
{
    const Seam__SurrenderRecord *found = NULL;
    const enum err err = surrender_view(&found, context->state, surrender, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "surrender", surrender);
    }
    *out = *found;
    uint8_t state = (uint8_t)found->state;
    const enum err moved = sm_move(&surrender_machine, &state, (uint8_t)next, detail);
    out->state = state;
    return moved == OK ? JUDGE_OK : view_judgement(moved, JUDGE_NEVER);
}

/* Locked already, or without an account: nothing to lock. A dispute that is under way goes to its
 * end under the lock. */
enum judgement surrender_lock(struct rule_context *context, const struct compliance *view,
                              struct err_detail *detail)
{
    if (view->status == COMPLIANCE_EXCLUDED || view->status == COMPLIANCE_NOT_APPLICABLE) {
        return JUDGE_OK;
    }
    for (size_t i = 0; i < view->obligation.count; i++) {
        const struct obligation_part *part = &view->obligation.parts[i];
        if (!part->covered) {
            continue;
        }
        struct err_detail ignored = {0};
        const size_t mark = overlay_mark(context->state);
        const enum judgement judgement =
            assurance_lock_year(context, part->facility, view->record->year, &ignored);
        if (judgement == JUDGE_UNABLE) {
            if (detail != NULL) {
                *detail = ignored;
            }
            return judgement;
        }
        if (judgement != JUDGE_OK) {
            overlay_rollback(context->state, mark);
        }
    }
    return JUDGE_OK;
}

/* What a reversal leaves short is open to corrections and disputes again. */
static enum judgement unlock(struct rule_context *context, const struct compliance *view,
                             struct err_detail *detail)
{
    enum judgement judgement = JUDGE_OK;
    for (size_t i = 0; i < view->obligation.count && judgement == JUDGE_OK; i++) {
        const struct obligation_part *part = &view->obligation.parts[i];
        if (part->covered) {
            judgement = assurance_unlock_year(context, part->facility, view->record->year, detail);
        }
    }
    return judgement;
}

/* Only the regulator that set the scheme decides in it. */
static enum judgement regulator_valid(struct rule_context *context, const char *scheme,
                                      struct err_detail *detail)
{
    const Seam__SchemeRecord *record = NULL;
    const enum err err = registry_scheme(&record, context->state, scheme, context->arena);
    if (err != OK) {
        return unit_world(detail, err);
    }
    if (strcmp(record->organisation, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "F6", "surrender", record->organisation,
                           "the regulator of the scheme decides");
    }
    return JUDGE_OK;
}

/* The cap once more: without the pending units of this very proposal it must hold. */
static enum judgement approve_cap(const struct compliance *view,
                                  const Seam__SurrenderRecord *record, struct err_detail *detail)
{
    const uint64_t cap = (uint64_t)tonnes_value(view->offset_cap);
    const uint64_t left = cap > view->record->offsets ? cap - view->record->offsets : 0;
    if (record->offsets <= left) {
        return JUDGE_OK;
    }
    return unit_refuse_amount(detail, ERR_OFFSET_CAP, "V17", "surrender", left,
                              "the obligation has changed since; reject it");
}

static enum judgement approve(struct rule_context *context, Seam__SurrenderRecord *record,
                              struct err_detail *detail)
{
    struct compliance view;
    bool frozen = false;
    const uint64_t now = context->time_ms;
    enum judgement judgement =
        surrender_year(context, &view, record->holding, record->year, detail);
    if (judgement == JUDGE_OK) {
        judgement = surrender_still_fits(context, &view, record, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = unit_world(detail, any_frozen(&frozen, context, record));
    }
    if (judgement == JUDGE_OK) {
        judgement = approve_cap(&view, record, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement =
            units_all(context, record, UNIT_RESERVED, UNIT_SURRENDERED, ENTRY_SURRENDER, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ComplianceRecord compliance = *view.record;
    compliance.pending_allowances -= record->allowances;
    compliance.pending_offsets -= record->offsets;
    compliance.allowances += record->allowances;
    compliance.offsets += record->offsets;
    const bool met =
        compliance_status_of(&view.obligation, &compliance, view.offset_cap) == COMPLIANCE_A;
    compliance.met_ms = met && compliance.met_ms == 0 ? now : compliance.met_ms;
    record->obligation = tonnes_value(view.obligation.tonnes);
    record->reversible_until_ms = frozen ? 0 : now + view.scheme->scheme->reversal_days * DAY_MS;
    judgement = surrender_compliance_put(context, &compliance, detail);
    return judgement == JUDGE_OK && met ? surrender_lock(context, &view, detail) : judgement;
}

enum judgement surrender_approve(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__SurrenderApprove *in = (const Seam__SurrenderApprove *)payload;
    struct hash tx_id = context->tx_id;
    Seam__SurrenderRecord record;
    enum judgement judgement =
        surrender_find(context, &record, in->surrender, SURRENDER_APPROVED, detail);
    if (judgement == JUDGE_OK) {
        judgement = regulator_valid(context, record.scheme, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = approve(context, &record, detail);
    }
    record.decided_ms = context->time_ms;
    record.decided_by = (char *)context->organisation_id;
    record.decided_tx_id = id_of(&tx_id);
    return judgement == JUDGE_OK ? surrender_put(context, &record, detail) : judgement;
}

static struct bytes surrender_link(struct rule_context *context, const char *surrender)
{
    const struct state_key key = state_key_named(KEY_SURRENDER, surrender);
    return unit_link(context, &key);
}

void surrender_approve_links(struct rule_context *context, const ProtobufCMessage *payload,
                             struct bytes *creates, struct bytes *needs)
{
    *needs = surrender_link(context, ((const Seam__SurrenderApprove *)payload)->surrender);
    (void)creates;
}

/* Reads the record of the year, to change it. */
static enum judgement compliance_find(struct rule_context *context, Seam__ComplianceRecord **out,
                                      const Seam__SurrenderRecord *record,
                                      struct err_detail *detail)
{
    return unit_world(detail, compliance_record(out, context->state, record->scheme,
                                                record->holding, record->year, context->arena));
}

enum judgement surrender_reject(struct rule_context *context, const ProtobufCMessage *payload,
                                const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__SurrenderReject *in = (const Seam__SurrenderReject *)payload;
    struct hash tx_id = context->tx_id;
    Seam__SurrenderRecord record;
    Seam__ComplianceRecord *compliance = NULL;
    enum judgement judgement =
        surrender_find(context, &record, in->surrender, SURRENDER_REJECTED, detail);
    if (judgement == JUDGE_OK) {
        judgement = regulator_valid(context, record.scheme, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = compliance_find(context, &compliance, &record, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement =
            units_all(context, &record, UNIT_RESERVED, UNIT_REGISTER, ENTRY_RELEASE, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    compliance->pending_allowances -= record.allowances;
    compliance->pending_offsets -= record.offsets;
    record.decided_ms = context->time_ms;
    record.decided_by = (char *)context->organisation_id;
    record.decided_tx_id = id_of(&tx_id);
    record.reason = in->reason;
    judgement = surrender_compliance_put(context, compliance, detail);
    return judgement == JUDGE_OK ? surrender_put(context, &record, detail) : judgement;
}

void surrender_reject_links(struct rule_context *context, const ProtobufCMessage *payload,
                            struct bytes *creates, struct bytes *needs)
{
    *needs = surrender_link(context, ((const Seam__SurrenderReject *)payload)->surrender);
    (void)creates;
}

/* The holder, or the regulator of the scheme; inside the window [V23]. */
static enum judgement reverse_valid(struct rule_context *context,
                                    const Seam__SurrenderRecord *record, struct err_detail *detail)
{
    char until[TIME_TEXT_SIZE];
    const Seam__HoldingRecord *own = NULL;
    enum judgement judgement =
        (context->roles & ROLE_REGULATOR) != 0
            ? regulator_valid(context, record->scheme, detail)
            : holding_own(context, &own, record->holding, "surrender", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (context->time_ms >= record->reversible_until_ms) {
        time_text(until, record->reversible_until_ms);
        return unit_refuse(detail, JUDGE_NEVER, ERR_WINDOW, "V23", "surrender", until,
                           record->reversible_until_ms == 0
                               ? "these units were frozen: their surrender is final"
                               : "the window of the reversal is over");
    }
    judgement = holding_find(context, &own, record->holding, "surrender", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (own->state == HOLDING_CLOSED) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "2.2", "surrender", "CLOSED",
                           "the account is closed");
    }
    return JUDGE_OK;
}

/* The year without this surrender. Only who has met a year with all accounts carries units over
 * from it [F7], so what it was met with stays given once that was done, out of whichever account.
 */
static enum judgement reverse_year(struct rule_context *context,
                                   const Seam__SurrenderRecord *record, struct err_detail *detail)
{
    struct compliance view;
    uint64_t carried = 0;
    enum judgement judgement =
        surrender_year(context, &view, record->holding, record->year, detail);
    if (judgement == JUDGE_OK) {
        judgement =
            unit_world(detail, carry_carried(&carried, context->state, view.scheme,
                                             view.holding->holder, record->year, context->arena));
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ComplianceRecord compliance = *view.record;
    compliance.allowances -= record->allowances;
    compliance.offsets -= record->offsets;
    const enum compliance_status status =
        compliance_status_of(&view.obligation, &compliance, view.offset_cap);
    const bool met = status == COMPLIANCE_A;
    const bool owes = status != COMPLIANCE_EXCLUDED && status != COMPLIANCE_NOT_APPLICABLE;
    if (!met && owes && carried > 0) {
        return unit_refuse_amount(detail, ERR_STATE_MACHINE, "V23", "surrender", carried,
                                  "units were carried over from this year because it was met");
    }
    compliance.met_ms = met ? compliance.met_ms : 0;
    judgement = surrender_compliance_put(context, &compliance, detail);
    return judgement == JUDGE_OK && !met ? unlock(context, &view, detail) : judgement;
}

enum judgement surrender_reverse(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__SurrenderReverse *in = (const Seam__SurrenderReverse *)payload;
    struct hash tx_id = context->tx_id;
    Seam__SurrenderRecord record;
    enum judgement judgement =
        surrender_find(context, &record, in->surrender, SURRENDER_REVERSED, detail);
    if (judgement == JUDGE_OK) {
        judgement = reverse_valid(context, &record, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = reverse_year(context, &record, detail);
    }
    if (judgement == JUDGE_OK) {
        /* The very same serials, still in this account and still given for this surrender. */
        judgement =
            units_all(context, &record, UNIT_SURRENDERED, UNIT_REGISTER, ENTRY_REVERSE, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    record.reversed_ms = context->time_ms;
    record.reversed_tx_id = id_of(&tx_id);
    record.reason = in->reason;
    return surrender_put(context, &record, detail);
}

void surrender_reverse_links(struct rule_context *context, const ProtobufCMessage *payload,
                             struct bytes *creates, struct bytes *needs)
{
    *needs = surrender_link(context, ((const Seam__SurrenderReverse *)payload)->surrender);
    (void)creates;
}
