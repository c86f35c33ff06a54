/* SPDX-License-Identifier: Apache-2.0 */
/* Penalty exposure [F8]. */

#include "ledger/assurance/penalty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void average_price(void **state)
{
    (void)state;
    int64_t price = 7;
    const int64_t volume[] = {100, 300, 0};
    const int64_t close[] = {9000, 9100, 99999};
    assert_int_equal(penalty_average_price(&price, volume, close, 3), OK);
    assert_int_equal(price, 9075);
    const int64_t pair[] = {1, 1};
    const int64_t odd[] = {9000, 9001};
    assert_int_equal(penalty_average_price(&price, pair, odd, 2), OK);
    assert_int_equal(price, 9001); /* a half goes up */
    const int64_t large[] = {INT64_MAX, INT64_MAX};
    assert_int_equal(penalty_average_price(&price, large, large, 2), OK);
    assert_true(price == INT64_MAX);
    assert_int_equal(penalty_average_price(&price, volume, close, 0), ERR_ABSENT);
    assert_int_equal(penalty_average_price(&price, volume + 2, close, 1), ERR_ABSENT);
    const int64_t negative[] = {-1};
    assert_int_equal(penalty_average_price(&price, negative, close, 1), ERR_NEG);
    assert_int_equal(penalty_average_price(&price, volume, negative, 1), ERR_NEG);
}

/* 1,000 t short at 90.75: five to ten times 90,750. */
static void shortfall(void **state)
{
    (void)state;
    struct penalty out;
    assert_int_equal(
        penalty_shortfall(&out, &penalty_decree_775, tonnes_of(50000), tonnes_of(49000), 9075), OK);
    assert_string_equal(out.rule, "Decree 775 Art. 24");
    assert_int_equal(out.basis_fen, 9075000);
    assert_int_equal(out.low_fen, 45375000);
    assert_int_equal(out.high_fen, 90750000);
    assert_int_equal(tonnes_value(out.cut_high), 0);
    assert_int_equal(
        penalty_shortfall(&out, &penalty_decree_775, tonnes_of(10), tonnes_of(10), 9075), OK);
    assert_int_equal(out.high_fen, 0);
    assert_int_equal(
        penalty_shortfall(&out, &penalty_decree_775, tonnes_of(10), tonnes_of(11), 9075), OK);
    assert_int_equal(out.high_fen, 0);
}

static void falsification(void **state)
{
    (void)state;
    struct penalty out;
    assert_int_equal(penalty_falsification(&out, &penalty_decree_775, tonnes_of(120),
                                           tonnes_of(150), 10000, tonnes_of(101)),
                     OK);
    assert_string_equal(out.rule, "Decree 775 Art. 22");
    assert_int_equal(out.basis_fen, 300000);
    assert_int_equal(out.low_fen, 1500000);
    assert_int_equal(out.high_fen, 3000000);
    assert_int_equal(tonnes_value(out.cut_low), 51); /* half of 101, upwards */
    assert_int_equal(tonnes_value(out.cut_high), 101);
    assert_int_equal(penalty_falsification(&out, &penalty_decree_775, tonnes_of(150),
                                           tonnes_of(150), 10000, tonnes_of(101)),
                     OK);
    assert_int_equal(out.high_fen, 0);
    assert_int_equal(tonnes_value(out.cut_high), 0);
}

static void refuses(void **state)
{
    (void)state;
    struct penalty out = {.basis_fen = 5};
    const struct tonnes one = tonnes_of(1);
    const struct tonnes none = tonnes_of(0);
    const int64_t most = INT64_MAX / 10;
    assert_int_equal(penalty_shortfall(&out, &penalty_decree_775, tonnes_of(-1), none, 1), ERR_NEG);
    assert_int_equal(penalty_shortfall(&out, &penalty_decree_775, one, tonnes_of(-1), 1), ERR_NEG);
    assert_int_equal(penalty_shortfall(&out, &penalty_decree_775, one, none, -1), ERR_NEG);
    assert_int_equal(penalty_shortfall(&out, &penalty_decree_775, one, none, most + 1), ERR_RANGE);
    assert_int_equal(out.basis_fen, 5);
    assert_int_equal(penalty_shortfall(&out, &penalty_decree_775, one, none, most), OK);
    assert_true(out.high_fen == most * 10);
    assert_int_equal(penalty_falsification(&out, &penalty_decree_775, one, one, 1, tonnes_of(-1)),
                     ERR_NEG);
    const struct penalty_rule odd = {5, 10, 6000, 5000};
    assert_int_equal(penalty_falsification(&out, &odd, none, one, 1, one), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(average_price),
        cmocka_unit_test(shortfall),
        cmocka_unit_test(falsification),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
