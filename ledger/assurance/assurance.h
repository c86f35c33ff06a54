/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_ASSURANCE_H
#define LEDGER_ASSURANCE_ASSURANCE_H

/* Verification [KSSJ 6.1] [KSSJ 6.2]: the tables of its transactions (64 to 83, and 45), of the
 * custody of coal samples (40 to 44), and the state machines that both are made of. */

#include "ledger/base/sm.h"
#include "ledger/governance/rule.h"

extern const struct rule_table assurance_rules;
extern const struct field_table assurance_fields;
extern const struct rule_table custody_rules;
extern const struct field_table custody_fields;
extern const struct rule_table examine_rules; /* its fields stand in assurance_fields */

#define ENGAGE_OPEN_TYPE 64
#define ENGAGE_ACCEPT_TYPE 65
#define ENGAGE_OVERRIDE_TYPE 66
#define ENGAGE_ADVANCE_TYPE 67
#define ENGAGE_REVIEW_TYPE 68
#define ENGAGE_WITHDRAW_TYPE 69
#define ACCREDITATION_SET_TYPE 70
#define AUDIT_SAMPLE_COMMIT_TYPE 71
#define AUDIT_SAMPLE_DRAW_TYPE 72
#define EVIDENCE_GRANT_TYPE 73
#define EVIDENCE_REVOKE_TYPE 74
#define EVIDENCE_DISCLOSE_TYPE 75
#define LINE_REVEAL_TYPE 76
#define RECOMPUTE_TYPE 77
#define FINDING_RAISE_TYPE 78
#define FINDING_ANSWER_TYPE 79
#define FINDING_CLOSE_TYPE 80
#define OPINION_ISSUE_TYPE 81
#define OPINION_WITHDRAW_TYPE 82
#define OPINION_REVOKE_TYPE 83
#define SAMPLE_TAKE_TYPE 40
#define SAMPLE_SEAL_TYPE 41
#define SAMPLE_RECEIVE_TYPE 42
#define LAB_REPORT_TYPE 43
#define LAB_WITHDRAW_TYPE 44
#define AUDIT_SAMPLE_EXAMINE_TYPE 45

/* Steps of an engagement in the order of decision D42. */
enum engagement_state {
    ENGAGEMENT_PROPOSED,
    ENGAGEMENT_ACCEPTED,
    ENGAGEMENT_PLANNED,
    ENGAGEMENT_DOC_REVIEW,
    ENGAGEMENT_SITE,
    ENGAGEMENT_REPORT_DRAFT,
    ENGAGEMENT_TECH_REVIEW,
    ENGAGEMENT_ISSUED,
    ENGAGEMENT_ARCHIVED,
    ENGAGEMENT_WITHDRAWN,
    ENGAGEMENT_REVOKED
};
extern const struct sm_table engagement_machine;

enum finding_state {
    FINDING_RAISED,
    FINDING_ANSWERED,
    FINDING_ACCEPTED,
    FINDING_REJECTED,
    FINDING_CLOSED,
    FINDING_UNRESOLVED
};
extern const struct sm_table finding_machine;

enum opinion_state { OPINION_IN_FORCE, OPINION_WITHDRAWN, OPINION_REPLACED };
extern const struct sm_table opinion_machine;

enum custody_state {
    CUSTODY_TAKEN,
    CUSTODY_SEALED,
    CUSTODY_RECEIVED,
    CUSTODY_REFUSED,
    CUSTODY_REPORTED
};
extern const struct sm_table custody_machine;

#endif
