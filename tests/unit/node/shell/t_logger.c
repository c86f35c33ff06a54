/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: both forms, no secrets, no foreign lines, a limit on repetition. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/shell/logger.h"

static char line[LOGGER_LINE_MAX];

#define FORMAT(form, suppressed, ...)                                                              \
    logger_format(line, form, 1700000000123, "mine-a", CONFIG_LOG_INFO, "peer", "connected",       \
                  (const struct line_field[]){__VA_ARGS__},                                        \
                  sizeof((const struct line_field[]){__VA_ARGS__}) / sizeof(struct line_field),    \
                  suppressed)

static void test_forms(void **state)
{
    (void)state;
    const uint8_t key[32] = {0xab, 0xcd};
    FORMAT(CONFIG_LOG_LOGFMT, 0, LINE_TEXT("address", "127.0.0.1:1"), LINE_NUMBER("n", -5),
           LINE_BOOL("up", true), LINE_HASH("key", key, 32), LINE_TEXT("why", "two words"));
    assert_string_equal(line, "<6>time=2023-11-14T22:13:20.123Z level=info node=mine-a "
                              "subsystem=peer event=connected address=127.0.0.1:1 n=-5 up=true "
                              "key=abcd000000000000 why=\"two words\"\n");
    FORMAT(CONFIG_LOG_JSON, 3, LINE_TEXT("why", "a \"b\""), LINE_NUMBER("n", 7));
    assert_string_equal(line, "<6>{\"time\": \"2023-11-14T22:13:20.123Z\", \"level\": \"info\", "
                              "\"node\": \"mine-a\", \"subsystem\": \"peer\", \"event\": "
                              "\"connected\", \"suppressed\": 3, \"why\": \"a \\\"b\\\"\", "
                              "\"n\": 7}\n");
}

static void test_redaction(void **state)
{
    (void)state;
    const char *const names[] = {"seed",        "passphrase",    "access_token", "Authorization",
                                 "private_key", "platkeysecret", "signature",    "dbPassword"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        FORMAT(CONFIG_LOG_LOGFMT, 0, LINE_TEXT(names[i], "hunter2"));
        assert_null(strstr(line, "hunter2"));
        assert_non_null(strstr(line, "=[redacted]\n"));
        FORMAT(CONFIG_LOG_JSON, 0, LINE_HASH(names[i], (const uint8_t *)"hunter22", 8));
        assert_null(strstr(line, "68756e74657232"));
    }
    FORMAT(CONFIG_LOG_LOGFMT, 0, LINE_TEXT("public_key", "abc"));
    assert_non_null(strstr(line, "public_key=abc"));
}

/* Whatever a peer sends stays inside its quotes. */
static void test_injection(void **state)
{
    (void)state;
    FORMAT(CONFIG_LOG_LOGFMT, 0, LINE_TEXT("why", "x\nlevel=error event=fake"));
    assert_non_null(strstr(line, "why=\"x\\u000alevel=error event=fake\"\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    FORMAT(CONFIG_LOG_LOGFMT, 0, LINE_TEXT("why", "\x1b[31m"));
    assert_null(strchr(line, '\x1b'));
    FORMAT(CONFIG_LOG_LOGFMT, 0, LINE_TEXT("why", ""));
    assert_non_null(strstr(line, "why=\"\"\n"));
}

static void test_cut(void **state)
{
    (void)state;
    char longer[4000];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    size_t size = FORMAT(CONFIG_LOG_JSON, 0, LINE_NUMBER("kept", 1), LINE_TEXT("long", longer),
                         LINE_NUMBER("after", 2));
    assert_true(size < LOGGER_LINE_MAX);
    assert_non_null(strstr(line, "\"kept\": 1}\n"));
    size = FORMAT(CONFIG_LOG_LOGFMT, 0, LINE_TEXT("long", longer));
    assert_true(size < LOGGER_LINE_MAX);
    assert_non_null(strstr(line, "event=connected\n"));
}

static size_t count_lines(int fd)
{
    char text[64 * 1024];
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    const ssize_t size = read(fd, text, sizeof(text));
    assert_true(size >= 0);
    size_t lines = 0;
    for (ssize_t i = 0; i < size; i++) {
        lines += text[i] == '\n' ? 1 : 0;
    }
    return lines;
}

static void test_rate(void **state)
{
    (void)state;
    char path[] = "/tmp/seam-logger-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    struct logger *logger = logger_new(fd, CONFIG_LOG_INFO, CONFIG_LOG_LOGFMT, "n");
    assert_non_null(logger);
    for (int i = 0; i < 5 * LOGGER_BURST; i++) {
        LINE(logger, CONFIG_LOG_INFO, "peer", "noisy", LINE_NUMBER("i", i));
        LINE(logger, CONFIG_LOG_DEBUG, "peer", "hidden", LINE_NUMBER("i", i));
    }
    assert_int_equal(count_lines(fd), LOGGER_BURST);
    LINE(logger, CONFIG_LOG_INFO, "peer", "another", LINE_NUMBER("i", 0));
    /* What stops a node is never suppressed. */
    for (int i = 0; i < 2 * LOGGER_BURST; i++) {
        LINE(logger, CONFIG_LOG_ERROR, "node", "stopped", LINE_NUMBER("i", i));
    }
    assert_int_equal(count_lines(fd), LOGGER_BURST + 1 + 2 * LOGGER_BURST);
    logger_free(logger);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),     cmocka_unit_test(test_redaction),
        cmocka_unit_test(test_injection), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
