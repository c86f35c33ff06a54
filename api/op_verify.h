/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OP_VERIFY_H
#define API_OP_VERIFY_H

/* The operations of verification, one file a subject: op_verify.c follows engagements,
 * op_opinion.c what came of them, op_recompute.c and op_audit.c help with the work, op_reveal.c
 * shows single lines. Writing operations that are rules alone stand in ledger/assurance/rules.c. */

#include "api/operations.h"
#include "ledger/assurance/view.h"

/* verify_read opens the state at "at" and runs write. */
enum err NODISCARD verify_read(struct call *call, const char *const *keys,
                               enum err (*write)(struct call *, struct query *));
/* verify_engagement reads the engagement that the call names. */
enum err NODISCARD verify_engagement(struct call *call, struct query *query,
                                     const Seam__EngagementRecord **out);
/* verify_party: is the caller one of the two parties, or a regulator? */
enum err NODISCARD verify_party(struct call *call, struct query *query,
                                const Seam__EngagementRecord *engagement, bool *out);
/* verify_page writes one page of a list: from, count, total; write is called with each id. */
enum err NODISCARD verify_page(struct call *call, struct query *query, enum key_table table,
                               const char *owner, const char *title,
                               enum err (*write)(struct call *, struct query *, const char *id));
void verify_sample(struct json_out *out, const Seam__AuditSampleRecord *sample);

/* One version of an account with its lines, as the call names it (facility, period, version). */
struct verify_account {
    const Seam__FacilityRecord *facility;
    const Seam__AccountRecord *record;
    const Seam__Account *account;
    const Seam__AccountLines *lines; /* none for a period without activity */
};

/* verify_account_read reads the body; verify_account_lines the lines of it, for those who may see
 * them (ERR_ROLE). */
enum err NODISCARD verify_account_read(struct call *call, struct query *query,
                                       struct verify_account *out);
enum err NODISCARD verify_account_lines(struct call *call, struct query *query,
                                        struct verify_account *account);

enum err op_get_opinion(struct call *call, const struct rule_row *row);
enum err op_list_dependents(struct call *call, const struct rule_row *row);
enum err op_list_grants(struct call *call, const struct rule_row *row);
enum err op_get_coal_sample(struct call *call, const struct rule_row *row);
enum err op_list_coal_samples(struct call *call, const struct rule_row *row);
enum err op_recompute_account(struct call *call, const struct rule_row *row);
enum err op_compute_correction(struct call *call, const struct rule_row *row);
enum err op_prepare_audit_sample(struct call *call, const struct rule_row *row);
enum err op_draw_audit_sample(struct call *call, const struct rule_row *row);
enum err op_check_audit_sample(struct call *call, const struct rule_row *row);
enum err op_grant_lines(struct call *call, const struct rule_row *row);
enum err op_reveal_line(struct call *call, const struct rule_row *row);
enum err op_read_line(struct call *call, const struct rule_row *row);
enum err op_check_line(struct call *call, const struct rule_row *row);

#endif
