/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_CODE_H
#define LEDGER_ACCOUNTING_CODE_H

/* Line codes: one row each. A new code, or a new edition of a formula, is a row and its function;
 * nothing else changes. An edition is never edited after release (decision D7). */

#include "ledger/accounting/line.h"

enum unit_kind { KIND_UG = 1, KIND_OP = 2, KIND_WP = 4, KIND_AM = 8 };

enum code_gas { GAS_CO2, GAS_CH4, GAS_BOTH };

enum code_scope { SCOPE_1, SCOPE_2, SCOPE_SINK, SCOPE_INFO };

struct code_row {
    const char *code;
    const char *edition; /* of the formulas, named by the parameter set */
    unsigned kinds; /* bits of enum unit_kind */
    enum code_scope scope;
    enum code_gas gas;
    const char *fields; /* comma separated fields it takes, besides those of every line */
    void (*evaluate)(struct line *line);
    const char *formula; /* as a person writes it */
    const char *clause;
    const char *help_en;
};

/* code_find gives the row of a code in an edition, or NULL. */
const struct code_row *code_find(const char *edition, const char *code);
const struct code_row *code_rows(size_t *count);
/* code_kind gives the bit of "UG", "OP", "WP", "AM", 0 for another text. */
unsigned code_kind(const char *kind);
/* code_scope is the row's scope, or INFO where this kind of facility reports the line for
 * information only (D29, methodology 1.3). */
enum code_scope code_scope(const struct code_row *row, unsigned kind);
const char *code_scope_text(enum code_scope scope); /* "1", "2", "SINK", "INFO" */

/* The formulas, by family. */
void cn_fuel(struct line *line);
void cn_flare(struct line *line);
void cn_cmm_use(struct line *line);
void cn_ch4_ug(struct line *line);
void cn_co2_ug(struct line *line);
void cn_ch4_post(struct line *line);
void cn_elec(struct line *line);
void cn_heat(struct line *line);
void cn_ch4_op(struct line *line);
void cn_slowox(struct line *line);
void cn_expl(struct line *line);
void cn_spcomb(struct line *line);
void cn_sink_soil(struct line *line);
void cn_sink_veg(struct line *line);
void ipcc_ch4_ug(struct line *line);
void ipcc_ch4_op(struct line *line);
void ipcc_flare(struct line *line);
void ipcc_co2(struct line *line);
void ipcc_exploration(struct line *line);
void ipcc_abandoned(struct line *line);
void epa_ff1_vent(struct line *line);
void ru_fugitive(struct line *line);
void ru_flare(struct line *line);
void ru_fuel(struct line *line);
void ru_transport(struct line *line);

/* cn_methane_scan reads the gas lines of a file before any is evaluated; cn_methane_check refuses
 * the account as a whole after all are (D32). */
void cn_methane_scan(struct calc *calc);
void cn_methane_check(struct calc *calc);

#endif
