/* SPDX-License-Identifier: Apache-2.0 */
/* The named configurations. 5 and 6 validators are there because they are no 3f + 1. */
#include <stddef.h>
#include <string.h>

#include "tools/simnode/simnode.h"

#define NETWORK (SIMNODE_CRASH | SIMNODE_PARTITION | SIMNODE_CLOCK)
#define DAMAGE (SIMNODE_LIE | SIMNODE_FLIP | SIMNODE_OLD | SIMNODE_LOST_LOG | SIMNODE_LOST_DATABASE)
#define TROUBLE (SIMNODE_FULL | SIMNODE_SYNC | SIMNODE_SLOW | SIMNODE_DIE | SIMNODE_MOVE)

static const struct simnode_config configs[] = {
    {"calm4", "four nodes, nothing goes wrong", 4, 0, SIMNODE_HONEST, SIMNODE_SHARED, 0, 0, 0},
    {"net4", "power failures, partitions, clocks, lossy links", 4, 0, SIMNODE_HONEST, NETWORK, 10,
     3, 3},
    {"net5", "the same with five", 5, 0, SIMNODE_HONEST, NETWORK, 10, 3, 3},
    {"net6", "the same with six", 6, 0, SIMNODE_HONEST, NETWORK, 10, 3, 3},
    {"net7", "the same with seven", 7, 0, SIMNODE_HONEST, NETWORK, 25, 3, 3},
    {"net13", "the same with thirteen", 13, 0, SIMNODE_HONEST, NETWORK | SIMNODE_SHARED, 5, 1, 1},
    {"disk4", "disks that lie, rot and are restored from old copies", 4, 0, SIMNODE_HONEST,
     DAMAGE | TROUBLE | SIMNODE_CRASH, 2, 0, 0},
    {"disk7", "the same with seven, two of them unlucky", 7, 0, SIMNODE_HONEST,
     DAMAGE | TROUBLE | NETWORK, 2, 1, 1},
    {"lie4", "writes of one are lost or land elsewhere", 4, 0, SIMNODE_HONEST,
     SIMNODE_LIE | SIMNODE_CRASH, 2, 0, 0},
    {"backup4", "log and database of one are restored from old copies", 4, 0, SIMNODE_HONEST,
     SIMNODE_OLD | SIMNODE_CRASH, 2, 0, 0},
    {"rot4", "the database of one goes bad", 4, 0, SIMNODE_HONEST,
     SIMNODE_ROT | SIMNODE_CRASH | SIMNODE_PARTITION, 2, 0, 0},
    {"rot5", "the databases of all five go bad", 5, 0, SIMNODE_HONEST,
     SIMNODE_ROT | SIMNODE_ROT_ALL | SIMNODE_CRASH, 2, 0, 0},
    {"index5", "the indexes of all five go bad, and nobody leaves for it", 5, 0, SIMNODE_HONEST,
     SIMNODE_ROT | SIMNODE_ROT_ALL | SIMNODE_ROT_INDEX | SIMNODE_CRASH, 2, 0, 0},
    {"rot7", "the databases of two go bad, their logs too", 7, 0, SIMNODE_HONEST,
     SIMNODE_ROT | SIMNODE_FLIP | SIMNODE_LOST_LOG | SIMNODE_SYNC | SIMNODE_FULL | SIMNODE_CRASH, 2,
     1, 1},
    {"die4", "power failures in the middle of writes and syncs, on every machine", 4, 0,
     SIMNODE_HONEST, SIMNODE_DIE | SIMNODE_CRASH, 2, 0, 0},
    {"death4", "one machine is switched off and on until its log is recycled", 4, 0, SIMNODE_HONEST,
     SIMNODE_CYCLE, 0, 0, 0},
    {"dark4", "all machines lose power at once, again and again", 4, 0, SIMNODE_HONEST,
     SIMNODE_BLACKOUT, 2, 0, 0},
    {"kill4", "processes are killed at any time, the power fails soon after", 4, 0, SIMNODE_HONEST,
     SIMNODE_KILL, 5, 1, 1},
    {"second4", "a copy of a machine is started while the first one runs", 4, 0, SIMNODE_HONEST,
     SIMNODE_SECOND, 0, 0, 0},
    {"equivocator4", "one contradicts itself", 4, 1, SIMNODE_EQUIVOCATOR, NETWORK, 5, 0, 0},
    {"silent7", "two say nothing", 7, 2, SIMNODE_SILENT, SIMNODE_CRASH, 5, 0, 0},
    {"outdated4", "one is seconds late", 4, 1, SIMNODE_OUTDATED, NETWORK, 5, 0, 0},
    {"forger4", "one forges", 4, 1, SIMNODE_FORGER, NETWORK, 2, 0, 0},
    {"twin4", "one key votes on two machines", 4, 1, SIMNODE_TWIN, NETWORK, 5, 0, 0},
    {"twin7", "two keys vote on two machines each", 7, 2, SIMNODE_TWIN, SIMNODE_PARTITION, 5, 0, 0},
    {"withholder4", "one gives no bodies away", 4, 1, SIMNODE_WITHHOLDER, NETWORK, 5, 0, 0},
    {"flooder4", "one floods", 4, 1, SIMNODE_FLOODER, SIMNODE_CRASH, 2, 0, 0},
    {"gift7", "two give each vote to one node only", 7, 2, SIMNODE_GIFT_GIVER, NETWORK, 5, 0, 0},
    {"wrong4", "one computes another state", 4, 1, SIMNODE_WRONG_EXECUTOR, NETWORK, 5, 0, 0},
    {"equivocator8", "two of eight contradict themselves", 8, 2, SIMNODE_EQUIVOCATOR,
     NETWORK | SIMNODE_SHARED, 5, 0, 0},
    {"wrong8", "two of eight compute another state", 8, 2, SIMNODE_WRONG_EXECUTOR,
     NETWORK | SIMNODE_SHARED, 5, 0, 0},
    {"forger9", "two of nine forge", 9, 2, SIMNODE_FORGER, NETWORK | SIMNODE_SHARED, 2, 0, 0},
    {"flooder9", "two of nine flood", 9, 2, SIMNODE_FLOODER, SIMNODE_CRASH | SIMNODE_SHARED, 2, 0,
     0},
    {"withholder11", "three of eleven give no bodies away", 11, 3, SIMNODE_WITHHOLDER,
     NETWORK | SIMNODE_SHARED, 5, 0, 0},
    {"outdated12", "three of twelve are seconds late", 12, 3, SIMNODE_OUTDATED,
     NETWORK | SIMNODE_SHARED, 5, 0, 0},
    {"mixed5", "one foe of any kind among five", 5, 1, SIMNODE_MIXED, NETWORK, 5, 1, 1},
    {"mixed10", "three foes of any kind among ten", 10, 3, SIMNODE_MIXED, NETWORK, 5, 1, 1},
};

const struct simnode_config *simnode_config_at(uint32_t index)
{
    return index < sizeof configs / sizeof configs[0] ? &configs[index] : NULL;
}

const struct simnode_config *simnode_config_find(const char *name)
{
    for (uint32_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        if (strcmp(configs[i].name, name) == 0) {
            return &configs[i];
        }
    }
    return NULL;
}

const char *simnode_role_name(enum simnode_role role)
{
    switch (role) {
    case SIMNODE_HONEST:
        return "honest";
    case SIMNODE_EQUIVOCATOR:
        return "equivocator";
    case SIMNODE_SILENT:
        return "silent";
    case SIMNODE_OUTDATED:
        return "outdated";
    case SIMNODE_FORGER:
        return "forger";
    case SIMNODE_TWIN:
        return "twin";
    case SIMNODE_WITHHOLDER:
        return "withholder";
    case SIMNODE_FLOODER:
        return "flooder";
    case SIMNODE_GIFT_GIVER:
        return "gift-giver";
    case SIMNODE_WRONG_EXECUTOR:
        return "wrong executor";
    case SIMNODE_ROLES:
    case SIMNODE_MIXED:
        break;
    }
    return "mixed";
}
