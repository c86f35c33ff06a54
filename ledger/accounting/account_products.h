/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_ACCOUNT_PRODUCTS_H
#define LEDGER_ACCOUNTING_ACCOUNT_PRODUCTS_H

/* Products in a signed account [KSSJ 7.2.1c]: the factor of each, g CO2e/t by stage, stands in the
 * account for everybody; its mass and calorific value are salted leaves of the detached part, as
 * lines are (D3). An account without products has none of these fields. Inside accounting/ only. */

#include "ledger/accounting/account.h"

/* account_stage is "WA" for a washing plant and "MI" for a mine (D44). */
const char *account_stage(const char *kind);

/* account_products_seal adds what the file's products ask for to an account being built. */
enum err NODISCARD account_products_seal(Seam__Account *account, Seam__AccountLines *detached,
                                         const Seam__CalculationFile *file,
                                         const Seam__CalculationResult *result,
                                         const uint8_t secret[ACCOUNT_SECRET_SIZE],
                                         struct arena *arena);

/* account_products_open puts the detached products back into the file that they came from.
 * ERR_LENGTH, ERR_NOT_CANONICAL, and what message_unpack says. */
enum err NODISCARD account_products_open(Seam__CalculationFile *file,
                                         const Seam__AccountLines *detached, struct arena *arena,
                                         struct err_detail *detail);

/* account_products_compare holds factors, count and root of an account against what was recomputed:
 * ERR_TOTAL names the first that differs. */
enum err NODISCARD account_products_compare(const Seam__Account *account,
                                            const Seam__AccountLines *detached,
                                            const Seam__CalculationResult *result,
                                            struct arena *arena, struct err_detail *detail);

#endif
