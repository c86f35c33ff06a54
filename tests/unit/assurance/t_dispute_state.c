/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a dispute's states is sound and the one that docs/disputes.md draws, as are the
 * operations there. */

#include "tests/unit/assurance/case.h"

#define PAGE_MAX 65536

static const char *page(void)
{
    static char text[PAGE_MAX];
    FILE *file = fopen(SEAM_SOURCE_DIR "/docs/disputes.md", "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

static void states(void **state)
{
    (void)state;
    char line[512];
    assert_true(sm_valid(&dispute_machine));
    int size =
        snprintf(line, sizeof line, "| %s | may become |\n|---|---|\n", dispute_machine.name);
    const char *at = strstr(page(), line);
    assert_non_null(at);
    at += size;
    for (uint8_t i = 0; i < dispute_machine.count; i++) {
        const uint32_t next = dispute_machine.rows[i].next;
        const char *comma = "";
        size = snprintf(line, sizeof line, "| %s | ", sm_name(&dispute_machine, i));
        for (uint8_t k = 0; k < dispute_machine.count; k++) {
            if ((next & SM_TO(k)) != 0) {
                size += snprintf(line + size, sizeof line - (size_t)size, "%s%s", comma,
                                 sm_name(&dispute_machine, k));
                comma = ", ";
            }
        }
        size +=
            snprintf(line + size, sizeof line - (size_t)size, "%s |\n", next == SM_END ? "–" : "");
        if (strncmp(at, line, (size_t)size) != 0) {
            fail_msg("docs/disputes.md: expected %s", line);
        }
        at += size;
    }
    assert_int_equal(*at, '\n');
}

static void operations(void **state)
{
    (void)state;
    const char *text = page();
    for (size_t i = 0; i < dispute_rules.count; i++) {
        const struct rule_row *row = &dispute_rules.rows[i];
        char line[128];
        snprintf(line, sizeof line, "\n| %u %s | %s | ", row->type, row->name, row->operation);
        const char *at = strstr(text, line);
        if (at == NULL) {
            fail_msg("docs/disputes.md has no %s", line);
        }
        const char *signs = strstr(at + strlen(line), " | ");
        assert_non_null(signs);
        assert_int_equal(signs[3] - '0', row->signatures);
    }
}

static bool contains(const char *path, const char *text)
{
    static char content[4 * PAGE_MAX];
    char full[500];
    snprintf(full, sizeof full, SEAM_SOURCE_DIR "/%s", path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        fail_msg("no %s", full);
    }
    const size_t size = fread(content, 1, sizeof content - 1, file);
    fclose(file);
    content[size] = '\0';
    return strstr(content, text) != NULL;
}

/* Cuts the next text out of a row between two marks. */
static const char *cut(char out[200], const char *at, const char *mark)
{
    const char *end = strstr(at, mark);
    assert_non_null(end);
    assert_true(end - at < 200);
    memcpy(out, at, (size_t)(end - at));
    out[end - at] = '\0';
    return end + strlen(mark);
}

/* Every case of the list has the tests that it names. */
static void failure_cases(void **state)
{
    (void)state;
    static const char head[] = "| case | what happens | rule | network |\n|---|---|---|---|\n| ";
    const char *at = strstr(page(), head);
    size_t cases = 0;
    assert_non_null(at);
    for (at += strlen(head) - 2; strncmp(at, "| ", 2) == 0; cases++) {
        char text[200];
        char path[300];
        char want[300];
        const char *rule = strstr(strstr(at + 2, " | ") + 3, " | ") + 3;
        const char *row_end = strchr(at, '\n');
        const char *name = cut(text, rule + 1, "` `");
        snprintf(path, sizeof path, "tests/unit/%s", text);
        for (bool more = true; more;) {
            name = cut(text, name, "`");
            snprintf(want, sizeof want, "static void %s(", text);
            if (!contains(path, want)) {
                fail_msg("%s has no %s", path, text);
            }
            more = strncmp(name, ", `", 3) == 0;
            name += 3;
        }
        (void)cut(text, name, " |\n");
        snprintf(want, sizeof want, "failure: %s", text);
        if (!contains("tests/e2e/t_disputes.py", want)) {
            fail_msg("t_disputes.py has no \"%s\"", want);
        }
        at = row_end + 1;
    }
    assert_int_equal(cases, 9);
}

/* The same record at each of its instants. */
static void follows_from_time(void **state)
{
    (void)state;
    Seam__DisputeRules rules = SEAM__DISPUTE_RULES__INIT;
    Seam__DisputeClaimant claimant = SEAM__DISPUTE_CLAIMANT__INIT;
    Seam__DisputeClaimant *claimants[] = {&claimant};
    Seam__CategoryTotals reported = SEAM__CATEGORY_TOTALS__INIT;
    Seam__CategoryTotals verified = SEAM__CATEGORY_TOTALS__INIT;
    Seam__DisputeRecord record = SEAM__DISPUTE_RECORD__INIT;
    rules.default_rule = (char *)"REPORTED";
    record.rules = &rules;
    record.claimants = claimants;
    record.n_claimants = 1;
    record.reported = &reported;
    record.verified = &verified;
    record.statements_until_ms = 100;
    record.decide_until_ms = 200;
    record.default_appeal_until_ms = 300;
    static const struct {
        uint64_t time_ms;
        enum dispute_status status;
        enum dispute_value value;
    } rows[] = {
        {0, DISPUTE_OPENED, DISPUTE_VALUE_PENDING},
        {99, DISPUTE_OPENED, DISPUTE_VALUE_PENDING},
        {100, DISPUTE_DELIBERATION, DISPUTE_VALUE_PENDING},
        {199, DISPUTE_DELIBERATION, DISPUTE_VALUE_PENDING},
        {200, DISPUTE_DEFAULTED, DISPUTE_VALUE_DEFAULT},
        {299, DISPUTE_DEFAULTED, DISPUTE_VALUE_DEFAULT},
        {300, DISPUTE_FINAL, DISPUTE_VALUE_DEFAULT},
        {UINT64_MAX, DISPUTE_FINAL, DISPUTE_VALUE_DEFAULT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Seam__CategoryTotals *totals = NULL;
        assert_int_equal(dispute_status(&record, rows[i].time_ms), rows[i].status);
        assert_int_equal(dispute_value_of(&totals, &record, rows[i].time_ms), rows[i].value);
        assert_ptr_equal(totals, rows[i].value == DISPUTE_VALUE_DEFAULT ? &reported : &verified);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states),
        cmocka_unit_test(operations),
        cmocka_unit_test(failure_cases),
        cmocka_unit_test(follows_from_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
