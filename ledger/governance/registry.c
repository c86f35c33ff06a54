/* SPDX-License-Identifier: Apache-2.0 */
/* Lists are dense: entry i exists exactly when i is below the count, so that a reader can show that
 * nothing was left out. */

#include "ledger/governance/registry.h"

#include "ledger/mutant.h"

#include <stdio.h>
#include <string.h>

enum judgement registry_refuse(struct err_detail *detail, enum judgement judgement, enum err err,
                               const char *field, const char *limit, const char *hint)
{
    (void)err_set(detail, err, field, NULL, limit, hint);
    return judgement;
}

enum judgement registry_missing(struct err_detail *detail, enum err err, const char *field,
                                const char *id)
{
    if (err != ERR_ABSENT) {
        return registry_world(detail, err);
    }
    return registry_refuse(detail, JUDGE_NOT_YET, ERR_ABSENT, field, NULL, id);
}

enum judgement registry_world(struct err_detail *detail, enum err err)
{
    if (err == OK) {
        return JUDGE_OK;
    }
    (void)err_set(detail, err, NULL, NULL, NULL, NULL);
    return view_judgement(err, JUDGE_NEVER);
}

enum judgement registry_new(struct rule_context *context, struct bytes key, const char *field,
                            struct err_detail *detail)
{
    bool exists = false;
    const enum err err = view_exists(&exists, context->state, key);
    if (err != OK) {
        return registry_world(detail, err);
    }
    if (exists && !LEDGER_MUTANT(LEDGER_MUTANT_EXISTS_UNASKED)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_CONFLICT, field, NULL,
                               "this one is registered already");
    }
    return registry_world(detail, rule_created(context, key));
}

enum err registry_list_add(struct rule_context *context, enum key_table table,
                           const struct hash *owner, uint32_t index, const char *id,
                           uint32_t version)
{
    Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
    entry.id = (char *)id;
    entry.version = version;
    const struct state_key key = state_key_list(table, owner, index);
    return view_put(context->state, state_key_bytes(&key), &entry.base, context->arena);
}

/* Which counter belongs to a table; NULL for tables without a list of all. */
static uint32_t *counter_of(Seam__Counters *counters, enum key_table table)
{
    if (table == KEY_ORGANISATION) {
        return &counters->organisations;
    }
    if (table == KEY_FACILITY) {
        return &counters->facilities;
    }
    if (table == KEY_PARAMETER_SET) {
        return &counters->parameter_sets;
    }
    if (table == KEY_JURISDICTION) {
        return &counters->jurisdictions;
    }
    if (table == KEY_ADOPTION) {
        return &counters->adoptions;
    }
    return table == KEY_DOUBLE_VOTE ? &counters->double_votes : NULL;
}

enum err registry_list_all(struct rule_context *context, enum key_table table, const char *id,
                           uint32_t version)
{
    const Seam__Counters *old = NULL;
    enum err err = view_counters(&old, context->state, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    Seam__Counters counters = *old;
    uint32_t *counter = counter_of(&counters, table);
    if (counter == NULL || *counter == UINT32_MAX) {
        return ERR_INTERNAL;
    }
    err = registry_list_add(context, table, NULL, *counter, id, version);
    if (err != OK) {
        return err;
    }
    *counter += 1;
    const struct state_key key = state_key_of(KEY_COUNTERS);
    return view_put(context->state, state_key_bytes(&key), &counters.base, context->arena);
}

enum judgement registry_identifiers(Seam__Identifier *const *ids, size_t count,
                                    struct err_detail *detail)
{
    char field[48];
    for (size_t i = 0; i < count; i++) {
        if (!id_number_valid(ids[i]->scheme, ids[i]->value)) {
            (void)snprintf(field, sizeof field, "ids[%zu].value", i);
            return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, field, ids[i]->scheme,
                                   "the form or the check digit of this number is wrong");
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(ids[k]->scheme, ids[i]->scheme) == 0) {
                (void)snprintf(field, sizeof field, "ids[%zu].scheme", i);
                return registry_refuse(detail, JUDGE_NEVER, ERR_TWICE, field, NULL,
                                       "one number of a scheme");
            }
        }
    }
    return JUDGE_OK;
}

enum judgement registry_names(const Seam__Names *names, struct err_detail *detail)
{
    if (names == NULL || (names->zh[0] == '\0' && names->ru[0] == '\0' && names->en[0] == '\0')) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_MISSING, "name", NULL,
                               "a name in at least one of zh, ru, en");
    }
    return JUDGE_OK;
}

bool registry_ascending(char *const *texts, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(texts[i - 1], texts[i]) >= 0) {
            return false;
        }
    }
    return true;
}

struct bytes registry_link(struct rule_context *context, const struct state_key *key)
{
    struct bytes out = {0};
    if (!arena_copy(context->arena, state_key_bytes(key), &out)) {
        return (struct bytes){0};
    }
    return out;
}
