/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded bugs that no network shows, because a second net stands before them or only time is lost:
 * the unit tests are built once more with the bugs to choose from, and each bug must fail the
 * named test, which passes without it: sim_unit_mutants DIRECTORY [NUMBER]. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "consensus/mutant.h"
#include "ledger/chain/mutant.h"
#include "ledger/mutant.h"
#include "node/core/mutant.h"

#define OUTPUT_MAX (1u << 20)

struct row {
    const char *name;
    const char *program; /* without its directory and "mutants_" */
    const char *test;
    int mutant; /* of the folder that the program tests */
};

static const struct row rows[] = {
    {"J2 with a parent in the view before", "consensus_t_view", "skip_over_views",
     MUTANT_LATE_PARENT},
    {"timer generation ignored", "consensus_t_timer", "view_timer_follows_activity",
     MUTANT_ANY_TIMER},
    {"child of a boundary block accepted", "consensus_t_propose", "boundary_is_proposed_again",
     MUTANT_BOUNDARY_CHILD},
    {"new block on a boundary block", "consensus_t_propose", "leader_proposes_the_boundary_again",
     MUTANT_BOUNDARY_BUILD},
    {"heights believed from hints", "consensus_t_help", "claimed_height_syncs_once",
     MUTANT_HEIGHT_BELIEVED},
    {"any leader accepted", "consensus_t_propose", "header_must_fit", MUTANT_ANY_LEADER},
    {"leader not told (R2b)", "consensus_t_help", "leader_is_told", MUTANT_NO_RELAY},
    {"no FINALIZE on a jump", "consensus_t_view", "finalize_on_jump", MUTANT_NO_JUMP_FINALIZE},
    {"no J on NULLIFY", "consensus_t_cast", "phase_is_taken_at_once", MUTANT_NO_NULLIFY_JUST},
    {"hints not answered (R9)", "consensus_t_help", "peer_behind_is_helped", MUTANT_NO_R9},
    {"signer signs twice at a position", "node_core_t_signer", "positions_only_grow",
     NODE_MUTANT_EQUAL_POSITION},
    {"checksums not chained", "node_core_t_log", "another_segment_of_the_same_number_is_corruption",
     NODE_MUTANT_UNCHAINED},
    {"unsynced bytes believed", "node_core_t_signer", "what_a_killed_process_wrote_is_synced",
     NODE_MUTANT_UNSYNCED_BELIEVED},
    {"last blocks not given by id", "node_core_t_restart",
     "the_last_block_is_given_after_a_restart", NODE_MUTANT_RECENT_FORGOTTEN},
    {"not forgotten at the door", "node_core_t_door", "who_is_forgotten_hears_nothing",
     NODE_MUTANT_NOT_FORGOTTEN},
    {"impossible and never looked at", "node_core_t_door", "what_became_impossible_is_dropped",
     NODE_MUTANT_NEVER_REJUDGED},
    {"the first are always looked at first", "node_core_t_door", "everybody_is_looked_at_again",
     NODE_MUTANT_REJUDGE_FIRST},
    {"a second process with the same keys", "node_shell_t_startup", "one_process_has_the_keys",
     NODE_MUTANT_SECOND_INSTANCE},
    {"kind not signed", "chain_t_encode", "test_votes", CHAIN_MUTANT_NO_KIND},
    {"chain not signed", "chain_t_encode", "test_votes", CHAIN_MUTANT_NO_CHAIN},
    {"epoch not signed", "chain_t_encode", "test_votes", CHAIN_MUTANT_NO_EPOCH},
    {"a Z believed for a held one", "chain_t_cert_check", "another_lock_is_another_question",
     CHAIN_MUTANT_CACHED_LOCK},
    {"a cached vote for another block", "chain_t_cert_check", "another_block_is_another_question",
     CHAIN_MUTANT_CACHED_BLOCK},
    {"a cached vote with other bytes", "chain_t_cert_check",
     "another_signature_is_another_question", CHAIN_MUTANT_CACHED_SIGNATURE},
    {"told for nothing without end", "node_core_t_door", "what_a_peer_tells_for_nothing_is_left",
     NODE_MUTANT_VAIN_UNNOTICED},
    {"waits for the disk without end", "node_core_t_network", "a_disk_stands_still",
     NODE_MUTANT_OPS_UNBOUNDED},
    {"not in an index, so not there", "store_t_chain_index", "test_after_a_crash",
     LEDGER_MUTANT_MISSING_IS_NO},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

/* run gives the program's exit status, 128 for a signal, and what it said. */
static int run(const char *path, const char *test, const char *mutant, char *output)
{
    int ends[2];
    if (pipe(ends) != 0) {
        abort();
    }
    const pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)setenv("MUTANT", mutant, 1);
        (void)setenv("TEST", test, 1);
        (void)execl(path, path, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    size_t used = 0;
    ssize_t got;
    while ((got = read(ends[0], output + used, OUTPUT_MAX - 1 - used)) > 0) {
        used += (size_t)got;
    }
    output[used] = '\0';
    (void)close(ends[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* began: the test was there to fail. */
static bool began(const char *output, const char *test)
{
    char line[200];
    (void)snprintf(line, sizeof line, "[ RUN      ] %s\n", test);
    return strstr(output, line) != NULL;
}

int main(int argc, char **argv)
{
    static char output[OUTPUT_MAX];
    const char *directory = argc > 1 ? argv[1] : ".";
    const size_t only = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : ROW_COUNT;
    int survivors = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (only < ROW_COUNT && only != i) {
            continue;
        }
        char path[4096];
        char mutant[16];
        (void)snprintf(path, sizeof path, "%s/mutants_%s", directory, rows[i].program);
        (void)snprintf(mutant, sizeof mutant, "%d", rows[i].mutant);
        const bool caught =
            run(path, rows[i].test, mutant, output) != 0 && began(output, rows[i].test);
        (void)printf("%2zu %-36s %s %s\n", i, rows[i].name, caught ? "caught by" : "SURVIVED",
                     rows[i].test);
        survivors += caught ? 0 : 1;
        if (run(path, rows[i].test, "0", output) != 0 || !began(output, rows[i].test)) {
            (void)printf("%2zu the correct code fails %s\n", i, rows[i].test);
            survivors++;
        }
        (void)fflush(stdout);
    }
    (void)printf("%zu seeded bugs, %d not as they should be\n", ROW_COUNT, survivors);
    return survivors == 0 ? 0 : 1;
}
