/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SIGHT_H
#define API_SIGHT_H

/* Who may see the lines of an account (decision D3): the organisation of the facility, those above
 * it, the regulator of its jurisdiction, and a verifier whom the owner gave a grant on the
 * account's lines_root (KSSJ 6.1b). Everybody with a token sees bodies and totals. */

#include "api/call.h"

/* sight_jurisdiction: a jurisdiction CN holds CN-14. */
bool sight_jurisdiction(const char *outer, const char *inner);
/* sight_above: is the caller this organisation, or one above it? */
enum err NODISCARD sight_above(struct call *call, struct query *query, const char *organisation,
                               bool *allowed);

enum err NODISCARD sight_lines(struct call *call, struct query *query,
                               const Seam__FacilityRecord *facility, bool *allowed);
/* sight_account is sight_lines, and the grant on this very account. */
enum err NODISCARD sight_account(struct call *call, struct query *query,
                                 const Seam__FacilityRecord *facility, const Seam__Account *account,
                                 bool *allowed);

#endif
