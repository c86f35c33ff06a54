/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_DAEMON_IMPL_H
#define NODE_SHELL_DAEMON_IMPL_H

/* What the modules of the daemon share: daemon.c, startup.c and interface.c. Nobody else includes
 * it. */

#include <uv.h>

#include "api/api.h"
#include "node/shell/api_glue.h"
#include "node/shell/daemon.h"
#include "node/shell/env_uv.h"
#include "node/shell/upkeep.h"

struct daemon {
    const struct config *config;
    const char *version;
    char software[64];
    struct logger *logger;
    struct metrics *metrics;
    int data_lock;
    int key_lock;
    struct arena arena; /* genesis bytes, access file */
    struct bytes genesis;
    struct hash chain_id;
    struct sign_key node_key;
    struct sign_key validator_key;
    bool has_validator_key;
    uint8_t fingerprint[NODE_FINGERPRINT_SIZE];
    uv_loop_t loop;
    bool has_loop;
    struct files *files;
    struct env_uv *env;
    struct chain_db *chain;
    struct kv *local;
    struct node *node;
    struct mesh *mesh;
    struct calls *calls;
    struct audit *audit;
    struct api_glue *glue;
    struct api *api;
    uv_signal_t signals[2];
    uv_timer_t tick;
    bool has_handles;
    bool stopping;
    bool failure_said;
    struct upkeep *upkeep;
    bool set_aside; /* the chain's database, once it is closed */
    bool knows_members; /* a validator, connected and not behind */
    uint64_t start_ms;
    uint64_t stop_ms;
    enum daemon_exit exit;
};

/* daemon_fail logs why the start ends here and returns how. detail may be NULL. */
enum daemon_exit daemon_fail(struct daemon *daemon, enum daemon_exit how, const char *event,
                             enum err err, const struct err_detail *detail);

/* daemon_say logs one value at level info. */
void daemon_say(struct daemon *daemon, const char *event, const char *key, const char *value);

/* daemon_after_event is what happens on the loop after the node has had an event; context is the
 * daemon. */
void daemon_after_event(void *context);

#endif
