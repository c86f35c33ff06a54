/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/base/sm.h"

enum lot_state { LOT_OPEN, LOT_MOVED, LOT_CLOSED };

static const struct sm_row lot_rows[] = {
    [LOT_OPEN] = {"OPEN", SM_TO(LOT_MOVED) | SM_TO(LOT_CLOSED)},
    [LOT_MOVED] = {"MOVED", SM_TO(LOT_MOVED) | SM_TO(LOT_CLOSED)},
    [LOT_CLOSED] = {"CLOSED", SM_END},
};
static const struct sm_table lot = SM_TABLE("lot", lot_rows);

static void test_moves(void **state)
{
    (void)state;
    static const bool allowed[3][3] = {{false, true, true}, {false, true, true}, {false}};
    assert_true(sm_valid(&lot));
    for (uint8_t from = 0; from < 3; from++) {
        for (uint8_t to = 0; to < 3; to++) {
            uint8_t at = from;
            struct err_detail detail = {0};
            const enum err err = sm_move(&lot, &at, to, &detail);
            assert_int_equal(err, allowed[from][to] ? OK : ERR_STATE_MACHINE);
            assert_int_equal(at, allowed[from][to] ? to : from);
        }
    }
}

static void test_refusal_names_states(void **state)
{
    (void)state;
    uint8_t at = LOT_CLOSED;
    struct err_detail detail = {0};
    assert_int_equal(sm_move(&lot, &at, LOT_OPEN, &detail), ERR_STATE_MACHINE);
    assert_string_equal(detail.hint, "lot is CLOSED, which cannot become OPEN");
    at = 3;
    assert_int_equal(sm_move(&lot, &at, LOT_OPEN, &detail), ERR_CORRUPT);
    assert_int_equal(at, 3);
    assert_string_equal(sm_name(&lot, LOT_MOVED), "MOVED");
    assert_string_equal(sm_name(&lot, 3), "?");
}

static void test_invalid_tables(void **state)
{
    (void)state;
    static const struct sm_row twice[] = {{"A", SM_TO(1)}, {"A", SM_END}};
    static const struct sm_row outside[] = {{"A", SM_TO(1)}, {"B", SM_TO(2)}};
    static const struct sm_row unreachable[] = {{"A", SM_END}, {"B", SM_TO(0)}};
    static const struct sm_row nameless[] = {{"A", SM_TO(1)}, {NULL, SM_END}};
    const struct sm_table tables[] = {SM_TABLE("twice", twice),
                                      SM_TABLE("outside", outside),
                                      SM_TABLE("unreachable", unreachable),
                                      SM_TABLE("nameless", nameless),
                                      {.name = "empty"}};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        assert_false(sm_valid(&tables[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_refusal_names_states),
        cmocka_unit_test(test_invalid_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
