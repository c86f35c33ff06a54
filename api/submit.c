/* SPDX-License-Identifier: Apache-2.0 */
/* One signature: sign and submit. Two: ask the rule on a throw-away overlay, keep a draft, and
 * submit when the second person signed. A draft under way stays in the database until the ledger
 * shows its transaction, so neither a restart nor a full pool loses it. */

#include "api/submit.h"

#include "api/wait.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"

#include <assert.h>
#include <string.h>

#define ALONE_MS (15 * 60 * 1000) /* validity of what one person signs */
#define DRAFT_MS                                                                                   \
    (UINT64_C(7) * 24 * 3600 * 1000) /* of a draft, unless the caller says otherwise               \
                                      */
#define LONGEST_MS (UINT64_C(35) * 24 * 3600 * 1000) /* decision D5 */
#define PERSONS_MAX 1000
#define DETACHED_MAX LIMIT_TX_DETACHED

const char *const submit_keys[] = {"wait", "valid_until", "idempotency_key", NULL};

/* A transaction being made. */
struct making {
    const struct rule_row *row;
    const char *organisation;
    const char *person;
    uint64_t valid_until_ms;
    const char *idempotency; /* NULL: none */
    struct bytes payload;
    struct bytes detached;
    struct bytes body;
    struct hash tx_id;
    uint8_t signature[64];
};

enum err submit_wait(struct call *call, bool *wait)
{
    const char *text = NULL;
    const enum err err = call_text(call, "wait", false, &text);
    if (err != OK) {
        return err;
    }
    if (text != NULL && strcmp(text, "final") != 0 && strcmp(text, "accepted") != 0) {
        return call_fail(call, ERR_ENUM, "wait", "final, accepted", NULL);
    }
    *wait = text == NULL || strcmp(text, "final") == 0;
    return OK;
}

enum err submit_signer(struct call *call, struct query *query, const Seam__KeyRecord **out)
{
    if (!call->caller->can_sign) {
        return call_fail(call, ERR_ROLE, NULL, NULL, "this token is not bound to a signing key");
    }
    const Seam__KeyRecord *record = NULL;
    const enum err err = view_key(&record, query_state(query), &call->caller->key_id, &call->arena);
    if (err == ERR_ABSENT || (err == OK && record->valid_to != 0)) {
        return call_fail(call, ERR_KEY, NULL, NULL,
                         "the key of this token is not registered, or revoked");
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    if (strcmp(record->organisation, call->caller->organisation) != 0) {
        return call_fail(call, ERR_KEY, NULL, NULL, "the key belongs to another organisation");
    }
    *out = record;
    return OK;
}

static enum err read_valid_until(struct call *call, const struct rule_row *row, uint64_t *out)
{
    const char *text = NULL;
    const uint64_t now = call->started_ms;
    const enum err err = call_text(call, "valid_until", false, &text);
    if (err != OK) {
        return err;
    }
    if (text == NULL) {
        *out = now + (row->signatures > 1 ? DRAFT_MS : ALONE_MS);
        return OK;
    }
    if (!spell_time_read(out, text)) {
        return call_fail(call, ERR_PARSE, "valid_until", "2026-10-01T00:00:00Z", NULL);
    }
    if (*out <= now || *out - now > LONGEST_MS) {
        return call_fail(call, ERR_RANGE, "valid_until", "later than now, at most 35 days", NULL);
    }
    return OK;
}

static enum err read_idempotency(struct call *call, const struct rule_row *row, const char **out)
{
    const enum err err = call_text(call, "idempotency_key", row->moves_units, out);
    if (err == OK && *out != NULL && !exec_idempotency_valid(*out)) {
        return call_fail(call, ERR_TEXT, "idempotency_key", "A-Z a-z 0-9 . _ -, at most 64", NULL);
    }
    return err;
}

/* Payload, body, id and the caller's signature. */
static enum err make(struct call *call, struct making *making, const ProtobufCMessage *payload)
{
    const struct api_node *node = call->api->node;
    const char *idempotency = making->idempotency;
    enum err err = message_pack(&making->payload, payload, &call->arena);
    if (err != OK || making->detached.size > DETACHED_MAX) {
        return call_fail(call, err != OK ? err : ERR_TOO_LARGE, NULL, NULL, NULL);
    }
    Seam__Body body = SEAM__BODY__INIT;
    body.type = making->row->type;
    body.organisation = (char *)(uintptr_t)making->organisation;
    body.valid_until_ms = making->valid_until_ms;
    body.idempotency_key = (char *)(uintptr_t)(idempotency != NULL ? idempotency : "");
    body.payload =
        (ProtobufCBinaryData){making->payload.size, (uint8_t *)(uintptr_t)making->payload.data};
    err = message_pack(&making->body, &body.base, &call->arena);
    if (err == OK && making->body.size > LIMIT_TX_BODY) {
        err = ERR_TOO_LARGE;
    }
    struct bytes message;
    if (err == OK) {
        err = exec_signed_message(&message, &node->chain_id, making->body, &call->arena);
    }
    if (err == OK) {
        exec_tx_id(&making->tx_id, &node->chain_id, making->body);
        err = node->sign(node->context, &call->caller->key_id, message, making->signature);
    }
    if (err == ERR_KEY) {
        return call_fail(call, err, NULL, NULL, "this node does not hold the key of this token");
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

bool submit_passes_later(enum err err)
{
    return err == ERR_BUSY || err == ERR_NO_QUORUM || err == ERR_MEMORY || err == ERR_STORAGE;
}

/* What an answer means for the draft behind it. */
static void settle(struct call *call, struct bytes id, const struct api_answer *answer)
{
    struct draft_box *box = call->api->drafts;
    if (id.size == 0) {
        return;
    }
    const bool refused = answer->outcome == API_REFUSED || answer->outcome == API_DROPPED;
    const bool later = submit_passes_later(answer->detail.err);
    draft_lock(box);
    if (answer->outcome == API_FINAL) {
        (void)!draft_drop(box, id); /* the keeper tries again */
    } else if (refused && !later) {
        Seam__Draft *draft = NULL;
        if (draft_get(&draft, box, id, call->started_ms, &call->arena) == OK) {
            draft->state = (char *)"FAILED";
            draft->notice = (char *)(uintptr_t)err_name(answer->detail.err);
            (void)!draft_put(box, draft);
        }
    }
    draft_unlock(box);
}

static enum err start(struct call *call, struct bytes raw, struct bytes draft, bool wait,
                      const struct submit_note *note)
{
    const struct wait_plan plan = {.settle = settle,
                                   .draft = draft,
                                   .note_key = note != NULL ? note->key : NULL,
                                   .note = note != NULL ? note->value : (struct bytes){NULL, 0}};
    return wait_start(call, &plan, &raw, 1, wait);
}

enum err submit_raw(struct call *call, struct bytes raw, struct bytes draft,
                    const struct submit_note *note)
{
    bool wait = true;
    const enum err err = submit_wait(call, &wait);
    return err == OK ? start(call, raw, draft, wait, note) : err;
}

enum err submit_batch(struct call *call, const struct bytes *raws, const uint32_t *rows,
                      size_t count, const struct submit_note *note)
{
    bool wait = true;
    const enum err err = submit_wait(call, &wait);
    const struct wait_plan plan = {.batch = true,
                                   .note_key = note != NULL ? note->key : NULL,
                                   .note = note != NULL ? note->value : (struct bytes){NULL, 0},
                                   .rows = rows};
    return err == OK ? wait_start(call, &plan, raws, count, wait) : err;
}

/* --- drafts ----------------------------------------------------------------------------------- */

/* Asks the rule whether the content passes, as if this person alone had signed: better told now
 * than to the second person on Monday. What something else must come before is refused too, by
 * name; the previous hash of an account could not be right otherwise. key may be NULL: nobody
 * signs, it is only asked. */
static enum err ask_rule(struct call *call, struct query *query, const struct making *making,
                         const Seam__KeyRecord *key, const ProtobufCMessage *payload)
{
    const Seam__OrganisationRecord *organisation = NULL;
    const enum err err = call_organisation(call, query, &organisation);
    if (err != OK) {
        return err;
    }
    if ((organisation->roles & making->row->roles) == 0) {
        return call_fail(call, ERR_ROLE, NULL, NULL, NULL);
    }
    ProtobufCMessage *detached = NULL;
    if (making->row->detached != NULL &&
        (making->detached.size > 0 || !making->row->detached_optional) &&
        message_unpack(&detached, making->row->detached, making->detached, DETACHED_MAX,
                       &call->arena, &call->detail) != OK) {
        return call_fail(call, ERR_INTERNAL, NULL, NULL, NULL);
    }
    struct overlay *overlay = overlay_new(query_state(query), NULL);
    if (overlay == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    struct rule_signer signer = {.key_id = call->caller->key_id};
    if (key != NULL) {
        signer.usage = key->usages;
        id_hash(&signer.person, KEY_PERSON, key->person);
    }
    struct rule_context context = {
        .state = overlay,
        .arena = &call->arena,
        .height = query_height(query) + 1,
        .time_ms = query_time(query),
        .rules_version = query_header(query)->version,
        .chain_id = call->api->node->chain_id,
        .tx_id = making->tx_id,
        .organisation_id = making->organisation,
        .roles = organisation->roles,
        .signers = &signer,
        .signer_count = key != NULL ? 1 : 0,
    };
    id_hash(&context.organisation, KEY_ORGANISATION, making->organisation);
    struct err_detail detail = {.err = OK};
    const enum judgement judgement = making->row->apply(&context, payload, detached, &detail);
    overlay_drop(overlay);
    /* A rule that wants certain persons together can only say so while they have not all signed. */
    if (judgement == JUDGE_OK || (detail.err == ERR_SECOND_PERSON && making->row->signatures > 1)) {
        return OK;
    }
    call->detail = detail;
    return detail.err != OK ? detail.err : ERR_INTERNAL;
}

/* Whether a person of the organisation holds a key that could give one of the signatures. */
static bool may_approve(struct call *call, struct query *query, const char *person,
                        const struct rule_row *row)
{
    const Seam__PersonRecord *record = NULL;
    if (view_person(&record, query_state(query), person, &call->arena) != OK) {
        return false;
    }
    for (size_t i = 0; i < record->n_keys; i++) {
        struct hash key_id;
        const Seam__KeyRecord *key = NULL;
        if (record->keys[i].len != HASH_SIZE) {
            continue;
        }
        memcpy(key_id.bytes, record->keys[i].data, HASH_SIZE);
        if (view_key(&key, query_state(query), &key_id, &call->arena) != OK || key->valid_to != 0) {
            continue;
        }
        for (size_t j = 0; j < row->signatures && j < 4; j++) {
            if (row->usages[j] == 0 || (key->usages & row->usages[j]) != 0) {
                return true;
            }
        }
    }
    return false;
}

static bool has_signed(const Seam__Draft *draft, const char *person)
{
    for (size_t i = 0; i < draft->n_persons; i++) {
        if (strcmp(draft->persons[i], person) == 0) {
            return true;
        }
    }
    return false;
}

void submit_approvers(struct call *call, struct query *query, struct json_out *out,
                      const Seam__Draft *draft, const struct rule_row *row)
{
    static const size_t page = 50;
    const Seam__ListEntry *entries[50];
    json_out_field_array(out, "approvers");
    uint32_t total = 1;
    for (uint32_t from = 0; from < total && from < PERSONS_MAX; from += (uint32_t)page) {
        size_t count = 0;
        if (query_list(query, KEY_PERSON, draft->organisation, from, entries, page, &count, &total,
                       &call->arena) != OK ||
            count == 0) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            const char *person = entries[i]->id;
            if (!has_signed(draft, person) && may_approve(call, query, person, row)) {
                json_out_text(out, person);
            }
        }
    }
    json_out_end(out);
}

/* The answer to whoever signed first (decision D26). */
static void write_awaiting(struct call *call, struct query *query, const Seam__Draft *draft,
                           const struct rule_row *row, bool duplicate,
                           const struct submit_note *note)
{
    struct json_out *out = &call->data;
    json_out_object(out);
    json_out_field_text(out, "state", draft->state);
    json_out_field_hex(out, "draft", bytes_of(draft->id.data, draft->id.len));
    json_out_field_hex(out, "transaction", bytes_of(draft->tx_id.data, draft->tx_id.len));
    json_out_field_time(out, "valid_until", draft->valid_until_ms);
    json_out_field_bool(out, "duplicate", duplicate);
    json_out_field_array(out, "signed");
    for (size_t i = 0; i < draft->n_persons; i++) {
        json_out_text(out, draft->persons[i]);
    }
    json_out_end(out);
    submit_approvers(call, query, out, draft, row);
    if (note != NULL && note->key != NULL) {
        json_out_key(out, note->key);
        json_out_raw(out, note->value);
    }
    json_out_end(out);
}

static ProtobufCBinaryData binary(struct bytes bytes)
{
    return (ProtobufCBinaryData){bytes.size, (uint8_t *)(uintptr_t)bytes.data};
}

/* Keeps the draft, or finds the one with this content that waits already. */
static enum err keep_draft(struct call *call, const struct making *making, struct query *query,
                           const struct submit_note *note)
{
    struct draft_box *box = call->api->drafts;
    uint8_t id[DRAFT_ID_SIZE];
    draft_id(id, making->organisation, making->row->type, making->payload);
    Seam__Draft *known = NULL;
    enum err err = draft_get(&known, box, bytes_of(id, sizeof id), call->started_ms, &call->arena);
    const bool waits = err == OK && (strcmp(known->state, "AWAITING_SECOND_PERSON") == 0 ||
                                     strcmp(known->state, "SUBMITTED") == 0);
    if (waits) {
        write_awaiting(call, query, known, making->row, true, note);
        return OK;
    }
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    Seam__Draft draft = SEAM__DRAFT__INIT;
    draft.id = binary(bytes_of(id, sizeof id));
    draft.state = (char *)"AWAITING_SECOND_PERSON";
    draft.organisation = (char *)(uintptr_t)making->organisation;
    draft.creator = (char *)(uintptr_t)making->person;
    draft.tx_id = binary(hash_bytes(&making->tx_id));
    draft.body = binary(making->body);
    draft.detached = binary(making->detached);
    draft.created_ms = call->started_ms;
    draft.valid_until_ms = making->valid_until_ms;
    err =
        draft_sign(&draft, making->person, &call->caller->key_id, making->signature, &call->arena);
    if (err == OK) {
        err = draft_put(box, &draft);
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    write_awaiting(call, query, &draft, making->row, false, note);
    return OK;
}

/* The transaction that one person's signature completes. */
static enum err alone(struct bytes *raw, struct call *call, const struct making *making)
{
    Seam__Draft draft = SEAM__DRAFT__INIT;
    draft.body = binary(making->body);
    draft.detached = binary(making->detached);
    enum err err =
        draft_sign(&draft, making->person, &call->caller->key_id, making->signature, &call->arena);
    if (err == OK) {
        err = draft_raw(raw, &draft, &call->arena);
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err submit_alone(struct call *call, const struct making *making,
                             const struct submit_note *note)
{
    struct bytes raw;
    const enum err err = alone(&raw, call, making);
    return err == OK ? submit_raw(call, raw, (struct bytes){NULL, 0}, note) : err;
}

enum err submit_sign(struct bytes *raw, struct call *call, struct query *query,
                     const struct rule_row *row, const ProtobufCMessage *payload,
                     const char *idempotency_key)
{
    struct making making = {.row = row,
                            .organisation = call->caller->organisation,
                            .valid_until_ms = call->started_ms + ALONE_MS,
                            .idempotency = idempotency_key};
    const Seam__KeyRecord *key = NULL;
    assert(row->signatures <= 1);
    enum err err = submit_signer(call, query, &key);
    if (err == OK) {
        making.person = key->person;
        err = make(call, &making, payload);
    }
    return err == OK ? alone(raw, call, &making) : err;
}

/* The place of a transaction that is final. */
static enum err write_before(struct call *call, struct query *query, const struct hash *tx_id)
{
    struct query_tx tx;
    struct query_block block;
    enum err err = query_tx(&tx, query, tx_id, &call->arena);
    if (err == OK) {
        err = query_block(&block, query, tx.height, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err == ERR_ABSENT ? ERR_DUPLICATE : err, "idempotency_key", NULL,
                         "this order was carried out before");
    }
    const struct api_answer answer = {.outcome = API_FINAL,
                                      .duplicate = true,
                                      .tx_id = *tx_id,
                                      .height = tx.height,
                                      .index = tx.index,
                                      .block_id = block.id,
                                      .time_ms = tx.time_ms};
    json_out_object(&call->data);
    wait_write(&call->data, &answer);
    json_out_end(&call->data);
    return OK;
}

/* The same order a second time is answered with what became of the first (decision D5), before the
 * rule would say that its id is taken. *done: the call has its answer. */
static enum err ordered_before(bool *done, struct call *call, struct query *query,
                               const struct making *making, const ProtobufCMessage *payload)
{
    struct hash first;
    bool same = false;
    *done = false;
    if (making->idempotency == NULL) {
        return OK;
    }
    const struct exec_tx tx = {.tx_id = making->tx_id,
                               .row = making->row,
                               .organisation = making->organisation,
                               .valid_until_ms = making->valid_until_ms,
                               .idempotency_key = making->idempotency,
                               .payload = payload};
    const enum err err =
        exec_duplicate(&first, &same, query_state(query), query_time(query), &tx, &call->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : call_fail(call, err, NULL, NULL, NULL);
    }
    *done = same;
    return same ? write_before(call, query, &first)
                : call_fail(call, ERR_CONFLICT, "idempotency_key", making->idempotency,
                            "this key stands for another order");
}

static enum err with_query(struct call *call, struct query *query, struct making *making,
                           const ProtobufCMessage *payload, const struct submit_note *note)
{
    const Seam__KeyRecord *key = NULL;
    bool wait = true;
    enum err err = submit_signer(call, query, &key);
    if (err == OK) {
        err = read_valid_until(call, making->row, &making->valid_until_ms);
    }
    if (err == OK) {
        err = read_idempotency(call, making->row, &making->idempotency);
    }
    if (err == OK) {
        err = submit_wait(call, &wait); /* said now, also where a draft has nothing to wait for */
    }
    if (err != OK) {
        return err;
    }
    making->organisation = call->caller->organisation;
    making->person = key->person;
    err = make(call, making, payload);
    if (err != OK || making->row->signatures <= 1) {
        return err != OK ? err : submit_alone(call, making, note);
    }
    bool done = false;
    err = ordered_before(&done, call, query, making, payload);
    if (err != OK || done) {
        return err;
    }
    err = ask_rule(call, query, making, key, payload);
    if (err != OK) {
        return err;
    }
    draft_lock(call->api->drafts);
    err = keep_draft(call, making, query, note);
    draft_unlock(call->api->drafts);
    return err;
}

enum err submit_payload(struct call *call, const struct rule_row *row,
                        const ProtobufCMessage *payload, struct bytes detached,
                        const struct submit_note *note)
{
    const struct api_node *node = call->api->node;
    struct making making = {.row = row, .detached = detached};
    struct query *query = NULL;
    const enum err opened = node->query(node->context, &query, QUERY_NEWEST);
    if (opened != OK) {
        return call_fail(call, opened, NULL, NULL, NULL);
    }
    const enum err err = with_query(call, query, &making, payload, note);
    query_close(query);
    return err;
}

enum err submit_check(struct call *call, struct query *query, const struct rule_row *row,
                      const ProtobufCMessage *payload, struct bytes detached)
{
    struct making making = {
        .row = row, .detached = detached, .organisation = call->caller->organisation};
    const Seam__KeyRecord *key = NULL;
    bool wait = true;
    enum err err = submit_wait(call, &wait);
    if (err == OK) {
        err = read_valid_until(call, row, &making.valid_until_ms);
    }
    if (err == OK && call->caller->can_sign) {
        err = submit_signer(call, query, &key);
    }
    if (err != OK) {
        return err;
    }
    err = message_pack(&making.payload, payload, &call->arena);
    if (err == OK && (detached.size > DETACHED_MAX || making.payload.size > LIMIT_TX_BODY)) {
        err = ERR_TOO_LARGE;
    }
    return err == OK ? ask_rule(call, query, &making, key, payload)
                     : call_fail(call, err, NULL, NULL, NULL);
}
