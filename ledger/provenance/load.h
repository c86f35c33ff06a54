/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_LOAD_H
#define LEDGER_PROVENANCE_LOAD_H

/* A load is what travels under one SSCC: a train, a ship. What happens to it happens to all lots in
 * it; what its mass changes on the way is shared among them by mass. Inside provenance/ only. */

#include "ledger/provenance/event.h"

/* load_open gives a load for change: a valid SSCC that is there, held by the sender, no offer open,
 * not moved after the event. */
enum judgement load_open(struct event *event, Seam__LoadRecord **out, const char *sscc);
/* load_lots opens every lot of a load that still has coal in it; each is a part of the record.
 * *total is their mass; *scheme that of the first (NULL where nothing is left). */
enum judgement load_lots(struct event *event, const Seam__LoadRecord *load, int64_t *total,
                         const char **scheme);
/* load_move changes the state of a load; lots follow by event_move. */
enum judgement load_move(struct event *event, Seam__LoadRecord *load, enum load_state next);
enum judgement load_put(struct event *event, const Seam__LoadRecord *load);

/* load_measured books what was measured of the lots of the event (all of them: of a load, or the
 * one that is handed over): a loss or gain is shared by mass, largest remainder. Above tolerance of
 * what was there a gain is refused, a loss needs a cause and becomes a finding of this code. The
 * balance of the event is filled. */
enum judgement load_measured(struct event *event, int64_t total, int64_t measured,
                             const char *tolerance_key, const char *cause, const char *field,
                             const char *code);

#endif
