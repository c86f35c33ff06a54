/* SPDX-License-Identifier: Apache-2.0 */
/* `seam status` and `seam validators`: what a node says about itself and its network. */

#include <string.h>

#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/remote.h"
#include "tools/view.h"

/* The parts of GetStatus that a person asks for first; --explain shows all of it. */
static void print_short(const struct json_node *data)
{
    void *iterator = NULL;
    const char *key = NULL;
    const struct json_node *value = NULL;
    while (json_node_next(data, &iterator, &key, &value)) {
        int64_t number = 0;
        bool flag = false;
        if (json_node_text(value) != NULL) {
            output_line("%-24s %s", key, json_node_text(value));
        } else if (json_node_integer(value, &number)) {
            output_line("%-24s %lld", key, (long long)number);
        } else if (json_node_bool(value, &flag)) {
            output_line("%-24s %s", key, flag ? "yes" : "no");
        }
    }
}

static int status_run(const struct remote *remote, const char *part, bool explain)
{
    struct http_reply reply = {0};
    const int status = remote_call(&reply, remote, "GetStatus", bytes_text("{}"));
    if (status != TOOL_OK) {
        return status;
    }
    const struct json_node *shown = part == NULL ? reply.data : json_node_get(reply.data, part);
    int result = TOOL_OK;
    bool ready = true;
    if (remote->json) {
        result = remote_print_json(part == NULL ? reply.root : shown);
    } else if (shown == NULL) {
        output_note("seam: this node does not say");
        result = TOOL_NO;
    } else if (explain || part != NULL) {
        view_print(shown);
    } else {
        print_short(shown);
    }
    if (part == NULL && json_node_bool(json_node_get(reply.data, "ready"), &ready) && !ready) {
        result = TOOL_NO;
    }
    http_reply_free(&reply);
    return result;
}

int cmd_status(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    bool explain = false;
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_SWITCH("explain", 'e', "everything: view, votes, peers, what to do", &explain),
        OPTION_JSON(&remote.json),
    };
    const struct option_set set = OPTION_SET(
        "status [--explain]",
        "How the node is: exit 0 when it is ready, 1 when it runs but is not, 3 when it does not\n"
        "answer.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    return status != OPTIONS_GO ? status : status_run(&remote, NULL, explain);
}

int cmd_validators(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_JSON(&remote.json),
    };
    const struct option_set set = OPTION_SET(
        "validators", "The validators of this epoch and when each was last heard of.", rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    return status != OPTIONS_GO ? status : status_run(&remote, "validators", true);
}
