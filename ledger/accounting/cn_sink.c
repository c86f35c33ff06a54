/* SPDX-License-Identifier: Apache-2.0 */
/* Carbon taken up by reclaimed land: the difference of two measured stocks, spread over the time
 * between the campaigns, credited by months. A removal is positive, a loss negative: the sign comes
 * from the stocks, never from a person (decision D29). */
#include "ledger/accounting/code.h"
#include "ledger/accounting/form.h"
#include "ledger/crypto/hash.h"

#include <stdio.h>
#include <string.h>

struct credit {
    struct input area;
    struct input years;
    struct input months;
};

static void check_hash(struct line *line, const char *field, ProtobufCBinaryData in)
{
    if (in.len == 0 && (line->calc->options & CALC_SUBMISSION) != 0) {
        line_fail(line, ERR_MISSING, field, "SHA-256", "a submission names what was measured");
    } else if (in.len != 0 && in.len != HASH_SIZE) {
        line_fail(line, ERR_LENGTH, field, "32 bytes", NULL);
    }
}

static bool read_date(struct line *line, struct date *out, const char *field, const char *text)
{
    if (text[0] == '\0') {
        if ((line->calc->options & CALC_SUBMISSION) != 0) {
            line_fail(line, ERR_MISSING, field, "YYYY-MM-DD", "date of the sampling campaign");
        }
        return false;
    }
    const enum err err = date_parse(out, bytes_text(text));
    if (err != OK) {
        line_fail(line, err, field, "YYYY-MM-DD", NULL);
    }
    return err == OK;
}

/* Campaigns and documents: asked of a submission, looked at wherever they stand. */
static void check_campaigns(struct line *line)
{
    const Seam__Line *in = line->in;
    struct date start;
    struct date end;
    const bool first = read_date(line, &start, "measured_start", in->measured_start);
    const bool second = read_date(line, &end, "measured_end", in->measured_end);
    if (first && second && date_to_days(end) <= date_to_days(start)) {
        line_fail(line, ERR_RANGE, "measured_end", "after measured_start", NULL);
    }
    check_hash(line, "lab_start", in->lab_start);
    check_hash(line, "lab_end", in->lab_end);
    check_hash(line, "polygon", in->polygon);
}

static bool read_credit(struct line *line, struct credit *out)
{
    const Seam__Line *in = line->in;
    const char *months = form_months(in, line->calc->period);
    check_campaigns(line);
    bool good = line_quantity(line, &out->area, "area", "area", in->area, "ha");
    good = line_number(line, &out->years, "years", "years", in->years) && good;
    good = line_number(line, &out->months, "months", "months", months) && good;
    if (!good) {
        return false;
    }
    struct ratio whole = ratio_of_dec(out->years.value);
    const struct ratio credited = ratio_of_dec(out->months.value);
    ratio_mul_int(&whole, 12);
    if (ratio_compare(&credited, &whole) > 0) {
        char text[RATIO_TEXT_SIZE];
        char limit[64];
        snprintf(limit, sizeof limit, "at most %.40s", line_limit_text(text, &whole));
        line_fail(line, ERR_AREA_DUP, "months", limit,
                  "more months than lie between the campaigns");
        return false;
    }
    return !line->failed;
}

/* stock change per hectare, in tC, becomes CO2 of the months credited */
static void finish(struct line *line, const struct ratio *change, const struct credit *credit)
{
    char text[RATIO_TEXT_SIZE];
    line->co2_t = *change;
    ratio_mul_dec(&line->co2_t, credit->area.value);
    ratio_mul_int(&line->co2_t, 44);
    ratio_div_int(&line->co2_t, 12);
    ratio_mul_dec(&line->co2_t, credit->months.value);
    ratio_div_int(&line->co2_t, 12);
    ratio_div_dec(&line->co2_t, credit->years.value);
    line_step(line, "removal", &line->co2_t, "tCO2", "%s x %s x 44/12 x %s / (12 x %s)",
              line_ratio_text(line, text, change), credit->area.text, credit->months.text,
              credit->years.text);
    if (ratio_sign(change) < 0) {
        line_flag(line, "SINK_LOSS");
    }
}

struct stocks {
    struct input start;
    struct input end;
    bool organic_matter; /* per cent, times 0.58; else organic carbon in g/kg */
};

static bool read_stocks(struct line *line, struct stocks *out)
{
    const Seam__Line *in = line->in;
    const bool som = in->som_start != NULL || in->som_end != NULL;
    const bool soc = in->soc_start != NULL || in->soc_end != NULL;
    if (som == soc) {
        line_fail(line, som ? ERR_PARAM : ERR_MISSING, "som_start", NULL,
                  "som_start and som_end {%}, or soc_start and soc_end {g/kg}");
        return false;
    }
    out->organic_matter = som;
    line_method(line, som ? "M_SOM" : "M_SOC");
    if (soc) {
        const bool first =
            line_quantity(line, &out->start, "soc_start", "soc", in->soc_start, "g/kg");
        return line_quantity(line, &out->end, "soc_end", "soc", in->soc_end, "g/kg") && first;
    }
    const bool first = line_quantity(line, &out->start, "som_start", "som", in->som_start, "%");
    if (!line_quantity(line, &out->end, "som_end", "som", in->som_end, "%") || !first) {
        return false;
    }
    struct ratio change = ratio_of_dec(out->end.value);
    const struct ratio most = ratio_of_int(50);
    ratio_sub_dec(&change, out->start.value);
    change.negative = false;
    if (ratio_compare(&change, &most) > 0) {
        line_fail(line, ERR_RANGE, "som_end", "a change of at most 50 %", NULL);
        return false;
    }
    return true;
}

/* [KSSJ 5.1.2b] removal = (S2 - S1) x area x 44/12 / years (18), S = SOM x 0.58 x depth x density
 * x (1 - coarse) (19) */
void cn_sink_soil(struct line *line)
{
    const Seam__Line *in = line->in;
    struct credit credit;
    struct stocks stocks;
    struct input depth;
    struct input density;
    struct input coarse;
    struct input carbon = {.text = "1/10"};
    bool good = read_stocks(line, &stocks);
    good = line_quantity(line, &depth, "depth", "depth", in->depth, "cm") && good;
    good =
        line_quantity(line, &density, "bulk_density", "bulk_density", in->bulk_density, "g/cm3") &&
        good;
    good = line_fraction(line, &coarse, "coarse_fraction", in->coarse_fraction) && good;
    good = read_credit(line, &credit) && good;
    if (!good || (stocks.organic_matter &&
                  !line_param(line, &carbon, "carbon of organic matter", "soil.carbon"))) {
        return;
    }
    struct ratio change = ratio_of_dec(stocks.end.value);
    struct ratio fine = ratio_of_int(1);
    ratio_sub_dec(&change, stocks.start.value);
    if (stocks.organic_matter) {
        ratio_mul_dec(&change, carbon.value);
    } else {
        ratio_div_int(&change, 10);
    }
    ratio_sub_dec(&fine, coarse.value);
    ratio_mul_dec(&change, depth.value);
    ratio_mul_dec(&change, density.value);
    ratio_mul(&change, &fine);
    line_step(line, "change of stock", &change, "tC/ha", "(%s - %s) x %s x %s x %s x (1 - %s)",
              stocks.end.text, stocks.start.text, carbon.text, depth.text, density.text,
              coarse.text);
    finish(line, &change, &credit);
}

/* [KSSJ 5.1.2b] removal = (B2 - B1) x (1 + root:shoot) x CF x area x 44/12 / years (20) */
void cn_sink_veg(struct line *line)
{
    const Seam__Line *in = line->in;
    struct credit credit;
    struct input start;
    struct input end;
    struct input roots;
    struct input carbon;
    line_method(line, "M_STOCK");
    bool good = line_quantity(line, &start, "biomass_start", "biomass", in->biomass_start, "t/ha");
    good = line_quantity(line, &end, "biomass_end", "biomass", in->biomass_end, "t/ha") && good;
    good = line_number(line, &roots, "root_shoot", "root_shoot", in->root_shoot) && good;
    good = line_fraction_or(line, &carbon, "carbon_fraction", in->carbon_fraction,
                            "veg.carbon_fraction") &&
           good;
    if (!read_credit(line, &credit) || !good) {
        return;
    }
    struct ratio change = ratio_of_dec(end.value);
    struct ratio both = ratio_of_int(1);
    ratio_sub_dec(&change, start.value);
    ratio_add_dec(&both, roots.value);
    ratio_mul(&change, &both);
    ratio_mul_dec(&change, carbon.value);
    line_step(line, "change of stock", &change, "tC/ha", "(%s - %s) x (1 + %s) x %s", end.text,
              start.text, roots.text, carbon.text);
    finish(line, &change, &credit);
}
