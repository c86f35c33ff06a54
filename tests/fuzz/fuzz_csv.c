/* SPDX-License-Identifier: Apache-2.0 */
/* A table of whatever content becomes a calculation file or named errors with rows that the table
 * has; what was read can be written and read again as the same file. */
#include "ledger/accounting/calc_csv.h"
#include "ledger/codec/message.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void write_again(const struct calc_csv *csv, const struct set *set, struct arena *arena)
{
    struct errors errors;
    struct calc_csv again;
    struct bytes table;
    struct bytes before;
    struct bytes after;
    if (errors_new(&errors, arena) != OK || message_pack(&before, &csv->file->base, arena) != OK ||
        calc_csv_write(&table, csv->file, set, ERR_EN, NULL, arena) != OK ||
        calc_csv_read(&again, table, arena, &errors) != OK ||
        message_pack(&after, &again.file->base, arena) != OK) {
        return;
    }
    check(bytes_equal(before, after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct errors errors;
    struct set set;
    struct calc_csv csv;
    const Seam__CalculationResult *result = NULL;
    arena_init(&arena, (size_t)64 << 20);
    if (size <= 65536 && errors_new(&errors, &arena) == OK) {
        enum err err = calc_csv_read(&csv, bytes_of(data, size), &arena, &errors);
        check(err == OK || err == ERR_MEMORY || errors.count > 0);
        if (err == OK && set_load(&set, csv.file->parameter_set, &arena, &errors) == OK) {
            calc_csv_fuels(&csv, &set);
            const size_t before = errors.count;
            err = calc_run(&result, csv.file, &set, CALC_TRACE, &arena, &errors);
            check((err == OK) == (result != NULL));
            calc_csv_rows(&csv, &errors, before);
            if (err == OK) {
                write_again(&csv, &set, &arena);
            }
        }
        for (size_t i = 0; i < errors.count; i++) {
            check(errors.items[i].line <= size + 1);
        }
    }
    arena_free(&arena);
    return 0;
}
