/* SPDX-License-Identifier: Apache-2.0 */
/* `seam storage`: what the databases of a node hold, printed from the table that opens them. */

#include "ledger/store/storage_plan.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"

static int print_json(const struct storage_row *rows, size_t count)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, 1 << 20);
    json_out_object(&out);
    json_out_field_uint(&out, "format", STORAGE_FORMAT_VERSION);
    json_out_field_array(&out, "families");
    for (size_t i = 0; i < count; i++) {
        json_out_object(&out);
        json_out_field_text(&out, "database", rows[i].database);
        json_out_field_text(&out, "family", rows[i].family);
        json_out_field_text(&out, "key", rows[i].key);
        json_out_field_text(&out, "value", rows[i].value);
        json_out_field_text(&out, "purpose", rows[i].purpose);
        json_out_field_bool(&out, "clear", rows[i].clear);
        json_out_end(&out);
    }
    json_out_end(&out);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

static int print_table(const struct storage_row *rows, size_t count)
{
    static const struct output_column columns[] = {
        {"database", false}, {"family", false},  {"key", false},
        {"value", false},    {"purpose", false},
    };
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < count; i++) {
        const char *const cells[] = {rows[i].database, rows[i].family, rows[i].key, rows[i].value,
                                     rows[i].purpose};
        output_table_row(table, cells);
    }
    output_table_print(table);
    return TOOL_OK;
}

static int storage_plan_command(int argc, char **argv)
{
    bool json = false;
    const struct option_row rows[] = {OPTION_JSON(&json)};
    const struct option_set set =
        OPTION_SET("storage plan",
                   "Prints every family of the two databases: key, value and purpose. No node is "
                   "asked and no file is opened.",
                   rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    size_t count;
    const struct storage_row *families = storage_rows(&count);
    return output_close(json ? print_json(families, count) : print_table(families, count));
}

int cmd_storage(int argc, char **argv)
{
    static const struct command table[] = {
        {"plan", storage_plan_command, "what is kept where"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam storage",
                       "What a node keeps on disk.", argc, argv);
}
