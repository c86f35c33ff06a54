/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SIMNODE_RUN_H
#define TOOLS_SIMNODE_RUN_H

/* The state of one run; private to this folder. */

#include "consensus/cons.h"
#include "ledger/chain/encode.h"
#include "ledger/chain/merkle.h"
#include "ledger/crypto/hash.h"
#include "ledger/store/chain_view.h"
#include "ledger/store/scrub.h"
#include "node/core/log.h"
#include "node/core/peer_frame.h"
#include "node/core/repair.h"
#include "tools/simnode/cluster.h"
#include "tools/simnode/simnode.h"

#define RUN_ORDERS 24u
#define RUN_HEIGHTS 4096u
#define RUN_CERTS 4096u /* slots of the set of certificates looked at */
#define RUN_FORGERIES 64u

/* --- clients (orders.c, client.c)
 * ------------------------------------------------------------------------- */

struct run;

enum order_kind {
    ORDER_PERSON, /* one more person, whom nobody else registers */
    ORDER_SAME_PERSON, /* a person whom other organisations register, too */
    ORDER_SAME_KEY, /* a person of its own with two keys, one of which others register, too */
    ORDER_FACILITY,
    ORDER_ACCOUNT, /* of a facility's month, which every node calculates */
    ORDER_WRONG_ACCOUNT, /* the same, its total off by a gram: never right, whoever else competes */
    ORDER_LATE /* one more person, good for so short a time that it may come too late */
};

struct order {
    struct run *run;
    enum order_kind kind;
    uint32_t number; /* among the orders */
    uint32_t group; /* number of the first that competes for the same thing; its own: nobody does */
    uint32_t after; /* not given before this one is final; its own number: at any time */
    uint32_t facility; /* number of the order that registers its facility */
    uint16_t organisation;
    struct bytes raw; /* empty: not given yet */
    struct hash tx_id;
    uint16_t host; /* where it was brought last */
    bool sent, waiting;
    bool final, refused; /* as somebody was told; one of the two, for ever */
    bool has_receipt;
    uint32_t refusals;
    uint64_t delay_us, sent_us;
    uint64_t valid_until_ms;
    uint64_t known_ms; /* time of the last final block where it was brought, then */
    uint64_t height; /* once final, with where it stands */
    struct hash block_id;
    struct hash receipt;
    bool stands; /* in a block of the chain, whether somebody was told or not */
    uint64_t stands_at;
};

/* orders_plan says what is ordered and after how long, counted from the start or from the end of
 * what it waits for; orders_make writes and signs an order. */
void orders_plan(struct run *run);
void orders_make(struct run *run, struct order *order);
/* orders_is_rule: this refusal decides the order. Others say that it must be brought again. */
bool orders_is_rule(struct run *run, const struct order *order, const struct node_answer *answer);
/* orders_final_count is how many orders of a run take effect. */
uint32_t orders_final_count(const struct run *run, struct chain_view *view);
/* orders_judge holds an honest machine's state against what clients were told. */
void orders_judge(struct run *run, struct host *host);

/* client_start begins to bring orders, client_done says whether all are decided that must be. Who
 * came late may have to wait for a final block of a later time, which nobody needs. */
void client_start(struct run *run);
bool client_done(const struct run *run);
/* client_gone: whoever waited at this host waits in vain. */
void client_gone(struct run *run, const struct host *host);

/* --- what was said (votes.c)
 * -------------------------------------------------------------------- */

struct said {
    struct vote vote;
    bool checked; /* against the disk and the other votes of its signer */
    bool rests; /* a NOTARIZE: its block was looked for on the disk */
};

struct view_record {
    struct said *votes;
    uint32_t count, capacity;
    bool notarized, finalized;
    struct hash notarized_id, finalized_id;
    uint64_t skip_lock; /* lowest maxlock of a Z that these votes can make; UINT64_MAX: none */
};

/* votes_own judges a vote that an honest machine sends of itself, votes_seen notes one of anybody
 * whose signature is good. */
void votes_own(struct run *run, struct host *host, const struct vote *vote);
void votes_seen(struct run *run, const struct vote *vote);
/* votes_log walks the votes in a machine's log (I3). */
void votes_log(struct run *run, struct host *host);
/* votes_stand looks at a machine that is off: does its slot know of votes that its log does not?
 * Then it must not vote in these views again, nor at all before one of them or a later one is known
 * to be final (D6). */
void votes_stand(struct run *run, struct host *host);
/* votes_cert judges a certificate that an honest machine sends or stores. */
void votes_cert(struct run *run, struct host *host, const struct cert *cert);

/* --- checkers (judge.c, chain.c, ending.c)
 * ------------------------------------------------------ */

/* What was last seen of a machine. */
struct witness {
    bool honest; /* its key is not a foe's */
    enum simnode_role role;
    bool unlucky; /* its disk may damage data, its clock may be far off */
    bool retired; /* its key will never vote again: runs as an observer */
    bool muted; /* it was: for ever */
    bool copy; /* a second machine of an honest key */
    uint64_t view, final_view, high_view, height; /* since the last start */
    uint64_t stood; /* view of the slot at the last start where the log was older; else 0 */
    bool lost; /* it has not learnt yet what became of that view */
    uint64_t durable_height; /* told to somebody; a restart must find it */
    uint64_t followed; /* blocks of its database that were looked at */
    uint64_t frame; /* hash of the last frame judged: one goes to each peer */
    uint64_t restart_us; /* 0: nobody has thought of it */
    bool rotten; /* records of its database went bad since that was empty */
    unsigned renewed; /* indexes it has thrown away, as was seen last */
    bool making; /* and makes again */
    bool sick; /* and some of them are still there to be read */
    bool rebuilding; /* its database was set aside and has not all of it again */
    uint64_t damaged_us; /* since when its process knows of the damage, 0: it does not */
    uint64_t scrub_us; /* when the next pass is due */
    enum repair_answer answer; /* the last one */
    unsigned aside; /* databases that were set aside, some of them before the run */
};

void judge_frame(struct run *run, struct host *host, struct bytes frame);
void judge_state(struct run *run, struct host *host);
/* judge_started looks at what a start found. */
void judge_started(struct run *run, struct host *host);
/* chain_follow looks at the blocks that a machine has had since it was asked last. */
void chain_follow(struct run *run, struct host *host);
/* judge_end holds all chains against each other and against what was acknowledged. */
void judge_end(struct run *run);
/* ending_settled: every honest machine is up and at the same height. */
bool ending_settled(const struct run *run);

/* --- faults (plan.c, machine.c)
 * ----------------------------------------------------------------- */

void plan_start(struct run *run);
/* plan_heal makes the network good and switches everything on. */
void plan_heal(struct run *run);
/* machine_start switches on, doing what an operator does when the node refuses. */
void machine_start(struct run *run, struct host *host);
void machine_crash(struct run *run, struct host *host, uint64_t off_us);
void machine_died(struct run *run, struct host *host);
/* machine_damage crashes an unlucky machine and does this to its disk before it starts again. */
void machine_damage(struct run *run, struct host *host, enum simnode_fault fault);
/* machine_second starts a copy of host on the spare machine. */
void machine_second(struct run *run, struct host *host);

/* --- databases (keeper.c)
 * ------------------------------------------------------------------------ */

/* keeper_start begins to look after the databases of all honest machines. */
void keeper_start(struct run *run);
void keeper_started(struct run *run, const struct host *host);
/* keeper_rot makes records of one family of a machine's database unreadable. */
void keeper_rot(struct run *run, struct host *host, uint32_t family);
/* keeper_refused: a machine that is off cannot use its database, for it is damaged. */
void keeper_refused(struct run *run, struct host *host);
/* keeper_scrub reads a whole database, as the scrub of a node does: how much is wrong, and what
 * first. With signatures those of certificates are verified, too. */
uint32_t keeper_scrub(struct run *run, struct host *host, bool signatures,
                      struct scrub_finding *first);
/* keeper_is_sound: there is no damage, known or not, and no rebuilding. */
bool keeper_is_sound(const struct run *run, const struct host *host);

/* --- adversaries (foe.c, forge.c)
 * --------------------------------------------------------------- */

/* A header that a foe shows instead of its own. */
struct forgery {
    uint16_t host;
    struct hash own, shown;
    struct header header;
};

void foe_start(struct run *run);
/* foe_send says what leaves a foe's machine instead; always dealt with. */
void foe_send(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
              struct bytes frame);
/* foe_receive may change what its node hears; true: dealt with. */
bool foe_receive(struct run *run, struct host *host, uint16_t from, enum env_channel channel,
                 struct bytes frame);
/* forge_* build frames; false when there is nothing to forge. They send what they built. */
bool forge_header(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
                  struct bytes frame, bool wrong_root);
bool forge_request(struct run *run, struct host *host, uint16_t from, enum env_channel channel,
                   struct bytes frame);
bool forge_contradiction(struct run *run, struct host *host, uint16_t to, struct bytes frame);
bool forge_cert(struct run *run, struct host *host, uint16_t to, struct bytes frame);
bool forge_damage(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
                  struct bytes frame);
/* forge_hasty makes an N of a vote it heard and its own, before there is one. */
void forge_hasty(struct run *run, struct host *host, struct bytes frame);
void forge_rubbish(struct run *run, struct host *host, uint16_t to);
/* forge_burst sends more at once than a peer may have waiting. */
void forge_burst(struct run *run, struct host *host, uint16_t to);

/* --- the run
 * ------------------------------------------------------------------------------------ */

/* What an operator keeps of a machine: log and database of one moment. */
struct backup {
    struct vdisk_copy log;
    struct kv *database; /* while log.taken */
};

struct run {
    struct simnode_options options;
    const struct simnode_config *config;
    struct cluster *cluster;
    struct rng rng; /* of plan and foes: the network's own is the cluster's */
    uint16_t validators, faulty, quorum;
    uint16_t spare; /* host: observer at the end, or the copy of a machine */
    const struct valset *valset;
    struct valset valset_copy;
    uint16_t signer_of[CLUSTER_HOSTS_MAX]; /* index in V_e of each host's key */
    bool honest_signer[LIMIT_VALIDATORS];
    struct witness witnesses[CLUSTER_HOSTS_MAX];
    struct backup backups[CLUSTER_HOSTS_MAX];
    struct order orders[RUN_ORDERS];
    uint32_t decided; /* orders */
    struct view_record *views;
    uint64_t view_count;
    struct hash ids[RUN_HEIGHTS], roots[RUN_HEIGHTS];
    bool known[RUN_HEIGHTS];
    uint64_t counted; /* blocks of the chain whose transactions were counted */
    struct header last; /* of them */
    struct merkle_log history; /* of all of them */
    uint64_t height; /* highest final */
    uint64_t height_us; /* since when */
    struct hash certs[RUN_CERTS]; /* looked at */
    struct header *headers; /* proposed by anybody */
    struct hash *header_ids;
    uint32_t header_count, header_capacity;
    struct forgery forgeries[RUN_FORGERIES];
    uint32_t forgery_count;
    bool good; /* the network is */
    bool idle; /* all is done: only STATUS may be said */
    uint64_t good_us;
    struct simnode_result result;
};

/* run_fail keeps the first failure. host may be NULL. */
void run_fail(struct run *run, const struct host *host, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline bool run_failed(const struct run *run)
{
    return !run->result.ok;
}

#endif
