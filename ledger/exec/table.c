/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the rule folders, joined once before main: after that the joined table is constant.
 * A gap or a wrong order in it is our bug and stops the program at once. */

#include "ledger/exec/exec.h"

#include <assert.h>
#include <string.h>

#include "ledger/accounting/accounting.h"
#include "ledger/accounting/annual.h"
#include "ledger/assurance/assurance.h"
#include "ledger/assurance/dispute.h"
#include "ledger/exec/fields.h"
#include "ledger/governance/governance.h"
#include "ledger/provenance/provenance.h"
#include "ledger/registry/registry.h"
#include "ledger/registry/trade.h"

#define ROWS_MAX 128

static const struct {
    const struct rule_table *rules;
    const struct field_table *fields;
} folders[] = {
    {&governance_rules, &governance_fields},  {&accounting_rules, &accounting_fields},
    {&annual_rules, &annual_fields},          {&custody_rules, &custody_fields},
    {&examine_rules, &assurance_fields},      {&provenance_rules, &provenance_fields},
    {&assurance_rules, &assurance_fields},    {&dispute_rules, &dispute_fields},
    {&registry_rules, &registry_fields},      {&trade_rules, &trade_fields},
    {&registry_hold_rules, &registry_fields}, {&compliance_rules, &trade_fields},
};

#define FOLDERS (sizeof folders / sizeof folders[0])

static const struct rule_row *joined[ROWS_MAX];
static size_t joined_count;

__attribute__((constructor)) static void table_join(void)
{
    for (size_t i = 0; i < FOLDERS; i++) {
        for (size_t k = 0; k < folders[i].rules->count; k++) {
            const struct rule_row *row = &folders[i].rules->rows[k];
            assert(joined_count < ROWS_MAX);
            assert(joined_count == 0 || joined[joined_count - 1]->type < row->type);
            assert(row->signatures >= 1 && row->signatures <= 4);
            assert(row->apply != NULL && row->payload != NULL && row->cost > 0);
            joined[joined_count++] = row;
        }
    }
}

const struct rule_row *const *exec_rows(size_t *count)
{
    *count = joined_count;
    return joined;
}

const struct rule_row *exec_row(uint32_t type)
{
    for (size_t i = 0; i < joined_count; i++) {
        if (joined[i]->type == type) {
            return joined[i];
        }
    }
    return NULL;
}

const struct rule_row *exec_row_by_name(const char *name_or_operation)
{
    for (size_t i = 0; i < joined_count; i++) {
        if (strcmp(joined[i]->name, name_or_operation) == 0 ||
            strcmp(joined[i]->operation, name_or_operation) == 0) {
            return joined[i];
        }
    }
    return NULL;
}

const struct field_table *exec_row_fields(const struct rule_row *row)
{
    for (size_t i = 0; i < FOLDERS; i++) {
        const struct rule_table *rules = folders[i].rules;
        if (row >= rules->rows && row < rules->rows + rules->count) {
            return folders[i].fields;
        }
    }
    assert(false);
    return NULL;
}

const struct field_table *const *exec_fields(size_t *count)
{
    static const struct field_table *const tables[] = {
        &governance_fields, &accounting_fields, &annual_fields,   &provenance_fields,
        &assurance_fields,  &dispute_fields,    &registry_fields, &trade_fields,
        &custody_fields,    &exec_own_fields,
    };
    *count = sizeof tables / sizeof tables[0];
    return tables;
}
