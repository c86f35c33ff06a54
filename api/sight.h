/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SIGHT_H
#define API_SIGHT_H

/* Who may see the lines of an account (decision D3): the organisation of the facility, those above
 * it, and the regulator of its jurisdiction. Everybody with a token sees bodies and totals. */

#include "api/call.h"

enum err NODISCARD sight_lines(struct call *call, struct query *query,
                               const Seam__FacilityRecord *facility, bool *allowed);

#endif
