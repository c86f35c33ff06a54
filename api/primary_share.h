/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PRIMARY_SHARE_H
#define API_PRIMARY_SHARE_H

/* The share of primary data as stated, and as it stands in a verification: a reading whose evidence
 * a verifier found unsigned or late is not counted as measured [domain 3.2]. */

#include "api/call.h"
#include "ledger/assurance/view.h"

/* primary_share_write writes the member "primary" into an open object: grams of the lines in gross
 * by magnitude, what of them is stated as measured or invoiced, what is left of that, and the lines
 * that findings UNSIGNED or LATE of the engagement speak of. result stands in the order of file. */
enum err NODISCARD primary_share_write(struct call *call, struct query *query,
                                       const Seam__EngagementRecord *engagement,
                                       const Seam__Account *account,
                                       const Seam__CalculationFile *file,
                                       const Seam__CalculationResult *result);

#endif
