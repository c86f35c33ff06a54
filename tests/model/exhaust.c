/* SPDX-License-Identifier: Apache-2.0 */
/* Visits every state of the model, breadth first: exhaust [views=N] [mode=every|plain|reduced]
 * [bug=NAME] [memory=MB], or at random over more views: exhaust walks=N [views=N] [seed=N] [bug=].
 * Without arguments: the small cases with the counts they must give, and every seeded bug, which
 * must be found.
 *
 * `every` leaves FINALIZE optional. `plain` casts it whenever it is allowed: no transition needs a
 * FINALIZE vote to be absent, so more of them only bring a violation nearer. `reduced` also enters
 * by Z with the lowest admissible lock only and learns no late N: higher locks only take choices
 * away from those who vote later. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/model/state_set.h"

enum mode { MODE_EVERY, MODE_PLAIN, MODE_REDUCED };

static const char *const mode_names[] = {"every", "plain", "reduced"};
static const char *const bug_names[MODEL_BUGS] = {
    "none", "no-lock", "forget-lock", "both", "late-finalize", "two-notarize", "small-quorum"};

struct search {
    struct model_rules rules;
    enum mode mode;
    struct state_code code;
    struct state_set seen;
    uint64_t *next; /* found in this depth */
    size_t next_count, next_capacity;
    uint64_t transitions;
    uint32_t depth;
    bool last_final; /* a block of the last view became final somewhere */
    bool stopped; /* out of memory */
    const char *broken;
    struct model where; /* the state that broke a property */
};

typedef void reached_fn(void *context, const struct model *state);

/* ---- every successor of a state ---------------------------------------------------------------
 */

struct expansion {
    const struct model_rules *rules;
    enum mode mode;
    const struct model *state;
    struct model work;
    reached_fn *reached;
    void *context;
};

static bool offer(struct expansion *at, bool allowed)
{
    if (allowed) {
        at->reached(at->context, &at->work);
        at->work = *at->state;
    }
    return allowed;
}

static void expand_notarize(struct expansion *at, uint32_t node)
{
    const uint32_t view = at->state->nodes[node].view;
    if (view > at->rules->views) {
        return;
    }
    for (uint8_t id = 1; id <= MODEL_IDS; id++) {
        const struct model_block known = at->state->parents[view][id - 1];
        if (known.view != MODEL_ABSENT) {
            (void)offer(at, model_notarize(at->rules, &at->work, node, id, known));
            continue;
        }
        const struct model_block start = {0};
        (void)offer(at, model_notarize(at->rules, &at->work, node, id, start));
        for (model_number parent = 1; parent < view; parent++) {
            for (uint8_t parent_id = 1; parent_id <= MODEL_IDS; parent_id++) {
                const struct model_block block = {.view = parent, .id = parent_id};
                (void)offer(at, model_notarize(at->rules, &at->work, node, id, block));
            }
        }
        break; /* the second block begins when the first exists: only names differ */
    }
}

static void expand_nullify(struct expansion *at, uint32_t node)
{
    const uint32_t lock = at->state->nodes[node].lock;
    (void)offer(at, model_nullify(at->rules, &at->work, node, lock));
    if (at->rules->bug == MODEL_FORGET_LOCK && lock != 0) {
        (void)offer(at, model_nullify(at->rules, &at->work, node, 0));
    }
}

static void expand_block(struct expansion *at, uint32_t node, struct model_block block)
{
    const bool voted = offer(at, model_enter_block(at->rules, &at->work, node, block, true));
    if (!voted || at->mode == MODE_EVERY) {
        (void)offer(at, model_enter_block(at->rules, &at->work, node, block, false));
    }
}

static void expand_skip(struct expansion *at, uint32_t node, uint32_t view)
{
    const struct model_block start = {0};
    bool entered = offer(at, model_enter_skip(at->rules, &at->work, node, view, start));
    for (model_number parent = 1; parent < view; parent++) {
        for (uint8_t id = 1; id <= MODEL_IDS; id++) {
            if (entered && at->mode == MODE_REDUCED) {
                return;
            }
            const struct model_block block = {.view = parent, .id = id};
            entered |= offer(at, model_enter_skip(at->rules, &at->work, node, view, block));
        }
    }
}

static void expand(struct expansion *at)
{
    const bool late = at->mode != MODE_REDUCED || at->rules->bug == MODEL_LATE_FINALIZE;
    at->work = *at->state;
    for (uint32_t node = 0; node < at->rules->nodes; node++) {
        expand_notarize(at, node);
        expand_nullify(at, node);
        for (uint32_t view = 1; view <= at->rules->views; view++) {
            for (uint8_t id = 1; id <= MODEL_IDS; id++) {
                const struct model_block block = {.view = (model_number)view, .id = id};
                expand_block(at, node, block);
                if (late) {
                    (void)offer(at, model_learn_late(at->rules, &at->work, node, block));
                }
            }
            expand_skip(at, node, view);
        }
    }
}

/* ---- breadth first ----------------------------------------------------------------------------
 */

static bool last_view_final(const struct model_rules *rules, const struct model *state)
{
    const model_number view = (model_number)rules->views;
    return model_is_final(rules, state, (struct model_block){.view = view, .id = 1}) ||
           model_is_final(rules, state, (struct model_block){.view = view, .id = 2});
}

static void remember(struct search *search, uint64_t number)
{
    if (search->next_count == search->next_capacity) {
        const size_t capacity = search->next_capacity == 0 ? 4096 : search->next_capacity * 2;
        uint64_t *grown = realloc(search->next, capacity * sizeof *grown);
        if (grown == NULL) {
            search->stopped = true;
            return;
        }
        search->next = grown;
        search->next_capacity = capacity;
    }
    search->next[search->next_count++] = number;
}

static void reached(void *context, const struct model *state)
{
    struct search *search = context;
    search->transitions++;
    if (search->broken != NULL || search->stopped) {
        return;
    }
    const uint64_t number = state_encode(&search->code, state);
    if (!state_set_add(&search->seen, number)) {
        return;
    }
    search->broken = model_broken(&search->rules, state);
    if (search->broken != NULL) {
        search->where = *state;
        return;
    }
    search->last_final = search->last_final || last_view_final(&search->rules, state);
    search->stopped = state_set_is_full(&search->seen);
    remember(search, number);
}

static void search_all(struct search *search)
{
    struct model state;
    model_init(&state);
    const uint64_t first = state_encode(&search->code, &state);
    (void)state_set_add(&search->seen, first);
    remember(search, first);
    while (search->next_count > 0 && search->broken == NULL && !search->stopped) {
        uint64_t *frontier = search->next;
        const size_t count = search->next_count;
        search->next = NULL;
        search->next_count = search->next_capacity = 0;
        for (size_t i = 0; i < count && search->broken == NULL && !search->stopped; i++) {
            state_decode(&search->code, &state, frontier[i]);
            struct expansion at = {.rules = &search->rules,
                                   .mode = search->mode,
                                   .state = &state,
                                   .reached = reached,
                                   .context = search};
            expand(&at);
        }
        free(frontier);
        search->depth += search->next_count > 0 || search->broken != NULL ? 1 : 0;
    }
    free(search->next);
    search->next = NULL;
}

static void print_state(const struct model_rules *rules, const struct model *state)
{
    for (uint32_t i = 0; i < rules->nodes; i++) {
        const struct model_node *node = &state->nodes[i];
        (void)printf("  node %u in view %u, lock %u:", i, node->view, node->lock);
        for (uint32_t view = 1; view <= rules->views; view++) {
            (void)printf(" %u", view);
            if (node->notarized[view] != 0) {
                (void)printf(" NOTARIZE %u", node->notarized[view]);
            }
            if (node->nullified[view] != 0) {
                (void)printf(" NULLIFY lock %u", node->nullified[view] - 1u);
            }
            if (node->finalized[view] != 0) {
                (void)printf(" FINALIZE %u", node->finalized[view]);
            }
            (void)printf(view == rules->views ? "\n" : ";");
        }
    }
    for (uint32_t view = 1; view <= rules->views; view++) {
        for (uint32_t id = 1; id <= MODEL_IDS; id++) {
            const struct model_block parent = state->parents[view][id - 1];
            if (parent.view != MODEL_ABSENT) {
                (void)printf("  block %u.%u on %u.%u\n", view, id, parent.view, parent.id);
            }
        }
    }
}

static struct model_rules rules_of(uint32_t views, enum model_bug bug)
{
    /* n = 4, f = 1: three of four votes, one of them given by the Byzantine validator. */
    return (struct model_rules){
        .nodes = 3, .needed = bug == MODEL_SMALL_QUORUM ? 1 : 2, .views = views, .bug = bug};
}

struct outcome {
    uint64_t states, transitions;
    uint32_t depth;
    bool broken, stopped, last_final;
};

static struct outcome run(uint32_t views, enum mode mode, enum model_bug bug, uint32_t bits,
                          bool explain)
{
    struct search search = {.rules = rules_of(views, bug), .mode = mode};
    const clock_t begin = clock();
    state_code_init(&search.code, views);
    if (!state_set_open(&search.seen, bits)) {
        (void)printf("no memory for 2^%u states\n", bits);
        exit(2);
    }
    search_all(&search);
    const struct outcome outcome = {.states = search.seen.count,
                                    .transitions = search.transitions,
                                    .depth = search.depth,
                                    .broken = search.broken != NULL,
                                    .stopped = search.stopped,
                                    .last_final = search.last_final};
    (void)printf("%u views, %-7s bug %-13s %9llu states %10llu transitions depth %2u%s: %s, %.1f s "
                 "CPU, table %zu MiB\n",
                 views, mode_names[mode], bug_names[bug], (unsigned long long)outcome.states,
                 (unsigned long long)outcome.transitions, outcome.depth,
                 outcome.last_final ? ", last view final" : "",
                 search.broken != NULL ? search.broken
                 : search.stopped      ? "STOPPED for want of memory"
                                       : "no violation",
                 (double)(clock() - begin) / CLOCKS_PER_SEC, search.seen.capacity >> 17);
    if (search.broken != NULL && explain) {
        print_state(&search.rules, &search.where);
    }
    (void)fflush(stdout);
    state_set_close(&search.seen);
    return outcome;
}

/* ---- at random --------------------------------------------------------------------------------
 */

struct walk {
    uint64_t random;
    uint64_t choices;
    struct model chosen;
};

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

/* Each successor in turn takes the place with probability 1/k: a fair choice without a list. */
static void choose(void *context, const struct model *state)
{
    struct walk *walk = context;
    walk->choices++;
    if (draw(&walk->random) % walk->choices == 0) {
        walk->chosen = *state;
    }
}

static bool walk_many(uint64_t walks, uint32_t views, uint64_t seed, enum model_bug bug)
{
    const struct model_rules rules = rules_of(views, bug);
    struct walk walk = {.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    uint64_t steps = 0;
    uint64_t finals = 0;
    for (uint64_t i = 0; i < walks; i++) {
        struct model state;
        model_init(&state);
        do {
            struct expansion at = {.rules = &rules,
                                   .mode = MODE_EVERY,
                                   .state = &state,
                                   .reached = choose,
                                   .context = &walk};
            walk.choices = 0;
            expand(&at);
            if (walk.choices > 0) {
                state = walk.chosen;
                steps++;
            }
            const char *broken = model_broken(&rules, &state);
            if (broken != NULL) {
                (void)printf("walk %llu of seed %llu, bug %s: %s\n", (unsigned long long)i,
                             (unsigned long long)seed, bug_names[bug], broken);
                print_state(&rules, &state);
                return false;
            }
        } while (walk.choices > 0);
        for (model_number view = 1; view <= views; view++) {
            for (uint8_t id = 1; id <= MODEL_IDS; id++) {
                const struct model_block block = {.view = view, .id = id};
                finals += model_is_final(&rules, &state, block) ? 1u : 0u;
            }
        }
    }
    (void)printf("%u views, seed %llu: %llu walks, %llu steps, %llu final blocks, no violation\n",
                 views, (unsigned long long)seed, (unsigned long long)walks,
                 (unsigned long long)steps, (unsigned long long)finals);
    return true;
}

/* ---- the test ---------------------------------------------------------------------------------
 */

static const struct {
    uint32_t views;
    enum mode mode;
    uint64_t states;
} counts[] = {{1, MODE_EVERY, 366},
              {2, MODE_EVERY, 356257},
              {2, MODE_PLAIN, 296222},
              {2, MODE_REDUCED, 135512}};

static const struct {
    enum model_bug bug;
    uint32_t depth; /* the shortest way to a violation */
} bugs[] = {{MODEL_NO_LOCK, 12},      {MODEL_FORGET_LOCK, 12}, {MODEL_BOTH, 6},
            {MODEL_LATE_FINALIZE, 7}, {MODEL_TWO_NOTARIZE, 5}, {MODEL_SMALL_QUORUM, 2}};

static int test(void)
{
    uint32_t wrong = 0;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const struct outcome outcome =
            run(counts[i].views, counts[i].mode, MODEL_CORRECT, 23, true);
        wrong += outcome.broken || outcome.stopped || !outcome.last_final ||
                         outcome.states != counts[i].states
                     ? 1u
                     : 0u;
    }
    for (size_t i = 0; i < sizeof bugs / sizeof bugs[0]; i++) {
        const struct outcome outcome = run(3, MODE_REDUCED, bugs[i].bug, 22, true);
        wrong += !outcome.broken || outcome.depth != bugs[i].depth ? 1u : 0u;
    }
    wrong += walk_many(500, 6, 1, MODEL_CORRECT) ? 0u : 1u;
    (void)printf("%u not as they should be\n", wrong);
    return wrong == 0 ? 0 : 1;
}

static const char *option(const char *argument, const char *name)
{
    const size_t size = strlen(name);
    return strncmp(argument, name, size) == 0 && argument[size] == '=' ? argument + size + 1 : NULL;
}

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    (void)fprintf(stderr, "unknown: %s\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        return test();
    }
    uint64_t views = 0;
    uint64_t memory_mb = 1100;
    uint64_t walks = 0;
    uint64_t seed = 1;
    int mode = MODE_REDUCED;
    int bug = MODEL_CORRECT;
    for (int i = 1; i < argc; i++) {
        const char *value;
        if ((value = option(argv[i], "views")) != NULL) {
            views = strtoull(value, NULL, 10);
        } else if ((value = option(argv[i], "memory")) != NULL) {
            memory_mb = strtoull(value, NULL, 10);
        } else if ((value = option(argv[i], "walks")) != NULL) {
            walks = strtoull(value, NULL, 10);
        } else if ((value = option(argv[i], "seed")) != NULL) {
            seed = strtoull(value, NULL, 10);
        } else if ((value = option(argv[i], "mode")) != NULL) {
            mode = find_name(mode_names, 3, value);
        } else if ((value = option(argv[i], "bug")) != NULL) {
            bug = find_name(bug_names, MODEL_BUGS, value);
        } else {
            (void)fprintf(stderr, "unknown argument: %s\n", argv[i]);
            return 2;
        }
    }
    const uint64_t most = walks > 0 ? MODEL_VIEWS : STATE_VIEWS_MAX;
    views = views == 0 ? (walks > 0 ? 6 : 3) : views;
    if (views > most) {
        (void)fprintf(stderr, "at most %llu views\n", (unsigned long long)most);
        return 2;
    }
    if (walks > 0) {
        return walk_many(walks, (uint32_t)views, seed, (enum model_bug)bug) ? 0 : 1;
    }
    uint32_t bits = 10;
    while ((UINT64_C(16) << bits) <= memory_mb << 20) {
        bits++;
    }
    const struct outcome outcome =
        run((uint32_t)views, (enum mode)mode, (enum model_bug)bug, bits, true);
    return outcome.broken || outcome.stopped ? 1 : 0;
}
