/* SPDX-License-Identifier: Apache-2.0 */
/* The 56 checks of the open-source UK registry, each adopted with a test that exists, or left out
 * with a reason: tests/vectors/registry/uk_checks.json. And the cases of docs/registry.md, each
 * with tests that exist. */

#include "tests/unit/registry/rig.h"

#define CHECKS 56

static char *file_read(const char *path)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", SEAM_SOURCE_DIR, path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        fail_msg("%s", full);
    }
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

/* "tests/unit/registry/t_x.c:name" names a function that its main runs. */
static void test_exists(const char *where)
{
    char path[256];
    char defined[128];
    char run[128];
    const char *colon = strchr(where, ':');
    assert_non_null(colon);
    snprintf(path, sizeof path, "%.*s", (int)(colon - where), where);
    snprintf(defined, sizeof defined, "static void %s(void **", colon + 1);
    snprintf(run, sizeof run, "(%s", colon + 1);
    char *text = file_read(path);
    const char *body = strstr(text, defined);
    if (body == NULL || strstr(strstr(text, "int main(void)"), run) == NULL) {
        fail_msg("no test %s", where);
    }
    free(text);
}

static void every_check_is_answered(void **state)
{
    (void)state;
    char *text = file_read("tests/vectors/registry/uk_checks.json");
    struct json_doc *doc = NULL;
    struct err_detail detail;
    assert_int_equal(json_doc_read(&doc, bytes_text(text), 1 << 20, &detail), OK);
    const struct json_node *list = json_doc_root(doc);
    assert_int_equal(json_node_count(list), CHECKS);
    const char *before = "";
    size_t adopted = 0;
    for (size_t i = 0; i < CHECKS; i++) {
        const struct json_node *entry = json_node_at(list, i);
        const char *check = json_node_text(json_node_get(entry, "check"));
        const char *test = json_node_text(json_node_get(entry, "test"));
        const char *left_out = json_node_text(json_node_get(entry, "left_out"));
        assert_true(strcmp(before, check) < 0);
        assert_non_null(json_node_text(json_node_get(entry, "about")));
        assert_true((test != NULL) != (left_out != NULL));
        if (test != NULL) {
            test_exists(test);
            adopted++;
        }
        before = check;
    }
    print_message("%zu adopted, %zu left out\n", adopted, CHECKS - adopted);
    json_doc_free(doc);
    free(text);
}

/* "`registry/t_x.c name`" in a table of the page names a test under tests/unit. */
static void tests_of(const char *page, const char *title, size_t least)
{
    const char *section = strstr(page, title);
    size_t rows = 0;
    size_t named = 0;
    assert_non_null(section);
    const char *end = strstr(section, "\n## ");
    end = end != NULL ? end : section + strlen(section);
    for (const char *line = strstr(section, "\n| ---"); line != NULL && line < end;
         line = strchr(line + 1, '\n')) {
        rows += strncmp(line, "\n| ", 3) == 0 ? 1 : 0;
    }
    for (const char *at = strstr(section, ".c "); at != NULL && at < end;
         at = strstr(at + 1, ".c ")) {
        char where[200];
        const char *begin = at;
        while (*begin != '`' && *begin != '\n') {
            begin--;
        }
        const char *close = strchr(at, '`');
        if (*begin != '`' || close == NULL || close - begin > 150) {
            continue;
        }
        snprintf(where, sizeof where, "tests/unit/%.*s:%.*s", (int)(at + 2 - begin - 1), begin + 1,
                 (int)(close - at - 3), at + 3);
        test_exists(where);
        named++;
    }
    print_message("%s: %zu rows, %zu tests\n", title, rows - 1, named);
    assert_true(rows > least && named >= rows - 1);
}

static void every_case_has_its_test(void **state)
{
    (void)state;
    char *page = file_read("docs/registry.md");
    tests_of(page, "### The rule and the unit test of each case", 15);
    tests_of(page, "## What shows what", 15);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_check_is_answered),
        cmocka_unit_test(every_case_has_its_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
