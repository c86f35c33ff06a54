/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_STANDING_H
#define LEDGER_ASSURANCE_DISPUTE_STANDING_H

/* What disputes and locks make of an account's standing. Inside this folder only; for readers there
 * is view.h. */

#include "ledger/assurance/view.h"

/* dispute_standing changes the grade, the value in force and the dispute of a standing that says so
 * far which account and opinion it is about. */
enum err NODISCARD dispute_standing(struct assurance_standing *standing, struct overlay *state,
                                    const char *facility, const char *period, uint64_t time_ms,
                                    struct arena *arena);

#endif
