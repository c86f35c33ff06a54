/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_world.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "ledger/chain/certificate.h"
#include "ledger/codec/json_in.h"
#include "ledger/governance/genesis.h"
#include "node/shell/keystore.h"
#include "tools/bench.h"
#include "tools/file.h"
#include "tools/http_client.h"

#define FILE_MAX ((size_t)16 << 20)
#define ARENA_BYTES ((size_t)64 << 20)
#define READY_WAIT_MS 300000
#define VALID_MS 7200000
#define SETTLE_PAUSE_NS 50000000

static const char *const anchors[BENCH_SENDERS] = {"mine", "group", "verifier", "regulator"};
static const char *const mines[BENCH_SENDERS] = {"mine", "group", "mine-2", "washery"};

static enum err read_genesis(struct bench_world *world, struct err_detail *detail)
{
    char path[LOCALNET_PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/genesis.json", world->net.dir);
    return file_read_document(&world->genesis, &genesis_form, path, FILE_MAX, &world->arena,
                              detail);
}

/* --- people ---------------------------------------------------------------------------------- */

static bool has_member(const struct json_node *node, const char *organisation)
{
    const struct json_node *list = json_node_get(node, "members");
    bool found = false;
    for (size_t i = 0; i < json_node_count(list) && !found; i++) {
        const char *id = json_node_text(json_node_get(json_node_at(list, i), "organisation"));
        found = id != NULL && strcmp(id, organisation) == 0;
    }
    return found;
}

/* The node, from 1, with which the keys of an organisation's people lie. */
static enum err home_of(uint32_t *out, const struct json_doc *doc, const char *organisation,
                        struct err_detail *detail)
{
    const struct json_node *nodes = json_node_get(json_doc_root(doc), "nodes");
    for (size_t i = 0; i < json_node_count(nodes); i++) {
        if (has_member(json_node_at(nodes, i), organisation)) {
            *out = (uint32_t)i + 1;
            return OK;
        }
    }
    return err_set(detail, ERR_ABSENT, "nodes.json", NULL, organisation,
                   "no person of this organisation signs here");
}

static enum err open_sender(struct bench_world *world, struct load_sender *sender,
                            const char *organisation, const struct json_doc *doc,
                            struct err_detail *detail)
{
    static const char *const persons[LOAD_KEYS] = {"preparer", "responsible"};
    uint32_t home = 0;
    enum err err = home_of(&home, doc, organisation, detail);
    for (size_t i = 0; i < LOAD_KEYS && err == OK; i++) {
        char name[LIMIT_ID_TEXT + 32];
        char path[LOCALNET_PATH_MAX];
        (void)snprintf(name, sizeof name, "keys/%s.%s.key", organisation, persons[i]);
        err = localnet_path(path, &world->net, home, name);
        if (err == OK) {
            err = keystore_load_kind(&sender->keys[i], KEYSTORE_PERSON, path, (struct bytes){0},
                                     detail);
        }
    }
    sender->organisation = organisation;
    sender->valid_until_ms = (uint64_t)time(NULL) * 1000 + VALID_MS;
    genesis_chain_id(&sender->chain_id, world->genesis);
    return err;
}

static enum err open_senders(struct bench_world *world, struct err_detail *detail)
{
    char path[LOCALNET_PATH_MAX + 16];
    struct bytes text;
    struct json_doc *doc = NULL;
    (void)snprintf(path, sizeof path, "%s/nodes.json", world->net.dir);
    enum err err = file_read(&text, path, FILE_MAX, &world->arena, detail);
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX, detail);
    }
    for (size_t i = 0; i < BENCH_SENDERS && err == OK; i++) {
        err = open_sender(world, &world->anchors[i], anchors[i], doc, detail);
        if (err == OK) {
            err = open_sender(world, &world->mines[i], mines[i], doc, detail);
        }
    }
    json_doc_free(doc);
    return err;
}

static int key_order(const void *a, const void *b)
{
    const struct sign_key *left = a;
    const struct sign_key *right = b;
    return memcmp(left->public_key, right->public_key, SIGN_PUBLIC_SIZE);
}

enum err bench_world_validators(struct sign_key *keys, size_t count,
                                const struct bench_world *world, struct err_detail *detail)
{
    struct sign_key all[LIMIT_VALIDATORS];
    const uint32_t nodes = world->net.nodes;
    enum err err = OK;
    for (uint32_t i = 0; i < nodes && err == OK; i++) {
        char path[LOCALNET_PATH_MAX];
        err = localnet_path(path, &world->net, i + 1, "keys/" KEYSTORE_VALIDATOR_FILE);
        if (err == OK) {
            err = keystore_load_kind(&all[i], KEYSTORE_VALIDATOR, path, (struct bytes){0}, detail);
        }
    }
    if (err == OK) {
        qsort(all, nodes, sizeof all[0], key_order);
        memcpy(keys, all, (count < nodes ? count : nodes) * sizeof all[0]);
    }
    return err;
}

/* --- directory and processes ----------------------------------------------------------------- */

static void clear(struct bench_world *world)
{
    for (uint32_t i = 1; i <= world->net.nodes; i++) {
        struct err_detail detail = {0};
        (void)!localnet_stop(&world->net, i, &detail);
    }
    if (world->dir[0] != '\0') {
        bench_directory_remove(world->dir);
    }
}

/* Those that would end this process; what the caller has ignored (nohup) stays ignored. */
static void ending_signals(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            (void)sigaddset(set, numbers[i]);
        }
    }
}

/* Nodes have sessions of their own: who ends this command at the keys does not reach them. */
static void *watch(void *arg)
{
    struct bench_world *world = arg;
    sigset_t set;
    int number = 0;
    ending_signals(&set);
    while (sigwait(&set, &number) != 0) {
    }
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    (void)pthread_mutex_lock(&world->starting);
    clear(world);
    if (world->dir[0] != '\0') {
        bench_directory_remove(world->dir); /* what was written to it meanwhile */
    }
    _exit(128 + number);
}

static void watch_begin(struct bench_world *world)
{
    sigset_t set;
    ending_signals(&set);
    (void)pthread_mutex_init(&world->starting, NULL);
    (void)pthread_sigmask(SIG_BLOCK, &set, &world->before);
    world->watched = pthread_create(&world->watcher, NULL, watch, world) == 0;
}

static void watch_end(struct bench_world *world)
{
    if (world->watched) {
        (void)pthread_cancel(world->watcher);
        (void)pthread_join(world->watcher, NULL); /* never, if it clears already */
    }
}

/* As many descriptors as the system lets us have: an open loop needs a connection for each batch
 * that is not answered yet. The nodes inherit it. */
static void want_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

enum err bench_world_make(struct bench_world *world, uint32_t nodes, uint16_t base_port,
                          struct err_detail *detail)
{
    *world = (struct bench_world){0};
    watch_begin(world);
    arena_init(&world->arena, ARENA_BYTES);
    (void)snprintf(world->dir, sizeof world->dir, "/var/tmp/seam-bench-XXXXXX");
    if (mkdtemp(world->dir) == NULL) {
        world->dir[0] = '\0';
        return err_set(detail, ERR_STORAGE, "/var/tmp", NULL, NULL,
                       "no directory can be made there");
    }
    const struct localnet_plan plan = {.dir = world->dir, .nodes = nodes, .base_port = base_port};
    enum err err = localnet_make(&world->net, &plan, detail);
    if (err == OK) {
        err = read_genesis(world, detail);
    }
    return err == OK ? open_senders(world, detail) : err;
}

enum err bench_world_start(struct bench_world *world, struct err_detail *detail)
{
    char seamd[LOCALNET_PATH_MAX];
    enum err err = OK;
    localnet_seamd(seamd, NULL);
    want_descriptors();
    for (uint32_t i = 1; err == OK && i <= world->net.nodes; i++) {
        (void)pthread_mutex_lock(&world->starting);
        err = localnet_start(&world->net, i, seamd, detail);
        (void)pthread_mutex_unlock(&world->starting);
    }
    for (uint32_t i = 1; err == OK && i <= world->net.nodes; i++) {
        err = localnet_wait(&world->net, i, READY_WAIT_MS, detail);
    }
    for (uint32_t i = 0; err == OK && i < BENCH_TARGETS; i++) {
        struct localnet_node node;
        const struct localnet_person any = {0};
        err = localnet_look(&node, &world->net, i + 1, detail);
        if (err == OK) {
            err = localnet_token(world->tokens[i], &world->net, i + 1, &any, detail);
        }
        if (err == OK) {
            world->targets[i] =
                (struct bench_target){.port = node.http_port, .token = world->tokens[i]};
        }
    }
    return err;
}

/* Height and pool of one node. */
static enum err look(const struct bench_target *target, int64_t *height, int64_t *pool,
                     struct err_detail *detail)
{
    char url[48];
    struct http_reply reply;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", target->port);
    enum err err = http_call(&reply, url, target->token, "GetStatus", bytes_text("{}"), detail);
    if (err != OK) {
        return err;
    }
    if (!json_node_integer(json_node_get(reply.data, "height"), height) ||
        !json_node_integer(json_node_get(reply.data, "pool_transactions"), pool)) {
        err = err_set(detail, ERR_ABSENT, "GetStatus", NULL, NULL, reply.message);
    }
    http_reply_free(&reply);
    return err;
}

/* What still differs, in words. */
static enum err unsettled(const int64_t *heights, const int64_t *pools, struct err_detail *detail)
{
    char text[160];
    int at = snprintf(text, sizeof text, "heights and pools:");
    for (size_t i = 0; i < BENCH_TARGETS && at > 0 && (size_t)at < sizeof text; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, " %" PRId64 "/%" PRId64, heights[i],
                       pools[i]);
    }
    return err_set(detail, ERR_BUSY, "pool", NULL, text,
                   "the nodes do not work off what they have taken");
}

enum err bench_world_settle(const struct bench_world *world, uint32_t wait_ms,
                            struct err_detail *detail)
{
    const uint64_t end = bench_wall_ns() + (uint64_t)wait_ms * 1000000;
    const struct timespec pause = {.tv_nsec = SETTLE_PAUSE_NS};
    for (;;) {
        int64_t heights[BENCH_TARGETS] = {0};
        int64_t pools[BENCH_TARGETS] = {0};
        bool settled = true;
        for (size_t i = 0; i < BENCH_TARGETS; i++) {
            const enum err err = look(&world->targets[i], &heights[i], &pools[i], detail);
            if (err != OK) {
                return err;
            }
            settled = settled && pools[i] == 0 && heights[i] == heights[0];
        }
        if (settled) {
            return OK;
        }
        if (bench_wall_ns() > end) {
            return unsettled(heights, pools, detail);
        }
        (void)nanosleep(&pause, NULL);
    }
}

void bench_world_end(struct bench_world *world)
{
    watch_end(world);
    clear(world);
    (void)pthread_sigmask(SIG_SETMASK, &world->before, NULL);
    (void)pthread_mutex_destroy(&world->starting);
    arena_free(&world->arena);
}
