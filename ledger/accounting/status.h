/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_STATUS_H
#define LEDGER_ACCOUNTING_STATUS_H

/* Statuses are derived from a stored record, a height and the time of the header it is asked at,
 * never executed (decision D11). Whoever checks a certificate offline uses these functions with the
 * anchor's record and time. Pure: no state, no clock. */

#include "ledger/base/period.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/governance.pb-c.h"

enum account_status {
    ACCOUNT_IN_FORCE, /* this version counts */
    ACCOUNT_SUPERSEDED, /* a later version counts */
    ACCOUNT_FOREIGN /* the record speaks of another account, or of none */
};

/* account_status: what is account, whose hash is account_hash, given the head of its period (NULL:
 * proven absent)? */
enum account_status account_status(const Seam__Account *account, const struct hash *account_hash,
                                   const Seam__AccountHead *head);
const char *account_status_text(enum account_status status);

/* What is due for a period that may or may not have an account. */
enum period_status {
    PERIOD_OPEN, /* not ended */
    PERIOD_DUE, /* ended, deadline not reached, nothing filed */
    PERIOD_OVERDUE, /* deadline passed, nothing filed */
    PERIOD_FILED
};

/* When a period's account is due. Yearly periods use the jurisdiction's yearly deadline where it
 * has one: the end of that day in the year after the period (D30, D33); on 29 February, and beyond
 * the calendar, the days count as for others. */
uint64_t status_deadline_ms(struct period period, const Seam__JurisdictionRecord *jurisdiction,
                            uint32_t extension_days);
enum period_status period_status(struct period period, const Seam__JurisdictionRecord *jurisdiction,
                                 uint64_t deadline, bool filed, uint64_t time_ms);
const char *period_status_text(enum period_status status);

#endif
