/* SPDX-License-Identifier: Apache-2.0 */
/* `seam localnet`: a network on this machine for trying things out. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/codec/json_in.h"
#include "ledger/crypto/sign.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/http_client.h"
#include "tools/localnet.h"
#include "tools/localnet_token.h"
#include "tools/options.h"
#include "tools/output.h"

#define READY_WAIT_MS 300000
#define FILE_MAX ((size_t)1 << 20)

static const char *const state_names[] = {"stopped", "starting", "ready"};

static int fail(bool json, enum err err, const struct err_detail *detail)
{
    output_refusal(json, err, detail);
    return err == ERR_RANGE || err == ERR_ABSENT ? TOOL_USAGE : TOOL_UNREACHABLE;
}

static bool number_of(uint32_t *out, const char *text, uint32_t max)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value == 0 || value > max) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static int show(const struct localnet *net, bool json, struct err_detail *detail)
{
    static const struct output_column columns[] = {
        {"NODE", true}, {"PROCESS", true}, {"STATE", false}, {"INTERFACE", false}, {"WHY", false}};
    struct output_table *table = json ? NULL : output_table_new(columns, 5);
    struct json_out out;
    bool all = true;
    json_out_init(&out, JSON_OUT_INDENT, FILE_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "dir", net->dir);
    json_out_field_array(&out, "nodes");
    for (uint32_t i = 1; i <= net->nodes; i++) {
        struct localnet_node node;
        const enum err err = localnet_look(&node, net, i, detail);
        if (err != OK) {
            json_out_free(&out);
            output_table_print(table);
            return fail(json, err, detail);
        }
        char number[16];
        char pid[16];
        char address[48];
        snprintf(number, sizeof(number), "%u", i);
        snprintf(pid, sizeof(pid), "%ld", (long)node.pid);
        snprintf(address, sizeof(address), "http://127.0.0.1:%u", node.http_port);
        const char *const cells[] = {number, node.pid == 0 ? "" : pid, state_names[node.state],
                                     address, node.state == LOCALNET_READY ? "" : node.why};
        output_table_row(table, cells);
        json_out_object(&out);
        json_out_field_uint(&out, "node", i);
        json_out_field_int(&out, "pid", node.pid);
        json_out_field_text(&out, "state", state_names[node.state]);
        json_out_field_text(&out, "url", address);
        json_out_end(&out);
        all = all && node.state == LOCALNET_READY;
    }
    json_out_end(&out);
    json_out_end(&out);
    if (json) {
        return output_json(&out) == OK && all ? TOOL_OK : TOOL_NO;
    }
    json_out_free(&out);
    output_table_print(table);
    return all ? TOOL_OK : TOOL_NO;
}

struct settings {
    const char *dir;
    const char *nodes;
    const char *base_port;
    const char *boundaries;
    const char *seamd;
    bool json;
};

#define SETTINGS_DEFAULT                                                                           \
    {                                                                                              \
        .dir = "run", .nodes = "4", .base_port = LOCALNET_BASE_PORT                                \
    }

/* --- up, down ----------------------------------------------------------------------------------
 */

static enum err open_or_make(struct localnet *net, const struct settings *settings,
                             struct err_detail *detail)
{
    enum err err = localnet_open(net, settings->dir, detail);
    if (err != ERR_ABSENT) {
        return err;
    }
    struct localnet_plan plan = {.dir = settings->dir, .boundaries = settings->boundaries};
    uint32_t port = 0;
    if (!number_of(&plan.nodes, settings->nodes, LIMIT_VALIDATORS)) {
        return err_set(detail, ERR_RANGE, "nodes", NULL, "4..64", NULL);
    }
    if (!number_of(&port, settings->base_port, 65535)) {
        return err_set(detail, ERR_RANGE, "base-port", NULL, "1024..64471", NULL);
    }
    plan.base_port = (uint16_t)port;
    output_note("making a network of %u nodes in %s", plan.nodes, settings->dir);
    return localnet_make(net, &plan, detail);
}

static int run_up(int argc, char **argv)
{
    struct settings settings = SETTINGS_DEFAULT;
    const struct option_row rows[] = {
        OPTION_TEXT("dir", 'd', "DIR", NULL, "where the network lives", &settings.dir),
        OPTION_TEXT("nodes", 0, "N", NULL, "how many, when it is made", &settings.nodes),
        OPTION_TEXT("base-port", 0, "PORT", NULL,
                    "first peer port, when it is made; node N's HTTP is PORT + 1000 + N - 1",
                    &settings.base_port),
        OPTION_TEXT("boundaries", 0, "FILE", NULL,
                    "facilities, when it is made; without it those of the demonstration",
                    &settings.boundaries),
        OPTION_TEXT("seamd", 0, "FILE", NULL, "the node program", &settings.seamd),
        OPTION_JSON(&settings.json),
    };
    const struct option_set set =
        OPTION_SET("localnet up",
                   "Makes a network on this machine if there is none, and starts it.", rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct err_detail detail = {0};
    struct localnet net;
    char seamd[LOCALNET_PATH_MAX];
    localnet_seamd(seamd, settings.seamd);
    enum err err = open_or_make(&net, &settings, &detail);
    for (uint32_t i = 1; err == OK && i <= net.nodes; i++) {
        err = localnet_start(&net, i, seamd, &detail);
    }
    for (uint32_t i = 1; err == OK && i <= net.nodes; i++) {
        err = localnet_wait(&net, i, READY_WAIT_MS, &detail);
        if (err != OK) {
            output_note("node %u did not come up; those that did go on until "
                        "`seam localnet down --dir %s`",
                        i, settings.dir);
        }
    }
    return err == OK ? show(&net, settings.json, &detail) : fail(settings.json, err, &detail);
}

/* Commands on a network that exists; *n is the node, 0 where the command takes none. */
static int open_net(struct localnet *net, uint32_t *n, struct settings *settings, const char *usage,
                    const char *purpose, int operands, int argc, char **argv)
{
    const struct option_row rows[] = {
        OPTION_TEXT("dir", 'd', "DIR", NULL, "where the network lives", &settings->dir),
        OPTION_TEXT("seamd", 0, "FILE", NULL, "the node program", &settings->seamd),
        OPTION_JSON(&settings->json),
    };
    const struct option_set set = OPTION_SET(usage, purpose, rows, operands, operands);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct err_detail detail = {0};
    *n = 0;
    if (operands > 0 && !number_of(n, argv[first], LIMIT_VALIDATORS)) {
        err_set(&detail, ERR_RANGE, "N", NULL, "a node's number, from 1", NULL);
        return fail(settings->json, ERR_RANGE, &detail);
    }
    const enum err err = localnet_open(net, settings->dir, &detail);
    return err == OK ? OPTIONS_GO : fail(settings->json, err, &detail);
}

static int run_down(int argc, char **argv)
{
    struct settings settings = SETTINGS_DEFAULT;
    struct err_detail detail = {0};
    struct localnet net;
    uint32_t n = 0;
    const int status = open_net(&net, &n, &settings, "localnet down",
                                "Stops all nodes; their data stay.", 0, argc, argv);
    if (status != OPTIONS_GO) {
        return status;
    }
    enum err err = OK;
    for (uint32_t i = 1; i <= net.nodes; i++) {
        const enum err one = localnet_stop(&net, i, &detail);
        err = one == OK ? err : one;
    }
    return err == OK ? TOOL_OK : fail(settings.json, err, &detail);
}

static int run_status(int argc, char **argv)
{
    struct settings settings = SETTINGS_DEFAULT;
    struct err_detail detail = {0};
    struct localnet net;
    uint32_t n = 0;
    const int status =
        open_net(&net, &n, &settings, "localnet status",
                 "Says which nodes run; exit status 0 if all are ready.", 0, argc, argv);
    return status == OPTIONS_GO ? show(&net, settings.json, &detail) : status;
}

static int run_stop(int argc, char **argv)
{
    struct settings settings = SETTINGS_DEFAULT;
    struct err_detail detail = {0};
    struct localnet net;
    uint32_t n = 0;
    const int status =
        open_net(&net, &n, &settings, "localnet stop N", "Stops one node.", 1, argc, argv);
    if (status != OPTIONS_GO) {
        return status;
    }
    const enum err err = localnet_stop(&net, n, &detail);
    return err == OK ? TOOL_OK : fail(settings.json, err, &detail);
}

static int run_start(int argc, char **argv)
{
    struct settings settings = SETTINGS_DEFAULT;
    struct err_detail detail = {0};
    struct localnet net;
    uint32_t n = 0;
    char seamd[LOCALNET_PATH_MAX];
    const int status = open_net(&net, &n, &settings, "localnet start N",
                                "Starts one node and waits until it is ready.", 1, argc, argv);
    if (status != OPTIONS_GO) {
        return status;
    }
    localnet_seamd(seamd, settings.seamd);
    enum err err = localnet_start(&net, n, seamd, &detail);
    if (err == OK) {
        err = localnet_wait(&net, n, READY_WAIT_MS, &detail);
    }
    return err == OK ? TOOL_OK : fail(settings.json, err, &detail);
}

/* --- token -------------------------------------------------------------------------------------
 */

static int run_token(int argc, char **argv)
{
    struct settings settings = SETTINGS_DEFAULT;
    struct localnet_person of = {0};
    char token[LOCALNET_TOKEN_MAX];
    const struct option_row rows[] = {
        OPTION_TEXT("dir", 'd', "DIR", NULL, "where the network lives", &settings.dir),
        OPTION_TEXT("member", 'm', "ORG", NULL, "organisation; without it the node's own",
                    &of.member),
        OPTION_TEXT("person", 'p', "NAME", NULL,
                    "preparer, responsible, deputy or reviewer; or a whole id", &of.person),
    };
    const struct option_set set = OPTION_SET(
        "localnet token [N]",
        "Prints an access token of node N's interface. With --member and without N, of the node\n"
        "where the people of that member sign.",
        rows, 0, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct err_detail detail = {0};
    struct localnet net;
    uint32_t n = 0;
    if (first == argc && of.member == NULL) {
        output_note("seam: localnet token takes a node's number or --member");
        return TOOL_USAGE;
    }
    enum err err = first == argc || number_of(&n, argv[first], LIMIT_VALIDATORS) ? OK : ERR_RANGE;
    if (err == OK) {
        err = localnet_open(&net, settings.dir, &detail);
    }
    if (err == OK) {
        err = localnet_token(token, &net, n, &of, &detail);
    }
    if (err != OK) {
        return fail(false, err, &detail);
    }
    output_line("%s", token);
    return TOOL_OK;
}

int cmd_localnet(int argc, char **argv)
{
    static const struct command table[] = {
        {"up", run_up, "make a network if there is none, start it, wait until it is ready"},
        {"down", run_down, "stop all nodes"},
        {"status", run_status, "say which nodes run"},
        {"start", run_start, "start one node"},
        {"stop", run_stop, "stop one node"},
        {"token", run_token, "print an access token of a node's interface"},
    };
    if (sign_start() != OK) {
        return TOOL_USAGE;
    }
    return command_run(table, sizeof table / sizeof table[0], "seam localnet",
                       "A network on this machine, for trying things out.", argc, argv);
}
