/* SPDX-License-Identifier: Apache-2.0 */
/* `seam lot trace`: the pages of a trace joined and drawn as an indented tree. The graph is walked
 * with a stack; a lot that was shown already is named and not entered again, so a blend of blends
 * does not explode. */

#include "tools/lot_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/num.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/view.h"

#define REQUEST_MAX 4096
#define PAGES_MAX 64 /* of 1,000 lots */
#define PAGE 1000
#define INDENT_MAX 40

struct asked {
    struct remote remote;
    const char *lot;
    const char *facility;
    const char *month;
    const char *device;
    const char *depth;
    const char *at;
    const char *svg;
    bool down;
    bool both;
};

struct tree {
    struct http_reply pages[PAGES_MAX];
    size_t page_count;
    const struct json_node **nodes;
    bool *shown;
    size_t count;
};

/* --- fetching --------------------------------------------------------------------------------- */

static bool write_request(struct json_out *out, const struct asked *asked, const char *direction,
                          const char *cursor)
{
    uint64_t number = 0;
    const char *const texts[][2] = {{"lot", asked->lot},      {"facility", asked->facility},
                                    {"month", asked->month},  {"device", asked->device},
                                    {"direction", direction}, {"cursor", cursor}};
    json_out_object(out);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i][1] != NULL) {
            json_out_field_text(out, texts[i][0], texts[i][1]);
        }
    }
    if (asked->depth != NULL) {
        if (!num_parse_u64(&number, bytes_text(asked->depth), UINT32_MAX)) {
            output_note("seam: --depth takes a whole number");
            return false;
        }
        json_out_field_uint(out, "depth", number);
    }
    if (cursor == NULL) {
        lot_field_at(out, asked->at);
    }
    if (asked->svg != NULL) {
        json_out_field_text(out, "format", "svg");
    } else {
        json_out_field_uint(out, "count", PAGE);
    }
    json_out_end(out);
    return true;
}

static int fetch(struct http_reply *reply, const struct asked *asked, const char *direction,
                 const char *cursor)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_COMPACT, REQUEST_MAX);
    int status = TOOL_USAGE;
    if (write_request(&out, asked, direction, cursor)) {
        status = remote_ask(reply, &asked->remote, "TraceLot", &out);
    } else {
        json_out_free(&out);
    }
    return status;
}

static void tree_free(struct tree *tree)
{
    for (size_t i = 0; i < tree->page_count; i++) {
        http_reply_free(&tree->pages[i]);
    }
    free(tree->nodes);
    free(tree->shown);
}

/* All pages at the height of the first. */
static int fetch_all(struct tree *tree, const struct asked *asked, const char *direction)
{
    const char *cursor = NULL;
    do {
        struct http_reply *reply = &tree->pages[tree->page_count];
        const int status = fetch(reply, asked, direction, cursor);
        if (status != TOOL_OK) {
            return status;
        }
        tree->page_count++;
        const struct json_node *nodes = json_node_get(reply->data, "nodes");
        const size_t more = json_node_count(nodes);
        const struct json_node **all =
            realloc(tree->nodes, (tree->count + more + 1) * sizeof(*all));
        if (all == NULL) {
            return TOOL_UNREACHABLE;
        }
        tree->nodes = all;
        for (size_t i = 0; i < more; i++) {
            tree->nodes[tree->count++] = json_node_at(nodes, i);
        }
        cursor = json_node_text(json_node_get(reply->data, "cursor"));
    } while (cursor != NULL && tree->page_count < PAGES_MAX);
    tree->shown = calloc(tree->count + 1, sizeof *tree->shown);
    return tree->shown != NULL ? TOOL_OK : TOOL_UNREACHABLE;
}

/* --- drawing ---------------------------------------------------------------------------------- */

/* qty: of the step that leads here, or NULL at a start. */
static void print_node(const struct tree *tree, size_t index, size_t depth, const char *qty)
{
    const struct json_node *node = tree->nodes[index];
    const struct json_node *event = json_node_get(node, "event");
    int64_t figure = 0;
    int64_t findings = 0;
    bool wrong = false;
    char carbon[48] = "";
    char origin[160] = "";
    if (json_node_integer(json_node_get(node, "g_per_t"), &figure)) {
        (void)snprintf(carbon, sizeof carbon, ", %lld g CO2e/t", (long long)figure);
    } else if (strcmp(view_text(node, "grade"), "NONE") == 0) {
        (void)snprintf(carbon, sizeof carbon, ", no account yet");
    }
    if (view_text(node, "month")[0] != '\0') {
        (void)snprintf(origin, sizeof origin, ", %.64s %.8s", view_text(node, "facility"),
                       view_text(node, "month"));
    }
    const bool again = tree->shown[index];
    const bool found =
        json_node_integer(json_node_get(event, "findings"), &findings) && findings > 0;
    const bool declared = json_node_bool(json_node_get(event, "error"), &wrong) && wrong;
    const int indent = (int)(2 * (depth < INDENT_MAX ? depth : INDENT_MAX));
    output_line("%*s%s%s%s  %s %s, %s t, share %s%s%s%s%s%s", indent, "", qty != NULL ? qty : "",
                qty != NULL ? " t  " : "", view_text(node, "lot"), view_text(event, "type"),
                view_text(node, "product"), view_text(node, "created"), view_text(node, "share"),
                carbon, origin, found ? ", with findings" : "",
                declared ? ", declared an error" : "", again ? " (shown above)" : "");
}

struct step {
    size_t node;
    size_t next; /* link to take */
};

static void draw_from(struct tree *tree, size_t start, struct step *stack)
{
    size_t depth = 0;
    stack[0] = (struct step){start, 0};
    print_node(tree, start, 0, NULL);
    tree->shown[start] = true;
    for (;;) {
        struct step *step = &stack[depth];
        const struct json_node *links = json_node_get(tree->nodes[step->node], "links");
        if (step->next >= json_node_count(links)) {
            if (depth == 0) {
                return;
            }
            depth--;
            continue;
        }
        const struct json_node *link = json_node_at(links, step->next++);
        int64_t to = 0;
        if (!json_node_integer(json_node_get(link, "node"), &to) || to < 0 ||
            (size_t)to >= tree->count) {
            continue;
        }
        print_node(tree, (size_t)to, depth + 1, view_text(link, "qty"));
        if (!tree->shown[to] && depth + 1 < tree->count) {
            tree->shown[to] = true;
            stack[++depth] = (struct step){(size_t)to, 0};
        }
    }
}

static int draw(struct tree *tree)
{
    struct step *stack = calloc(tree->count + 1, sizeof *stack);
    int64_t starts = 1;
    int64_t height = 0;
    if (stack == NULL) {
        return TOOL_UNREACHABLE;
    }
    const struct json_node *first = tree->pages[0].data;
    (void)!json_node_integer(json_node_get(first, "starts"), &starts);
    (void)!json_node_integer(json_node_get(first, "at"), &height);
    for (size_t i = 0; i < tree->count && (int64_t)i < starts; i++) {
        if (!tree->shown[i]) {
            draw_from(tree, i, stack);
        }
    }
    output_line(
        "%zu %s, %s, status as of height %lld, %s", tree->count, tree->count == 1 ? "lot" : "lots",
        strcmp(view_text(first, "direction"), "up") == 0 ? "where it came from" : "where it went",
        (long long)height, view_text(first, "as_of"));
    free(stack);
    return TOOL_OK;
}

static int print_tree(const struct asked *asked, const char *direction)
{
    struct tree *tree = calloc(1, sizeof *tree);
    if (tree == NULL) {
        return TOOL_UNREACHABLE;
    }
    int status = fetch_all(tree, asked, direction);
    if (status == TOOL_OK) {
        status = draw(tree);
    }
    tree_free(tree);
    free(tree);
    return status;
}

/* --- the command ------------------------------------------------------------------------------ */

static int save_picture(const struct asked *asked, const struct json_node *data)
{
    struct err_detail detail = {0};
    const char *picture = json_node_text(json_node_get(data, "svg"));
    if (picture == NULL) {
        output_note("seam: the answer has no picture in it");
        return TOOL_UNREACHABLE;
    }
    const enum err err = file_write(asked->svg, bytes_text(picture), true, &detail);
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_NO;
    }
    return TOOL_OK;
}

static int run(const struct asked *asked)
{
    const char *direction = asked->both ? "both" : asked->down ? "down" : NULL;
    if (asked->svg == NULL && !asked->remote.json) {
        int status = TOOL_OK;
        if (!asked->both) {
            return print_tree(asked, direction);
        }
        status = print_tree(asked, "up");
        return status == TOOL_OK ? print_tree(asked, "down") : status;
    }
    if (asked->svg != NULL && asked->both) {
        output_note("seam lot trace: a picture has one direction");
        return TOOL_USAGE;
    }
    struct http_reply reply = {0};
    int status = fetch(&reply, asked, direction, NULL);
    if (status == TOOL_OK) {
        status =
            asked->svg != NULL ? save_picture(asked, reply.data) : remote_print_json(reply.root);
        http_reply_free(&reply);
    }
    return status;
}

int lot_trace(int argc, char **argv)
{
    struct asked asked = {.remote.node = HTTP_CLIENT_NODE};
    const struct option_row rows[] = {
        OPTION_NODE(&asked.remote.node),
        OPTION_TOKEN(&asked.remote.token),
        OPTION_SWITCH("down", 0, "where it went instead of where it came from", &asked.down),
        OPTION_SWITCH("both", 0, "both directions", &asked.both),
        OPTION_TEXT("facility", 'F', "ID", NULL, "from everything a facility made in --month",
                    &asked.facility),
        OPTION_TEXT("month", 'm', "PERIOD", NULL, "of the facility's account: 2026-09",
                    &asked.month),
        OPTION_TEXT("device", 'd', "ID", NULL, "from what a measuring instrument stands behind",
                    &asked.device),
        OPTION_TEXT("depth", 0, "N", NULL, "so many steps only", &asked.depth),
        OPTION_TEXT("at", 0, "HEIGHT|TIME", NULL, "as it was then", &asked.at),
        OPTION_TEXT("svg", 0, "FILE", NULL, "draw it into a file", &asked.svg),
        OPTION_JSON(&asked.remote.json),
    };
    const struct option_set set = OPTION_SET(
        "lot trace [LOT] [--down|--both] [--svg FILE]",
        "Draws where the coal of a lot came from (or went) as a tree: what went into each step, "
        "the\n"
        "lot, its whole mass, its share of the lot asked about, and g CO2e a tonne when it was "
        "made.\n"
        "From an account (--facility, --month) or a --device coal is followed downwards.",
        rows, 0, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    asked.lot = first < argc ? argv[first] : NULL;
    if (asked.lot == NULL && asked.facility == NULL && asked.device == NULL) {
        output_note("seam lot trace: a lot, --facility and --month, or --device");
        return TOOL_USAGE;
    }
    return run(&asked);
}
