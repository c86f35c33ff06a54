/* SPDX-License-Identifier: Apache-2.0 */
/* IPCC 2006 and 2019, volume 2, chapter 4.1: coal mines at work. Volumes are m3 at 20 degrees C, to
 * which the density of the set belongs [methodology 4.1]. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/form.h"

#include <stdio.h>
#include <string.h>

static void finish_ch4(struct line *line, const struct ratio *volume)
{
    struct input density;
    char text[RATIO_TEXT_SIZE];
    if (!line_param(line, &density, "density CH4", "density.CH4")) {
        return;
    }
    line->ch4_t = *volume;
    ratio_mul_dec(&line->ch4_t, density.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s", line_ratio_text(line, text, volume),
              density.text);
}

static bool net_of(struct line *line, struct ratio *volume, const struct ratio *recovered)
{
    char text[2][RATIO_TEXT_SIZE];
    const struct ratio released = *volume;
    ratio_sub(volume, recovered);
    line_step(line, "net", volume, "m3", "%s - %s", line_ratio_text(line, text[0], &released),
              line_ratio_text(line, text[1], recovered));
    if (ratio_sign(volume) < 0) {
        char limit[64];
        snprintf(limit, sizeof limit, "net %.40s m3", line_limit_text(text[0], volume));
        line_fail(line, ERR_NEGATIVE_NET_CH4, "recovered", limit,
                  "more methane is recovered than is released");
        return false;
    }
    return true;
}

struct factors {
    struct input mining;
    struct input post;
    struct input share; /* of the gas content that is left after mining */
    bool by_content;
};

/* Tier 1: depth of the mine, or overburden of the pit; with no data on it the average. */
static bool read_class(struct line *line, struct factors *out, const char *family)
{
    const bool pit = strcmp(family, "op") == 0;
    const char *field = pit ? "overburden_class" : "depth_class";
    const char *class = pit ? line->in->overburden_class : line->in->depth_class;
    char key[48];
    if (pit && class[0] == '\0') {
        class = "AVERAGE";
        line_flag(line, "CLASS_ASSUMED");
    }
    if (!line_choice(line, field, class, "LOW,AVERAGE,HIGH")) {
        return false;
    }
    snprintf(key, sizeof key, "ipcc.%.4s.mining.%.8s", family, class);
    const bool mining = line_param(line, &out->mining, "EF mining", key);
    snprintf(key, sizeof key, "ipcc.%.4s.post.%.8s", family, class);
    return line_param(line, &out->post, "EF post", key) && mining;
}

/* Tier 2: factors of the basin; after mining 0.30 of the gas content is left, 0.10 where the seam
 * was drained before, not the other way round. */
static bool read_basin(struct line *line, struct factors *out)
{
    const Seam__Line *in = line->in;
    const bool mining = line_quantity(line, &out->mining, "ef_mining", "ef", in->ef_mining, "m3/t");
    if ((in->ef_post != NULL) == (in->gas_content != NULL)) {
        line_fail(line, in->ef_post == NULL ? ERR_MISSING : ERR_PARAM, "ef_post", "m3/t",
                  "ef_post, or gas_content with predrained");
        return false;
    }
    if (in->ef_post != NULL) {
        if (in->predrained[0] != '\0') {
            line_fail(line, ERR_UNKNOWN_FIELD, "predrained", NULL, "belongs to gas_content");
            return false;
        }
        return line_quantity(line, &out->post, "ef_post", "ef", in->ef_post, "m3/t") && mining;
    }
    out->by_content = true;
    const bool content =
        line_quantity(line, &out->post, "gas_content", "ef", in->gas_content, "m3/t");
    if (!line_choice(line, "predrained", in->predrained, "YES,NO")) {
        return false;
    }
    char key[32];
    snprintf(key, sizeof key, "ipcc.post_share.%.4s", in->predrained);
    return line_param(line, &out->share, "share left", key) && content && mining;
}

/* (22) CH4 = (coal x (EF mining + EF post) - recovered) x density */
static void by_factors(struct line *line, const char *family, bool first_tier)
{
    struct factors factors = {.by_content = false};
    struct input coal;
    struct ratio recovered;
    bool good = line_quantity(line, &coal, "coal", "coal", line->in->coal, "t");
    good = (first_tier ? read_class(line, &factors, family) : read_basin(line, &factors)) && good;
    good = form_volume_or(line, &recovered, "recovered", line->in->recovered) && good;
    if (!good) {
        return;
    }
    struct ratio volume = ratio_of_dec(factors.post.value);
    if (factors.by_content) {
        ratio_mul_dec(&volume, factors.share.value);
    }
    ratio_add_dec(&volume, factors.mining.value);
    ratio_mul_dec(&volume, coal.value);
    line_step(line, "volume", &volume, "m3", "%s x (%s + %s%s%s)", coal.text, factors.mining.text,
              factors.post.text, factors.by_content ? " x " : "",
              factors.by_content ? factors.share.text : "");
    if (net_of(line, &volume, &recovered)) {
        finish_ch4(line, &volume);
    }
}

/* Tier 3: measured, mine by mine. */
static void by_measurement(struct line *line)
{
    const Seam__Line *in = line->in;
    struct ratio volume;
    struct ratio drained;
    struct ratio recovered;
    char text[2][RATIO_TEXT_SIZE];
    bool good = form_volume(line, &volume, "ventilation", in->ventilation);
    good = form_volume_or(line, &drained, "drained", in->drained) && good;
    good = form_volume_or(line, &recovered, "recovered", in->recovered) && good;
    if (!good) {
        return;
    }
    line_ratio_text(line, text[0], &volume);
    ratio_add(&volume, &drained);
    line_step(line, "volume", &volume, "m3", "%s + %s", text[0],
              line_ratio_text(line, text[1], &drained));
    if (net_of(line, &volume, &recovered)) {
        finish_ch4(line, &volume);
    }
}

static bool read_tier(struct line *line, const char *tiers)
{
    static const char *const methods[] = {"M_TIER1", "M_TIER2", "M_TIER3"};
    if (!line_choice(line, "tier", line->in->tier, tiers)) {
        return false;
    }
    line_method(line, methods[line->in->tier[0] - '1']);
    return true;
}

void ipcc_ch4_ug(struct line *line)
{
    if (!read_tier(line, "1,2,3")) {
        return;
    }
    switch (line->in->tier[0]) {
    case '1':
        if (form_only(line, "tier 1", "tier,coal,depth_class,recovered")) {
            by_factors(line, "ug", true);
        }
        return;
    case '2':
        if (form_only(line, "tier 2",
                      "tier,coal,ef_mining,ef_post,gas_content,predrained,recovered")) {
            by_factors(line, "ug", false);
        }
        return;
    default:
        if (form_only(line, "tier 3", "tier,ventilation,drained,recovered")) {
            by_measurement(line);
        }
        return;
    }
}

/* Tier 3 is not feasible for a surface mine. */
void ipcc_ch4_op(struct line *line)
{
    if (!read_tier(line, "1,2")) {
        return;
    }
    const bool first = line->in->tier[0] == '1';
    if (form_only(line, first ? "tier 1" : "tier 2",
                  first ? "tier,coal,overburden_class,recovered"
                        : "tier,coal,ef_mining,ef_post,gas_content,predrained,recovered")) {
        by_factors(line, "op", first);
    }
}

/* (23) CO2 = V x eta x density x 44/16, CH4 = V x (1 - eta) x density */
void ipcc_flare(struct line *line)
{
    struct ratio volume;
    struct input eta;
    struct input density;
    char text[RATIO_TEXT_SIZE];
    line_method(line, line->in->efficiency[0] != '\0' ? "M_MEASURED" : "M_DEFAULT");
    bool good = form_volume(line, &volume, "gas", line->in->gas);
    good = line_fraction_or(line, &eta, "efficiency", line->in->efficiency, "ipcc.flare") && good;
    good = line_param(line, &density, "density CH4", "density.CH4") && good;
    if (!good) {
        return;
    }
    line_ratio_text(line, text, &volume);
    struct ratio unburnt = ratio_of_int(1);
    ratio_sub_dec(&unburnt, eta.value);
    line->ch4_t = volume;
    ratio_mul(&line->ch4_t, &unburnt);
    ratio_mul_dec(&line->ch4_t, density.value);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x (1 - %s) x %s", text, eta.text,
              density.text);
    line->co2_t = volume;
    ratio_mul_dec(&line->co2_t, eta.value);
    ratio_mul_dec(&line->co2_t, density.value);
    ratio_mul_int(&line->co2_t, 44);
    ratio_div_int(&line->co2_t, 16);
    line_step(line, "CO2", &line->co2_t, "tCO2", "%s x %s x %s x 44/16", text, eta.text,
              density.text);
}

/* --- 2019: what the user's own factors or measurements give [methodology 4.3]
 * -------------------*/

void ipcc_co2(struct line *line)
{
    const Seam__Line *in = line->in;
    struct ratio volume;
    struct input density;
    char text[RATIO_TEXT_SIZE];
    bool good = true;
    if (in->gas != NULL) {
        line_method(line, "M_MEASURED");
        good = form_only(line, "a volume", "gas") && form_volume(line, &volume, "gas", in->gas);
    } else {
        struct input coal;
        struct input ef;
        line_method(line, "M_EF");
        good = line_quantity(line, &coal, "coal", "coal", in->coal, "t");
        good = line_quantity(line, &ef, "ef", "ef", in->ef, "m3/t") && good;
        if (good) {
            volume = ratio_of_dec(coal.value);
            ratio_mul_dec(&volume, ef.value);
            line_step(line, "volume", &volume, "m3", "%s x %s", coal.text, ef.text);
        }
    }
    if (!line_param(line, &density, "density CO2", "density.CO2") || !good) {
        return;
    }
    line->co2_t = volume;
    ratio_mul_dec(&line->co2_t, density.value);
    line_step(line, "CO2", &line->co2_t, "tCO2", "%s x %s", line_ratio_text(line, text, &volume),
              density.text);
}

/* CH4 of boreholes, measured hole by hole. */
void ipcc_exploration(struct line *line)
{
    struct ratio volume;
    line_method(line, "M_MEASURED");
    if (form_volume(line, &volume, "gas", line->in->gas)) {
        finish_ch4(line, &volume);
    }
}
