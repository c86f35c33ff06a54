/* SPDX-License-Identifier: Apache-2.0 */
/* The calculation file as JSON. Reading is reflection over the message; errors inside a line are
 * then told with the number of the line, as people count (decision D31). */
#include "ledger/accounting/accounting.h"
#include "ledger/accounting/calc.h"
#include "ledger/codec/json_in.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* "lines[3].ad.value" becomes line 4, field "ad.value". */
static void number_line(struct err_detail *detail)
{
    static const char prefix[] = "lines[";
    const size_t start = sizeof prefix - 1;
    if (strncmp(detail->field, prefix, start) != 0) {
        return;
    }
    uint32_t index = 0;
    size_t at = start;
    while (detail->field[at] >= '0' && detail->field[at] <= '9' && index < LIMIT_TX_LINES) {
        index = index * 10 + (uint32_t)(detail->field[at] - '0');
        at++;
    }
    if (detail->field[at] != ']') {
        return;
    }
    at += detail->field[at + 1] == '.' ? 2 : 1;
    detail->line = index + 1;
    memmove(detail->field, detail->field + at, strlen(detail->field + at) + 1);
}

enum err calc_file_read_node(const Seam__CalculationFile **out, const struct json_node *node,
                             const char *const *ignored, struct arena *arena, struct errors *errors)
{
    assert(out != NULL);
    assert(errors != NULL);
    ProtobufCMessage *message = NULL;
    const size_t before = errors->count;
    const enum err err = json_in_message(&message, &seam__calculation_file__descriptor,
                                         &accounting_fields, node, ignored, arena, errors);
    for (size_t i = before; i < errors->count; i++) {
        number_line(&errors->items[i]);
    }
    if (err == OK) {
        *out = (const Seam__CalculationFile *)message;
    }
    return err;
}

enum err calc_file_read(const Seam__CalculationFile **out, struct bytes json, struct arena *arena,
                        struct errors *errors)
{
    assert(out != NULL);
    assert(errors != NULL);
    struct err_detail detail;
    memset(&detail, 0, sizeof detail);
    struct json_doc *doc = NULL;
    enum err err = json_doc_read(&doc, json, LIMIT_HTTP_BODY, &detail);
    if (err != OK) {
        struct err_detail *kept =
            errors_add(errors, err, detail.field, detail.clause, detail.limit, detail.hint);
        if (kept != NULL) {
            kept->line = 0; /* a line of text is not a line of the account */
        }
        return err;
    }
    err = calc_file_read_node(out, json_doc_root(doc), NULL, arena, errors);
    json_doc_free(doc);
    return err;
}
