/* SPDX-License-Identifier: Apache-2.0 */
/* Everything here needs two officers of the sending organisation, two natural persons [V22]; only
 * the report of a double vote and the anchor of a log, from which nothing follows but attention,
 * can be sent by one. */

#include "ledger/governance/governance.h"

#include "ledger/governance/registry.h"
#include "ledger/proto/governance.pb-c.h"

#define OPERATORS (ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER)

/* A row whose rule is called `stem` and whose payload is Seam__ of the same stem. */
#define ROW(type_, NAME, Operation, stem, roles_, cost_, clause_, help_)                           \
    {                                                                                              \
        .type = type_, .name = NAME, .operation = Operation,                                       \
        .payload = &seam__##stem##__descriptor, .roles = roles_, .signatures = 2,                  \
        .usages = {USAGE_OFFICER, USAGE_OFFICER}, .apply = stem, .links = stem##_links,            \
        .cost = cost_, .clause = clause_, .since = 1, .help_en = help_                             \
    }

static const struct rule_row rows[] = {
    ROW(1, "ORGANISATION_REGISTER", "RegisterOrganisation", organisation_register, ROLE_REGULATOR,
        40, "KSSJ 9.1", "Registers an organisation with its first officers."),
    ROW(2, "PERSON_REGISTER", "RegisterPerson", person_register, ROLE_ANY, 10, "KSSJ 9.1",
        "Registers a natural person of the sending organisation."),
    ROW(3, "KEY_ADD", "AddKey", key_add, ROLE_ANY, 8, "KSSJ 9.1",
        "Gives a person of the sending organisation another key."),
    ROW(4, "KEY_REVOKE", "RevokeKey", key_revoke, ROLE_ANY, 8, "KSSJ 9.1",
        "Ends a key: of the sending organisation, or of any when a regulator sends it."),
    ROW(5, "FACILITY_REGISTER", "RegisterFacility", facility_register, OPERATORS, 20, "KSSJ 5.1.1",
        "Registers a facility with its boundary."),
    ROW(6, "BOUNDARY_SET", "SetBoundary", boundary_set, OPERATORS | ROLE_REGULATOR, 15,
        "KSSJ 5.1.1", "Sets the next version of a facility's boundary."),
    ROW(7, "JURISDICTION_SET", "SetJurisdiction", jurisdiction_set, ROLE_REGULATOR, 10,
        "KSSJ 5.1.2", "Sets the calendar and deadlines of a jurisdiction."),
    ROW(8, "PARAMETER_SET_PUBLISH", "PublishParameterSet", parameter_set_publish, ROLE_REGULATOR,
        60, "KSSJ 5.2.2", "Publishes a parameter set, for ever, named by its hash."),
    ROW(9, "PARAMETER_SET_ADOPT", "AdoptParameterSet", parameter_set_adopt, ROLE_REGULATOR, 30,
        "KSSJ 5.2.2", "Adopts a published set for a scheme, naming its values without a source."),
    ROW(10, "DEADLINE_EXTEND", "ExtendDeadline", deadline_extend, ROLE_REGULATOR, 20, "KSSJ 5.1.2",
        "Gives more time for periods, after an outage for example."),
    {.type = 11,
     .name = "REPORT_DOUBLE_VOTE",
     .operation = "ReportDoubleVote",
     .payload = &seam__report_double_vote__descriptor,
     .roles = ROLE_ANY,
     .signatures = 1,
     .usages = {USAGE_OFFICER},
     .apply = report_double_vote,
     .links = report_double_vote_links,
     .cost = 10,
     .clause = "KSSJ 9.3",
     .since = 1,
     .help_en = "Records two votes of one validator that contradict each other."},
    ROW(12, "SUPPORT", "SupportRules", support, ROLE_ANY, 6, "KSSJ 9.1",
        "Says that the organisation's validators can execute a rules version."),
    ROW(13, "ACTIVATE", "ActivateRules", activate, ROLE_ANY, 10, "KSSJ 9.1",
        "Sets the height from which a supported rules version counts."),
    {.type = 14,
     .name = "AUDIT_ANCHOR",
     .operation = "AnchorAuditLog",
     .payload = &seam__audit_anchor__descriptor,
     .roles = ROLE_ANY,
     .signatures = 1,
     .usages = {USAGE_SUBMIT},
     .apply = audit_anchor,
     .links = audit_anchor_links,
     .cost = 4,
     .clause = "KSSJ 9.4.2.3-j",
     .since = 1,
     .help_en = "Anchors the head of a log that the organisation keeps beside the ledger."},
};

const struct rule_table governance_rules = {rows, sizeof rows / sizeof rows[0]};
