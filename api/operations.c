/* SPDX-License-Identifier: Apache-2.0 */
/* One table of our own operations; the transactions that rules declare follow by themselves, except
 * those whose request is not their payload (the accounts, which come as calculation files). */

#include "api/operations.h"

#include <stdlib.h>
#include <string.h>

#define PAGE OPERATION_PAGE
#define WRITE OPERATION_WRITE

static const struct operation own[] = {
    {"GetResourcePlatToken", op_get_token, NULL, true,
     "Gives the token of a platform (optype 0) or resets it (optype 1).",
     "platkey!, platkeysecret!, optype!"},
    {"GetStatus", op_get_status, NULL, false, "What the node says about itself, in words too.", ""},
    {"GetBlock", op_get_block, NULL, false, "A final block and the bodies of its transactions.",
     "height!"},
    {"GetTransaction", op_get_transaction, NULL, false,
     "A final transaction, or why one still waits.", "transaction!"},
    {"SubmitTransaction", op_submit_transaction, NULL, false,
     "Takes a transaction signed elsewhere, in base64 or hexadecimal digits.",
     "transaction!, wait?"},
    {"SubmitBatch", op_submit_batch, NULL, false, "Takes up to 1,000 signed transactions.",
     "transactions!, wait?"},
    {"GetProof", op_get_proof, NULL, false, "The proof of a final transaction.", "transaction!"},
    {"CalculateAccount", op_calculate_account, NULL, false,
     "Calculates a calculation file; nothing is kept.", "calculation file, trace?, language?"},
    {"CheckAccount", op_check_account, NULL, false,
     "Says whether a calculation file would be accepted now, and its totals; nothing is kept.",
     "calculation file, " WRITE},
    {"SubmitAccount", op_submit_account, NULL, false,
     "Submits a calculation file as the account of its period.", "calculation file, " WRITE},
    {"CorrectAccount", op_correct_account, NULL, false,
     "Submits a calculation file as the next version of an account.",
     "calculation file, reason!, reason_code!, " WRITE},
    {"DeclareNil", op_declare_nil, NULL, false,
     "Declares that nothing was emitted or that the facility was suspended in a period.",
     "calculation file, facility!, period!, reason!, " WRITE},
    {"GetAccount", op_get_account, NULL, false,
     "The account of a period; its lines only for those who may see them.",
     "facility!, period!, version?, lines?, at?"},
    {"ListAccounts", op_list_accounts, NULL, false, "Accounts of a facility, month by month.",
     "facility!, from_period?, to_period?, at?"},
    {"GetStageFactors", op_get_stage_factors, NULL, false,
     "Factors of the products of a month by stage, in g CO2e/t, and the proof of their account.",
     "facility!, month!, stage?, product?, proof?, at?"},
    {"GetCertificate", op_get_certificate, NULL, false,
     "The certificate of an account, to be checked without this node.",
     "facility!, period!, version?, lines?"},
    {"VerifyCertificate", op_verify_certificate, NULL, false,
     "Checks a certificate against the founding document of this network.", "certificate!"},
    {"ListFacilities", op_list_facilities, NULL, false, "Facilities, all or of one organisation.",
     "organisation?, " PAGE},
    {"GetFacility", op_get_facility, NULL, false, "A facility, its boundary and its last account.",
     "facility!, at?"},
    {"ListOrganisations", op_list_organisations, NULL, false, "Registered organisations.", PAGE},
    {"ListParameterSets", op_list_parameter_sets, NULL, false, "Published parameter sets.", PAGE},
    {"SubmitAnnual", op_submit_annual, NULL, false,
     "Adds up the year of a facility: its twelve months and what became known afterwards.",
     "facility!, year!, reason?, true_ups?, " WRITE},
    {"GetAnnual", op_get_annual, NULL, false,
     "The annual account of a facility, and whether a month was corrected since.",
     "facility!, year!, version?, at?"},
    {"ReportPolicy", op_report_policy, NULL, false,
     "A year by region and kind of facility: sums of accounts.", "year!, region?, at?"},
    {"ReportSources", op_report_sources, NULL, false,
     "The sources of a facility, the largest first; for those who may see its lines.",
     "facility!, period!, at?"},
    {"CompareTechnologies", op_compare_technologies, NULL, false,
     "Ranks what could be done with a stream of mine methane, and says why not the rest.",
     "source!, ch4!, flow!, hours!, low_conc_transport?, heat_demand!, ef_electricity!, ef_heat!, "
     "gwp!, auxiliary?, parameter_set?, facility?, note?"},
    {"ListDrafts", op_list_drafts, NULL, false, "Drafts of the caller's organisation.", ""},
    {"GetDraft", op_get_draft, NULL, false, "A draft as both persons see it.", "draft!"},
    {"ApproveDraft", op_approve_draft, NULL, false,
     "Signs a draft as the second person and submits it.", "draft!, wait?"},
    {"RejectDraft", op_reject_draft, NULL, false, "Refuses a draft, with a reason.",
     "draft!, reason!"},
    {"WithdrawDraft", op_withdraw_draft, NULL, false, "Takes back one's own draft.", "draft!"},
};
static const size_t own_count = sizeof own / sizeof own[0];

/* A subject that grew has a table beside its operations; it is named here once. */
static const struct {
    const struct operation *rows;
    const size_t *count;
} tables[] = {
    {own, &own_count},
    {lot_operations, &lot_operation_count},
    {evidence_operations, &evidence_operation_count},
    {finding_operations, &finding_operation_count},
    {detached_operations, &detached_operation_count},
    {dispute_operations, &dispute_operation_count},
    {verify_operations, &verify_operation_count},
    {unit_operations, &unit_operation_count},
};
#define TABLES (sizeof tables / sizeof tables[0])

static bool is_own(const char *name)
{
    for (size_t t = 0; t < TABLES; t++) {
        for (size_t i = 0; i < *tables[t].count; i++) {
            if (strcmp(tables[t].rows[i].name, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

enum err operations_join(struct api *api)
{
    size_t count = 0;
    const struct rule_row *const *rows = exec_rows(&count);
    size_t ours = 0;
    for (size_t t = 0; t < TABLES; t++) {
        ours += *tables[t].count;
    }
    struct operation *operations = calloc(ours + count, sizeof *operations);
    if (operations == NULL) {
        return ERR_MEMORY;
    }
    size_t at = 0;
    for (size_t t = 0; t < TABLES; t++) {
        memcpy(&operations[at], tables[t].rows, *tables[t].count * sizeof *operations);
        at += *tables[t].count;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->operation == NULL || is_own(rows[i]->operation)) {
            continue;
        }
        operations[at++] =
            (struct operation){.name = rows[i]->operation,
                               .run = op_rule,
                               .row = rows[i],
                               .help_en = rows[i]->help_en,
                               .fields = rows[i]->moves_units ? OPERATION_WRITE_UNITS : WRITE};
    }
    api->operations = operations;
    api->operation_count = at;
    return OK;
}

const struct operation *operation_find(const struct api *api, const char *name)
{
    for (size_t i = 0; i < api->operation_count; i++) {
        if (strcmp(api->operations[i].name, name) == 0) {
            return &api->operations[i];
        }
    }
    return NULL;
}
