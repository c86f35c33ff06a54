/* SPDX-License-Identifier: Apache-2.0 */
/* What the state keeps of an account: each version for ever, which version counts, and where the
 * chain of a facility ends. Everything comes from body, signers and block (decision D3). */
#include "ledger/accounting/submission.h"

#include <assert.h>
#include <string.h>

struct state_key submission_period_key(enum key_table table, const char *facility,
                                       struct period period)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_u32(&key, period.number);
    return key;
}

/* The id32 of a facility is the same in every table. */
struct state_key submission_chain_key(const char *facility)
{
    struct state_key key = state_key_of(KEY_FACILITY_HEAD);
    state_key_id(&key, KEY_FACILITY, facility);
    return key;
}

struct state_key submission_version_key(const char *facility, struct period period,
                                        uint32_t version)
{
    struct state_key key = submission_period_key(KEY_ACCOUNT_VERSION, facility, period);
    state_key_u32(&key, version);
    return key;
}

static ProtobufCBinaryData data_of(const struct hash *hash)
{
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = (uint8_t *)(uintptr_t)hash->bytes};
}

static enum err put_version(const struct submission *in)
{
    struct rule_context *context = in->context;
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    ProtobufCBinaryData persons[LIMIT_TX_SIGNATURES];
    assert(context->signer_count <= LIMIT_TX_SIGNATURES);
    for (size_t i = 0; i < context->signer_count; i++) {
        persons[i] = data_of(&context->signers[i].person);
    }
    record.account =
        (ProtobufCBinaryData){.len = in->bytes.size, .data = (uint8_t *)(uintptr_t)in->bytes.data};
    record.account_hash = data_of(&in->hash);
    record.tx_id = data_of(&context->tx_id);
    record.organisation = (char *)(uintptr_t)context->organisation_id;
    record.persons = persons;
    record.n_persons = context->signer_count;
    record.height = context->height;
    record.time_ms = context->time_ms;
    record.deadline_ms = in->deadline;
    record.extension_days = in->extension_days;
    record.days_late = context->days_late;
    record.historic = in->historic;
    const struct state_key key =
        submission_version_key(in->account->facility, in->period, in->account->version);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    return err != OK ? err : rule_created(context, state_key_bytes(&key));
}

static enum err put_head(const struct submission *in)
{
    struct rule_context *context = in->context;
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    head.facility = in->account->facility;
    head.period = in->account->period;
    head.version = in->account->version;
    head.account_hash = data_of(&in->hash);
    head.state = in->account->state;
    head.height = context->height;
    head.time_ms = context->time_ms;
    head.first_height = in->head != NULL ? in->head->first_height : context->height;
    head.first_time_ms = in->head != NULL ? in->head->first_time_ms : context->time_ms;
    const struct state_key key =
        submission_period_key(KEY_ACCOUNT, in->account->facility, in->period);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &head.base, context->arena);
    return err != OK || in->head != NULL ? err : rule_created(context, state_key_bytes(&key));
}

/* The end of the chain moves with a new period, and with a correction of the last one. */
static enum err put_chain(const struct submission *in)
{
    struct rule_context *context = in->context;
    if (in->head != NULL && strcmp(in->chain->period, in->account->period) != 0) {
        return OK;
    }
    Seam__FacilityHead chain = SEAM__FACILITY_HEAD__INIT;
    chain.facility = in->account->facility;
    chain.period = in->account->period;
    chain.account_hash = data_of(&in->hash);
    chain.periods = (in->chain != NULL ? in->chain->periods : 0) + (in->head != NULL ? 0 : 1);
    const struct state_key key = submission_chain_key(in->account->facility);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &chain.base, context->arena);
    return err != OK || in->chain != NULL ? err : rule_created(context, state_key_bytes(&key));
}

enum judgement submission_remember(const struct submission *in)
{
    enum err err = in->head != NULL && in->chain == NULL ? ERR_CORRUPT : OK;
    if (err == OK) {
        err = put_version(in);
    }
    if (err == OK) {
        err = put_head(in);
    }
    if (err == OK) {
        err = put_chain(in);
    }
    if (err != OK) {
        err_set(in->detail, err, "account", NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    return JUDGE_OK;
}
