/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/mempool.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <string.h>

static const struct pool_limits limits = {
    .bytes_max = 1000, .bytes_organisation = 400, .count_max = 5, .count_organisation = 3};

static struct pool_entry entry(uint8_t id, uint8_t organisation, const char *raw)
{
    struct pool_entry out = {.raw = bytes_text(raw), .valid_until_ms = 1000};
    out.tx_id.bytes[0] = id;
    out.organisation.bytes[0] = organisation;
    return out;
}

static enum err add(struct pool *pool, uint8_t id, uint8_t organisation, const char *raw)
{
    struct pool_tx *tx = NULL;
    const struct pool_entry one = entry(id, organisation, raw);
    return pool_add(pool, &tx, &one);
}

static void arrival_order_and_duplicates(void **state)
{
    (void)state;
    struct pool *pool = pool_new(&limits);
    for (uint8_t i = 1; i <= 4; i++) {
        assert_int_equal(add(pool, (uint8_t)(10 - i), i, "abc"), OK);
    }
    struct pool_tx *tx = NULL;
    const struct pool_entry again = entry(9, 1, "abc");
    assert_int_equal(pool_add(pool, &tx, &again), ERR_TWICE);
    assert_ptr_equal(tx, pool_find(pool, &again.tx_id));
    uint8_t id = 9;
    for (tx = pool_first(pool); tx != NULL; tx = tx->next) {
        assert_int_equal(tx->tx_id.bytes[0], id--);
    }
    assert_int_equal(pool_count(pool), 4);
    assert_int_equal(pool_bytes(pool), 12);
    assert_int_equal(pool_ready_count(pool), 4);
    struct pool_tx *second = pool_first(pool)->next;
    pool_tx_keep(second);
    pool_remove(pool, second);
    assert_true(second->gone);
    assert_int_equal(second->raw.size, 3); /* still readable for who keeps it */
    pool_tx_drop(second);
    assert_int_equal(pool_first(pool)->next->tx_id.bytes[0], 7);
    assert_int_equal(pool_count(pool), 3);
    pool_free(pool);
}

static void number_and_bytes_are_bounded(void **state)
{
    (void)state;
    char text[402];
    memset(text, 'x', sizeof text);
    struct pool *pool = pool_new(&limits);
    text[401] = '\0';
    assert_int_equal(add(pool, 1, 1, text), ERR_RATE_LIMIT); /* 401 of 400 */
    text[400] = '\0';
    assert_int_equal(add(pool, 1, 1, text), OK);
    assert_int_equal(add(pool, 2, 1, "x"), ERR_RATE_LIMIT);
    text[399] = '\0';
    assert_int_equal(add(pool, 2, 2, text), OK);
    assert_int_equal(add(pool, 3, 2, "x"), OK);
    assert_int_equal(add(pool, 4, 2, "x"), ERR_RATE_LIMIT);
    text[201] = '\0';
    memset(text, 'x', 201);
    assert_int_equal(add(pool, 4, 3, text), ERR_BUSY); /* 801 + 200 of 1000 */
    text[200] = '\0';
    assert_int_equal(add(pool, 4, 3, text), OK);
    assert_int_equal(add(pool, 5, 4, "x"), ERR_BUSY);
    const struct pool_entry first = entry(1, 1, "");
    pool_remove(pool, pool_find(pool, &first.tx_id));
    assert_int_equal(add(pool, 5, 1, "x"), OK); /* the organisation has room again */
    assert_int_equal(add(pool, 6, 1, "x"), OK);
    assert_int_equal(pool_count(pool), 5);
    assert_int_equal(add(pool, 7, 1, "x"), ERR_BUSY); /* six of five */
    pool_free(pool);
}

static void predecessors_are_found_by_what_they_create(void **state)
{
    (void)state;
    struct pool *pool = pool_new(&limits);
    struct pool_tx *first = NULL;
    struct pool_tx *second = NULL;
    struct pool_entry one = entry(1, 1, "one");
    one.creates = bytes_text("key");
    struct pool_entry two = entry(2, 1, "two");
    two.creates = bytes_text("key");
    assert_false(pool_creates(pool, bytes_text("key")));
    assert_false(pool_creates(pool, bytes_of(NULL, 0)));
    assert_int_equal(pool_add(pool, &first, &one), OK);
    assert_int_equal(pool_add(pool, &second, &two), OK);
    assert_true(pool_creates(pool, bytes_text("key")));
    assert_false(pool_creates(pool, bytes_text("ke")));
    pool_remove(pool, second); /* was not the one in the index */
    assert_true(pool_creates(pool, bytes_text("key")));
    pool_remove(pool, first);
    assert_false(pool_creates(pool, bytes_text("key")));
    pool_free(pool);
}

static void what_can_be_built_with_is_counted(void **state)
{
    (void)state;
    struct pool *pool = pool_new(&limits);
    struct pool_tx *tx = NULL;
    struct pool_entry one = entry(1, 1, "one");
    one.state = POOL_WAITING;
    assert_int_equal(pool_add(pool, &tx, &one), OK);
    assert_int_equal(pool_ready_count(pool), 0);
    pool_set_state(pool, tx, POOL_READY);
    assert_int_equal(pool_ready_count(pool), 1);
    pool_mark(pool, tx, 1);
    pool_mark(pool, tx, 1); /* in two competing blocks */
    assert_int_equal(pool_ready_count(pool), 0);
    assert_int_equal(pool_waiting(pool).count, 0);
    assert_int_equal(pool_waiting(pool).bytes, 0);
    assert_int_equal(pool_count(pool), 1);
    pool_mark(pool, tx, -1);
    assert_int_equal(pool_ready_count(pool), 0);
    assert_int_equal(pool_waiting(pool).count, 0);
    pool_mark(pool, tx, -1);
    assert_int_equal(pool_ready_count(pool), 1);
    assert_int_equal(pool_waiting(pool).count, 1);
    assert_int_equal(pool_waiting(pool).bytes, pool_bytes(pool));
    pool_set_doubt(pool, tx, 7);
    assert_int_equal(pool_ready_count(pool), 0);
    pool_set_doubt(pool, tx, POOL_DOUBT_NONE);
    assert_int_equal(pool_ready_count(pool), 1);
    pool_remove(pool, tx);
    assert_int_equal(pool_ready_count(pool), 0);
    pool_free(pool);
}

struct heard {
    int count;
    enum node_answer_state state;
};

static void hear(void *arg, const struct node_answer *answer)
{
    struct heard *heard = arg;
    heard->count++;
    heard->state = answer->state;
}

static void waiters_are_told_once_or_forgotten(void **state)
{
    (void)state;
    struct pool *pool = pool_new(&limits);
    struct pool_tx *tx = NULL;
    const struct pool_entry one = entry(1, 1, "one");
    struct heard heard[POOL_WAITERS_MAX + 1] = {0};
    assert_int_equal(pool_add(pool, &tx, &one), OK);
    for (int i = 0; i < POOL_WAITERS_MAX; i++) {
        assert_int_equal(pool_wait(tx, hear, &heard[i]), OK);
    }
    assert_int_equal(pool_wait(tx, hear, &heard[POOL_WAITERS_MAX]), ERR_BUSY);
    pool_forget(pool, &heard[3]);
    const struct node_answer answer = {.state = NODE_FINAL};
    pool_answer(tx, &answer);
    pool_answer(tx, &answer);
    for (int i = 0; i <= POOL_WAITERS_MAX; i++) {
        assert_int_equal(heard[i].count, i != 3 && i < POOL_WAITERS_MAX);
    }
    assert_int_equal(heard[0].state, NODE_FINAL);
    pool_free(pool);
}

/* One organisation fills its share and no more, of the room and of a block's candidates. */
static void who_sends_much_leaves_room(void **state)
{
    (void)state;
    struct pool *pool = pool_new(&limits);
    for (uint8_t i = 1; i <= 3; i++) {
        assert_int_equal(add(pool, i, 1, "abc"), OK);
    }
    assert_int_equal(add(pool, 4, 1, "abc"), ERR_RATE_LIMIT);
    assert_int_equal(add(pool, 5, 2, "abc"), OK);
    for (int turn = 0; turn < 2; turn++) {
        uint8_t taken[8] = {0};
        size_t count = 0;
        pool_turn(pool);
        for (int pass = 0; pass < 2; pass++) {
            for (struct pool_tx *tx = pool_first(pool); tx != NULL; tx = tx->next) {
                if (pool_take(pool, tx, pass == 0 ? 1 : UINT32_MAX)) {
                    taken[count++] = tx->tx_id.bytes[0];
                }
            }
        }
        assert_int_equal(count, 4); /* each once */
        assert_int_equal(taken[0], 1);
        assert_int_equal(taken[1], 5); /* before the second of the first */
        assert_int_equal(taken[2], 2);
        assert_int_equal(taken[3], 3);
    }
    pool_remove(pool, pool_first(pool));
    assert_int_equal(add(pool, 4, 1, "abc"), OK); /* room again */
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrival_order_and_duplicates),
        cmocka_unit_test(number_and_bytes_are_bounded),
        cmocka_unit_test(predecessors_are_found_by_what_they_create),
        cmocka_unit_test(what_can_be_built_with_is_counted),
        cmocka_unit_test(waiters_are_told_once_or_forgotten),
        cmocka_unit_test(who_sends_much_leaves_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
