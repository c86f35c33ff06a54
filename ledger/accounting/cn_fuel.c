/* SPDX-License-Identifier: Apache-2.0 */
/* L_FUEL: carbon content measured, or heat value times carbon per heat, measured or default, in
 * that order of preference [methodology 2.2]. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/fuel.h"

#include <stdio.h>
#include <string.h>

struct carbon {
    struct input content; /* tC per t or 1e4Nm3, where measured */
    struct input ncv;
    struct input cc;
    bool measured;
};

static bool from_set(struct line *line, struct input *out, const char *name, const char *fuel,
                     const char *what)
{
    char key[LIMIT_ID_TEXT + 32];
    snprintf(key, sizeof key, "fuel.%.64s.%s", fuel, what);
    return line_param(line, out, name, key);
}

static bool read_carbon(struct line *line, struct carbon *out, const Seam__FuelName *fuel)
{
    const Seam__Line *in = line->in;
    const bool gas = strcmp(fuel->unit, "1e4Nm3") == 0;
    out->measured = in->carbon_content != NULL;
    if (out->measured) {
        if (in->ncv != NULL || in->cc != NULL) {
            line_fail(line, ERR_PARAM, "carbon_content", NULL,
                      "give carbon_content, or ncv with cc, not both");
            return false;
        }
        line_method(line, "M_CC");
        return line_quantity(line, &out->content, "carbon_content", "carbon_content",
                             in->carbon_content, gas ? "tC/1e4Nm3" : "tC/t");
    }
    line_method(line, in->ncv != NULL ? "M_NCV" : "M_DEFAULT");
    if (in->cc != NULL && in->ncv == NULL) {
        line_fail(line, ERR_MISSING, "ncv", NULL, "cc alone says nothing of this fuel's heat");
        return false;
    }
    const bool heat = in->ncv != NULL ? line_quantity(line, &out->ncv, "ncv", "ncv", in->ncv,
                                                      gas ? "GJ/1e4Nm3" : "GJ/t")
                                      : from_set(line, &out->ncv, "ncv", fuel->fuel, "ncv");
    const bool carbon = in->cc != NULL ? line_quantity(line, &out->cc, "cc", "cc", in->cc, "tC/GJ")
                                       : from_set(line, &out->cc, "cc", fuel->fuel, "cc");
    return heat && carbon;
}

/* [KSSJ 5.2.2b] [KSSJ 5.2.2c] E = AD x CC x OF x 44/12 (2), CC = NCV x EF (3) */
void cn_fuel(struct line *line)
{
    const Seam__FuelName *fuel = fuel_find(line);
    if (fuel == NULL) {
        return;
    }
    struct ratio ad;
    struct carbon carbon;
    struct input of;
    char amount[RATIO_TEXT_SIZE];
    char key[LIMIT_ID_TEXT + 32];
    snprintf(key, sizeof key, "fuel.%.64s.of", fuel->fuel);
    const bool have_ad = fuel_amount(line, &ad, fuel->unit);
    const bool have_carbon = read_carbon(line, &carbon, fuel);
    const bool have_of = line_fraction_or(line, &of, "of", line->in->of, key);
    if (!have_ad || !have_carbon || !have_of) {
        return;
    }
    struct ratio out = ad;
    line_ratio_text(line, amount, &ad);
    if (carbon.measured) {
        ratio_mul_dec(&out, carbon.content.value);
    } else {
        ratio_mul_dec(&out, carbon.ncv.value);
        ratio_mul_dec(&out, carbon.cc.value);
    }
    ratio_mul_dec(&out, of.value);
    ratio_mul_int(&out, 44);
    ratio_div_int(&out, 12);
    if (carbon.measured) {
        line_step(line, "E", &out, "tCO2", "%s x %s x %s x 44/12", amount, carbon.content.text,
                  of.text);
    } else {
        line_step(line, "E", &out, "tCO2", "%s x %s x %s x %s x 44/12", amount, carbon.ncv.text,
                  carbon.cc.text, of.text);
    }
    line->co2_t = out;
}
