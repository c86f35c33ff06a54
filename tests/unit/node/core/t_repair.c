/* SPDX-License-Identifier: Apache-2.0 */
/* The conditions of docs/adr/0008, each at its limit. */
#include "node/core/repair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HEIGHT 1000u

/* A node among so many validators, with so many others in reach that have what it has. */
static struct node_status among(uint16_t validators, int self, uint32_t others, bool voting)
{
    struct node_status status = {.validator_count = validators,
                                 .self = self,
                                 .voting = voting,
                                 .height = HEIGHT,
                                 .peer_count = others};
    for (uint32_t i = 0; i < others; i++) {
        status.peers[i].validator = (int)i;
        status.peers[i].fin_height = HEIGHT;
    }
    return status;
}

static enum repair_answer ask(const struct node_status *status, unsigned aside, uint64_t known_ms)
{
    struct repair_others others = {0};
    return repair_running(status, aside, known_ms, &others);
}

static void test_who_votes_leaves_a_quorum(void **state)
{
    (void)state;
    static const struct {
        uint16_t validators;
        uint32_t quorum, faulty;
    } rows[] = {{4, 3, 1}, {5, 4, 1}, {6, 5, 1}, {7, 5, 2}, {13, 9, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint16_t n = rows[i].validators;
        struct repair_others others = {0};
        struct node_status status = among(n, 0, rows[i].quorum - 1, true);
        assert_int_equal(repair_running(&status, 0, 1000000, &others), REPAIR_TOO_FEW);
        assert_int_equal(others.needed, rows[i].quorum);
        assert_int_equal(others.have, rows[i].quorum - 1);
        status = among(n, 0, rows[i].quorum, true);
        assert_int_equal(ask(&status, 0, 1000000), REPAIR_NOW);
        status = among(n, 0, rows[i].faulty, false);
        assert_int_equal(ask(&status, 0, 0), REPAIR_TOO_FEW);
        status = among(n, 0, rows[i].faulty + 1, false);
        assert_int_equal(ask(&status, 0, 0), REPAIR_NOW);
    }
}

static void test_up_to_date(void **state)
{
    (void)state;
    struct node_status status = among(4, 0, 3, true);
    status.peers[1].fin_height = HEIGHT - REPAIR_BEHIND_BLOCKS;
    assert_int_equal(ask(&status, 0, 1000000), REPAIR_NOW);
    status.peers[1].fin_height--;
    assert_int_equal(ask(&status, 0, 1000000), REPAIR_TOO_FEW);
    status.peers[1].fin_height = HEIGHT + 1;
    assert_int_equal(ask(&status, 0, 1000000), REPAIR_NOW);
    status.peers[1].validator = -1; /* an observer is no witness */
    assert_int_equal(ask(&status, 0, 1000000), REPAIR_TOO_FEW);
}

static void test_one_after_the_other(void **state)
{
    (void)state;
    for (int self = 0; self < 4; self++) {
        struct node_status status = among(4, self, 3, true);
        const uint64_t turn = REPAIR_TURN_MS * (uint64_t)(self + 1);
        assert_int_equal(ask(&status, 0, 0), REPAIR_NOT_YET);
        assert_int_equal(ask(&status, 0, turn - 1), REPAIR_NOT_YET);
        assert_int_equal(ask(&status, 0, turn), REPAIR_NOW);
        status.voting = false; /* it holds nobody up */
        assert_int_equal(ask(&status, 0, 0), REPAIR_NOW);
    }
    const struct node_status observer = among(4, -1, 3, false);
    assert_int_equal(ask(&observer, 0, 0), REPAIR_NOW);
}

static void test_how_often(void **state)
{
    (void)state;
    const struct node_status status = among(4, 0, 3, true);
    assert_int_equal(ask(&status, REPAIR_ASIDE_MAX - 1, 1000000), REPAIR_NOW);
    assert_int_equal(ask(&status, REPAIR_ASIDE_MAX, 1000000), REPAIR_TOO_OFTEN);
    assert_int_equal(repair_stopped(OK, REPAIR_ASIDE_MAX - 1), REPAIR_NOW);
    assert_int_equal(repair_stopped(OK, REPAIR_ASIDE_MAX), REPAIR_TOO_OFTEN);
}

static void test_the_log_must_be_sound(void **state)
{
    (void)state;
    assert_int_equal(repair_stopped(ERR_CORRUPT, 0), REPAIR_NO_LOG);
    assert_int_equal(repair_stopped(ERR_STORAGE, 0), REPAIR_NO_LOG);
    assert_int_equal(repair_stopped(ERR_ABSENT, 0), REPAIR_NO_LOG);
    assert_int_equal(repair_stopped(ERR_ABSENT, REPAIR_ASIDE_MAX), REPAIR_NO_LOG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_votes_leaves_a_quorum), cmocka_unit_test(test_up_to_date),
        cmocka_unit_test(test_one_after_the_other),       cmocka_unit_test(test_how_often),
        cmocka_unit_test(test_the_log_must_be_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
