/* SPDX-License-Identifier: Apache-2.0 */
/* `seam lot`: coal lots. Events, traces and files have a source file each; the rest are operations
 * of the HTTP interface as they are. */

#include <stdio.h>
#include <string.h>

#include "tools/command.h"
#include "tools/lot_commands.h"
#include "tools/output.h"

int lot_send(struct http_reply *reply, const struct remote *remote, const char *operation,
             struct json_out *request)
{
    struct bytes text;
    const enum err err = json_out_finish(request, &text);
    if (err != OK) {
        output_error(err, NULL);
        return TOOL_USAGE;
    }
    return remote_call(reply, remote, operation, text);
}

int lot_print_json(const struct json_node *node)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, HTTP_CLIENT_ANSWER);
    json_node_write(&out, node);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

static const struct command files[] = {
    {"show", lot_show, "a lot: mass, quality, owner, place, footprint, history"},
    {"trace", lot_trace, "where coal came from or went, as a tree, a picture or JSON"},
    {"passport", lot_passport, "everything a buyer is handed with a lot, with its proofs"},
    {"export", lot_export, "events as EPCIS 2.0, or the footprint as PACT 3"},
    {"import", lot_import, "record the events of a table (CSV); a wrong row fails alone"},
    {"verify", lot_verify_file, "check a passport or bundle without any network"},
};

static const struct remote_row rows[] = {
    {"event", "GetLotEvent", "event", "an event with its balance and findings"},
    {"list", "ListLots", "[organisation]",
     "lots of an organisation; others by --field place=P, facility=F,month=M, or gtin=G"},
    {"bundle", "GetLotBundle", "lot", "the proofs of a lot (see also passport --out)"},
};

static void help(void)
{
    (void)printf("usage: seam lot COMMAND ...\n\nCoal lots, from the face to the furnace.\n\n"
                 "Reading:\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)printf("  %-12s %s\n", rows[i].name, rows[i].help);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)printf("  %-12s %s\n", files[i].name, files[i].help);
    }
    (void)printf("\nRecording (FILE.json, or NAME=VALUE ...; each has --help):\n");
    lot_event_help();
}

int cmd_lot(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help();
        return argc < 2 ? TOOL_USAGE : TOOL_OK;
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(argv[1], files[i].name) == 0) {
            return files[i].run(argc - 1, argv + 1);
        }
    }
    if (lot_event_command(argv[1])) {
        return lot_event(argc - 1, argv + 1);
    }
    return remote_group(rows, sizeof rows / sizeof rows[0], "lot",
                        "Coal lots, from the face to the furnace; `seam lot --help` lists all.",
                        argc, argv);
}
