/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_CALENDAR_H
#define LEDGER_GOVERNANCE_CALENDAR_H

/* Working days of a jurisdiction (decision D33): Monday to Friday, less the holidays and plus the
 * Saturdays and Sundays worked that its regulator published for a year. A year without a published
 * calendar counts Monday to Friday, and every answer says so (assumed). Days are local days at the
 * jurisdiction's offset; instants are block times in milliseconds since 1970 UTC. Pure. */

#include "ledger/base/period.h"
#include "ledger/proto/governance.pb-c.h"

/* More working days than any rule gives; and how many days are looked at to find them, so that a
 * calendar of holidays only ends the search. */
#define CALENDAR_WORKING_DAYS_MAX 250
#define CALENDAR_DAYS_MAX 1500

/* calendar_is_working_day: *assumed (may be NULL) becomes true where the year of day has no
 * published calendar, and is otherwise left as it is. */
bool calendar_is_working_day(const Seam__JurisdictionRecord *place, struct date day, bool *assumed);

/* calendar_day is the local day of an instant. */
struct date calendar_day(const Seam__JurisdictionRecord *place, uint64_t time_ms);
/* calendar_day_end is the first instant after a local day; 0 where that lies before 1970. */
uint64_t calendar_day_end(const Seam__JurisdictionRecord *place, struct date day);

struct calendar_deadline {
    uint64_t time_ms; /* first instant that is late: an act is in time while its block is before */
    struct date last_day; /* last local day in time */
    bool assumed; /* a day was counted in a year without a published calendar */
};

/* calendar_deadline gives the end of the n-th working day after the local day of from_ms: the day
 * of the event itself is not counted. n = 0 is the end of that day. ERR_RANGE for n above
 * CALENDAR_WORKING_DAYS_MAX or a calendar that has not so many working days within
 * CALENDAR_DAYS_MAX. */
enum err NODISCARD calendar_deadline(struct calendar_deadline *out,
                                     const Seam__JurisdictionRecord *place, uint64_t from_ms,
                                     uint32_t working_days);

/* calendar_working_days counts the working days after the local day of from_ms up to and with that
 * of to_ms, at most CALENDAR_DAYS_MAX days on; 0 where to_ms is not later. */
uint32_t calendar_working_days(const Seam__JurisdictionRecord *place, uint64_t from_ms,
                               uint64_t to_ms, bool *assumed);

#endif
