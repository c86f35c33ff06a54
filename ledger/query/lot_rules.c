/* SPDX-License-Identifier: Apache-2.0 */
/* A set is decoded once for each of its values that is asked for: an event asks for one or two. */

#include "ledger/query/lot_rules.h"

#include <string.h>

#include "ledger/accounting/set.h"

#define VALUES_MAX 4096
#define KEY_TEXT_MAX 64

void lot_rules_open(struct lot_rules *rules, struct overlay *state, struct arena *arena)
{
    *rules = (struct lot_rules){.state = state, .arena = arena};
    map_init(&rules->values, VALUES_MAX);
}

void lot_rules_close(struct lot_rules *rules)
{
    map_free(&rules->values, NULL);
}

static enum err read_value(struct dec *out, struct lot_rules *rules, const struct hash *hash,
                           const char *key)
{
    const Seam__ParameterSetRecord *record = NULL;
    struct set set;
    struct arena scratch;
    arena_init(&scratch, (size_t)4 << 20);
    enum err err = view_parameter_set(&record, rules->state, hash, &scratch);
    if (err == OK) {
        err = set_stored(&set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                         &scratch, NULL);
    }
    if (err != OK && err != ERR_MEMORY && err != ERR_STORAGE) {
        err = ERR_CORRUPT;
    }
    const Seam__ParameterValue *value = err == OK ? set_value(&set, key) : NULL;
    if (err == OK && value == NULL) {
        err = ERR_ABSENT;
    }
    if (err == OK) {
        *out = set_dec(value);
    }
    arena_free(&scratch);
    return err;
}

static enum err value_of(struct dec *out, struct lot_rules *rules, const ProtobufCBinaryData *set,
                         const char *key)
{
    uint8_t id[HASH_SIZE + KEY_TEXT_MAX];
    struct hash hash;
    const size_t size = strlen(key);
    if (set->len != HASH_SIZE || size == 0 || size > KEY_TEXT_MAX) {
        return ERR_CORRUPT;
    }
    memcpy(hash.bytes, set->data, HASH_SIZE);
    memcpy(id, hash.bytes, HASH_SIZE);
    memcpy(id + HASH_SIZE, key, size);
    const struct dec *known = map_get(&rules->values, bytes_of(id, HASH_SIZE + size));
    if (known != NULL) {
        *out = *known;
        return OK;
    }
    struct dec *value = arena_alloc(rules->arena, sizeof *value);
    enum err err = value == NULL ? ERR_MEMORY : read_value(value, rules, &hash, key);
    if (err == OK) {
        err = map_put(&rules->values, bytes_of(id, HASH_SIZE + size), value, NULL);
    }
    if (err == OK) {
        *out = *value;
    }
    return err;
}

enum err lot_rules_value(struct dec *out, struct lot_rules *rules,
                         const Seam__LotEventRecord *event, const char *key)
{
    return value_of(out, rules, &event->parameter_set_hash, key);
}

enum err lot_rules_strictest(struct dec *out, struct lot_rules *rules,
                             const Seam__LotEventRecord *event, const char *key)
{
    struct dec best;
    enum err err = lot_rules_value(&best, rules, event, key);
    for (size_t i = 0; err == OK && i < event->n_other_rules; i++) {
        struct dec other;
        err = value_of(&other, rules, &event->other_rules[i], key);
        if (err == OK && dec_compare(other, best) < 0) {
            best = other;
        }
        err = err == ERR_ABSENT ? OK : err;
    }
    if (err == OK) {
        *out = best;
    }
    return err;
}
