/* SPDX-License-Identifier: Apache-2.0 */
/* docs/registry.md says of every state what the code says. */

#include "ledger/registry/surrender.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/transfer.h"
#include "tests/unit/registry/rig.h"

static char *page;

static int page_read(void **state)
{
    (void)state;
    FILE *file = fopen(SEAM_SOURCE_DIR "/docs/registry.md", "rb");
    assert_non_null(file);
    page = calloc(1, 1 << 20);
    assert_non_null(page);
    assert_true(fread(page, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return 0;
}

static int page_free(void **state)
{
    (void)state;
    free(page);
    return 0;
}

static void expect_line(const char *line)
{
    if (strstr(page, line) == NULL) {
        fail_msg("docs/registry.md lacks: %s", line);
    }
}

static void machines_are_on_the_page(void **state)
{
    (void)state;
    const struct sm_table *tables[] = {&unit_machine,        &holding_machine, &transfer_machine,
                                       &trade_offer_machine, &fill_machine,    &surrender_machine};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        assert_true(sm_valid(tables[t]));
        for (uint8_t i = 0; i < tables[t]->count; i++) {
            char line[400];
            size_t used = (size_t)snprintf(line, sizeof line, "\n| %s | ", sm_name(tables[t], i));
            bool first = true;
            for (uint8_t k = 0; k < tables[t]->count; k++) {
                if ((tables[t]->rows[i].next & SM_TO(k)) != 0) {
                    used += (size_t)snprintf(line + used, sizeof line - used, "%s%s",
                                             first ? "" : ", ", sm_name(tables[t], k));
                    first = false;
                }
            }
            snprintf(line + used, sizeof line - used, "%s |\n", first ? "nothing" : "");
            expect_line(line);
        }
    }
}

static void rights_are_on_the_page(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < HOLDING_STATES; i++) {
        char line[200];
        const uint32_t rights = holding_rights((enum holding_state)i);
        snprintf(line, sizeof line, "\n| %s | %s | %s | %s |\n", sm_name(&holding_machine, i),
                 (rights & 1u << HOLDING_SEND) != 0 ? "yes" : "no",
                 (rights & 1u << HOLDING_RECEIVE) != 0 ? "yes" : "no",
                 (rights & 1u << HOLDING_SURRENDER) != 0 ? "yes" : "no");
        expect_line(line);
    }
}

static void statuses_are_on_the_page(void **state)
{
    (void)state;
    for (enum compliance_status i = COMPLIANCE_NOT_APPLICABLE; i < COMPLIANCE_STATUSES; i++) {
        char line[64];
        snprintf(line, sizeof line, "\n| %s | ", compliance_status_name(i));
        expect_line(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_are_on_the_page),
        cmocka_unit_test(rights_are_on_the_page),
        cmocka_unit_test(statuses_are_on_the_page),
    };
    return cmocka_run_group_tests(tests, page_read, page_free);
}
