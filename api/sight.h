/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SIGHT_H
#define API_SIGHT_H

/* Who may see the lines of an account (decision D3): the organisation of the facility, those above
 * it, and the regulator of its jurisdiction. Everybody with a token sees bodies and totals. */

#include "api/call.h"

/* sight_jurisdiction: a jurisdiction CN holds CN-14. */
bool sight_jurisdiction(const char *outer, const char *inner);
/* sight_above: is the caller this organisation, or one above it? */
enum err NODISCARD sight_above(struct call *call, struct query *query, const char *organisation,
                               bool *allowed);

enum err NODISCARD sight_lines(struct call *call, struct query *query,
                               const Seam__FacilityRecord *facility, bool *allowed);

#endif
