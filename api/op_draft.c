/* SPDX-License-Identifier: Apache-2.0 */
/* The second signature (decision D26). A draft is seen by its own organisation only; for everybody
 * else it does not exist. */

#include "api/operations.h"

#include "api/account_note.h"
#include "api/show.h"
#include "api/submit.h"
#include "ledger/codec/message.h"

#include <string.h>

#define AWAITING "AWAITING_SECOND_PERSON"
#define LIST_MAX 1000

/* One draft of a request, with what it says. Its box is locked meanwhile where it is changed. */
struct sight {
    Seam__Draft *draft;
    const Seam__Body *body;
    const struct rule_row *row;
    const ProtobufCMessage *payload;
};

static enum err open_draft(struct call *call, struct sight *sight)
{
    ProtobufCMessage *message = NULL;
    const Seam__Draft *draft = sight->draft;
    enum err err = message_unpack(&message, &seam__body__descriptor,
                                  bytes_of(draft->body.data, draft->body.len), LIMIT_TX_BODY,
                                  &call->arena, NULL);
    if (err != OK) {
        return call_fail(call, err == ERR_MEMORY ? err : ERR_CORRUPT, NULL, NULL, NULL);
    }
    sight->body = (const Seam__Body *)message;
    sight->row = exec_row(sight->body->type);
    if (sight->row == NULL) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    message = NULL;
    err = message_unpack(&message, sight->row->payload,
                         bytes_of(sight->body->payload.data, sight->body->payload.len),
                         LIMIT_TX_BODY, &call->arena, NULL);
    sight->payload = message;
    return err == OK ? OK : call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
}

static enum err find_draft(struct call *call, const char *const *keys, struct sight *sight)
{
    const char *text = NULL;
    uint8_t id[DRAFT_ID_SIZE];
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "draft", true, &text);
    }
    if (err != OK) {
        return err;
    }
    if (!hex_decode(id, sizeof id, bytes_text(text))) {
        return call_fail(call, ERR_LENGTH, "draft", "32 hexadecimal digits", NULL);
    }
    err = draft_get(&sight->draft, call->api->drafts, bytes_of(id, sizeof id), call->started_ms,
                    &call->arena);
    if (err == OK && strcmp(sight->draft->organisation, call->caller->organisation) != 0) {
        err = ERR_ABSENT;
    }
    return err == OK ? open_draft(call, sight) : call_fail(call, err, "draft", NULL, NULL);
}

static void write_head(struct json_out *out, const Seam__Draft *draft, const char *name)
{
    json_out_field_hex(out, "draft", bytes_of(draft->id.data, draft->id.len));
    json_out_field_text(out, "state", draft->state);
    json_out_field_text(out, "name", name);
    json_out_field_text(out, "creator", draft->creator);
    json_out_field_array(out, "signed");
    for (size_t i = 0; i < draft->n_persons; i++) {
        json_out_text(out, draft->persons[i]);
    }
    json_out_end(out);
    json_out_field_hex(out, "transaction", bytes_of(draft->tx_id.data, draft->tx_id.len));
    json_out_field_time(out, "created", draft->created_ms);
    json_out_field_time(out, "valid_until", draft->valid_until_ms);
    json_out_field_text(out, "notice", draft->notice[0] != '\0' ? draft->notice : NULL);
}

/* --- reading ---------------------------------------------------------------------------------- */

struct listing {
    struct call *call;
    size_t count;
};

static bool list_one(void *context, const Seam__Draft *draft)
{
    struct listing *listing = context;
    struct call *call = listing->call;
    if (strcmp(draft->organisation, call->caller->organisation) != 0 ||
        draft->valid_until_ms < call->started_ms) {
        return true;
    }
    struct arena arena;
    ProtobufCMessage *message = NULL;
    const struct rule_row *row = NULL;
    arena_init(&arena, 16 * LIMIT_TX_BODY);
    if (message_unpack(&message, &seam__body__descriptor,
                       bytes_of(draft->body.data, draft->body.len), LIMIT_TX_BODY, &arena,
                       NULL) == OK) {
        row = exec_row(((const Seam__Body *)message)->type);
    }
    json_out_object(&call->data);
    write_head(&call->data, draft, row != NULL ? row->name : NULL);
    json_out_end(&call->data);
    arena_free(&arena);
    return ++listing->count < LIST_MAX;
}

enum err op_list_drafts(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {NULL};
    struct listing listing = {.call = call};
    enum err err = call_only(call, keys);
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    json_out_field_array(&call->data, "drafts");
    err = draft_each(call->api->drafts, list_one, &listing);
    json_out_end(&call->data);
    json_out_end(&call->data);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err write_draft(struct call *call, struct query *query, const struct sight *sight)
{
    struct json_out *out = &call->data;
    struct bytes note = {NULL, 0};
    if (sight->row->payload == &seam__account__descriptor) {
        const enum err err =
            account_note(call, query, (const Seam__Account *)sight->payload, &note);
        if (err != OK) {
            return err;
        }
    }
    json_out_object(out);
    write_head(out, sight->draft, sight->row->name);
    submit_approvers(call, query, out, sight->draft, sight->row);
    json_out_key(out, "payload");
    json_out_message(out, sight->payload, &call->api->fields);
    if (note.size > 0) {
        json_out_key(out, "account");
        json_out_raw(out, note);
    }
    json_out_end(out);
    return OK;
}

enum err op_get_draft(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"draft", NULL};
    struct sight sight = {0};
    struct query *query = NULL;
    enum err err = find_draft(call, keys, &sight);
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write_draft(call, query, &sight);
    query_close(query);
    return err;
}

/* --- deciding --------------------------------------------------------------------------------- */

static enum err sign_body(struct call *call, const struct sight *sight, uint8_t signature[64])
{
    const struct api_node *node = call->api->node;
    struct bytes message;
    enum err err = exec_signed_message(&message, &node->chain_id,
                                       bytes_of(sight->draft->body.data, sight->draft->body.len),
                                       &call->arena);
    if (err == OK) {
        err = node->sign(node->context, &call->caller->key_id, message, signature);
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* Adds the caller's signature and keeps the draft, complete or not. */
static enum err approve(struct call *call, struct query *query, const struct sight *sight)
{
    const Seam__KeyRecord *key = NULL;
    uint8_t signature[64];
    Seam__Draft *draft = sight->draft;
    enum err err = submit_signer(call, query, &key);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < draft->n_persons; i++) {
        if (strcmp(draft->persons[i], key->person) == 0) {
            return call_fail(call, ERR_SECOND_PERSON, NULL, NULL,
                             "this person has signed already; another one must approve");
        }
    }
    err = sign_body(call, sight, signature);
    if (err == OK) {
        err = draft_sign(draft, key->person, &call->caller->key_id, signature, &call->arena);
        err = err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
    }
    if (err != OK) {
        return err;
    }
    if (draft->n_signatures >= sight->row->signatures) {
        draft->state = (char *)"SUBMITTED";
    }
    err = draft_put(call->api->drafts, draft);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* With the box locked: signs if need be; afterwards the draft is complete or waits for one more. */
static enum err approve_locked(struct call *call, struct sight *sight, struct query *query)
{
    static const char *const keys[] = {"draft", "wait", NULL};
    const enum err err = find_draft(call, keys, sight);
    if (err != OK) {
        return err;
    }
    if (strcmp(sight->draft->state, AWAITING) == 0) {
        return approve(call, query, sight);
    }
    if (strcmp(sight->draft->state, "SUBMITTED") == 0) {
        return OK; /* asked again: the same answer */
    }
    return call_fail(call, ERR_STATE_MACHINE, "draft", NULL, sight->draft->state);
}

static enum err submit_complete(struct call *call, struct query *query, const struct sight *sight)
{
    struct submit_note note = {.key = NULL};
    struct bytes raw;
    enum err err = OK;
    if (sight->row->payload == &seam__account__descriptor) {
        note.key = "account";
        err = account_note(call, query, (const Seam__Account *)sight->payload, &note.value);
    }
    if (err == OK) {
        err = draft_raw(&raw, sight->draft, &call->arena);
        err = err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
    }
    return err == OK
               ? submit_raw(call, raw, bytes_of(sight->draft->id.data, sight->draft->id.len), &note)
               : err;
}

enum err op_approve_draft(struct call *call, const struct rule_row *row)
{
    (void)row;
    struct sight sight = {0};
    struct query *query = NULL;
    bool wait = true;
    enum err err = submit_wait(call, &wait);
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    draft_lock(call->api->drafts);
    err = approve_locked(call, &sight, query);
    draft_unlock(call->api->drafts);
    const bool complete = err == OK && sight.draft->n_signatures >= sight.row->signatures;
    if (complete) {
        err = submit_complete(call, query, &sight);
    } else if (err == OK) {
        err = write_draft(call, query, &sight);
    }
    query_close(query);
    return err;
}

/* The person behind the caller's key: only who could sign may decide. */
static enum err find_person(struct call *call, const char **person)
{
    struct query *query = NULL;
    const Seam__KeyRecord *key = NULL;
    enum err err = call_query(call, &query);
    if (err != OK) {
        return err;
    }
    err = submit_signer(call, query, &key);
    query_close(query);
    if (err == OK) {
        *person = key->person;
    }
    return err;
}

static void write_decided(struct call *call, const struct sight *sight)
{
    json_out_object(&call->data);
    write_head(&call->data, sight->draft, sight->row->name);
    json_out_end(&call->data);
}

static enum err reject_locked(struct call *call, struct sight *sight, const char *reason)
{
    static const char *const keys[] = {"draft", "reason", NULL};
    enum err err = find_draft(call, keys, sight);
    if (err != OK) {
        return err;
    }
    if (strcmp(sight->draft->state, AWAITING) != 0) {
        return call_fail(call, ERR_STATE_MACHINE, "draft", NULL, sight->draft->state);
    }
    sight->draft->state = (char *)"REJECTED";
    sight->draft->notice = (char *)(uintptr_t)reason;
    err = draft_put(call->api->drafts, sight->draft);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_reject_draft(struct call *call, const struct rule_row *row)
{
    (void)row;
    struct sight sight = {0};
    const char *reason = NULL;
    const char *person = NULL;
    enum err err = call_text(call, "reason", true, &reason);
    if (err == OK && strlen(reason) > LIMIT_NAME_TEXT) {
        err = call_fail(call, ERR_LENGTH, "reason", "at most 200 bytes", NULL);
    }
    if (err == OK) {
        err = find_person(call, &person);
    }
    if (err != OK) {
        return err;
    }
    draft_lock(call->api->drafts);
    err = reject_locked(call, &sight, reason);
    draft_unlock(call->api->drafts);
    if (err == OK) {
        write_decided(call, &sight);
    }
    return err;
}

static enum err withdraw_locked(struct call *call, struct sight *sight, const char *person)
{
    static const char *const keys[] = {"draft", NULL};
    enum err err = find_draft(call, keys, sight);
    if (err != OK) {
        return err;
    }
    /* What both signed may be in a block already. */
    if (strcmp(sight->draft->state, "SUBMITTED") == 0) {
        return call_fail(call, ERR_STATE_MACHINE, "draft", NULL, "it is on its way to the ledger");
    }
    if (strcmp(sight->draft->creator, person) != 0) {
        return call_fail(call, ERR_ROLE, "draft", NULL, "only who made it may take it back");
    }
    const Seam__Draft *draft = sight->draft;
    err = draft_drop(call->api->drafts, bytes_of(draft->id.data, draft->id.len));
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_withdraw_draft(struct call *call, const struct rule_row *row)
{
    (void)row;
    struct sight sight = {0};
    const char *person = NULL;
    enum err err = find_person(call, &person);
    if (err != OK) {
        return err;
    }
    draft_lock(call->api->drafts);
    err = withdraw_locked(call, &sight, person);
    draft_unlock(call->api->drafts);
    if (err == OK) {
        sight.draft->state = (char *)"WITHDRAWN";
        write_decided(call, &sight);
    }
    return err;
}
