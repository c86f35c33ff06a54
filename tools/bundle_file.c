/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing here knows what a bundle proves: each command says that in its own words. */

#include "tools/bundle_file.h"

#include <inttypes.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/chain/bundle.h"
#include "ledger/chain/certificate.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/view.h"

int bundle_file_save(const struct json_node *data, const char *path, const char *command)
{
    struct err_detail detail = {0};
    const enum err err = file_write(path, bytes_text(view_text(data, "bundle")), true, &detail);
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_NO;
    }
    if (strcmp(path, "-") != 0) {
        output_note("saved %s; check it with: %s %s --genesis genesis.json", path, command, path);
    }
    return TOOL_OK;
}

int bundle_check_command(const char *usage, const char *purpose,
                         int (*run)(const struct bundle_check *check, struct arena *arena),
                         int argc, char **argv)
{
    struct bundle_check check = {.genesis = "genesis.json"};
    const struct option_row rows[] = {
        OPTION_GENESIS(&check.genesis),
        OPTION_JSON(&check.json),
    };
    const struct option_set set = OPTION_SET(usage, purpose, rows, 1, 1);
    struct arena arena;
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    check.file = argv[first];
    arena_init(&arena, BUNDLE_ARENA_SIZE);
    status = run(&check, &arena);
    arena_free(&arena);
    return status;
}

enum err bundle_check_read(struct bytes *genesis, struct bytes *bundle,
                           const struct bundle_check *check, struct arena *arena,
                           struct err_detail *detail)
{
    const enum err err =
        file_read_document(genesis, &genesis_form, check->genesis, BUNDLE_FILE_MAX, arena, detail);
    return err == OK ? file_read_document(bundle, &bundle_form, check->file, BUNDLE_FILE_MAX, arena,
                                          detail)
                     : err;
}

void bundle_verdict_print(const struct bundle_verdict *verdict)
{
    const char *about = verdict->about != NULL ? verdict->about : "";
    char time[TIME_TEXT_SIZE];
    if (!verdict->good) {
        output_line("INVALID: %s (%s%s%s)", verdict->sentence, verdict->name,
                    about[0] != '\0' ? " " : "", about);
        return;
    }
    time_text(time, verdict->anchor->time_ms);
    output_line("status as of height %" PRIu64 ", %s; later changes are not excluded",
                verdict->anchor->height, time);
}

void bundle_verdict_json(struct json_out *out, const struct bundle_verdict *verdict)
{
    json_out_field_bool(out, "valid", verdict->good);
    json_out_field_text(out, "failure", verdict->name);
    json_out_field_text(out, "sentence", verdict->sentence);
    json_out_field_text(out, "about", verdict->about != NULL ? verdict->about : "");
    if (verdict->good) {
        json_out_field_uint(out, "height", verdict->anchor->height);
    }
}
