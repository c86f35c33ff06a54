/* SPDX-License-Identifier: Apache-2.0 */
/* The square root is the floor, at every edge [methodology 10.6]. */
#include "ledger/base/root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void is_floor(root_wide value)
{
    const root_wide root = root_floor(value);
    assert_true(root * root <= value);
    if (root < UINT64_MAX) {
        assert_true((root + 1) * (root + 1) > value);
    }
}

static void edges(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < 10000; value++) {
        is_floor(value);
    }
    for (unsigned bit = 2; bit < 128; bit++) {
        is_floor((root_wide)1 << bit);
        is_floor(((root_wide)1 << bit) - 1);
        is_floor(((root_wide)1 << bit) + 1);
    }
    is_floor(~(root_wide)0);
    assert_true(root_floor(~(root_wide)0) == UINT64_MAX);
}

static void squares(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const root_wide root = seed >> (i % 60);
        assert_true(root_floor(root * root) == root);
        if (root > 0) {
            assert_true(root_floor(root * root - 1) == root - 1);
            assert_true(root_floor(root * root + 2 * root) == root);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(edges), cmocka_unit_test(squares)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
