/* SPDX-License-Identifier: Apache-2.0 */
/* How much may wait: a floor, a second of what was made final, a memory that fades. */
#include "node/core/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_floor(void **state)
{
    (void)state;
    struct admission admission = {0};
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR);
    assert_int_equal(admission_share(&admission), ADMISSION_FLOOR / ADMISSION_SHARES);
    admission_delivered(&admission, ADMISSION_FLOOR);
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR); /* the second is not over */
    admission_tick(&admission);
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR);
    admission_delivered(&admission, ADMISSION_FLOOR + 1);
    admission_tick(&admission);
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR + 1);
}

static void test_follows_the_rate(void **state)
{
    (void)state;
    struct admission admission = {0};
    admission_delivered(&admission, 3000);
    admission_delivered(&admission, 2000);
    admission_tick(&admission);
    assert_int_equal(admission_bound(&admission), 5000);
    assert_int_equal(admission_share(&admission), 312);
    assert_int_equal(admission_part(&admission), 1250);
    admission_delivered(&admission, 100); /* a short stop is not forgotten capacity */
    admission_tick(&admission);
    assert_int_equal(admission_bound(&admission), 4375);
    for (int i = 0; i < 60; i++) {
        admission_tick(&admission);
    }
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR);
    assert_int_equal(admission.rate, 0);
}

/* Large transactions are slow ones. */
static void test_units(void **state)
{
    (void)state;
    assert_int_equal(admission_units(0, 0), 0);
    assert_int_equal(admission_units(25, 25 * 300), 25 + 7);
    assert_int_equal(admission_units(1, 1023), 1);
    assert_int_equal(admission_units(1, 1024), 2);
    assert_int_equal(admission_units(200, UINT64_C(200) * 4281), 200 + 836);
    assert_int_equal(admission_units(UINT32_MAX, 1024), UINT32_MAX);
    assert_true(admission_units(1000, UINT64_C(1000) * 300) < ADMISSION_FLOOR);
}

static void test_never_overflows(void **state)
{
    (void)state;
    struct admission admission = {0};
    admission_delivered(&admission, UINT32_MAX);
    admission_delivered(&admission, 1);
    admission_tick(&admission);
    assert_int_equal(admission.rate, UINT32_MAX);
    assert_int_equal(admission_bound(&admission), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floor),
        cmocka_unit_test(test_follows_the_rate),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_never_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
