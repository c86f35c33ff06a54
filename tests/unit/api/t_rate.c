/* SPDX-License-Identifier: Apache-2.0 */
#include "api/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t one[16] = {[15] = 1};
static const uint8_t two[16] = {[15] = 2};

static unsigned take(struct rate *rate, const uint8_t *address, const char *interface, uint64_t now,
                     unsigned tries)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < tries; i++) {
        taken += rate_take(rate, address, interface, now) ? 1 : 0;
    }
    return taken;
}

static void counts_interface_and_address(void **state)
{
    (void)state;
    struct rate *rate = rate_new(10);
    assert_int_equal(take(rate, one, "A", 1000, 11), 10); /* [KSSJ 9.2.2d] */
    assert_int_equal(take(rate, one, "B", 1000, 11), 10);
    assert_int_equal(take(rate, two, "A", 1000, 11), 10);
    rate_free(rate);
}

static void refills_with_time(void **state)
{
    (void)state;
    struct rate *rate = rate_new(10);
    assert_int_equal(take(rate, one, "A", 1000, 20), 10);
    assert_int_equal(take(rate, one, "A", 1099, 5), 0);
    assert_int_equal(take(rate, one, "A", 1100, 5), 1);
    assert_int_equal(take(rate, one, "A", 1600, 20), 5);
    assert_int_equal(take(rate, one, "A", 9000, 20), 10);
    assert_int_equal(take(rate, one, "A", 8000, 5), 0); /* a clock that goes back gives nothing */
    rate_free(rate);
}

static void a_flood_of_addresses_frees_nobody_who_is_busy(void **state)
{
    (void)state;
    struct rate *rate = rate_new(4);
    assert_int_equal(take(rate, one, "A", 1000, 4), 4);
    uint8_t other[16] = {1};
    for (uint32_t i = 0; i < 100000; i++) {
        memcpy(other + 4, &i, sizeof i);
        (void)!rate_take(rate, other, "A", 1000);
    }
    assert_int_equal(take(rate, one, "A", 1000, 4), 0);
    rate_free(rate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_interface_and_address),
        cmocka_unit_test(refills_with_time),
        cmocka_unit_test(a_flood_of_addresses_frees_nobody_who_is_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
