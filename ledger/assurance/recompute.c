/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier computes the account again and says with what outcome [KSSJ 6.1c]; the last word on
 * each period stands. That the account follows from its lines every validator has checked already;
 * this is about the inputs that the verifier found. */
#include "ledger/assurance/coverage.h"
#include "ledger/assurance/rules.h"

/* A difference that is not named cannot be held against findings. */
static enum judgement lines_valid(const Seam__Recompute *in, struct err_detail *detail)
{
    bool fits = in->n_lines == in->differences && in->n_lines <= COVERAGE_LINES_MAX;
    for (size_t i = 0; fits && i < in->n_lines; i++) {
        fits = in->lines[i]->difference_g != 0;
        for (size_t k = 0; fits && k < i; k++) {
            fits = !record_same(in->lines[i]->code, in->lines[k]->code) ||
                   !record_same(in->lines[i]->source, in->lines[k]->source) ||
                   !record_same(in->lines[i]->detail, in->lines[k]->detail);
        }
    }
    return fits ? JUDGE_OK
                : refusal_never(detail,
                                (struct refusal){ERR_TOTAL, "lines", "KSSJ 6.1c", "200",
                                                 "each line that differs, once, with its grams"});
}

static enum judgement content_valid(const Seam__Recompute *in, struct err_detail *detail)
{
    const bool equal = record_same(in->outcome, "EQUAL");
    if (equal != (in->differences == 0) || equal != (in->difference_hash.len == 0)) {
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "differences", "KSSJ 6.1c",
                                                      equal ? "none" : "how many, and their list",
                                                      "EQUAL has no differences, DIFFERENT has"});
    }
    if (in->difference_hash.len != 0 && in->difference_hash.len != HASH_SIZE) {
        return refusal_never(
            detail, (struct refusal){ERR_LENGTH, "difference_hash", "KSSJ 6.1c", "32 bytes", NULL});
    }
    return lines_valid(in, detail);
}

/* The account that counts, by version and hash. */
static enum judgement subject_valid(const struct engaging *in, const Seam__Recompute *message)
{
    const Seam__AccountHead *head = NULL;
    const enum err err = view_account(&head, in->context->state, message->facility, message->period,
                                      in->context->arena);
    if (err != OK) {
        return refusal_of_view(in->detail, err, "period", message->period);
    }
    if (message->version < head->version) {
        return refusal_never(in->detail, (struct refusal){ERR_SUPERSEDED, "version", "4.4", NULL,
                                                          "a later version counts"});
    }
    if (message->version > head->version) {
        return refusal_not_yet(in->detail, (struct refusal){ERR_GAP, "version", "V03", NULL,
                                                            "there is no such version yet"});
    }
    if (!record_data_equal(message->account_hash, head->account_hash)) {
        return refusal_never(in->detail, (struct refusal){ERR_CONFLICT, "account_hash", "V03", NULL,
                                                          "not the hash of this version"});
    }
    return JUDGE_OK;
}

static enum judgement remember(const struct engaging *in, const Seam__Recompute *message)
{
    struct rule_context *context = in->context;
    struct state_key key;
    if (!record_key_recompute(&key, message->engagement, message->facility, message->period)) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_TYPE, "period", "D30", "YYYY-MM", NULL});
    }
    Seam__RecomputeRecord record = SEAM__RECOMPUTE_RECORD__INIT;
    record.version = message->version;
    record.account_hash = message->account_hash;
    record.inputs_hash = message->inputs_hash;
    record.parameter_set_hash = message->parameter_set_hash;
    record.outcome = message->outcome;
    record.differences = message->differences;
    record.difference_hash = message->difference_hash;
    record.result_hash = message->result_hash;
    record.person = record_data(&context->signers[0].person);
    record.height = context->height;
    record.time_ms = context->time_ms;
    record.tx_id = record_data(&context->tx_id);
    record.lines = message->lines;
    record.n_lines = message->n_lines;
    return refusal_of_world(in->detail, record_put(context, &key, &record.base));
}

enum judgement recompute(struct rule_context *context, const ProtobufCMessage *payload,
                         const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Recompute *message = (const Seam__Recompute *)payload;
    struct engaging in;
    enum judgement judgement = engaging_load(&in, context, message->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&in, TEAM_VERIFIERS);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_open(&in, false);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_covers(&in, message->facility, message->period);
    }
    if (judgement == JUDGE_OK) {
        judgement = content_valid(message, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = subject_valid(&in, message);
    }
    if (judgement == JUDGE_OK) {
        judgement = remember(&in, message);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_worked(&in);
    }
    return judgement == JUDGE_OK ? engaging_put(&in) : judgement;
}
