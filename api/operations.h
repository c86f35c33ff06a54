/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

/* What runs behind each name of interface.md part 4; one file a subject. */

#include "api/call.h"

/* Fields that stand in the help of many operations. */
#define OPERATION_PAGE "from?, count?, at?"
#define OPERATION_WRITE "wait?, valid_until?, idempotency_key?"
#define OPERATION_WRITE_UNITS "wait?, valid_until?, idempotency_key!" /* decision D5 */

/* op_status.c */
enum err op_get_token(struct call *call, const struct rule_row *row);
/* op_finish_token is the slow half of it, on the checker's thread. */
void op_finish_token(struct call *call);
enum err op_get_status(struct call *call, const struct rule_row *row);

/* op_chain.c */
enum err op_get_block(struct call *call, const struct rule_row *row);
enum err op_get_transaction(struct call *call, const struct rule_row *row);
enum err op_submit_transaction(struct call *call, const struct rule_row *row);
enum err op_submit_batch(struct call *call, const struct rule_row *row);

/* op_proof.c */
enum err op_get_proof(struct call *call, const struct rule_row *row);
enum err op_get_certificate(struct call *call, const struct rule_row *row);
enum err op_verify_certificate(struct call *call, const struct rule_row *row);

/* op_account.c, op_account_read.c */
enum err op_calculate_account(struct call *call, const struct rule_row *row);
enum err op_check_account(struct call *call, const struct rule_row *row);
enum err op_submit_account(struct call *call, const struct rule_row *row);
enum err op_correct_account(struct call *call, const struct rule_row *row);
enum err op_declare_nil(struct call *call, const struct rule_row *row);
enum err op_get_account(struct call *call, const struct rule_row *row);
enum err op_list_accounts(struct call *call, const struct rule_row *row);

/* op_stage.c */
enum err op_get_stage_factors(struct call *call, const struct rule_row *row);

/* op_registry.c */
enum err op_get_facility(struct call *call, const struct rule_row *row);
enum err op_list_facilities(struct call *call, const struct rule_row *row);
enum err op_list_organisations(struct call *call, const struct rule_row *row);
enum err op_list_parameter_sets(struct call *call, const struct rule_row *row);

/* op_annual.c */
enum err op_submit_annual(struct call *call, const struct rule_row *row);
enum err op_get_annual(struct call *call, const struct rule_row *row);

/* op_report.c */
enum err op_report_policy(struct call *call, const struct rule_row *row);
enum err op_report_sources(struct call *call, const struct rule_row *row);

/* op_technology.c */
enum err op_compare_technologies(struct call *call, const struct rule_row *row);

/* op_draft.c */
enum err op_list_drafts(struct call *call, const struct rule_row *row);
enum err op_get_draft(struct call *call, const struct rule_row *row);
enum err op_approve_draft(struct call *call, const struct rule_row *row);
enum err op_reject_draft(struct call *call, const struct rule_row *row);
enum err op_withdraw_draft(struct call *call, const struct rule_row *row);

/* op_lot.c */
extern const struct operation lot_operations[];
extern const size_t lot_operation_count;

/* op_evidence.c, op_finding.c */
extern const struct operation evidence_operations[];
extern const size_t evidence_operation_count;
extern const struct operation finding_operations[];
extern const size_t finding_operation_count;
extern const struct operation detached_operations[];
extern const size_t detached_operation_count;

/* op_verify.c */
extern const struct operation verify_operations[];
extern const size_t verify_operation_count;

/* op_units.c */
extern const struct operation unit_operations[];
extern const size_t unit_operation_count;

/* op_dispute.c: disputes, gaps, cases */
extern const struct operation dispute_operations[];
extern const size_t dispute_operation_count;

/* op_rule.c: any operation that a row of a rule table declares. */
enum err op_rule(struct call *call, const struct rule_row *row);

#endif
