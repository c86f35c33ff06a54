/* SPDX-License-Identifier: Apache-2.0 */
/* Two signed votes that one honest key cannot both cast (consensus.md 2.13, E1 to E5). The report
 * is a fact for people to act on; nothing follows from it by itself. */

#include "ledger/governance/registry.h"

#include <string.h>

#include "ledger/chain/encode.h"
#include "ledger/crypto/sign.h"
#include "ledger/governance/validators.h"

struct report {
    struct vote a;
    struct vote b;
    struct valset set;
};

/* Whether a FINALIZE and a NULLIFY contradict each other: E2 in one view, E4 when the later nullify
 * hides the lock that the finalize proves. */
static bool finalize_nullify(const struct vote *finalize, const struct vote *nullify)
{
    return nullify->view == finalize->view ||
           (nullify->view > finalize->view && nullify->lock_view < finalize->view);
}

static bool contradict(const struct vote *a, const struct vote *b)
{
    if (a->epoch != b->epoch || a->signer != b->signer) {
        return false;
    }
    if (a->kind == b->kind) {
        if (a->view != b->view) {
            return false;
        }
        return a->kind == VOTE_NULLIFY ? a->lock_view != b->lock_view
                                       : !hash_equal(&a->block_id, &b->block_id);
    }
    if (a->kind == VOTE_FINALIZE && b->kind == VOTE_NULLIFY) {
        return finalize_nullify(a, b);
    }
    if (a->kind == VOTE_NULLIFY && b->kind == VOTE_FINALIZE) {
        return finalize_nullify(b, a);
    }
    return false;
}

/* The view under which the contradiction is kept: that of the FINALIZE, or the common one. */
static uint64_t report_view(const struct report *report)
{
    return report->b.kind == VOTE_FINALIZE ? report->b.view : report->a.view;
}

static bool vote_signed(struct rule_context *context, const struct report *report,
                        const struct vote *vote)
{
    uint8_t message[VOTE_SIGNED_SIZE];
    vote_signed_bytes(message, &context->chain_id, report->set.suite, vote);
    return sign_verify(report->set.validators[vote->signer].key, bytes_of(message, sizeof message),
                       vote->signature);
}

static enum judgement report_decode(struct report *out, const Seam__ReportDoubleVote *in,
                                    struct err_detail *detail)
{
    const struct bytes a = bytes_of(in->vote_a.data, in->vote_a.len);
    const struct bytes b = bytes_of(in->vote_b.data, in->vote_b.len);
    enum err err = vote_decode(&out->a, a);
    if (err != OK) {
        return registry_refuse(detail, JUDGE_NEVER, err, "vote_a", NULL, NULL);
    }
    err = vote_decode(&out->b, b);
    if (err != OK) {
        return registry_refuse(detail, JUDGE_NEVER, err, "vote_b", NULL, NULL);
    }
    if (bytes_compare(a, b) >= 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_NOT_CANONICAL, "vote_b", NULL,
                               "the two votes ascending by their bytes");
    }
    if (!contradict(&out->a, &out->b)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_PARAM, "vote_b", NULL,
                               "these two votes do not contradict each other");
    }
    return JUDGE_OK;
}

static enum judgement report_signed(struct rule_context *context, struct report *report,
                                    struct err_detail *detail)
{
    const Seam__ValidatorSetRecord *record = NULL;
    const Seam__ChainState *chain = NULL;
    enum err err = view_validators(&record, context->state, context->arena);
    if (err == OK) {
        err = view_chain(&chain, context->state, context->arena);
    }
    if (err == OK && validators_valset(&report->set, record, (uint8_t)chain->suite) != OK) {
        err = ERR_CORRUPT;
    }
    if (err != OK) {
        return registry_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (report->a.epoch != report->set.epoch || report->a.signer >= report->set.count) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "vote_a", NULL,
                               "no validator of this epoch");
    }
    if (!vote_signed(context, report, &report->a)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_SIGNATURE, "vote_a", NULL, NULL);
    }
    if (!vote_signed(context, report, &report->b)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_SIGNATURE, "vote_b", NULL, NULL);
    }
    return JUDGE_OK;
}

enum judgement report_double_vote(struct rule_context *context, const ProtobufCMessage *payload,
                                  const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ReportDoubleVote *in = (const Seam__ReportDoubleVote *)payload;
    struct report report;
    enum judgement judgement = report_decode(&report, in, detail);
    if (judgement == JUDGE_OK) {
        judgement = report_signed(context, &report, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct validator *validator = &report.set.validators[report.a.signer];
    struct hash key_id;
    sign_key_id(&key_id, report.set.suite, bytes_of(validator->key, validator->key_size));
    struct state_key key = state_key_of(KEY_DOUBLE_VOTE);
    state_key_hash(&key, &key_id);
    state_key_u64(&key, report.a.epoch);
    state_key_u64(&key, report_view(&report));
    judgement = registry_new(context, state_key_bytes(&key), "vote_a", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__DoubleVoteRecord record = SEAM__DOUBLE_VOTE_RECORD__INIT;
    record.public_key = (ProtobufCBinaryData){.len = validator->key_size, .data = validator->key};
    record.epoch = report.a.epoch;
    record.view = report_view(&report);
    record.vote_a = in->vote_a;
    record.vote_b = in->vote_b;
    record.reporter = (char *)context->organisation_id;
    record.height = context->height;
    char id[2 * HASH_SIZE + 1];
    hex_encode(id, hash_bytes(&key_id));
    enum err err = view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    if (err == OK) {
        err = registry_list_all(context, KEY_DOUBLE_VOTE, id, 0);
    }
    return registry_world(detail, err);
}

void report_double_vote_links(struct rule_context *context, const ProtobufCMessage *payload,
                              struct bytes *creates, struct bytes *needs)
{
    (void)context;
    (void)payload;
    (void)creates;
    (void)needs;
}
