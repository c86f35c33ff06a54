/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/refuse.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/base/num.h"

enum judgement unit_refuse(struct err_detail *detail, enum judgement judgement, enum err err,
                           const char *rule, const char *field, const char *limit, const char *hint)
{
    (void)err_set(detail, err, field, NULL, limit, hint);
    if (detail != NULL && rule != NULL) {
        (void)snprintf(detail->rule, sizeof detail->rule, "%s", rule);
    }
    return judgement;
}

enum judgement unit_refuse_amount(struct err_detail *detail, enum err err, const char *rule,
                                  const char *field, uint64_t possible, const char *hint)
{
    char limit[24];
    (void)num_print_u64(limit, possible);
    return unit_refuse(detail, JUDGE_NEVER, err, rule, field, limit, hint);
}

enum judgement unit_world(struct err_detail *detail, enum err err)
{
    if (err == OK) {
        return JUDGE_OK;
    }
    /* What the chain itself wrote cannot be absent. */
    return unit_refuse(detail, view_judgement(err, JUDGE_UNABLE),
                       err == ERR_ABSENT ? ERR_CORRUPT : err, "D10", NULL, NULL, NULL);
}

enum judgement unit_missing(struct err_detail *detail, enum err err, const char *field,
                            const char *id)
{
    if (err != ERR_ABSENT) {
        return unit_world(detail, err);
    }
    return unit_refuse(detail, JUDGE_NOT_YET, ERR_ABSENT, "D16", field, NULL, id);
}

enum judgement unit_new(struct rule_context *context, const struct state_key *key,
                        const char *field, struct err_detail *detail)
{
    bool exists = false;
    const enum err err = view_exists(&exists, context->state, state_key_bytes(key));
    if (err != OK) {
        return unit_world(detail, err);
    }
    if (exists) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_CONFLICT, "D5", field, NULL,
                           "there is one with this id");
    }
    return unit_world(detail, rule_created(context, state_key_bytes(key)));
}

enum judgement unit_put(struct rule_context *context, const struct state_key *key,
                        const ProtobufCMessage *record, struct err_detail *detail)
{
    const enum err err = view_put(context->state, state_key_bytes(key), record, context->arena);
    if (err == ERR_TOO_LARGE) {
        return unit_refuse(detail, JUDGE_NEVER, err, NULL, NULL, NULL,
                           "the record grows too large");
    }
    return unit_world(detail, err);
}

struct bytes unit_link(struct rule_context *context, const struct state_key *key)
{
    struct bytes out = {0};
    if (!arena_copy(context->arena, state_key_bytes(key), &out)) {
        return (struct bytes){0};
    }
    return out;
}

void order_hash(struct hash *out, enum order_kind kind, const char *id)
{
    char text[2 + LIMIT_ID_TEXT * 4 + 8];
    (void)snprintf(text, sizeof text, "%c:%s", (char)kind, id);
    id_hash(out, KEY_ORDER, text);
}

struct state_key order_key(enum order_kind kind, const char *id)
{
    struct hash hash;
    struct state_key key = state_key_of(KEY_ORDER);
    order_hash(&hash, kind, id);
    state_key_hash(&key, &hash);
    return key;
}

static uint32_t *counter_of(Seam__RegistryCounters *counters, enum key_table table)
{
    if (table == KEY_SCHEME) {
        return &counters->schemes;
    }
    if (table == KEY_ASSET) {
        return &counters->assets;
    }
    if (table == KEY_HOLDING) {
        return &counters->holdings;
    }
    if (table == KEY_PROJECT) {
        return &counters->projects;
    }
    if (table == KEY_SERIES) {
        return &counters->series;
    }
    assert(table == KEY_ORDER);
    return &counters->cancellations;
}

enum err unit_list(struct rule_context *context, enum key_table table, const char *id)
{
    ProtobufCMessage *message = NULL;
    Seam__RegistryCounters counters = SEAM__REGISTRY_COUNTERS__INIT;
    const struct state_key key = state_key_of(KEY_REGISTRY);
    enum err err = view_record(&message, &seam__registry_counters__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        counters = *(const Seam__RegistryCounters *)message;
    } else if (err != ERR_ABSENT) {
        return err;
    }
    uint32_t *counter = counter_of(&counters, table);
    if (*counter == UINT32_MAX) {
        return ERR_INTERNAL;
    }
    Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
    entry.id = (char *)id;
    const struct state_key place = state_key_list(table, NULL, *counter);
    err = view_put(context->state, state_key_bytes(&place), &entry.base, context->arena);
    if (err != OK) {
        return err;
    }
    *counter += 1;
    return view_put(context->state, state_key_bytes(&key), &counters.base, context->arena);
}
