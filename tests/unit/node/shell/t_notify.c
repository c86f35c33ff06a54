/* SPDX-License-Identifier: Apache-2.0 */
/* The service manager hears one datagram; without one nothing happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/shell/notify.h"

static void test_notify(void **state)
{
    (void)state;
    char dir[] = "/tmp/seam-notify-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char text[64];
    assert_non_null(mkdtemp(dir));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
    notify_manager("READY=1");
    const ssize_t got = recv(fd, text, sizeof(text), MSG_DONTWAIT);
    assert_int_equal(got, 7);
    assert_memory_equal(text, "READY=1", 7);
    close(fd);
    unlink(address.sun_path);
    rmdir(dir);
    notify_manager("STOPPING=1"); /* nobody listens any more */
    assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
    notify_manager("STOPPING=1");
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    notify_manager("STOPPING=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
