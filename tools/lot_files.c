/* SPDX-License-Identifier: Apache-2.0 */
/* The files of lots: passports and exports out, tables in. */

#include "tools/lot_commands.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/limits.h"
#include "ledger/base/num.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/view.h"

#define REQUEST_MAX 4096
#define PASSES_MAX 50

/* A text is saved as it is: it is a file already. */
static int save(const char *path, const struct json_node *value)
{
    struct err_detail detail = {0};
    struct json_out out;
    if (json_node_text(value) != NULL) {
        const enum err saved = file_write(path, bytes_text(json_node_text(value)), true, &detail);
        if (saved != OK) {
            output_error(saved, &detail);
        }
        return saved == OK ? TOOL_OK : TOOL_NO;
    }
    struct bytes text;
    json_out_init(&out, JSON_OUT_INDENT, HTTP_CLIENT_ANSWER);
    json_node_write(&out, value);
    enum err err = json_out_finish(&out, &text);
    if (err == OK) {
        err = file_write(path, text, true, &detail);
    }
    if (err != OK) {
        output_error(err, &detail);
    }
    json_out_free(&out);
    return err == OK ? TOOL_OK : TOOL_NO;
}

/* --- passport --------------------------------------------------------------------------------- */

struct passport {
    struct remote remote;
    const char *lot;
    const char *at;
    const char *out;
    bool bare;
};

static int passport_run(const struct passport *passport)
{
    struct json_out out;
    struct http_reply reply = {0};
    json_out_init(&out, JSON_OUT_COMPACT, REQUEST_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "lot", passport->lot);
    json_out_field_bool(&out, "bundle", !passport->bare);
    lot_field_at(&out, passport->at);
    json_out_end(&out);
    int status = remote_ask(&reply, &passport->remote, "GetLotPassport", &out);
    if (status == TOOL_OK) {
        const char *missing = json_node_text(json_node_get(reply.data, "bundle_missing"));
        if (missing != NULL) {
            output_note("seam: the passport has no proofs in it: %s", missing);
        }
        status = save(passport->out, reply.data);
        if (status == TOOL_OK && strcmp(passport->out, "-") != 0) {
            output_note("seam: the passport is in %s; its reader checks it: seam lot verify %s",
                        passport->out, passport->out);
        }
        http_reply_free(&reply);
    }
    return status;
}

int lot_passport(int argc, char **argv)
{
    struct passport passport = {.remote.node = HTTP_CLIENT_NODE, .out = "-"};
    const struct option_row rows[] = {
        OPTION_NODE(&passport.remote.node),
        OPTION_TOKEN(&passport.remote.token),
        OPTION_TEXT("out", 'o', "FILE", NULL, "where to save it (default: stdout)", &passport.out),
        OPTION_TEXT("at", 0, "HEIGHT|TIME", NULL, "as it was then", &passport.at),
        OPTION_SWITCH("bare", 0, "without the proofs, which are most of the file", &passport.bare),
    };
    const struct option_set set = OPTION_SET(
        "lot passport LOT [--out FILE]",
        "Saves the passport of a lot for its buyer: origin, quality, balance, footprint by stage,\n"
        "custody model, opinions and disputes, every event, and the proofs. The buyer checks it\n"
        "with `seam lot verify FILE`, which needs genesis.json and no network.",
        rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    passport.lot = argv[first];
    return passport_run(&passport);
}

/* --- export ----------------------------------------------------------------------------------- */

struct export
{
    struct remote remote;
    const char *lot;
    const char *organisation;
    const char *month;
    const char *format;
    const char *from;
    const char *at;
    const char *out;
    bool ancestors;
};

static void export_fields(struct json_out *out, const struct export *export, bool pact)
{
    const char *const texts[][2] = {
        {"lot", export->lot}, {"organisation", export->organisation}, {"month", export->month}};
    for (size_t i = 0; i < (pact ? 1 : 3); i++) {
        if (texts[i][1] != NULL) {
            json_out_field_text(out, texts[i][0], texts[i][1]);
        }
    }
    if (!pact) {
        uint64_t from = 0;
        json_out_field_uint(out, "count", 1000);
        json_out_field_text(out, "format", "text");
        if (export->from != NULL && num_parse_u64(&from, bytes_text(export->from), UINT32_MAX)) {
            json_out_field_uint(out, "from", from);
        }
        if (export->ancestors) {
            json_out_field_bool(out, "ancestors", true);
        }
    }
    lot_field_at(out, export->at);
}

static void say_rest(const struct json_node *data)
{
    int64_t total = 0;
    int64_t from = 0;
    int64_t events = 0;
    if (json_node_integer(json_node_get(data, "total"), &total) &&
        json_node_integer(json_node_get(data, "from"), &from) &&
        json_node_integer(json_node_get(data, "events"), &events) && from + events < total) {
        output_note("seam: %lld of %lld events; the next file begins with --from %lld",
                    (long long)events, (long long)total, (long long)(from + events));
    }
}

static int export_run(const struct export *export)
{
    const bool pact = strcmp(export->format, "pact") == 0;
    struct json_out out;
    struct http_reply reply = {0};
    json_out_init(&out, JSON_OUT_COMPACT, REQUEST_MAX);
    json_out_object(&out);
    export_fields(&out, export, pact);
    json_out_end(&out);
    int status =
        remote_ask(&reply, &export->remote, pact ? "ExportLotFootprint" : "ExportLotEvents", &out);
    if (status == TOOL_OK) {
        say_rest(reply.data);
        status = save(export->out, json_node_get(reply.data, pact ? "footprint" : "document"));
        http_reply_free(&reply);
    }
    return status;
}

int lot_export(int argc, char **argv)
{
    struct export export = {.remote.node = HTTP_CLIENT_NODE, .out = "-", .format = "epcis"};
    const struct option_row rows[] = {
        OPTION_NODE(&export.remote.node),
        OPTION_TOKEN(&export.remote.token),
        OPTION_TEXT("format", 0, "epcis|pact", NULL,
                    "events as EPCIS 2.0 (default), or the footprint as PACT 3", &export.format),
        OPTION_SWITCH("ancestors", 0, "events of the lot's ancestors, too", &export.ancestors),
        OPTION_TEXT("organisation", 0, "ID", NULL, "instead of a lot: what it recorded in --month",
                    &export.organisation),
        OPTION_TEXT("month", 'm', "PERIOD", NULL, "2026-09", &export.month),
        OPTION_TEXT("from", 0, "N", NULL, "skip so many events", &export.from),
        OPTION_TEXT("at", 0, "HEIGHT|TIME", NULL, "as it was then", &export.at),
        OPTION_TEXT("out", 'o', "FILE", NULL, "where to save it (default: stdout)", &export.out),
    };
    const struct option_set set = OPTION_SET(
        "lot export [LOT] [--format epcis|pact] [--out FILE]",
        "Saves events of a lot, or of an organisation's month, as an EPCIS 2.0 document, "
        "or the\nfootprint of a lot as a ProductFootprint of PACT 3.",
        rows, 0, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    export.lot = first < argc ? argv[first] : NULL;
    if (strcmp(export.format, "epcis") != 0 && strcmp(export.format, "pact") != 0) {
        output_note("seam lot export: --format is epcis or pact");
        return TOOL_USAGE;
    }
    return export_run(&export);
}

/* --- import ----------------------------------------------------------------------------------- */

struct import {
    struct remote remote;
    struct bytes table;
    size_t final; /* rows that are events of the ledger */
    size_t refused;
};

static bool is_good(const struct json_node *row)
{
    return strcmp(view_text(row, "state"), "FINAL") == 0 ||
           strcmp(view_text(row, "state"), "ACCEPTED") == 0;
}

/* One pass: the table as a whole; the node knows the rows it has. */
static int import_pass(struct import *import, struct http_reply *reply)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_COMPACT, LIMIT_HTTP_BODY);
    json_out_object(&out);
    json_out_key(&out, "table");
    json_out_text_bytes(&out, import->table);
    json_out_end(&out);
    const int status = remote_ask(reply, &import->remote, "ImportLotEvents", &out);
    if (status != TOOL_OK) {
        return status;
    }
    const struct json_node *results = json_node_get(reply->data, "results");
    import->final = 0;
    import->refused = json_node_count(json_node_get(reply->data, "refused"));
    for (size_t i = 0; i < json_node_count(results); i++) {
        const bool good = is_good(json_node_at(results, i));
        import->final += good ? 1 : 0;
        import->refused += good ? 0 : 1;
    }
    return TOOL_OK;
}

static void print_row(struct output_table *table, const struct json_node *row)
{
    const struct json_node *error = json_node_get(row, "error");
    char number[24];
    char why[400];
    int64_t value = 0;
    (void)!json_node_integer(json_node_get(row, "row"), &value);
    (void)snprintf(number, sizeof number, "%lld", (long long)value);
    const char *field = view_text(error, "field");
    const char *limit = view_text(error, "limit");
    const char *hint = view_text(error, "hint");
    (void)snprintf(why, sizeof why, "%s%s%s%s%s%s%s", view_text(error, "error"),
                   field[0] != '\0' ? ", " : "", field, limit[0] != '\0' ? ": " : "", limit,
                   hint[0] != '\0' ? "; " : "", hint);
    const char *const cells[] = {number, view_text(row, "state"), view_text(row, "code"),
                                 is_good(row) ? view_text(row, "transaction") : why};
    output_table_row(table, cells);
}

static void print_rows(const struct json_node *data)
{
    static const struct output_column columns[] = {
        {"row", true}, {"state", false}, {"code", false}, {"transaction, or why not", false}};
    static const char *const lists[] = {"results", "refused"};
    struct output_table *table = output_table_new(columns, 4);
    for (size_t i = 0; i < 2; i++) {
        const struct json_node *list = json_node_get(data, lists[i]);
        for (size_t j = 0; j < json_node_count(list); j++) {
            print_row(table, json_node_at(list, j));
        }
    }
    output_table_print(table);
}

/* A row may need the lot of another one: the table is sent again as long as that helps. */
static int import_run(struct import *import)
{
    size_t before = 0;
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        struct http_reply reply = {0};
        const int status = import_pass(import, &reply);
        if (status != TOOL_OK) {
            return status;
        }
        const bool last = import->refused == 0 || (pass > 0 && import->final <= before) ||
                          import->final == 0 || pass + 1 == PASSES_MAX;
        before = import->final;
        if (last) {
            if (import->remote.json) {
                (void)remote_print_json(reply.root);
            } else {
                print_rows(reply.data);
                output_line("%zu recorded, %zu refused", import->final, import->refused);
            }
            http_reply_free(&reply);
            break;
        }
        http_reply_free(&reply);
    }
    return import->refused == 0 ? TOOL_OK : TOOL_NO;
}

int lot_import(int argc, char **argv)
{
    struct import import = {.remote.node = HTTP_CLIENT_NODE};
    const struct option_row rows[] = {
        OPTION_NODE(&import.remote.node),
        OPTION_TOKEN(&import.remote.token),
        OPTION_JSON(&import.remote.json),
    };
    const struct option_set set = OPTION_SET(
        "lot import TABLE.csv",
        "Records the events of a table. The first row names the columns: type (MINE, WASH, ...), "
        "then\nthose that `seam lot EVENT --help` lists; cells that an event has not stay empty. A "
        "wrong row\nfails alone and is printed with its reason. The same table again changes "
        "nothing that is\nrecorded already.",
        rows, 1, 1);
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    arena_init(&arena, 2 * LIMIT_HTTP_BODY);
    status =
        remote_file(&import.table, argv[first], &arena) == OK ? import_run(&import) : TOOL_USAGE;
    arena_free(&arena);
    return status;
}
