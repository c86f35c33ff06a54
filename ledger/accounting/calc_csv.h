/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_CALC_CSV_H
#define LEDGER_ACCOUNTING_CALC_CSV_H

/* The calculation file as a table (docs/csv.md): one row a line of the account, columns named as
 * the fields of the JSON document. It becomes the same message and is judged by the same
 * calculation; here only the form of the table is looked at. */

#include "ledger/accounting/calc.h"

/* A table that was read, with the row each part came from. */
struct calc_csv {
    Seam__CalculationFile *file;
    uint32_t *line_rows; /* of file->lines */
    uint32_t *product_rows; /* of file->products */
    uint32_t raw_row;
};

/* calc_csv_read reads the table. Every unknown column, cell that does not fit its row and head that
 * contradicts itself is added to errors, with the number of the row as its line. */
enum err NODISCARD calc_csv_read(struct calc_csv *out, struct bytes text, struct arena *arena,
                                 struct errors *errors);

/* calc_csv_fuels replaces names of fuels in zh, ru and en by their ids in the set (D35). */
void calc_csv_fuels(struct calc_csv *csv, const struct set *set);

/* calc_csv_rows turns the line numbers of errors that the calculation added, from index `from`,
 * into row numbers. */
void calc_csv_rows(const struct calc_csv *csv, struct errors *errors, size_t from);

/* calc_csv_write writes a file as such a table: a column for each field that some line has, units
 * and fuels as people of that language call them (en: as the ids say). blank: a text that stands
 * for an empty cell whose column is wanted, or NULL. ERR_MEMORY. */
enum err NODISCARD calc_csv_write(struct bytes *text, const Seam__CalculationFile *file,
                                  const struct set *set, enum err_language language,
                                  const char *blank, struct arena *arena);

/* calc_unit gives the unit that a person of any of the three languages wrote: "万Nm3" is 1e4Nm3.
 * NULL for one that it does not know. */
const char *calc_unit(const char *text);

#endif
