/* SPDX-License-Identifier: Apache-2.0 */
/* Every function here is a comparison; keeping them together is what lets a node, a query and an
 * offline reader say the same. */
#include "ledger/accounting/status.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum account_status account_status(const Seam__Account *account, const struct hash *account_hash,
                                   const Seam__AccountHead *head)
{
    assert(account != NULL);
    assert(account_hash != NULL);
    if (head == NULL || strcmp(head->facility, account->facility) != 0 ||
        strcmp(head->period, account->period) != 0 || head->version < account->version) {
        return ACCOUNT_FOREIGN;
    }
    if (head->version > account->version) {
        return ACCOUNT_SUPERSEDED;
    }
    const struct bytes stored = bytes_of(head->account_hash.data, head->account_hash.len);
    return bytes_equal(stored, hash_bytes(account_hash)) ? ACCOUNT_IN_FORCE : ACCOUNT_FOREIGN;
}

const char *account_status_text(enum account_status status)
{
    switch (status) {
    case ACCOUNT_IN_FORCE:
        return "IN_FORCE";
    case ACCOUNT_SUPERSEDED:
        return "SUPERSEDED";
    case ACCOUNT_FOREIGN:
        return "FOREIGN";
    }
    return "";
}

uint64_t status_deadline_ms(struct period period, const Seam__JurisdictionRecord *jurisdiction,
                            uint32_t extension_days)
{
    uint32_t days = jurisdiction->deadline_days;
    char text[16];
    struct date date;
    snprintf(text, sizeof text, "%04u-%.5s", (unsigned)((period_year(period) + 1) % 10000),
             jurisdiction->yearly_deadline);
    if (period.cadence == CADENCE_YEAR && date_parse(&date, bytes_text(text)) == OK) {
        /* The last day in time ends when the next one begins. */
        days = (uint32_t)(date_to_days(date) - date_to_days(period_next_first_day(period)) + 1);
    }
    return deadline_ms(period, jurisdiction->utc_offset_minutes, days + extension_days);
}

enum period_status period_status(struct period period, const Seam__JurisdictionRecord *jurisdiction,
                                 uint64_t deadline, bool filed, uint64_t time_ms)
{
    if (filed) {
        return PERIOD_FILED;
    }
    if (time_ms < period_end_ms(period, jurisdiction->utc_offset_minutes)) {
        return PERIOD_OPEN;
    }
    return time_ms < deadline ? PERIOD_DUE : PERIOD_OVERDUE;
}

const char *period_status_text(enum period_status status)
{
    switch (status) {
    case PERIOD_OPEN:
        return "OPEN";
    case PERIOD_DUE:
        return "DUE";
    case PERIOD_OVERDUE:
        return "OVERDUE";
    case PERIOD_FILED:
        return "FILED";
    }
    return "";
}
