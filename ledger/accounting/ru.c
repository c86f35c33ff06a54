/* SPDX-License-Identifier: Apache-2.0 */
/* The categories of order 371 that a coal mine needs [MNR371]. Volumes are in thousand m3 at the
 * state they name, 20 degrees C unless said, and meet the density of that state (table 1.2), so
 * nothing is converted. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/fuel.h"

#include <stdio.h>
#include <string.h>

#define KEY_SIZE (LIMIT_ID_TEXT + 32)

struct mine_gas {
    struct ratio amount; /* thousand m3, or t */
    const char *state; /* NULL for t */
};

static bool read_gas(struct line *line, struct mine_gas *out, const char *units)
{
    const Seam__Quantity *in = line->in->gas;
    Seam__Quantity bare;
    out->state = NULL;
    if (in != NULL && strcmp(in->unit, "1e3m3") == 0) {
        out->state = in->state[0] != '\0' ? in->state : "STD_20C";
        if (strcmp(out->state, "NORM_0C") != 0 && strcmp(out->state, "STD_15C") != 0 &&
            strcmp(out->state, "STD_20C") != 0) {
            line_fail(line, ERR_STATE, "gas", "NORM_0C, STD_15C, STD_20C", NULL);
            return false;
        }
        bare = *in;
        bare.state = (char *)protobuf_c_empty_string;
        in = &bare;
    }
    struct input input;
    const char *bound = out->state != NULL ? "volume_gas" : "gas";
    if (!line_quantity(line, &input, "gas", bound, in, units)) {
        return false;
    }
    out->amount = ratio_of_dec(input.value);
    return true;
}

static bool read_density(struct line *line, struct input *out, const char *gas, const char *state)
{
    char key[KEY_SIZE];
    char name[32];
    snprintf(key, sizeof key, "rho.%.8s.%.16s", gas, state);
    snprintf(name, sizeof name, "density %.8s", gas);
    return line_param(line, out, name, key);
}

/* [MNR371 3.1] E_i = FC x W_i x density_i */
void ru_fugitive(struct line *line)
{
    const Seam__Composition *in = line->in->composition;
    struct mine_gas gas;
    struct input ch4;
    struct input co2 = {.text = "0"};
    struct input rho_ch4;
    struct input rho_co2;
    bool good = line_choice(line, "stream", line->in->stream, "VENTILATION,DRAINAGE");
    const bool defaults = in == NULL && strcmp(line->in->stream, "DRAINAGE") == 0;
    line_method(line, defaults ? "M_DEFAULT" : "M_COMPOSITION");
    good = read_gas(line, &gas, "1e3m3") && good;
    if (defaults) {
        good = line_param(line, &ch4, "CH4", "drainage.CH4") && good;
        good = line_param(line, &co2, "CO2", "drainage.CO2") && good;
    } else if (in == NULL) {
        line_fail(line, ERR_MISSING, "composition", "CH4, CO2",
                  "table 3.1 has no default for ventilation air");
        return;
    } else {
        if (in->c2h6[0] != '\0' || in->c3h8[0] != '\0' || in->co[0] != '\0') {
            line_fail(line, ERR_UNKNOWN_FIELD, "composition", "CH4, CO2", NULL);
            return;
        }
        good = line_fraction(line, &ch4, "composition.CH4", in->ch4) && good;
        good =
            (in->co2[0] == '\0' || line_fraction(line, &co2, "composition.CO2", in->co2)) && good;
    }
    if (!good || !read_density(line, &rho_ch4, "CH4", gas.state) ||
        !read_density(line, &rho_co2, "CO2", gas.state)) {
        return;
    }
    struct ratio total = ratio_of_dec(ch4.value);
    const struct ratio one = ratio_of_int(1);
    ratio_add_dec(&total, co2.value);
    if (ratio_compare(&total, &one) > 0) {
        line_fail(line, ERR_RANGE, "composition", "a sum of at most 1", NULL);
        return;
    }
    char amount[RATIO_TEXT_SIZE];
    line_ratio_text(line, amount, &gas.amount);
    line->ch4_t = gas.amount;
    ratio_mul_dec(&line->ch4_t, ch4.value);
    ratio_mul_dec(&line->ch4_t, rho_ch4.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s x %s", amount, ch4.text, rho_ch4.text);
    line->co2_t = gas.amount;
    ratio_mul_dec(&line->co2_t, co2.value);
    ratio_mul_dec(&line->co2_t, rho_co2.value);
    line_step(line, "CO2", &line->co2_t, "tCO2", "%s x %s x %s", amount, co2.text, rho_co2.text);
}

static void flare_default(struct line *line, const struct mine_gas *gas)
{
    struct input co2;
    struct input ch4;
    char key[KEY_SIZE];
    char amount[RATIO_TEXT_SIZE];
    const char *unit = gas->state != NULL ? "1e3m3" : "t";
    line_method(line, "M_DEFAULT");
    if (line->in->cf[0] != '\0') {
        line_fail(line, ERR_PARAM, "cf", NULL, "cf belongs to a composition");
        return;
    }
    /* Table 2.1 is printed for 20 degrees C. */
    if (gas->state != NULL && strcmp(gas->state, "STD_20C") != 0) {
        line_fail(line, ERR_STATE, "gas", "STD_20C", "or give the composition and cf");
        return;
    }
    snprintf(key, sizeof key, "flare.ef_co2.%s", unit);
    const bool have_co2 = line_param(line, &co2, "EF CO2", key);
    snprintf(key, sizeof key, "flare.ef_ch4.%s", unit);
    if (!line_param(line, &ch4, "EF CH4", key) || !have_co2) {
        return;
    }
    line_ratio_text(line, amount, &gas->amount);
    line->co2_t = gas->amount;
    ratio_mul_dec(&line->co2_t, co2.value);
    line_step(line, "CO2", &line->co2_t, "tCO2", "%s x %s", amount, co2.text);
    line->ch4_t = gas->amount;
    ratio_mul_dec(&line->ch4_t, ch4.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s", amount, ch4.text);
}

/* sum of W_i x n_C,i over what burns; *all is the sum of all fractions */
static bool read_burnable(struct line *line, struct ratio *carbon, struct input *ch4,
                          struct input *co2, struct ratio *all)
{
    const Seam__Composition *in = line->in->composition;
    const struct {
        const char *field;
        const char *text;
        int atoms;
    } parts[] = {{"composition.CH4", in->ch4, 1},
                 {"composition.C2H6", in->c2h6, 2},
                 {"composition.C3H8", in->c3h8, 3},
                 {"composition.CO", in->co, 1},
                 {"composition.CO2", in->co2, 0}};
    bool good = true;
    *carbon = ratio_of_int(0);
    *all = ratio_of_int(0);
    for (size_t i = 0; i < 5; i++) {
        struct input fraction = {.text = "0"};
        if (parts[i].text[0] != '\0' &&
            !line_fraction(line, &fraction, parts[i].field, parts[i].text)) {
            good = false;
            continue;
        }
        struct ratio part = ratio_of_dec(fraction.value);
        ratio_add(all, &part);
        ratio_mul_int(&part, parts[i].atoms);
        ratio_add(carbon, &part);
        if (i == 0) {
            *ch4 = fraction;
        } else if (i == 4) {
            *co2 = fraction;
        }
    }
    return good;
}

/* [MNR371 2.2] [MNR371 2.4] EF_CO2 = (W_CO2 + sum(W_i x n_i) x (1 - CF)) x density,
 * EF_CH4 = W_CH4 x CF x density */
static void flare_composition(struct line *line, const struct mine_gas *gas)
{
    struct ratio carbon;
    struct ratio all;
    struct input ch4;
    struct input co2;
    struct input cf;
    struct input rho_ch4;
    struct input rho_co2;
    line_method(line, "M_COMPOSITION");
    bool good = read_burnable(line, &carbon, &ch4, &co2, &all);
    good = line_fraction(line, &cf, "cf", line->in->cf) && good;
    good = read_density(line, &rho_co2, "CO2", gas->state) && good;
    good = read_density(line, &rho_ch4, "CH4", gas->state) && good;
    if (!good) {
        return;
    }
    const struct ratio one = ratio_of_int(1);
    if (ratio_sign(&all) == 0 || ratio_compare(&all, &one) > 0) {
        line_fail(line, ERR_RANGE, "composition", "a sum above 0 and at most 1", NULL);
        return;
    }
    char amount[RATIO_TEXT_SIZE];
    char text[RATIO_TEXT_SIZE];
    line_ratio_text(line, amount, &gas->amount);
    line_ratio_text(line, text, &carbon);
    struct ratio burnt = ratio_of_int(1);
    ratio_sub_dec(&burnt, cf.value);
    ratio_mul(&burnt, &carbon);
    ratio_add_dec(&burnt, co2.value);
    ratio_mul_dec(&burnt, rho_co2.value);
    line_step(line, "EF CO2", &burnt, "tCO2/1e3m3", "(%s + %s x (1 - %s)) x %s", co2.text, text,
              cf.text, rho_co2.text);
    line->co2_t = burnt;
    ratio_mul(&line->co2_t, &gas->amount);
    line_step(line, "CO2", &line->co2_t, "tCO2", "%s x %s", amount,
              line_ratio_text(line, text, &burnt));
    line->ch4_t = gas->amount;
    ratio_mul_dec(&line->ch4_t, ch4.value);
    ratio_mul_dec(&line->ch4_t, cf.value);
    ratio_mul_dec(&line->ch4_t, rho_ch4.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s x %s x %s", amount, ch4.text, cf.text,
              rho_ch4.text);
}

/* [MNR371 2.1] */
void ru_flare(struct line *line)
{
    struct mine_gas gas;
    const bool mixture = line->in->composition != NULL;
    if (!read_gas(line, &gas, mixture ? "1e3m3" : "1e3m3,t")) {
        return;
    }
    if (mixture) {
        flare_composition(line, &gas);
    } else {
        flare_default(line, &gas);
    }
}

static bool fuel_param(struct line *line, struct input *out, const char *name,
                       const Seam__FuelName *fuel, const char *what)
{
    char key[KEY_SIZE];
    snprintf(key, sizeof key, "fuel.%.64s.%s", fuel->fuel, what);
    return line_param(line, out, name, key);
}

/* The factor per unit of fuel: typed, or through tonnes of coal equivalent or terajoules
 * [MNR371 1.2a, 1.2b]. */
static bool read_factor(struct line *line, struct ratio *out, const Seam__FuelName *fuel)
{
    const Seam__Line *in = line->in;
    const bool gas = strcmp(fuel->unit, "1e3m3") == 0;
    struct input ef;
    struct input heat;
    if (in->basis[0] == '\0') {
        if (in->ef == NULL) {
            line_fail(line, ERR_MISSING, "ef", NULL, "or basis TCE or TJ: values of table 1.1");
            return false;
        }
        if (in->k[0] != '\0' || in->ncv != NULL) {
            line_fail(line, ERR_PARAM, "basis", "TCE,TJ", "k and ncv belong to a basis");
            return false;
        }
        line_method(line, "M_EF");
        if (!line_quantity(line, &ef, "ef", "ef", in->ef, gas ? "tCO2/1e3m3" : "tCO2/t")) {
            return false;
        }
        *out = ratio_of_dec(ef.value);
        return true;
    }
    if (!line_choice(line, "basis", in->basis, "TCE,TJ")) {
        return false;
    }
    const bool tce = strcmp(in->basis, "TCE") == 0;
    if (tce ? in->ncv != NULL : in->k[0] != '\0') {
        line_fail(line, ERR_PARAM, tce ? "ncv" : "k", NULL, "k belongs to TCE, ncv to TJ");
        return false;
    }
    line_method(line, tce ? "M_TCE" : "M_TJ");
    bool good = true;
    if (tce) {
        good = in->k[0] != '\0' ? line_number(line, &heat, "k", "k", in->k)
                                : fuel_param(line, &heat, "k", fuel, "k");
    } else {
        good = in->ncv != NULL
                   ? line_quantity(line, &heat, "ncv", "ncv_ru", in->ncv, gas ? "GJ/1e3m3" : "GJ/t")
                   : fuel_param(line, &heat, "ncv", fuel, "ncv");
    }
    good =
        (in->ef != NULL ? line_quantity(line, &ef, "ef", "ef", in->ef, tce ? "tCO2/tce" : "tCO2/TJ")
                        : fuel_param(line, &ef, "ef", fuel, tce ? "ef_tce" : "ef_tj")) &&
        good;
    if (!good) {
        return false;
    }
    *out = ratio_of_dec(heat.value);
    ratio_mul_dec(out, ef.value);
    if (!tce) {
        ratio_div_int(out, 1000);
    }
    line_step(line, "EF", out, gas ? "tCO2/1e3m3" : "tCO2/t", tce ? "%s x %s" : "%s x %s / 1000",
              heat.text, ef.text);
    return true;
}

/* [MNR371 1.1] E = FC x EF x OF */
void ru_fuel(struct line *line)
{
    const Seam__FuelName *fuel = fuel_find(line);
    if (fuel == NULL) {
        return;
    }
    struct ratio amount;
    struct ratio factor;
    struct input of;
    char key[KEY_SIZE];
    snprintf(key, sizeof key, "of.%.16s", fuel->phase);
    bool good = fuel_amount(line, &amount, fuel->unit);
    good = read_factor(line, &factor, fuel) && good;
    if (!line_fraction_or(line, &of, "of", line->in->of, key) || !good) {
        return;
    }
    char amount_text[RATIO_TEXT_SIZE];
    char factor_text[RATIO_TEXT_SIZE];
    line->co2_t = amount;
    ratio_mul(&line->co2_t, &factor);
    ratio_mul_dec(&line->co2_t, of.value);
    line_step(line, "E", &line->co2_t, "tCO2", "%s x %s x %s",
              line_ratio_text(line, amount_text, &amount),
              line_ratio_text(line, factor_text, &factor), of.text);
}

/* [MNR371 18.2] FC = litres x density / 1000 */
static bool read_litres(struct line *line, struct ratio *out)
{
    const Seam__Line *in = line->in;
    struct input litres;
    struct input density;
    bool good = line_quantity(line, &litres, "volume", "volume", in->volume, "l");
    if (in->density != NULL && in->season[0] != '\0') {
        line_fail(line, ERR_PARAM, "season", NULL, "give density or season, not both");
        return false;
    }
    if (in->density != NULL) {
        good = line_quantity(line, &density, "density", "density", in->density, "kg/l") && good;
    } else if (!line_choice(line, "season", in->season, "SUMMER,WINTER,ARCTIC")) {
        return false;
    } else {
        char key[KEY_SIZE];
        snprintf(key, sizeof key, "transport.%.64s.density.%.8s", in->fuel, in->season);
        good = line_param(line, &density, "density", key) && good;
    }
    if (!good) {
        return false;
    }
    *out = ratio_of_dec(litres.value);
    ratio_mul_dec(out, density.value);
    ratio_div_int(out, 1000);
    line_step(line, "FC", out, "t", "%s x %s / 1000", litres.text, density.text);
    return true;
}

/* [MNR371 18.1] E = FC x EF */
void ru_transport(struct line *line)
{
    const Seam__Line *in = line->in;
    const Seam__FuelName *fuel = fuel_find(line);
    if (fuel == NULL) {
        return;
    }
    struct ratio amount;
    struct input ef;
    bool good = true;
    if (in->volume != NULL) {
        if (in->ad != NULL || in->stock != NULL) {
            line_fail(line, ERR_PARAM, "volume", NULL, "give ad, stock or volume");
            return;
        }
        good = read_litres(line, &amount);
    } else {
        good = fuel_amount(line, &amount, "t");
        if (in->density != NULL || in->season[0] != '\0') {
            line_fail(line, ERR_PARAM, "density", NULL, "density and season belong to a volume");
            good = false;
        }
    }
    char key[KEY_SIZE];
    snprintf(key, sizeof key, "transport.%.64s.ef", fuel->fuel);
    line_method(line, in->ef != NULL ? "M_EF" : "M_DEFAULT");
    good = (in->ef != NULL ? line_quantity(line, &ef, "ef", "ef", in->ef, "tCO2/t")
                           : line_param(line, &ef, "EF", key)) &&
           good;
    if (!good) {
        return;
    }
    char text[RATIO_TEXT_SIZE];
    line->co2_t = amount;
    ratio_mul_dec(&line->co2_t, ef.value);
    line_step(line, "E", &line->co2_t, "tCO2", "%s x %s", line_ratio_text(line, text, &amount),
              ef.text);
}
