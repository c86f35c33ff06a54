/* SPDX-License-Identifier: Apache-2.0 */
/* The course of a run: switch on, load and faults, the network becomes good, everything must become
 * final, nothing but STATUS is said, all chains are compared, an observer executes them again. */
#include "tools/simnode/run.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TROUBLE_US 8000000u
#define BOUND_US 40000000u /* everything is final so long after the network is good */
#define IDLE_US 4000000u
#define HEARTBEAT_US 60000000u
#define FRESH_US 45000000u /* no heartbeat within the idle time */
#define REPAIR_US 20000000u /* and each validator's turn: then damaged databases are rebuilt */
/* Between the last delivery and the idle time: late words, and orders that others made impossible
 * still wait in pools for the second look that comes when nothing was delivered for two seconds. */
#define CALM_MS 3000
#define OBSERVE_US 20000000u
#define VIEWS_MAX 20000u

void run_fail(struct run *run, const struct host *host, const char *format, ...)
{
    char what[200];
    char who[16] = "";
    va_list list;
    if (!run->result.ok) {
        return;
    }
    run->result.ok = false;
    va_start(list, format);
    (void)vsnprintf(what, sizeof what, format, list);
    va_end(list);
    if (host != NULL) {
        (void)snprintf(who, sizeof who, "n%u: ", host->index);
    }
    (void)snprintf(run->result.failure, sizeof run->result.failure, "%llu.%03llus %s%s",
                   (unsigned long long)(run->cluster->now_us / 1000000),
                   (unsigned long long)(run->cluster->now_us / 1000 % 1000), who, what);
    story_say(run->cluster, host, "FAILED: %s", what);
}

/* --- what the cluster tells
 * ---------------------------------------------------------------------- */

static bool on_send(void *context, struct host *from, uint16_t to, enum env_channel channel,
                    struct bytes frame)
{
    struct run *run = context;
    const struct witness *witness = &run->witnesses[from->index];
    if (!witness->honest) {
        foe_send(run, from, to, channel, frame);
        return true;
    }
    judge_frame(run, from, frame);
    return false;
}

static bool on_receive(void *context, struct host *to, uint16_t from, enum env_channel channel,
                       struct bytes frame)
{
    struct run *run = context;
    return !run->witnesses[to->index].honest && foe_receive(run, to, from, channel, frame);
}

static void on_after(void *context, struct host *host)
{
    judge_state(context, host);
}

static void on_closed(void *context, struct host *host, uint16_t peer, const char *why)
{
    struct run *run = context;
    if (!run->witnesses[host->index].honest) {
        return;
    }
    if (run->witnesses[peer].honest) {
        run_fail(run, host, "closes the honest n%u: %s", peer, why);
    }
    run->result.counters.punished++;
}

static void on_died(void *context, struct host *host)
{
    machine_died(context, host);
}

/* G5: the node names whom it has convicted in this line alone. */
static void judge_conviction(struct run *run, struct host *host, const char *text)
{
    unsigned signer = 0;
    if (run->witnesses[host->index].honest &&
        sscanf(text, "validator %u signed two contradicting votes", &signer) == 1 &&
        (signer >= run->validators || run->honest_signer[signer])) {
        run_fail(run, host, "G5: evidence against validator %u, who is honest", signer);
    }
}

static void on_logged(void *context, struct host *host, enum env_level level, const char *text)
{
    struct run *run = context;
    struct simnode_counters *counters = &run->result.counters;
    const bool invalid = level == ENV_WARNING && strstr(text, "is invalid:") != NULL;
    counters->invalid += invalid;
    if (invalid && run->config->foes == 0) {
        run_fail(run, host, "a %s, and nobody is a foe", text);
    }
    judge_conviction(run, host, text);
    counters->deferred += strstr(text, "ahead of this clock") != NULL;
    counters->torn_tails += strstr(text, "a torn tail was left") != NULL;
    counters->muted += strstr(text, "votes somewhere else: muted") != NULL;
}

static void on_counted(void *context, struct host *host, const char *metric, int64_t value)
{
    struct run *run = context;
    (void)value;
    if (!run->witnesses[host->index].honest ||
        strcmp(metric, "seam_consensus_double_votes_total") != 0) {
        return;
    }
    run->result.counters.evidence++;
}

/* --- start and end
 * ------------------------------------------------------------------------------- */

static void choose_roles(struct run *run)
{
    const struct simnode_config *config = run->config;
    uint16_t chosen = 0;
    for (uint16_t i = 0; i < run->cluster->count; i++) {
        run->witnesses[i].honest = true;
    }
    while (chosen < config->foes) {
        struct witness *witness = &run->witnesses[rng_below(&run->rng, run->validators)];
        if (witness->honest) {
            witness->honest = false;
            witness->role = config->role != SIMNODE_MIXED
                                ? config->role
                                : (enum simnode_role)rng_between(&run->rng, 1, SIMNODE_ROLES - 1);
            chosen++;
        }
    }
    for (uint16_t unlucky = config->foes; unlucky < run->faulty;) {
        struct witness *witness = &run->witnesses[rng_below(&run->rng, run->validators)];
        if (witness->honest && !witness->unlucky) {
            witness->unlucky = true;
            unlucky++;
        }
    }
}

/* name_signers finds each machine's index in the validator set, which is sorted by key. */
static void name_signers(struct run *run)
{
    for (uint16_t i = 0; i < run->cluster->count; i++) {
        const struct sign_key key = town_consensus_key(run->cluster->hosts[i].validator);
        const int index = valset_find(run->valset, bytes_of(key.public_key, SIGN_PUBLIC_SIZE));
        run->signer_of[i] = index >= 0 ? (uint16_t)index : (uint16_t)CONS_NONE;
        if (index >= 0 && i < run->validators) {
            run->honest_signer[index] = run->witnesses[i].honest;
        }
    }
}

static struct run *run_open(const struct simnode_options *options)
{
    const struct simnode_config *config = options->config;
    struct run *run = calloc(1, sizeof *run);
    assert(run != NULL);
    run->options = *options;
    run->config = config;
    run->result.ok = true;
    run->validators = config->validators;
    run->faulty = (uint16_t)quorum_faulty(config->validators);
    run->quorum = (uint16_t)quorum_size(config->validators);
    const uint16_t hosts = (uint16_t)(config->validators + config->foes + 1);
    run->spare = (uint16_t)(hosts - 1);
    run->cluster = cluster_open(options->seed, config->validators, hosts);
    run->rng.state = rng_next(&run->cluster->rng);
    run->cluster->trace = options->trace;
    run->cluster->segment_size = LOG_SEGMENT_MIN;
    run->cluster->own_caches = (config->faults & SIMNODE_SHARED) == 0;
    run->cluster->net.loss = config->loss;
    run->cluster->net.duplicate = config->duplicate;
    run->cluster->net.overtake = config->overtake;
    run->cluster->hooks = (struct cluster_hooks){.context = run,
                                                 .send = on_send,
                                                 .receive = on_receive,
                                                 .after = on_after,
                                                 .closed = on_closed,
                                                 .died = on_died,
                                                 .logged = on_logged,
                                                 .counted = on_counted};
    run->views = calloc(VIEWS_MAX, sizeof *run->views);
    assert(run->views != NULL);
    run->view_count = VIEWS_MAX;
    for (uint64_t view = 0; view < VIEWS_MAX; view++) {
        run->views[view].skip_lock = UINT64_MAX;
    }
    choose_roles(run);
    const struct simnode_death *death = &options->death;
    run->cluster->hosts[death->host].disk.die_at = death->operation;
    run->cluster->hosts[death->host].disk.die_how = (enum vdisk_moment)death->moment;
    return run;
}

static void run_free(struct run *run)
{
    cluster_close(run->cluster);
    for (uint64_t view = 0; view < run->view_count; view++) {
        free(run->views[view].votes);
    }
    for (size_t i = 0; i < CLUSTER_HOSTS_MAX; i++) {
        kv_close(run->backups[i].database);
    }
    free(run->views);
    free(run->headers);
    free(run->header_ids);
    free(run);
}

static void switch_on(struct run *run)
{
    for (uint16_t i = 0; i < run->validators; i++) {
        machine_start(run, &run->cluster->hosts[i]);
        if (run->valset == NULL && run->cluster->hosts[i].node != NULL) {
            run->valset_copy = *node_valset(run->cluster->hosts[i].node);
            run->valset = &run->valset_copy;
            name_signers(run);
        }
    }
    foe_start(run);
}

/* play lets time pass until it is up, done or something is wrong. */
static void play(struct run *run, uint64_t us, bool (*done)(const struct run *run))
{
    struct cluster *cluster = run->cluster;
    const uint64_t end = cluster->now_us + us;
    while (!run_failed(run) && (done == NULL || !done(run)) && cluster_step(cluster, end)) {
    }
    if (done == NULL && !run_failed(run)) {
        cluster->now_us = end;
    }
}

static bool all_final(const struct run *run)
{
    return client_done(run) && ending_settled(run);
}

static bool all_sound(const struct run *run)
{
    for (uint16_t i = 0; i < run->validators; i++) {
        if (!keeper_is_sound(run, &run->cluster->hosts[i])) {
            return false;
        }
    }
    return ending_settled(run);
}

/* One block behind is where it may stay: nobody sends the last F to one who is no validator, until
 * observers are registered. */
static bool observed(const struct run *run)
{
    return host_height(&run->cluster->hosts[run->spare]) + 1 >= run->height;
}

/* beaten: the next heartbeat is far away, and the last one is everywhere. */
static bool beaten(const struct run *run)
{
    return run->cluster->now_us - run->height_us < FRESH_US && ending_settled(run);
}

/* observe: a machine without a key gets every block from the others and executes it anew (I12). */
static void observe(struct run *run)
{
    struct host *host = &run->cluster->hosts[run->spare];
    if (host->node != NULL) {
        return; /* it is the copy of a machine in this run */
    }
    if (host_start(host) != OK) {
        run_fail(run, host, "an observer does not start: %s", host->refused.hint);
        return;
    }
    play(run, OBSERVE_US, observed);
    if (!run_failed(run) && !observed(run)) {
        run_fail(run, host, "an observer is at height %llu of %llu",
                 (unsigned long long)host_height(host), (unsigned long long)run->height);
    }
    run->result.counters.reexecuted += host_height(host);
}

/* explain says of every machine where it stands, for the reader of a transcript. */
static void explain(struct run *run)
{
    for (uint16_t i = 0; i < run->cluster->count; i++) {
        struct host *host = &run->cluster->hosts[i];
        if (host->node == NULL) {
            continue;
        }
        const struct cons_status status = cons_status(node_consensus(host->node));
        struct node_status more;
        node_status_get(host->node, &more);
        story_say(run->cluster, host,
                  "view %llu phase %u, high %llu, final %llu, height %llu, %u blocks, %u in the "
                  "pool%s%s%s",
                  (unsigned long long)status.view, status.phase,
                  (unsigned long long)status.high_view, (unsigned long long)status.final_view,
                  (unsigned long long)host_height(host), status.blocks, more.pool_count,
                  status.active ? ", active" : "",
                  more.voting ? "" : ", not voting: ", more.not_voting_why);
    }
}

/* is_pending: a proposal is under way, although nobody needs it: of a leader whose clock is far
 * ahead, until its time has come for the others, too. */
static bool is_pending(const struct run *run)
{
    bool pending = false;
    for (uint16_t i = 0; i < run->cluster->count; i++) {
        const struct host *host = &run->cluster->hosts[i];
        if (host->node != NULL) {
            struct node_status status;
            node_status_get(host->node, &status);
            pending = pending || status.unfinalised > 0;
        }
    }
    return pending;
}

static void final_phase(struct run *run)
{
    run->good_us = run->cluster->now_us;
    run->good = true;
    plan_heal(run);
    const uint64_t turns_us = (uint64_t)run->validators * REPAIR_TURN_MS * 1000;
    /* Where all are damaged a quorum may have to wait for repairs. */
    const bool all = (run->config->faults & SIMNODE_ROT_ALL) != 0;
    const uint64_t bound_us = BOUND_US + (all ? turns_us : 0);
    play(run, bound_us, all_final);
    if (!run_failed(run) && !all_final(run)) {
        explain(run);
        run_fail(run, NULL, "G8: not everything final %u s after the network is good",
                 (unsigned)(bound_us / 1000000u));
    }
    run->result.done_ms = (run->cluster->now_us - run->good_us) / 1000;
    play(run, REPAIR_US + turns_us, all_sound);
    if (!run_failed(run) && !all_sound(run)) {
        explain(run);
        run_fail(run, NULL, "a damaged database is not rebuilt");
    }
    play(run, HEARTBEAT_US, beaten);
    if (!run_failed(run)) {
        run->cluster->net.loss = 0;
        play(run, CALM_MS * 1000u, NULL);
        const bool pending = is_pending(run);
        run->result.counters.pending += pending;
        run->idle = run->config->foes == 0 && !pending;
        play(run, IDLE_US, NULL);
        run->idle = false;
    }
    if (!run_failed(run)) {
        observe(run);
    }
    if (!run_failed(run)) {
        judge_end(run);
    }
}

static void take_counts(struct run *run)
{
    const struct cluster *cluster = run->cluster;
    struct simnode_counters *counters = &run->result.counters;
    counters->events = cluster->events;
    counters->frames = cluster->frames;
    counters->lost = cluster->lost;
    counters->duplicated = cluster->duplicated;
    counters->overtaken = cluster->overtaken;
    counters->unheard = cluster->unheard;
    counters->unread = cluster->unread;
    counters->blocks = run->height;
    for (uint64_t view = 1; view < run->view_count; view++) {
        counters->views += run->views[view].count > 0;
        counters->skips += run->views[view].skip_lock != UINT64_MAX;
    }
    for (uint16_t i = 0; i < cluster->count; i++) {
        counters->astray += cluster->hosts[i].disk.astray;
    }
    run->result.story = cluster->story;
    run->result.good_ms = run->good_us / 1000;
    run->result.end_ms = cluster->now_us / 1000;
    run->result.operations = cluster->hosts[0].disk.operations;
}

struct simnode_result simnode_run(const struct simnode_options *options)
{
    struct run *run = run_open(options);
    switch_on(run);
    client_start(run);
    plan_start(run);
    play(run, TROUBLE_US, NULL);
    if (!run_failed(run)) {
        final_phase(run);
    }
    take_counts(run);
    const struct simnode_result result = run->result;
    run_free(run);
    return result;
}
