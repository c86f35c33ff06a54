/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SIMNODE_SIMNODE_H
#define TOOLS_SIMNODE_SIMNODE_H

/* One seed of a network of whole nodes: load, faults of network, clocks and disks, adversaries,
 * checkers after every event, then a good network in which everything must become final in time.
 * Seed, configuration and program determine every byte of the transcript. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* How a Byzantine node deviates: the production node with somebody between it and the network who
 * has its key. */
enum simnode_role {
    SIMNODE_HONEST,
    SIMNODE_EQUIVOCATOR, /* two proposals to two halves; NULLIFY to one, FINALIZE to the other */
    SIMNODE_SILENT, /* greets, and says nothing else */
    SIMNODE_OUTDATED, /* everything it says is seconds late */
    SIMNODE_FORGER, /* certificates and votes nobody signed */
    SIMNODE_TWIN, /* the same key on two machines that do not hear each other */
    SIMNODE_WITHHOLDER, /* gives no body, header or block away */
    SIMNODE_FLOODER, /* everything many times, and rubbish of every kind */
    SIMNODE_GIFT_GIVER, /* each vote to one other node only */
    SIMNODE_WRONG_EXECUTOR, /* proposes blocks whose state root is wrong */
    SIMNODE_ROLES,
    SIMNODE_MIXED /* each foe draws one of the above */
};

/* What may go wrong; one bit each. */
enum simnode_fault {
    SIMNODE_CRASH = 1 << 0, /* power failures, at times of all machines at once */
    SIMNODE_PARTITION = 1 << 1, /* halves, one-way cuts, links swizzled one after the other */
    SIMNODE_CLOCK = 1 << 2, /* jumps; drift is always there */
    SIMNODE_DIE = 1 << 3, /* power failure in the middle of a write or sync */
    SIMNODE_LIE = 1 << 4, /* a write is lost or lands elsewhere, also in another file, unseen */
    SIMNODE_FLIP = 1 << 5, /* a bit turns in log or slot while the machine is off */
    SIMNODE_FULL = 1 << 6, /* no space for a while */
    SIMNODE_SYNC = 1 << 7, /* a sync fails */
    SIMNODE_SLOW = 1 << 8, /* a disk takes a hundred times longer for a while */
    SIMNODE_OLD = 1 << 9, /* restart with an old copy of the log, or of log and database */
    SIMNODE_LOST_LOG = 1 << 10,
    SIMNODE_LOST_DATABASE = 1 << 11,
    SIMNODE_MOVE = 1 << 12, /* restart on another machine */
    SIMNODE_SECOND = 1 << 13, /* a copy of a machine is started while the first one runs */
    SIMNODE_CYCLE = 1 << 14, /* machine 0 is switched off and on four times */
    SIMNODE_BLACKOUT = 1 << 15, /* all machines at once, and nothing else */
    SIMNODE_KILL = 1 << 16, /* processes are killed at any time, and nothing else */
    SIMNODE_ROT = 1 << 17, /* records of the chain's database become unreadable */
    SIMNODE_ROT_ALL = 1 << 18, /* with it: on every machine, more than f */
    /* All machines share one memory of which signatures are authentic and which accounts follow
     * from their lines: that saves much time and hides what one knows and another does not. Without
     * this each has its own, which it forgets when it is switched off. */
    SIMNODE_SHARED = 1 << 19,
    SIMNODE_ROT_INDEX = 1 << 20 /* with ROT_ALL: indexes alone, which are made again in place */
};

#define SIMNODE_FAULTS 16 /* bits of those that are drawn one after the other */

struct simnode_config {
    const char *name;
    const char *what; /* one line for --list */
    uint16_t validators;
    uint16_t foes;
    enum simnode_role role;
    uint32_t faults;
    uint32_t loss, duplicate, overtake; /* percent of frames, until the network is good */
};

/* simnode_config_find gives NULL for an unknown name, simnode_config_at NULL beyond the last. */
const struct simnode_config *simnode_config_find(const char *name);
const struct simnode_config *simnode_config_at(uint32_t index);
const char *simnode_role_name(enum simnode_role role);

/* States reached, to see that a run tested something: name, text, must it be reached. */
#define SIMNODE_COUNTERS(X)                                                                        \
    X(events, "events", true)                                                                      \
    X(frames, "frames sent", true)                                                                 \
    X(blocks, "blocks final", true)                                                                \
    X(followed, "blocks looked at when a machine had them", true)                                  \
    X(counted, "transactions counted when the first machine had them", true)                       \
    X(views, "views", true)                                                                        \
    X(submitted, "transactions submitted", true)                                                   \
    X(acknowledged, "transactions acknowledged as final", true)                                    \
    X(contested, "orders that compete with others", true)                                          \
    X(accounts, "accounts submitted", true)                                                        \
    X(wrong_totals, "accounts refused for a wrong total", true)                                    \
    X(too_late, "orders refused because their time was over", true)                                \
    X(refused_door, "orders refused at the door", true)                                            \
    X(refused_pool, "orders refused after they were accepted", true)                               \
    X(again, "submissions repeated by a client", true)                                             \
    X(duplicate_answers, "submissions answered with the first result", true)                       \
    X(notarize, "NOTARIZE votes", true)                                                            \
    X(nullify, "NULLIFY votes", true)                                                              \
    X(finalize, "FINALIZE votes", true)                                                            \
    X(locked, "NULLIFY votes with a lock", true)                                                   \
    X(certificates, "certificates checked", true)                                                  \
    X(skips, "views left by nullification", true)                                                  \
    X(lost, "frames lost", true)                                                                   \
    X(duplicated, "frames duplicated", true)                                                       \
    X(overtaken, "frames overtaken", true)                                                         \
    X(unheard, "frames into a cut", true)                                                          \
    X(halves, "partitions into two", true)                                                         \
    X(one_way, "one-way cuts", true)                                                               \
    X(swizzles, "links cut and joined one after the other", true)                                  \
    X(clock_jumps, "clock jumps", true)                                                            \
    X(deferred, "blocks ahead of a clock", true)                                                   \
    X(crashes, "power failures", true)                                                             \
    X(blackouts, "power failures of all machines", true)                                           \
    X(died_before, "power failures before a write or sync", true)                                  \
    X(died_torn, "power failures within a write or sync", true)                                    \
    X(died_after, "power failures after a write or sync", true)                                    \
    X(killed, "processes killed between two operations of the disk", true)                         \
    X(killed_anywhere, "processes killed at any other time", true)                                 \
    X(died_starting, "power failures during a start", true)                                        \
    X(lost_writes, "writes lost", true)                                                            \
    X(misdirected, "writes misdirected", true)                                                     \
    X(astray, "writes into another file", true)                                                    \
    X(lost_batches, "database batches lost", true)                                                 \
    X(flips, "bits flipped", true)                                                                 \
    X(full, "disks full", true)                                                                    \
    X(failed_syncs, "syncs failed", true)                                                          \
    X(slow, "disks slow", true)                                                                    \
    X(old_copies, "logs restored from an old copy", true)                                          \
    X(old_backups, "logs and databases restored from old copies of one moment", true)              \
    X(unsure, "starts that did not know where the key stood, and followed", true)                  \
    X(sure_again, "and voted again when they knew", true)                                          \
    X(lost_logs, "logs lost", true)                                                                \
    X(lost_databases, "databases lost", true)                                                      \
    X(rot, "databases rotten", true)                                                               \
    X(scrubs, "databases scrubbed", true)                                                          \
    X(rot_read, "rot met by a read", true)                                                         \
    X(rot_scrubbed, "rot found by a scrub", true)                                                  \
    X(index_scrubbed, "rot of an index found by a scrub", true)                                    \
    X(index_renewed, "damaged indexes thrown away", true)                                          \
    X(index_made, "and made again while the node went on", true)                                   \
    X(rot_refused, "starts refused: damaged database", true)                                       \
    X(rot_stopped, "nodes that stopped by themselves because of rot", false)                       \
    X(set_aside, "databases set aside", true)                                                      \
    X(left_voting, "by nodes that still voted", true)                                              \
    X(left_silent, "by nodes that could not vote any more", false)                                 \
    X(aside_few, "not set aside yet: too few others in reach", true)                               \
    X(aside_turn, "not set aside yet: others first", true)                                         \
    X(aside_often, "not set aside: three were before", true)                                       \
    X(aside_no_log, "not set aside: the log is damaged, too", true)                                \
    X(rebuilt, "databases rebuilt from log and peers", true)                                       \
    X(moves, "restarts on another machine", true)                                                  \
    X(seconds, "copies of a machine started", true)                                                \
    X(starts, "starts", true)                                                                      \
    X(not_voting, "starts that could not vote at once, and said why", true)                        \
    X(refused_log, "starts refused: damaged log", true)                                            \
    X(refused_slot, "starts refused: damaged slot", true)                                          \
    X(stopped, "nodes that stopped by themselves", true)                                           \
    X(pending, "runs that ended with a proposal under way", false)                                 \
    X(muted, "keys muted", true)                                                                   \
    X(unnoticed, "pairs of machines with one key that never differed", false)                      \
    X(completed, "slots written at a start", true)                                                 \
    X(torn_tails, "torn tails of a log", true)                                                     \
    X(synced, "windows of block sync", true)                                                       \
    X(fetched, "bodies asked for", true)                                                           \
    X(punished, "foes cut off", true)                                                              \
    X(evidence, "double votes reported", true)                                                     \
    X(equivocations, "double proposals", true)                                                     \
    X(double_votes, "NULLIFY and FINALIZE in one view", true)                                      \
    X(silenced, "frames never said", true)                                                         \
    X(late, "frames seconds late", true)                                                           \
    X(forged, "forged frames", true)                                                               \
    X(withheld, "bodies withheld", true)                                                           \
    X(bursts, "bursts of more than may wait", true)                                                \
    X(full_queues, "events with a queue at its bound", true)                                       \
    X(unread, "bulk frames not read, for a queue had no room", true)                               \
    X(flooded, "frames of floods", true)                                                           \
    X(gifts, "votes given to one node", true)                                                      \
    X(wrong_blocks, "blocks with a wrong state root", true)                                        \
    X(invalid, "blocks judged invalid", true)                                                      \
    X(twin_votes, "votes of a twin", true)                                                         \
    X(reexecuted, "blocks executed again by an observer", true)                                    \
    X(ledgers, "databases read whole at the end", true)

struct simnode_counters {
#define SIMNODE_COUNTER_MEMBER(name, text, required) uint64_t name;
    SIMNODE_COUNTERS(SIMNODE_COUNTER_MEMBER)
#undef SIMNODE_COUNTER_MEMBER
};

void simnode_counters_add(struct simnode_counters *sum, const struct simnode_counters *run);
void simnode_counters_print(FILE *out, const struct simnode_counters *counters);
/* simnode_counters_missing prints what must have been reached and was not; how many. */
uint32_t simnode_counters_missing(FILE *out, const struct simnode_counters *counters);

/* One machine dies at a given operation of its disk, instead of the configuration's faults. */
struct simnode_death {
    uint16_t host;
    uint64_t operation; /* 0: nobody dies */
    int moment; /* enum vdisk_moment */
};

struct simnode_options {
    uint64_t seed;
    const struct simnode_config *config;
    struct simnode_death death;
    FILE *trace; /* NULL: silent */
};

struct simnode_result {
    bool ok;
    char failure[240]; /* "12.034s n2: I4: two NOTARIZE in view 17" */
    uint64_t story; /* hash of the transcript */
    uint64_t good_ms; /* since when the network was good */
    uint64_t done_ms; /* everything final everywhere, after that */
    uint64_t end_ms; /* virtual time of the whole run */
    uint64_t operations; /* of the disk of host 0 */
    struct simnode_counters counters;
};

struct simnode_result simnode_run(const struct simnode_options *options);

#endif
