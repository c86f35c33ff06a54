/* SPDX-License-Identifier: Apache-2.0 */
/* How much may wait: a floor, two seconds of what was made final, a memory that fades. */
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
    admission_delivered(&admission, ADMISSION_FLOOR / ADMISSION_SECONDS);
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR); /* the second is not over */
    admission_tick(&admission);
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR);
    admission_delivered(&admission, ADMISSION_FLOOR / ADMISSION_SECONDS + 1);
    admission_tick(&admission);
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR + ADMISSION_SECONDS);
}

static void test_follows_the_rate(void **state)
{
    (void)state;
    struct admission admission = {0};
    admission_delivered(&admission, 3000);
    admission_delivered(&admission, 2000);
    admission_tick(&admission);
    assert_int_equal(admission_bound(&admission), 10000);
    assert_int_equal(admission_share(&admission), 2500);
    admission_delivered(&admission, 100); /* a short stop is not forgotten capacity */
    admission_tick(&admission);
    assert_int_equal(admission_bound(&admission), 2 * 4375);
    for (int i = 0; i < 60; i++) {
        admission_tick(&admission);
    }
    assert_int_equal(admission_bound(&admission), ADMISSION_FLOOR);
    assert_int_equal(admission.rate, 0);
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
        cmocka_unit_test(test_never_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
