/* SPDX-License-Identifier: Apache-2.0 */
/* The rows stand in the order of methodology 10.5, then D36, then what the codes of order 371 need
 * and neither names. */
#include "ledger/accounting/bound.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct bound rows[] = {
    /* methodology 10.5 */
    {"ad", "t", "0", "100000000", 6, false},
    {"ad", "1e4Nm3", "0", "100000000", 6, false},
    {"ad", "1e3m3", "0", "100000000", 6, false},
    {"ncv", "GJ/t", "0.1", "1000", 6, false},
    {"ncv", "GJ/1e4Nm3", "0.1", "1000", 6, false},
    {"cc", "tC/GJ", "0.005", "0.1", 8, false},
    {"carbon_content", "tC/t", "0", "1", 6, false},
    {"carbon_content", "tC/1e4Nm3", "0", "20", 6, false},
    {"fraction", "1", "0", "1", 6, true},
    {"volume_gas", "1e4Nm3", "0", "10000000", 6, false},
    {"volume_gas", "1e3m3", "0", "100000000", 6, false},
    {"volume_gas", "m3", "0", "100000000000", 6, false},
    {"mean_flow", "Nm3/min", "0", "1000000", 4, false},
    {"flow", "Nm3/min", "0", "1000000", 4, false},
    {"flow", "m3/min", "0", "1000000", 4, false},
    {"days", "1", "0", "366", 0, false},
    {"coal", "t", "0", "1000000000", 3, false},
    {"bought", "MWh", "-1000000000", "1000000000", 6, false},
    {"sold", "MWh", "-1000000000", "1000000000", 6, false},
    {"heat", "GJ", "-1000000000", "1000000000", 6, false},
    {"sold", "GJ", "-1000000000", "1000000000", 6, false},
    {"ef", "tCO2/MWh", "0", "2", 6, false},
    {"gas_temperature", "C", "-40", "80", 2, false},
    {"pressure", "kPa", "50", "120", 2, false},
    /* D36 */
    {"temperature", "C", "20", "200", 2, false},
    {"enthalpy", "kJ/kg", "83.74", "4000", 2, false},
    {"ef", "tCO2/GJ", "0", "1", 6, false},
    {"ef", "kg/t", "0", "100", 6, false},
    {"ef", "m3/t", "0", "150", 6, false},
    {"ncv_ru", "GJ/t", "1", "60", 6, false},
    {"ncv_ru", "GJ/1e3m3", "1", "60", 6, false},
    {"k", "1", "0", "2", 6, false},
    {"ef_explosive", "tCO2/t", "0", "1", 6, false},
    {"q", "MJ/kg", "0", "40", 6, false},
    {"c", "kg/MJ", "0.005", "0.1", 8, false},
    {"flux", "kg/(m2.h)", "0", "100", 6, false},
    {"area", "m2", "0", "1000000000", 4, false},
    {"hours", "1", "0", "8784", 2, false},
    {"area", "ha", "0", "1000000", 4, false},
    {"som", "%", "0", "100", 4, false},
    {"soc", "g/kg", "0", "580", 4, false},
    {"depth", "cm", "1", "300", 1, false},
    {"bulk_density", "g/cm3", "0.1", "2.65", 4, false},
    {"biomass", "t/ha", "0", "2000", 4, false},
    {"root_shoot", "1", "0", "10", 4, false},
    {"years", "1", "0.0833", "100", 4, false},
    /* neither names these */
    {"steam", "t", "0", "100000000", 6, false},
    {"hot_water", "t", "0", "100000000", 6, false},
    {"ef", "tCO2/t", "0", "20", 6, false},
    {"ef", "tCO2/1e3m3", "0", "20", 6, false},
    {"ef", "tCO2/tce", "0", "10", 6, false},
    {"ef", "tCO2/TJ", "0", "300", 6, false},
    {"gas", "t", "0", "100000000", 6, false},
    {"volume", "l", "0", "100000000000", 6, false},
    {"density", "kg/l", "0.5", "1.2", 6, false},
    {"mass", "t", "0", "100000000", 6, false},
    {"months", "1", "0", "1200", 4, false},
    {"mines", "1", "0", "100000", 0, false},
    {"rate", "m3/a", "0", "100000000000", 6, false},
    {"closed_year", "1", "1800", "2199", 0, false},
    {"flow", "acfm", "0", "100000000", 4, false},
    {"flow", "scfm", "0", "100000000", 4, false},
    {"temperature", "R", "400", "700", 2, false},
    {"pressure", "atm", "0.5", "1.2", 4, false},
};

const struct bound *bound_rows(size_t *count)
{
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

const struct bound *bound_find(const char *field, const char *unit)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].field, field) == 0 && strcmp(rows[i].unit, unit) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static struct dec constant(const char *text)
{
    struct dec out = {.m = 0, .s = 0};
    const enum err err = dec_parse(&out, bytes_text(text));
    assert(err == OK);
    (void)err;
    return out;
}

enum err bound_check(struct dec *out, const struct bound *bound, const char *text, char *limit,
                     size_t limit_size)
{
    assert(bound != NULL);
    assert(limit_size > 0);
    limit[0] = '\0';
    if (text[0] == '\0') {
        return ERR_MISSING;
    }
    struct dec value;
    if (dec_parse(&value, bytes_text(text)) != OK) {
        snprintf(limit, limit_size, "digits, one point, at most 18 digits and 9 places");
        return ERR_DEC;
    }
    if (dec_typed_decimals(bytes_text(text)) > bound->decimals) {
        snprintf(limit, limit_size, "at most %u places", (unsigned)bound->decimals);
        return ERR_DEC;
    }
    if (dec_compare(value, constant(bound->min)) < 0 ||
        dec_compare(value, constant(bound->max)) > 0) {
        snprintf(limit, limit_size, "%s..%s", bound->min, bound->max);
        const bool percent =
            bound->fraction && value.m > 0 && dec_compare(value, dec_of(100, 0)) <= 0;
        return percent ? ERR_PERCENT : ERR_RANGE;
    }
    *out = value;
    return OK;
}
