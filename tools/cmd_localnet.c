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
#include "tools/options.h"
#include "tools/output.h"

#define READY_WAIT_MS 60000
#define FILE_MAX ((size_t)1 << 20)

static const char *const state_names[] = {"stopped", "starting", "ready"};

static int fail(bool json, enum err err, const struct err_detail *detail)
{
    if (json) {
        output_json_error(err, detail);
    } else {
        output_error(err, detail);
    }
    return err == ERR_RANGE || err == ERR_ABSENT ? TOOL_USAGE : TOOL_UNREACHABLE;
}

/* The daemon lies beside this program. */
static void find_seamd(char out[PATH_MAX], const char *given)
{
    if (given != NULL) {
        snprintf(out, PATH_MAX, "%s", given);
        return;
    }
    const ssize_t size = readlink("/proc/self/exe", out, PATH_MAX - 16);
    out[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(out, '/');
    snprintf(slash == NULL ? out : slash + 1, 16, "seamd");
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
        .dir = "run", .nodes = "4", .base_port = "47000"                                           \
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
    char seamd[PATH_MAX];
    find_seamd(seamd, settings.seamd);
    enum err err = open_or_make(&net, &settings, &detail);
    for (uint32_t i = 1; err == OK && i <= net.nodes; i++) {
        err = localnet_start(&net, i, seamd, &detail);
    }
    for (uint32_t i = 1; err == OK && i <= net.nodes; i++) {
        err = localnet_wait(&net, i, READY_WAIT_MS, &detail);
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
    char seamd[PATH_MAX];
    const int status = open_net(&net, &n, &settings, "localnet start N",
                                "Starts one node and waits until it is ready.", 1, argc, argv);
    if (status != OPTIONS_GO) {
        return status;
    }
    find_seamd(seamd, settings.seamd);
    enum err err = localnet_start(&net, n, seamd, &detail);
    if (err == OK) {
        err = localnet_wait(&net, n, READY_WAIT_MS, &detail);
    }
    return err == OK ? TOOL_OK : fail(settings.json, err, &detail);
}

/* --- token -------------------------------------------------------------------------------------
 */

/* Whose token: organisation and person, each NULL for the first there is. */
struct token_of {
    const char *member;
    const char *person;
};

static bool is_text(const struct json_node *node, const char *key, const char *wanted)
{
    const char *text = json_node_text(json_node_get(node, key));
    return text != NULL && strcmp(text, wanted) == 0;
}

/* The person "preparer" of the member "mine" is "mine.preparer". */
static bool person_fits(const struct json_node *entry, const char *person)
{
    const char *name = json_node_text(json_node_get(entry, "person"));
    const char *dot = name == NULL ? NULL : strrchr(name, '.');
    return name != NULL &&
           (strcmp(name, person) == 0 || (dot != NULL && strcmp(dot + 1, person) == 0));
}

static const struct json_node *platform_of(const struct json_doc *doc, const struct token_of *of)
{
    const struct json_node *list = json_node_get(json_doc_root(doc), "platforms");
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *entry = json_node_at(list, i);
        if ((of->member == NULL || is_text(entry, "organisation", of->member)) &&
            (of->person == NULL || person_fits(entry, of->person))) {
            return entry;
        }
    }
    return NULL;
}

static enum err ask_token(const struct localnet_node *node, const struct json_node *platform,
                          struct err_detail *detail)
{
    struct json_out out;
    struct bytes request;
    struct http_reply reply;
    char url[48];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", node->http_port);
    json_out_init(&out, JSON_OUT_COMPACT, 4096);
    json_out_object(&out);
    json_out_field_text(&out, "platkey", json_node_text(json_node_get(platform, "platkey")));
    json_out_field_text(&out, "platkeysecret",
                        json_node_text(json_node_get(platform, "platkeysecret")));
    json_out_field_text(&out, "optype", "0");
    json_out_end(&out);
    enum err err = json_out_finish(&out, &request);
    if (err == OK) {
        err = http_call(&reply, url, NULL, "GetResourcePlatToken", request, detail);
    }
    if (err == OK) {
        const char *token = json_node_text(json_node_get(reply.data, "access_token"));
        if (token != NULL) {
            output_line("%s", token);
        } else {
            err = err_set(detail, ERR_TOKEN, "token", NULL, NULL, reply.message);
        }
        http_reply_free(&reply);
    }
    json_out_free(&out);
    return err;
}

/* A token of node n. ERR_ABSENT without a detail: nobody there fits. */
static enum err token_print(const struct localnet *net, uint32_t n, const struct token_of *of,
                            struct err_detail *detail)
{
    struct localnet_node node;
    struct arena arena;
    struct bytes text;
    struct json_doc *doc = NULL;
    char path[LOCALNET_PATH_MAX];
    arena_init(&arena, FILE_MAX);
    enum err err = localnet_look(&node, net, n, detail);
    if (err == OK) {
        err = localnet_path(path, net, n, "platforms.json");
    }
    if (err == OK) {
        err = file_read(&text, path, FILE_MAX / 4, &arena, detail);
    }
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX / 4, detail);
    }
    if (err == OK) {
        const struct json_node *platform = platform_of(doc, of);
        err = platform == NULL ? err_set(detail, ERR_ABSENT, "person", NULL, NULL,
                                         "no such person of that member signs at this node")
                               : ask_token(&node, platform, detail);
    }
    json_doc_free(doc);
    arena_free(&arena);
    return err;
}

/* Without a number: the first node where the member's people sign. */
static enum err token_find(const struct localnet *net, const struct token_of *of,
                           struct err_detail *detail)
{
    enum err err = ERR_ABSENT;
    for (uint32_t n = 1; err == ERR_ABSENT && n <= net->nodes; n++) {
        err = token_print(net, n, of, detail);
    }
    return err;
}

static int run_token(int argc, char **argv)
{
    struct settings settings = SETTINGS_DEFAULT;
    struct token_of of = {0};
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
        err = n == 0 ? token_find(&net, &of, &detail) : token_print(&net, n, &of, &detail);
    }
    return err == OK ? TOOL_OK : fail(false, err, &detail);
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
