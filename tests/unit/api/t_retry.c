/* SPDX-License-Identifier: Apache-2.0 */
#include "api/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TOLD UINT64_C(1790000000000)
#define LAST (ACCESS_PLATFORMS - 1)

static void early_for_a_quarter_of_a_second(void **state)
{
    (void)state;
    struct retry retry = {0};
    assert_false(retry_early(&retry, 7, TOLD));
    assert_false(retry_early(&retry, 7, 0));
    retry_told(&retry, 7, TOLD);
    assert_true(retry_early(&retry, 7, TOLD));
    assert_true(retry_early(&retry, 7, TOLD + RETRY_UNREAD_MS - 1));
    assert_false(retry_early(&retry, 7, TOLD + RETRY_UNREAD_MS));
    assert_true(RETRY_UNREAD_MS < 1000 * RETRY_SECONDS);
}

static void a_platform_answers_for_itself(void **state)
{
    (void)state;
    struct retry retry = {0};
    retry_told(&retry, 0, TOLD);
    retry_told(&retry, LAST, TOLD + 100);
    assert_true(retry_early(&retry, 0, TOLD + 249));
    assert_false(retry_early(&retry, 1, TOLD + 249));
    assert_false(retry_early(&retry, LAST - 1, TOLD + 249));
    assert_true(retry_early(&retry, LAST, TOLD + 349));
    assert_false(retry_early(&retry, 0, TOLD + 349));
}

/* What came before it was told, or before the clock was set back, is read. */
static void a_clock_set_back_keeps_nobody_out(void **state)
{
    (void)state;
    struct retry retry = {0};
    retry_told(&retry, 7, TOLD);
    assert_false(retry_early(&retry, 7, TOLD - 1));
    assert_false(retry_early(&retry, 7, TOLD - 3600000));
    retry_told(&retry, 7, TOLD - 3600000);
    assert_true(retry_early(&retry, 7, TOLD - 3600000));
    assert_false(retry_early(&retry, 7, TOLD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(early_for_a_quarter_of_a_second),
        cmocka_unit_test(a_platform_answers_for_itself),
        cmocka_unit_test(a_clock_set_back_keeps_nobody_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
