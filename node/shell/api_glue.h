/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_API_GLUE_H
#define NODE_SHELL_API_GLUE_H

/* The node as api/ sees it: struct api_node filled over node/core (asked on the loop), the chain
 * database (read from any thread), the keys this node signs with, and the request log. */

#include "api/node.h"
#include "node/core/node.h"
#include "node/shell/audit.h"
#include "node/shell/calls.h"
#include "node/shell/logger.h"
#include "node/shell/metrics.h"

#define API_GLUE_KEYS_MAX 256

struct api_glue;

struct upkeep;

struct api_glue_setup { /* all borrowed */
    struct node *node;
    struct calls *calls;
    struct chain_db *chain;
    struct kv *local;
    struct audit *audit;
    struct logger *logger;
    struct metrics *metrics;
    struct upkeep *upkeep;
    struct bytes genesis;
    struct hash chain_id;
    const char *software;
    const char *version;
};

/* api_glue_new gives *out. ERR_MEMORY. */
enum err NODISCARD api_glue_new(struct api_glue **out, const struct api_glue_setup *setup);
/* api_glue_add_key lets the interface sign with this key (copied); before the interface starts.
 * ERR_TOO_LARGE. */
enum err NODISCARD api_glue_add_key(struct api_glue *glue, const struct sign_key *key);
size_t api_glue_key_count(const struct api_glue *glue);
/* api_glue_node is the table to start the interface with. */
const struct api_node *api_glue_node(const struct api_glue *glue);

/* api_glue_close answers all that wait (dropped, busy); on the loop, after calls_close and before
 * the interface stops. api_glue_free after that. */
void api_glue_close(struct api_glue *glue);
void api_glue_free(struct api_glue *glue);

#endif
