/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/detached_print.h"

#include <assert.h>

#include "api/detached.h"
#include "api/fields.h"
#include "ledger/exec/exec.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"

#define ARENA_SIZE ((size_t)64 << 20)
#define FILE_MAX (2 * 1024 * 1024)

static int print(const struct rule_row *row, const struct field_table *fields,
                 const struct json_node *root, struct arena *arena)
{
    static const char *const ignored[] = {"detached", NULL};
    ProtobufCMessage *payload = NULL;
    ProtobufCMessage *detached = NULL;
    struct bytes packed = {NULL, 0};
    struct errors errors;
    struct json_out out;
    enum err err = errors_new(&errors, arena);
    if (err == OK) {
        err =
            detached_fill(&payload, &detached, &packed, row, root, ignored, fields, arena, &errors);
    }
    if (err != OK) {
        if (errors.count > 0) {
            (void)output_errors(&errors);
        } else {
            output_error(err, NULL);
        }
        return TOOL_NO;
    }
    json_out_init(&out, JSON_OUT_INDENT, 4 * FILE_MAX);
    json_out_object(&out);
    json_out_message_fields(&out, payload, fields);
    json_out_key(&out, "detached");
    json_out_message(&out, detached, fields);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

int detached_print(const char *operation, const char *usage, int argc, char **argv)
{
    const struct option_set set = {
        .usage = usage,
        .purpose = "Completes a request whose values stand under \"detached\": salt and hash are\n"
                   "computed here, without any node. What it prints can be signed and sent.",
        .operands_min = 1,
        .operands_max = 1,
    };
    const struct rule_row *row = exec_row_by_name(operation);
    struct err_detail detail = {0};
    struct field_table fields = {0};
    struct json_doc *doc = NULL;
    struct arena arena;
    struct bytes text;
    int first = 0;
    assert(row != NULL);
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    arena_init(&arena, ARENA_SIZE);
    enum err err = file_read(&text, argv[first], FILE_MAX, &arena, &detail);
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX, &detail);
    }
    if (err == OK) {
        err = fields_join(&fields);
    }
    if (err == OK) {
        status = print(row, &fields, json_doc_root(doc), &arena);
    } else {
        output_error(err, &detail);
        status = err == ERR_ABSENT ? TOOL_USAGE : TOOL_NO;
    }
    fields_free(&fields);
    json_doc_free(doc);
    arena_free(&arena);
    return status;
}
