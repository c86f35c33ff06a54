/* SPDX-License-Identifier: Apache-2.0 */
/* The id32 of an organisation or a facility is the same in every table; that of an engagement,
 * opinion or sample is made with its own table. Lists are dense, as governance's are. */
#include "ledger/assurance/record.h"

#include "ledger/base/period.h"

#include <assert.h>
#include <string.h>

struct state_key record_key(enum key_table table, const char *id)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, table == KEY_ACCREDITATION ? KEY_ORGANISATION : table, id);
    return key;
}

struct state_key record_key_numbered(enum key_table table, const char *engagement, uint32_t number)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_ENGAGEMENT, engagement);
    state_key_u32(&key, number);
    return key;
}

bool record_key_period(struct state_key *out, enum key_table table, const char *facility,
                       const char *period)
{
    struct period parsed;
    if (period_parse(&parsed, bytes_text(period)) != OK) {
        return false;
    }
    *out = state_key_of(table);
    state_key_id(out, KEY_FACILITY, facility);
    state_key_u32(out, parsed.number);
    return true;
}

bool record_key_recompute(struct state_key *out, const char *engagement, const char *facility,
                          const char *period)
{
    struct period parsed;
    if (period_parse(&parsed, bytes_text(period)) != OK) {
        return false;
    }
    *out = state_key_of(KEY_RECOMPUTE);
    state_key_id(out, KEY_ENGAGEMENT, engagement);
    state_key_id(out, KEY_FACILITY, facility);
    state_key_u32(out, parsed.number);
    return true;
}

struct state_key record_key_grant(const char *owner, const struct hash *evidence,
                                  const char *reader)
{
    struct state_key key = state_key_of(KEY_GRANT);
    state_key_id(&key, KEY_ORGANISATION, owner);
    state_key_hash(&key, evidence);
    state_key_id(&key, KEY_ORGANISATION, reader);
    return key;
}

struct state_key record_key_disclosure(const char *owner, const struct hash *evidence,
                                       const char *reader, uint32_t number)
{
    struct state_key key = record_key_grant(owner, evidence, reader);
    key.data[0] = KEY_DISCLOSURE;
    state_key_u32(&key, number);
    return key;
}

struct state_key record_key_report(const struct hash *report)
{
    struct state_key key = state_key_of(KEY_LAB_REPORT);
    state_key_hash(&key, report);
    return key;
}

bool record_key_reveal(struct state_key *out, const char *facility, const char *period,
                       uint32_t version, uint32_t index, const char *reader)
{
    struct state_key key;
    if (!record_key_period(&key, KEY_LINE_REVEAL, facility, period)) {
        return false;
    }
    state_key_u32(&key, version);
    state_key_u32(&key, index);
    state_key_id(&key, KEY_ORGANISATION, reader);
    *out = key;
    return true;
}

enum err record_get(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                    struct overlay *state, const struct state_key *key, struct arena *arena)
{
    return view_record(out, type, state, state_key_bytes(key), arena);
}

enum err record_put(struct rule_context *context, const struct state_key *key,
                    const ProtobufCMessage *record)
{
    return view_put(context->state, state_key_bytes(key), record, context->arena);
}

enum err record_add(struct rule_context *context, const struct state_key *key,
                    const ProtobufCMessage *record)
{
    const enum err err = record_put(context, key, record);
    return err != OK ? err : rule_created(context, state_key_bytes(key));
}

static struct state_key count_key(enum key_table table, const struct hash *owner)
{
    static const struct hash nobody;
    struct state_key key = state_key_of(KEY_ASSURANCE_COUNT);
    state_key_u8(&key, (uint8_t)table);
    state_key_hash(&key, owner != NULL ? owner : &nobody);
    return key;
}

enum err view_assurance_count(uint32_t *out, struct overlay *state, enum key_table table,
                              const struct hash *owner, struct arena *arena)
{
    const struct state_key key = count_key(table, owner);
    ProtobufCMessage *message = NULL;
    const enum err err =
        record_get(&message, &seam__assurance_count__descriptor, state, &key, arena);
    if (err == ERR_ABSENT) {
        *out = 0;
        return OK;
    }
    if (err == OK) {
        *out = ((const Seam__AssuranceCount *)message)->count;
    }
    return err;
}

enum err record_list(struct rule_context *context, enum key_table table, const char *owner,
                     const char *id)
{
    struct hash hash;
    uint32_t count = 0;
    if (owner != NULL) {
        id_hash(&hash, KEY_ORGANISATION, owner);
    }
    const struct hash *whose = owner != NULL ? &hash : NULL;
    enum err err = view_assurance_count(&count, context->state, table, whose, context->arena);
    if (err != OK) {
        return err;
    }
    if (count == UINT32_MAX) {
        return ERR_TOO_LARGE;
    }
    Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
    entry.id = (char *)(uintptr_t)id;
    const struct state_key place = state_key_list(table, whose, count);
    err = record_put(context, &place, &entry.base);
    if (err != OK) {
        return err;
    }
    Seam__AssuranceCount next = SEAM__ASSURANCE_COUNT__INIT;
    next.count = count + 1;
    const struct state_key key = count_key(table, whose);
    return record_put(context, &key, &next.base);
}

struct bytes record_link(struct rule_context *context, const struct state_key *key)
{
    struct bytes out = bytes_of(NULL, 0);
    if (!arena_copy(context->arena, state_key_bytes(key), &out)) {
        return bytes_of(NULL, 0);
    }
    return out;
}

ProtobufCBinaryData record_data(const struct hash *hash)
{
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = (uint8_t *)(uintptr_t)hash->bytes};
}

bool record_hash(struct hash *out, ProtobufCBinaryData data)
{
    if (data.len != HASH_SIZE) {
        return false;
    }
    memcpy(out->bytes, data.data, HASH_SIZE);
    return true;
}

bool record_data_equal(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    return bytes_equal(bytes_of(a.data, a.len), bytes_of(b.data, b.len));
}

bool record_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool record_ascending(char *const *texts, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(texts[i - 1], texts[i]) >= 0) {
            return false;
        }
    }
    return true;
}

enum err record_persons(ProtobufCBinaryData **out, const struct rule_context *context)
{
    assert(context->signer_count <= LIMIT_TX_SIGNATURES);
    ProtobufCBinaryData *list = arena_alloc(context->arena, LIMIT_TX_SIGNATURES * sizeof *list);
    if (list == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < context->signer_count; i++) {
        list[i] = record_data(&context->signers[i].person);
    }
    *out = list;
    return OK;
}
