/* SPDX-License-Identifier: Apache-2.0 */
/* Equation FF-1 of 40 CFR 98.323: methane of a ventilation shaft in a quarter, as a cross-check of
 * other figures [methodology 4.1]. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/form.h"

#include <stdio.h>
#include <string.h>

static bool read_days(struct line *line, struct input *out)
{
    if (!line_number(line, out, "days", "days", line->in->days)) {
        return false;
    }
    const uint32_t most = period_days(line->calc->period);
    if (dec_compare(out->value, dec_of((int64_t)most, 0)) > 0) {
        char limit[24];
        snprintf(limit, sizeof limit, "0..%u", (unsigned)most);
        line_fail(line, ERR_RANGE, "days", limit, NULL);
        return false;
    }
    return true;
}

/* A flow at the state of the shaft is brought to 520 R and 1 atm; scfm is there already. */
static bool to_standard(struct line *line, struct ratio *flow)
{
    const Seam__Line *in = line->in;
    struct input temperature;
    struct input pressure;
    struct input temperature0;
    struct input pressure0;
    char text[RATIO_TEXT_SIZE];
    bool good =
        line_quantity(line, &temperature, "temperature", "temperature", in->temperature, "R");
    good = line_quantity(line, &pressure, "pressure", "pressure", in->pressure, "atm") && good;
    good = line_param(line, &temperature0, "standard temperature", "epa.temperature") && good;
    good = line_param(line, &pressure0, "standard pressure", "epa.pressure") && good;
    if (!good) {
        return false;
    }
    line_ratio_text(line, text, flow);
    ratio_mul_dec(flow, temperature0.value);
    ratio_div_dec(flow, temperature.value);
    ratio_mul_dec(flow, pressure.value);
    ratio_div_dec(flow, pressure0.value);
    line_step(line, "flow", flow, "scfm", "%s x %s/%s x %s/%s", text, temperature0.text,
              temperature.text, pressure.text, pressure0.text);
    return true;
}

static bool read_flow(struct line *line, struct ratio *out)
{
    const Seam__Line *in = line->in;
    struct input flow;
    if (!line_quantity(line, &flow, "flow", "flow", in->flow, "acfm,scfm")) {
        return false;
    }
    *out = ratio_of_dec(flow.value);
    if (strcmp(flow.unit, "acfm") == 0) {
        return to_standard(line, out);
    }
    if (in->temperature != NULL || in->pressure != NULL) {
        line_fail(line, ERR_UNKNOWN_FIELD, in->temperature != NULL ? "temperature" : "pressure",
                  NULL, "scfm is a flow at standard temperature and pressure");
        return false;
    }
    return true;
}

/* MCF: 1, 1 - water, or 1/(1 - water). */
static bool read_moisture(struct line *line, struct ratio *out)
{
    const Seam__Line *in = line->in;
    struct input water;
    *out = ratio_of_int(1);
    if (!line_choice(line, "moisture", in->moisture, "SAME,FLOW_WET,FLOW_DRY")) {
        return false;
    }
    if (strcmp(in->moisture, "SAME") == 0) {
        if (in->water[0] != '\0') {
            line_fail(line, ERR_UNKNOWN_FIELD, "water", NULL,
                      "flow and methane are on one basis; nothing is corrected");
        }
        return in->water[0] == '\0';
    }
    if (!line_fraction(line, &water, "water", in->water)) {
        return false;
    }
    const struct dec dry = dec_of((int64_t)dec_power(water.value.s) - water.value.m, water.value.s);
    if (strcmp(in->moisture, "FLOW_WET") == 0) {
        ratio_mul_dec(out, dry);
    } else if (dec_is_zero(dry)) {
        line_fail(line, ERR_RANGE, "water", "below 1", NULL);
        return false;
    } else {
        ratio_div_dec(out, dry);
    }
    line_step(line, "MCF", out, "1",
              strcmp(in->moisture, "FLOW_DRY") == 0 ? "1 / (1 - %s)" : "1 - %s", water.text);
    return true;
}

/* [EPA FF-1] CH4 = n x V x MCF x C x 0.0423 x 520/T x P/1 x 1440 x 0.454/1000 (22b) */
void epa_ff1_vent(struct line *line)
{
    struct input days;
    struct input ch4;
    struct input density;
    struct input pound;
    struct ratio flow;
    struct ratio moisture;
    char text[2][RATIO_TEXT_SIZE];
    if (line->calc->period.cadence != CADENCE_QUARTER) {
        line_fail(line, ERR_TYPE, "period", "YYYY-Qn", "the equation is for a quarter");
        return;
    }
    line_method(line, "M_FF1");
    bool good = read_days(line, &days);
    good = read_flow(line, &flow) && good;
    good = line_fraction(line, &ch4, "ch4", line->in->ch4) && good;
    good = read_moisture(line, &moisture) && good;
    good = line_param(line, &density, "density CH4", "epa.density") && good;
    good = line_param(line, &pound, "tonnes a pound", "epa.pound") && good;
    if (!good) {
        return;
    }
    line_ratio_text(line, text[0], &flow);
    line_ratio_text(line, text[1], &moisture);
    line->ch4_t = flow;
    ratio_mul_dec(&line->ch4_t, days.value);
    ratio_mul(&line->ch4_t, &moisture);
    ratio_mul_dec(&line->ch4_t, ch4.value);
    ratio_mul_dec(&line->ch4_t, density.value);
    ratio_mul_int(&line->ch4_t, 1440);
    ratio_mul_dec(&line->ch4_t, pound.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s x %s x %s x %s x 1440 x %s", days.text,
              text[0], text[1], ch4.text, density.text, pound.text);
}
