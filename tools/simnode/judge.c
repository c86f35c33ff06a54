/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked at while a run goes on: every frame an honest machine sends, and its state after
 * every event. */
#include "tools/simnode/run.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_ARENA (256u * 1024)
#define LOSSES                                                                                     \
    (SIMNODE_LIE | SIMNODE_FLIP | SIMNODE_OLD | SIMNODE_LOST_LOG | SIMNODE_LOST_DATABASE |         \
     SIMNODE_MOVE)

/* --- frames
 * -------------------------------------------------------------------------------------- */

static void note_header(struct run *run, struct bytes raw)
{
    struct header header;
    struct hash id;
    if (header_decode(&header, raw) != OK) {
        return;
    }
    header_id(&id, &header);
    for (uint32_t i = run->header_count; i > 0; i--) {
        if (hash_equal(&run->header_ids[i - 1], &id)) {
            return;
        }
    }
    if (run->header_count == run->header_capacity) {
        run->header_capacity = run->header_capacity == 0 ? 64 : 2 * run->header_capacity;
        run->headers = realloc(run->headers, run->header_capacity * sizeof *run->headers);
        run->header_ids = realloc(run->header_ids, run->header_capacity * sizeof *run->header_ids);
        if (run->headers == NULL || run->header_ids == NULL) {
            abort();
        }
    }
    run->headers[run->header_count] = header;
    run->header_ids[run->header_count++] = id;
}

static void judge_vote(struct run *run, struct host *host, struct bytes raw)
{
    struct vote vote;
    if (vote_decode(&vote, raw) != OK) {
        run_fail(run, host, "sends a vote that does not decode");
    } else if (!run->witnesses[host->index].honest) {
        votes_seen(run, &vote);
        run->result.counters.twin_votes +=
            run->witnesses[host->index].role == SIMNODE_TWIN && host->index >= run->validators;
    } else if (run->witnesses[host->index].retired) {
        run_fail(run, host, "a key that must never vote again does");
    } else if (run->witnesses[host->index].copy) {
        votes_seen(run, &vote); /* whatever it says, the key has not said otherwise */
    } else {
        votes_own(run, host, &vote);
    }
}

static void judge_just(struct run *run, struct host *host, struct bytes raw)
{
    struct just just;
    if (raw.size == 0 || !run->witnesses[host->index].honest) {
        return; /* what a foe justifies is for the nodes to judge */
    }
    if (just_decode(&just, raw) != OK) {
        run_fail(run, host, "sends a justification that does not decode");
        return;
    }
    if (just.has_cert) {
        votes_cert(run, host, &just.cert);
    }
    if (just.kind == JUST_SKIP) {
        votes_cert(run, host, &just.nullified);
    }
}

static void judge_message(struct run *run, struct host *host, enum frame_kind kind,
                          const ProtobufCMessage *message)
{
    if (kind == FRAME_PROPOSE) {
        const Seam__PeerPropose *propose = (const Seam__PeerPropose *)message;
        note_header(run, frame_bytes(propose->header));
        judge_just(run, host, frame_bytes(propose->just));
        judge_vote(run, host, frame_bytes(propose->vote));
    } else if (kind == FRAME_VOTE) {
        judge_vote(run, host, frame_bytes(((const Seam__PeerVote *)message)->vote));
    } else if (kind == FRAME_NULLIFY) {
        const Seam__PeerNullify *nullify = (const Seam__PeerNullify *)message;
        judge_just(run, host, frame_bytes(nullify->just));
        judge_vote(run, host, frame_bytes(nullify->vote));
    } else if (kind == FRAME_CERT) {
        const Seam__PeerCert *cert = (const Seam__PeerCert *)message;
        judge_just(run, host, frame_bytes(cert->just));
        struct cert final;
        if (run->witnesses[host->index].honest && cert->cert.len > 0 &&
            cert_decode(&final, frame_bytes(cert->cert)) == OK) {
            votes_cert(run, host, &final);
        }
    }
}

static bool is_known(struct witness *witness, struct bytes frame)
{
    uint64_t hash = frame.size;
    for (size_t i = 0; i < frame.size; i++) {
        hash = (hash ^ frame.data[i]) * UINT64_C(0x100000001b3);
    }
    const bool known = witness->frame == hash;
    witness->frame = hash;
    return known;
}

void judge_frame(struct run *run, struct host *host, struct bytes frame)
{
    struct witness *witness = &run->witnesses[host->index];
    const uint8_t kind = frame.data[0];
    run->result.counters.fetched += kind == FRAME_FETCH_BODY;
    run->result.counters.synced += kind == FRAME_SYNC_RESPONSE;
    if (run->idle && kind != FRAME_STATUS && kind != FRAME_HELLO) {
        run_fail(run, host, "G10: %s in an idle network", frame_row(kind)->name);
    }
    if ((kind != FRAME_PROPOSE && kind != FRAME_VOTE && kind != FRAME_NULLIFY &&
         kind != FRAME_CERT) ||
        is_known(witness, frame)) {
        return;
    }
    struct arena arena;
    enum frame_kind decoded;
    const ProtobufCMessage *message;
    arena_init(&arena, FRAME_ARENA);
    if (frame_decode(&decoded, &message, frame_row(kind)->channel, frame, &arena) != OK) {
        run_fail(run, host, "sends a frame that does not decode");
    } else {
        judge_message(run, host, decoded, message);
    }
    arena_free(&arena);
}

/* --- states
 * -------------------------------------------------------------------------------------- */

static void judge_head(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    struct chain_head head;
    host_head(host, &head);
    if (head.empty || (head.height == witness->height && run->known[head.height])) {
        return;
    }
    if (head.height < witness->height || head.height >= RUN_HEIGHTS) {
        run_fail(run, host, "I1: delivered height %llu after %llu", (unsigned long long)head.height,
                 (unsigned long long)witness->height);
        return;
    }
    if (!run->known[head.height]) {
        run->known[head.height] = true;
        run->ids[head.height] = head.id;
        run->roots[head.height] = head.state_root;
    }
    if (!hash_equal(&run->ids[head.height], &head.id) ||
        !hash_equal(&run->roots[head.height], &head.state_root)) {
        run_fail(run, host, "G3: another block or state at height %llu",
                 (unsigned long long)head.height);
    }
    witness->height = head.height;
    if (head.height > run->height) {
        run->height = head.height;
        run->height_us = run->cluster->now_us;
    }
    story_say(run->cluster, host, "is at height %llu", (unsigned long long)head.height);
    chain_follow(run, host);
}

static void judge_views(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    const struct cons_status status = cons_status(node_consensus(host->node));
    if (status.view < witness->view || status.final_view < witness->final_view ||
        status.high_view < witness->high_view) {
        run_fail(run, host, "I1: a view went back");
    }
    if (status.view != witness->view) {
        story_say(run->cluster, host, "enters view %llu", (unsigned long long)status.view);
    }
    if (witness->lost && status.may_vote) {
        witness->lost = false;
        run->result.counters.sure_again++;
        if (status.final_view < witness->stood) {
            run_fail(run, host,
                     "D6: votes again, knows view %llu final, and its slot stood at %llu",
                     (unsigned long long)status.final_view, (unsigned long long)witness->stood);
        }
    }
    witness->view = status.view;
    witness->final_view = status.final_view;
    witness->high_view = status.high_view;
}

/* A node that stops by itself must have had a reason that we made. */
static void judge_stop(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    enum node_stop_reason reason;
    if (!node_failed(host->node, &reason)) {
        return;
    }
    const bool made = host->disk.full || host->disk.fail_at_sync != 0 || witness->rotten;
    if (reason != NODE_STOP_STORAGE || !made) {
        run_fail(run, host, "stops by itself (reason %d)", (int)reason);
        return;
    }
    if (witness->restart_us == 0) {
        struct node_status status;
        node_status_get(host->node, &status);
        if (status.voting || status.not_voting_why[0] == '\0') {
            run_fail(run, host, "stopped, and does not say so");
        }
        run->result.counters.stopped++;
        run->result.counters.rot_stopped += !host->disk.full && host->disk.fail_at_sync == 0;
        witness->restart_us = run->cluster->now_us;
    }
}

/* I10: nothing that waits in a node is more than may. */
static void judge_queues(struct run *run, struct host *host)
{
    struct node_queue queues[NODE_QUEUES];
    node_queues(host->node, queues);
    for (size_t i = 0; i < NODE_QUEUES; i++) {
        if (queues[i].size > queues[i].bound) {
            run_fail(run, host, "I10: %llu %s, and %llu may be", (unsigned long long)queues[i].size,
                     queues[i].name, (unsigned long long)queues[i].bound);
        }
        run->result.counters.full_queues += queues[i].size == queues[i].bound;
    }
}

void judge_state(struct run *run, struct host *host)
{
    const struct witness *witness = &run->witnesses[host->index];
    if (!witness->honest || run_failed(run)) {
        return;
    }
    judge_head(run, host);
    judge_views(run, host);
    judge_stop(run, host);
    judge_queues(run, host);
    const char *broken = cons_check(node_consensus(host->node));
    if (broken != NULL) {
        run_fail(run, host, "%s", broken);
    }
}

void judge_started(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    struct node_status status;
    const uint64_t height = host_height(host);
    if (height < witness->durable_height && witness->honest) {
        run_fail(run, host, "starts at height %llu and had acknowledged %llu",
                 (unsigned long long)height, (unsigned long long)witness->durable_height);
    }
    witness->view = witness->final_view = witness->high_view = 0;
    witness->height = height;
    witness->followed = height < witness->followed ? height : witness->followed;
    witness->restart_us = 0;
    run->result.counters.starts++;
    if (witness->honest && run->valset != NULL) {
        votes_log(run, host);
    }
    node_status_get(host->node, &status);
    if (witness->muted && !status.muted) {
        run_fail(run, host, "has forgotten that its key is muted");
    }
    /* Only the unlucky, who lost something, and a machine that moved have a reason. A database that
     * was set aside is none: the log says where the node stood (docs/adr/0008). */
    const bool rots = (run->config->faults & SIMNODE_ROT) != 0;
    const bool lost = witness->unlucky && (!rots || (run->config->faults & LOSSES) != 0);
    const bool reason = lost || witness->copy || !witness->honest || host->observer;
    if (!status.voting && !reason) {
        run_fail(run, host, "does not vote after a start: %s", status.not_voting_why);
    }
    run->result.counters.unsure += witness->lost && !status.voting;
    if (!status.voting) {
        run->result.counters.not_voting++;
        if (status.not_voting_why[0] == '\0') {
            run_fail(run, host, "does not vote, and does not say why");
        }
    }
}
