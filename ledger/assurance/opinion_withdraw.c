/* SPDX-License-Identifier: Apache-2.0 */
/* Facts found after the issue: the opinion is marked, its periods lose their verified value, the
 * engagement can go on to another opinion. Nothing is deleted. */
#include "ledger/assurance/engagement.h"
#include "ledger/assurance/rules.h"

struct withdrawing {
    struct engaging engaging;
    Seam__OpinionRecord *opinion;
};

static enum judgement withdraw_load(struct withdrawing *out, struct rule_context *context,
                                    const char *opinion, struct err_detail *detail)
{
    const struct state_key key = record_key(KEY_OPINION, opinion);
    ProtobufCMessage *message = NULL;
    const enum err err = record_get(&message, &seam__opinion_record__descriptor, context->state,
                                    &key, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "opinion", opinion);
    }
    out->opinion = (Seam__OpinionRecord *)message;
    uint8_t state = OPINION_IN_FORCE;
    if (out->opinion->withdrawn_height != 0) {
        state = out->opinion->replaced_by[0] != '\0' ? OPINION_REPLACED : OPINION_WITHDRAWN;
    }
    const enum err moved = sm_move(&opinion_machine, &state, OPINION_WITHDRAWN, detail);
    if (moved != OK) {
        return view_judgement(moved, JUDGE_NEVER);
    }
    return engaging_load(&out->engaging, context, out->opinion->issue->engagement, detail);
}

/* Every period it spoke of loses its verified value, unless a later opinion gave another. */
static enum err heads_withdraw(const struct withdrawing *in)
{
    struct rule_context *context = in->engaging.context;
    const Seam__OpinionIssue *issue = in->opinion->issue;
    for (size_t i = 0; i < issue->n_subjects; i++) {
        struct state_key key;
        ProtobufCMessage *message = NULL;
        if (!record_key_period(&key, KEY_OPINION_HEAD, issue->subjects[i]->facility,
                               issue->subjects[i]->period)) {
            return ERR_CORRUPT;
        }
        enum err err = record_get(&message, &seam__opinion_head__descriptor, context->state, &key,
                                  context->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        Seam__OpinionHead *head = (Seam__OpinionHead *)message;
        if (!record_same(head->opinion, issue->opinion)) {
            continue;
        }
        head->withdrawn = true;
        err = record_put(context, &key, &head->base);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

/* Domain 3.2: facts found after the issue. Nothing is deleted. */
static enum judgement withdraw(struct withdrawing *in, const char *cause, const char *reason)
{
    struct rule_context *context = in->engaging.context;
    in->opinion->withdrawn_height = context->height;
    in->opinion->withdrawn_ms = context->time_ms;
    in->opinion->withdrawn_by = (char *)(uintptr_t)context->organisation_id;
    in->opinion->cause = (char *)(uintptr_t)cause;
    in->opinion->reason = (char *)(uintptr_t)reason;
    const enum judgement judgement = engaging_move(&in->engaging, ENGAGEMENT_REVOKED);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct state_key key = record_key(KEY_OPINION, in->opinion->issue->opinion);
    enum err err = record_put(context, &key, &in->opinion->base);
    if (err == OK) {
        err = heads_withdraw(in);
    }
    return err == OK ? engaging_put(&in->engaging) : refusal_of_world(in->engaging.detail, err);
}

enum judgement opinion_withdraw(struct rule_context *context, const ProtobufCMessage *payload,
                                const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__OpinionWithdraw *in = (const Seam__OpinionWithdraw *)payload;
    struct withdrawing withdrawing;
    enum judgement judgement = withdraw_load(&withdrawing, context, in->opinion, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&withdrawing.engaging, TEAM_ANY);
    }
    return judgement == JUDGE_OK ? withdraw(&withdrawing, in->cause, in->reason) : judgement;
}

/* D42: a false declaration is a ground to revoke. */
enum judgement opinion_revoke(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__OpinionRevoke *in = (const Seam__OpinionRevoke *)payload;
    struct withdrawing withdrawing;
    enum judgement judgement = withdraw_load(&withdrawing, context, in->opinion, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_regulator(&withdrawing.engaging, true);
    }
    return judgement == JUDGE_OK ? withdraw(&withdrawing, in->cause, in->reason) : judgement;
}

#define NEEDS_OPINION(rule, Type)                                                                  \
    void rule##_links(struct rule_context *context, const ProtobufCMessage *payload,               \
                      struct bytes *creates, struct bytes *needs)                                  \
    {                                                                                              \
        const struct state_key key = record_key(KEY_OPINION, ((const Type *)payload)->opinion);    \
        (void)creates;                                                                             \
        *needs = record_link(context, &key);                                                       \
    }

NEEDS_OPINION(opinion_withdraw, Seam__OpinionWithdraw)
NEEDS_OPINION(opinion_revoke, Seam__OpinionRevoke)
