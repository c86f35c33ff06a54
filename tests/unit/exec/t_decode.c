/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction has one encoding: anything else is refused, at every level and every length. */

#include "tests/unit/exec/chain.h"

static enum err decode(struct chain *chain, struct bytes raw)
{
    struct exec_tx tx;
    memset(&chain->world->detail, 0, sizeof chain->world->detail);
    return exec_decode(&tx, &chain->env.chain_id, raw, &chain->world->arena, &chain->world->detail);
}

#define assert_decode(err_, raw_)                                                                  \
    assert_string_equal(err_name(decode(chain, (raw_))), err_name(err_))

static void takes_apart(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    tx.idempotency_key = "A-z.0_9";
    const struct bytes raw = chain_make(chain, &tx);
    struct exec_tx out;
    assert_int_equal(exec_decode(&out, &chain->env.chain_id, raw, &chain->world->arena, NULL), OK);
    assert_string_equal(out.organisation, "mine");
    assert_string_equal(out.idempotency_key, "A-z.0_9");
    assert_int_equal(out.valid_until_ms, tx.valid_until_ms);
    assert_int_equal(out.signature_count, 2);
    assert_int_equal(out.row->type, 2);
    assert_string_equal(((const Seam__PersonRegister *)out.payload)->person, "mine.c");
    assert_null(out.detached);
    struct hash id;
    exec_tx_id(&id, &chain->env.chain_id, out.body_bytes);
    assert_true(hash_equal(&id, &out.tx_id));
    chain->env.chain_id.bytes[0] ^= 1;
    exec_tx_id(&id, &chain->env.chain_id, out.body_bytes);
    assert_false(hash_equal(&id, &out.tx_id));
}

/* What is read off the outside is what decoding finds, and nothing outside the bytes is touched. */
static void peeking_agrees_with_decoding(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx tx = chain_person(chain, "mine.c");
    const struct bytes raw = chain_make(chain, &tx);
    struct exec_tx good;
    struct bytes body;
    char name[LIMIT_ID_TEXT + 1];
    assert_int_equal(exec_decode(&good, &chain->env.chain_id, raw, &chain->world->arena, NULL), OK);
    assert_true(exec_peek_body(raw, &body));
    assert_true(bytes_equal(body, good.body_bytes));
    assert_true(exec_peek_organisation(raw, name));
    assert_string_equal(name, good.organisation);
    assert_false(exec_peek_body(bytes_of(raw.data, 0), &body));
    for (size_t size = 0; size < raw.size; size++) {
        uint8_t *copy = malloc(size + 1); /* of its own, so that a sanitizer sees its end */
        assert_non_null(copy);
        memcpy(copy, raw.data, size);
        if (exec_peek_body(bytes_of(copy, size), &body)) {
            assert_true(bytes_equal(body, good.body_bytes));
        }
        copy = realloc(copy, raw.size);
        assert_non_null(copy);
        memcpy(copy, raw.data, raw.size);
        copy[size] ^= 0xff;
        if (exec_peek_organisation(bytes_of(copy, raw.size), name)) {
            assert_true(strlen(name) <= LIMIT_ID_TEXT);
        }
        free(copy);
    }
}

static void every_cut_is_refused(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx tx = chain_person(chain, "mine.c");
    const struct bytes raw = chain_make(chain, &tx);
    for (size_t size = 0; size < raw.size; size++) {
        struct arena arena;
        struct exec_tx out;
        arena_init(&arena, EXEC_TX_BUDGET);
        const enum err err =
            exec_decode(&out, &chain->env.chain_id, bytes_of(raw.data, size), &arena, NULL);
        arena_free(&arena);
        if (err == OK) {
            fail_msg("accepted when cut at %zu", size);
        }
    }
}

/* Whatever single byte changes: refused, or another transaction id or other signatures. */
static void every_changed_byte_shows(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx tx = chain_person(chain, "mine.c");
    const struct bytes raw = chain_make(chain, &tx);
    struct exec_tx good;
    struct hash good_leaf;
    uint8_t *changed = world_alloc(chain->world, raw.size);
    memcpy(changed, raw.data, raw.size);
    assert_int_equal(exec_decode(&good, &chain->env.chain_id, raw, &chain->world->arena, NULL), OK);
    exec_tx_leaf(&good_leaf, &good);
    for (size_t i = 0; i < raw.size; i++) {
        struct arena arena;
        struct exec_tx out;
        struct hash leaf;
        changed[i] ^= 0x41;
        arena_init(&arena, EXEC_TX_BUDGET);
        if (exec_decode(&out, &chain->env.chain_id, bytes_of(changed, raw.size), &arena, NULL) ==
            OK) {
            exec_tx_leaf(&leaf, &out);
            assert_false(hash_equal(&leaf, &good_leaf));
        }
        arena_free(&arena);
        changed[i] ^= 0x41;
    }
}

static void unknown_fields_are_refused(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx tx = chain_person(chain, "mine.c");
    const struct bytes raw = chain_make(chain, &tx);
    uint8_t *longer = world_alloc(chain->world, raw.size + 2);
    memcpy(longer, raw.data, raw.size);
    longer[raw.size] = 0x20; /* field 4 */
    longer[raw.size + 1] = 1;
    assert_decode(ERR_UNKNOWN_FIELD, bytes_of(longer, raw.size + 2));
    longer[raw.size] = 0x1a; /* detached, empty: has no canonical form */
    longer[raw.size + 1] = 0;
    assert_decode(ERR_NOT_CANONICAL, bytes_of(longer, raw.size + 2));
}

static void bodies_are_checked(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    tx.type = 0;
    assert_decode(ERR_MISSING, chain_make(chain, &tx));
    tx.type = 15; /* no such type */
    assert_decode(ERR_ENUM, chain_make(chain, &tx));
    assert_string_equal(chain->world->detail.field, "type");
    tx.type = 70000;
    assert_decode(ERR_RANGE, chain_make(chain, &tx));
    tx = chain_person(chain, "mine.c");
    tx.organisation = "";
    assert_decode(ERR_MISSING, chain_make(chain, &tx));
    tx.organisation = "Mine";
    assert_decode(ERR_TEXT, chain_make(chain, &tx));
    tx = chain_person(chain, "mine.c");
    tx.idempotency_key = "a b";
    assert_decode(ERR_TEXT, chain_make(chain, &tx));
    char key[LIMIT_IDEMPOTENCY + 2];
    memset(key, 'k', sizeof key);
    key[LIMIT_IDEMPOTENCY] = '\0';
    tx.idempotency_key = key;
    assert_decode(OK, chain_make(chain, &tx));
    key[LIMIT_IDEMPOTENCY] = 'k';
    key[LIMIT_IDEMPOTENCY + 1] = '\0';
    assert_decode(ERR_LENGTH, chain_make(chain, &tx));
}

static void payloads_are_checked(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    Seam__PersonRegister *person = (Seam__PersonRegister *)tx.payload;
    person->person = (char *)"";
    assert_decode(ERR_MISSING, chain_make(chain, &tx));
    assert_string_equal(chain->world->detail.field, "person");
    person->person = (char *)"mine.c";
    person->keys[0]->usages[0] = (char *)"everything";
    assert_decode(ERR_ENUM, chain_make(chain, &tx));
    person->keys[0]->usages[0] = (char *)"submit";
    person->keys[0]->public_key.len = 31;
    assert_decode(ERR_LENGTH, chain_make(chain, &tx));
    person->keys[0]->public_key.len = 32;
    assert_decode(OK, chain_make(chain, &tx));
    tx.detached = bytes_text("x");
    assert_decode(ERR_UNKNOWN_FIELD, chain_make(chain, &tx));
}

static void sizes_are_bounded(void **state)
{
    struct chain *chain = *state;
    uint8_t *big = world_alloc(chain->world, LIMIT_TX + 1);
    assert_decode(ERR_TOO_LARGE, bytes_of(big, LIMIT_TX + 1));
    struct chain_tx tx = chain_person(chain, "mine.c");
    tx.detached = bytes_of(big, LIMIT_TX_DETACHED + 1);
    assert_decode(ERR_TOO_LARGE, chain_make(chain, &tx));
    Seam__ParameterSetPublish publish = SEAM__PARAMETER_SET_PUBLISH__INIT;
    publish.parameter_set.data = big;
    publish.parameter_set.len = LIMIT_TX_BODY;
    const struct chain_tx large = {.type = 8,
                                   .organisation = "regulator",
                                   .valid_until_ms = 1,
                                   .payload = &publish.base,
                                   .signers = {"regulator.a", "regulator.b"}};
    assert_decode(ERR_TOO_LARGE, chain_make(chain, &large));
}

/* A message deep or wide beyond reason ends in an error, not in our memory. */
static void hostile_input_ends(void **state)
{
    struct chain *chain = *state;
    static uint8_t many[LIMIT_TX];
    for (size_t i = 0; i + 1 < sizeof many; i += 2) {
        many[i] = 0x12; /* an empty signature, 150,000 times */
        many[i + 1] = 0;
    }
    struct arena arena;
    struct exec_tx out;
    arena_init(&arena, EXEC_TX_BUDGET);
    assert_int_not_equal(
        exec_decode(&out, &chain->env.chain_id, bytes_of(many, sizeof many / 2 * 2), &arena, NULL),
        OK);
    arena_free(&arena);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)
    const struct CMUnitTest tests[] = {
        T(takes_apart),
        T(peeking_agrees_with_decoding),
        T(every_cut_is_refused),
        T(every_changed_byte_shows),
        T(unknown_fields_are_refused),
        T(bodies_are_checked),
        T(payloads_are_checked),
        T(sizes_are_bounded),
        T(hostile_input_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
