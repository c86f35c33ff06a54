/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_EXEC_CHAIN_SEND_H
#define TESTS_UNIT_EXEC_CHAIN_SEND_H

/* What organisations say on a chain of tests: each transaction in a block of its own. */

#include "ledger/accounting/set.h"
#include "ledger/codec/json_in.h"
#include "ledger/proto/lot.pb-c.h"
#include "ledger/provenance/provenance.h"
#include "tests/unit/exec/chain.h"

/* Room beside the chain for what is built from it and verified. */
__attribute__((unused)) static struct arena chain_arena;

__attribute__((unused)) static int chain_arena_setup(void **state)
{
    arena_init(&chain_arena, (size_t)2 << 30);
    return chain_setup(state);
}

__attribute__((unused)) static int chain_arena_teardown(void **state)
{
    arena_free(&chain_arena);
    return chain_teardown(state);
}

/* Commits a transaction that people of its organisation sign: persons "ab" are mine.a and mine.b.
 * Its id. */
__attribute__((unused)) static struct hash chain_send(struct chain *chain, struct chain_tx tx,
                                                      const char *persons)
{
    char names[LIMIT_TX_SIGNATURES][40];
    struct arena arena;
    struct exec_tx decoded;
    tx.valid_until_ms = chain->header.time_ms + CHAIN_HOUR;
    for (size_t i = 0; persons[i] != '\0'; i++) {
        assert_true(i < LIMIT_TX_SIGNATURES);
        snprintf(names[i], sizeof names[i], "%s.%c", tx.organisation, persons[i]);
        tx.signers[i] = names[i];
    }
    const struct bytes raw = chain_make(chain, &tx);
    chain_commit(chain, &raw, 1);
    arena_init(&arena, EXEC_TX_BUDGET);
    assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, raw, &arena, NULL), OK);
    const struct hash id = decoded.tx_id;
    arena_free(&arena);
    return id;
}

/* The payload of a transaction as JSON, in the world's arena. */
__attribute__((unused)) static ProtobufCMessage *
chain_message(struct chain *chain, const struct rule_row *row, const char *json)
{
    struct arena *arena = &chain->world->arena;
    struct json_doc *doc = NULL;
    struct errors errors;
    ProtobufCMessage *message = NULL;
    assert_int_equal(errors_new(&errors, arena), OK);
    assert_int_equal(json_doc_read(&doc, bytes_text(json), 1 << 20, NULL), OK);
    if (json_in_message(&message, row->payload, exec_row_fields(row), json_doc_root(doc), NULL,
                        arena, &errors) != OK) {
        fail_msg("%s: %s", row->name, errors.items[0].field);
    }
    json_doc_free(doc);
    return message;
}

/* key may be NULL. */
__attribute__((unused)) static void chain_say(struct chain *chain, const char *organisation,
                                              const char *persons, const char *name,
                                              const char *key, const char *json)
{
    const struct rule_row *row = exec_row_by_name(name);
    assert_non_null(row);
    (void)chain_send(chain,
                     (struct chain_tx){.type = row->type,
                                       .organisation = organisation,
                                       .idempotency_key = key,
                                       .payload = chain_message(chain, row, json)},
                     persons);
}

__attribute__((unused)) static void chain_organisation(struct chain *chain, const char *id,
                                                       const char *role)
{
    (void)chain_send(
        chain,
        (struct chain_tx){.type = 1,
                          .organisation = "regulator",
                          .payload = &world_organisation(chain->world, id, role)->base},
        "ab");
}

/* Publishes a set of genesis/sets; cn-ets adopts it. Its hash. */
__attribute__((unused)) static struct hash chain_adopt(struct chain *chain, const char *file,
                                                       const char *from_period)
{
    struct set set;
    struct errors errors;
    char path[512];
    char *text = world_alloc(chain->world, SET_JSON_MAX);
    snprintf(path, sizeof path, "%s/genesis/sets/%s", SEAM_SOURCE_DIR, file);
    FILE *handle = fopen(path, "rb");
    assert_non_null(handle);
    const size_t size = fread(text, 1, SET_JSON_MAX, handle);
    fclose(handle);
    assert_int_equal(errors_new(&errors, &chain->world->arena), OK);
    assert_int_equal(set_read_json(&set, bytes_of(text, size), &chain->world->arena, &errors), OK);
    Seam__ParameterSetPublish publish = SEAM__PARAMETER_SET_PUBLISH__INIT;
    publish.parameter_set =
        (ProtobufCBinaryData){.len = set.bytes.size, .data = (uint8_t *)(uintptr_t)set.bytes.data};
    (void)chain_send(
        chain, (struct chain_tx){.type = 8, .organisation = "regulator", .payload = &publish.base},
        "ab");
    Seam__ParameterSetAdopt adopt = SEAM__PARAMETER_SET_ADOPT__INIT;
    adopt.scheme = (char *)"cn-ets";
    adopt.set_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = set.hash.bytes};
    adopt.from_period = (char *)(uintptr_t)from_period;
    adopt.unsourced = world_alloc(chain->world, set.message->n_values * sizeof(char *));
    for (size_t i = 0; i < set.message->n_values; i++) {
        if (set_unsourced(set.message->values[i])) {
            adopt.unsourced[adopt.n_unsourced++] = set.message->values[i]->key;
        }
    }
    (void)chain_send(
        chain, (struct chain_tx){.type = 9, .organisation = "regulator", .payload = &adopt.base},
        "ab");
    return set.hash;
}

__attribute__((unused)) static void chain_product(struct chain *chain, const char *gtin,
                                                  const char *product, const char *name)
{
    Seam__ProductRegister in = SEAM__PRODUCT_REGISTER__INIT;
    in.gtin = (char *)(uintptr_t)gtin;
    in.product = (char *)(uintptr_t)product;
    in.name = world_names(chain->world, name);
    (void)chain_send(chain,
                     (struct chain_tx){.type = PRODUCT_REGISTER_TYPE,
                                       .organisation = "mine",
                                       .payload = &in.base},
                     "ab");
}

#endif
