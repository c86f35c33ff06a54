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
     "ventilation,ventilation_list,drained,flare_destroyed,utilised,sold_gas,vam_destroyed,coal,"
     "mine_class",
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
    {"L_CH4_OP", "CN-1", KIND_OP, SCOPE_1, GAS_CH4, "coal,ef", cn_ch4_op, "CH4 = coal x EF / 1000",
     "KSSJ 5.2.3; methodology 2.5", "methane of open-pit mining"},
    {"L_SLOWOX", "CN-1", KIND_OP, SCOPE_1, GAS_CO2, "g,g_basis,k,q,c,m", cn_slowox,
     "E = U x q x c x m x 44/12; U = g x (1 - k), g or g x (1 - k) / k",
     "KSSJ 5.2.3, table 6; methodology 3.1", "slow oxidation of coal left in a face"},
    {"L_EXPL", "CN-1", KIND_UG | KIND_OP, SCOPE_1, GAS_CO2, "mass,explosive,ef,carbon_content",
     cn_expl, "E = mass x EF or mass x carbon_content x 44/12", "KSSJ 5.2.3; methodology 3.2",
     "explosives"},
    {"L_SPCOMB", "CN-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_1, GAS_CO2,
     "mass,carbon_content,of,flux,area,hours", cn_spcomb,
     "E = mass x carbon_content x OF x 44/12 or flux x area x hours / 1000",
     "KSSJ 5.2.3; methodology 3.3", "uncontrolled spontaneous combustion"},
    {"L_SINK_SOIL", "CN-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_SINK, GAS_CO2,
     "area,som_start,som_end,soc_start,soc_end,depth,bulk_density,coarse_fraction,years,months,"
     "measured_start,measured_end,lab_start,lab_end,polygon",
     cn_sink_soil,
     "removal = (som_end - som_start) x 0.58 x depth x bulk_density x (1 - coarse_fraction) x area "
     "x "
     "44/12 x months / (12 x years)",
     "KSSJ 5.1.2b; methodology 3.4; D29", "carbon taken up by soil"},
    {"L_SINK_VEG", "CN-1", KIND_UG | KIND_OP | KIND_WP, SCOPE_SINK, GAS_CO2,
     "area,biomass_start,biomass_end,root_shoot,carbon_fraction,years,months,measured_start,"
     "measured_end,lab_start,lab_end,polygon",
     cn_sink_veg,
     "removal = (biomass_end - biomass_start) x (1 + root_shoot) x carbon_fraction x area x 44/12 "
     "x "
     "months / (12 x years)",
     "KSSJ 5.1.2b; methodology 3.5; D29", "carbon taken up by vegetation"},
    {"IPCC_CH4_UG", "IPCC-1", KIND_UG, SCOPE_1, GAS_CH4,
     "tier,coal,depth_class,ef_mining,ef_post,gas_content,predrained,ventilation,drained,recovered",
     ipcc_ch4_ug,
     "CH4 = (coal x (EF mining + EF post) - recovered) x density; tier 3: (ventilation + drained - "
     "recovered) x density",
     "IPCC 2006 2.4.1; methodology 4.1", "methane of an underground mine"},
    {"IPCC_CH4_OP", "IPCC-1", KIND_OP, SCOPE_1, GAS_CH4,
     "tier,coal,overburden_class,ef_mining,ef_post,gas_content,predrained,recovered", ipcc_ch4_op,
     "CH4 = (coal x (EF mining + EF post) - recovered) x density",
     "IPCC 2006 2.4.1; methodology 4.1", "methane of a surface mine"},
    {"IPCC_FLARE", "IPCC-1", KIND_UG, SCOPE_1, GAS_BOTH, "gas,efficiency", ipcc_flare,
     "CO2 = gas x efficiency x density x 44/16, CH4 = gas x (1 - efficiency) x density",
     "IPCC 2006 2.4.1; methodology 4.1", "drained methane burnt in a flare"},
    {"IPCC_ABANDONED", "IPCC-1", KIND_AM, SCOPE_1, GAS_CH4,
     "tier,bands,rank,rate,closed_year,flooding,emitting,measured,recovered", ipcc_abandoned,
     "CH4 = (volume - recovered) x density; volume = sum(mines x gassy x EF), rate x decay x "
     "emitting "
     "or measured",
     "IPCC 2006 2.4.1; methodology 4.2", "methane of abandoned underground mines"},
    {"IPCC_CO2_UG", "IPCC-1", KIND_UG, SCOPE_1, GAS_CO2, "coal,ef,gas", ipcc_co2,
     "CO2 = coal x EF x density or volume x density", "IPCC 2019 2.4.1; methodology 4.3",
     "carbon dioxide released with seam gas underground"},
    {"IPCC_CO2_OP", "IPCC-1", KIND_OP, SCOPE_1, GAS_CO2, "coal,ef,gas", ipcc_co2,
     "CO2 = coal x EF x density or volume x density", "IPCC 2019 2.4.1; methodology 4.3",
     "carbon dioxide released with seam gas of a surface mine"},
    {"IPCC_EXPLORATION", "IPCC-1", KIND_UG | KIND_OP, SCOPE_1, GAS_CH4, "gas", ipcc_exploration,
     "CH4 = volume x density", "IPCC 2019 2.4.1; methodology 4.3",
     "methane of exploration boreholes"},
    {"EPA_FF1_VENT", "EPA-1", KIND_UG, SCOPE_1, GAS_CH4,
     "days,flow,ch4,temperature,pressure,moisture,water", epa_ff1_vent,
     "CH4 = days x flow x MCF x ch4 x 0.0423 x 520/temperature x pressure/1 x 1440 x 0.454/1000",
     "40 CFR 98.323 FF-1; methodology 4.1", "methane of a ventilation shaft, cross-check"},
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

enum code_scope code_scope(const struct code_row *row, unsigned kind)
{
    static const struct {
        const char *code;
        unsigned kinds;
    } information[] = {
        {"L_EXPL", KIND_UG}, {"L_SINK_SOIL", KIND_UG | KIND_WP}, {"L_SINK_VEG", KIND_UG | KIND_WP}};
    for (size_t i = 0; i < sizeof information / sizeof information[0]; i++) {
        if (strcmp(information[i].code, row->code) == 0 && (information[i].kinds & kind) != 0) {
            return SCOPE_INFO;
        }
    }
    return row->scope;
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
