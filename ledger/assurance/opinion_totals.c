/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the accounts, one over the findings; both are bounded. */
#include "ledger/assurance/opinion_totals.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static enum judgement account_read(struct opinion_totals *out, const struct engaging *in,
                                   size_t index)
{
    const Seam__ScopePeriod *at = in->record->scope[index];
    struct rule_context *context = in->context;
    const Seam__AccountHead *head = NULL;
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *account = NULL;
    enum err err = view_account(&head, context->state, at->facility, at->period, context->arena);
    if (err == ERR_ABSENT) {
        return refusal_not_yet(in->detail, (struct refusal){ERR_GAP, "subjects", "D42", at->period,
                                                            "it has no account yet"});
    }
    if (err == OK) {
        err = view_account_version(&record, context->state, at->facility, at->period, head->version,
                                   context->arena);
    }
    if (err == OK) {
        err = view_account_body(&account, record, context->arena);
    }
    if (err != OK) {
        return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    Seam__CategoryTotals totals = SEAM__CATEGORY_TOTALS__INIT;
    totals.scope1_g = account->scope1_g;
    totals.scope2_g = account->scope2_g;
    totals.sinks_g = account->sinks_g;
    totals.information_g = account->information_g;
    totals.gross_g = account->gross_g;
    totals.net_g = account->net_g;
    out->reported[index] = totals;
    out->verified[index] = totals;
    out->versions[index] = head->version;
    return JUDGE_OK;
}

static size_t subject_of(const struct engaging *in, const Seam__FindingRaise *raise)
{
    size_t i = 0;
    while (i < in->record->n_scope &&
           (!record_same(in->record->scope[i]->facility, raise->facility) ||
            !record_same(in->record->scope[i]->period, raise->period))) {
        i++;
    }
    return i;
}

static enum judgement finding_count(struct opinion_totals *out, const struct engaging *in,
                                    uint32_t number)
{
    const Seam__FindingRecord *finding = NULL;
    char limit[16];
    const enum err err = view_finding(&finding, in->context->state, in->record->engagement, number,
                                      in->context->arena);
    if (err != OK) {
        return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    (void)snprintf(limit, sizeof limit, "%u", (unsigned)number);
    const size_t subject = subject_of(in, finding->raise);
    if (subject == in->record->n_scope) {
        return refusal_of_world(in->detail, ERR_CORRUPT);
    }
    if (finding->state != FINDING_CLOSED && finding->state != FINDING_UNRESOLVED) {
        return refusal_never(in->detail, (struct refusal){ERR_STATE_MACHINE, "open_findings", "4.4",
                                                          limit, "this finding is open"});
    }
    if (finding->state == FINDING_UNRESOLVED) {
        out->unresolved[out->unresolved_count++] = number;
    }
    if (finding->effect_g == 0) {
        return JUDGE_OK;
    }
    if (finding->raise->version != out->versions[subject]) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_SUPERSEDED, "open_findings", "4.4", limit,
                                              "this finding has an effect on a version that does "
                                              "not count any more"});
    }
    if (!finding_add_to(&out->verified[subject], finding->raise->category, finding->effect_g)) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "subjects", "D34", limit,
                                                          "the sum leaves what a number holds"});
    }
    return JUDGE_OK;
}

enum judgement opinion_totals_of(struct opinion_totals *out, const struct engaging *in)
{
    assert(in->record->n_scope <= ENGAGEMENT_SCOPE_MAX);
    assert(in->record->findings <= ENGAGEMENT_FINDINGS_MAX);
    enum judgement judgement = JUDGE_OK;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < in->record->n_scope && judgement == JUDGE_OK; i++) {
        judgement = account_read(out, in, i);
    }
    for (uint32_t i = 1; i <= in->record->findings && judgement == JUDGE_OK; i++) {
        judgement = finding_count(out, in, i);
    }
    return judgement;
}
