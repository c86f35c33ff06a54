/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_REMOTE_H
#define TOOLS_REMOTE_H

/* Commands that are one operation of the HTTP interface: a row names the operation and how the
 * command's arguments become fields of its request. Options --node, --token, --json, --at, --wait
 * and --field NAME=VALUE are the same everywhere. */

#include "tools/http_client.h"

struct remote_row {
    const char *name; /* "show" */
    const char *operation; /* "GetAccount" */
    /* Arguments in order, separated by blanks: a field name; "name#" is sent as a number; "name@"
     * is units and "name@@" a list of them, as in units_text.h; "name<" is the text of a file;
     * "FILE" is a JSON file whose object is the request, or a calculation file as a table
     * (NAME.csv); a name in [brackets] may be left out. */
    const char *arguments;
    const char *help; /* one line */
};

/* remote_group runs argv[1] of a table of rows. title is "account". */
int remote_group(const struct remote_row *rows, size_t count, const char *title,
                 const char *purpose, int argc, char **argv);

/* remote_run runs one row; title is "account", or NULL for a row that is a command by itself.
 * argv[0] is the row's name. */
int remote_run(const struct remote_row *row, const char *title, int argc, char **argv);

/* Where calls go. */
struct remote {
    const char *node;
    const char *token;
    bool json;
};

/* remote_call makes a call whose failure is already reported: TOOL_OK with a reply to be freed, or
 * the exit status. */
int remote_call(struct http_reply *reply, const struct remote *remote, const char *operation,
                struct bytes request);

/* remote_ask makes a call with a request that was written to its end; takes the request. Like
 * remote_call, and TOOL_USAGE where the request could not be written. */
int remote_ask(struct http_reply *reply, const struct remote *remote, const char *operation,
               struct json_out *request);

/* remote_file reads a file that goes into a request into arena; remote_object reads the JSON object
 * that a text is, name being where it stands, to be freed with json_doc_free. What is wrong is
 * said. */
enum err NODISCARD remote_file(struct bytes *out, const char *path, struct arena *arena);
enum err NODISCARD remote_object(struct json_doc **out, struct bytes text, const char *name);

/* remote_print_json prints a reply, or a part of one, as the one JSON document. */
int remote_print_json(const struct json_node *node);
/* remote_print prints a reply as that document or for people, and takes it. */
int remote_print(const struct remote *remote, struct http_reply *reply);

#endif
