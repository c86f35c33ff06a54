/* SPDX-License-Identifier: Apache-2.0 */
/* Audit samples: what a verifier's program would have to compute, computed here without keeping
 * anything. The opening and the salt go back to the caller, who keeps them until the draw; the rule
 * checks all of it again, and CheckAuditSample lets anybody do so who has the population. */

#include "api/op_verify.h"

#include "ledger/accounting/account.h"
#include "ledger/assurance/assurance.h"
#include "ledger/assurance/sample.h"
#include "ledger/base/dec.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/box.h"
#include "ledger/query/audit.h"

#include <stdlib.h>
#include <string.h>

#define SALT_SIZE 16

struct drawn_from {
    struct sample_item *items; /* ascending by id */
    size_t count;
    struct sample_population population;
    uint8_t salt[SALT_SIZE];
    struct hash hash; /* of the population */
};

static struct bytes data(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

static int by_id(const void *a, const void *b)
{
    const struct sample_item *left = a;
    const struct sample_item *right = b;
    return memcmp(left->id.bytes, right->id.bytes, HASH_SIZE);
}

static enum err population_ready(struct call *call, struct drawn_from *from)
{
    if (from->count > 0) {
        qsort(from->items, from->count, sizeof *from->items, by_id);
    }
    const enum err err = sample_population_of(&from->population, from->items, from->count);
    if (err != OK) {
        return call_fail(call, err, "items", "1..5000, each id once, weights above 0",
                         "the sum of the weights is at most 2^53 - 1");
    }
    sample_population_hash(&from->hash, bytes_of(from->salt, SALT_SIZE), &from->population);
    return OK;
}

static enum err read_items(struct call *call, struct drawn_from *from)
{
    const struct json_node *list = json_node_get(call->root, "items");
    const size_t count = json_node_count(list);
    if (json_node_kind(list) != JSON_KIND_ARRAY || count == 0 || count > SAMPLE_POPULATION_MAX) {
        return call_fail(call, ERR_LENGTH, "items", "1..5000", "a list of {id, weight}");
    }
    from->items = arena_alloc(&call->arena, count * sizeof *from->items);
    if (from->items == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        const struct json_node *item = json_node_at(list, i);
        const char *id = json_node_text(json_node_get(item, "id"));
        int64_t weight = 0;
        if (id == NULL || !hex_decode(from->items[i].id.bytes, HASH_SIZE, bytes_text(id)) ||
            !json_node_integer(json_node_get(item, "weight"), &weight) || weight < 1) {
            return call_fail(call, ERR_TYPE, "items", "id of 64 digits, weight from 1", NULL);
        }
        from->items[i].weight = (uint64_t)weight;
    }
    from->count = count;
    return OK;
}

static enum err read_secret(struct call *call, struct drawn_from *from)
{
    const char *salt = NULL;
    enum err err = call_text(call, "salt", true, &salt);
    if (err == OK && !hex_decode(from->salt, SALT_SIZE, bytes_text(salt))) {
        err = call_fail(call, ERR_LENGTH, "salt", "32 hexadecimal digits", NULL);
    }
    if (err == OK) {
        err = read_items(call, from);
    }
    return err == OK ? population_ready(call, from) : err;
}

static void write_items(struct json_out *out, const struct drawn_from *from)
{
    json_out_field_hex(out, "salt", bytes_of(from->salt, SALT_SIZE));
    json_out_field_array(out, "items");
    for (size_t i = 0; i < from->count; i++) {
        json_out_object(out);
        json_out_field_hash(out, "id", &from->items[i].id);
        json_out_field_uint(out, "weight", from->items[i].weight);
        json_out_end(out);
    }
    json_out_end(out);
}

/* --- the lines of a scope as a population ------------------------------------------------------*/

/* One account's lines: known by their salted leaves, weighed by their grams. names lists them. */
static enum err add_lines(struct call *call, const struct verify_account *account,
                          const struct set *set, struct drawn_from *from, struct json_out *names)
{
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    enum err err =
        account_file(&file, account->account, account->lines, set, &call->arena, &call->detail);
    if (err == OK) {
        err = errors_new(&call->errors, &call->arena);
    }
    if (err == OK) {
        err = calc_run(&result, file, set, CALC_ALONE, &call->arena, &call->errors);
    }
    for (size_t i = 0; err == OK && i < account->lines->n_lines; i++) {
        const Seam__AccountLine *line = account->lines->lines[i];
        if (from->count == SAMPLE_POPULATION_MAX || line->salt.len != MERKLE_SALT_SIZE) {
            return call_fail(call, ERR_TOO_LARGE, "subject", "5000 lines", NULL);
        }
        struct sample_item *item = &from->items[from->count++];
        const int64_t grams = result->lines[i]->co2e_g;
        merkle_line_leaf(&item->id, line->salt.data, data(line->line));
        item->weight = grams == 0 ? 1 : (uint64_t)(grams < 0 ? -grams : grams);
        json_out_object(names);
        json_out_field_hash(names, "id", &item->id);
        json_out_field_text(names, "facility", account->account->facility);
        json_out_field_text(names, "period", account->account->period);
        json_out_field_uint(names, "version", account->account->version);
        json_out_field_uint(names, "index", i);
        json_out_field_text(names, "code", result->lines[i]->code);
        json_out_field_text(names, "source", result->lines[i]->source);
        json_out_field_int(names, "co2e_g", grams);
        json_out_end(names);
    }
    return err;
}

static enum err load_set(struct call *call, struct query *query, ProtobufCBinaryData set_hash,
                         struct set *set)
{
    const Seam__ParameterSetRecord *record = NULL;
    struct hash hash;
    if (set_hash.len != HASH_SIZE) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    memcpy(hash.bytes, set_hash.data, HASH_SIZE);
    const enum err err = view_parameter_set(&record, query_state(query), &hash, &call->arena);
    return err == OK ? set_stored(set, data(record->parameter_set), &call->arena, &call->detail)
                     : call_fail(call, err, "parameter_set_hash", NULL, NULL);
}

/* The account of one period as it counts now, with its lines where it has some. */
static enum err scope_account(struct call *call, struct query *query, const Seam__ScopePeriod *at,
                              struct verify_account *account)
{
    const Seam__AccountHead *head = NULL;
    enum err err =
        view_facility(&account->facility, query_state(query), at->facility, &call->arena);
    if (err == OK) {
        err = query_account(&head, query, at->facility, at->period, &call->arena);
    }
    if (err == OK) {
        err = query_account_version(&account->record, query, at->facility, at->period,
                                    head->version, &call->arena);
    }
    if (err == OK) {
        err = view_account_body(&account->account, account->record, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, "scope", at->period, NULL);
    }
    return account->account->line_count == 0 ? OK : verify_account_lines(call, query, account);
}

static enum err scope_lines(struct call *call, struct query *query,
                            const Seam__EngagementRecord *engagement, const char *facility,
                            struct drawn_from *from, struct json_out *names)
{
    from->items = arena_alloc(&call->arena, SAMPLE_POPULATION_MAX * sizeof *from->items);
    enum err err = from->items != NULL ? OK : call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    for (size_t i = 0; i < engagement->n_scope && err == OK; i++) {
        struct verify_account account = {0};
        struct set set;
        if (strcmp(engagement->scope[i]->facility, facility) != 0) {
            continue;
        }
        err = scope_account(call, query, engagement->scope[i], &account);
        if (err == OK && account.lines == NULL) {
            continue;
        }
        if (err == OK) {
            err = load_set(call, query, account.account->parameter_set_hash, &set);
        }
        if (err == OK) {
            err = add_lines(call, &account, &set, from, names);
        }
    }
    return err;
}

/* --- commitment --------------------------------------------------------------------------------*/

/* The reliability factor of the rules, in hundredths. */
static enum err reliability(struct call *call, const struct set *set, uint32_t *out)
{
    for (size_t i = 0; i < set->message->n_values; i++) {
        const Seam__ParameterValue *value = set->message->values[i];
        struct dec dec;
        if (strcmp(value->key, "sample.reliability") == 0 &&
            dec_parse(&dec, bytes_text(value->value)) == OK && dec.m > 0 && dec.s <= 2) {
            *out = (uint32_t)(dec.m * (dec.s == 0 ? 100 : dec.s == 1 ? 10 : 1));
            return OK;
        }
    }
    return call_fail(call, ERR_PARAM, "sample.reliability", NULL, NULL);
}

/* What a sample is of, and which one it repeats. */
struct intent {
    const char *subject;
    const char *facility; /* of LINES */
    int64_t repeats;
    const char *reason;
};

static enum err read_intent(struct call *call, const Seam__EngagementRecord *engagement,
                            struct intent *intent)
{
    enum err err = call_text(call, "subject", true, &intent->subject);
    if (err == OK) {
        err = call_text(call, "facility", false, &intent->facility);
    }
    if (err == OK) {
        err = call_number(call, "repeats", false, &intent->repeats);
    }
    if (err == OK) {
        err = call_text(call, "reason", false, &intent->reason);
    }
    if (err == OK && strcmp(intent->subject, "LINES") == 0 && intent->facility == NULL) {
        const size_t count = engagement->n_scope;
        if (count == 0 ||
            strcmp(engagement->scope[0]->facility, engagement->scope[count - 1]->facility) != 0) {
            return call_fail(call, ERR_MISSING, "facility", NULL, "the scope has several");
        }
        intent->facility = engagement->scope[0]->facility;
    }
    return err;
}

static void write_commit(struct json_out *out, const Seam__EngagementRecord *engagement,
                         const struct intent *intent, const struct drawn_from *from, uint32_t size,
                         const struct hash *opening)
{
    struct hash commitment;
    sample_commitment(&commitment, opening);
    json_out_field_object(out, "record");
    json_out_field_text(out, "engagement", engagement->engagement);
    json_out_field_uint(out, "number", engagement->samples + 1);
    json_out_field_text(out, "subject", intent->subject);
    if (intent->facility != NULL) {
        json_out_field_text(out, "facility", intent->facility);
    }
    if (intent->repeats > 0) {
        json_out_field_int(out, "repeats", intent->repeats);
        json_out_field_text(out, "reason", intent->reason != NULL ? intent->reason : "");
    }
    json_out_field_hash(out, "population_hash", &from->hash);
    json_out_field_uint(out, "population_count", from->count);
    json_out_field_uint(out, "population_weight", from->population.weight);
    json_out_field_uint(out, "size", size);
    json_out_field_hash(out, "commitment", &commitment);
    json_out_end(out);
    json_out_field_object(out, "secret");
    json_out_field_hash(out, "opening", opening);
    write_items(out, from);
    json_out_end(out);
}

static enum err make_population(struct call *call, struct query *query,
                                const Seam__EngagementRecord *engagement,
                                const struct intent *intent, struct drawn_from *from)
{
    uint8_t random[BOX_KEY_SIZE];
    box_key_random(random);
    memcpy(from->salt, random, SALT_SIZE);
    json_out_field_array(&call->data, "names");
    enum err err = strcmp(intent->subject, "LINES") == 0
                       ? scope_lines(call, query, engagement, intent->facility, from, &call->data)
                       : read_items(call, from);
    json_out_end(&call->data);
    return err == OK ? population_ready(call, from) : err;
}

static enum err write_prepared(struct call *call, struct query *query)
{
    const Seam__EngagementRecord *engagement = NULL;
    struct intent intent = {0};
    struct drawn_from from = {0};
    struct hash opening;
    struct set set;
    uint32_t factor = 0;
    enum err err = verify_engagement(call, query, &engagement);
    if (err == OK) {
        err = read_intent(call, engagement, &intent);
    }
    if (err == OK) {
        err = load_set(call, query, engagement->parameter_set_hash, &set);
    }
    if (err == OK) {
        err = reliability(call, &set, &factor);
    }
    json_out_object(&call->data);
    if (err == OK) {
        err = make_population(call, query, engagement, &intent, &from);
    }
    if (err != OK) {
        return err;
    }
    static_assert(BOX_KEY_SIZE == HASH_SIZE, "an opening is as long as a key");
    box_key_random(opening.bytes);
    write_commit(&call->data, engagement, &intent, &from,
                 sample_size((uint32_t)from.count, factor, engagement->materiality_bp), &opening);
    json_out_end(&call->data);
    return OK;
}

enum err op_prepare_audit_sample(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"engagement", "subject", "facility", "items",
                                       "repeats",    "reason",  "at",       NULL};
    return verify_read(call, keys, write_prepared);
}

void verify_sample(struct json_out *out, const Seam__AuditSampleRecord *sample)
{
    const Seam__AuditSampleCommit *commit = sample->commit;
    json_out_object(out);
    json_out_field_uint(out, "number", commit->number);
    json_out_field_text(out, "subject", commit->subject);
    json_out_field_uint(out, "population", commit->population_count);
    json_out_field_uint(out, "weight", commit->population_weight);
    json_out_field_uint(out, "size", commit->size);
    json_out_field_hex(out, "population_hash", data(commit->population_hash));
    json_out_field_hex(out, "commitment", data(commit->commitment));
    json_out_field_uint(out, "committed_height", sample->commit_height);
    json_out_field_text(out, "facility", commit->facility);
    json_out_field_bool(out, "anchored", sample->accounts_hash.len > 0);
    json_out_field_uint(out, "repeats", commit->repeats);
    json_out_field_text(out, "reason", commit->reason);
    json_out_field_uint(out, "repeated_by", sample->repeated_by);
    json_out_field_bool(out, "drawn", sample->drawn);
    if (sample->drawn) {
        json_out_field_uint(out, "seed_height", sample->seed_height);
        json_out_field_hex(out, "seed_block", data(sample->seed_block));
        json_out_field_hex(out, "seed", data(sample->seed));
        json_out_field_hex(out, "opening", data(sample->opening));
        json_out_field_hex(out, "list_hash", data(sample->list_hash));
    }
    json_out_field_bool(out, "examined", sample->examine_height > 0);
    if (sample->examine_height > 0) {
        json_out_field_uint(out, "agreeing", sample->agreeing);
        json_out_field_uint(out, "differing", sample->differing);
        json_out_field_uint(out, "refused", sample->refused);
        json_out_field_hex(out, "results_hash", data(sample->results_hash));
    }
    json_out_end(out);
}

/* --- draw and check ----------------------------------------------------------------------------*/

static enum err read_sample(struct call *call, struct query *query,
                            const Seam__EngagementRecord **engagement,
                            const Seam__AuditSampleRecord **sample, struct drawn_from *from)
{
    int64_t number = 0;
    enum err err = verify_engagement(call, query, engagement);
    if (err == OK) {
        err = call_number(call, "number", true, &number);
    }
    if (err == OK && (number < 1 || number > UINT32_MAX)) {
        err = call_fail(call, ERR_RANGE, "number", NULL, NULL);
    }
    if (err != OK) {
        return err;
    }
    err = view_audit_sample(sample, query_state(query), (*engagement)->engagement, (uint32_t)number,
                            &call->arena);
    return err == OK ? read_secret(call, from) : call_fail(call, err, "number", NULL, NULL);
}

static enum err pick(struct call *call, const struct drawn_from *from, const struct hash *seed,
                     uint32_t size, uint32_t **picked, struct hash *list)
{
    if (size > from->count) {
        return call_fail(call, ERR_TOTAL, "items", NULL, "not the population committed to");
    }
    *picked = arena_alloc(&call->arena, (size + 1) * sizeof **picked);
    enum err err = *picked == NULL
                       ? ERR_MEMORY
                       : assurance_sample(*picked, seed, &from->population, size, &call->arena);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    sample_list_hash(list, &from->population, *picked, size);
    return OK;
}

static void write_picked(struct json_out *out, const struct drawn_from *from,
                         const uint32_t *picked, uint32_t size)
{
    json_out_field_array(out, "picked");
    for (uint32_t i = 0; i < size; i++) {
        json_out_hash(out, &from->items[picked[i]].id);
    }
    json_out_end(out);
}

/* The lines that the population follows from, as the rule wants them brought along. */
static enum err write_accounts(struct call *call, struct query *query,
                               const Seam__EngagementRecord *engagement, const char *facility,
                               const struct drawn_from *from)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_hex(out, "salt", bytes_of(from->salt, SALT_SIZE));
    json_out_field_array(out, "accounts");
    for (size_t i = 0; i < engagement->n_scope && err == OK; i++) {
        struct verify_account account = {0};
        if (strcmp(engagement->scope[i]->facility, facility) != 0) {
            continue;
        }
        err = scope_account(call, query, engagement->scope[i], &account);
        if (err != OK || account.lines == NULL) {
            continue;
        }
        json_out_object(out);
        json_out_field_array(out, "lines");
        for (size_t k = 0; k < account.lines->n_lines; k++) {
            json_out_message(out, &account.lines->lines[k]->base, &call->api->fields);
        }
        json_out_end(out);
        json_out_end(out);
    }
    json_out_end(out);
    return err;
}

static enum err write_draw(struct call *call, struct query *query)
{
    const Seam__EngagementRecord *engagement = NULL;
    const Seam__AuditSampleRecord *sample = NULL;
    Seam__AuditSampleDraw draw = SEAM__AUDIT_SAMPLE_DRAW__INIT;
    struct drawn_from from = {0};
    struct hash opening;
    struct hash block;
    struct hash seed;
    struct hash list;
    uint32_t *picked = NULL;
    bool given = false;
    enum err err = call_hash(call, "opening", true, &opening, &given);
    if (err == OK) {
        err = read_sample(call, query, &engagement, &sample, &from);
    }
    if (err != OK) {
        return err;
    }
    err = audit_seed(&draw, &block, query, engagement, sample, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "number", NULL,
                         "no block of an outsider is final since the commitment; ask again");
    }
    sample_seed(&seed, &opening, &block);
    err = pick(call, &from, &seed, sample->commit->size, &picked, &list);
    if (err != OK) {
        return err;
    }
    draw.engagement = engagement->engagement;
    draw.number = sample->commit->number;
    draw.opening = (ProtobufCBinaryData){HASH_SIZE, opening.bytes};
    draw.list_hash = (ProtobufCBinaryData){HASH_SIZE, list.bytes};
    json_out_object(&call->data);
    json_out_field_hash(&call->data, "seed_block", &block);
    json_out_field_hash(&call->data, "seed", &seed);
    write_picked(&call->data, &from, picked, sample->commit->size);
    json_out_field_object(&call->data, "record");
    json_out_message_fields(&call->data, &draw.base, &call->api->fields);
    json_out_field_object(&call->data, "detached");
    if (strcmp(sample->commit->subject, "LINES") == 0) {
        err = write_accounts(call, query, engagement, sample->commit->facility, &from);
    } else {
        write_items(&call->data, &from);
    }
    json_out_end(&call->data);
    json_out_end(&call->data);
    json_out_end(&call->data);
    return err;
}

enum err op_draw_audit_sample(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"engagement", "number", "opening", "salt",
                                       "items",      "at",     NULL};
    return verify_read(call, keys, write_draw);
}

static enum err write_checked(struct call *call, struct query *query)
{
    const Seam__EngagementRecord *engagement = NULL;
    const Seam__AuditSampleRecord *sample = NULL;
    struct drawn_from from = {0};
    struct hash opening;
    struct hash block;
    struct hash seed;
    struct hash list;
    uint32_t *picked = NULL;
    enum err err = read_sample(call, query, &engagement, &sample, &from);
    if (err == OK && (!sample->drawn || sample->opening.len != HASH_SIZE ||
                      sample->seed_block.len != HASH_SIZE)) {
        err = call_fail(call, ERR_ABSENT, "number", NULL, "it is not drawn yet");
    }
    if (err != OK) {
        return err;
    }
    memcpy(opening.bytes, sample->opening.data, HASH_SIZE);
    memcpy(block.bytes, sample->seed_block.data, HASH_SIZE);
    sample_seed(&seed, &opening, &block);
    err = pick(call, &from, &seed, sample->commit->size, &picked, &list);
    if (err != OK) {
        return err;
    }
    const bool population =
        bytes_equal(hash_bytes(&from.hash), data(sample->commit->population_hash));
    const bool same = bytes_equal(hash_bytes(&list), data(sample->list_hash));
    json_out_object(&call->data);
    json_out_field_bool(&call->data, "valid", population && same);
    json_out_field_bool(&call->data, "population", population);
    json_out_field_bool(&call->data, "list", same);
    json_out_field_hash(&call->data, "list_hash", &list);
    write_picked(&call->data, &from, picked, sample->commit->size);
    json_out_key(&call->data, "sample");
    verify_sample(&call->data, sample);
    json_out_end(&call->data);
    return OK;
}

enum err op_check_audit_sample(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"engagement", "number", "salt", "items", "at", NULL};
    return verify_read(call, keys, write_checked);
}
