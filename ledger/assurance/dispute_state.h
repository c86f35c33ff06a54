/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_STATE_H
#define LEDGER_ASSURANCE_DISPUTE_STATE_H

/* Where a dispute stands: a pure function of its record and a time (decision D11). No transaction
 * is needed for a deadline to pass; the next one that touches the record asks again. */

#include "ledger/base/sm.h"
#include "ledger/proto/dispute.pb-c.h"

enum dispute_status {
    DISPUTE_OPENED, /* no statement yet */
    DISPUTE_STATEMENTS, /* statements may be filed */
    DISPUTE_DELIBERATION, /* the time for statements is over */
    DISPUTE_DEFAULTED, /* the time to decide is over: the default rule stands, may be appealed */
    DISPUTE_DECIDED, /* may be appealed */
    DISPUTE_APPEALED,
    DISPUTE_FINAL,
    DISPUTE_EFFECTS_APPLIED, /* final, and the registry used every effect */
    DISPUTE_PUBLISHED, /* final, and published */
    DISPUTE_WITHDRAWN,
    DISPUTE_STATUS_COUNT
};

/* Which status may follow which, by a transaction or by time alone: what docs/disputes.md draws and
 * what random orders of events are held against. */
extern const struct sm_table dispute_machine;

/* dispute_status_name gives "OPENED". */
const char *dispute_status_name(enum dispute_status status);

enum dispute_status dispute_status(const Seam__DisputeRecord *record, uint64_t time_ms);

/* dispute_open: is the question open, so that quantities are held? OPENED to DELIBERATION, and
 * APPEALED. dispute_ended: can nothing change it any more? FINAL and after, WITHDRAWN. */
bool dispute_open(enum dispute_status status);
bool dispute_ended(enum dispute_status status);

/* What a dispute says about an account's value. */
enum dispute_value {
    DISPUTE_VALUE_NONE, /* withdrawn: as if there had been none */
    DISPUTE_VALUE_PENDING, /* verified prevails, or reported where there is no opinion (D38) */
    DISPUTE_VALUE_DECIDED, /* totals of a decision */
    DISPUTE_VALUE_DEFAULT /* totals by the default rule */
};

/* dispute_value_of gives the totals that stand by this dispute at time_ms; *totals borrows from
 * record. During an appeal the first decision stands. */
enum dispute_value dispute_value_of(const Seam__CategoryTotals **totals,
                                    const Seam__DisputeRecord *record, uint64_t time_ms);

/* dispute_claims is the number of claims of all claimants, dispute_disputed_g the quantity under
 * dispute of those who have not withdrawn. */
uint32_t dispute_claims(const Seam__DisputeRecord *record);
int64_t dispute_disputed_g(const Seam__DisputeRecord *record);

#endif
