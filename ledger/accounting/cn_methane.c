/* SPDX-License-Identifier: Apache-2.0 */
/* L_CH4_UG and its pairing with what was burnt or delivered (decision D32). The gas lines are read
 * once before any line is evaluated, silently, because an underground line may stand anywhere in
 * the file; their own errors are noted when their turn comes. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/form.h"
#include "ledger/accounting/vent.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static bool occurs(const Seam__Line *in)
{
    return in->not_occurring[0] == '\0';
}

static struct line quiet_line(struct calc *calc, size_t index)
{
    struct line line = {
        .calc = calc, .in = calc->file->lines[index], .index = index, .quiet = true};
    return line;
}

/* Q x V_CH4, times OF where only the burnt part counts. */
static bool methane_of(struct line *line, struct ratio *out, bool times_of)
{
    struct input ch4;
    struct input of;
    const char *text = line->in->composition != NULL ? line->in->composition->ch4 : "";
    if (!line_volume(line, out, "gas", line->in->gas)) {
        return false;
    }
    if (text[0] == '\0') { /* a gas without methane deducts none */
        *out = ratio_of_int(0);
        return line->in->composition != NULL;
    }
    if (!line_fraction(line, &ch4, "composition.CH4", text) ||
        (times_of && !line_fraction_or(line, &of, "of", line->in->of, "flare.of"))) {
        return false;
    }
    ratio_mul_dec(out, ch4.value);
    if (times_of) {
        ratio_mul_dec(out, of.value);
    }
    return true;
}

static void scan_side(struct line *line, struct methane_side *side, const char *field,
                      const Seam__Quantity *stated, bool takes)
{
    if (stated == NULL) {
        side->omitted++;
        if (takes) {
            side->takers++;
            side->taker = line->index;
        }
        return;
    }
    struct ratio value;
    if (!line_volume(line, &value, field, stated)) {
        line->calc->methane.unclear = true;
        return;
    }
    ratio_add(&side->stated, &value);
    /* Half a unit of the last digit typed, in the typed unit. */
    Seam__Quantity unit = *stated;
    unit.value = (char *)"1";
    struct ratio half;
    if (line_volume(line, &half, field, &unit)) {
        ratio_div_int(&half, 2 * (int64_t)dec_power(dec_typed_decimals(bytes_text(stated->value))));
        ratio_add(&side->tolerance, &half);
    }
}

static void scan_underground(struct line *line, bool alone)
{
    struct methane *methane = &line->calc->methane;
    const Seam__Line *in = line->in;
    struct ratio drained;
    const bool drains = in->drained != NULL &&
                        line_volume(line, &drained, "drained", in->drained) &&
                        ratio_sign(&drained) > 0;
    scan_side(line, &methane->destroyed, "flare_destroyed", in->flare_destroyed, alone || drains);
    scan_side(line, &methane->utilised, "utilised", in->utilised, alone || drains);
    if (in->sold_gas != NULL) {
        struct ratio sold;
        methane->paired = true;
        if (line_volume(line, &sold, "sold_gas", in->sold_gas)) {
            ratio_add(&methane->utilised.exact, &sold);
        } else {
            methane->unclear = true;
        }
    }
}

static void scan_burnt(struct line *line, bool flare)
{
    struct methane *methane = &line->calc->methane;
    methane->paired = true;
    struct ratio ch4;
    if (!occurs(line->in)) {
        return;
    }
    if (methane_of(line, &ch4, flare)) {
        ratio_add(flare ? &methane->destroyed.exact : &methane->utilised.exact, &ch4);
    } else {
        methane->unclear = true;
    }
}

void cn_methane_scan(struct calc *calc)
{
    struct methane *methane = &calc->methane;
    const struct ratio zero = ratio_of_int(0);
    *methane = (struct methane){.deducted = zero,
                                .drained = zero,
                                .destroyed = {.exact = zero, .stated = zero, .tolerance = zero},
                                .utilised = {.exact = zero, .stated = zero, .tolerance = zero}};
    for (size_t i = 0; i < calc->file->n_lines; i++) {
        const Seam__Line *in = calc->file->lines[i];
        methane->lines += strcmp(in->code, "L_CH4_UG") == 0 && occurs(in) ? 1 : 0;
    }
    for (size_t i = 0; i < calc->file->n_lines; i++) {
        struct line line = quiet_line(calc, i);
        if (strcmp(line.in->code, "L_FLARE") == 0) {
            scan_burnt(&line, true);
        } else if (strcmp(line.in->code, "L_CMM_USE") == 0) {
            scan_burnt(&line, false);
        } else if (strcmp(line.in->code, "L_CH4_UG") == 0 && occurs(line.in)) {
            scan_underground(&line, methane->lines == 1);
        }
    }
}

static void refuse_pair(struct line *line, const char *field, const struct methane_side *side)
{
    char text[RATIO_TEXT_SIZE];
    char limit[64];
    snprintf(limit, sizeof limit, "%.40s 1e4Nm3", line_limit_text(text, &side->exact));
    line_fail(line, ERR_PAIR, field, limit,
              side->takers > 1 ? "several lines could deduct this gas; state it on each"
                               : "must equal what the gas lines of this file burn or use");
}

/* What one side deducts on this line: what is stated, held against the file, or the exact rest. */
static bool deduct(struct line *line, struct ratio *out, const char *field,
                   const struct methane_side *side, const Seam__Quantity *stated)
{
    const struct methane *methane = &line->calc->methane;
    *out = ratio_of_int(0);
    if (stated != NULL && !line_volume(line, out, field, stated)) {
        return false;
    }
    if (!methane->paired) {
        if (stated == NULL || ratio_sign(out) == 0) {
            return true;
        }
        if ((line->calc->options & CALC_SUBMISSION) != 0) {
            line_fail(line, ERR_PAIR, field, "0", "no L_FLARE, L_CMM_USE or sold_gas shows it");
            return false;
        }
        line_flag(line, "UNPAIRED");
        return true;
    }
    if (methane->unclear) {
        return true; /* the error stands on the gas line */
    }
    struct ratio rest = side->exact;
    ratio_sub(&rest, &side->stated);
    struct ratio size = rest;
    size.negative = false;
    const bool agrees = ratio_compare(&size, &side->tolerance) <= 0;
    if (side->omitted == 0 || side->takers != 1 || ratio_sign(&rest) < 0) {
        if (!agrees) {
            refuse_pair(line, field, side);
            return false;
        }
        return true;
    }
    if (stated == NULL && side->taker == line->index) {
        char exact[RATIO_TEXT_SIZE];
        char other[RATIO_TEXT_SIZE];
        *out = rest;
        line_step(line, field, out, "1e4Nm3", "%s of the gas lines - %s stated elsewhere",
                  line_ratio_text(line, exact, &side->exact),
                  line_ratio_text(line, other, &side->stated));
    }
    return true;
}

static bool read_volumes(struct line *line, struct ratio *vent, struct ratio *drained,
                         struct ratio *vam)
{
    const Seam__Line *in = line->in;
    *vent = ratio_of_int(0);
    *drained = ratio_of_int(0);
    *vam = ratio_of_int(0);
    bool good = true;
    if (vent_typed(in) || in->drained == NULL) {
        good = vent_read(line, vent, VENT_CH4);
    }
    good = (in->drained == NULL || line_volume(line, drained, "drained", in->drained)) && good;
    good =
        (in->vam_destroyed == NULL || line_volume(line, vam, "vam_destroyed", in->vam_destroyed)) &&
        good;
    if (in->sold_gas != NULL) {
        struct ratio sold;
        good = line_volume(line, &sold, "sold_gas", in->sold_gas) && good;
    }
    if (good && ratio_compare(vam, vent) > 0) {
        line_fail(line, ERR_DESTROYED_GT_DRAINED, "vam_destroyed", "not above ventilation", NULL);
        return false;
    }
    return good;
}

/* No measurement exists at all: factors of the provincial inventories [methodology 2.5]. */
static void without_measurement(struct line *line)
{
    struct methane *methane = &line->calc->methane;
    struct input coal;
    struct input ef;
    struct input density;
    char key[48];
    line_method(line, "M_FALLBACK");
    line_flag(line, "M_FALLBACK");
    bool good = form_only(line, "a mine without measurement", "coal,mine_class");
    good = line_quantity(line, &coal, "coal", "coal", line->in->coal, "t") && good;
    if (!line_choice(line, "mine_class", line->in->mine_class, "STATE_KEY,STATE_LOCAL,TOWNSHIP")) {
        return;
    }
    snprintf(key, sizeof key, "ch4_ug.fallback.%.16s", line->in->mine_class);
    good = line_param(line, &ef, "EF", key) && good;
    good = line_param(line, &density, "density CH4 at 20 C", "density.CH4.STD_20C") && good;
    if (!good) {
        return;
    }
    methane->evaluated++;
    if (methane->paired && methane->lines == 1) {
        line_fail(line, ERR_PAIR, "coal", NULL,
                  "gas that is burnt or delivered was measured; give ventilation and drained");
        return;
    }
    line->ch4_t = ratio_of_dec(coal.value);
    ratio_mul_dec(&line->ch4_t, ef.value);
    ratio_mul_dec(&line->ch4_t, density.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s x %s", coal.text, ef.text, density.text);
}

/* [KSSJ 5.2.2a] CH4 = (ventilation + drained - flare_destroyed - utilised) x density (6) */
void cn_ch4_ug(struct line *line)
{
    if (line->in->coal != NULL || line->in->mine_class[0] != '\0') {
        without_measurement(line);
        return;
    }
    struct methane *methane = &line->calc->methane;
    struct ratio vent;
    struct ratio drained;
    struct ratio vam;
    struct ratio destroyed;
    struct ratio utilised;
    struct input density;
    line_method(line, line->in->n_ventilation_list > 0 ? "M_FLOW" : "M_MEASURED");
    bool good = read_volumes(line, &vent, &drained, &vam);
    good = deduct(line, &destroyed, "flare_destroyed", &methane->destroyed,
                  line->in->flare_destroyed) &&
           good;
    good = deduct(line, &utilised, "utilised", &methane->utilised, line->in->utilised) && good;
    good = line_param(line, &density, "density CH4", "density.CH4") && good;
    if (!good || methane->unclear) {
        return;
    }
    char text[5][RATIO_TEXT_SIZE];
    struct ratio net = vent;
    ratio_add(&net, &drained);
    ratio_sub(&net, &destroyed);
    ratio_sub(&net, &utilised);
    ratio_sub(&net, &vam);
    line_step(line, "net", &net, "1e4Nm3", "%s + %s - %s - %s - %s",
              line_ratio_text(line, text[0], &vent), line_ratio_text(line, text[1], &drained),
              line_ratio_text(line, text[2], &destroyed), line_ratio_text(line, text[3], &utilised),
              line_ratio_text(line, text[4], &vam));
    ratio_add(&methane->deducted, &destroyed);
    ratio_add(&methane->deducted, &utilised);
    ratio_add(&methane->drained, &drained);
    methane->evaluated++;
    if (ratio_sign(&net) < 0) {
        char limit[64];
        snprintf(limit, sizeof limit, "net %.40s 1e4Nm3", line_limit_text(text[0], &net));
        line_fail(line, ERR_NEGATIVE_NET_CH4, "utilised", limit,
                  "more methane is deducted than ventilation and drainage carry");
        return;
    }
    line->ch4_t = net;
    ratio_mul_dec(&line->ch4_t, density.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s", line_ratio_text(line, text[0], &net),
              density.text);
}

/* Gas that is burnt or used must have been drained, over the whole account. */
void cn_methane_check(struct calc *calc)
{
    const struct methane *methane = &calc->methane;
    if (methane->lines == 0 || methane->evaluated < methane->lines ||
        ratio_compare(&methane->deducted, &methane->drained) <= 0) {
        return;
    }
    for (size_t i = 0; i < calc->file->n_lines; i++) {
        if (strcmp(calc->file->lines[i]->code, "L_CH4_UG") == 0 && occurs(calc->file->lines[i])) {
            struct line line = {.calc = calc,
                                .in = calc->file->lines[i],
                                .index = i,
                                .row = code_find(calc->set->message->edition, "L_CH4_UG")};
            char text[RATIO_TEXT_SIZE];
            char limit[64];
            snprintf(limit, sizeof limit, "at most %.40s 1e4Nm3",
                     line_limit_text(text, &methane->drained));
            line_fail(&line, ERR_DESTROYED_GT_DRAINED, "drained", limit,
                      "flare_destroyed + utilised is more than was drained");
            return;
        }
    }
}
