/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OP_DISPUTE_H
#define API_OP_DISPUTE_H

/* The operations of disputes and gaps, and what they share. Internal to api/op_dispute*.c and
 * api/op_gap*.c. */

#include "api/operations.h"

#include "ledger/assurance/dispute.h"
#include "ledger/assurance/view.h"

#define DISPUTE_PAGE_MAX 500

struct dispute_page {
    uint32_t from;
    uint32_t count;
};

/* dispute_page_read reads from and count. */
enum err NODISCARD dispute_page_read(struct call *call, struct dispute_page *page);

/* dispute_run refuses other keys, opens the state at "at" and lets answer write. */
typedef enum err (*dispute_answer)(struct call *call, struct query *query, void *wanted);
enum err NODISCARD dispute_run(struct call *call, const char *const *keys, dispute_answer answer,
                               void *wanted);

/* dispute_newest opens the newest state. */
enum err NODISCARD dispute_newest(struct call *call, struct query **query);

/* dispute_find gives a dispute; its failure names the field. */
enum err NODISCARD dispute_find(struct call *call, struct query *query, const char *dispute,
                                const Seam__DisputeRecord **out);

/* dispute_lines_of reads the salted lines that a transaction of a dispute carried. */
enum err NODISCARD dispute_lines_of(struct call *call, struct query *query,
                                    ProtobufCBinaryData tx_id, const Seam__DisputeLines **out);

/* dispute_rules_find gives the newest set of verification rules: adopted by scheme for period where
 * scheme is not NULL. ERR_ABSENT where there is none. */
enum err NODISCARD dispute_rules_find(struct call *call, struct query *query, const char *scheme,
                                      const char *period, const Seam__ParameterSetRecord **out);

/* dispute_may_see: the owner, those above it, the regulator, the verifier, and whoever claims. */
enum err NODISCARD dispute_may_see(struct call *call, struct query *query,
                                   const Seam__DisputeRecord *record, bool *allowed);

/* dispute_claims_fill gives claims the category and the amounts that the caller left out; *account
 * becomes the account's lines where a claim names one. record says which account of what opinion.
 */
enum err NODISCARD dispute_claims_fill(struct call *call, struct query *query,
                                       const Seam__DisputeRecord *record,
                                       ProtobufCMessage *const *claims, size_t count,
                                       ProtobufCBinaryData *account);

/* dispute_decided_fill gives decided lines, totals and effects what follows from the values, and
 * puts the claims into out. */
enum err NODISCARD dispute_decided_fill(struct call *call, struct query *query,
                                        const Seam__DisputeRecord *record,
                                        Seam__DisputeDecide *decide, ProtobufCMessage *const *lines,
                                        size_t count, Seam__DisputeLines *out);

/* op_dispute.c */
enum err op_open_dispute(struct call *call, const struct rule_row *row);
enum err op_join_dispute(struct call *call, const struct rule_row *row);
enum err op_decide_dispute(struct call *call, const struct rule_row *row);
/* op_dispute_publish.c */
enum err op_publish_dispute(struct call *call, const struct rule_row *row);
enum err op_get_case_bundle(struct call *call, const struct rule_row *row);
/* op_dispute_statement.c */
enum err op_file_statement(struct call *call, const struct rule_row *row);
/* op_dispute_read.c */
enum err op_get_dispute(struct call *call, const struct rule_row *row);
enum err op_list_disputes(struct call *call, const struct rule_row *row);
/* op_gap.c */
enum err op_list_gaps(struct call *call, const struct rule_row *row);
enum err op_list_observations(struct call *call, const struct rule_row *row);
/* op_gap_explain.c */
enum err op_explain_gap(struct call *call, const struct rule_row *row);

#endif
