/* SPDX-License-Identifier: Apache-2.0 */
/* Q_N = Q x 273.15/(273.15+t) x P/101.325 x (1-w) [methodology 1.2] is rational in every factor, so
 * even a year of different temperatures is summed without rounding. */
#include "ledger/accounting/vent.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FLOWS_MAX 48
#define NAME_SIZE 48

static const char *named(char *out, size_t index, const char *field)
{
    snprintf(out, NAME_SIZE, "ventilation[%u].%s", (unsigned)index, field);
    return out;
}

bool vent_typed(const Seam__Line *in)
{
    return in->ventilation != NULL || in->n_ventilation_list > 0;
}

static bool read_days(struct line *line, int64_t *out, const Seam__Flow *flow, size_t index)
{
    char name[NAME_SIZE];
    struct period month = line->calc->period;
    if (flow->month[0] != '\0') {
        if (period_parse(&month, bytes_text(flow->month)) != OK ||
            !period_contains_month(line->calc->period, month)) {
            line_fail(line, ERR_RANGE, named(name, index, "month"), "a month of the period", NULL);
            return false;
        }
    } else if (month.cadence != CADENCE_MONTH) {
        line_fail(line, ERR_MISSING, named(name, index, "month"), "YYYY-MM",
                  "files of more than a month name the month of each flow");
        return false;
    }
    struct input days;
    if (!line_number(line, &days, named(name, index, "days"), "days", flow->days)) {
        return false;
    }
    if (days.value.m > (int64_t)period_days(month)) {
        char limit[24];
        snprintf(limit, sizeof limit, "0..%u", (unsigned)period_days(month));
        line_fail(line, ERR_RANGE, named(name, index, "days"), limit, NULL);
        return false;
    }
    *out = days.value.m;
    return true;
}

static void minutes(struct ratio *volume, int64_t days)
{
    ratio_mul_int(volume, days * 24 * 60);
    ratio_div_int(volume, 10000);
}

/* (7): mean flow of pure gas over the working days of a month. */
static bool read_mean(struct line *line, struct ratio *out, const Seam__Flow *flow, size_t index)
{
    char name[NAME_SIZE];
    struct input mean;
    int64_t days = 0;
    const bool good = line_quantity(line, &mean, named(name, index, "mean_flow"), "mean_flow",
                                    flow->mean_flow, "Nm3/min");
    if (!read_days(line, &days, flow, index) || !good) {
        return false;
    }
    *out = ratio_of_dec(mean.value);
    minutes(out, days);
    line_step(line, named(name, index, "Q"), out, "1e4Nm3", "%s x %d x 60 x 24 / 10000", mean.text,
              (int)days);
    return true;
}

struct air {
    struct input flow;
    struct input temperature;
    struct input pressure;
    struct input water;
    struct input outside;
    struct input inside;
    bool normal; /* the flow is already at 0 degrees C and 101.325 kPa */
};

static bool read_fractions(struct line *line, struct air *air, const Seam__Flow *flow, size_t index,
                           enum vent_gas gas)
{
    char name[NAME_SIZE];
    const bool ch4 = gas == VENT_CH4;
    const char *after = ch4 ? flow->ch4_return : flow->co2_return;
    const char *before = ch4 ? flow->ch4_intake : flow->co2_intake;
    const char *other = ch4 ? flow->co2_return : flow->ch4_return;
    if (other[0] != '\0') {
        line_fail(line, ERR_UNKNOWN_FIELD, named(name, index, ch4 ? "co2_return" : "ch4_return"),
                  NULL, "the fraction of another gas");
        return false;
    }
    if (before[0] == '\0' && !ch4) {
        line_fail(line, ERR_MISSING, named(name, index, "co2_intake"), "0..1",
                  "outside air holds CO2, about 0.0004");
        return false;
    }
    const bool good = line_fraction(line, &air->inside,
                                    named(name, index, ch4 ? "ch4_return" : "co2_return"), after);
    if (!line_fraction(line, &air->outside, named(name, index, ch4 ? "ch4_intake" : "co2_intake"),
                       before[0] != '\0' ? before : "0") ||
        !good) {
        return false;
    }
    if (dec_compare(air->inside.value, air->outside.value) < 0) {
        line_fail(line, ERR_NEG, named(name, index, ch4 ? "ch4_return" : "co2_return"),
                  "not below the intake", NULL);
        return false;
    }
    return true;
}

static bool read_state(struct line *line, struct air *air, const Seam__Flow *flow, size_t index)
{
    char name[NAME_SIZE];
    air->normal = flow->flow != NULL && strcmp(flow->flow->unit, "Nm3/min") == 0;
    bool good = line_quantity(line, &air->flow, named(name, index, "flow"), "flow", flow->flow,
                              "m3/min,Nm3/min");
    if (air->normal) {
        if (flow->temperature != NULL || flow->pressure != NULL) {
            line_fail(line, ERR_STATE, named(name, index, "flow"), "m3/min",
                      "Nm3/min is already at 0 degrees C and 101.325 kPa");
            return false;
        }
    } else {
        good = line_quantity(line, &air->temperature, named(name, index, "temperature"),
                             "gas_temperature", flow->temperature, "C") &&
               good;
        good = line_quantity(line, &air->pressure, named(name, index, "pressure"), "pressure",
                             flow->pressure, "kPa") &&
               good;
    }
    return line_fraction(line, &air->water, named(name, index, "water"),
                         flow->water[0] != '\0' ? flow->water : "0") &&
           good;
}

static void normalise(struct ratio *flow, const struct air *air)
{
    if (!air->normal) {
        /* The bound of a temperature allows two decimals, so kelvins are whole hundredths. */
        const struct dec t = air->temperature.value;
        assert(t.s <= 2);
        const int64_t hundredths = t.m * (int64_t)dec_power(2u - t.s);
        ratio_mul_int(flow, 27315);
        ratio_div_int(flow, 27315 + hundredths);
        ratio_mul_dec(flow, air->pressure.value);
        ratio_div_dec(flow, dec_of(101325, 3));
    }
    struct ratio dry = ratio_of_int(1);
    ratio_sub_dec(&dry, air->water.value);
    ratio_mul(flow, &dry);
}

static bool read_air(struct line *line, struct ratio *out, const Seam__Flow *flow, size_t index,
                     enum vent_gas gas)
{
    char name[NAME_SIZE];
    char text[RATIO_TEXT_SIZE];
    struct air air;
    int64_t days = 0;
    const bool state = read_state(line, &air, flow, index);
    const bool fractions = read_fractions(line, &air, flow, index, gas);
    if (!read_days(line, &days, flow, index) || !state || !fractions) {
        return false;
    }
    struct ratio normal = ratio_of_dec(air.flow.value);
    normalise(&normal, &air);
    if (air.normal) {
        line_step(line, named(name, index, "F"), &normal, "Nm3/min", "%s x (1 - %s)", air.flow.text,
                  air.water.text);
    } else {
        line_step(line, named(name, index, "F"), &normal, "Nm3/min",
                  "%s x 273.15/(273.15 + %s) x %s/101.325 x (1 - %s)", air.flow.text,
                  air.temperature.text, air.pressure.text, air.water.text);
    }
    struct ratio part = ratio_of_dec(air.inside.value);
    ratio_sub_dec(&part, air.outside.value);
    *out = normal;
    ratio_mul(out, &part);
    line_step(line, named(name, index, "q"), out, "Nm3/min", "%s x (%s - %s)",
              line_ratio_text(line, text, &normal), air.inside.text, air.outside.text);
    const struct ratio mean = *out;
    minutes(out, days);
    line_step(line, named(name, index, "Q"), out, "1e4Nm3", "%s x %d x 60 x 24 / 10000",
              line_ratio_text(line, text, &mean), (int)days);
    return true;
}

static bool read_flow(struct line *line, struct ratio *out, const Seam__Flow *flow, size_t index,
                      enum vent_gas gas)
{
    char name[NAME_SIZE];
    if (flow->mean_flow == NULL) {
        return read_air(line, out, flow, index, gas);
    }
    if (flow->flow != NULL || flow->temperature != NULL || flow->pressure != NULL ||
        flow->water[0] != '\0' || flow->ch4_return[0] != '\0' || flow->co2_return[0] != '\0') {
        line_fail(line, ERR_PARAM, named(name, index, "mean_flow"), NULL,
                  "mean_flow is the flow of the gas itself; give it or flow, not both");
        return false;
    }
    return read_mean(line, out, flow, index);
}

/* A submission of more than a month has a flow for each of its months, if only of 0 days (D30). */
static bool every_month(struct line *line)
{
    const struct date first = period_first_day(line->calc->period);
    struct period month = {.cadence = CADENCE_MONTH,
                           .number =
                               (uint32_t)(first.year - PERIOD_YEAR_MIN) * 12 + first.month - 1};
    if (line->calc->period.cadence == CADENCE_MONTH ||
        (line->calc->options & CALC_SUBMISSION) == 0) {
        return true;
    }
    for (; period_contains_month(line->calc->period, month); month.number++) {
        char text[PERIOD_TEXT_SIZE];
        bool found = false;
        period_text(text, month);
        for (size_t i = 0; i < line->in->n_ventilation_list; i++) {
            found = found || strcmp(line->in->ventilation_list[i]->month, text) == 0;
        }
        if (!found) {
            line_fail(line, ERR_INCOMPLETE, "ventilation", text,
                      "this month has no flow; a month without work has 0 days");
            return false;
        }
    }
    return true;
}

bool vent_read(struct line *line, struct ratio *out, enum vent_gas gas)
{
    const Seam__Line *in = line->in;
    if (in->n_ventilation_list == 0) {
        return line_volume(line, out, "ventilation", in->ventilation);
    }
    if (in->n_ventilation_list > FLOWS_MAX) {
        line_fail(line, ERR_LENGTH, "ventilation", "at most 48 flows", NULL);
        return false;
    }
    bool good = every_month(line);
    *out = ratio_of_int(0);
    for (size_t i = 0; i < in->n_ventilation_list; i++) {
        struct ratio part;
        if (read_flow(line, &part, in->ventilation_list[i], i, gas)) {
            ratio_add(out, &part);
        } else {
            good = false;
        }
    }
    if (good && in->n_ventilation_list > 1) {
        line_step(line, "Q_vent", out, "1e4Nm3", "sum of the %u flows",
                  (unsigned)in->n_ventilation_list);
    }
    return good;
}
