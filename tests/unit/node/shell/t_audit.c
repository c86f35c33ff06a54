/* SPDX-License-Identifier: Apache-2.0 */
/* The request log [KSSJ 9.2.2e]: every row that was put is there in the end, in order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/store/storage_plan.h"
#include "node/shell/audit.h"

#define ROWS 5000

static void test_rows(void **state)
{
    (void)state;
    struct kv *kv = NULL;
    struct audit *audit = NULL;
    struct metrics *metrics = metrics_new();
    assert_non_null(metrics);
    assert_int_equal(kv_open_mem(&kv, storage_local_plan(), NULL), OK);
    assert_int_equal(audit_new(&audit, kv, metrics), OK);
    for (uint32_t i = 0; i < ROWS; i++) {
        char text[32];
        snprintf(text, sizeof(text), "row %u", i);
        audit_put(audit, 1700000000000 + i / 10, i, bytes_text(text));
    }
    audit_free(audit); /* writes what waits */
    struct kv_iter *iter =
        kv_iter_open(kv, NULL, LOCAL_AUDIT, bytes_of(NULL, 0), bytes_of(NULL, 0), false);
    assert_non_null(iter);
    uint32_t found = 0;
    struct bytes key;
    struct bytes value;
    while (kv_iter_next(iter, &key, &value) == OK) {
        char text[32];
        snprintf(text, sizeof(text), "row %u", found);
        assert_int_equal(key.size, 12);
        assert_true(bytes_equal(value, bytes_text(text)));
        found++;
    }
    kv_iter_close(iter);
    assert_int_equal(found, ROWS);
    assert_int_equal(metrics_get(metrics, "seam_api_audit_rows_total", NULL), ROWS);
    assert_int_equal(metrics_get(metrics, "seam_api_audit_lost_total", NULL), 0);
    kv_close(kv);
    metrics_free(metrics);
}

/* A writer that never saw a row ends as well. */
static void test_empty(void **state)
{
    (void)state;
    struct kv *kv = NULL;
    struct audit *audit = NULL;
    struct metrics *metrics = metrics_new();
    assert_non_null(metrics);
    assert_int_equal(kv_open_mem(&kv, storage_local_plan(), NULL), OK);
    assert_int_equal(audit_new(&audit, kv, metrics), OK);
    audit_free(audit);
    audit_free(NULL);
    kv_close(kv);
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
