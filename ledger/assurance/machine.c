/* SPDX-License-Identifier: Apache-2.0 */
/* The state machines of verification. These tables are the specification: the rules move by them,
 * docs/verification.md is drawn from them, and a test holds the two together. */
#include "ledger/assurance/assurance.h"

/* Decision D42: 4 (SITE) may be left out or come after 5 (REPORT_DRAFT), the others never. A review
 * that returns the report, a change of mind before the opinion and a withdrawn opinion lead back to
 * the documents. */
static const struct sm_row engagement_rows[] = {
    [ENGAGEMENT_PROPOSED] = {"PROPOSED", SM_TO(ENGAGEMENT_ACCEPTED) | SM_TO(ENGAGEMENT_WITHDRAWN)},
    [ENGAGEMENT_ACCEPTED] = {"ACCEPTED", SM_TO(ENGAGEMENT_PLANNED) | SM_TO(ENGAGEMENT_WITHDRAWN)},
    [ENGAGEMENT_PLANNED] = {"PLANNED", SM_TO(ENGAGEMENT_DOC_REVIEW) | SM_TO(ENGAGEMENT_WITHDRAWN)},
    [ENGAGEMENT_DOC_REVIEW] = {"DOC_REVIEW", SM_TO(ENGAGEMENT_SITE) |
                                                 SM_TO(ENGAGEMENT_REPORT_DRAFT) |
                                                 SM_TO(ENGAGEMENT_WITHDRAWN)},
    [ENGAGEMENT_SITE] = {"SITE", SM_TO(ENGAGEMENT_REPORT_DRAFT) | SM_TO(ENGAGEMENT_WITHDRAWN)},
    [ENGAGEMENT_REPORT_DRAFT] = {"REPORT_DRAFT",
                                 SM_TO(ENGAGEMENT_DOC_REVIEW) | SM_TO(ENGAGEMENT_SITE) |
                                     SM_TO(ENGAGEMENT_TECH_REVIEW) | SM_TO(ENGAGEMENT_WITHDRAWN)},
    [ENGAGEMENT_TECH_REVIEW] = {"TECH_REVIEW", SM_TO(ENGAGEMENT_DOC_REVIEW) |
                                                   SM_TO(ENGAGEMENT_ISSUED) |
                                                   SM_TO(ENGAGEMENT_WITHDRAWN)},
    [ENGAGEMENT_ISSUED] = {"ISSUED", SM_TO(ENGAGEMENT_ARCHIVED) | SM_TO(ENGAGEMENT_REVOKED)},
    [ENGAGEMENT_ARCHIVED] = {"ARCHIVED", SM_TO(ENGAGEMENT_REVOKED)},
    [ENGAGEMENT_WITHDRAWN] = {"WITHDRAWN", SM_END},
    [ENGAGEMENT_REVOKED] = {"REVOKED", SM_TO(ENGAGEMENT_DOC_REVIEW)},
};

static const struct sm_row finding_rows[] = {
    [FINDING_RAISED] = {"RAISED", SM_TO(FINDING_ANSWERED) | SM_TO(FINDING_UNRESOLVED)},
    [FINDING_ANSWERED] = {"ANSWERED", SM_TO(FINDING_ACCEPTED) | SM_TO(FINDING_REJECTED) |
                                          SM_TO(FINDING_UNRESOLVED)},
    [FINDING_ACCEPTED] = {"ACCEPTED", SM_TO(FINDING_CLOSED)},
    [FINDING_REJECTED] = {"REJECTED", SM_TO(FINDING_ANSWERED) | SM_TO(FINDING_UNRESOLVED)},
    [FINDING_CLOSED] = {"CLOSED", SM_TO(FINDING_CLOSED)},
    [FINDING_UNRESOLVED] = {"UNRESOLVED", SM_TO(FINDING_ANSWERED) | SM_TO(FINDING_CLOSED)},
};

static const struct sm_row opinion_rows[] = {
    [OPINION_IN_FORCE] = {"IN_FORCE", SM_TO(OPINION_WITHDRAWN)},
    [OPINION_WITHDRAWN] = {"WITHDRAWN", SM_TO(OPINION_REPLACED)},
    [OPINION_REPLACED] = {"REPLACED", SM_END},
};

/* F10: nothing is reported that was not received, nothing received that was not sealed. */
static const struct sm_row custody_rows[] = {
    [CUSTODY_TAKEN] = {"TAKEN", SM_TO(CUSTODY_SEALED)},
    [CUSTODY_SEALED] = {"SEALED", SM_TO(CUSTODY_RECEIVED) | SM_TO(CUSTODY_REFUSED)},
    [CUSTODY_RECEIVED] = {"RECEIVED", SM_TO(CUSTODY_REPORTED)},
    [CUSTODY_REFUSED] = {"REFUSED", SM_END},
    [CUSTODY_REPORTED] = {"REPORTED", SM_TO(CUSTODY_RECEIVED)},
};

const struct sm_table engagement_machine = SM_TABLE("engagement", engagement_rows);
const struct sm_table finding_machine = SM_TABLE("finding", finding_rows);
const struct sm_table opinion_machine = SM_TABLE("opinion", opinion_rows);
const struct sm_table custody_machine = SM_TABLE("sample", custody_rows);
