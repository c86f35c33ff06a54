/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of the simulator, judged by the model: conform [COUNT [FIRST [CONFIG]]]. `conform CONFIG
 * SEED trace` prints one. The build with seeded bugs in the core (CONS_MUTANTS) requires instead
 * that the model refuses what each of them does. */

#include "tests/model/judge.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "consensus/mutant.h"

#ifndef CONS_MUTANTS

#define DEFAULT_COUNT 30

static uint64_t conform(const struct sim_config *config, uint64_t first, uint64_t count)
{
    struct judgement sum = {0};
    uint64_t failed = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct judge *judge = judge_new();
        const struct sim_options options = {
            .seed = seed, .config = config, .observer = judge_observer(judge)};
        const struct sim_result run = sim_run(&options);
        const struct judgement judgement = judge_decide(judge);
        if (!run.ok || judgement.refused) {
            (void)printf("FAILED %s seed %llu: %s\n", config->name, (unsigned long long)seed,
                         judgement.refused ? judgement.why : run.failure);
            failed++;
        }
        sum.votes += judgement.votes;
        sum.lost += judgement.lost;
        sum.certificates += judgement.certificates;
        sum.views = judgement.views > sum.views ? judgement.views : sum.views;
        judge_free(judge);
        if (config->calm) {
            break;
        }
    }
    (void)printf("%-12s %8llu votes, %4llu lost in crashes, %8llu certificates, up to view %llu\n",
                 config->name, (unsigned long long)sum.votes, (unsigned long long)sum.lost,
                 (unsigned long long)sum.certificates, (unsigned long long)sum.views);
    return failed;
}

static int print_trace(const char *name, uint64_t seed)
{
    struct judge *judge = judge_new();
    const struct sim_options options = {
        .seed = seed, .config = sim_config_find(name), .observer = judge_observer(judge)};
    if (options.config == NULL) {
        judge_free(judge);
        return 2;
    }
    (void)sim_run(&options);
    judge_print(judge, stdout);
    const struct judgement judgement = judge_decide(judge);
    (void)printf("%s\n", judgement.refused ? judgement.why : "the model allows all of it");
    judge_free(judge);
    return judgement.refused ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[3], "trace") == 0) {
        return print_trace(argv[1], strtoull(argv[2], NULL, 10));
    }
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_COUNT;
    const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t runs = 0;
    uint64_t failed = 0;
    const struct sim_config *config;
    for (uint32_t i = 0; (config = sim_config_at(i)) != NULL; i++) {
        if (argc <= 3 || strcmp(argv[3], config->name) == 0) {
            failed += conform(config, first, count);
            runs += config->calm ? 1 : count;
        }
    }
    (void)printf("%llu seeds, %llu failed\n", (unsigned long long)runs, (unsigned long long)failed);
    return failed == 0 && runs > 0 ? 0 : 1;
}

#else

enum mutant cons_mutant = MUTANT_NONE;

static const struct {
    const char *name;
    enum mutant mutant;
    const char *config;
    uint64_t seeds; /* refused within so many */
} rows[] = {
    {"J2 accepts any parent", MUTANT_NO_LOCK, "badparent", 40},
    {"lock forgotten after a crash", MUTANT_LOCK_FORGOTTEN, "crash", 20},
    {"lock always reported 0", MUTANT_LOCK_ZERO, "std", 10},
    {"FINALIZE after NULLIFY in a view", MUTANT_BOTH, "std", 10},
    {"FINALIZE for a view left by Z", MUTANT_LATE_FINALIZE, "std", 20},
    {"votes forgotten on restart", MUTANT_VOTES_FORGOTTEN, "crash", 20},
    {"quorum f+1", MUTANT_QUORUM, "std", 5},
    {"header's parent not compared", MUTANT_ANY_PARENT, "badparent", 10},
    {"second NOTARIZE in a view", MUTANT_REPEAT_NOTARIZE, "equivocator", 20},
};

/* A bug may be met by an assertion of the core first: what was done until then is judged. */
static sigjmp_buf after_abort;

static void on_abort(int signal)
{
    (void)signal;
    siglongjmp(after_abort, 1);
}

static bool is_refused(size_t row, uint64_t seed, struct judgement *judgement)
{
    struct judge *judge = judge_new();
    const struct sim_options options = {.seed = seed,
                                        .config = sim_config_find(rows[row].config),
                                        .observer = judge_observer(judge)};
    if (sigsetjmp(after_abort, 1) == 0) {
        (void)sim_run(&options);
    }
    *judgement = judge_decide(judge);
    judge_free(judge);
    return judgement->refused;
}

int main(void)
{
    int survivors = 0;
    /* The text of a failed assertion is of no use here. */
    if (freopen("/dev/null", "w", stderr) == NULL || signal(SIGABRT, on_abort) == SIG_ERR) {
        return 2;
    }
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        struct judgement judgement = {0};
        uint64_t seed = 0;
        cons_mutant = rows[row].mutant;
        while (seed < rows[row].seeds && !is_refused(row, seed, &judgement)) {
            seed++;
        }
        if (judgement.refused) {
            (void)printf("%-34s refused, %s seed %llu: %s\n", rows[row].name, rows[row].config,
                         (unsigned long long)seed, judgement.why);
        } else {
            (void)printf("%-34s NOT REFUSED in %llu seeds of %s\n", rows[row].name,
                         (unsigned long long)rows[row].seeds, rows[row].config);
            survivors++;
        }
        (void)fflush(stdout);
    }
    return survivors == 0 ? 0 : 1;
}

#endif
