/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that read allowances and credits, and who may see what. What moves units are
 * transactions of the rule tables. */

#include "api/op_units.h"

#include "api/sight.h"
#include "ledger/base/num.h"
#include "ledger/base/period.h"
#include "ledger/governance/calendar.h"

#include <string.h>

#define PAGE OPERATION_PAGE

const struct operation unit_operations[] = {
    {"GetScheme", op_get_scheme, NULL, false, "Everything an allowance scheme decides.",
     "scheme!, at?"},
    {"ListSchemes", op_list_schemes, NULL, false, "Allowance schemes.", PAGE},
    {"ListSeries", op_list_series, NULL, false,
     "Units of each registry, asset, project and vintage: issued, held, and how they ended.", PAGE},
    {"CheckUnits", op_check_units, NULL, false,
     "Counts every block of every account again and compares all sums with it: valid, or what is "
     "wrong; for registrars and regulators.",
     "at?"},
    {"GetHoldings", op_get_holdings, NULL, false,
     "What an account holds: for trade, for surrender, reserved, pending, frozen; its debts and "
     "orders. Others than its holder, those above it, registrar and regulator see that it exists.",
     "holding!, asset?, blocks?, " PAGE},
    {"ListHoldingAccounts", op_list_holding_accounts, NULL, false,
     "Holding accounts, all or of one organisation.", "organisation?, " PAGE},
    {"ListTrustedAccounts", op_list_trusted_accounts, NULL, false,
     "Accounts that an account trusts, and from when on.", "holding!, " PAGE},
    {"GetTransfer", op_get_transfer, NULL, false, "A transfer and where it stands.",
     "transfer!, at?"},
    {"ListTransfers", op_list_transfers, NULL, false,
     "Transfers that were offered to or by an account; what went at once is in its statement.",
     "holding!, waiting?, " PAGE},
    {"GetTrade", op_get_trade, NULL, false, "An offer with its parts and where each stands.",
     "trade!, at?"},
    {"ListTrades", op_list_trades, NULL, false,
     "Offers of an account, or those everybody may take; late: parts that were paid too late.",
     "holding?, waiting?, late?, " PAGE},
    {"GetSurrender", op_get_surrender, NULL, false,
     "A surrender, what was decided about it, and until when it can be reversed.",
     "surrender!, at?"},
    {"ListSurrenders", op_list_surrenders, NULL, false, "Surrenders of an account for a year.",
     "holding!, year!, " PAGE},
    {"GetCompliance", op_get_compliance, NULL, false,
     "What an account owes for a year: status, gap, dates, alarm; what the gap could cost, for "
     "those who see the account.",
     "holding?, year!, at?"},
    {"PlanCompliance", op_plan_compliance, NULL, false,
     "The cheapest way to meet a year at given prices (else the last closes), and why.",
     "holding?, year!, allowance_fen?, offset_fen?, carried_fen?, at?"},
    {"GetStatement", op_get_statement, NULL, false,
     "What happened on an account in a span of days or instants, with the proofs when asked.",
     "holding!, since?, until?, bundle?, at?"},
    {"FindSerial", op_find_serial, NULL, false, "Where a unit is and where it has been.",
     "series!, serial!, at?"},
    {"PublicReport", op_public_report, NULL, false,
     "What was surrendered and cancelled, for everybody.", "since?, until?, at?"},
    {"ReconcileRegistry", op_reconcile_registry, NULL, false,
     "Another registry's list of units (CSV) against this one; for registrars and regulators.",
     "table!, at?"},
};
const size_t unit_operation_count = sizeof unit_operations / sizeof unit_operations[0];

/* --- who sees what ---------------------------------------------------------------------------- */

enum err units_keeper(struct call *call, struct query *query)
{
    const Seam__OrganisationRecord *caller = NULL;
    const enum err err = call_organisation(call, query, &caller);
    if (err == OK && (caller->roles & (ROLE_REGISTRAR | ROLE_REGULATOR)) == 0) {
        return call_fail(call, ERR_ROLE, NULL, "registrar, regulator", NULL);
    }
    return err;
}

enum err units_sight(struct call *call, struct query *query, const Seam__HoldingRecord *holding,
                     bool *allowed)
{
    const Seam__OrganisationRecord *caller = NULL;
    const Seam__SchemeRecord *scheme = NULL;
    enum err err = call_organisation(call, query, &caller);
    if (err != OK) {
        return err;
    }
    *allowed = (caller->roles & ROLE_REGISTRAR) != 0;
    if (*allowed) {
        return OK;
    }
    err = registry_scheme(&scheme, query_state(query), holding->scheme, &call->arena);
    if (err != OK) {
        return call_fail(call, err == ERR_ABSENT ? ERR_CORRUPT : err, NULL, NULL, NULL);
    }
    if ((caller->roles & ROLE_REGULATOR) != 0 &&
        sight_jurisdiction(caller->jurisdiction, scheme->scheme->jurisdiction)) {
        *allowed = true;
        return OK;
    }
    return sight_above(call, query, holding->holder, allowed);
}

enum err units_sight_of(struct call *call, struct query *query, const char *holding, bool *allowed)
{
    const Seam__HoldingRecord *record = NULL;
    *allowed = false;
    if (holding[0] == '\0') {
        return OK;
    }
    const enum err err = registry_holding(&record, query_state(query), holding, &call->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : call_fail(call, err, NULL, NULL, NULL);
    }
    return units_sight(call, query, record, allowed);
}

enum err units_sight_need(struct call *call, struct query *query, const char *holding,
                          const Seam__HoldingRecord **record)
{
    bool allowed = false;
    enum err err = registry_holding(record, query_state(query), holding, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "holding", NULL, NULL);
    }
    err = units_sight(call, query, *record, &allowed);
    if (err == OK && !allowed) {
        return call_fail(call, ERR_ROLE, "holding", (*record)->holder,
                         "only its holder, those above it, registrar and regulator see it");
    }
    return err;
}

enum err units_default(struct call *call, struct query *query, const char **holding)
{
    const Seam__RegistryCounters *counters = NULL;
    size_t found = 0;
    if (*holding != NULL) {
        return OK;
    }
    enum err err = registry_counters(&counters, query_state(query), &call->arena);
    for (uint32_t i = 0; err == OK && i < counters->holdings; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__HoldingRecord *record = NULL;
        err = view_list(&entry, query_state(query), KEY_HOLDING, NULL, i, &call->arena);
        if (err == OK) {
            err = registry_holding(&record, query_state(query), entry->id, &call->arena);
        }
        if (err == OK && strcmp(record->holder, call->caller->organisation) == 0 &&
            strcmp(record->kind, "OPERATOR") == 0) {
            *holding = record->holding;
            found++;
        }
    }
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    return found == 1 ? OK
                      : call_fail(call, ERR_MISSING, "holding", NULL,
                                  found == 0 ? "this organisation has no OPERATOR account"
                                             : "this organisation has more than one");
}

/* --- fields and texts ------------------------------------------------------------------------- */

enum err units_time(struct call *call, const char *key, const Seam__JurisdictionRecord *place,
                    bool ends, uint64_t *out)
{
    const char *text = NULL;
    struct date day;
    enum err err = call_text(call, key, false, &text);
    if (err != OK || text == NULL) {
        return err;
    }
    if (date_parse(&day, bytes_text(text)) == OK) {
        const int64_t days = date_to_days(day) - (ends ? 0 : 1);
        *out = calendar_day_end(place, date_of_days(days));
        return OK;
    }
    err = time_parse(out, bytes_text(text));
    return err == OK ? OK : call_fail(call, err, key, "2026-01-31 or 2026-01-31T00:00:00Z", NULL);
}

enum err units_year(struct call *call, uint32_t *out)
{
    const struct json_node *node = json_node_get(call->root, "year");
    const char *text = json_node_text(node);
    int64_t number = 0;
    uint64_t parsed = 0;
    if (json_node_kind(node) == JSON_KIND_NULL) {
        return call_fail(call, ERR_MISSING, "year", NULL, NULL);
    }
    if (text != NULL && num_parse_u64(&parsed, bytes_text(text), UINT32_MAX)) {
        number = (int64_t)parsed;
    } else if (!json_node_integer(node, &number)) {
        return call_fail(call, ERR_TYPE, "year", "2026", NULL);
    }
    if (number < 1970 || number > 2199) {
        return call_fail(call, ERR_RANGE, "year", "1970..2199", NULL);
    }
    *out = (uint32_t)number;
    return OK;
}

void units_show(struct json_out *out, const char *key, Seam__Units *const *units, size_t count)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        json_out_message(out, &units[i]->base, NULL);
    }
    json_out_end(out);
}

void units_show_time(struct json_out *out, const char *key, uint64_t time_ms)
{
    if (time_ms != 0) {
        json_out_field_time(out, key, time_ms);
    }
}

void units_show_head(struct json_out *out, struct query *query)
{
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
}

void units_show_holding(struct json_out *out, const Seam__HoldingRecord *holding)
{
    json_out_field_text(out, "holding", holding->holding);
    json_out_field_text(out, "holder", holding->holder);
    json_out_field_text(out, "scheme", holding->scheme);
    json_out_field_text(out, "kind", holding->kind);
    json_out_field_text(out, "state", sm_name(&holding_machine, (uint8_t)holding->state));
}
