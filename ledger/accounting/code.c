/* SPDX-License-Identifier: Apache-2.0 */
/* The table is the list of formulas that docs/formulas.md explains. */
#include "ledger/accounting/code.h"

#include <string.h>

static const struct code_row rows[] = {
    {"L_FUEL", "CN-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_1, GAS_CO2,
     "fuel,ad,stock,ncv,cc,carbon_content,of", cn_fuel, "E = AD x CC x OF x 44/12, CC = NCV x EF",
     "KSSJ 5.2.2b, 5.2.2c; methodology 2.2", "fuel combustion"},
    {"L_CMM_USE", "CN-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_1, GAS_CO2, "gas,composition,of",
     cn_cmm_use, "E = Q x CC x OF x 44/12, CC = sum(12 x CN x V) x 10/22.4",
     "KSSJ 3.5; methodology 2.3", "mine gas burnt for own use"},
    {"L_FLARE", "CN-1", KIND_UG, SCOPE_1, GAS_CO2, "gas,composition,of", cn_flare,
     "E = Q x CC x OF x 44/12, CC = sum(12 x CN x V) x 10/22.4", "KSSJ 3.6; methodology 2.3",
     "mine gas burnt in a flare"},
    {"L_CH4_UG", "CN-1", KIND_UG, SCOPE_1, GAS_CH4,
     "ventilation,ventilation_list,drained,flare_destroyed,utilised,sold_gas,vam_destroyed",
     cn_ch4_ug,
     "CH4 = (ventilation + drained - flare_destroyed - utilised - vam_destroyed) x density",
     "KSSJ 5.2.2a; methodology 2.4", "methane released underground"},
    {"L_CO2_UG", "CN-1", KIND_UG, SCOPE_1, GAS_CO2,
     "net,ventilation,ventilation_list,drained,recovered", cn_co2_ug,
     "CO2 = (ventilation + drained - recovered) x density", "KSSJ 5.2.2a; methodology 2.6",
     "carbon dioxide released underground"},
    {"L_CH4_POST", "CN-1", KIND_UG | KIND_OP, SCOPE_1, GAS_CH4, "coal,gas_grade,ef", cn_ch4_post,
     "CH4 = coal x EF / 1000", "KSSJ 5.2.2a; methodology 2.5", "methane after mining"},
    {"L_ELEC", "CN-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_2, GAS_CO2, "bought,sold,factor,ef",
     cn_elec, "E = (bought - sold) x EF", "KSSJ 3.8; methodology 2.7", "net purchased electricity"},
    {"L_HEAT", "CN-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_2, GAS_CO2,
     "heat,steam,enthalpy,hot_water,temperature,sold,ef", cn_heat, "E = (heat - sold) x EF",
     "KSSJ 3.8; methodology 2.7", "net purchased heat"},
    {"RU_FUGITIVE", "RU-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_1, GAS_BOTH,
     "stream,gas,composition", ru_fugitive, "E = FC x W x density", "MNR371 3.1",
     "released mine gas"},
    {"RU_FLARE", "RU-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_1, GAS_BOTH, "gas,composition,cf",
     ru_flare, "E = FC x EF", "MNR371 2.1, 2.2, 2.4", "degasification gas burnt in a flare"},
    {"RU_FUEL", "RU-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_1, GAS_CO2,
     "fuel,ad,stock,ef,basis,k,ncv,of", ru_fuel, "E = FC x EF x OF", "MNR371 1.1-1.9",
     "stationary fuel combustion"},
    {"RU_TRANSPORT", "RU-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_1, GAS_CO2,
     "fuel,ad,stock,volume,density,season,ef", ru_transport, "E = FC x EF", "MNR371 18.1, 18.2",
     "motor fuel"},
};

const struct code_row *code_rows(size_t *count)
{
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

const struct code_row *code_find(const char *edition, const char *code)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].code, code) == 0 && strcmp(rows[i].edition, edition) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

unsigned code_kind(const char *kind)
{
    static const char *const names[] = {"UG", "OP", "WP", "AM"};
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(names[i], kind) == 0) {
            return 1u << i;
        }
    }
    return 0;
}

const char *code_scope_text(enum code_scope scope)
{
    switch (scope) {
    case SCOPE_1:
        return "1";
    case SCOPE_2:
        return "2";
    case SCOPE_SINK:
        return "SINK";
    case SCOPE_INFO:
        return "INFO";
    }
    return "";
}
