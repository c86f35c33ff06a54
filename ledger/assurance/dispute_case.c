/* SPDX-License-Identifier: Apache-2.0 */
/* Records are changed in the arena of the transaction and written back whole. */

#include "ledger/assurance/dispute_case.h"

#include <stdio.h>
#include <string.h>

#include "ledger/governance/calendar.h"

struct state_key dispute_key_numbered(enum key_table table, const char *dispute, uint32_t number)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_DISPUTE, dispute);
    state_key_u32(&key, number);
    return key;
}

enum err dispute_record_read(Seam__DisputeRecord **out, struct overlay *state, const char *dispute,
                             struct arena *arena)
{
    const struct state_key key = record_key(KEY_DISPUTE, dispute);
    ProtobufCMessage *message = NULL;
    const enum err err =
        record_get(&message, &seam__dispute_record__descriptor, state, &key, arena);
    if (err == OK) {
        *out = (Seam__DisputeRecord *)message;
    }
    return err;
}

enum err dispute_head_read(const Seam__DisputeHead **out, struct overlay *state,
                           const char *facility, const char *period, struct arena *arena)
{
    struct state_key key;
    ProtobufCMessage *message = NULL;
    if (!record_key_period(&key, KEY_DISPUTE_ACCOUNT, facility, period)) {
        return ERR_TYPE;
    }
    const enum err err = record_get(&message, &seam__dispute_head__descriptor, state, &key, arena);
    if (err == OK) {
        *out = (const Seam__DisputeHead *)message;
    }
    return err;
}

enum err dispute_capacity_of(unsigned *out, struct rule_context *context, const char *jurisdiction,
                             const char *owner, const char *verifier)
{
    const Seam__OrganisationRecord *sender = NULL;
    const enum err err =
        view_organisation(&sender, context->state, context->organisation_id, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    unsigned capacity = DISPUTE_NOBODY;
    if ((context->roles & ROLE_REGULATOR) != 0 && record_same(sender->jurisdiction, jurisdiction)) {
        capacity |= DISPUTE_REGULATOR;
    }
    if (record_same(context->organisation_id, owner)) {
        capacity |= DISPUTE_OWNER;
    }
    if (record_same(context->organisation_id, verifier)) {
        capacity |= DISPUTE_VERIFIER;
    }
    *out = capacity;
    return OK;
}

enum judgement dispute_case_read(struct dispute_case *out, struct rule_context *context,
                                 const char *dispute, struct err_detail *detail)
{
    *out = (struct dispute_case){.context = context, .detail = detail};
    enum err err = dispute_record_read(&out->record, context->state, dispute, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "dispute", dispute);
    }
    const Seam__DisputeRecord *record = out->record;
    err = view_jurisdiction(&out->place, context->state, record->jurisdiction, context->arena);
    if (err == OK) {
        err = dispute_capacity_of(&out->capacity, context, record->jurisdiction, record->owner,
                                  record->verifier);
    }
    if (err != OK) {
        return refusal_of_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    out->status = dispute_status(record, context->time_ms);
    return JUDGE_OK;
}

enum judgement dispute_case_put(const struct dispute_case *in)
{
    const struct state_key key = record_key(KEY_DISPUTE, in->record->dispute);
    return refusal_of_world(in->detail, record_put(in->context, &key, &in->record->base));
}

enum judgement dispute_case_state(const struct dispute_case *in, bool allowed, const char *hint)
{
    if (allowed) {
        return JUDGE_OK;
    }
    return refusal_never(in->detail, (struct refusal){ERR_STATE_MACHINE, "dispute", "4.4",
                                                      dispute_status_name(in->status), hint});
}

enum judgement dispute_case_regulator(const struct dispute_case *in)
{
    if ((in->capacity & DISPUTE_REGULATOR) != 0) {
        return JUDGE_OK;
    }
    return refusal_never(in->detail,
                         (struct refusal){ERR_ROLE, "dispute", "3.3", in->record->jurisdiction,
                                          "the regulator of the facility's jurisdiction decides"});
}

enum judgement dispute_deadline(uint64_t *out, const struct dispute_case *in, uint64_t from_ms,
                                uint32_t working_days)
{
    struct calendar_deadline deadline;
    if (calendar_deadline(&deadline, in->place, from_ms, working_days) != OK) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "jurisdiction", "D33", NULL,
                                                          "its calendar has no working days"});
    }
    *out = deadline.time_ms;
    if (deadline.assumed) {
        in->record->calendar_assumed = true;
    }
    return JUDGE_OK;
}

void *dispute_append(struct arena *arena, void *list, size_t count, void *entry)
{
    void **out = arena_alloc(arena, (count + 1) * sizeof *out);
    if (out == NULL) {
        return NULL;
    }
    if (count > 0) {
        memcpy(out, list, count * sizeof *out);
    }
    out[count] = entry;
    return out;
}
