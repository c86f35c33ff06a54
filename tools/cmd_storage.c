/* SPDX-License-Identifier: Apache-2.0 */
/* `seam storage`: what the databases of a node hold, printed from the table that opens them, and
 * whether all of it can be read. */

#include <stdio.h>
#include <string.h>

#include "ledger/check/block_check.h"
#include "ledger/store/chain_db.h"
#include "ledger/store/scrub.h"
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
        json_out_field_bool(&out, "derived", rows[i].derived);
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

/* --- check --------------------------------------------------------------------------------------
 */

#define STEP_BYTES ((size_t)4 << 20)
#define PATH_SIZE 4096

struct checking {
    bool json;
    const char *database;
    struct json_out out;
};

static void found(void *context, const struct scrub_finding *finding)
{
    struct checking *checking = context;
    if (!checking->json) {
        output_line("%s: %s %s: %s", checking->database, finding->family, finding->record,
                    finding->what);
        return;
    }
    json_out_object(&checking->out);
    json_out_field_text(&checking->out, "database", checking->database);
    json_out_field_text(&checking->out, "family", finding->family);
    json_out_field_text(&checking->out, "record", finding->record);
    json_out_field_text(&checking->out, "what", finding->what);
    json_out_end(&checking->out);
}

/* The chain that stands there; which one it should be is the node's matter. */
static struct hash chain_in(const char *path)
{
    struct hash id = {{0}};
    struct kv *kv = NULL;
    struct chain_db *db = NULL;
    struct err_detail detail = {0};
    if (kv_open_rocks_reading(&kv, path, storage_chain_plan(), NULL, &detail) == OK) {
        const struct chain_db_options options = {.store = kv};
        if (chain_db_open(&db, &options, &detail) == OK) {
            (void)chain_db_chain_id(db, &id);
            chain_db_close(db);
        }
        kv_close(kv);
    }
    return id;
}

static bool check_database(struct checking *checking, const char *data, const char *name,
                           struct scrub_counts *sum)
{
    char path[PATH_SIZE];
    struct scrub_counts counts;
    const bool chain = strcmp(name, "chain") == 0;
    if (snprintf(path, sizeof path, "%s/%s", data, name) >= (int)sizeof path) {
        return false;
    }
    const struct hash id = chain ? chain_in(path) : (struct hash){{0}};
    struct block_checker blocks = {.chain_id = id};
    const struct scrub_setup setup = {.path = path,
                                      .chain = chain,
                                      .chain_id = hash_is_zero(&id) ? NULL : &id,
                                      .block = hash_is_zero(&id) ? NULL : block_check,
                                      .found = found,
                                      .context = checking,
                                      .block_context = &blocks};
    struct scrub *scrub = scrub_new(&setup);
    checking->database = name;
    if (scrub == NULL) {
        return false;
    }
    while (scrub_step(scrub, STEP_BYTES)) {
    }
    scrub_counts(scrub, &counts);
    scrub_free(scrub);
    sum->records += counts.records;
    sum->bytes += counts.bytes;
    sum->findings += counts.findings;
    sum->cut_short |= counts.cut_short;
    return !counts.cut_short;
}

static int check_run(const char *data, bool json)
{
    struct checking checking = {.json = json};
    struct scrub_counts sum = {0};
    if (json) {
        json_out_init(&checking.out, JSON_OUT_INDENT, 1 << 24);
        json_out_object(&checking.out);
        json_out_field_array(&checking.out, "damage");
    }
    const bool done = check_database(&checking, data, "chain", &sum) &&
                      check_database(&checking, data, "local", &sum);
    if (json) {
        json_out_end(&checking.out);
        json_out_field_uint(&checking.out, "records", sum.records);
        json_out_field_uint(&checking.out, "bytes", sum.bytes);
        json_out_field_bool(&checking.out, "sound", done && sum.findings == 0);
        json_out_end(&checking.out);
        if (output_json(&checking.out) != OK) {
            return TOOL_NO;
        }
    } else {
        output_line("%llu records read, %u damaged%s", (unsigned long long)sum.records,
                    sum.findings, sum.cut_short ? "; not all: memory or file handles ended" : "");
    }
    return done && sum.findings == 0 ? TOOL_OK : TOOL_NO;
}

static int storage_check_command(int argc, char **argv)
{
    bool json = false;
    const struct option_row rows[] = {OPTION_JSON(&json)};
    const struct option_set set = OPTION_SET(
        "storage check DIR",
        "Reads every record of both databases below the data directory DIR from the disk,\n"
        "also beside a running node, and writes nothing: blocks against each other and\n"
        "their bodies, the state against the head's state root, all else against its\n"
        "checksums. Signatures of certificates are verified by the node's own scrub.\n"
        "Exit 0 when all is sound, 1 when something is damaged.",
        rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    return status != OPTIONS_GO ? status : output_close(check_run(argv[first], json));
}

int cmd_storage(int argc, char **argv)
{
    static const struct command table[] = {
        {"plan", storage_plan_command, "what is kept where"},
        {"check", storage_check_command, "read every record from the disk"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam storage",
                       "What a node keeps on disk.", argc, argv);
}
