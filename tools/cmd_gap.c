/* SPDX-License-Identifier: Apache-2.0 */
/* `seam gap`: the board of a jurisdiction's year, and why two accounts differ. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/codec/json_in.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/remote.h"
#include "tools/view.h"

#define FILE_MAX ((size_t)4 << 20)
#define REQUEST_MAX (FILE_MAX * 2)
#define TEXT_SIZE 64 /* a sign, 20 digits, a point, places */

/* --- numbers ---------------------------------------------------------------------------------- */

/* value / 10^places; empty where there is no such number. */
static const char *scaled(char out[TEXT_SIZE], const struct json_node *row, const char *key,
                          unsigned places)
{
    int64_t value = 0;
    uint64_t scale = 1;
    out[0] = '\0';
    if (!json_node_integer(json_node_get(row, key), &value)) {
        return out;
    }
    for (unsigned i = 0; i < places; i++) {
        scale *= 10;
    }
    const uint64_t size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    if (places == 0) {
        (void)snprintf(out, TEXT_SIZE, "%s%llu", value < 0 ? "-" : "", (unsigned long long)size);
    } else {
        (void)snprintf(out, TEXT_SIZE, "%s%llu.%0*llu", value < 0 ? "-" : "",
                       (unsigned long long)(size / scale), (int)places,
                       (unsigned long long)(size % scale));
    }
    return out;
}

/* --- the board -------------------------------------------------------------------------------- */

static const char *painted(char out[TEXT_SIZE], const char *colour)
{
    static const char *const codes[][2] = {
        {"GREEN", "32"}, {"YELLOW", "33"}, {"ORANGE", "38;5;208"}, {"RED", "31"}};
    if (isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL) {
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
            if (strcmp(codes[i][0], colour) == 0) {
                (void)snprintf(out, TEXT_SIZE, "\033[%sm%s\033[0m", codes[i][1], colour);
                return out;
            }
        }
    }
    (void)snprintf(out, TEXT_SIZE, "%s", colour);
    return out;
}

static void board_row(struct output_table *table, const struct json_node *row)
{
    char reported[TEXT_SIZE];
    char verified[TEXT_SIZE];
    char gap[TEXT_SIZE];
    char percent[TEXT_SIZE];
    char z[TEXT_SIZE];
    char late[TEXT_SIZE];
    char colour[TEXT_SIZE];
    const char *const cells[] = {
        view_text(row, "facility"),
        view_text(row, "period"),
        view_text(row, "grade"),
        scaled(late, row, "days_late", 0),
        scaled(reported, row, "reported_g", 6),
        scaled(verified, row, "verified_g", 6),
        scaled(gap, row, "difference_g", 6),
        scaled(percent, row, "gap_bp", 2),
        scaled(z, row, "z_milli", 3),
        painted(colour, view_text(row, "colour")),
        view_text(row, "dispute"),
    };
    output_table_row(table, cells);
}

static int print_board(const struct json_node *data)
{
    static const struct output_column columns[] = {
        {"facility", false},  {"period", false},    {"state", false},  {"late", true},
        {"reported t", true}, {"verified t", true}, {"gap t", true},   {"gap %", true},
        {"z", true},          {"colour", false},    {"dispute", false}};
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    const struct json_node *rows = json_node_get(data, "gaps");
    for (size_t i = 0; i < json_node_count(rows); i++) {
        board_row(table, json_node_at(rows, i));
    }
    output_table_print(table);
    return TOOL_OK;
}

static void field_at(struct json_out *out, const char *at)
{
    if (at != NULL) {
        json_out_field_text(out, "at", at);
    }
}

static int gap_list(int argc, char **argv)
{
    struct remote remote = {.node = NULL};
    struct http_reply reply;
    struct json_out request;
    const char *at = NULL;
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_JSON(&remote.json),
        OPTION_TEXT("at", 0, "TIME", NULL, "as of this instant", &at),
    };
    const struct option_set set = OPTION_SET(
        "gap list JURISDICTION YEAR",
        "The board: reported against verified and observed amounts, in t CO2e, month by month.",
        rows, 2, 2);
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    json_out_init(&request, 0, REQUEST_MAX);
    json_out_object(&request);
    json_out_field_text(&request, "jurisdiction", argv[first]);
    json_out_field_text(&request, "year", argv[first + 1]);
    field_at(&request, at);
    json_out_end(&request);
    status = remote_ask(&reply, &remote, "ListGaps", &request);
    if (status == TOOL_OK) {
        status = remote.json ? remote_print_json(reply.data) : print_board(reply.data);
        http_reply_free(&reply);
    }
    return status;
}

/* --- why -------------------------------------------------------------------------------------- */

static const char *const causes[] = {"ACTIVITY", "CARBON_CONTENT", "OXIDATION", "MISSING_SOURCE",
                                     "CORRECTION"};
#define CAUSES (sizeof causes / sizeof causes[0])

static void cause_row(struct output_table *table, const struct json_node *row, const char *name,
                      const char *source)
{
    char parts[CAUSES][TEXT_SIZE];
    char reported[TEXT_SIZE];
    char verified[TEXT_SIZE];
    const char *cells[CAUSES + 4] = {name, source, scaled(reported, row, "reported_g", 6),
                                     scaled(verified, row, "verified_g", 6)};
    for (size_t i = 0; i < CAUSES; i++) {
        cells[i + 4] = scaled(parts[i], json_node_get(row, "parts"), causes[i], 6);
    }
    output_table_row(table, cells);
}

static int print_causes(const struct json_node *data)
{
    static const struct output_column columns[] = {
        {"line", false},      {"source", false},        {"reported t", true},
        {"verified t", true}, {"activity", true},       {"carbon", true},
        {"oxidation", true},  {"missing source", true}, {"correction", true}};
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    const struct json_node *rows = json_node_get(data, "causes");
    for (size_t i = 0; i < json_node_count(rows); i++) {
        const struct json_node *row = json_node_at(rows, i);
        cause_row(table, row, view_text(row, "code"), view_text(row, "source"));
    }
    cause_row(table, data, "all", "");
    output_table_print(table);
    output_note("the parts sum to the gap to the gram; the verifier's file: %s",
                strcmp(view_text(data, "recompute"), "MATCHED") == 0
                    ? "the one that was recomputed from"
                    : "no recomputation to compare it with");
    return TOOL_OK;
}

static int explain_run(const struct remote *remote, char **operands)
{
    struct arena arena;
    struct bytes text;
    struct http_reply reply;
    struct json_out request;
    struct err_detail detail = {0};
    arena_init(&arena, FILE_MAX + 4096);
    const enum err err = file_read(&text, operands[2], FILE_MAX, &arena, &detail);
    if (err != OK) {
        output_error(err, &detail);
        arena_free(&arena);
        return TOOL_USAGE;
    }
    json_out_init(&request, 0, REQUEST_MAX);
    json_out_object(&request);
    json_out_field_text(&request, "facility", operands[0]);
    json_out_field_text(&request, "period", operands[1]);
    json_out_key(&request, "file_text");
    json_out_text_bytes(&request, text);
    json_out_end(&request);
    int status = remote_ask(&reply, remote, "ExplainGap", &request);
    arena_free(&arena);
    if (status == TOOL_OK) {
        status = remote->json ? remote_print_json(reply.data) : print_causes(reply.data);
        http_reply_free(&reply);
    }
    return status;
}

static int gap_explain_command(int argc, char **argv)
{
    struct remote remote = {.node = NULL};
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_JSON(&remote.json),
    };
    const struct option_set set =
        OPTION_SET("gap explain FACILITY PERIOD FILE",
                   "Why reported and verified amounts differ, line by line and cause by cause, in "
                   "t CO2e. FILE is the verifier's calculation file.",
                   rows, 3, 3);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    return status == OPTIONS_GO ? explain_run(&remote, argv + first) : status;
}

static const struct command table[] = {
    {"list", gap_list, "the board of a jurisdiction's year"},
    {"explain", gap_explain_command, "why reported and verified amounts differ"},
};

static const struct remote_row rows_remote[] = {
    {"observations", "ListObservations", "facility period", "independent observations"},
    {"observe", "AddObservation", "FILE", "add an independent estimate with its interval"},
    {"withdraw", "WithdrawObservation", "observation reason [replaced_by]",
     "declare an observation wrong"},
};

int cmd_gap(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof rows_remote / sizeof rows_remote[0]; i++) {
        if (strcmp(argv[1], rows_remote[i].name) == 0) {
            return remote_run(&rows_remote[i], "gap", argc - 1, argv + 1);
        }
    }
    const int status = command_run(table, sizeof table / sizeof table[0], "seam gap",
                                   "Reported against verified and observed amounts.", argc, argv);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        for (size_t i = 0; i < sizeof rows_remote / sizeof rows_remote[0]; i++) {
            (void)printf("  %-12s %s\n", rows_remote[i].name, rows_remote[i].help);
        }
    }
    return status;
}
