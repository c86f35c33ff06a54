/* SPDX-License-Identifier: Apache-2.0 */
/* `seam lot`: coal lots. Events, traces and files have a source file each; the rest are operations
 * of the HTTP interface as they are. */

#include <stdio.h>
#include <string.h>

#include "ledger/base/num.h"
#include "tools/command.h"
#include "tools/lot_commands.h"

void lot_field_at(struct json_out *out, const char *at)
{
    uint64_t height = 0;
    if (at == NULL) {
        return;
    }
    if (num_parse_u64(&height, bytes_text(at), UINT32_MAX)) {
        json_out_field_uint(out, "at", height);
    } else {
        json_out_field_text(out, "at", at);
    }
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
