/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_COMPLIANCE_H
#define LEDGER_REGISTRY_COMPLIANCE_H

/* Where an account stands for a year: the states of the UK registry and B1 (short, but a proposed
 * surrender would be enough), and the dates that bind it. Derived from records and a time (D11). */

#include "ledger/registry/obligation.h"
#include "ledger/proto/trade.pb-c.h"

enum compliance_status {
    COMPLIANCE_NOT_APPLICABLE, /* answers for no covered facility in this year */
    COMPLIANCE_EXCLUDED, /* by a regulator */
    COMPLIANCE_C, /* emissions of a period are missing */
    COMPLIANCE_B, /* emissions above what was surrendered */
    COMPLIANCE_B1, /* so too, but what is proposed would be enough */
    COMPLIANCE_A, /* met */
    COMPLIANCE_STATUSES
};
const char *compliance_status_name(enum compliance_status status); /* "NOT_APPLICABLE", "B1", ... */

/* compliance_status_of is pure. Only verified (or settled) emissions can be met: what is merely
 * reported counts as missing. Of the offsets only those under the cap count: the obligation may
 * have become smaller since they were approved [V17]. */
enum compliance_status compliance_status_of(const struct obligation *obligation,
                                            const Seam__ComplianceRecord *record,
                                            struct tonnes offset_cap);

/* A date of the deadline engine (B19): the first instant that is late. */
enum compliance_date {
    COMPLIANCE_REPORT, /* last monthly account of the year */
    COMPLIANCE_VERIFY, /* yearly deadline of the jurisdiction, where it has one */
    COMPLIANCE_SURRENDER_FROM, /* windows open at the beginning of these days */
    COMPLIANCE_SURRENDER,
    COMPLIANCE_CARRY_FROM,
    COMPLIANCE_CARRY_TO,
    COMPLIANCE_DATES
};
const char *compliance_date_name(enum compliance_date date);

struct compliance_dates {
    uint64_t at_ms[COMPLIANCE_DATES]; /* 0: there is none */
    uint32_t working_days_left; /* to the surrender deadline */
    bool calendar_assumed; /* counted in a year without a published calendar */
};

/* compliance_dates_of is pure; year NULL: the scheme has no dates of it. */
void compliance_dates_of(struct compliance_dates *out, const Seam__SchemeYear *dates, uint32_t year,
                         const Seam__JurisdictionRecord *place, uint64_t time_ms);

/* The whole view of an account and year. */
struct compliance {
    const Seam__SchemeRecord *scheme;
    const Seam__HoldingRecord *holding;
    const Seam__ComplianceRecord *record; /* empty where nothing happened yet */
    struct obligation obligation;
    enum compliance_status status;
    struct tonnes offset_cap;
    uint64_t surrendered;
    uint64_t counted; /* of them: offsets up to the cap [V17] */
    uint64_t gap; /* obligation less counted */
    uint64_t offsets_left; /* under the cap, pending ones counted */
    struct compliance_dates dates;
    bool overdue; /* a gap after the deadline */
    bool alarm; /* a decision raised what is owed above what was surrendered */
};

/* compliance_of: ERR_ABSENT where there is no such account or scheme. */
enum err NODISCARD compliance_of(struct compliance *out, struct overlay *state, const char *holding,
                                 uint32_t year, uint64_t time_ms, struct arena *arena);
struct state_key compliance_key(const char *holding, uint32_t year);
/* compliance_record gives an empty record where none is stored. */
enum err NODISCARD compliance_record(Seam__ComplianceRecord **out, struct overlay *state,
                                     const char *scheme, const char *holding, uint32_t year,
                                     struct arena *arena);

#endif
