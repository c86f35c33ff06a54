/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_OBSERVATION_H
#define LEDGER_ASSURANCE_OBSERVATION_H

/* Independent estimates that stand beside an account [domain B9], read-only. */

#include "ledger/governance/view.h"
#include "ledger/proto/dispute.pb-c.h"

/* view_observation gives one by its id. ERR_ABSENT. */
enum err NODISCARD view_observation(const Seam__ObservationRecord **out, struct overlay *state,
                                    const char *observation, struct arena *arena);
/* view_observations gives the ids of those about a facility and period, in order; withdrawn ones
 * too. ERR_ABSENT where there is none, ERR_TYPE when period is none. */
enum err NODISCARD view_observations(const Seam__ObservationHead **out, struct overlay *state,
                                     const char *facility, const char *period, struct arena *arena);

#endif
