/* SPDX-License-Identifier: Apache-2.0 */
/* What an open pit has and an underground mine has not, or only for information: methane of the
 * pit, slow oxidation of coal left in the faces, explosives, open fire. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/form.h"

#include <stdio.h>
#include <string.h>

/* [KSSJ 5.2.3] CH4 = coal x EF / 1000 (8) */
void cn_ch4_op(struct line *line)
{
    struct input coal;
    struct input ef;
    bool good = line_quantity(line, &coal, "coal", "coal", line->in->coal, "t");
    line_method(line, line->in->ef != NULL ? "M_EF" : "M_DEFAULT");
    good = (line->in->ef != NULL ? line_quantity(line, &ef, "ef", "ef", line->in->ef, "kg/t")
                                 : line_param(line, &ef, "EF", "ch4_op.ef")) &&
           good;
    if (!good) {
        return;
    }
    line->ch4_t = ratio_of_dec(coal.value);
    ratio_mul_dec(&line->ch4_t, ef.value);
    ratio_div_int(&line->ch4_t, 1000);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s / 1000", coal.text, ef.text);
}

/* --- slow oxidation ----------------------------------------------------------------------------*/

/* The three readings of table 6: what g counts is typed, never guessed [methodology 3.1]. */
static bool read_basis(struct line *line)
{
    if (line->in->g_basis[0] == '\0') {
        line_fail(line, ERR_GBASIS, "g_basis", "IN_PLACE,RESIDUAL,EXTRACTED",
                  "is g the coal in place before mining, the coal left, or the coal extracted?");
        return false;
    }
    return line_choice(line, "g_basis", line->in->g_basis, "IN_PLACE,RESIDUAL,EXTRACTED");
}

static void unmined(struct line *line, struct ratio *out, const struct input *g,
                    const struct input *k)
{
    const char *basis = line->in->g_basis;
    *out = ratio_of_dec(g->value);
    if (strcmp(basis, "RESIDUAL") == 0) {
        line_step(line, "un-mined coal", out, "t", "%s, k is informative", g->text);
        return;
    }
    struct ratio left = ratio_of_int(1);
    ratio_sub_dec(&left, k->value);
    ratio_mul(out, &left);
    if (strcmp(basis, "EXTRACTED") == 0) {
        ratio_div_dec(out, k->value);
        line_step(line, "un-mined coal", out, "t", "%s x (1 - %s) / %s", g->text, k->text, k->text);
    } else {
        line_step(line, "un-mined coal", out, "t", "%s x (1 - %s)", g->text, k->text);
    }
}

/* [KSSJ 5.2.3] [KSSJ table 6] E = U x Q x C x m x 44/12 (14) */
void cn_slowox(struct line *line)
{
    const Seam__Line *in = line->in;
    struct input g;
    struct input k;
    struct input q;
    struct input c;
    struct input m;
    bool good = read_basis(line);
    if (in->face[0] == '\0') {
        line_fail(line, ERR_MISSING, "face", NULL, "m adds up over the periods of one face");
        good = false;
    }
    if ((line->calc->options & CALC_SUBMISSION) != 0 && in->n_evidence == 0) {
        line_fail(line, ERR_MISSING, "evidence", NULL, "m has no default; name the document");
        good = false;
    }
    good = line_quantity(line, &g, "g", "coal", in->g, "t") && good;
    good = line_fraction(line, &k, "k", in->k) && good;
    good = line_quantity(line, &q, "q", "q", in->q, "MJ/kg") && good;
    good = line_quantity(line, &c, "c", "c", in->c, "kg/MJ") && good;
    good = line_fraction(line, &m, "m", in->m) && good;
    if (!good) {
        return;
    }
    if (strcmp(in->g_basis, "EXTRACTED") == 0 && dec_is_zero(k.value)) {
        line_fail(line, ERR_RANGE, "k", "above 0", "nothing was extracted from this face");
        return;
    }
    struct ratio coal;
    char text[RATIO_TEXT_SIZE];
    line_method(line, in->g_basis);
    unmined(line, &coal, &g, &k);
    line->co2_t = coal;
    ratio_mul_dec(&line->co2_t, q.value);
    ratio_mul_dec(&line->co2_t, c.value);
    ratio_mul_dec(&line->co2_t, m.value);
    ratio_mul_int(&line->co2_t, 44);
    ratio_div_int(&line->co2_t, 12);
    line_step(line, "E", &line->co2_t, "tCO2", "%s x %s x %s x %s x 44/12",
              line_ratio_text(line, text, &coal), q.text, c.text, m.text);
}

/* --- explosives --------------------------------------------------------------------------------*/

static bool read_explosive(struct line *line, struct input *out)
{
    const Seam__Line *in = line->in;
    const int forms = (in->ef != NULL) + (in->carbon_content != NULL) + (in->explosive[0] != '\0');
    if (forms != 1) {
        line_fail(line, forms == 0 ? ERR_MISSING : ERR_PARAM, "explosive",
                  "ANFO,HEAVY_ANFO,EMULSION", "one of explosive, ef, carbon_content");
        return false;
    }
    if (in->carbon_content != NULL) {
        line_method(line, "M_CC");
        return line_quantity(line, out, "carbon_content", "carbon_content", in->carbon_content,
                             "tC/t");
    }
    if (in->ef != NULL) {
        line_method(line, "M_EF");
        return line_quantity(line, out, "ef", "ef_explosive", in->ef, "tCO2/t");
    }
    char key[48];
    line_method(line, "M_DEFAULT");
    snprintf(key, sizeof key, "explosive.%.24s", in->explosive);
    return line_choice(line, "explosive", in->explosive, "ANFO,HEAVY_ANFO,EMULSION") &&
           line_param(line, out, "EF", key);
}

/* [KSSJ 5.2.3] E = M x EF, or M x C x 44/12: all carbon of the product becomes CO2 (15) */
void cn_expl(struct line *line)
{
    struct input mass;
    struct input factor;
    const bool good = line_quantity(line, &mass, "mass", "mass", line->in->mass, "t");
    if (!read_explosive(line, &factor) || !good) {
        return;
    }
    line->co2_t = ratio_of_dec(mass.value);
    ratio_mul_dec(&line->co2_t, factor.value);
    if (line->in->carbon_content != NULL) {
        ratio_mul_int(&line->co2_t, 44);
        ratio_div_int(&line->co2_t, 12);
        line_step(line, "E", &line->co2_t, "tCO2", "%s x %s x 44/12", mass.text, factor.text);
    } else {
        line_step(line, "E", &line->co2_t, "tCO2", "%s x %s", mass.text, factor.text);
    }
}

/* --- open fire ---------------------------------------------------------------------------------*/

/* (17) E = f x A x h / 1000 */
static void fire_by_flux(struct line *line)
{
    const Seam__Line *in = line->in;
    struct input flux;
    struct input area;
    struct input hours;
    line_method(line, "M_FLUX");
    bool good = form_only(line, "a flux", "flux,area,hours");
    good = line_quantity(line, &flux, "flux", "flux", in->flux, "kg/(m2.h)") && good;
    good = line_quantity(line, &area, "area", "area", in->area, "m2") && good;
    good = line_number(line, &hours, "hours", "hours", in->hours) && good;
    if (!good) {
        return;
    }
    const int64_t most = (int64_t)period_days(line->calc->period) * 24;
    if (dec_compare(hours.value, dec_of(most, 0)) > 0) {
        char limit[32];
        snprintf(limit, sizeof limit, "0..%u", (unsigned)most);
        line_fail(line, ERR_RANGE, "hours", limit, "the period has no more hours");
        return;
    }
    line->co2_t = ratio_of_dec(flux.value);
    ratio_mul_dec(&line->co2_t, area.value);
    ratio_mul_dec(&line->co2_t, hours.value);
    ratio_div_int(&line->co2_t, 1000);
    line_step(line, "E", &line->co2_t, "tCO2", "%s x %s x %s / 1000", flux.text, area.text,
              hours.text);
}

/* (16) E = M x C x OF x 44/12 */
static void fire_by_mass(struct line *line)
{
    const Seam__Line *in = line->in;
    struct input mass;
    struct input carbon;
    struct input of;
    line_method(line, "M_MASS");
    bool good = form_only(line, "a mass", "mass,carbon_content,of");
    good = line_quantity(line, &mass, "mass", "mass", in->mass, "t") && good;
    good = line_quantity(line, &carbon, "carbon_content", "carbon_content", in->carbon_content,
                         "tC/t") &&
           good;
    good = line_fraction_or(line, &of, "of", in->of, "spcomb.of") && good;
    if (!good) {
        return;
    }
    line->co2_t = ratio_of_dec(mass.value);
    ratio_mul_dec(&line->co2_t, carbon.value);
    ratio_mul_dec(&line->co2_t, of.value);
    ratio_mul_int(&line->co2_t, 44);
    ratio_div_int(&line->co2_t, 12);
    line_step(line, "E", &line->co2_t, "tCO2", "%s x %s x %s x 44/12", mass.text, carbon.text,
              of.text);
}

/* [KSSJ 5.2.3] coal that burns outside boilers and is no use of energy */
void cn_spcomb(struct line *line)
{
    if (line->in->flux != NULL) {
        fire_by_flux(line);
    } else {
        fire_by_mass(line);
    }
}
