/* SPDX-License-Identifier: Apache-2.0 */
/* A table of lot events of whatever content: each row becomes JSON that can be read, or errors that
 * name a row which the table has. */
#include "api/lot_table.h"
#include "ledger/codec/json_in.h"
#include "tests/fuzz/fuzz.h"

#define JSON_MAX ((size_t)8 << 20) /* a table of 64 KiB, spelled out */

static void try_row(const struct csv_table *table, size_t index, struct arena *arena,
                    struct errors *errors)
{
    const struct csv_row *head = &table->rows[0];
    const struct csv_row *row = &table->rows[index];
    const struct rule_row *rule = NULL;
    const size_t before = errors->count;
    struct bytes json;
    enum err err = lot_table_type(&rule, head, row, errors);
    if (err == OK) {
        check(rule != NULL);
        err = lot_table_row(&json, rule, head, row, arena, errors);
    }
    check(err == OK || err == ERR_MEMORY || errors->count > before || errors->more);
    if (err == OK) {
        struct json_doc *doc = NULL;
        err = json_doc_read(&doc, json, JSON_MAX, NULL);
        check(err == OK || err == ERR_MEMORY);
        json_doc_free(doc);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct errors errors;
    struct csv_table table;
    arena_init(&arena, (size_t)64 << 20);
    if (size <= 65536 && errors_new(&errors, &arena) == OK) {
        const enum err err = csv_read(&table, bytes_of(data, size), 65536, &arena, &errors);
        check(err == OK || err == ERR_MEMORY || errors.count > 0);
        for (size_t i = 1; err == OK && i < table.count; i++) {
            try_row(&table, i, &arena, &errors);
        }
        for (size_t i = 0; i < errors.count; i++) {
            check(errors.items[i].line <= size + 1);
        }
    }
    arena_free(&arena);
    return 0;
}
