/* SPDX-License-Identifier: Apache-2.0 */
/* Gas burnt (flare and own use) by composition, and carbon dioxide released underground. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/vent.h"

#include <assert.h>
#include <stdio.h>

/* Carbon atoms a molecule [methodology 2.3 (5)]. CO2 in the gas is not burnt: it is L_CO2_UG. */
struct component {
    const char *field;
    const char *text;
    int atoms;
};

struct mixture {
    struct ratio carbon; /* tC per 1e4Nm3 */
    struct ratio total;
};

/* CC = sum(12 x CN x V) x 10/22.4 */
static bool read_composition(struct line *line, struct mixture *out)
{
    const Seam__Composition *in = line->in->composition;
    struct input volume;
    if (in == NULL) {
        line_fail(line, ERR_MISSING, "composition", "CH4, C2H6, C3H8, CO", NULL);
        return false;
    }
    if (in->co2[0] != '\0') {
        line_fail(line, ERR_UNKNOWN_FIELD, "composition.CO2", "CH4, C2H6, C3H8, CO",
                  "CO2 already in the gas is booked under L_CO2_UG");
        return false;
    }
    const struct component parts[] = {{"composition.CH4", in->ch4, 1},
                                      {"composition.C2H6", in->c2h6, 2},
                                      {"composition.C3H8", in->c3h8, 3},
                                      {"composition.CO", in->co, 1}};
    char text[200] = "";
    size_t size = 0;
    size_t typed = 0;
    bool good = line_param(line, &volume, "molar volume", "physics.molar_volume");
    out->carbon = ratio_of_int(0);
    out->total = ratio_of_int(0);
    for (size_t i = 0; i < 4; i++) {
        struct input fraction;
        if (parts[i].text[0] == '\0') {
            continue;
        }
        if (!line_fraction(line, &fraction, parts[i].field, parts[i].text)) {
            good = false;
            continue;
        }
        struct ratio part = ratio_of_dec(fraction.value);
        ratio_add(&out->total, &part);
        ratio_mul_int(&part, 12 * parts[i].atoms);
        ratio_add(&out->carbon, &part);
        const int wrote = snprintf(text + size, sizeof text - size, "%s12 x %d x %s",
                                   typed > 0 ? " + " : "", parts[i].atoms, fraction.text);
        assert(wrote > 0);
        size += (size_t)wrote;
        typed++;
    }
    if (!good) {
        return false;
    }
    const struct ratio one = ratio_of_int(1);
    if (typed == 0 || ratio_compare(&out->total, &one) > 0) {
        line_fail(line, typed == 0 ? ERR_MISSING : ERR_RANGE, "composition",
                  "volume fractions whose sum is at most 1", NULL);
        return false;
    }
    ratio_mul_int(&out->carbon, 10);
    ratio_div_dec(&out->carbon, volume.value);
    line_step(line, "CC", &out->carbon, "tC/1e4Nm3", "(%s) x 10 / %s", text, volume.text);
    return true;
}

/* E = Q x CC x OF x 44/12 (4) */
static void burn_gas(struct line *line, const char *of_key)
{
    struct ratio gas;
    struct mixture mixture;
    struct input of;
    line_method(line, "M_COMPOSITION");
    const bool have_gas = line_volume(line, &gas, "gas", line->in->gas);
    const bool have_mixture = read_composition(line, &mixture);
    const bool have_of = line_fraction_or(line, &of, "of", line->in->of, of_key);
    if (!have_gas || !have_mixture || !have_of) {
        return;
    }
    char amount[RATIO_TEXT_SIZE];
    char carbon[RATIO_TEXT_SIZE];
    struct ratio out = gas;
    ratio_mul(&out, &mixture.carbon);
    ratio_mul_dec(&out, of.value);
    ratio_mul_int(&out, 44);
    ratio_div_int(&out, 12);
    line_step(line, "E", &out, "tCO2", "%s x %s x %s x 44/12", line_ratio_text(line, amount, &gas),
              line_ratio_text(line, carbon, &mixture.carbon), of.text);
    line->co2_t = out;
}

/* Gas burnt by an underground mine is deducted from its underground methane; without that line
 * nobody can see that it is (E_PAIR, methodology 1.3). */
static void check_paired(struct line *line)
{
    const struct calc *calc = line->calc;
    if (code_kind(calc->file->kind) != KIND_UG || calc->methane.lines > 0) {
        return;
    }
    if ((calc->options & CALC_SUBMISSION) != 0) {
        line_fail(line, ERR_PAIR, "gas", "an L_CH4_UG line that deducts this gas", NULL);
    } else {
        line_flag(line, "UNPAIRED");
    }
}

/* [KSSJ 3.6] */
void cn_flare(struct line *line)
{
    burn_gas(line, "flare.of");
    check_paired(line);
}

/* [KSSJ 3.5] */
void cn_cmm_use(struct line *line)
{
    burn_gas(line, "cmm.of");
    check_paired(line);
}

/* CO2 = (ventilation + drained - recovered) x density (9), or the net volume itself. */
static bool net_co2(struct line *line, struct ratio *net)
{
    const Seam__Line *in = line->in;
    if (in->net != NULL) {
        if (vent_typed(in) || in->drained != NULL || in->recovered != NULL) {
            line_fail(line, ERR_PARAM, "net", NULL,
                      "give net, or ventilation, drained and recovered, not both");
            return false;
        }
        line_method(line, "M_NET");
        return line_volume(line, net, "net", in->net);
    }
    line_method(line, "M_MEASURED");
    struct ratio drained = ratio_of_int(0);
    struct ratio recovered = ratio_of_int(0);
    bool good = vent_read(line, net, VENT_CO2);
    good = (in->drained == NULL || line_volume(line, &drained, "drained", in->drained)) && good;
    good = (in->recovered == NULL || line_volume(line, &recovered, "recovered", in->recovered)) &&
           good;
    if (!good) {
        return false;
    }
    char vent_text[RATIO_TEXT_SIZE];
    char drained_text[RATIO_TEXT_SIZE];
    char recovered_text[RATIO_TEXT_SIZE];
    line_ratio_text(line, vent_text, net);
    ratio_add(net, &drained);
    ratio_sub(net, &recovered);
    line_step(line, "net", net, "1e4Nm3", "%s + %s - %s", vent_text,
              line_ratio_text(line, drained_text, &drained),
              line_ratio_text(line, recovered_text, &recovered));
    if (ratio_sign(net) < 0) {
        line_fail(line, ERR_NEG, "recovered", "not above ventilation + drained", NULL);
        return false;
    }
    return true;
}

/* [KSSJ 5.2.2a] */
void cn_co2_ug(struct line *line)
{
    struct ratio net;
    struct input density;
    char text[RATIO_TEXT_SIZE];
    const bool have_net = net_co2(line, &net);
    if (!line_param(line, &density, "density CO2", "density.CO2") || !have_net) {
        return;
    }
    line->co2_t = net;
    ratio_mul_dec(&line->co2_t, density.value);
    line_step(line, "CO2", &line->co2_t, "tCO2", "%s x %s", line_ratio_text(line, text, &net),
              density.text);
}
