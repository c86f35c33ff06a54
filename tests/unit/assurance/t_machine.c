/* SPDX-License-Identifier: Apache-2.0 */
/* The state tables and the table of transactions of docs/verification.md are those of the code. */
#include "ledger/assurance/assurance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE SEAM_SOURCE_DIR "/docs/verification.md"
#define TEXT_MAX (64 * 1024)

static char page[TEXT_MAX];
static char drawn[TEXT_MAX];

static int setup(void **state)
{
    (void)state;
    FILE *file = fopen(PAGE, "rb");
    if (file == NULL) {
        return -1;
    }
    const size_t size = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    page[size] = '\0';
    return 0;
}

static void add(const char *text)
{
    assert_true(strlen(drawn) + strlen(text) < sizeof drawn);
    strcat(drawn, text);
}

static void assert_on_page(void)
{
    if (strstr(page, drawn) == NULL) {
        fail_msg("docs/verification.md must contain:\n%s", drawn);
    }
}

static void draw_machine(const struct sm_table *machine)
{
    char line[256];
    drawn[0] = '\0';
    (void)snprintf(line, sizeof line, "| %s | may become |\n|---|---|\n", machine->name);
    add(line);
    for (uint8_t i = 0; i < machine->count; i++) {
        (void)snprintf(line, sizeof line, "| %s |", machine->rows[i].name);
        add(line);
        const char *before = " ";
        for (uint8_t k = 0; k < machine->count; k++) {
            if ((machine->rows[i].next & SM_TO(k)) != 0) {
                add(before);
                add(machine->rows[k].name);
                before = ", ";
            }
        }
        add(machine->rows[i].next == 0 ? " – |\n" : " |\n");
    }
}

static void machines_are_drawn(void **state)
{
    (void)state;
    const struct sm_table *const machines[] = {&engagement_machine, &finding_machine,
                                               &opinion_machine, &custody_machine};
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        assert_true(sm_valid(machines[i]));
        draw_machine(machines[i]);
        assert_on_page();
    }
}

static void draw_rows(const struct rule_table *rules)
{
    char line[512];
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule_row *row = &rules->rows[i];
        (void)snprintf(line, sizeof line, "| %u | %s | %s | %u | %s | %s |\n", (unsigned)row->type,
                       row->name, row->operation, (unsigned)row->signatures,
                       row->detached != NULL ? row->detached->short_name : "–", row->clause);
        add(line);
    }
}

static void transactions_are_listed(void **state)
{
    (void)state;
    drawn[0] = '\0';
    add("| type | transaction | operation | signatures | detached | clause |\n"
        "|---|---|---|---|---|---|\n");
    draw_rows(&custody_rules);
    draw_rows(&examine_rules);
    draw_rows(&assurance_rules);
    assert_on_page();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_are_drawn),
        cmocka_unit_test(transactions_are_listed),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
