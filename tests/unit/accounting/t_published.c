/* SPDX-License-Identifier: Apache-2.0 */
/* Published figures that are not lines of an account, by the names they carry in the list of worked
 * examples: sums, volumes, factors, cap, carry-over, materiality. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger/accounting/obligation.h"
#include "ledger/base/dec.h"
#include "ledger/base/ratio.h"

static struct dec dec(const char *text)
{
    struct dec out = {0};
    assert_int_equal(dec_parse(&out, bytes_text(text)), OK);
    return out;
}

/* The product of decimals and a whole fraction, rounded to so many places. */
static int64_t product(const char *const *factors, int64_t num, int64_t den, unsigned decimals)
{
    struct ratio value = ratio_of_int(num);
    ratio_div_int(&value, den);
    for (size_t i = 0; factors[i] != NULL; i++) {
        ratio_mul_dec(&value, dec(factors[i]));
    }
    int64_t out = 0;
    assert_int_equal(ratio_round(&out, &value, decimals), OK);
    return out;
}

#define FACTORS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* W01: table 1 of the article on three mines of Kuzbass. */
static void w01_sums_of_the_table(void **state)
{
    (void)state;
    static const int64_t parts[3][3] = {{1276000, 14, 1035}, {777000, 0, 0}, {54500, 15000, 344}};
    static const int64_t sums[3] = {1277049, 777000, 69844};
    struct tonnes all = tonnes_of(0);
    for (size_t i = 0; i < 3; i++) {
        struct tonnes mine = tonnes_of(0);
        for (size_t j = 0; j < 3; j++) {
            assert_true(tonnes_add(&mine, mine, tonnes_of(parts[i][j])));
        }
        assert_int_equal(tonnes_value(mine), sums[i]);
        assert_true(tonnes_add(&all, all, mine));
    }
    assert_int_equal(tonnes_value(all), 2123893);
}

/* W02: 5 Mt a year, 13.4 m3/t, coefficient 1.6: 107.2 million m3, exactly. */
static void w02_volume_of_methane(void **state)
{
    (void)state;
    assert_int_equal(product(FACTORS("5000000", "13.4", "1.6"), 1, 1, 0), 107200000);
}

/* W03: NCV x CC x OF x 44/12 [KSSJ 5.2.2c], six decimals. */
static void w03_factors_of_fuels(void **state)
{
    (void)state;
    assert_int_equal(product(FACTORS("42.652", "0.0202", "0.98"), 44, 12, 6), 3095910);
    assert_int_equal(product(FACTORS("28.435", "0.0295", "0.93"), 44, 12, 6), 2860419);
    assert_int_equal(product(FACTORS("389.31", "0.0153", "0.99"), 44, 12, 6), 21621888);
    assert_int_equal(product(FACTORS("42.652", "0.0202", "0.98"), 44, 12, 4), 30959);
    assert_int_equal(product(FACTORS("28.435", "0.0295", "0.93"), 44, 12, 4), 28604);
    assert_int_equal(product(FACTORS("389.31", "0.0153", "0.99"), 44, 12, 3), 21622);
}

/* W05: m3/t at 0.67 kg/m3. The tables print the last two rounded; the printed values are used. */
static void w05_kilograms_of_a_cubic_metre(void **state)
{
    (void)state;
    assert_int_equal(product(FACTORS("2", "0.67"), 1, 1, 3), 1340);
    assert_int_equal(product(FACTORS("3", "0.67"), 1, 1, 3), 2010);
    assert_int_equal(product(FACTORS("0.9", "0.67"), 1, 1, 3), 603);
    assert_int_equal(product(FACTORS("0.5", "0.67"), 1, 1, 3), 335);
}

/* W40: five per cent of the obligation, floor. */
static void w40_offset_cap(void **state)
{
    (void)state;
    struct tonnes cap = tonnes_of(-1);
    assert_int_equal(obligation_offset_cap(&cap, tonnes_of(1234567), 500), OK);
    assert_int_equal(tonnes_value(cap), 61728);
    assert_int_equal(obligation_offset_cap(&cap, tonnes_of(19), 500), OK);
    assert_int_equal(tonnes_value(cap), 0);
    assert_int_equal(obligation_offset_cap(&cap, tonnes_of(INT64_MAX), 10000), OK);
    assert_int_equal(tonnes_value(cap), INT64_MAX);
    assert_int_equal(obligation_offset_cap(&cap, tonnes_of(-1), 500), ERR_NEG);
    assert_int_equal(obligation_offset_cap(&cap, tonnes_of(1), 10001), ERR_RANGE);
}

static const struct carry_rule power = {.ratio_num = 3, .ratio_den = 2};

static struct carry_over carry(int64_t balance, int64_t sold, int64_t bought)
{
    struct carry_rule rule = power;
    rule.base = tonnes_of(10000);
    struct carry_over out;
    assert_int_equal(
        obligation_carry_over(&out, &rule, tonnes_of(balance), tonnes_of(sold), tonnes_of(bought)),
        OK);
    return out;
}

/* W41: 10,000 t + 1.5 x net sales, floor; the three examples of rule V20 beside it. */
static void w41_carry_over(void **state)
{
    (void)state;
    struct carry_over out = carry(240000, 150000, 26543);
    assert_int_equal(tonnes_value(out.net_sales), 123457);
    assert_int_equal(tonnes_value(out.limit), 195185);
    assert_int_equal(tonnes_value(out.carried), 195185);
    assert_int_equal(tonnes_value(out.lapsed), 44815);
    assert_int_equal(tonnes_value(carry(90000, 50000, 12000).carried), 67000);
    assert_int_equal(tonnes_value(carry(90000, 0, 30000).carried), 10000);
    assert_int_equal(tonnes_value(carry(20000, 50000, 12000).carried), 20000);
    struct carry_over unused;
    struct carry_rule rule = power;
    rule.base = tonnes_of(10000);
    assert_int_equal(
        obligation_carry_over(&unused, &rule, tonnes_of(-1), tonnes_of(0), tonnes_of(0)), ERR_NEG);
    assert_int_equal(
        obligation_carry_over(&unused, &rule, tonnes_of(1), tonnes_of(INT64_MAX), tonnes_of(0)),
        ERR_RANGE);
    rule.ratio_den = 0;
    assert_int_equal(
        obligation_carry_over(&unused, &rule, tonnes_of(1), tonnes_of(1), tonnes_of(0)), ERR_RANGE);
}

/* W42: exactly five per cent is not more than five per cent. */
static void w42_materiality(void **state)
{
    (void)state;
    const struct grams verified = grams_of(INT64_C(1000000) * 1000000);
    assert_false(obligation_material(grams_of(INT64_C(1050000) * 1000000), verified, 500));
    assert_true(obligation_material(grams_of(INT64_C(1050000) * 1000000 + 1), verified, 500));
    assert_false(obligation_material(grams_of(INT64_C(950000) * 1000000), verified, 500));
    assert_true(obligation_material(grams_of(INT64_C(950000) * 1000000 - 1), verified, 500));
    assert_true(obligation_material(grams_of(1), grams_of(0), 500));
    assert_false(obligation_material(grams_of(0), grams_of(0), 500));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(w01_sums_of_the_table), cmocka_unit_test(w02_volume_of_methane),
        cmocka_unit_test(w03_factors_of_fuels),  cmocka_unit_test(w05_kilograms_of_a_cubic_metre),
        cmocka_unit_test(w40_offset_cap),        cmocka_unit_test(w41_carry_over),
        cmocka_unit_test(w42_materiality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
