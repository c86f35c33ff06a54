/* SPDX-License-Identifier: Apache-2.0 */
/* Abandoned underground mines [methodology 4.2]. The decay is a power function that nobody
 * evaluates here: its values for whole years stand in the set. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/form.h"

#include <stdio.h>
#include <string.h>

#define BANDS "1901-1925,1926-1950,1951-1975,1976-2000,2001-"
#define LAST_YEAR 2016 /* of the table of tier 1; later years take it and say so */
#define DECAY_YEARS 100

static void finish(struct line *line, struct ratio *volume, const struct ratio *recovered)
{
    struct input density;
    char text[2][RATIO_TEXT_SIZE];
    if (!line_param(line, &density, "density CH4", "density.CH4")) {
        return;
    }
    line_ratio_text(line, text[0], volume);
    ratio_sub(volume, recovered);
    if (ratio_sign(volume) < 0) {
        char limit[64];
        snprintf(limit, sizeof limit, "net %.40s m3", line_limit_text(text[0], volume));
        line_fail(line, ERR_NEGATIVE_NET_CH4, "recovered", limit,
                  "more methane is recovered than is released");
        return;
    }
    line->ch4_t = *volume;
    ratio_mul_dec(&line->ch4_t, density.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "(%s - %s) x %s", text[0],
              line_ratio_text(line, text[1], recovered), density.text);
}

static bool add_band(struct line *line, struct ratio *volume, size_t index, uint32_t year)
{
    const Seam__Band *band = line->in->bands[index];
    struct input mines;
    struct input gassy;
    struct input ef;
    char field[40];
    char key[48];
    snprintf(field, sizeof field, "bands[%u].closed", (unsigned)index);
    if (!line_choice(line, field, band->closed, BANDS)) {
        return false;
    }
    for (size_t i = 0; i < index; i++) {
        if (strcmp(line->in->bands[i]->closed, band->closed) == 0) {
            line_fail(line, ERR_TWICE, field, NULL, "a closure band stands once");
            return false;
        }
    }
    snprintf(field, sizeof field, "bands[%u].mines", (unsigned)index);
    bool good = line_number(line, &mines, field, "mines", band->mines);
    snprintf(field, sizeof field, "bands[%u].gassy", (unsigned)index);
    good = line_fraction(line, &gassy, field, band->gassy) && good;
    snprintf(key, sizeof key, "ipcc.abandoned.%u.%.12s", (unsigned)year, band->closed);
    if (!line_param(line, &ef, "EF", key) || !good) {
        return false;
    }
    struct ratio part = ratio_of_dec(mines.value);
    ratio_mul_dec(&part, gassy.value);
    ratio_mul_dec(&part, ef.value);
    line_step(line, band->closed, &part, "m3", "%s x %s x %s", mines.text, gassy.text, ef.text);
    ratio_add(volume, &part);
    return true;
}

/* (24) mines x gassy fraction x EF of closure band and inventory year */
static bool by_bands(struct line *line, struct ratio *volume)
{
    uint32_t year = period_year(line->calc->period);
    if (line->in->n_bands == 0 || line->in->n_bands > 5) {
        line_fail(line, line->in->n_bands == 0 ? ERR_MISSING : ERR_LENGTH, "bands", BANDS, NULL);
        return false;
    }
    if (year > LAST_YEAR) {
        year = LAST_YEAR;
        line_flag(line, "M_EXTRAP");
    }
    bool good = true;
    *volume = ratio_of_int(0);
    for (size_t i = 0; i < line->in->n_bands; i++) {
        good = add_band(line, volume, i, year) && good;
    }
    return good;
}

/* Years since closure, whole; the table ends at 100. */
static bool read_age(struct line *line, uint32_t *out)
{
    struct input closed;
    if (!line_number(line, &closed, "closed_year", "closed_year", line->in->closed_year)) {
        return false;
    }
    const int64_t age = (int64_t)period_year(line->calc->period) - closed.value.m;
    if (age < 0) {
        line_fail(line, ERR_RANGE, "closed_year", "not after the period", NULL);
        return false;
    }
    *out = age < DECAY_YEARS ? (uint32_t)age : DECAY_YEARS;
    return true;
}

static bool read_emitting(struct line *line, struct input *out)
{
    const Seam__Line *in = line->in;
    *out = (struct input){.value = dec_of(1, 0), .text = "1"};
    if (!line_choice(line, "flooding", in->flooding, "DRY,PARTLY,FLOODED")) {
        return false;
    }
    if (strcmp(in->flooding, "PARTLY") == 0) {
        return in->emitting[0] == '\0' || line_fraction(line, out, "emitting", in->emitting);
    }
    if (in->emitting[0] != '\0') {
        line_fail(line, ERR_UNKNOWN_FIELD, "emitting", NULL, "belongs to a partly flooded mine");
        return false;
    }
    if (strcmp(in->flooding, "FLOODED") == 0) {
        *out = (struct input){.value = dec_of(0, 0), .text = "0"};
    }
    return true;
}

/* (25) rate before closure x (1 + a T)^b, from the table of the set, in units of 10^-12 */
static bool by_decay(struct line *line, struct ratio *volume)
{
    const Seam__Line *in = line->in;
    struct input rate;
    struct input factor;
    struct input emitting;
    uint32_t age = 0;
    char key[48];
    bool good = line_choice(line, "rank", in->rank, "ANTHRACITE,BITUMINOUS,SUB_BITUMINOUS");
    good = line_quantity(line, &rate, "rate", "rate", in->rate, "m3/a") && good;
    good = read_age(line, &age) && good;
    good = read_emitting(line, &emitting) && good;
    if (!good) {
        return false;
    }
    snprintf(key, sizeof key, "ipcc.decay.%.16s.%03u", in->rank, (unsigned)age);
    if (!line_param(line, &factor, "decay", key)) {
        return false;
    }
    *volume = ratio_of_dec(rate.value);
    ratio_mul_dec(volume, factor.value);
    ratio_div_int(volume, INT64_C(1000000000000));
    ratio_mul_dec(volume, emitting.value);
    line_step(line, "volume", volume, "m3", "%s x %s / 10^12 x %s", rate.text, factor.text,
              emitting.text);
    return true;
}

void ipcc_abandoned(struct line *line)
{
    static const char *const forms[] = {"tier,bands,recovered",
                                        "tier,rank,rate,closed_year,flooding,emitting,recovered",
                                        "tier,measured,recovered"};
    static const char *const names[] = {"tier 1", "tier 2", "tier 3"};
    static const char *const methods[] = {"M_TIER1", "M_TIER2", "M_TIER3"};
    struct ratio volume;
    struct ratio recovered;
    if (line->calc->period.cadence != CADENCE_YEAR) {
        line_fail(line, ERR_TYPE, "period", "YYYY", "abandoned mines are counted by the year");
        return;
    }
    if (!line_choice(line, "tier", line->in->tier, "1,2,3")) {
        return;
    }
    const unsigned tier = (unsigned)(line->in->tier[0] - '1');
    line_method(line, methods[tier]);
    bool good = form_only(line, names[tier], forms[tier]);
    good = form_volume_or(line, &recovered, "recovered", line->in->recovered) && good;
    if (tier == 0) {
        good = by_bands(line, &volume) && good;
    } else if (tier == 1) {
        good = by_decay(line, &volume) && good;
    } else {
        good = form_volume(line, &volume, "measured", line->in->measured) && good;
    }
    if (good) {
        finish(line, &volume, &recovered);
    }
}
