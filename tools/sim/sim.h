/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SIM_SIM_H
#define TOOLS_SIM_SIM_H

/* The seeded simulator of a whole consortium: production consensus code, and a network, disks,
 * signers, applications and adversaries that exist in memory only. Virtual time, one random number
 * generator; (seed, configuration, program) determine every byte of the output. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "consensus/cons.h"

#define SIM_NODES_MAX 10

/* How a Byzantine node deviates. All of them run the production state machine and lie around it. */
enum sim_adversary {
    SIM_HONEST,
    SIM_MIXED, /* all of the below, drawn per occasion */
    SIM_SILENT, /* never says anything */
    SIM_EQUIVOCATOR, /* two blocks to two halves, bodies to some */
    SIM_WITHHOLDER, /* proposes and votes, but never gives a body away */
    SIM_REPLAYER, /* sends old messages again */
    SIM_GIFT_GIVER, /* gives each vote to one other node only */
    SIM_FALSE_LOCK, /* nullifies with any lock */
    SIM_BAD_PARENT, /* builds on older parents, admissible and inadmissible */
    SIM_OUTDATED, /* everything it says is seconds late */
    SIM_FORGER, /* certificates nobody signed */
    SIM_BOASTER, /* hints of huge views, heights and levels */
    SIM_ADVERSARIES
};

/* Seeded bugs of the node around the core; those inside it are CONS_MUTANT builds. */
enum sim_bug {
    SIM_BUG_NONE,
    SIM_BUG_EARLY_RELEASE, /* a vote leaves before it is synced */
    SIM_BUG_TRUST_HELD_SKIP, /* D1: a Z is believed because a Z of that view is held */
    SIM_BUG_CACHE_BLOCK, /* D1: a cached vote is reused for another block */
    SIM_BUG_CACHE_BYTES, /* D1: a cached vote is reused with other signature bytes */
    SIM_BUGS
};

struct sim_config {
    const char *name;
    const char *what; /* one line for --help */
    uint16_t nodes;
    uint16_t byzantine;
    enum sim_adversary adversary;
    uint32_t loss_percent; /* before GST */
    uint32_t t0_ms;
    bool crashes;
    bool calm; /* no faults, GST = 0, fixed delay, work without end: the good case */
    bool wipes; /* one node loses log and database, keeps its slot (D6) */
    bool unable; /* verdicts that cannot be given, at times */
    bool shared_orgs; /* two validators an organisation */
};

/* sim_config_find returns NULL for an unknown name; sim_config_at NULL beyond the last. */
const struct sim_config *sim_config_find(const char *name);
const struct sim_config *sim_config_at(uint32_t index);
const char *sim_adversary_name(enum sim_adversary adversary);

/* States reached, to see that a run tested something. One row a counter. */
#define SIM_COUNTERS(X)                                                                            \
    X(blocks, "blocks finalised")                                                                  \
    X(views, "highest view")                                                                       \
    X(events, "events")                                                                            \
    X(messages, "messages sent")                                                                   \
    X(casts, "votes cast")                                                                         \
    X(notarize, "NOTARIZE votes")                                                                  \
    X(nullify, "NULLIFY votes")                                                                    \
    X(finalize, "FINALIZE votes")                                                                  \
    X(jump_finalize, "FINALIZE for a view ahead of the node's")                                    \
    X(entered_notarized, "views entered by N")                                                     \
    X(entered_nullified, "views entered by Z")                                                     \
    X(entered_final, "views entered by F")                                                         \
    X(late_notarized, "N learnt after its view was left")                                          \
    X(skip_over, "justifications that skip two views or more")                                     \
    X(lock_carried, "NULLIFY votes with a lock above 0")                                           \
    X(just_refused, "justifications refused")                                                      \
    X(fetches, "bodies fetched")                                                                   \
    X(syncs, "block syncs")                                                                        \
    X(validations, "blocks validated")                                                             \
    X(invalid, "blocks judged invalid")                                                            \
    X(unable, "verdicts not given")                                                                \
    X(empty, "empty blocks built")                                                                 \
    X(crashes, "crashes")                                                                          \
    X(log_ahead, "restarts with the log ahead of the slot")                                        \
    X(torn, "restarts with an unsynced tail lost")                                                 \
    X(wiped, "restarts with log and database lost")                                                \
    X(evidence, "double votes reported")                                                           \
    X(equivocations, "double proposals made by adversaries")                                       \
    X(inadmissible, "inadmissible parents proposed by adversaries")                                \
    X(forged, "forged certificates sent")                                                          \
    X(level_max, "highest back-off level")                                                         \
    X(appended, "certificates appended to the log")                                                \
    X(sent, "messages to one")                                                                     \
    X(broadcast, "messages to all")                                                                \
    X(timers_set, "timers set")                                                                    \
    X(timers_cancelled, "timers cancelled")                                                        \
    X(builds, "builds begun")                                                                      \
    X(builds_cancelled, "builds cancelled")                                                        \
    X(delivered, "deliveries")                                                                     \
    X(pruned, "prunings")                                                                          \
    X(null_timer, "NULLIFY because the view's time was over")                                      \
    X(null_build, "NULLIFY because the build failed")                                              \
    X(null_invalid, "NULLIFY because the block is invalid")                                        \
    X(null_leader, "NULLIFY because the leader gave up")                                           \
    X(just_start, "justification E taken")                                                         \
    X(just_next, "justification J1 taken")                                                         \
    X(just_skip, "justification J2 taken")                                                         \
    X(bad_start, "E refused: not view 1")                                                          \
    X(bad_next, "J1 refused: not of the view before")                                              \
    X(bad_skip, "J2 refused: Z not of the view before")                                            \
    X(bad_lock, "J2 refused: a lock above the parent")                                             \
    X(bad_parent, "J2 refused: parent not below the view before")                                  \
    X(jump_notarized, "views jumped by N")                                                         \
    X(jump_nullified, "views jumped by Z")                                                         \
    X(jump_final, "views jumped by F")                                                             \
    X(two_notarize, "E1 two NOTARIZE")                                                             \
    X(finalize_nullify, "E2 FINALIZE and NULLIFY")                                                 \
    X(two_finalize, "E3 two FINALIZE")                                                             \
    X(false_lock, "E4 FINALIZE and a NULLIFY that denies it")                                      \
    X(two_nullify, "E5 two NULLIFY")                                                               \
    X(helped_view, "R9: a peer behind told the view")                                              \
    X(helped_final, "R9: a peer behind told what is final")                                        \
    X(helped_self, "R9: blocks asked of a peer ahead")                                             \
    X(relayed, "R2b: the leader told that it may begin")                                           \
    X(level_views, "level raised by views without finality")                                       \
    X(level_sticky, "level kept after finality")                                                   \
    X(level_hints, "level raised by the others")                                                   \
    X(restart_nothing, "restarts in a view without a vote")                                        \
    X(restart_notarized, "restarts after NOTARIZE")                                                \
    X(restart_nullified, "restarts after NULLIFY")                                                 \
    X(restart_finalized, "restarts after FINALIZE")                                                \
    X(redelivered, "deliveries repeated at a restart")                                             \
    X(shadow_steps, "steps replayed and compared")

struct sim_counters {
#define SIM_COUNTER_MEMBER(name, text) uint64_t name;
    SIM_COUNTERS(SIM_COUNTER_MEMBER)
#undef SIM_COUNTER_MEMBER
};

/* sim_counters_add sums, and takes the maximum of views and level_max. */
void sim_counters_add(struct sim_counters *sum, const struct sim_counters *run);
void sim_counters_print(FILE *out, const struct sim_counters *counters);

/* What the correct nodes did, for a judge beside the oracles. */
struct sim_observer {
    void *context;
    void (*begin)(void *context, uint16_t count, uint64_t correct); /* bitmap of nodes */
    /* A vote was issued (block: what it is about, or NULL), to be this record of the node's log. */
    void (*cast)(void *context, uint16_t node, uint32_t record, const struct vote *vote,
                 const struct cons_block *block);
    void (*learnt)(void *context, uint16_t node, const struct cert *cert);
    /* A crash: this record of the log and all after it are gone, and were never sent. Wiped: the
     * log is empty and counts from 0 again. */
    void (*lost)(void *context, uint16_t node, uint32_t record, bool wiped);
};

struct sim_options {
    uint64_t seed;
    const struct sim_config *config;
    enum sim_bug bug;
    FILE *trace; /* NULL: silent */
    bool trace_all; /* also what arrives */
    const struct sim_observer *observer; /* NULL: nobody */
    bool shadow; /* G9: replay every step on a second state and compare */
};

struct sim_result {
    bool ok;
    char failure[200]; /* "1.204s n2: I7: no justification", "liveness: ..." */
    uint64_t done_ms; /* everything final everywhere, after GST */
    uint64_t gst_ms;
    struct sim_counters counters;
};

/* sim_run plays one seed to its end. */
struct sim_result sim_run(const struct sim_options *options);

/* ---- scripted runs (scenarios) -------------------------------------------------------------- */

struct sim; /* one consortium under a script */

/* sim_open makes a calm network of n honest nodes with a fixed one-way delay and no work; nothing
 * is lost or late until the script says so. Gives; sim_close frees. */
struct sim *sim_open(uint16_t nodes, uint32_t delay_ms, const struct cons_params *params,
                     FILE *trace);
void sim_close(struct sim *sim);
/* sim_until runs to this moment. */
void sim_until(struct sim *sim, uint64_t ms);
void sim_crash(struct sim *sim, uint16_t node); /* what was not synced is lost */
void sim_restart(struct sim *sim, uint16_t node); /* from its disk */
/* sim_cut drops messages from one node to another; sim_join ends it. */
void sim_cut(struct sim *sim, uint16_t from, uint16_t to);
void sim_join(struct sim *sim, uint16_t from, uint16_t to);
/* sim_drop drops messages of one kind from one node to another (CONS_NONE: from or to any), in
 * addition to what is dropped already; sim_drop_none ends all of it. */
void sim_drop(struct sim *sim, uint16_t from, uint16_t to, enum cons_msg_kind kind);
void sim_drop_none(struct sim *sim);
/* sim_submit puts transaction 0..63 into every pool that is up. */
void sim_submit(struct sim *sim, uint32_t tx);
void sim_say(struct sim *sim, const char *text); /* a comment line of the transcript */
struct cons_status sim_status(const struct sim *sim, uint16_t node);
const char *sim_failure(const struct sim *sim); /* NULL while all oracles hold */
const struct sim_counters *sim_counters(const struct sim *sim);
bool sim_is_final(const struct sim *sim, uint32_t tx); /* at every node that is up */
/* sim_restart_delay_ms sets how long a sync of the log takes from now on. */
void sim_sync_ms(struct sim *sim, uint32_t ms);

#endif
