/* SPDX-License-Identifier: Apache-2.0 */
/* Credits come from a claim, all of them at once and once; fund shares and bonds from a decision
 * that is named by its hash. Allowances are allocated, not issued. */

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

static uint32_t year_of(uint64_t time_ms)
{
    return (uint32_t)date_of_days((int64_t)(time_ms / DAY_MS)).year;
}

/* Checks the claim of credits and marks it as issued; *project names the series. */
static enum judgement from_claim(struct rule_context *context, const Seam__UnitsIssue *in,
                                 const Seam__HoldingRecord *holding, const char **project,
                                 struct err_detail *detail)
{
    const Seam__ClaimedReduction *claimed = NULL;
    const Seam__ProjectRecord *record = NULL;
    enum err err = registry_reduction(&claimed, context->state, in->claim, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "claim", in->claim);
    }
    if (claimed->issue[0] != '\0') {
        return unit_refuse(detail, JUDGE_NEVER, ERR_USED, "B12", "claim", claimed->issue,
                           "the credits of this claim were issued");
    }
    const uint32_t year = year_of(claimed->claim->from_ms);
    if (in->quantity != claimed->claim->quantity) {
        return unit_refuse_amount(detail, ERR_TOTAL, "B12", "quantity", claimed->claim->quantity,
                                  "all that was claimed, at once");
    }
    if (in->vintage != year) {
        return unit_refuse_amount(detail, ERR_VINTAGE, "V18", "vintage", year,
                                  "the year of the reduction");
    }
    const enum judgement judgement = not_managed(context, claimed->facility, year, year, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    err = registry_project(&record, context->state, claimed->claim->project, context->arena);
    if (err != OK) {
        return unit_world(detail, err);
    }
    if (strcmp(record->organisation, holding->holder) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "B12", "holding", record->organisation,
                           "credits are issued to the owner of the project");
    }
    Seam__ClaimedReduction marked = *claimed;
    marked.issue = in->issue;
    struct state_key key = state_key_named(KEY_REDUCTION, in->claim);
    const enum judgement put = unit_put(context, &key, &marked.base, detail);
    if (put != JUDGE_OK) {
        return put;
    }
    Seam__ProjectRecord project_record = *record;
    project_record.issued += in->quantity;
    key = state_key_named(KEY_PROJECT, claimed->claim->project);
    *project = claimed->claim->project;
    return unit_put(context, &key, &project_record.base, detail);
}

static enum judgement issue_fits(struct rule_context *context, const Seam__UnitsIssue *in,
                                 const Seam__HoldingRecord *holding, const Seam__AssetRecord *asset,
                                 const char **project, struct err_detail *detail)
{
    if (strcmp(asset->issuer, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "asset", asset->issuer,
                           "another registrar keeps this asset");
    }
    if (strcmp(asset->asset->kind, "OFFSET") == 0) {
        return from_claim(context, in, holding, project, detail);
    }
    if (strcmp(asset->asset->kind, "ALLOWANCE") == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "asset", "ALLOCATE",
                           "allowances are allocated by the regulator");
    }
    if (in->claim[0] != '\0' || in->basis_hash.len == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_MISSING, "D43", "basis_hash", NULL,
                           "a share or bond names the decision it comes from, and no claim");
    }
    return JUDGE_OK;
}

enum judgement units_issue(struct rule_context *context, const ProtobufCMessage *payload,
                           const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__UnitsIssue *in = (const Seam__UnitsIssue *)payload;
    const Seam__HoldingRecord *holding = NULL;
    const Seam__AssetRecord *asset = NULL;
    const char *project = "";
    const struct state_key key = order_key(ORDER_ISSUE, in->issue);
    enum judgement judgement = unit_new(context, &key, "issue", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_find(context, &holding, in->holding, "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = holding_takes(context, holding, in->asset, &asset, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = issue_fits(context, in, holding, asset, &project, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct series series = series_of(asset->asset->registry, in->asset, project, in->vintage);
    const struct block_place to = {.holding = in->holding, .state = UNIT_REGISTER};
    judgement = block_issue(context, &series, &to, ENTRY_ISSUE, in->quantity, NULL, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct hash tx_id = context->tx_id;
    Seam__DoneRecord record = SEAM__DONE_RECORD__INIT;
    record.id = in->issue;
    record.holding = in->holding;
    record.quantity = in->quantity;
    record.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    record.height = context->height;
    return unit_put(context, &key, &record.base, detail);
}

void units_issue_links(struct rule_context *context, const ProtobufCMessage *payload,
                       struct bytes *creates, struct bytes *needs)
{
    const Seam__UnitsIssue *in = (const Seam__UnitsIssue *)payload;
    const struct state_key key = order_key(ORDER_ISSUE, in->issue);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    const struct state_key claim = state_key_named(KEY_REDUCTION, in->claim);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, in->claim[0] != '\0' ? &claim : &holding);
}
