/* SPDX-License-Identifier: Apache-2.0 */
/* A proposal reserves its units, so that nothing else can use them while the regulator looks. */

#include "ledger/registry/surrender.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/expiry.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/trade.h"

static const struct sm_row rows[] = {
    [SURRENDER_PROPOSED] = {"PROPOSED", SM_TO(SURRENDER_APPROVED) | SM_TO(SURRENDER_REJECTED)},
    [SURRENDER_APPROVED] = {"APPROVED", SM_TO(SURRENDER_REVERSED)},
    [SURRENDER_REJECTED] = {"REJECTED", SM_END},
    [SURRENDER_REVERSED] = {"REVERSED", SM_END},
};
const struct sm_table surrender_machine = SM_TABLE("surrender", rows);

enum err surrender_view(const Seam__SurrenderRecord **out, struct overlay *state,
                        const char *surrender, struct arena *arena)
{
    const struct state_key key = state_key_named(KEY_SURRENDER, surrender);
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, &seam__surrender_record__descriptor, state,
                                     state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__SurrenderRecord *)message;
    }
    return err;
}

const char *surrender_status(const Seam__SurrenderRecord *record, uint64_t time_ms)
{
    if (record->state == SURRENDER_APPROVED && time_ms >= record->reversible_until_ms) {
        return "FINAL";
    }
    return sm_name(&surrender_machine, (uint8_t)record->state);
}

void surrender_list_owner(struct hash *out, const char *holding, uint32_t year)
{
    char text[LIMIT_ID_TEXT + 16];
    (void)snprintf(text, sizeof text, "%s/%u", holding, year);
    id_hash(out, KEY_COMPLIANCE, text);
}

/* --- 122 SURRENDER_PROPOSE: what may be given for this year ---------------------------------- */

/* Everything a proposal is judged with. */
struct proposal {
    struct rule_context *context;
    const Seam__SurrenderPropose *in;
    struct compliance view;
    uint64_t proposed_ms; /* when the units were given: what had expired then */
    uint64_t allowances;
    uint64_t offsets;
    struct err_detail *detail;
};

static enum judgement refuse(const struct proposal *proposal, enum judgement judgement,
                             enum err err, const char *rule, const char *field, const char *limit,
                             const char *hint)
{
    return unit_refuse(proposal->detail, judgement, err, rule, field, limit, hint);
}

/* [V18] */
static enum judgement vintage_valid(const struct proposal *proposal, const Seam__Units *units,
                                    const char *field)
{
    char limit[64];
    const Seam__SchemeSet *scheme = proposal->view.scheme->scheme;
    const uint32_t first = scheme->first_vintage;
    const uint32_t last = scheme->borrowing ? UINT32_MAX : proposal->in->year;
    if (units->vintage >= first && units->vintage <= last) {
        return JUDGE_OK;
    }
    if (scheme->borrowing) {
        (void)snprintf(limit, sizeof limit, "from %u", first);
    } else {
        (void)snprintf(limit, sizeof limit, "%u..%u", first, last);
    }
    return refuse(proposal, JUDGE_NEVER, ERR_VINTAGE, "V18", field, limit,
                  "units of this vintage cannot be given for this year");
}

/* [F7] What was not carried over from a year in time counts for that year at most. */
static enum judgement not_expired(const struct proposal *proposal, const Seam__Units *units,
                                  const char *field)
{
    char limit[64];
    char hint[160];
    struct expiry expiry;
    struct rule_context *context = proposal->context;
    const uint32_t year = proposal->in->year;
    const enum err err = expiry_of(&expiry, context->state, proposal->view.scheme, units->vintage,
                                   proposal->proposed_ms, context->arena);
    if (err != OK || expiry.year == 0 || year <= expiry.year) {
        return unit_world(proposal->detail, err);
    }
    (void)snprintf(limit, sizeof limit, "%u..%u", expiry.year + 1, year);
    (void)snprintf(hint, sizeof hint, "not carried over from %u in time", expiry.year);
    return refuse(proposal, JUDGE_NEVER, ERR_VINTAGE, "F7", field, limit, hint);
}

/* [V19] Credits of a facility that is itself under allowance management count for nobody. Projects
 * of another registry are that registry's to judge. */
static enum judgement offset_eligible(const struct proposal *proposal, const Seam__Units *units)
{
    struct rule_context *context = proposal->context;
    const Seam__ProjectRecord *project = NULL;
    const enum err err = registry_project(&project, context->state, units->project, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? JUDGE_OK : unit_world(proposal->detail, err);
    }
    return not_managed(context, project->project->facility, units->vintage, units->vintage,
                       proposal->detail);
}

static enum judgement units_valid(struct proposal *proposal, const Seam__Units *units, size_t index)
{
    char field[32];
    const Seam__AssetRecord *asset = NULL;
    (void)snprintf(field, sizeof field, "units[%zu]", index);
    const enum err err =
        registry_asset(&asset, proposal->context->state, units->asset, proposal->context->arena);
    if (err != OK) {
        return unit_missing(proposal->detail, err, field, units->asset);
    }
    if (!asset->asset->surrenderable ||
        !registry_scheme_takes(proposal->view.scheme, units->asset)) {
        return refuse(proposal, JUDGE_NEVER, ERR_PARAM, "D43", field, NULL,
                      "the scheme takes no units of this asset for an obligation");
    }
    if (units->quantity == 0 || units->quantity > BLOCK_QUANTITY_MAX) {
        return refuse(proposal, JUDGE_NEVER, ERR_RANGE, "D43", field, "1..1000000000000", NULL);
    }
    const bool offset = strcmp(asset->asset->kind, "OFFSET") == 0;
    enum judgement judgement = vintage_valid(proposal, units, field);
    if (judgement == JUDGE_OK) {
        judgement = offset ? offset_eligible(proposal, units) : not_expired(proposal, units, field);
    }
    proposal->offsets += offset ? units->quantity : 0;
    proposal->allowances += offset ? 0 : units->quantity;
    return judgement;
}

/* [V17] offsets of a year, pending ones counted, against floor(cap x obligation) [KSSJ 8b] */
static enum judgement cap_valid(const struct proposal *proposal)
{
    const uint64_t left = proposal->view.offsets_left;
    if (proposal->offsets <= left) {
        return JUDGE_OK;
    }
    char limit[24];
    char hint[160];
    (void)snprintf(limit, sizeof limit, "%llu", (unsigned long long)left);
    (void)snprintf(hint, sizeof hint, "offsets may cover %lld t of %lld t; %llu t are used",
                   (long long)tonnes_value(proposal->view.offset_cap),
                   (long long)tonnes_value(proposal->view.obligation.tonnes),
                   (unsigned long long)(proposal->view.record->offsets +
                                        proposal->view.record->pending_offsets));
    return refuse(proposal, JUDGE_NEVER, ERR_OFFSET_CAP, "V17", "units", limit, hint);
}

static enum judgement window_valid(const struct proposal *proposal)
{
    char text[TIME_TEXT_SIZE];
    const uint64_t from = proposal->view.dates.at_ms[COMPLIANCE_SURRENDER_FROM];
    if (registry_scheme_year(proposal->view.scheme, proposal->in->year) == NULL) {
        return refuse(proposal, JUDGE_NOT_YET, ERR_WINDOW, "F6", "year", NULL,
                      "the scheme has no dates for this year");
    }
    if (proposal->context->time_ms < from) {
        time_text(text, from);
        return refuse(proposal, JUDGE_NOT_YET, ERR_WINDOW, "F6", "year", text,
                      "the window of this year has not opened");
    }
    /* After the deadline units are still taken: late is better than never, and the view says so. */
    if (proposal->view.status == COMPLIANCE_NOT_APPLICABLE ||
        proposal->view.status == COMPLIANCE_EXCLUDED) {
        return refuse(proposal, JUDGE_NEVER, ERR_STATE_MACHINE, "4.4", "year",
                      compliance_status_name(proposal->view.status),
                      "nothing is owed; units given up freely are cancelled");
    }
    return JUDGE_OK;
}

/* Everything but the cap, which counts pending units. */
static enum judgement proposal_fits(struct proposal *proposal)
{
    enum judgement judgement = window_valid(proposal);
    for (size_t i = 0; i < proposal->in->n_units && judgement == JUDGE_OK; i++) {
        judgement = units_valid(proposal, proposal->in->units[i], i);
    }
    return judgement;
}

static enum judgement proposal_judge(struct proposal *proposal)
{
    const enum judgement judgement = proposal_fits(proposal);
    return judgement == JUDGE_OK ? cap_valid(proposal) : judgement;
}

enum judgement surrender_still_fits(struct rule_context *context, const struct compliance *view,
                                    const Seam__SurrenderRecord *record, struct err_detail *detail)
{
    Seam__SurrenderPropose in = SEAM__SURRENDER_PROPOSE__INIT;
    in.year = record->year;
    in.n_units = record->n_units;
    in.units = record->units;
    struct proposal proposal = {.context = context,
                                .in = &in,
                                .view = *view,
                                .proposed_ms = record->time_ms,
                                .detail = detail};
    const enum judgement judgement =
        holding_may(context, view->holding, HOLDING_SURRENDER, "surrender", detail);
    return judgement == JUDGE_OK ? proposal_fits(&proposal) : judgement;
}

/* --- writing it ------------------------------------------------------------------------------ */

/* Reserves the units; the record names their serial numbers. */
static enum judgement proposal_reserve(struct proposal *proposal, const struct hash *by,
                                       Seam__Units **moved)
{
    for (size_t i = 0; i < proposal->in->n_units; i++) {
        char field[32];
        (void)snprintf(field, sizeof field, "units[%zu]", i);
        const struct block_move move = {
            .from = {.holding = proposal->in->holding, .state = UNIT_REGISTER},
            .to = {.holding = proposal->in->holding, .state = UNIT_RESERVED, .by = by},
            .frozen = BLOCK_SURRENDER,
            .kind = ENTRY_RESERVE,
            .by = by,
            .field = field};
        const enum judgement judgement = units_move(proposal->context, proposal->in->units[i],
                                                    &move, &moved[i], proposal->detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

enum judgement surrender_compliance_put(struct rule_context *context,
                                        const Seam__ComplianceRecord *record,
                                        struct err_detail *detail)
{
    const struct state_key key = compliance_key(record->holding, record->year);
    return unit_put(context, &key, &record->base, detail);
}

enum judgement surrender_put(struct rule_context *context, const Seam__SurrenderRecord *record,
                             struct err_detail *detail)
{
    const struct state_key key = state_key_named(KEY_SURRENDER, record->surrender);
    return unit_put(context, &key, &record->base, detail);
}

static enum judgement proposal_write(struct proposal *proposal, Seam__Units **moved)
{
    struct rule_context *context = proposal->context;
    struct hash tx_id = context->tx_id;
    struct hash owner;
    Seam__SurrenderRecord record = SEAM__SURRENDER_RECORD__INIT;
    record.surrender = proposal->in->surrender;
    record.scheme = proposal->view.scheme->scheme->scheme;
    record.holding = proposal->in->holding;
    record.year = proposal->in->year;
    record.n_units = proposal->in->n_units;
    record.units = moved;
    record.allowances = proposal->allowances;
    record.offsets = proposal->offsets;
    record.state = SURRENDER_PROPOSED;
    record.beneficiary = proposal->in->beneficiary;
    record.purpose = proposal->in->purpose;
    record.obligation = tonnes_value(proposal->view.obligation.tonnes);
    record.height = context->height;
    record.time_ms = context->time_ms;
    record.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    enum judgement judgement = surrender_put(context, &record, proposal->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ComplianceRecord compliance = *proposal->view.record;
    compliance.pending_allowances += proposal->allowances;
    compliance.pending_offsets += proposal->offsets;
    judgement = surrender_compliance_put(context, &compliance, proposal->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    surrender_list_owner(&owner, record.holding, record.year);
    enum err err = trade_list(context, KEY_SURRENDER, NULL, record.surrender, 0);
    if (err == OK) {
        err = trade_list(context, KEY_SURRENDER, &owner, record.surrender, 0);
    }
    return unit_world(proposal->detail, err);
}

enum judgement surrender_year(struct rule_context *context, struct compliance *out,
                              const char *holding, uint32_t year, struct err_detail *detail)
{
    const enum err err =
        compliance_of(out, context->state, holding, year, context->time_ms, context->arena);
    if (err == OK || err == ERR_ABSENT || view_failed(err)) {
        return unit_world(detail, err);
    }
    return unit_refuse(detail, JUDGE_NEVER, err, "8a", "year", NULL,
                       "the accounts of this year add up to more than can be counted");
}

/* The account, its holder and its rights; then the view of its year. */
static enum judgement proposal_open(struct proposal *proposal)
{
    struct rule_context *context = proposal->context;
    const Seam__SurrenderPropose *in = proposal->in;
    const Seam__HoldingRecord *own = NULL;
    enum judgement judgement = holding_own(context, &own, in->holding, "holding", proposal->detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, own, HOLDING_SURRENDER, "holding", proposal->detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    return surrender_year(context, &proposal->view, in->holding, in->year, proposal->detail);
}

enum judgement surrender_propose(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct proposal proposal = {.context = context,
                                .in = (const Seam__SurrenderPropose *)payload,
                                .proposed_ms = context->time_ms,
                                .detail = detail};
    const struct state_key key = state_key_named(KEY_SURRENDER, proposal.in->surrender);
    Seam__Units *moved[REGISTRY_UNITS];
    struct hash by;
    if (proposal.in->n_units > REGISTRY_UNITS) {
        return refuse(&proposal, JUDGE_NEVER, ERR_RANGE, "D43", "units", "16", NULL);
    }
    enum judgement judgement = unit_new(context, &key, "surrender", detail);
    if (judgement == JUDGE_OK) {
        judgement = proposal_open(&proposal);
    }
    if (judgement == JUDGE_OK) {
        judgement = proposal_judge(&proposal);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    id_hash(&by, KEY_SURRENDER, proposal.in->surrender);
    judgement = proposal_reserve(&proposal, &by, moved);
    return judgement == JUDGE_OK ? proposal_write(&proposal, moved) : judgement;
}

void surrender_propose_links(struct rule_context *context, const ProtobufCMessage *payload,
                             struct bytes *creates, struct bytes *needs)
{
    const Seam__SurrenderPropose *in = (const Seam__SurrenderPropose *)payload;
    const struct state_key key = state_key_named(KEY_SURRENDER, in->surrender);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}
