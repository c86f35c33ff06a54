/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_HTTP_CLIENT_H
#define TOOLS_HTTP_CLIENT_H

/* One call of a node's HTTP interface: POST /api/v1/OPERATION with a JSON object, and the envelope
 * {code, message, data} that comes back. The only file that includes libcurl is http_client.c. */

#include "ledger/base/arena.h"
#include "ledger/codec/json_in.h"

#define HTTP_CLIENT_NODE "http://127.0.0.1:32000" /* where no --node is given */
#define HTTP_CLIENT_ANSWER (64 * 1024 * 1024)

struct http_reply {
    int status; /* of HTTP */
    const char *code; /* "000000" */
    const char *message;
    const struct json_node *data;
    const struct json_node *root;
    struct json_doc *doc; /* owns the texts above */
};

/* http_call sends request to an operation. token may be NULL. OK whatever the envelope says, as
 * long as there is one; ERR_NO_QUORUM when the node cannot be reached or does not speak our
 * language (detail->hint says which), ERR_PARAM for a bad address, ERR_MEMORY. The reply is the
 * caller's to free. */
enum err NODISCARD http_call(struct http_reply *reply, const char *node, const char *token,
                             const char *operation, struct bytes request,
                             struct err_detail *detail);
void http_reply_free(struct http_reply *reply);

#endif
