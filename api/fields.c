/* SPDX-License-Identifier: Apache-2.0 */
/* exec/ knows the rule folders; a new one needs no line here. */

#include "api/fields.h"

#include "ledger/exec/exec.h"

#include <stdlib.h>
#include <string.h>

enum err fields_join(struct field_table *out)
{
    size_t table_count = 0;
    size_t count = 0;
    const struct field_table *const *tables = exec_fields(&table_count);
    for (size_t i = 0; i < table_count; i++) {
        count += tables[i]->count;
    }
    struct field_row *rows = calloc(count + 1, sizeof *rows);
    if (rows == NULL) {
        return ERR_MEMORY;
    }
    size_t at = 0;
    for (size_t i = 0; i < table_count; i++) {
        memcpy(rows + at, tables[i]->rows, tables[i]->count * sizeof *rows);
        at += tables[i]->count;
    }
    *out = (struct field_table){rows, count};
    return OK;
}

void fields_free(struct field_table *table)
{
    free((void *)(uintptr_t)table->rows);
    *table = (struct field_table){NULL, 0};
}
