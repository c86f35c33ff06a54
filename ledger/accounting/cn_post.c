/* SPDX-License-Identifier: Apache-2.0 */
/* L_CH4_POST: the factor follows the attested gas grade of the mine, or is the mine's own. */
#include "ledger/accounting/code.h"

#include <stdio.h>
#include <string.h>

#define GRADES "HIGH,OUTBURST,LOW,OPEN_PIT"

static bool read_factor(struct line *line, struct input *out)
{
    const Seam__Line *in = line->in;
    const bool open_pit = code_kind(line->calc->file->kind) == KIND_OP;
    if (in->gas_grade[0] != '\0' || in->ef == NULL) {
        if (!line_choice(line, "gas_grade", in->gas_grade, GRADES)) {
            return false;
        }
        if ((strcmp(in->gas_grade, "OPEN_PIT") == 0) != open_pit) {
            line_fail(line, ERR_PARAM, "gas_grade", open_pit ? "OPEN_PIT" : "HIGH,OUTBURST,LOW",
                      NULL);
            return false;
        }
    }
    if (in->ef != NULL) {
        line_method(line, "M_EF");
        return line_quantity(line, out, "ef", "ef", in->ef, "kg/t");
    }
    char key[32];
    snprintf(key, sizeof key, "ch4_post.%.16s", in->gas_grade);
    line_method(line, "M_DEFAULT");
    return line_param(line, out, "EF", key);
}

/* [KSSJ 5.2.2a] CH4 = coal x EF / 1000 (8) */
void cn_ch4_post(struct line *line)
{
    struct input coal;
    struct input ef;
    const bool good = line_quantity(line, &coal, "coal", "coal", line->in->coal, "t");
    if (!read_factor(line, &ef) || !good) {
        return;
    }
    line->ch4_t = ratio_of_dec(coal.value);
    ratio_mul_dec(&line->ch4_t, ef.value);
    ratio_div_int(&line->ch4_t, 1000);
    line_step(line, "CH4", &line->ch4_t, "tCH4", "%s x %s / 1000", coal.text, ef.text);
}
