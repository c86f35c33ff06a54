/* SPDX-License-Identifier: Apache-2.0 */
/* A statement cut from a chain with blocks: every line is proved offline, by the genesis alone. */

#include "ledger/query/statement_verify.h"
#include "tests/unit/exec/chain_send.h"

#define HASH_TEXT "\"1111111111111111111111111111111111111111111111111111111111111111\""
#define HOLDING "desk-acc"

static struct bundle_result result;

/* An account that got a thousand, moved 600 of them to trade and then 100 back. */
static void year(struct chain *chain)
{
    chain_organisation(chain, "registrar", "registrar");
    chain_organisation(chain, "desk", "desk");
    chain_say(
        chain, "registrar", "ab", "ASSET_REGISTER", NULL,
        "{\"asset\":\"CEA\",\"registry\":\"CN\",\"kind\":\"ALLOWANCE\",\"name\":{\"en\":\"x\"},"
        "\"unit\":\"t\",\"transferable\":true,\"surrenderable\":true}");
    chain_say(
        chain, "regulator", "ab", "SCHEME_SET", NULL,
        "{\"scheme\":\"cn-ets\",\"version\":1,\"name\":{\"en\":\"x\"},\"jurisdiction\":\"CN-14\","
        "\"assets\":[\"CEA\"],\"offer_hours\":2}");
    chain_say(chain, "registrar", "ab", "HOLDING_OPEN", NULL,
              "{\"holding\":\"" HOLDING "\",\"holder\":\"desk\",\"scheme\":\"cn-ets\","
              "\"kind\":\"TRADING\"}");
    chain_say(chain, "regulator", "ab", "ALLOCATE", "k1",
              "{\"holding\":\"" HOLDING "\",\"asset\":\"CEA\",\"vintage\":2026,\"kind\":\"PRE\","
              "\"quantity\":1000,\"basis_hash\":" HASH_TEXT "}");
    chain_say(chain, "desk", "ab", "POSITION_MOVE", "k2",
              "{\"holding\":\"" HOLDING "\",\"units\":{\"asset\":\"CEA\",\"vintage\":2026,"
              "\"quantity\":600},\"to\":\"TRADE\"}");
    chain_say(chain, "desk", "ab", "POSITION_MOVE", "k3",
              "{\"holding\":\"" HOLDING "\",\"units\":{\"asset\":\"CEA\",\"vintage\":2026,"
              "\"quantity\":100},\"to\":\"REGISTER\"}");
}

static struct bytes cut(struct chain *chain, struct statement *out, uint64_t from_ms)
{
    struct bytes bundle = {NULL, 0};
    struct query *query = NULL;
    assert_int_equal(query_open(&query, chain->db, QUERY_NEWEST), OK);
    assert_int_equal(
        statement_make(out, query, HOLDING, from_ms, chain->header.time_ms + 1, &chain_arena), OK);
    assert_int_equal(statement_bundle(&bundle, query, out, &chain_arena, &chain->world->detail),
                     OK);
    query_close(query);
    return bundle;
}

static struct state_key position_key(enum key_table table)
{
    const struct series series = series_of("CN", "CEA", "", 2026);
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_HOLDING, HOLDING);
    state_key_hash(&key, &series.id);
    return key;
}

static void every_line_is_proved(void **state)
{
    struct chain *chain = *state;
    struct statement statement;
    year(chain);
    const struct bytes bundle = cut(chain, &statement, 0);
    assert_int_equal(statement.line_count, 3);
    assert_int_equal(statement.position_count, 1);
    assert_int_equal(statement.positions[0].closing[UNIT_TRADE], 500);
    assert_int_equal(statement.positions[0].closing[UNIT_REGISTER], 500);
    assert_int_equal(bundle_verify(&result, chain->world->genesis, bundle, &chain_arena),
                     BUNDLE_OK);
    assert_string_equal(result.bundle->manifest->kind, "STATEMENT");
    assert_string_equal(result.bundle->manifest->subject, HOLDING);
    assert_int_equal(result.tx_count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct state_key key = position_key(KEY_ENTRY);
        state_key_u32(&key, (uint32_t)i);
        const Seam__ProofState *record = bundle_state(&result, state_key_bytes(&key));
        assert_non_null(record);
        assert_false(record->absent);
        assert_memory_equal(statement.lines[i].entry->tx_id.data, result.txs[i].tx_id.bytes,
                            HASH_SIZE);
    }
    /* The position says how long the journal is: no line can be left out. */
    const struct state_key key = position_key(KEY_POSITION);
    assert_false(bundle_state(&result, state_key_bytes(&key))->absent);
}

/* A byte of a proved record, or another genesis: not proved. */
static void a_forged_statement_is_not(void **state)
{
    struct chain *chain = *state;
    struct statement statement;
    year(chain);
    const struct bytes bundle = cut(chain, &statement, 0);
    struct bytes copy;
    assert_true(arena_copy(&chain_arena, bundle, &copy));
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__bundle__descriptor, bundle, LIMIT_BUNDLE,
                                    &chain_arena, NULL),
                     OK);
    Seam__Bundle *forged = (Seam__Bundle *)message;
    assert_int_equal(forged->n_states, 3 + 2 * 1 + 2);
    assert_true(forged->states[0]->value.len > 0);
    forged->states[0]->value.data[forged->states[0]->value.len - 1] ^= 1;
    const struct bytes packed = world_pack(chain->world, &forged->base);
    assert_int_not_equal(bundle_verify(&result, chain->world->genesis, packed, &chain_arena),
                         BUNDLE_OK);
    assert_int_equal(bundle_verify(&result, chain->world->genesis, copy, &chain_arena), BUNDLE_OK);
}

/* A span without lines is proved by the position alone. */
static void an_empty_span_has_its_position(void **state)
{
    struct chain *chain = *state;
    struct statement statement;
    year(chain);
    const struct bytes bundle = cut(chain, &statement, chain->header.time_ms + 1);
    assert_int_equal(statement.line_count, 0);
    assert_int_equal(statement.positions[0].opening[UNIT_TRADE], 500);
    assert_int_equal(bundle_verify(&result, chain->world->genesis, bundle, &chain_arena),
                     BUNDLE_OK);
    assert_int_equal(result.tx_count, 0);
    const struct state_key key = position_key(KEY_POSITION);
    assert_non_null(bundle_state(&result, state_key_bytes(&key)));
}

/* --- without the node ------------------------------------------------------------------------- */

static struct statement_verify_result made;

static void the_statement_is_made_again(void **state)
{
    struct chain *chain = *state;
    struct statement statement;
    year(chain);
    const struct bytes bundle = cut(chain, &statement, 0);
    assert_int_equal(statement_verify(&made, chain->world->genesis, bundle, &chain_arena),
                     STATEMENT_VERIFY_OK);
    assert_string_equal(statement_verify_name(&made), "OK");
    assert_string_equal(made.holding->holding, HOLDING);
    assert_int_equal(made.position_count, 1);
    assert_true(made.current[0]);
    assert_int_equal(made.positions[0].opening[UNIT_REGISTER], 0);
    assert_int_equal(made.positions[0].closing[UNIT_TRADE], 500);
    assert_int_equal(made.positions[0].closing[UNIT_REGISTER], 500);
    assert_int_equal(made.line_count, statement.line_count);
    for (size_t i = 0; i < made.line_count; i++) {
        const Seam__EntryRecord *line = made.lines[i].line.entry;
        assert_int_equal(line->quantity, statement.lines[i].entry->quantity);
        assert_int_equal(made.lines[i].line.held, statement.lines[i].held);
        assert_int_equal(made.lines[i].tx->block->height, line->height);
    }
}

/* The first line is before the span: what it opened with follows from the lines of the span. */
static void a_later_span_opens_with_what_was_there(void **state)
{
    struct chain *chain = *state;
    struct statement statement;
    year(chain);
    cut(chain, &statement, 0);
    const struct bytes bundle = cut(chain, &statement, statement.lines[2].entry->time_ms);
    assert_int_equal(statement_verify(&made, chain->world->genesis, bundle, &chain_arena),
                     STATEMENT_VERIFY_OK);
    assert_int_equal(made.line_count, 1);
    assert_int_equal(made.lines[0].line.index, 2);
    assert_int_equal(made.positions[0].opening[UNIT_TRADE], 600);
    assert_int_equal(made.positions[0].opening[UNIT_REGISTER], 400);
    /* Of a span without lines only what stands at the anchor is known. */
    const struct bytes none = cut(chain, &statement, chain->header.time_ms + 1);
    assert_int_equal(statement_verify(&made, chain->world->genesis, none, &chain_arena),
                     STATEMENT_VERIFY_OK);
    assert_int_equal(made.line_count, 0);
    assert_false(made.current[0]);
    assert_int_equal(made.positions[0].closing[UNIT_TRADE], 500);
}

/* A bundle whose records are all true, but not those of the whole statement. */
static struct bytes without(struct chain *chain, struct bytes bundle, const struct state_key *key)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__bundle__descriptor, bundle, LIMIT_BUNDLE,
                                    &chain_arena, NULL),
                     OK);
    Seam__Bundle *less = (Seam__Bundle *)message;
    size_t kept = 0;
    for (size_t i = 0; i < less->n_states; i++) {
        const ProtobufCBinaryData at = less->states[i]->key;
        if (!bytes_equal(bytes_of(at.data, at.len), state_key_bytes(key))) {
            less->states[kept++] = less->states[i];
        }
    }
    assert_int_equal(kept + 1, less->n_states);
    less->n_states = kept;
    return world_pack(chain->world, &less->base);
}

static void nothing_can_be_left_out(void **state)
{
    struct chain *chain = *state;
    struct statement statement;
    struct hash owner;
    year(chain);
    const struct bytes bundle = cut(chain, &statement, 0);
    id_hash(&owner, KEY_HOLDING, HOLDING);
    struct state_key line = position_key(KEY_ENTRY);
    state_key_u32(&line, 1);
    struct state_key last = position_key(KEY_ENTRY);
    state_key_u32(&last, 2);
    struct state_key count = state_key_of(KEY_POSITION);
    state_key_hash(&count, &owner);
    const struct state_key position = position_key(KEY_POSITION);
    const struct state_key name = state_key_list(KEY_POSITION, &owner, 0);
    const struct state_key account = state_key_named(KEY_HOLDING, HOLDING);
    const struct {
        const struct state_key *key;
        enum statement_verify_failure failure;
    } cases[] = {{&line, STATEMENT_VERIFY_GAP},
                 {&position, STATEMENT_VERIFY_RECORD},
                 {&name, STATEMENT_VERIFY_RECORD},
                 {&account, STATEMENT_VERIFY_RECORD},
                 {&count, STATEMENT_VERIFY_EXTRA}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bytes less = without(chain, bundle, cases[i].key);
        assert_int_equal(statement_verify(&made, chain->world->genesis, less, &chain_arena),
                         cases[i].failure);
    }
    /* Without the last line it is the statement of a shorter span, and says so. */
    const struct bytes less = without(chain, bundle, &last);
    assert_int_equal(statement_verify(&made, chain->world->genesis, less, &chain_arena),
                     STATEMENT_VERIFY_OK);
    assert_int_equal(made.line_count, 2);
    assert_false(made.current[0]);
    assert_int_equal(made.extents[0].first, 0);
    assert_int_equal(made.extents[0].end, 2);
    assert_int_equal(made.extents[0].entries, 3);
}

static void a_changed_line_is_refused(void **state)
{
    struct chain *chain = *state;
    struct statement statement;
    year(chain);
    const struct bytes bundle = cut(chain, &statement, 0);
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__bundle__descriptor, bundle, LIMIT_BUNDLE,
                                    &chain_arena, NULL),
                     OK);
    Seam__Bundle *forged = (Seam__Bundle *)message;
    struct state_key key = position_key(KEY_ENTRY);
    state_key_u32(&key, 1);
    for (size_t i = 0; i < forged->n_states; i++) {
        const ProtobufCBinaryData at = forged->states[i]->key;
        if (bytes_equal(bytes_of(at.data, at.len), state_key_bytes(&key))) {
            Seam__EntryRecord entry = *statement.lines[1].entry;
            entry.quantity = 700;
            const struct bytes value = world_pack(chain->world, &entry.base);
            forged->states[i]->value =
                (ProtobufCBinaryData){value.size, (uint8_t *)(uintptr_t)value.data};
        }
    }
    const struct bytes packed = world_pack(chain->world, &forged->base);
    assert_int_equal(statement_verify(&made, chain->world->genesis, packed, &chain_arena),
                     STATEMENT_VERIFY_BUNDLE);
    assert_string_equal(statement_verify_name(&made), "STATE_PATH");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, chain_arena_setup, chain_arena_teardown)
    const struct CMUnitTest tests[] = {
        T(every_line_is_proved),
        T(a_forged_statement_is_not),
        T(an_empty_span_has_its_position),
        T(the_statement_is_made_again),
        T(a_later_span_opens_with_what_was_there),
        T(nothing_can_be_left_out),
        T(a_changed_line_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
