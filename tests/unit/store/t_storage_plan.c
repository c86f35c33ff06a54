/* SPDX-License-Identifier: Apache-2.0 */
/* The plan is what is on disk: names, order, and which families are in clear. */
#include "tests/unit/store/fixture.h"

#include "ledger/store/storage_plan.h"

static void test_order_is_for_ever(void **state)
{
    (void)state;
    static const char *const CHAIN[] = {
        "meta",      "blocks", "certs", "epochs",  "detached", "recent",        "state",
        "state_old", "tree",   "stale", "history", "index_tx", "index_account", "index_block"};
    const struct kv_plan *plan = storage_chain_plan();
    assert_true(plan->count >= sizeof CHAIN / sizeof CHAIN[0]);
    for (size_t i = 0; i < sizeof CHAIN / sizeof CHAIN[0]; i++) {
        assert_string_equal(plan->families[i], CHAIN[i]);
    }
    const uint32_t hashes =
        1u << CHAIN_CERTS | 1u << CHAIN_TREE | 1u << CHAIN_STALE | 1u << CHAIN_HISTORY;
    assert_int_equal(plan->clear, hashes);
    assert_int_equal(storage_local_plan()->clear, 0);
}

static void test_rows_are_complete(void **state)
{
    (void)state;
    size_t count;
    const struct storage_row *rows = storage_rows(&count);
    assert_int_equal(count, CHAIN_FAMILIES + LOCAL_FAMILIES);
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(rows[i].family) > 0);
        assert_true(strlen(rows[i].key) > 0);
        assert_true(strlen(rows[i].purpose) > 0);
        for (size_t j = 0; j < i; j++) {
            assert_false(strcmp(rows[i].family, rows[j].family) == 0 &&
                         strcmp(rows[i].database, rows[j].database) == 0);
        }
    }
}

/* docs/storage.md explains every family of the table. */
static void test_documented(void **state)
{
    (void)state;
    static char text[64 * 1024];
    FILE *file = fopen(SEAM_SOURCE_DIR "/docs/storage.md", "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    size_t count;
    const struct storage_row *rows = storage_rows(&count);
    for (size_t i = 0; i < count; i++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "| `%s` |", rows[i].family);
        if (strstr(text, wanted) == NULL) {
            fail_msg("docs/storage.md does not explain %s", rows[i].family);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_for_ever),
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
