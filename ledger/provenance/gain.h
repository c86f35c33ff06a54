/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_GAIN_H
#define LEDGER_PROVENANCE_GAIN_H

/* Mass that nobody mined [V12]. A scale may find more than the book says, within a tolerance; so
 * that this does not begin anew after each split, blend or wash, every lot carries how much of it
 * was found that way, here or in its ancestors (carried_gain_kg). What leaves and what stays both
 * round up, so a share that was carried is never less than the true one: over any history, coal is
 * at most what was mined and gain.most of it. Inside provenance/ only. */

#include "ledger/provenance/event.h"

/* gain_part is the carried gain of kg of a lot, rounded up; at most kg. */
int64_t gain_part(const Seam__LotRecord *lot, int64_t kg);
/* gain_dry is the same of dry mass, in 0.1 g. */
__int128 gain_dry(const Seam__LotRecord *lot, int64_t kg);

/* gain_room is how much the lot may still gain, so that all its gain is within tolerance of the
 * mass that was mined of it. */
int64_t gain_room(const Seam__LotRecord *lot, struct dec tolerance);
/* gain_tolerance is the lesser of a tolerance of the lot rules and gain.most. */
enum judgement gain_tolerance(struct event *event, struct dec *out, const char *key);

/* gain_shrink books a scale that found kg less: gain that was booked before goes first. */
void gain_shrink(Seam__LotRecord *lot, int64_t kg);

/* gain_mix gives the carried gain of what was made of dry mass with so much gain in it, in 0.1 g of
 * balance->out and loss; dry mass that appeared in the event is gain, what disappeared was gain
 * first. Refused (ERR_BALANCE, V11) where dry mass appeared and all gain is above gain.most of the
 * rest. */
enum judgement gain_mix(struct event *event, __int128 *out, const struct balance *balance,
                        __int128 gain_dg, const char *field);
/* gain_share is what kg carry where gain_dg of dry_dg was gained, rounded up; at most kg. */
int64_t gain_share(int64_t kg, __int128 gain_dg, __int128 dry_dg);

#endif
