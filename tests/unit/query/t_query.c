/* SPDX-License-Identifier: Apache-2.0 */
/* Reading at a height: what was there then, and nothing that came later. */

#include "ledger/query/query.h"

#include "ledger/check/check.h"
#include "tests/unit/exec/chain.h"

static void commit(struct chain *chain, struct bytes raw)
{
    chain_commit(chain, &raw, 1);
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    assert_non_null(overlay);
    const enum err err = check_state(overlay, &chain->world->detail);
    if (err != OK) {
        print_error("%s: %s: %s\n", chain->world->detail.rule, chain->world->detail.field,
                    chain->world->detail.hint);
    }
    assert_int_equal(err, OK);
    overlay_drop(overlay);
}

/* Three blocks: a person, a facility, a second boundary. */
static void three_blocks(struct chain *chain, struct bytes *raws)
{
    struct world *world = chain->world;
    struct chain_tx tx = chain_person(chain, "mine.c");
    raws[0] = chain_make(chain, &tx);
    commit(chain, raws[0]);
    tx.type = 5;
    tx.payload = &world_facility(world, "mine-b")->base;
    raws[1] = chain_make(chain, &tx);
    commit(chain, raws[1]);
    Seam__BoundarySet *boundary = world_alloc(world, sizeof *boundary);
    seam__boundary_set__init(boundary);
    boundary->facility = world_text(world, "mine-b");
    boundary->version = 2;
    boundary->from_period = world_text(world, "2026-05");
    boundary->gas_grade = world_text(world, "LOW");
    boundary->sources = world_facility(world, "x")->sources;
    boundary->n_sources = 2;
    tx.type = 6;
    tx.payload = &boundary->base;
    raws[2] = chain_make(chain, &tx);
    commit(chain, raws[2]);
}

static struct query *at(struct chain *chain, uint64_t height)
{
    struct query *query = NULL;
    assert_int_equal(query_open(&query, chain->db, height), OK);
    return query;
}

static void heights_show_their_own_state(void **state)
{
    struct chain *chain = *state;
    struct arena *arena = &chain->world->arena;
    struct bytes raws[3];
    three_blocks(chain, raws);
    static const struct {
        uint64_t height;
        enum err person;
        uint32_t boundary; /* of mine-b, 0: absent */
    } wanted[] = {{0, ERR_ABSENT, 0}, {1, OK, 0}, {2, OK, 1}, {3, OK, 2}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct query *query = at(chain, wanted[i].height);
        const Seam__PersonRecord *person = NULL;
        const Seam__FacilityRecord *facility = NULL;
        assert_int_equal(query_height(query), wanted[i].height);
        assert_int_equal(query_time(query), WORLD_TIME + 1000 * wanted[i].height);
        assert_int_equal(view_person(&person, query_state(query), "mine.c", arena),
                         wanted[i].person);
        const enum err err = view_facility(&facility, query_state(query), "mine-b", arena);
        assert_int_equal(err == OK ? facility->boundary_version : 0, wanted[i].boundary);
        query_close(query);
    }
    struct query *query = NULL;
    assert_int_equal(query_open(&query, chain->db, 4), ERR_ABSENT);
    query = at(chain, QUERY_NEWEST);
    assert_int_equal(query_height(query), 3);
    query_close(query);
    assert_int_equal(query_open_time(&query, chain->db, WORLD_TIME + 2500), OK);
    assert_int_equal(query_height(query), 2);
    query_close(query);
    assert_int_equal(query_open_time(&query, chain->db, WORLD_TIME - 1), ERR_ABSENT);
}

static void an_open_query_does_not_move(void **state)
{
    struct chain *chain = *state;
    struct query *query = at(chain, QUERY_NEWEST);
    struct bytes raws[3];
    three_blocks(chain, raws);
    const Seam__PersonRecord *person = NULL;
    assert_int_equal(query_height(query), 0);
    assert_int_equal(view_person(&person, query_state(query), "mine.c", &chain->world->arena),
                     ERR_ABSENT);
    struct query_block block;
    assert_int_equal(query_block(&block, query, 1, &chain->world->arena), ERR_ABSENT);
    query_close(query);
}

static void lists_are_read_in_parts(void **state)
{
    struct chain *chain = *state;
    struct arena *arena = &chain->world->arena;
    struct bytes raws[3];
    three_blocks(chain, raws);
    struct query *query = at(chain, QUERY_NEWEST);
    const Seam__ListEntry *entries[3];
    size_t count = 0;
    uint32_t total = 0;
    assert_int_equal(
        query_list(query, KEY_ORGANISATION, NULL, 0, entries, 3, &count, &total, arena), OK);
    assert_int_equal(count, 3);
    assert_int_equal(total, 4);
    assert_string_equal(entries[2]->id, "mine");
    assert_int_equal(
        query_list(query, KEY_ORGANISATION, NULL, 3, entries, 3, &count, &total, arena), OK);
    assert_int_equal(count, 1);
    assert_int_equal(
        query_list(query, KEY_ORGANISATION, NULL, 9, entries, 3, &count, &total, arena), OK);
    assert_int_equal(count, 0);
    assert_int_equal(query_list(query, KEY_FACILITY, "mine", 0, entries, 3, &count, &total, arena),
                     OK);
    assert_int_equal(total, 2);
    assert_string_equal(entries[1]->id, "mine-b");
    assert_int_equal(query_list(query, KEY_PERSON, "mine", 2, entries, 3, &count, &total, arena),
                     OK);
    assert_int_equal(total, 3);
    assert_string_equal(entries[0]->id, "mine.c");
    assert_int_equal(query_list(query, KEY_PERSON, "nobody", 0, entries, 3, &count, &total, arena),
                     ERR_ABSENT);
    assert_int_equal(query_list(query, KEY_CHAIN, NULL, 0, entries, 3, &count, &total, arena),
                     ERR_PARAM);
    query_close(query);
}

static void transactions_are_found(void **state)
{
    struct chain *chain = *state;
    struct arena *arena = &chain->world->arena;
    struct bytes raws[3];
    three_blocks(chain, raws);
    struct query *query = at(chain, QUERY_NEWEST);
    for (size_t i = 0; i < 3; i++) {
        struct exec_tx decoded;
        struct query_tx tx;
        assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, raws[i], arena, NULL), OK);
        assert_int_equal(query_tx(&tx, query, &decoded.tx_id, arena), OK);
        assert_int_equal(tx.height, i + 1);
        assert_int_equal(tx.index, 0);
        assert_true(bytes_equal(tx.raw, raws[i]));
        assert_string_equal(tx.body->organisation, "mine");
        assert_int_equal(tx.message->n_signatures, 2);
    }
    const struct hash unknown = {{9}};
    struct query_tx tx;
    assert_int_equal(query_tx(&tx, query, &unknown, arena), ERR_ABSENT);
    struct query_block block;
    assert_int_equal(query_block(&block, query, 2, arena), OK);
    assert_int_equal(block.header.tx_count, 1);
    assert_int_equal(query_block_tx(&tx, &block, 0, arena), OK);
    assert_int_equal(query_block_tx(&tx, &block, 1, arena), ERR_ABSENT);
    assert_int_equal(query_block(&block, query, 4, arena), ERR_ABSENT);
    query_close(query);
    /* A query of the past does not know what came later. */
    struct exec_tx last;
    query = at(chain, 2);
    assert_int_equal(exec_decode(&last, &chain->env.chain_id, raws[2], arena, NULL), OK);
    assert_int_equal(query_tx(&tx, query, &last.tx_id, arena), ERR_ABSENT);
    query_close(query);
}

static void accounts_that_are_not_there(void **state)
{
    struct chain *chain = *state;
    struct arena *arena = &chain->world->arena;
    struct query *query = at(chain, QUERY_NEWEST);
    const Seam__FacilityHead *head = NULL;
    const Seam__AccountHead *account = NULL;
    const Seam__AccountRecord *record = NULL;
    assert_int_equal(query_facility_head(&head, query, "mine-a", arena), ERR_ABSENT);
    assert_int_equal(query_account(&account, query, "mine-a", "2026-01", arena), ERR_ABSENT);
    assert_int_equal(query_account(&account, query, "mine-a", "january", arena), ERR_TYPE);
    assert_int_equal(query_account_version(&record, query, "mine-a", "2026-01", 1, arena),
                     ERR_ABSENT);
    query_close(query);
}

static void an_overlay_can_be_asked(void **state)
{
    struct chain *chain = *state;
    struct query *query = NULL;
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    struct state_key key;
    head.facility = (char *)"mine-a";
    head.period = (char *)"2026-01";
    head.version = 3;
    assert_true(view_account_key(&key, "mine-a", "2026-01"));
    assert_false(view_account_key(&key, "mine-a", ""));
    assert_true(view_account_key(&key, "mine-a", "2026-01"));
    assert_int_equal(view_put(overlay, state_key_bytes(&key), &head.base, &chain->world->arena),
                     OK);
    assert_int_equal(query_of_overlay(&query, overlay, 5, 17), OK);
    overlay_drop(overlay);
    const Seam__AccountHead *account = NULL;
    assert_int_equal(query_account(&account, query, "mine-a", "2026-01", &chain->world->arena), OK);
    assert_int_equal(account->version, 3);
    /* 672 months and 672 years after 1970 have the same number. */
    assert_int_equal(query_account(&account, query, "mine-a", "2026-Q1", &chain->world->arena),
                     ERR_ABSENT);
    struct query_block block;
    assert_int_equal(query_block(&block, query, 1, &chain->world->arena), ERR_ABSENT);
    assert_int_equal(query_height(query), 5);
    assert_int_equal(query_time(query), 17);
    query_close(query);
    query_close(NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)
    const struct CMUnitTest tests[] = {
        T(heights_show_their_own_state), T(an_open_query_does_not_move), T(lists_are_read_in_parts),
        T(transactions_are_found),       T(accounts_that_are_not_there), T(an_overlay_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
