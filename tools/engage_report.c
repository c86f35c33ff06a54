/* SPDX-License-Identifier: Apache-2.0 */
/* `seam engage report`: asks the node for the engagement and its opinion. */

#include "tools/engage_report.h"

#include <stdio.h>
#include <string.h>

#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/remote.h"
#include "tools/verification_report.h"

static const char *const language_names[LANGUAGES] = {"en", "zh", "ru"};

static int print_json(const struct json_node *engagement, const struct json_node *opinion,
                      enum language language)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, HTTP_CLIENT_ANSWER);
    verification_report_json(&out, engagement, opinion, language);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

static int ask(struct http_reply *reply, const struct remote *remote, const char *operation,
               const char *key, const char *id)
{
    struct json_out request;
    json_out_init(&request, JSON_OUT_COMPACT, 4096);
    json_out_object(&request);
    json_out_field_text(&request, key, id);
    json_out_end(&request);
    return remote_ask(reply, remote, operation, &request);
}

static int report(const struct remote *remote, const char *id, bool json, enum language language)
{
    struct http_reply engagement = {0};
    struct http_reply opinion = {0};
    int status = ask(&engagement, remote, "GetEngagement", "engagement", id);
    if (status != TOOL_OK) {
        return status;
    }
    const char *name = json_node_text(json_node_get(engagement.data, "opinion"));
    const bool issued = name != NULL && *name != '\0';
    if (issued) {
        status = ask(&opinion, remote, "GetOpinion", "opinion", name);
    }
    if (status == TOOL_OK && json) {
        status = print_json(engagement.data, issued ? opinion.data : NULL, language);
    } else if (status == TOOL_OK) {
        verification_report_markdown(stdout, engagement.data, issued ? opinion.data : NULL,
                                     language);
    }
    if (issued && status == TOOL_OK) {
        http_reply_free(&opinion);
    }
    http_reply_free(&engagement);
    return status;
}

int engage_report(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    const char *format = "md";
    const char *name = "en";
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_TEXT("format", 'f', "md|json", NULL, "how it is written (default: md)", &format),
        OPTION_TEXT("language", 'l', "zh|ru|en", NULL, "of its words (default: en)", &name),
    };
    const struct option_set set = OPTION_SET(
        "engage report ENGAGEMENT", "The verification report, from the ledger.", rows, 1, 1);
    int first = 0;
    size_t language = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    while (language < LANGUAGES && strcmp(language_names[language], name) != 0) {
        language++;
    }
    const bool json = strcmp(format, "json") == 0;
    if (language == LANGUAGES || (!json && strcmp(format, "md") != 0)) {
        output_note("seam: --format is md or json, --language zh, ru or en");
        return TOOL_USAGE;
    }
    return report(&remote, argv[first], json, (enum language)language);
}
