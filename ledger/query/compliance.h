/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_COMPLIANCE_H
#define LEDGER_QUERY_COMPLIANCE_H

/* The desk's and the regulator's look at one account and year [KSSJ 8a] [KSSJ 8b]: status, gap,
 * dates, what a shortfall could cost, and the cheapest way to meet it. Everything at the query's
 * height and time. */

#include "ledger/assurance/penalty.h"
#include "ledger/query/query.h"
#include "ledger/registry/compliance.h"
#include "ledger/registry/compliance_forecast.h"
#include "ledger/registry/compliance_plan.h"

/* The mean price that a penalty is measured by: the closes of a month up to the surrender deadline
 * (or up to now, before it), all venues, vintage-free ones and those of the year [domain F8]. */
struct price_basis {
    bool known;
    int64_t fen_per_t;
    uint32_t closes; /* days and venues that went in */
    char from[11]; /* YYYY-MM-DD, both included */
    char to[11];
};

#define COMPLIANCE_CLOSES_MAX 1024 /* newest publications that are looked at */

struct compliance_answer {
    struct compliance compliance;
    const char *allowance; /* the scheme's first asset of kind ALLOWANCE, NULL where none */
    const char *offset;
    struct price_basis basis;
    struct penalty exposure; /* of the gap; only where basis.known */
};

/* query_compliance: ERR_ABSENT where there is no such account. */
enum err NODISCARD query_compliance(struct compliance_answer *out, struct query *query,
                                    const char *holding, uint32_t year, struct arena *arena);

/* One line of the plan: what is held of a series that can be used. */
struct plan_line {
    const char *series; /* CN:CEA:CN:2025 */
    uint32_t vintage;
    bool offset;
    bool eligible; /* credits only: the project may count */
    uint64_t trade; /* available, by position; expired locks counted as free */
    uint64_t registered;
    uint64_t frozen;
    uint64_t reserved;
    int64_t use_t;
};

struct plan_facility {
    const char *facility;
    struct forecast forecast;
};

struct plan_answer {
    struct compliance_answer now;
    struct plan_facility *facilities;
    size_t facility_count;
    int64_t so_far_t; /* obligation of what is known */
    int64_t forecast_t; /* obligation of the whole year */
    struct plan_prices prices; /* given, or the last closes */
    struct plan_line *lines; /* ascending by vintage, allowances before offsets */
    size_t line_count;
    uint64_t sold; /* by the holder, with all its accounts */
    uint64_t bought;
    uint64_t carried; /* already */
    bool carry; /* the scheme carries over from this year */
    struct plan plan;
};

/* query_plan: prices of 0 are replaced by the last close; carried_fen of 0 by the allowance's.
 * ERR_ABSENT: no such account; ERR_PARAM: a price is neither given nor published; ERR_RANGE. */
enum err NODISCARD query_plan(struct plan_answer *out, struct query *query, const char *holding,
                              uint32_t year, const struct plan_prices *prices, struct arena *arena);

#endif
