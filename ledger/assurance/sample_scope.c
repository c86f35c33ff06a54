/* SPDX-License-Identifier: Apache-2.0 */
/* The accounts name their lines by a root, so whoever draws must bring exactly these lines; what a
 * line weighs is calculated from it once more. A line that is left out, added or weighed otherwise
 * is therefore not a matter of trust. */
#include "ledger/assurance/sample_scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum judgement account_of(const Seam__Account **out, const struct engaging *in,
                                 const Seam__ScopePeriod *at, ProtobufCBinaryData *hash)
{
    const Seam__AccountHead *head = NULL;
    const Seam__AccountRecord *record = NULL;
    struct rule_context *context = in->context;
    enum err err = view_account(&head, context->state, at->facility, at->period, context->arena);
    if (err == ERR_ABSENT) {
        return refusal_not_yet(in->detail, (struct refusal){ERR_GAP, "facility", "D42", at->period,
                                                            "it has no account yet"});
    }
    if (err == OK) {
        err = view_account_version(&record, context->state, at->facility, at->period, head->version,
                                   context->arena);
    }
    if (err == OK) {
        err = view_account_body(out, record, context->arena);
    }
    if (err == OK) {
        *hash = head->account_hash;
    }
    return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
}

enum judgement sample_scope_of(struct sample_scope *out, const struct engaging *in,
                               const char *facility)
{
    const Seam__EngagementRecord *record = in->record;
    struct sample_scope scope = {0};
    struct hasher hasher;
    size_t periods = 0;
    hash_begin(&hasher, TAG_SAMPLE_ACCOUNTS);
    hash_add(&hasher, bytes_text(facility));
    hash_add_u8(&hasher, 0);
    for (size_t i = 0; i < record->n_scope; i++) {
        const Seam__Account *account = NULL;
        ProtobufCBinaryData hash = {0};
        if (!record_same(record->scope[i]->facility, facility)) {
            continue;
        }
        const enum judgement judgement = account_of(&account, in, record->scope[i], &hash);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        hash_add(&hasher, bytes_text(record->scope[i]->period));
        hash_add_u8(&hasher, 0);
        hash_add(&hasher, bytes_of(hash.data, hash.len));
        scope.lines += account->line_count;
        periods++;
    }
    hash_end(&hasher, &scope.accounts);
    if (periods == 0) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "facility", "D42", facility,
                                                          "not in the scope of the engagement"});
    }
    *out = scope;
    return JUDGE_OK;
}

/* --- the population -----------------------------------------------------------------------------
 */

static int by_id(const void *a, const void *b)
{
    const struct sample_item *left = a;
    const struct sample_item *right = b;
    return memcmp(left->id.bytes, right->id.bytes, HASH_SIZE);
}

static enum judgement account_add(struct sample_item *items, size_t *count,
                                  const struct engaging *in, const Seam__Account *account,
                                  const Seam__AccountLines *lines)
{
    struct account_weight *weights = NULL;
    size_t added = 0;
    const enum err err = view_account_weights(&weights, &added, in->context->state, account, lines,
                                              in->context->arena, in->detail);
    if (err != OK) {
        return in->detail->err == err ? view_judgement(err, JUDGE_NEVER)
                                      : refusal_of_world(in->detail, err);
    }
    if (added > SAMPLE_POPULATION_MAX - *count) {
        return refusal_never(in->detail, (struct refusal){ERR_LENGTH, "detached.accounts", "3.2",
                                                          "5000", "lines of one population"});
    }
    for (size_t i = 0; i < added; i++) {
        const int64_t grams = grams_value(weights[i].co2e);
        items[*count].id = weights[i].leaf;
        items[*count].weight = grams == 0 ? 1 : (uint64_t)(grams < 0 ? -grams : grams);
        (*count)++;
    }
    return JUDGE_OK;
}

enum judgement sample_scope_items(struct sample_item **items, size_t *count,
                                  const struct engaging *in, const char *facility,
                                  Seam__AccountLines *const *accounts, size_t account_count)
{
    struct sample_item *list =
        arena_alloc(in->context->arena, SAMPLE_POPULATION_MAX * sizeof *list);
    size_t at = 0;
    size_t made = 0;
    if (list == NULL) {
        return refusal_of_world(in->detail, ERR_MEMORY);
    }
    for (size_t i = 0; i < in->record->n_scope; i++) {
        const Seam__Account *account = NULL;
        ProtobufCBinaryData hash = {0};
        if (!record_same(in->record->scope[i]->facility, facility)) {
            continue;
        }
        enum judgement judgement = account_of(&account, in, in->record->scope[i], &hash);
        if (judgement == JUDGE_OK && account->line_count == 0) {
            continue;
        }
        if (judgement == JUDGE_OK && at == account_count) {
            judgement = refusal_never(
                in->detail, (struct refusal){ERR_INCOMPLETE, "detached.accounts", "D3",
                                             account->period, "the lines of every period"});
        }
        if (judgement == JUDGE_OK) {
            judgement = account_add(list, &made, in, account, accounts[at++]);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    if (at != account_count || made == 0) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_INCOMPLETE, "detached.accounts", "D3", NULL,
                                              "the periods of the scope, no other"});
    }
    qsort(list, made, sizeof *list, by_id);
    *items = list;
    *count = made;
    return JUDGE_OK;
}

/* --- what an opinion rests on -------------------------------------------------------------------
 */

enum judgement sample_of(const Seam__AuditSampleRecord **out, const struct engaging *in,
                         const char *subject, const char *facility)
{
    *out = NULL;
    for (uint32_t i = 1; i <= in->record->samples; i++) {
        const Seam__AuditSampleRecord *record = NULL;
        const enum err err = view_audit_sample(&record, in->context->state, in->record->engagement,
                                               i, in->context->arena);
        if (err != OK) {
            return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
        }
        if (record->repeated_by == 0 && record_same(record->commit->subject, subject) &&
            record_same(record->commit->facility, facility)) {
            *out = record;
        }
    }
    return JUDGE_OK;
}

static enum judgement missing(const struct engaging *in, const char *facility, const char *hint)
{
    return refusal_never(in->detail,
                         (struct refusal){ERR_MISSING, "samples", "KSSJ 6.2c", facility, hint});
}

/* *refused grows by the drawn items that nobody let the verifier see. */
static enum judgement facility_sampled(uint32_t *refused, const struct engaging *in,
                                       const char *facility, uint32_t small)
{
    const Seam__AuditSampleRecord *sample = NULL;
    struct sample_scope scope;
    enum judgement judgement = sample_scope_of(&scope, in, facility);
    if (judgement == JUDGE_OK) {
        judgement = sample_of(&sample, in, "LINES", facility);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (sample == NULL && scope.lines <= small) {
        return scope.lines == 0 || in->record->no_sample_reason[0] != '\0'
                   ? JUDGE_OK
                   : missing(in, facility,
                             "a sample of the lines, or in the draft why so few need none");
    }
    if (sample == NULL || !sample->drawn || sample->examine_height == 0) {
        return missing(in, facility,
                       sample == NULL   ? "a sample of the lines of its accounts"
                       : !sample->drawn ? "the sample is drawn first"
                                        : "what came of each item that was drawn");
    }
    if (!record_data_equal(sample->accounts_hash, record_data(&scope.accounts))) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_SUPERSEDED, "samples", "KSSJ 6.2c", facility,
                                              "drawn from a version that does not count any more"});
    }
    *refused += sample->refused;
    return JUDGE_OK;
}

enum judgement sample_needed(uint32_t *refused, const struct engaging *in,
                             const struct parameters *rules)
{
    const Seam__EngagementRecord *record = in->record;
    uint32_t small = 0;
    uint32_t found = 0;
    enum judgement judgement = parameter_need(&small, rules, "sample.small_lines", 0, in->detail);
    for (size_t i = 0; i < record->n_scope && judgement == JUDGE_OK; i++) {
        if (i == 0 || !record_same(record->scope[i - 1]->facility, record->scope[i]->facility)) {
            judgement = facility_sampled(&found, in, record->scope[i]->facility, small);
        }
    }
    if (judgement == JUDGE_OK) {
        *refused = found;
    }
    return judgement;
}
