/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tools/capture.h"
#include "tools/command.h"
#include "tools/options.h"

static const char *node;
static const char *plain;
static bool json;
static int first;
static char *operand;

static int run(int argc, char **argv)
{
    node = "default";
    plain = NULL;
    json = false;
    const struct option_row rows[] = {
        OPTION_NODE(&node),
        OPTION_TEXT("plain", 0, "TEXT", NULL, "never from outside", &plain),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET("test FILE", "For the test.", rows, 1, 2);
    first = -1;
    const int status = options_parse(&set, argc, argv, &first);
    operand = status == OPTIONS_GO ? argv[first] : NULL;
    return status;
}

static void test_forms(void **state)
{
    (void)state;
    static const char *const lines[] = {"test --node=X --json f", "test --node X -j f",
                                        "test -n X f -j",         "test -nX -j f",
                                        "test f --json --node X", "test -jn X -- f"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(capture_run(run, lines[i]), OPTIONS_GO);
        assert_string_equal(node, "X");
        assert_true(json);
        assert_string_equal(operand, "f");
    }
    assert_int_equal(capture_run(run, "test -- --json"), OPTIONS_GO);
    assert_string_equal(operand, "--json");
    assert_false(json);
}

static void test_wrong_use(void **state)
{
    (void)state;
    static const char *const lines[] = {"test",          "test a b c",      "test --unknown f",
                                        "test f --node", "test --json=1 f", "test -x f"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(capture_run(run, lines[i]), TOOL_USAGE);
        assert_string_equal(capture.out, "");
        assert_contains(capture.err, "usage: seam test FILE");
    }
    assert_int_equal(capture_run(run, "test"), TOOL_USAGE);
    assert_contains(capture.err, "seam: FILE is missing");
}

static void test_help(void **state)
{
    (void)state;
    assert_int_equal(capture_run(run, "test --help"), TOOL_OK);
    assert_contains(capture.out, "usage: seam test FILE");
    assert_contains(capture.out, "-n, --node URL");
    assert_contains(capture.out, "[SEAM_NODE] (default: default)");
    assert_string_equal(capture.err, "");
    assert_int_equal(capture_run(run, "test f -h"), TOOL_OK);
}

/* Flags above environment above file. The file is read once a process, so it comes first here. */
static void test_precedence(void **state)
{
    (void)state;
    static const char config[] = "# settings\nnodes no\nnode \tfrom-file\nplain from-file\n";
    capture_file("seam.conf", config, sizeof config - 1);
    assert_int_equal(capture_run(run, "test f"), OPTIONS_GO);
    assert_string_equal(node, "from-file");
    assert_null(plain);
    assert_int_equal(setenv("SEAM_NODE", "from-environment", 1), 0);
    assert_int_equal(capture_run(run, "test f"), OPTIONS_GO);
    assert_string_equal(node, "from-environment");
    assert_int_equal(capture_run(run, "test f --node flag"), OPTIONS_GO);
    assert_string_equal(node, "flag");
    assert_int_equal(setenv("SEAM_NODE", "", 1), 0);
    assert_int_equal(capture_run(run, "test f"), OPTIONS_GO);
    assert_string_equal(node, "from-file");
    assert_int_equal(unsetenv("SEAM_NODE"), 0);
}

static int top(int argc, char **argv)
{
    return command_run(commands, command_count, "seam", "Test.", argc, argv);
}

static void test_commands(void **state)
{
    (void)state;
    assert_int_equal(capture_run(top, "seam"), TOOL_USAGE);
    assert_string_equal(capture.out, "");
    assert_int_equal(capture_run(top, "seam --help"), TOOL_OK);
    assert_contains(capture.out, "certificate");
    assert_int_equal(capture_run(top, "seam certifcate"), TOOL_USAGE);
    assert_contains(capture.err, "did you mean 'certificate'?");
    assert_int_equal(capture_run(top, "seam xylophone"), TOOL_USAGE);
    assert_null(strstr(capture.err, "did you mean"));
    for (size_t i = 0; i < command_count; i++) {
        char line[64];
        assert_true(i == 0 || strcmp(commands[i - 1].name, commands[i].name) < 0);
        snprintf(line, sizeof line, "seam %s --help", commands[i].name);
        assert_int_equal(capture_run(top, line), TOOL_OK);
        assert_contains(capture.out, "usage: seam ");
        assert_string_equal(capture.err, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence), cmocka_unit_test(test_forms),
        cmocka_unit_test(test_wrong_use),  cmocka_unit_test(test_help),
        cmocka_unit_test(test_commands),
    };
    return cmocka_run_group_tests(tests, capture_start, capture_finish);
}
