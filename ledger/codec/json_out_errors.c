/* SPDX-License-Identifier: Apache-2.0 */
/* One row of fields for the error itself and for each of errors[]. */
#include "ledger/codec/json_out_errors.h"

static void field_if(struct json_out *out, const char *key, const char *text)
{
    if (text[0] != '\0') {
        json_out_field_text(out, key, text);
    }
}

static void detail_fields(struct json_out *out, const struct err_detail *detail)
{
    json_out_field_text(out, "error", err_name(detail->err));
    field_if(out, "field", detail->field);
    if (detail->line > 0) {
        json_out_field_uint(out, "line", detail->line);
    }
    field_if(out, "rule", detail->rule);
    field_if(out, "clause", detail->clause);
    field_if(out, "limit", detail->limit);
    field_if(out, "hint", detail->hint);
}

void json_out_detail(struct json_out *out, const struct err_detail *detail)
{
    if (detail->err == OK) {
        json_out_null(out);
        return;
    }
    json_out_object(out);
    detail_fields(out, detail);
    json_out_end(out);
}

void json_out_errors(struct json_out *out, const struct errors *errors)
{
    if (errors->count == 0) {
        json_out_null(out);
        return;
    }
    json_out_object(out);
    detail_fields(out, &errors->items[0]);
    if (errors->count > 1) {
        json_out_field_array(out, "errors");
        for (size_t i = 0; i < errors->count; i++) {
            json_out_detail(out, &errors->items[i]);
        }
        json_out_end(out);
    }
    json_out_end(out);
}
