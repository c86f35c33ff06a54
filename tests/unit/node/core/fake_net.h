/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NODE_CORE_FAKE_NET_H
#define TESTS_UNIT_NODE_CORE_FAKE_NET_H

/* Whole nodes in one process: virtual time, one event queue, links with delay and loss, executors
 * that take time, disks that forget. The nodes are the real ones, with real signatures, consensus,
 * execution and store; a run follows from its seed alone. */

#include "fake_disk.h"
#include "ledger/exec/exec.h"
#include "ledger/proto/tx.pb-c.h"
#include "node/core/node.h"
#include "node/core/peer_frame.h"
#include "node/core/slot.h"
#include "tests/unit/governance/world.h"

#define NET_NODES 4
#define NET_EVENTS 65536
#define NET_HEIGHTS 4096
#define NET_SEGMENT (1024 * 1024)

enum net_event_kind { NET_TIMER, NET_RUN, NET_DONE, NET_FRAME };

struct net_event {
    uint64_t at_us;
    uint64_t seq;
    enum net_event_kind kind;
    int node;
    uint64_t incarnation;
    uint32_t number; /* timer, executor, or sending node */
    uint64_t generation;
    struct env_job *job;
    enum env_channel channel;
    uint8_t *frame;
    size_t size;
};

struct net;

struct net_node {
    struct net *net;
    int index;
    struct env env;
    struct fake_disk disk;
    struct chain_db *db;
    struct node *node;
    struct sign_key key;
    uint8_t node_key[32];
    uint8_t fingerprint[32];
    uint64_t incarnation;
    uint64_t timers[ENV_TIMERS]; /* generation of the armed tick, 0: none */
    struct env_job *waiting[ENV_EXECUTORS];
    struct env_job *waiting_last[ENV_EXECUTORS];
    bool busy[ENV_EXECUTORS];
    struct env_job *running[4096];
    size_t running_count;
    uint64_t last_arrival[NET_NODES][ENV_CHANNELS];
    int64_t skew_ms;
};

struct net {
    struct world world;
    uint64_t now_us;
    uint64_t seq;
    uint64_t random;
    uint64_t generation;
    struct net_event heap[NET_EVENTS];
    size_t heap_count;
    struct net_node nodes[NET_NODES];
    struct hash ids[NET_HEIGHTS]; /* of delivered blocks, whoever was first */
    struct hash roots[NET_HEIGHTS];
    bool known[NET_HEIGHTS];
    uint32_t loss_percent;
    uint32_t damage_percent; /* frames that arrive a second time, damaged */
    uint32_t closes;
    bool verbose;
    bool cut[NET_NODES][NET_NODES]; /* links that carry nothing */
    uint64_t frames;
    uint64_t segment_size; /* of the consensus log */
    uint32_t sync_bytes;
    uint32_t errors; /* lines at error level */
    bool quiet;
};

/* --- the queue ----------------------------------------------------------------------------------
 */

static inline bool net_before(const struct net_event *a, const struct net_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq < b->seq;
}

static inline void net_push(struct net *net, struct net_event event)
{
    assert_true(net->heap_count < NET_EVENTS);
    event.seq = ++net->seq;
    size_t at = net->heap_count++;
    while (at > 0 && net_before(&event, &net->heap[(at - 1) / 2])) {
        net->heap[at] = net->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    net->heap[at] = event;
}

static inline struct net_event net_pop(struct net *net)
{
    const struct net_event top = net->heap[0];
    const struct net_event last = net->heap[--net->heap_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= net->heap_count) {
            break;
        }
        if (child + 1 < net->heap_count && net_before(&net->heap[child + 1], &net->heap[child])) {
            child++;
        }
        if (!net_before(&net->heap[child], &last)) {
            break;
        }
        net->heap[at] = net->heap[child];
        at = child;
    }
    net->heap[at] = last;
    return top;
}

/* --- env
 * ------------------------------------------------------------------------------------------ */

static inline uint64_t net_now(void *context)
{
    return ((struct net_node *)context)->net->now_us / 1000 + 1000;
}

static inline uint64_t net_wall(void *context)
{
    const struct net_node *node = context;
    return (uint64_t)((int64_t)(WORLD_TIME + 1000 + node->net->now_us / 1000) + node->skew_ms);
}

static inline void net_timer_set(void *context, uint32_t timer, uint64_t delay_ms)
{
    struct net_node *node = context;
    node->timers[timer] = ++node->net->generation;
    net_push(node->net, (struct net_event){.at_us = node->net->now_us + delay_ms * 1000,
                                           .kind = NET_TIMER,
                                           .node = node->index,
                                           .incarnation = node->incarnation,
                                           .number = timer,
                                           .generation = node->timers[timer]});
}

static inline void net_timer_cancel(void *context, uint32_t timer)
{
    ((struct net_node *)context)->timers[timer] = 0;
}

static inline void net_deliver(struct net *net, struct net_node *to, const struct net_node *from,
                               enum env_channel channel, struct bytes frame, uint64_t at_us,
                               bool damaged)
{
    size_t size = frame.size;
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, frame.data, size);
    if (damaged) {
        for (uint64_t i = fake_random(&net->random) % 4; i > 0; i--) {
            copy[fake_random(&net->random) % size] ^=
                (uint8_t)(1u << fake_random(&net->random) % 8);
        }
        if (fake_random(&net->random) % 3 == 0) {
            size = fake_random(&net->random) % size;
        }
    }
    net_push(net, (struct net_event){.at_us = at_us,
                                     .kind = NET_FRAME,
                                     .node = to->index,
                                     .incarnation = to->incarnation,
                                     .number = (uint32_t)from->index,
                                     .generation = from->incarnation,
                                     .channel = channel,
                                     .frame = copy,
                                     .size = size});
}

static inline bool net_send(void *context, uint32_t peer, enum env_channel channel,
                            struct bytes frame)
{
    struct net_node *from = context;
    struct net *net = from->net;
    if (peer >= NET_NODES) {
        return true; /* played by the test */
    }
    struct net_node *to = &net->nodes[peer];
    net->frames++;
    /* A connection that loses its greeting is no connection. */
    const bool lost =
        frame.data[0] != FRAME_HELLO && fake_random(&net->random) % 100 < net->loss_percent;
    if (to->node == NULL || net->cut[from->index][peer] || lost) {
        return true;
    }
    uint64_t at = net->now_us + 500 + fake_random(&net->random) % 3000 + frame.size / 50;
    if (at <= to->last_arrival[from->index][channel]) {
        at = to->last_arrival[from->index][channel] + 1;
    }
    to->last_arrival[from->index][channel] = at;
    net_deliver(net, to, from, channel, frame, at, false);
    if (fake_random(&net->random) % 100 < net->damage_percent) {
        net_deliver(net, to, from, channel, frame, at, true);
    }
    return true;
}

static inline size_t net_send_room(void *context, uint32_t peer, enum env_channel channel)
{
    (void)context;
    (void)peer;
    (void)channel;
    return 8 * 1024 * 1024;
}

static inline void net_peer_close(void *context, uint32_t peer, uint64_t ban_ms, const char *why)
{
    struct net_node *node = context;
    (void)ban_ms;
    node->net->closes++;
    if (node->net->damage_percent > 0) {
        return; /* a shell that is slow to close: more may come */
    }
    print_error("node %d closes peer %u: %s\n", node->index, peer, why);
    fail_msg("no honest node is punished");
}

static inline enum err net_file_open(void *context, struct env_file **out, enum env_dir dir,
                                     const char *name, enum env_open how, uint64_t size)
{
    return fake_file_open(&((struct net_node *)context)->disk, out, dir, name, how, size);
}

static inline enum err net_file_size(void *context, struct env_file *file, uint64_t *out)
{
    (void)context;
    *out = file->content->size;
    return OK;
}

static inline enum err net_file_read(void *context, struct env_file *file, uint64_t offset,
                                     void *out, size_t size, size_t *got)
{
    (void)context;
    const uint64_t left = offset > file->content->size ? 0 : file->content->size - offset;
    *got = left < size ? (size_t)left : size;
    memcpy(out, file->content->data + offset, *got);
    return OK;
}

static inline enum err net_file_write(void *context, struct env_file *file, uint64_t offset,
                                      struct bytes data)
{
    return fake_file_write(&((struct net_node *)context)->disk, file, offset, data);
}

static inline enum err net_file_sync(void *context, struct env_file *file)
{
    return fake_file_sync(&((struct net_node *)context)->disk, file);
}

static inline void net_file_close(void *context, struct env_file *file)
{
    (void)context;
    free(file);
}

static inline enum err net_file_rename(void *context, enum env_dir dir, const char *from,
                                       const char *to)
{
    return fake_rename(&((struct net_node *)context)->disk, dir, from, to);
}

static inline enum err net_file_unlink(void *context, enum env_dir dir, const char *name)
{
    return fake_unlink(&((struct net_node *)context)->disk, dir, name);
}

static inline enum err net_file_list(void *context, enum env_dir dir, struct env_names *out)
{
    return fake_list(&((struct net_node *)context)->disk, dir, out);
}

static inline enum err net_dir_sync(void *context, enum env_dir dir)
{
    (void)dir;
    ((struct net_node *)context)->disk.changes = 0;
    return OK;
}

/* Microseconds a job takes. */
static inline uint64_t net_service_us(struct net *net, enum env_executor executor)
{
    static const uint64_t base[ENV_EXECUTORS] = {
        [ENV_SIGNER] = 250, [ENV_EXECUTOR] = 800, [ENV_COMMITTER] = 1200, [ENV_VERIFY] = 150};
    return base[executor] + fake_random(&net->random) % (base[executor] + 1);
}

static inline void net_job_begin(struct net_node *node, enum env_executor executor,
                                 struct env_job *job)
{
    node->busy[executor] = executor != ENV_VERIFY;
    assert_true(node->running_count < 4096);
    node->running[node->running_count++] = job;
    net_push(node->net,
             (struct net_event){.at_us = node->net->now_us + net_service_us(node->net, executor),
                                .kind = NET_RUN,
                                .node = node->index,
                                .incarnation = node->incarnation,
                                .number = (uint32_t)executor,
                                .job = job});
}

static inline bool net_job_start(void *context, enum env_executor executor, struct env_job *job)
{
    struct net_node *node = context;
    job->next = NULL;
    if (!node->busy[executor]) {
        net_job_begin(node, executor, job);
        return true;
    }
    if (node->waiting_last[executor] != NULL) {
        node->waiting_last[executor]->next = job;
    } else {
        node->waiting[executor] = job;
    }
    node->waiting_last[executor] = job;
    return true;
}

static inline void net_random(void *context, void *out, size_t size)
{
    struct net_node *node = context;
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)fake_random(&node->net->random);
    }
}

static inline void net_log(void *context, enum env_level level, const char *module,
                           const char *text)
{
    const struct net_node *node = context;
    node->net->errors += level == ENV_ERROR;
    if (node->net->verbose || (level == ENV_ERROR && !node->net->quiet)) {
        print_message("%8.3f node %d %s: %s\n", (double)node->net->now_us / 1e6, node->index,
                      module, text);
    }
}

static inline void net_metric(void *context, const char *name, const char *label, int64_t value)
{
    (void)context;
    (void)name;
    (void)label;
    (void)value;
}

static const struct env net_env = {
    .now_ms = net_now,
    .wall_ms = net_wall,
    .timer_set = net_timer_set,
    .timer_cancel = net_timer_cancel,
    .send = net_send,
    .send_room = net_send_room,
    .peer_close = net_peer_close,
    .file_open = net_file_open,
    .file_size = net_file_size,
    .file_read = net_file_read,
    .file_write = net_file_write,
    .file_sync = net_file_sync,
    .file_close = net_file_close,
    .file_rename = net_file_rename,
    .file_unlink = net_file_unlink,
    .file_list = net_file_list,
    .dir_sync = net_dir_sync,
    .job_start = net_job_start,
    .random = net_random,
    .log = net_log,
    .metric_set = net_metric,
    .metric_add = net_metric,
};

/* --- running
 * ---------------------------------------------------------------------------------------- */

static inline void net_ended(struct net_node *node, const struct env_job *job)
{
    for (size_t i = 0; i < node->running_count; i++) {
        if (node->running[i] == job) {
            node->running[i] = node->running[--node->running_count];
            return;
        }
    }
    fail();
}

/* net_check compares every delivered block with what others delivered at that height. */
static inline void net_check(struct net *net, struct net_node *node)
{
    struct chain_head head;
    chain_db_head(node->db, &head);
    if (head.empty) {
        return;
    }
    assert_true(head.height < NET_HEIGHTS);
    if (!net->known[head.height]) {
        net->known[head.height] = true;
        net->ids[head.height] = head.id;
        net->roots[head.height] = head.state_root;
    }
    assert_true(hash_equal(&net->ids[head.height], &head.id));
    assert_true(hash_equal(&net->roots[head.height], &head.state_root));
}

static inline void net_event_job(struct net *net, struct net_node *node, struct net_event *event)
{
    const enum env_executor executor = (enum env_executor)event->number;
    if (event->kind == NET_RUN) {
        event->job->run(event->job);
        net_push(net, (struct net_event){.at_us = net->now_us + fake_random(&net->random) % 100,
                                         .kind = NET_DONE,
                                         .node = node->index,
                                         .incarnation = node->incarnation,
                                         .number = event->number,
                                         .job = event->job});
        node->busy[executor] = false;
        struct env_job *next = node->waiting[executor];
        if (next != NULL) {
            node->waiting[executor] = next->next;
            if (next->next == NULL) {
                node->waiting_last[executor] = NULL;
            }
            net_job_begin(node, executor, next);
        }
        return;
    }
    net_ended(node, event->job);
    node_on_job_done(node->node, event->job);
    net_check(net, node);
}

static inline void net_step(struct net *net)
{
    struct net_event event = net_pop(net);
    assert_true(event.at_us >= net->now_us);
    net->now_us = event.at_us;
    struct net_node *node = &net->nodes[event.node];
    if (node->node != NULL && node->incarnation == event.incarnation) {
        switch (event.kind) {
        case NET_TIMER:
            if (node->timers[event.number] == event.generation) {
                node->timers[event.number] = 0;
                node_on_timer(node->node, event.number);
            }
            break;
        case NET_RUN:
        case NET_DONE:
            net_event_job(net, node, &event);
            break;
        case NET_FRAME:
            if (net->nodes[event.number].incarnation == event.generation) {
                node_on_frame(node->node, event.number, event.channel,
                              bytes_of(event.frame, event.size));
            }
            break;
        }
    }
    free(event.frame);
}

static inline void net_run(struct net *net, uint64_t ms)
{
    const uint64_t end = net->now_us + ms * 1000;
    while (net->heap_count > 0 && net->heap[0].at_us <= end) {
        net_step(net);
    }
    net->now_us = end;
}

static inline uint64_t net_height(const struct net *net, int index)
{
    struct chain_head head;
    chain_db_head(net->nodes[index].db, &head);
    return head.height;
}

/* --- starting and crashing
 * ---------------------------------------------------------------------------- */

static inline enum err net_try_start(struct net *net, int index)
{
    struct net_node *node = &net->nodes[index];
    struct err_detail detail = {0};
    struct node_config config = {.env = &node->env,
                                 .chain = node->db,
                                 .genesis = net->world.genesis,
                                 .key = &node->key,
                                 .software = "seam test",
                                 .log_segment_size = net->segment_size,
                                 .sync_bytes = net->sync_bytes};
    memcpy(config.node_key, node->node_key, 32);
    memcpy(config.fingerprint, node->fingerprint, 32);
    node->incarnation++;
    memset(node->timers, 0, sizeof node->timers);
    memset(node->busy, 0, sizeof node->busy);
    memset(node->waiting, 0, sizeof node->waiting);
    memset(node->waiting_last, 0, sizeof node->waiting_last);
    memset(node->last_arrival, 0, sizeof node->last_arrival);
    node->running_count = 0;
    const enum err err = node_open(&node->node, &config, &detail);
    if (err != OK) {
        print_message("node %d does not start: %s %s %s\n", index, err_name(err), detail.field,
                      detail.hint);
        node->node = NULL;
        return err;
    }
    node_start(node->node);
    for (int i = 0; i < NET_NODES; i++) {
        if (i != index && net->nodes[i].node != NULL) {
            node_on_peer_up(node->node, (uint32_t)i, net->nodes[i].node_key);
            node_on_peer_up(net->nodes[i].node, (uint32_t)index, node->node_key);
        }
    }
    return OK;
}

static inline void net_start(struct net *net, int index)
{
    assert_int_equal(net_try_start(net, index), OK);
}

static inline void net_drop_jobs(struct net_node *node)
{
    for (size_t i = 0; i < node->running_count; i++) {
        node->running[i]->drop(node->running[i]);
    }
    node->running_count = 0;
    for (int i = 0; i < ENV_EXECUTORS; i++) {
        while (node->waiting[i] != NULL) {
            struct env_job *job = node->waiting[i];
            node->waiting[i] = job->next;
            job->drop(job);
        }
    }
}

/* net_crash: power off. Everything not synced is at the disk's mercy. */
static inline void net_crash(struct net *net, int index)
{
    struct net_node *node = &net->nodes[index];
    net_drop_jobs(node);
    node_free(node->node);
    node->node = NULL;
    fake_disk_crash(&node->disk);
    for (int i = 0; i < NET_NODES; i++) {
        if (net->nodes[i].node != NULL) {
            node_on_peer_down(net->nodes[i].node, (uint32_t)index);
        }
    }
}

static inline void net_new_db(struct net_node *node)
{
    const struct chain_db_options options = {0};
    struct err_detail detail = {0};
    assert_int_equal(chain_db_open(&node->db, &options, &detail), OK);
}

static inline void net_key_file(struct net_node *node)
{
    uint8_t raw[SLOT_FILE_SIZE];
    struct hash key_id;
    struct env_file *file = NULL;
    sign_key_id(&key_id, SUITE_ED25519_SHA256,
                bytes_of(node->key.public_key, sizeof node->key.public_key));
    slot_new(raw, &key_id);
    assert_int_equal(
        fake_file_open(&node->disk, &file, ENV_DIR_KEY, SLOT_FILE, ENV_OPEN_CREATE, SLOT_FILE_SIZE),
        OK);
    assert_int_equal(fake_file_write(&node->disk, file, 0, bytes_of(raw, sizeof raw)), OK);
    assert_int_equal(fake_file_sync(&node->disk, file), OK);
    free(file);
}

static inline struct net *net_new(uint64_t seed)
{
    static const char *const names[] = {"mine", "group", "verifier", "regulator"};
    struct net *net = calloc(1, sizeof *net);
    net->random = seed;
    net->segment_size = NET_SEGMENT;
    assert_int_equal(sign_start(), OK);
    arena_init(&net->world.arena, (size_t)256 << 20);
    net->world.genesis = world_pack(&net->world, &world_genesis(&net->world)->base);
    genesis_chain_id(&net->world.chain_id, net->world.genesis);
    for (int i = 0; i < NET_NODES; i++) {
        struct net_node *node = &net->nodes[i];
        char name[80];
        node->net = net;
        node->index = i;
        node->env = net_env;
        node->env.context = node;
        node->disk.random = fake_random(&net->random);
        snprintf(name, sizeof name, "validator %s", names[i]);
        node->key = world_key(name);
        snprintf(name, sizeof name, "node %s", names[i]);
        const struct sign_key node_key = world_key(name);
        memcpy(node->node_key, node_key.public_key, 32);
        memset(node->fingerprint, i + 1, 32);
        net_key_file(node);
        net_new_db(node);
    }
    return net;
}

static inline void net_free(struct net *net)
{
    for (int i = 0; i < NET_NODES; i++) {
        if (net->nodes[i].node != NULL) {
            net_crash(net, i);
        }
        chain_db_close(net->nodes[i].db);
    }
    while (net->heap_count > 0) {
        struct net_event event = net_pop(net);
        free(event.frame);
    }
    arena_free(&net->world.arena);
    free(net);
    fake_disk_free_all();
}

/* --- transactions
 * --------------------------------------------------------------------------------------- */

struct net_outcome {
    uint32_t accepted, final, refused, dropped;
    size_t receipt_size;
    struct node_answer last;
};

static inline void net_answer(void *arg, const struct node_answer *answer)
{
    struct net_outcome *outcome = arg;
    outcome->last = *answer;
    outcome->receipt_size = answer->receipt.size;
    outcome->last.receipt = bytes_of(NULL, 0);
    switch (answer->state) {
    case NODE_ACCEPTED:
        outcome->accepted++;
        break;
    case NODE_FINAL:
        outcome->final++;
        break;
    case NODE_REFUSED:
        outcome->refused++;
        break;
    case NODE_DROPPED:
        outcome->dropped++;
        break;
    }
}

static inline void net_sign(struct net *net, Seam__Signature *signature, const char *name,
                            struct bytes body)
{
    struct bytes message;
    const struct sign_key key = world_key(name);
    const struct hash key_id = world_key_id(name);
    assert_int_equal(exec_signed_message(&message, &net->world.chain_id, body, &net->world.arena),
                     OK);
    seam__signature__init(signature);
    signature->key_id = world_bytes(&net->world, key_id.bytes, HASH_SIZE);
    signature->sig.len = SIGNATURE_SIZE;
    signature->sig.data = world_alloc(&net->world, SIGNATURE_SIZE);
    sign_message(signature->sig.data, &key, message);
}

/* A transaction of the mine, signed by its two officers. */
static inline struct bytes net_transaction(struct net *net, uint32_t type,
                                           const ProtobufCMessage *payload, uint64_t valid_ms)
{
    struct world *world = &net->world;
    const struct bytes packed = world_pack(world, payload);
    Seam__Body body = SEAM__BODY__INIT;
    body.type = type;
    body.organisation = world_text(world, "mine");
    body.valid_until_ms = WORLD_TIME + net->now_us / 1000 + valid_ms;
    body.payload = world_bytes(world, packed.data, packed.size);
    const struct bytes signed_part = world_pack(world, &body.base);
    Seam__Signature signatures[2];
    Seam__Signature *list[2] = {&signatures[0], &signatures[1]};
    net_sign(net, &signatures[0], "mine.a", signed_part);
    net_sign(net, &signatures[1], "mine.b", signed_part);
    if (memcmp(signatures[0].key_id.data, signatures[1].key_id.data, HASH_SIZE) > 0) {
        list[0] = &signatures[1];
        list[1] = &signatures[0];
    }
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    transaction.body = world_bytes(world, signed_part.data, signed_part.size);
    transaction.n_signatures = 2;
    transaction.signatures = list;
    return world_pack(world, &transaction.base);
}

static inline struct bytes net_person(struct net *net, uint32_t number)
{
    char name[64];
    snprintf(name, sizeof name, "mine.p%u", number);
    return net_transaction(net, 2, &world_person(&net->world, name, "submit")->base, 600000);
}

static inline void net_submit(struct net *net, int index, struct bytes raw, bool wait,
                              struct net_outcome *outcome)
{
    assert_int_equal(node_submit(net->nodes[index].node, raw, wait, net_answer, outcome), OK);
}

#endif
