/* SPDX-License-Identifier: Apache-2.0 */
/* Code and sentence come from the one table in ledger/base/err. */

#include "api/envelope.h"

#include <string.h>

#define ENVELOPE_MAX (64 * 1024 * 1024)

static enum err_language language_of(const char *text)
{
    if (strncmp(text, "zh", 2) == 0) {
        return ERR_ZH;
    }
    return strncmp(text, "ru", 2) == 0 ? ERR_RU : ERR_EN;
}

void envelope_write(struct json_out *out, enum err err, const char *language, struct bytes data)
{
    json_out_init(out, JSON_OUT_COMPACT, ENVELOPE_MAX);
    json_out_object(out);
    json_out_field_text(out, "code", err_code(err));
    json_out_field_text(out, "message", err_text(err, language_of(language)));
    json_out_key(out, "data");
    if (data.size > 0) {
        json_out_raw(out, data);
    } else {
        json_out_null(out);
    }
    json_out_end(out);
}
