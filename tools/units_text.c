/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/units_text.h"

#include <string.h>

#include "ledger/base/num.h"
#include "tools/output.h"

#define UNITS_MAX UINT64_C(1000000000000)
#define TEXT_MAX 2048

static enum err wrong(const char *text)
{
    output_note("seam: units are ASSET[:PROJECT]:VINTAGE=QUANTITY or =FIRST-LAST, not '%s'", text);
    return ERR_PARSE;
}

/* "1-1000+2001-2500": the ranges into out where it is not NULL; their sum. */
static bool read_ranges(uint64_t *sum, struct json_out *out, const char *text)
{
    *sum = 0;
    while (*text != '\0') {
        const size_t size = strcspn(text, "+");
        const char *dash = memchr(text, '-', size);
        uint64_t first = 0;
        uint64_t last = 0;
        if (dash == NULL ||
            !num_parse_u64(&first, bytes_of(text, (size_t)(dash - text)), UNITS_MAX) ||
            !num_parse_u64(&last, bytes_of(dash + 1, size - (size_t)(dash + 1 - text)),
                           UNITS_MAX) ||
            last < first) {
            return false;
        }
        if (out != NULL) {
            json_out_object(out);
            json_out_field_uint(out, "start", first);
            json_out_field_uint(out, "end", last);
            json_out_end(out);
        }
        *sum += last - first + 1;
        text += size;
        if (*text == '+' && *++text == '\0') {
            return false;
        }
    }
    return *sum > 0;
}

enum err units_text_write(struct json_out *out, const char *text)
{
    char copy[TEXT_MAX];
    uint64_t vintage = 0;
    uint64_t quantity = 0;
    const size_t size = strlen(text);
    if (size >= sizeof copy) {
        return wrong(text);
    }
    memcpy(copy, text, size + 1);
    char *amount = strchr(copy, '=');
    char *project = strchr(copy, ':');
    if (amount == NULL || project == NULL || project > amount || project == copy) {
        return wrong(text);
    }
    *amount++ = '\0';
    *project++ = '\0';
    char *year = strchr(project, ':');
    if (year != NULL) {
        *year++ = '\0';
    } else {
        year = project;
        project = NULL;
    }
    const bool serial = strchr(amount, '-') != NULL;
    if (!num_parse_u64(&vintage, bytes_text(year), 9999) ||
        (serial ? !read_ranges(&quantity, NULL, amount)
                : !num_parse_u64(&quantity, bytes_text(amount), UNITS_MAX))) {
        return wrong(text);
    }
    json_out_object(out);
    json_out_field_text(out, "asset", copy);
    if (project != NULL) {
        json_out_field_text(out, "project", project);
    }
    json_out_field_uint(out, "vintage", vintage);
    json_out_field_uint(out, "quantity", quantity);
    if (serial) {
        json_out_field_array(out, "ranges");
        (void)!read_ranges(&quantity, out, amount);
        json_out_end(out);
    }
    json_out_end(out);
    return OK;
}

enum err units_text_list(struct json_out *out, const char *text)
{
    enum err err = OK;
    json_out_array(out);
    while (err == OK && *text != '\0') {
        char one[TEXT_MAX];
        const size_t size = strcspn(text, ",");
        if (size >= sizeof one) {
            return wrong(text);
        }
        memcpy(one, text, size);
        one[size] = '\0';
        err = units_text_write(out, one);
        text += size;
        if (*text == ',' && *++text == '\0') {
            return wrong(text - 1);
        }
    }
    json_out_end(out);
    return err;
}
