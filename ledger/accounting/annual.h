/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_ANNUAL_H
#define LEDGER_ACCOUNTING_ANNUAL_H

/* The annual account (decision D37): the twelve months as they stand, and true-ups of single lines,
 * each recomputed from the anchored line and its path. Totals are integer sums, never recomputed.
 * Lines whose amount hangs on other lines (methane and what burns it) have no true-up: their month
 * is corrected. */

#include "ledger/accounting/account.h"
#include "ledger/governance/id.h"
#include "ledger/governance/rule.h"
#include "ledger/proto/annual.pb-c.h"

#define ANNUAL_SUBMIT_TYPE 35
#define ANNUAL_MONTHS 12
#define ANNUAL_TRUE_UPS_MAX 150

extern const struct rule_table annual_rules;
extern const struct field_table annual_fields;

/* annual_hash is H(TAG_ANNUAL, canonical AnnualAccount). */
void annual_hash(struct hash *out, struct bytes payload);

/* Keys of a year's head and of one version; year has cadence CADENCE_YEAR. */
struct state_key annual_key(const char *facility, struct period year);
struct state_key annual_version_key(const char *facility, struct period year, uint32_t version);
/* annual_year reads YYYY; annual_month is month 0 to 11 of a year. */
bool NODISCARD annual_year(struct period *out, const char *text);
struct period annual_month(struct period year, uint32_t month);

/* Eight totals of a month, a year or a true-up. */
struct annual_totals {
    int64_t gross_g;
    int64_t net_g;
    int64_t scope1_g;
    int64_t scope2_g;
    int64_t sinks_g;
    int64_t information_g;
    int64_t co2_g;
    int64_t ch4_g;
};

/* Each adds exactly; false beyond 2^53 - 1. */
bool NODISCARD annual_add_month(struct annual_totals *totals, const Seam__Account *month);
bool NODISCARD annual_add_true_up(struct annual_totals *totals, const Seam__TrueUp *true_up);

/* What a true-up says, computed: scope, the three differences, the factors. */
struct annual_difference {
    const char *scope;
    int64_t co2_g;
    int64_t ch4_g;
    int64_t co2e_g;
    const char *old_factor; /* in the arena; "" unless FACTOR_PUBLISHED */
    const char *new_factor;
};

/* annual_evaluate computes old and new line alone, under the month's set and the new one, as the
 * month was computed. ERR_ENUM (reason), ERR_PARAM (another key; a field that the reason does not
 * change), ERR_RANGE (nothing changes), and the errors of the lines. */
enum err NODISCARD annual_evaluate(struct annual_difference *out, const Seam__Account *month,
                                   const char *reason, const Seam__Line *old_line,
                                   const struct set *old_set, const Seam__Line *new_line,
                                   const struct set *new_set, struct arena *arena,
                                   struct err_detail *detail);

/* annual_line takes the bytes of a line apart. */
enum err NODISCARD annual_line(const Seam__Line **out, ProtobufCBinaryData bytes,
                               struct arena *arena, struct err_detail *detail);

/* --- status ------------------------------------------------------------------------------------*/

enum annual_status {
    ANNUAL_IN_FORCE, /* adds up what counts */
    ANNUAL_STALE, /* a month has been corrected since: a new version is due */
    ANNUAL_SUPERSEDED /* a later version counts */
};

/* annual_status: derived on reading (decision D11). months are the heads as they are now, NULL
 * where proven absent; current_version is the head's. */
enum annual_status annual_status(const Seam__AnnualAccount *annual, uint32_t current_version,
                                 const Seam__AccountHead *const months[ANNUAL_MONTHS]);
const char *annual_status_text(enum annual_status status);

/* --- building ----------------------------------------------------------------------------------*/

/* A month and, where a line of it is trued up, its detached lines and set. */
struct annual_source {
    const Seam__Account *account;
    struct hash hash;
    const Seam__AccountLines *lines;
    const struct set *set;
};

struct annual_change {
    const Seam__TrueUpFile *file;
    const struct set *set; /* of the new value */
    bool own_set; /* it is not the month's */
};

struct annual_draft {
    const Seam__AnnualAccount *annual;
    struct bytes payload;
    struct bytes detached;
    struct hash hash;
};

/* annual_file_read_node reads the request strictly. */
struct json_node;
enum err NODISCARD annual_file_read_node(const Seam__AnnualFile **out, const struct json_node *node,
                                         const char *const *ignored, struct arena *arena,
                                         struct errors *errors);

/* annual_build makes what two persons sign. months: all twelve; changes as in the file, in any
 * order. ERR_ABSENT (no such line), ERR_TWICE (a line twice), ERR_MISSING (lines of a month), and
 * the errors of annual_evaluate; each names the true-up (from 1) as its line. */
enum err NODISCARD annual_build(struct annual_draft *out, const Seam__AnnualFile *file,
                                const struct annual_source months[ANNUAL_MONTHS],
                                const struct annual_change *changes, uint32_t version,
                                const struct hash *previous,
                                const uint8_t secret[ACCOUNT_SECRET_SIZE], struct arena *arena,
                                struct err_detail *detail);

#endif
