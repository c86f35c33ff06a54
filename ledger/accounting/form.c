/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/accounting/form.h"

#include "ledger/accounting/code.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"

#include <stdio.h>
#include <string.h>

bool form_only(struct line *line, const char *form, const char *fields)
{
    const ProtobufCMessageDescriptor *type = &seam__line__descriptor;
    bool good = true;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const char *name = type->fields[i].name;
        if (message_count(&line->in->base, &type->fields[i]) > 0 &&
            spell_in_list(name, line->row->fields) && !spell_in_list(name, fields)) {
            char hint[160];
            snprintf(hint, sizeof hint, "%.40s takes %.100s", form, fields);
            line_fail(line, ERR_UNKNOWN_FIELD, name, NULL, hint);
            good = false;
        }
    }
    return good;
}

static int64_t hundredths_of_kelvin(const char *state)
{
    if (state[0] == '\0' || strcmp(state, "STD_20C") == 0) {
        return 29315;
    }
    if (strcmp(state, "STD_15C") == 0) {
        return 28815;
    }
    return strcmp(state, "NORM_0C") == 0 ? 27315 : 0;
}

bool form_volume(struct line *line, struct ratio *out, const char *field, const Seam__Quantity *in)
{
    struct input input;
    int64_t kelvin = 29315;
    Seam__Quantity bare;
    if (in != NULL) {
        kelvin = hundredths_of_kelvin(in->state);
        if (kelvin == 0) {
            line_fail(line, ERR_STATE, field, "NORM_0C, STD_15C, STD_20C", NULL);
            return false;
        }
        bare = *in;
        bare.state = (char *)protobuf_c_empty_string;
        in = &bare;
    }
    if (!line_quantity(line, &input, field, "volume_gas", in, "m3,1e3m3")) {
        return false;
    }
    *out = ratio_of_dec(input.value);
    const bool thousands = strcmp(in->unit, "1e3m3") == 0;
    if (thousands) {
        ratio_mul_int(out, 1000);
    }
    if (kelvin != 29315) {
        ratio_mul_int(out, 29315);
        ratio_div_int(out, kelvin);
    }
    if (thousands || kelvin != 29315) {
        line_step(line, field, out, "m3", "%s%s x 293.15/%d.%02d", input.text,
                  thousands ? " x 1000" : "", (int)(kelvin / 100), (int)(kelvin % 100));
    }
    return true;
}

bool form_volume_or(struct line *line, struct ratio *out, const char *field,
                    const Seam__Quantity *in)
{
    *out = ratio_of_int(0);
    return in == NULL || form_volume(line, out, field, in);
}

const char *form_months(const Seam__Line *line, struct period period)
{
    if (line->months[0] != '\0') {
        return line->months;
    }
    switch (period.cadence) {
    case CADENCE_MONTH:
        return "1";
    case CADENCE_QUARTER:
        return "3";
    case CADENCE_YEAR:
        return "12";
    }
    return "";
}
