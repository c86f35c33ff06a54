/* SPDX-License-Identifier: Apache-2.0 */
/* L_ELEC and L_HEAT: net purchased energy; a seller's line is negative and says so. */
#include "ledger/accounting/code.h"

#include <string.h>

static void finish_net(struct line *line, struct ratio *net, const struct input *ef)
{
    char text[RATIO_TEXT_SIZE];
    if (ratio_sign(net) < 0) {
        line_flag(line, "NET_SELLER");
    }
    line->co2_t = *net;
    ratio_mul_dec(&line->co2_t, ef->value);
    line_step(line, "E", &line->co2_t, "tCO2", "%s x %s", line_ratio_text(line, text, net),
              ef->text);
}

/* The factor of the year of the period is proposed; a carbon footprint, a factor for estimates of
 * avoided emissions or an unknown one is refused (D28, methodology 12.3). */
static bool read_factor(struct line *line, struct input *out)
{
    const Seam__Line *in = line->in;
    const struct set *set = line->calc->set;
    if (in->ef != NULL) {
        if (in->factor[0] != '\0') {
            line_fail(line, ERR_PARAM, "factor", NULL, "give factor or ef, not both");
            return false;
        }
        line_method(line, "M_EF");
        line_flag(line, "FACTOR_TYPED");
        return line_quantity(line, out, "ef", "ef", in->ef, "tCO2/MWh");
    }
    line_method(line, "M_GRID");
    bool provisional = false;
    const Seam__GridFactor *proposed =
        set_grid_proposed(set, period_year(line->calc->period), &provisional);
    const Seam__GridFactor *used = in->factor[0] != '\0' ? set_grid(set, in->factor) : proposed;
    if (used == NULL) {
        line_fail(line, ERR_PARAM, "factor", proposed != NULL ? proposed->key : NULL,
                  "not a grid factor of this parameter set");
        return false;
    }
    const bool footprint = strcmp(used->kind, "FOOTPRINT") == 0;
    if (footprint || strcmp(used->kind, "FOSSIL") == 0) {
        line_fail(line, ERR_PARAM, "factor", proposed != NULL ? proposed->key : NULL,
                  footprint
                      ? "a life-cycle footprint is for products, never for purchased electricity"
                      : "for estimates of avoided emissions only");
        return false;
    }
    if (used != proposed) {
        line_flag(line, "FACTOR_NOT_PROPOSED");
    } else if (provisional) {
        line_flag(line, "FACTOR_PROVISIONAL");
    }
    return line_param(line, out, "EF", used->key);
}

/* [KSSJ 3.8] E = (bought - sold) x EF (10) */
void cn_elec(struct line *line)
{
    struct input bought;
    struct input sold = {.text = "0"};
    struct input ef;
    bool good = line_quantity(line, &bought, "bought", "bought", line->in->bought, "MWh");
    good = (line->in->sold == NULL ||
            line_quantity(line, &sold, "sold", "sold", line->in->sold, "MWh")) &&
           good;
    if (!read_factor(line, &ef) || !good) {
        return;
    }
    struct ratio net = ratio_of_dec(bought.value);
    ratio_sub_dec(&net, sold.value);
    line_step(line, "net", &net, "MWh", "%s - %s", bought.text, sold.text);
    finish_net(line, &net, &ef);
}

/* (12) hot water: mass x (T - 20) x 4.1868 / 1000 */
static bool read_water(struct line *line, struct ratio *out)
{
    struct input mass;
    struct input temperature;
    struct input base;
    struct input specific;
    bool good = line_quantity(line, &mass, "hot_water", "hot_water", line->in->hot_water, "t");
    good = line_quantity(line, &temperature, "temperature", "temperature", line->in->temperature,
                         "C") &&
           good;
    good = line_param(line, &base, "base temperature", "heat.water_base") && good;
    good = line_param(line, &specific, "specific heat", "heat.water_specific") && good;
    if (!good) {
        return false;
    }
    *out = ratio_of_dec(temperature.value);
    ratio_sub_dec(out, base.value);
    ratio_mul_dec(out, mass.value);
    ratio_mul_dec(out, specific.value);
    ratio_div_int(out, 1000);
    line_step(line, "heat", out, "GJ", "%s x (%s - %s) x %s / 1000", mass.text, temperature.text,
              base.text, specific.text);
    return true;
}

/* (13) steam: mass x (enthalpy - 83.74) / 1000 */
static bool read_steam(struct line *line, struct ratio *out)
{
    struct input mass;
    struct input enthalpy;
    struct input base;
    bool good = line_quantity(line, &mass, "steam", "steam", line->in->steam, "t");
    good =
        line_quantity(line, &enthalpy, "enthalpy", "enthalpy", line->in->enthalpy, "kJ/kg") && good;
    good = line_param(line, &base, "base enthalpy", "heat.steam_base") && good;
    if (!good) {
        return false;
    }
    *out = ratio_of_dec(enthalpy.value);
    ratio_sub_dec(out, base.value);
    ratio_mul_dec(out, mass.value);
    ratio_div_int(out, 1000);
    line_step(line, "heat", out, "GJ", "%s x (%s - %s) / 1000", mass.text, enthalpy.text,
              base.text);
    return true;
}

static bool read_heat(struct line *line, struct ratio *out)
{
    const Seam__Line *in = line->in;
    const bool steam = in->steam != NULL || in->enthalpy != NULL;
    const bool water = in->hot_water != NULL || in->temperature != NULL;
    if ((in->heat != NULL) + (int)steam + (int)water > 1) {
        line_fail(line, ERR_PARAM, "heat", NULL,
                  "one form a line: heat, or steam with enthalpy, or hot_water with temperature");
        return false;
    }
    if (steam) {
        line_method(line, "M_STEAM");
        return read_steam(line, out);
    }
    if (water) {
        line_method(line, "M_HOT_WATER");
        return read_water(line, out);
    }
    struct input heat;
    line_method(line, "M_HEAT");
    if (!line_quantity(line, &heat, "heat", "heat", in->heat, "GJ")) {
        return false;
    }
    *out = ratio_of_dec(heat.value);
    return true;
}

/* [KSSJ 3.8] E = (heat - sold) x EF (11) */
void cn_heat(struct line *line)
{
    struct ratio net;
    struct input sold;
    struct input ef;
    bool good = read_heat(line, &net);
    if (line->in->sold != NULL) {
        if (!line_quantity(line, &sold, "sold", "sold", line->in->sold, "GJ")) {
            good = false;
        } else if (good) {
            char text[RATIO_TEXT_SIZE];
            line_ratio_text(line, text, &net);
            ratio_sub_dec(&net, sold.value);
            line_step(line, "net", &net, "GJ", "%s - %s", text, sold.text);
        }
    }
    good = (line->in->ef != NULL ? line_quantity(line, &ef, "ef", "ef", line->in->ef, "tCO2/GJ")
                                 : line_param(line, &ef, "EF", "heat.ef")) &&
           good;
    if (good) {
        finish_net(line, &net, &ef);
    }
}
