/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_VIEW_H
#define LEDGER_ACCOUNTING_VIEW_H

/* What other rule folders may see of accounts: heads and versions, read-only. ERR_ABSENT where
 * there is none, ERR_TYPE when period is none; the world's errors as in governance/view.h. */

#include "ledger/base/qty.h"
#include "ledger/governance/view.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/annual.pb-c.h"

/* Keys of a period's head and of one version. False when period is none. */
bool NODISCARD view_account_key(struct state_key *out, const char *facility, const char *period);
bool NODISCARD view_account_version_key(struct state_key *out, const char *facility,
                                        const char *period, uint32_t version);

/* view_account is the head of a period: which version counts. */
enum err NODISCARD view_account(const Seam__AccountHead **out, struct overlay *state,
                                const char *facility, const char *period, struct arena *arena);
/* view_account_version is the record of one version, from 1. */
enum err NODISCARD view_account_version(const Seam__AccountRecord **out, struct overlay *state,
                                        const char *facility, const char *period, uint32_t version,
                                        struct arena *arena);
/* view_account_body decodes the account inside a record. ERR_CORRUPT, ERR_MEMORY. */
enum err NODISCARD view_account_body(const Seam__Account **out, const Seam__AccountRecord *record,
                                     struct arena *arena);
/* view_annual is the annual account of a year that counts now, and when it was filed. */
enum err NODISCARD view_annual(const Seam__AnnualAccount **out, uint64_t *filed_ms,
                               struct overlay *state, const char *facility, uint32_t year,
                               struct arena *arena);

/* view_account_result calculates an account again from the detached lines that it was anchored
 * with: canonical AccountLines. Every total and root is compared with what was signed, so lines of
 * another account are ERR_TOTAL; ERR_ABSENT: the parameter set is not there. */
enum err NODISCARD view_account_result(const Seam__CalculationResult **out, struct overlay *state,
                                       const Seam__Account *account, struct bytes lines,
                                       struct arena *arena, struct err_detail *detail);

/* One line of an account as others may draw and weigh it. */
struct account_weight {
    struct hash leaf; /* salted, as it stands below lines_root */
    struct grams co2e;
};

/* view_account_weights gives leaf and grams of each line of an account, in their order. The lines
 * are brought along (decision D3) and must be those of the anchored root; what they weigh is
 * calculated again. ERR_TOTAL (other lines), ERR_LENGTH, ERR_NOT_CANONICAL; the world's errors. */
enum err NODISCARD view_account_weights(struct account_weight **out, size_t *count,
                                        struct overlay *state, const Seam__Account *account,
                                        const Seam__AccountLines *lines, struct arena *arena,
                                        struct err_detail *detail);

#endif
