/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_TEMPLATE_H
#define LEDGER_ACCOUNTING_TEMPLATE_H

/* A calculation file to be filled in: every line that the product's default set has for a kind of
 * facility, with empty amounts. What is not needed is deleted, or says not_occurring; then the file
 * is accepted as it is. */

#include "ledger/accounting/calc.h"

enum template_form { TEMPLATE_JSON, TEMPLATE_CSV };

/* template_write gives the file for "UG", "OP" or "WP"; the language names fuels and units of a CSV
 * file. ERR_ENUM for another kind, ERR_MEMORY; errors holds what a set that cannot be read says. */
enum err NODISCARD template_write(struct bytes *text, const char *kind, enum template_form form,
                                  enum err_language language, struct arena *arena,
                                  struct errors *errors);

#endif
