/* SPDX-License-Identifier: Apache-2.0 */
/* docs/formulas.md against the table of line codes: every code has a row there that names each
 * field it takes, its clauses, the file that evaluates it and a vector. A formula that changes in
 * one place only is found here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/accounting/code.h"

#define PAGE_MAX (512 * 1024)

static char page[PAGE_MAX];

static int open_page(void **state)
{
    (void)state;
    FILE *file = fopen(SEAM_SOURCE_DIR "/docs/formulas.md", "r");
    if (file == NULL) {
        return -1;
    }
    const size_t size = fread(page, 1, sizeof page - 1, file);
    page[size] = '\0';
    return fclose(file);
}

/* The line of a table whose first cell names the code, after `from`; NULL when there is none more.
 */
static const char *table_line(const char *from, const char *code, char *line, size_t size)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "`%s`", code);
    while (from != NULL && *from != '\0') {
        const char *end = strchr(from, '\n');
        const size_t length = end == NULL ? strlen(from) : (size_t)(end - from);
        const char *cell = length > 2 ? memchr(from + 1, '|', length - 1) : NULL;
        const char *found = from[0] == '|' ? strstr(from, wanted) : NULL;
        if (cell != NULL && found != NULL && found < cell && length < size) {
            memcpy(line, from, length);
            line[length] = '\0';
            return from + length;
        }
        from = end == NULL ? NULL : end + 1;
    }
    return NULL;
}

/* Is every field between the commas named on the line? */
static bool names_fields(const char *line, const char *fields)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", fields);
    bool all = true;
    for (char *field = strtok(copy, ", "); field != NULL; field = strtok(NULL, ", ")) {
        char *list = strstr(field, "_list"); /* stands under the same name */
        if (list != NULL) {
            *list = '\0';
        }
        if (strstr(line, field) == NULL) {
            print_error("  %s is not on the line\n", field);
            all = false;
        }
    }
    return all;
}

/* Each number of a clause, as 5.2.2 of "KSSJ 5.2.2b, 5.2.2c; methodology 2.2", up to the semicolon.
 */
static bool names_clauses(const char *line, const char *clause)
{
    const size_t end = strcspn(clause, ";");
    for (size_t i = 0; i < end;) {
        const size_t digits = strspn(clause + i, "0123456789.");
        char number[32];
        if (digits >= 3 && digits < sizeof number && memchr(clause + i, '.', digits) != NULL) {
            memcpy(number, clause + i, digits);
            number[digits] = '\0';
            if (strstr(line, number) == NULL) {
                print_error("  clause %s is not on the line\n", number);
                return false;
            }
        }
        i += digits > 0 ? digits : 1;
    }
    return true;
}

/* The C file that the line names exists. */
static bool names_source(const char *line)
{
    const char *end = strstr(line, ".c`");
    if (end == NULL) {
        return false;
    }
    const char *start = end;
    while (start > line && start[-1] != '`') {
        start--;
    }
    char path[512];
    snprintf(path, sizeof path, "%s/ledger/accounting/%.*s.c", SEAM_SOURCE_DIR, (int)(end - start),
             start);
    return access(path, R_OK) == 0;
}

static void every_code_has_its_row(void **state)
{
    (void)state;
    static char line[8192];
    size_t count = 0;
    size_t wrong = 0;
    const struct code_row *rows = code_rows(&count);
    assert_true(count > 20);
    for (size_t i = 0; i < count; i++) {
        bool good = false;
        const char *at = page;
        while (!good && (at = table_line(at, rows[i].code, line, sizeof line)) != NULL) {
            good = names_source(line) && names_fields(line, rows[i].fields) &&
                   names_clauses(line, rows[i].clause);
        }
        if (!good) {
            print_error("docs/formulas.md: %s of %s [%s] fields %s\n", rows[i].code,
                        rows[i].edition, rows[i].clause, rows[i].fields);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_code_has_its_row)};
    return cmocka_run_group_tests(tests, open_page, NULL);
}
