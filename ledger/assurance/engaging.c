/* SPDX-License-Identifier: Apache-2.0 */
/* What every transaction on an engagement asks first. */
#include "ledger/assurance/engagement.h"

#include <assert.h>

enum judgement engaging_load(struct engaging *out, struct rule_context *context,
                             const char *engagement, struct err_detail *detail)
{
    const struct state_key key = record_key(KEY_ENGAGEMENT, engagement);
    ProtobufCMessage *message = NULL;
    const enum err err = record_get(&message, &seam__engagement_record__descriptor, context->state,
                                    &key, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "engagement", engagement);
    }
    *out = (struct engaging){
        .context = context, .detail = detail, .record = (Seam__EngagementRecord *)message};
    return JUDGE_OK;
}

enum judgement engaging_by_client(const struct engaging *in)
{
    if (record_same(in->context->organisation_id, in->record->client)) {
        return JUDGE_OK;
    }
    return refusal_never(in->detail, (struct refusal){ERR_ROLE, "engagement", "V21",
                                                      in->record->client, "the client sends this"});
}

enum judgement engaging_by_verifier(const struct engaging *in, uint32_t functions)
{
    const struct rule_context *context = in->context;
    if (!record_same(context->organisation_id, in->record->verifier)) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_ROLE, "engagement", "V21", in->record->verifier,
                                              "the verifier sends this"});
    }
    for (size_t i = 0; i < context->signer_count; i++) {
        if ((team_function(in->record, &context->signers[i].person) & functions) == 0) {
            return refusal_never(in->detail,
                                 (struct refusal){ERR_ROLE, "signatures", "D42", NULL,
                                                  "this person has another function in the team"});
        }
    }
    return JUDGE_OK;
}

enum judgement engaging_by_regulator(const struct engaging *in, bool any)
{
    struct rule_context *context = in->context;
    const Seam__OrganisationRecord *sender = NULL;
    const char *foreign = NULL;
    bool competent = false;
    enum err err =
        view_organisation(&sender, context->state, context->organisation_id, context->arena);
    for (size_t i = 0; err == OK && i < in->record->n_scope; i++) {
        const Seam__FacilityRecord *facility = NULL;
        err = view_facility(&facility, context->state, in->record->scope[i]->facility,
                            context->arena);
        if (err == OK && record_same(facility->jurisdiction, sender->jurisdiction)) {
            competent = true;
        } else if (err == OK) {
            foreign = facility->jurisdiction;
        }
    }
    if (err != OK) {
        return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (competent && (any || foreign == NULL)) {
        return JUDGE_OK;
    }
    return refusal_never(in->detail, (struct refusal){ERR_ROLE, "organisation", "3.3", foreign,
                                                      "the regulator of the facility's "
                                                      "jurisdiction"});
}

enum judgement engaging_open(const struct engaging *in, bool early)
{
    const uint32_t state = in->record->state;
    if (state == ENGAGEMENT_DOC_REVIEW || state == ENGAGEMENT_SITE ||
        state == ENGAGEMENT_REPORT_DRAFT ||
        (early && (state == ENGAGEMENT_ACCEPTED || state == ENGAGEMENT_PLANNED))) {
        return JUDGE_OK;
    }
    return refusal_never(in->detail, (struct refusal){ERR_STATE_MACHINE, "engagement", "D42",
                                                      sm_name(&engagement_machine, (uint8_t)state),
                                                      "not in this step of the engagement"});
}

enum judgement engaging_move(struct engaging *in, enum engagement_state next)
{
    uint8_t state = (uint8_t)in->record->state;
    if (in->record->state > UINT8_MAX) {
        return refusal_of_world(in->detail, ERR_CORRUPT);
    }
    const enum err err = sm_move(&engagement_machine, &state, (uint8_t)next, in->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    in->record->state = state;
    return JUDGE_OK;
}

bool engaging_has_worked(const struct engaging *in, const struct hash *person)
{
    for (size_t i = 0; i < in->record->n_workers; i++) {
        if (record_data_equal(in->record->workers[i], record_data(person))) {
            return true;
        }
    }
    return false;
}

enum judgement engaging_worked(struct engaging *in)
{
    const struct rule_context *context = in->context;
    const size_t count = in->record->n_workers;
    ProtobufCBinaryData *list =
        arena_alloc(context->arena, (count + context->signer_count) * sizeof *list);
    if (list == NULL) {
        return refusal_of_world(in->detail, ERR_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = in->record->workers[i];
    }
    in->record->workers = list;
    for (size_t i = 0; i < context->signer_count; i++) {
        if (!engaging_has_worked(in, &context->signers[i].person)) {
            list[in->record->n_workers++] = record_data(&context->signers[i].person);
        }
    }
    assert(in->record->n_workers <= ENGAGEMENT_TEAM_MAX);
    return JUDGE_OK;
}

enum judgement engaging_covers(const struct engaging *in, const char *facility, const char *period)
{
    for (size_t i = 0; i < in->record->n_scope; i++) {
        if (record_same(in->record->scope[i]->facility, facility) &&
            record_same(in->record->scope[i]->period, period)) {
            return JUDGE_OK;
        }
    }
    return refusal_never(in->detail, (struct refusal){ERR_RANGE, "period", "D42", NULL,
                                                      "outside the scope of the engagement"});
}

enum judgement engaging_put(const struct engaging *in)
{
    const struct state_key key = record_key(KEY_ENGAGEMENT, in->record->engagement);
    return refusal_of_world(in->detail, record_put(in->context, &key, &in->record->base));
}
