/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_DEPENDENTS_LOT_H
#define LEDGER_QUERY_DEPENDENTS_LOT_H

/* The lots that a facility made in a month, all products together. Inside query/ only. */

#include "ledger/proto/governance.pb-c.h"
#include "ledger/query/query.h"

/* dependent_lots gives their ids, in arena. ERR_TOO_LARGE: more than room. */
enum err NODISCARD dependent_lots(const char ***out, size_t *count, struct overlay *state,
                                  const Seam__FacilityRecord *facility, const char *month,
                                  size_t room, struct arena *arena);

#endif
