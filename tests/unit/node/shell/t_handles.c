/* SPDX-License-Identifier: Apache-2.0 */
/* All handles that the system gives are taken, and clients get a part of them only. */
#include "node/shell/handles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/resource.h>

static void test_want(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit few = {.rlim_cur = limit.rlim_max / 2, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_int_equal(handles_want(), few.rlim_max);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(limit.rlim_cur, few.rlim_max);
}

static void test_connections(void **state)
{
    (void)state;
    assert_int_equal(handles_connections(0), 16);
    assert_int_equal(handles_connections(67), 16);
    assert_int_equal(handles_connections(68), 17);
    assert_int_equal(handles_connections(1024), 256);
    assert_int_equal(handles_connections(3999), 999);
    assert_int_equal(handles_connections(4000), 1000);
    assert_int_equal(handles_connections(UINT64_MAX), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_want),
        cmocka_unit_test(test_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
