/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_CLAIM_H
#define LEDGER_ACCOUNTING_CLAIM_H

/* What may be counted once: the tonnes of a face, the months of a piece of land. Inside accounting/
 * only. */

#include "ledger/accounting/line.h"

/* claim_check refuses, over all lines of a file: more than the whole of a face oxidised (E_M_CUM),
 * a face that oxidises slowly and burns at once (E_OVERLAP), one piece of land credited twice
 * (E_AREA_DUP) [methodology 3.1, 3.3, 3.5]. */
void claim_check(struct calc *calc);

/* claim_list gives what a file claims, ascending by key, in arena; calc_run must have accepted the
 * file as a submission. ERR_MEMORY. */
enum err NODISCARD claim_list(Seam__Claim ***out, size_t *count, const Seam__CalculationFile *file,
                              struct arena *arena);

/* claim_same compares a list with what an account states. */
bool claim_same(const Seam__Account *account, Seam__Claim *const *claims, size_t count);

#endif
