/* SPDX-License-Identifier: Apache-2.0 */
/* Each seeded bug of the node around the state machine must be caught by the named configuration
 * within the stated number of seeds: sim_node_mutants [NUMBER [CONFIG SEEDS]]. That the correct
 * code passes these seeds is what sim_nodes and sim_deaths show. */

#include <stdio.h>
#include <stdlib.h>

#include "ledger/chain/mutant.h"
#include "ledger/mutant.h"
#include "node/core/mutant.h"
#include "tests/sim/hunt.h"
#include "tools/simnode/simnode.h"

enum node_mutant node_mutant = NODE_MUTANT_NONE;
enum chain_mutant chain_mutant = CHAIN_MUTANT_NONE;
enum ledger_mutant ledger_mutant = LEDGER_MUTANT_NONE;

struct row {
    const char *name;
    enum node_mutant mutant;
    enum chain_mutant chain;
    enum ledger_mutant ledger;
    const char *config;
    uint64_t seeds; /* caught within so many */
};

static const struct row rows[] = {
    {"guard forgotten on restart", NODE_MUTANT_GUARD_FORGOTTEN, 0, 0, "die4", 20},
    {"vote leaves before the sync", NODE_MUTANT_NO_SYNC, 0, 0, "calm4", 1},
    {"slot not written", NODE_MUTANT_NO_SLOT, 0, 0, "calm4", 1},
    {"slot written before the log", NODE_MUTANT_SLOT_FIRST, 0, 0, "die4", 20},
    {"failed sync taken for a good one", NODE_MUTANT_SYNC_RETRIED, 0, 0, "disk4", 20},
    {"lost log, voting at once", NODE_MUTANT_LOST_LOG_VOTES, 0, 0, "disk4", 60},
    {"checkpoint drops what is needed", NODE_MUTANT_CHECKPOINT_EMPTY, 0, 0, "dark4", 20},
    {"database ahead of the log", NODE_MUTANT_NO_BARRIER, 0, 0, "disk4", 100},
    {"final answered before the batch", NODE_MUTANT_EARLY_ANSWER, 0, 0, "die4", 40},
    {"blocks in the log forgotten", NODE_MUTANT_BLOCKS_FORGOTTEN, 0, 0, "dark4", 40},
    {"future block INVALID", NODE_MUTANT_FUTURE_INVALID, 0, 0, "net4", 20},
    {"clock holds what is final", NODE_MUTANT_CLOCK_HOLDS_FINAL, 0, 0, "net5", 60},
    {"wrong body believed", NODE_MUTANT_BODY_UNCHECKED, 0, 0, "forger4", 60},
    {"second machine not noticed", NODE_MUTANT_OWN_KEY_IGNORED, 0, 0, "second4", 20},
    {"state root not compared", NODE_MUTANT_ROOT_UNCHECKED, 0, 0, "wrong4", 10},
    {"stops without a word", NODE_MUTANT_SILENT_STOP, 0, 0, "disk4", 10},
    {"quorum not counted", 0, CHAIN_MUTANT_NO_QUORUM, 0, "forger4", 20},
    {"signer beyond the set", 0, CHAIN_MUTANT_ANY_MEMBER, 0, "forger4", 40},
    {"one signature checked", 0, CHAIN_MUTANT_ONE_SIGNATURE, 0, "forger4", 40},
    {"vote's signature not checked", 0, CHAIN_MUTANT_VOTE_UNCHECKED, 0, "forger4", 20},
    {"repair without asking for others", NODE_MUTANT_ASIDE_ALONE, 0, 0, "rot4", 20},
    {"repair beside a damaged log", NODE_MUTANT_ASIDE_NO_LOG, 0, 0, "rot7", 40},
    {"damage taken for an invalid block", NODE_MUTANT_DAMAGE_INVALID, 0, 0, "rot4", 60},
    {"damage, and a vote all the same", NODE_MUTANT_DAMAGE_VALID, 0, 0, "rot4", 60},
    {"empty database, past votes forgotten", NODE_MUTANT_EMPTY_IS_NEW, 0, 0, "rot4", 20},
    {"refused by the builder alone", NODE_MUTANT_REFUSED_UNSEEN, 0, 0, "net4", 40},
    {"account known by its lines alone", 0, 0, LEDGER_MUTANT_KNOWN_BY_LINES, "net4", 20},
    {"writes of a refused transaction kept", 0, 0, LEDGER_MUTANT_REFUSED_KEPT, "net4", 20},
    {"dropped by its own clock alone", NODE_MUTANT_LATE_BY_CLOCK, 0, 0, "net4", 100},
    {"restored backup, slot not asked", NODE_MUTANT_SLOT_UNASKED, 0, 0, "backup4", 20},
    {"anything a peer tells is kept", NODE_MUTANT_TELL_ALL, 0, 0, "flooder4", 20},
    {"registered twice", 0, 0, LEDGER_MUTANT_EXISTS_UNASKED, "calm4", 4},
    {"final and not found", 0, 0, LEDGER_MUTANT_IDS_FORGOTTEN, "index5", 20},
    {"index thrown away unmarked", 0, 0, LEDGER_MUTANT_GAP_FORGOTTEN, "index5", 20},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static bool is_caught(const void *context, uint64_t seed, char failure[HUNT_FAILURE])
{
    const struct row *row = context;
    const struct simnode_options options = {.seed = seed,
                                            .config = simnode_config_find(row->config)};
    node_mutant = row->mutant;
    chain_mutant = row->chain;
    ledger_mutant = row->ledger;
    const struct simnode_result result = simnode_run(&options);
    if (!result.ok) {
        (void)snprintf(failure, HUNT_FAILURE, "%s", result.failure);
    }
    return !result.ok;
}

int main(int argc, char **argv)
{
    const size_t only = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : ROW_COUNT;
    int survivors = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (only < ROW_COUNT && only != i) {
            continue;
        }
        struct row row = rows[i];
        if (argc > 3) {
            row.config = argv[2];
            row.seeds = strtoull(argv[3], NULL, 10);
        }
        const struct hunt hunt = {row.name, row.config, row.seeds, is_caught, &row};
        const struct hunt_outcome outcome = hunt_run(&hunt);
        hunt_say(i, &hunt, &outcome);
        survivors += outcome.caught ? 0 : 1;
    }
    (void)printf("%zu seeded bugs, %d survive\n", ROW_COUNT, survivors);
    return survivors == 0 ? 0 : 1;
}
