/* SPDX-License-Identifier: Apache-2.0 */
/* Between a foe's node and the network: the node is the production one and believes itself honest;
 * what leaves its machine is dropped, held back, doubled or changed according to its role. */
#include "tools/simnode/run.h"

#include <string.h>

#define LATE_US 2500000u
#define FLOOD_COPIES 8
#define FLOOD_US 50000u
#define FLOOD_FRAMES 6
#define BURST_PERCENT 2 /* of moments to flood */
#define FORGE_PERCENT 15
#define HASTY_PERCENT 20

/* foe_pass sends a frame as it is, after the judge has heard of what it signs. */
static void pass(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
                 struct bytes frame, uint64_t extra_us)
{
    judge_frame(run, host, frame);
    wire_send(run->cluster, host->index, to, channel, frame, extra_us);
}

static bool is_vote(uint8_t kind)
{
    return kind == FRAME_VOTE || kind == FRAME_NULLIFY;
}

static bool is_block(uint8_t kind)
{
    return kind == FRAME_BODY || kind == FRAME_HEADER || kind == FRAME_SYNC_RESPONSE;
}

static bool has_cert(uint8_t kind)
{
    return kind == FRAME_PROPOSE || kind == FRAME_NULLIFY || kind == FRAME_CERT;
}

/* in_second_half: which of two stories this peer is told. */
static bool in_second_half(const struct host *host, uint16_t to)
{
    return ((to + host->index) & 1) != 0;
}

static void equivocate(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
                       struct bytes frame)
{
    const bool second = in_second_half(host, to);
    if ((second && forge_header(run, host, to, channel, frame, false)) ||
        (second && forge_contradiction(run, host, to, frame))) {
        return;
    }
    pass(run, host, to, channel, frame, 0);
}

static void give(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
                 struct bytes frame)
{
    const uint64_t view = cons_status(node_consensus(host->node)).view;
    if (!is_vote(frame.data[0]) || to == (host->index + 1 + view) % run->validators) {
        run->result.counters.gifts += is_vote(frame.data[0]);
        pass(run, host, to, channel, frame, 0);
    } else {
        judge_frame(run, host, frame); /* signed it is */
    }
}

void foe_send(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
              struct bytes frame)
{
    struct simnode_counters *counters = &run->result.counters;
    const uint8_t kind = frame.data[0];
    const enum simnode_role role = run->witnesses[host->index].role;
    if (kind == FRAME_HELLO) {
        wire_send(run->cluster, host->index, to, channel, frame, 0);
    } else if (role == SIMNODE_SILENT) {
        counters->silenced++;
    } else if (role == SIMNODE_OUTDATED) {
        counters->late++;
        pass(run, host, to, channel, frame, LATE_US);
    } else if (role == SIMNODE_WITHHOLDER && is_block(kind)) {
        counters->withheld++;
    } else if (role == SIMNODE_GIFT_GIVER) {
        give(run, host, to, channel, frame);
    } else if (role == SIMNODE_EQUIVOCATOR) {
        equivocate(run, host, to, channel, frame);
    } else if (role == SIMNODE_WRONG_EXECUTOR &&
               forge_header(run, host, to, channel, frame, true)) {
        counters->wrong_blocks += kind == FRAME_PROPOSE;
    } else if (role == SIMNODE_FORGER && rng_percent(&run->rng, FORGE_PERCENT) &&
               ((has_cert(kind) && forge_cert(run, host, to, frame)) ||
                forge_damage(run, host, to, channel, frame))) {
        counters->forged++;
    } else {
        pass(run, host, to, channel, frame, 0);
        for (int i = 0; role == SIMNODE_FLOODER && i < FLOOD_COPIES; i++) {
            counters->flooded++;
            wire_send(run->cluster, host->index, to, channel, frame, 0);
        }
    }
}

bool foe_receive(struct run *run, struct host *host, uint16_t from, enum env_channel channel,
                 struct bytes frame)
{
    const enum simnode_role role = run->witnesses[host->index].role;
    if (role == SIMNODE_FORGER && frame.data[0] == FRAME_VOTE &&
        rng_percent(&run->rng, HASTY_PERCENT)) {
        forge_hasty(run, host, frame);
        run->result.counters.forged++;
    }
    return (role == SIMNODE_EQUIVOCATOR || role == SIMNODE_WRONG_EXECUTOR) &&
           forge_request(run, host, from, channel, frame);
}

/* flood: rubbish of every kind to everybody, again and again. */
static void flood(void *context, uint64_t number)
{
    struct run *run = context;
    struct host *host = &run->cluster->hosts[number];
    const bool burst = rng_percent(&run->rng, BURST_PERCENT);
    for (uint16_t to = 0; host->node != NULL && to < run->validators; to++) {
        if (burst && to != host->index) {
            run->result.counters.bursts++;
            forge_burst(run, host, to);
        }
        for (int i = 0; to != host->index && i < FLOOD_FRAMES; i++) {
            run->result.counters.flooded++;
            forge_rubbish(run, host, to);
        }
    }
    if (!run->good || client_done(run) == false) {
        cluster_at(run->cluster, FLOOD_US, flood, run, number);
    }
}

/* twin starts a second machine with the key of a foe. Each of the two is cut off from the other. */
static void twin(struct run *run, struct host *first, uint16_t index)
{
    struct host *second = &run->cluster->hosts[index];
    second->observer = false;
    second->validator = first->validator;
    second->key = first->key;
    memcpy(second->node_key, first->node_key, sizeof second->node_key);
    host_new_slot(second);
    run->witnesses[index] = (struct witness){.role = SIMNODE_TWIN};
    run->signer_of[index] = run->signer_of[first->index];
    wire_drop(run->cluster, first->index, index, UINT32_MAX);
    machine_start(run, second);
}

void foe_start(struct run *run)
{
    uint16_t next = run->validators;
    for (uint16_t i = 0; i < run->validators; i++) {
        if (run->witnesses[i].role == SIMNODE_TWIN) {
            twin(run, &run->cluster->hosts[i], next++);
        } else if (run->witnesses[i].role == SIMNODE_FLOODER) {
            cluster_at(run->cluster, FLOOD_US, flood, run, i);
        }
    }
}
