/* SPDX-License-Identifier: Apache-2.0 */
/* How long a network of whole nodes keeps people waiting: sim_waits [SEEDS [FIRST [long]]]. Four,
 * five, six and seven nodes with the delays of one machine, in virtual time, so the bounds of
 * docs/reliability.md may be demanded to the millisecond:
 *   - a quorum that comes back after a second, a minute, an hour, a day (`long`): every view timer
 *     is what it was within 2 s, and something is final within 2 s;
 *   - one node silent: no pause comes again and again;
 *   - a leader that dies, at each step of its view: at most 1 s to the next commit. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "consensus/cons.h"
#include "ledger/chain/valset.h"
#include "tools/simnode/cluster.h"

#define T0_MS 300u /* of the town's genesis */
#define LOAD_US 25000u
#define VALID_MS (UINT64_C(2) * 86400000)
#define SAMPLES_MAX 65536u
#define ORDERS_MAX 16384u

#define RETURN_BOUND_MS 2000.0
#define DEATH_BOUND_MS 1000.0
#define SILENT_BOUND_MS 250.0 /* below T0: once the silence was noticed nobody waits it out */

/* --- figures
 * ------------------------------------------------------------------------------------- */

struct figures {
    double *items;
    size_t count;
};

static void figures_add(struct figures *figures, double value)
{
    if (figures->items == NULL) {
        figures->items = calloc(SAMPLES_MAX, sizeof *figures->items);
    }
    if (figures->items == NULL || figures->count == SAMPLES_MAX) {
        abort();
    }
    figures->items[figures->count++] = value;
}

static int ascending(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static uint32_t missed;

/* report prints one line of the table; a largest value above the bound is a failure. */
static void report(const char *what, uint16_t nodes, struct figures *figures, double bound)
{
    if (figures->count == 0) {
        return;
    }
    qsort(figures->items, figures->count, sizeof *figures->items, ascending);
    const double most = figures->items[figures->count - 1];
    const bool bad = bound > 0 && most > bound;
    (void)printf("| %-52s | %u | %5zu | %8.0f | %8.0f | %8.0f |%s\n", what, nodes, figures->count,
                 figures->items[figures->count / 2],
                 figures->items[(figures->count * 99 + 99) / 100 - 1], most, bad ? " MISSED" : "");
    (void)fflush(stdout);
    missed += bad ? 1 : 0;
    free(figures->items);
    *figures = (struct figures){0};
}

/* --- a network under watch
 * ------------------------------------------------------------------------------------- */

struct watch {
    struct cluster *cluster;
    uint16_t nodes, faulty;
    bool load;
    bool gone[CLUSTER_HOSTS_MAX]; /* not looked at, brought nothing */
    uint64_t heights[CLUSTER_HOSTS_MAX];
    uint32_t orders;
    uint64_t commit_us; /* when the last height was final at every machine looked at */
    uint64_t commit_height;
    uint64_t longest_us; /* between two commits since it was set to 0 */
    uint64_t slow_us; /* when a view timer was last above T0 */
    uint64_t first_us; /* when a new height was first final anywhere, since it was set to 0 */
    uint64_t first_above;
    struct host *victim; /* dies after `steps` of its events */
    uint64_t victim_view;
    uint32_t steps;
    uint64_t died_us;
};

static void note_height(struct watch *watch, const struct host *host)
{
    uint64_t everywhere = UINT64_MAX;
    const uint64_t now = watch->cluster->now_us;
    watch->heights[host->index] = host_height(host);
    if (watch->first_us == 0 && watch->heights[host->index] > watch->first_above) {
        watch->first_us = now;
    }
    for (uint16_t i = 0; i < watch->nodes; i++) {
        if (!watch->gone[i] && watch->heights[i] < everywhere) {
            everywhere = watch->heights[i];
        }
    }
    if (everywhere > watch->commit_height) {
        const uint64_t gap = now - watch->commit_us;
        watch->longest_us = gap > watch->longest_us ? gap : watch->longest_us;
        watch->commit_height = everywhere;
        watch->commit_us = now;
    }
}

static void kill_now(void *context, uint64_t number)
{
    struct watch *watch = context;
    struct host *host = &watch->cluster->hosts[number];
    if (host->node != NULL) {
        host_crash(host);
    }
}

/* note_victim counts the victim's events from its entry into the view it leads. */
static void note_victim(struct watch *watch, struct host *host)
{
    const struct cons *cons = node_consensus(host->node);
    const struct cons_status status = cons_status(cons);
    if (watch->victim == NULL && watch->victim_view != 0 && status.view >= watch->victim_view &&
        status.phase == 0 &&
        cons_leader(cons, status.view) ==
            (uint16_t)valset_find(node_valset(host->node),
                                  bytes_of(host->key.public_key, SIGN_PUBLIC_SIZE))) {
        watch->victim = host;
    }
    if (watch->victim == host && watch->died_us == 0) {
        if (watch->steps == 0) {
            watch->died_us = watch->cluster->now_us;
            watch->gone[host->index] = true;
            /* Not within its own event. */
            cluster_at(watch->cluster, 0, kill_now, watch, host->index);
        } else {
            watch->steps--;
        }
    }
}

static void after(void *context, struct host *host)
{
    struct watch *watch = context;
    if (watch->gone[host->index]) {
        return;
    }
    note_height(watch, host);
    if (cons_view_timeout_ms(node_consensus(host->node)) > T0_MS) {
        watch->slow_us = watch->cluster->now_us;
    }
    note_victim(watch, host);
}

static void answered(void *arg, const struct node_answer *answer)
{
    (void)arg;
    (void)answer;
}

static void bring(struct watch *watch)
{
    struct cluster *cluster = watch->cluster;
    struct host *host = &cluster->hosts[rng_below(&cluster->rng, watch->nodes)];
    if (host->node == NULL || watch->gone[host->index] || watch->orders == ORDERS_MAX) {
        return;
    }
    const uint32_t number = watch->orders++;
    const struct bytes raw = town_register(&cluster->town, (uint16_t)(number % watch->nodes),
                                           number, TOWN_TIME + cluster->now_us / 1000 + VALID_MS);
    if (node_submit(host->node, raw, false, answered, NULL) != OK) {
        abort();
    }
}

static void load(void *context, uint64_t number)
{
    struct watch *watch = context;
    if (watch->load) {
        bring(watch);
    }
    cluster_at(watch->cluster, LOAD_US, load, watch, number);
}

static struct watch *watch_open(uint64_t seed, uint16_t nodes)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        abort();
    }
    watch->nodes = nodes;
    watch->faulty = (uint16_t)quorum_faulty(nodes);
    watch->cluster = cluster_open(seed, nodes, nodes);
    watch->cluster->hooks = (struct cluster_hooks){.context = watch, .after = after};
    for (uint16_t i = 0; i < nodes; i++) {
        if (host_start(&watch->cluster->hosts[i]) != OK) {
            abort();
        }
    }
    cluster_at(watch->cluster, LOAD_US, load, watch, 0);
    return watch;
}

static void watch_free(struct watch *watch)
{
    cluster_close(watch->cluster);
    free(watch);
}

static double ms_of(uint64_t us)
{
    return (double)us / 1000.0;
}

/* draw gives a machine that is still looked at. */
static struct host *draw(struct watch *watch)
{
    for (;;) {
        const uint64_t number = rng_below(&watch->cluster->rng, watch->nodes);
        if (!watch->gone[number]) {
            return &watch->cluster->hosts[number];
        }
    }
}

/* --- a quorum away
 * ------------------------------------------------------------------------------------- */

static void cut(struct watch *watch, bool on)
{
    for (uint16_t a = 0; a < watch->nodes; a++) {
        for (uint16_t b = 0; b < watch->nodes; b++) {
            watch->cluster->cut[a][b] = on && watch->gone[a] != watch->gone[b];
        }
    }
}

struct away {
    struct figures final, timers, level;
};

/* back: the network is whole again; how long until it is as before? */
static void back(struct away *out, struct watch *watch, bool idle)
{
    struct cluster *cluster = watch->cluster;
    double timeout = 0;
    for (uint16_t i = 0; i < watch->nodes; i++) {
        if (!watch->gone[i]) {
            const double now = cons_view_timeout_ms(node_consensus(cluster->hosts[i].node));
            timeout = now > timeout ? now : timeout;
        }
    }
    const uint64_t back_us = cluster->now_us;
    watch->first_above = watch->commit_height;
    watch->first_us = 0;
    watch->slow_us = back_us;
    cluster->net.loss = 0;
    cut(watch, false);
    for (uint16_t i = 0; i < watch->nodes; i++) {
        watch->gone[i] = false;
        watch->heights[i] = host_height(&cluster->hosts[i]);
        if (cluster->hosts[i].node == NULL && host_start(&cluster->hosts[i]) != OK) {
            abort();
        }
    }
    watch->load = !idle;
    cluster_run(cluster, idle ? 20000 : 4000);
    figures_add(&out->level, timeout);
    figures_add(&out->timers, ms_of(watch->slow_us - back_us));
    figures_add(&out->final, watch->first_us == 0 ? 1e9 : ms_of(watch->first_us - back_us));
    watch_free(watch);
}

static void report_away(struct away *figures, uint16_t nodes, const char *name)
{
    char what[80];
    (void)snprintf(what, sizeof what, "%s: view timer at the end of it", name);
    report(what, nodes, &figures->level, 10000);
    (void)snprintf(what, sizeof what, "%s: timers normal after", name);
    report(what, nodes, &figures->timers, RETURN_BOUND_MS);
    (void)snprintf(what, sizeof what, "%s: next commit after", name);
    report(what, nodes, &figures->final, RETURN_BOUND_MS);
}

/* away: f + 1 machines are switched off, or cut off, while there is something to do. */
static void away(struct away *out, uint64_t seed, uint16_t nodes, uint64_t away_ms)
{
    struct watch *watch = watch_open(seed, nodes);
    struct cluster *cluster = watch->cluster;
    const bool off = (seed + nodes) % 2 == 0;
    watch->load = true;
    cluster_run(cluster, 1000 + rng_below(&cluster->rng, 500));
    for (uint16_t i = 0; i <= watch->faulty; i++) {
        struct host *host = draw(watch);
        watch->gone[host->index] = true;
        if (off) {
            host_crash(host);
        }
    }
    cut(watch, !off);
    cluster_run(cluster, 300);
    watch->load = false;
    cluster_run(cluster, away_ms + rng_below(&cluster->rng, 1000));
    back(out, watch, false);
}

static void all_away(uint64_t first, uint64_t seeds, bool long_run)
{
    static const struct {
        const char *name;
        uint64_t ms;
        uint64_t share; /* of the seeds, one in so many */
    } rows[] = {{"1 s", 1000, 1}, {"1 min", 60000, 1}, {"1 h", 3600000, 4}, {"1 day", 86400000, 8}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].ms > 3600000 && !long_run) {
            continue;
        }
        const uint16_t most = rows[i].ms >= 3600000 && !long_run ? 4 : 7;
        for (uint16_t nodes = 4; nodes <= most; nodes++) {
            struct away figures = {0};
            char what[80];
            for (uint64_t seed = first; seed < first + seeds; seed++) {
                if ((seed - first) % rows[i].share <= 1) {
                    away(&figures, seed, nodes, rows[i].ms);
                }
            }
            (void)snprintf(what, sizeof what, "quorum away %s", rows[i].name);
            report_away(&figures, nodes, what);
        }
    }
}

/* --- a storm
 * ------------------------------------------------------------------------------------- */

/* storm: so many percent of all frames are lost, so that views pass and nothing becomes final. */
static void storm(struct away *out, uint64_t seed, uint16_t nodes, uint64_t storm_ms, bool idle)
{
    struct watch *watch = watch_open(seed, nodes);
    struct cluster *cluster = watch->cluster;
    watch->load = true;
    cluster_run(cluster, 1000 + rng_below(&cluster->rng, 500));
    cluster->net.loss = (uint32_t)rng_between(&cluster->rng, 60, 90);
    cluster_run(cluster, 1000);
    watch->load = false;
    for (uint64_t passed = 0; passed < storm_ms; passed += 1000) {
        bring(watch);
        cluster_run(cluster, 1000);
    }
    back(out, watch, idle);
}

static void all_storms(uint64_t first, uint64_t seeds)
{
    for (uint16_t nodes = 4; nodes <= 7; nodes++) {
        for (int idle = 0; idle < 2; idle++) {
            struct away figures = {0};
            for (uint64_t seed = first; seed < first + seeds; seed++) {
                storm(&figures, seed, nodes, 60000, idle == 1);
            }
            report_away(&figures, nodes,
                        idle == 1 ? "storm of 1 min, then idle" : "storm of 1 min");
        }
    }
}

/* --- one node silent
 * ------------------------------------------------------------------------------------- */

#define SILENT_NOTICE_MS 5000
#define SILENT_MS 20000
#define IDLE_MS 300000

static void silent(struct figures *early, struct figures *late, uint64_t seed, uint16_t nodes,
                   bool none, bool load)
{
    struct watch *watch = watch_open(seed, nodes);
    struct cluster *cluster = watch->cluster;
    watch->load = true;
    cluster_run(cluster, 2000 + rng_below(&cluster->rng, 500));
    watch->load = load;
    if (!none) {
        struct host *host = draw(watch);
        watch->gone[host->index] = true;
        if ((seed + nodes) % 2 == 0) {
            host_crash(host);
        } else {
            cut(watch, true);
        }
    }
    watch->longest_us = 0;
    cluster_run(cluster, SILENT_NOTICE_MS);
    figures_add(early, ms_of(watch->longest_us));
    watch->longest_us = 0;
    cluster_run(cluster, load ? SILENT_MS : IDLE_MS);
    const uint64_t last = cluster->now_us - watch->commit_us;
    watch->longest_us = last > watch->longest_us ? last : watch->longest_us;
    figures_add(late, ms_of(watch->longest_us));
    watch_free(watch);
}

static void all_silent(uint64_t first, uint64_t seeds)
{
    for (uint16_t nodes = 4; nodes <= 7; nodes++) {
        struct figures calm = {0}, calm_early = {0}, early = {0}, late = {0};
        struct figures idle = {0}, idle_early = {0}, idle_calm = {0};
        for (uint64_t seed = first; seed < first + (seeds + 1) / 2; seed++) {
            silent(&calm_early, &calm, seed, nodes, true, true);
            silent(&early, &late, seed, nodes, false, true);
            silent(&idle_early, &idle_calm, seed, nodes, true, false);
            silent(&idle_early, &idle, seed, nodes, false, false);
        }
        report("load, nobody silent: longest pause in 20 s", nodes, &calm, SILENT_BOUND_MS);
        report("load, one silent: longest pause in the first 5 s", nodes, &early, DEATH_BOUND_MS);
        report("load, one silent: longest pause in the next 20 s", nodes, &late, SILENT_BOUND_MS);
        report("idle, nobody silent: longest pause in 5 min", nodes, &idle_calm, 61000);
        report("idle, one silent: longest pause in 5 min", nodes, &idle, 61000);
        free(calm_early.items);
        free(idle_early.items);
    }
}

/* --- a leader dies
 * ------------------------------------------------------------------------------------- */

#define STRIDE 8 /* of the victim's events; the seed begins the count */

enum moment { NOT_BUILT, BUILT, LEFT, MOMENTS };

static const char *const moments[MOMENTS] = {
    [NOT_BUILT] = "leader dies before its vote: to the next commit",
    [BUILT] = "leader dies after its vote: to the next commit",
    [LEFT] = "leader dies after its block's N: to the next commit",
};

/* death gives false once the victim has gone through all its steps to the next view but one. */
static bool death(struct figures out[MOMENTS], uint64_t seed, uint16_t nodes, uint32_t steps)
{
    struct watch *watch = watch_open(seed, nodes);
    struct cluster *cluster = watch->cluster;
    watch->load = true;
    cluster_run(cluster, 700 + rng_below(&cluster->rng, 300));
    watch->steps = steps;
    watch->victim_view = cons_status(node_consensus(cluster->hosts[0].node)).view + 1;
    struct cons_status before = {0};
    uint64_t entered = 0;
    while (watch->died_us == 0 && cluster_step(cluster, UINT64_MAX)) {
        if (watch->victim != NULL && watch->victim->node != NULL) {
            before = cons_status(node_consensus(watch->victim->node));
            entered = entered == 0 ? before.view : entered;
        }
    }
    const enum moment moment = before.view > entered ? LEFT : before.phase > 0 ? BUILT : NOT_BUILT;
    const uint64_t last_us = watch->commit_us;
    const uint64_t height = watch->commit_height;
    watch->longest_us = 0;
    cluster_run(cluster, 2000);
    assert(watch->commit_height > height);
    assert(watch->longest_us >= watch->died_us - last_us);
    /* The longest pause of these 2 s holds the one in which the leader died. */
    figures_add(&out[moment], ms_of(watch->longest_us));
    const bool more = before.view <= entered + 1;
    watch_free(watch);
    return more;
}

static void all_deaths(uint64_t first, uint64_t seeds)
{
    for (uint16_t nodes = 4; nodes <= 7; nodes++) {
        struct figures figures[MOMENTS] = {{0}};
        for (uint64_t seed = first; seed < first + seeds; seed++) {
            for (uint32_t steps = (uint32_t)(seed % STRIDE);; steps += STRIDE) {
                if (!death(figures, seed, nodes, steps)) {
                    break;
                }
            }
        }
        for (int i = 0; i < MOMENTS; i++) {
            report(moments[i], nodes, &figures[i], DEATH_BOUND_MS);
        }
    }
}

int main(int argc, char **argv)
{
    const uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    const char *only = argc > 3 ? argv[3] : "";
    const bool long_run = strcmp(only, "long") == 0;
    (void)printf(
        "| what, in ms | nodes | runs | median | p99 | max |\n|---|---|---|---|---|---|\n");
    if (*only == '\0' || long_run || strcmp(only, "away") == 0) {
        all_away(first, seeds, long_run);
    }
    if (*only == '\0' || long_run || strcmp(only, "storm") == 0) {
        all_storms(first, seeds);
    }
    if (*only == '\0' || long_run || strcmp(only, "silent") == 0) {
        all_silent(first, seeds);
    }
    if (*only == '\0' || long_run || strcmp(only, "death") == 0) {
        all_deaths(first, seeds);
    }
    (void)printf("%llu seeds, %u bounds missed\n", (unsigned long long)seeds, missed);
    return missed == 0 ? 0 : 1;
}
