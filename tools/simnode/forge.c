/* SPDX-License-Identifier: Apache-2.0 */
/* Building what a foe says: headers of its own shown in another form and signed anew, two votes
 * that contradict each other, certificates that nobody signed, rubbish. */
#include "tools/simnode/run.h"

#include <string.h>

#define FORGE_ARENA (512u * 1024)
#define RUBBISH_MAX 300
#define BURST_ARENA ((size_t)4 << 20)
#define BURST_SMALL 400 /* transactions of a burst, more than one peer may have at the door */
#define BURST_LARGE 10 /* and of this size, more than it may have before the door */
#define BURST_SIZE ((size_t)300 << 10)
#define BURST_LATE_US 20000u

static void sign_vote(struct run *run, const struct host *host, struct vote *vote)
{
    uint8_t message[VOTE_SIGNED_SIZE];
    vote_signed_bytes(message, &run->cluster->town.chain_id, SUITE_ED25519_SHA256, vote);
    sign_message(vote->signature, &host->key, bytes_of(message, sizeof message));
}

static void send_frame(struct run *run, struct host *host, uint16_t to, enum frame_kind kind,
                       const ProtobufCMessage *message, struct arena *arena, bool judged)
{
    struct bytes frame;
    if (frame_encode(&frame, kind, message, arena) == OK) {
        if (judged) {
            judge_frame(run, host, frame);
        }
        wire_send(run->cluster, host->index, to, frame_row((uint8_t)kind)->channel, frame, 0);
    }
}

/* --- headers shown in another form
 * --------------------------------------------------------------- */

static struct forgery *forgery_of(struct run *run, const struct host *host, const struct hash *id,
                                  bool shown)
{
    for (uint32_t i = 0; i < RUN_FORGERIES; i++) {
        struct forgery *at = &run->forgeries[i];
        if (at->host == host->index && hash_equal(shown ? &at->shown : &at->own, id)) {
            return at;
        }
    }
    return NULL;
}

/* show makes the other form of a header that this host leads with. */
static struct forgery *show(struct run *run, const struct host *host, const struct header *header,
                            bool wrong_root)
{
    struct hash own;
    header_id(&own, header);
    struct forgery *forgery = forgery_of(run, host, &own, false);
    if (forgery != NULL || header->proposer != run->signer_of[host->index]) {
        return forgery;
    }
    forgery = &run->forgeries[run->forgery_count++ % RUN_FORGERIES];
    *forgery = (struct forgery){.host = host->index, .own = own, .header = *header};
    if (wrong_root) {
        forgery->header.state_root.bytes[7] ^= 1;
    } else {
        forgery->header.time_ms++;
        run->result.counters.equivocations++;
    }
    header_id(&forgery->shown, &forgery->header);
    return forgery;
}

static struct forgery *show_raw(struct run *run, const struct host *host, struct bytes raw,
                                bool wrong_root)
{
    struct header header;
    return header_decode(&header, raw) == OK ? show(run, host, &header, wrong_root) : NULL;
}

static bool show_proposal(struct run *run, struct host *host, uint16_t to,
                          Seam__PeerPropose *propose, struct arena *arena, bool wrong_root)
{
    struct vote vote;
    uint8_t header[HEADER_SIZE];
    uint8_t raw[VOTE_SIZE];
    const struct forgery *forgery = show_raw(run, host, frame_bytes(propose->header), wrong_root);
    if (forgery == NULL || vote_decode(&vote, frame_bytes(propose->vote)) != OK) {
        return false;
    }
    vote.block_id = forgery->shown;
    sign_vote(run, host, &vote);
    header_encode(header, &forgery->header);
    vote_encode(raw, &vote);
    propose->header = frame_data(bytes_of(header, sizeof header));
    propose->vote = frame_data(bytes_of(raw, sizeof raw));
    send_frame(run, host, to, FRAME_PROPOSE, &propose->base, arena, true);
    return true;
}

static bool show_header(struct run *run, struct host *host, uint16_t to, Seam__PeerHeader *message,
                        struct arena *arena, bool wrong_root)
{
    uint8_t header[HEADER_SIZE];
    const struct forgery *forgery = show_raw(run, host, frame_bytes(message->header), wrong_root);
    if (forgery == NULL) {
        return false;
    }
    header_encode(header, &forgery->header);
    message->header = frame_data(bytes_of(header, sizeof header));
    send_frame(run, host, to, FRAME_HEADER, &message->base, arena, false);
    return true;
}

static bool show_body(struct run *run, struct host *host, uint16_t to, Seam__PeerBody *message,
                      struct arena *arena)
{
    struct hash id;
    memcpy(id.bytes, message->block_id.data, HASH_SIZE);
    const struct forgery *forgery = forgery_of(run, host, &id, false);
    if (forgery == NULL) {
        return false;
    }
    message->block_id = frame_data(hash_bytes(&forgery->shown));
    send_frame(run, host, to, FRAME_BODY, &message->base, arena, false);
    return true;
}

/* show_vote: a vote for its own form of a block becomes one for the shown form. */
static bool show_vote(struct run *run, struct host *host, uint16_t to, Seam__PeerVote *message,
                      struct arena *arena)
{
    struct vote vote;
    uint8_t raw[VOTE_SIZE];
    if (vote_decode(&vote, frame_bytes(message->vote)) != OK) {
        return false;
    }
    const struct forgery *forgery = forgery_of(run, host, &vote.block_id, false);
    if (forgery == NULL) {
        return false;
    }
    vote.block_id = forgery->shown;
    sign_vote(run, host, &vote);
    vote_encode(raw, &vote);
    message->vote = frame_data(bytes_of(raw, sizeof raw));
    send_frame(run, host, to, FRAME_VOTE, &message->base, arena, true);
    return true;
}

bool forge_header(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
                  struct bytes frame, bool wrong_root)
{
    struct arena arena;
    enum frame_kind kind;
    const ProtobufCMessage *message;
    bool done = false;
    arena_init(&arena, 4 * frame.size + FORGE_ARENA);
    if (frame_decode(&kind, &message, channel, frame, &arena) == OK) {
        ProtobufCMessage *copy = (ProtobufCMessage *)(uintptr_t)message;
        if (kind == FRAME_PROPOSE) {
            done = show_proposal(run, host, to, (Seam__PeerPropose *)copy, &arena, wrong_root);
        } else if (kind == FRAME_HEADER) {
            done = show_header(run, host, to, (Seam__PeerHeader *)copy, &arena, wrong_root);
        } else if (kind == FRAME_BODY) {
            done = show_body(run, host, to, (Seam__PeerBody *)copy, &arena);
        } else if (kind == FRAME_VOTE) {
            done = show_vote(run, host, to, (Seam__PeerVote *)copy, &arena);
        }
    }
    arena_free(&arena);
    return done;
}

/* forge_request: who asks for the body of a shown block is understood. */
bool forge_request(struct run *run, struct host *host, uint16_t from, enum env_channel channel,
                   struct bytes frame)
{
    struct arena arena;
    enum frame_kind kind;
    const ProtobufCMessage *message;
    struct bytes translated;
    bool done = false;
    if (frame.data[0] != FRAME_FETCH_BODY) {
        return false;
    }
    arena_init(&arena, FORGE_ARENA);
    if (frame_decode(&kind, &message, channel, frame, &arena) == OK) {
        Seam__PeerFetchBody *request = (Seam__PeerFetchBody *)(uintptr_t)message;
        struct hash id;
        memcpy(id.bytes, request->block_id.data, HASH_SIZE);
        const struct forgery *forgery =
            request->block_id.len == HASH_SIZE ? forgery_of(run, host, &id, true) : NULL;
        if (forgery != NULL) {
            request->block_id = frame_data(hash_bytes(&forgery->own));
            done = frame_encode(&translated, kind, &request->base, &arena) == OK;
        }
    }
    if (done) {
        node_on_frame(host->node, from, channel, translated);
    }
    arena_free(&arena);
    return done;
}

/* --- contradictions
 * ------------------------------------------------------------------------------ */

/* forge_contradiction turns a FINALIZE into a NULLIFY of the same view, with no lock (E2, E4). */
bool forge_contradiction(struct run *run, struct host *host, uint16_t to, struct bytes frame)
{
    struct arena arena;
    enum frame_kind kind;
    const ProtobufCMessage *message;
    struct vote vote;
    bool done = false;
    if (frame.data[0] != FRAME_VOTE) {
        return false;
    }
    arena_init(&arena, FORGE_ARENA);
    if (frame_decode(&kind, &message, ENV_CONTROL, frame, &arena) == OK &&
        vote_decode(&vote, frame_bytes(((const Seam__PeerVote *)message)->vote)) == OK &&
        vote.kind == VOTE_FINALIZE) {
        uint8_t raw[VOTE_SIZE];
        Seam__PeerNullify nullify = SEAM__PEER_NULLIFY__INIT;
        vote.kind = VOTE_NULLIFY;
        memset(&vote.block_id, 0, sizeof vote.block_id);
        sign_vote(run, host, &vote);
        vote_encode(raw, &vote);
        nullify.hints = ((const Seam__PeerVote *)message)->hints;
        nullify.vote = frame_data(bytes_of(raw, sizeof raw));
        send_frame(run, host, to, FRAME_NULLIFY, &nullify.base, &arena, true);
        run->result.counters.double_votes++;
        done = true;
    }
    arena_free(&arena);
    return done;
}

/* --- certificates
 * -------------------------------------------------------------------------------- */

/* spoil makes a good certificate a bad one, in one of the ways a checker must notice. */
static void spoil(struct run *run, struct cert *cert)
{
    const uint32_t count = (uint32_t)__builtin_popcountll(cert->signers);
    const uint64_t highest = UINT64_C(1) << (63 - __builtin_clzll(cert->signers));
    switch (rng_below(&run->rng, 6)) {
    case 0: /* a signature nobody made */
        cert->signatures[rng_below(&run->rng, count)][5] ^= 4;
        break;
    case 1: /* one signer too few */
        cert->signers &= ~highest;
        break;
    case 2: /* a signer beyond the set */
        cert->signers ^= highest;
        cert->signers |= UINT64_C(1) << run->validators;
        break;
    case 3: /* votes of one kind shown as another's */
        cert->kind = cert->kind == VOTE_NOTARIZE ? VOTE_FINALIZE : VOTE_NOTARIZE;
        break;
    case 4: /* another block */
        if (cert->kind != VOTE_NULLIFY) {
            cert->block_id.bytes[3] ^= 1;
        } else {
            cert->lock_views[0] ^= 1; /* or another lock */
        }
        break;
    default: /* another view */
        cert->view++;
        break;
    }
    cert->verified = false;
}

static struct bytes spoilt_just(struct run *run, struct bytes raw, uint64_t *view,
                                struct arena *arena)
{
    struct just just;
    if (raw.size == 0 || just_decode(&just, raw) != OK || !just.has_cert) {
        return bytes_of(NULL, 0);
    }
    const bool skip = just.kind == JUST_SKIP && rng_percent(&run->rng, 50);
    spoil(run, skip ? &just.nullified : &just.cert);
    if (just.kind == JUST_NEXT) {
        *view = just.cert.view + 1;
    }
    uint8_t *data = arena_alloc(arena, JUST_SIZE_MAX);
    struct writer writer = writer_of(data, JUST_SIZE_MAX);
    just_write(&writer, &just);
    return writer_bytes(&writer);
}

/* forge_cert sends CERT(J) with a spoilt J, or its N as if it were the F of a block. */
bool forge_cert(struct run *run, struct host *host, uint16_t to, struct bytes frame)
{
    struct arena arena;
    enum frame_kind kind;
    const ProtobufCMessage *message;
    ProtobufCBinaryData just = {0};
    Seam__PeerHints *hints = NULL;
    uint64_t view = cons_status(node_consensus(host->node)).view;
    arena_init(&arena, FORGE_ARENA);
    if (frame_decode(&kind, &message, ENV_CONTROL, frame, &arena) == OK) {
        if (kind == FRAME_PROPOSE) {
            just = ((const Seam__PeerPropose *)message)->just;
            hints = ((const Seam__PeerPropose *)message)->hints;
        } else if (kind == FRAME_NULLIFY) {
            just = ((const Seam__PeerNullify *)message)->just;
            hints = ((const Seam__PeerNullify *)message)->hints;
        } else if (kind == FRAME_CERT) {
            just = ((const Seam__PeerCert *)message)->just;
            hints = ((const Seam__PeerCert *)message)->hints;
        }
    }
    const struct bytes spoilt = spoilt_just(run, frame_bytes(just), &view, &arena);
    if (spoilt.size > 0) {
        Seam__PeerCert cert = SEAM__PEER_CERT__INIT;
        cert.hints = hints;
        cert.view = view;
        cert.just = frame_data(spoilt);
        send_frame(run, host, to, FRAME_CERT, &cert.base, &arena, false);
    }
    arena_free(&arena);
    return spoilt.size > 0;
}

/* forge_damage: a vote in another's name or with a signature nobody made, a body with a wrong byte.
 */
bool forge_damage(struct run *run, struct host *host, uint16_t to, enum env_channel channel,
                  struct bytes frame)
{
    struct arena arena;
    enum frame_kind kind;
    const ProtobufCMessage *message;
    uint8_t *target = NULL;
    if (frame.data[0] != FRAME_VOTE && frame.data[0] != FRAME_BODY) {
        return false;
    }
    arena_init(&arena, 4 * frame.size + FORGE_ARENA);
    if (frame_decode(&kind, &message, channel, frame, &arena) == OK && kind == FRAME_VOTE) {
        const ProtobufCBinaryData vote = ((const Seam__PeerVote *)message)->vote;
        if (rng_percent(&run->rng, 50)) {
            target = &vote.data[vote.len - 1 - rng_below(&run->rng, SIGNATURE_SIZE)];
            *target ^= 2;
        } else {
            target = &vote.data[1];
            *target = (uint8_t)((*target + 1u) % run->validators);
        }
    } else if (frame.data[0] == FRAME_BODY) {
        const ProtobufCBinaryData data = ((const Seam__PeerBody *)message)->data;
        target = &data.data[rng_below(&run->rng, data.len)];
        *target ^= 1;
    }
    if (target != NULL) {
        send_frame(run, host, to, kind, message, &arena, false);
    }
    arena_free(&arena);
    return target != NULL;
}

/* A certificate of the votes given: signatures stand in the order of the signers. */
static struct cert cert_of(const struct vote *votes, uint32_t count)
{
    struct cert cert = {.kind = votes[0].kind,
                        .epoch = votes[0].epoch,
                        .view = votes[0].view,
                        .block_id = votes[0].block_id};
    uint32_t place = 0;
    for (uint8_t signer = 0; signer < LIMIT_VALIDATORS; signer++) {
        for (uint32_t i = 0; i < count; i++) {
            if (votes[i].signer == signer) {
                cert.signers |= UINT64_C(1) << signer;
                memcpy(cert.signatures[place++], votes[i].signature, SIGNATURE_SIZE);
            }
        }
    }
    return cert;
}

/* send_hasty: two votes, alone, or filled up to a quorum with members who signed nothing, or with
 * signers beyond the set. */
static void send_hasty(struct run *run, struct host *host, struct arena *arena,
                       const struct vote votes[2])
{
    struct vote list[LIMIT_VALIDATORS] = {votes[0], votes[1]};
    const uint64_t how = rng_below(&run->rng, 3);
    uint32_t count = 2;
    for (uint8_t signer = how == 2 ? (uint8_t)run->validators : 0; how > 0 && count < run->quorum;
         signer++) {
        if (signer != votes[0].signer && signer != votes[1].signer) {
            list[count] = votes[1];
            list[count++].signer = signer;
        }
    }
    struct just just = {.kind = JUST_NEXT, .has_cert = true, .cert = cert_of(list, count)};
    uint8_t *data = arena_alloc(arena, JUST_SIZE_MAX);
    struct writer writer = writer_of(data, JUST_SIZE_MAX);
    Seam__PeerCert cert = SEAM__PEER_CERT__INIT;
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    just_write(&writer, &just);
    hints.epoch = 1;
    hints.view = votes[0].view;
    cert.hints = &hints;
    cert.view = votes[0].view + 1;
    cert.just = frame_data(writer_bytes(&writer));
    for (uint16_t to = 0; to < run->validators; to++) {
        if (to != host->index) {
            send_frame(run, host, to, FRAME_CERT, &cert.base, arena, false);
        }
    }
}

void forge_hasty(struct run *run, struct host *host, struct bytes frame)
{
    struct arena arena;
    enum frame_kind kind;
    const ProtobufCMessage *message;
    struct vote votes[2];
    arena_init(&arena, FORGE_ARENA);
    if (frame_decode(&kind, &message, ENV_CONTROL, frame, &arena) == OK &&
        vote_decode(&votes[0], frame_bytes(((const Seam__PeerVote *)message)->vote)) == OK &&
        votes[0].kind == VOTE_NOTARIZE && votes[0].signer != run->signer_of[host->index]) {
        votes[1] = votes[0];
        votes[1].signer = (uint8_t)run->signer_of[host->index];
        sign_vote(run, host, &votes[1]);
        votes_seen(run, &votes[1]);
        send_hasty(run, host, &arena, votes);
    }
    arena_free(&arena);
}

/* --- rubbish
 * ------------------------------------------------------------------------------------- */

static Seam__PeerHints boast(struct run *run)
{
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    hints.epoch = 1;
    hints.view = rng_next(&run->rng) >> 20;
    hints.fin_view = hints.view - 1;
    hints.fin_height = rng_percent(&run->rng, 50) ? UINT64_MAX : hints.view;
    hints.level = (uint32_t)rng_below(&run->rng, 64);
    return hints;
}

void forge_rubbish(struct run *run, struct host *host, uint16_t to)
{
    struct arena arena;
    uint8_t noise[RUBBISH_MAX];
    Seam__PeerHints hints = boast(run);
    const size_t size = (size_t)rng_between(&run->rng, 1, sizeof noise);
    for (size_t i = 0; i < size; i++) {
        noise[i] = (uint8_t)rng_next(&run->rng);
    }
    arena_init(&arena, FORGE_ARENA);
    const uint64_t what = rng_below(&run->rng, 100);
    if (what < 40) {
        Seam__PeerStatus status = SEAM__PEER_STATUS__INIT;
        status.hints = &hints;
        send_frame(run, host, to, FRAME_STATUS, &status.base, &arena, false);
    } else if (what < 60) {
        Seam__PeerSyncRequest request = SEAM__PEER_SYNC_REQUEST__INIT;
        request.hints = &hints;
        request.from_height = 1;
        request.size_max = UINT32_MAX;
        send_frame(run, host, to, FRAME_SYNC_REQUEST, &request.base, &arena, false);
    } else if (what < 80) {
        Seam__PeerFetchBody fetch = SEAM__PEER_FETCH_BODY__INIT;
        fetch.hints = &hints;
        fetch.block_id = frame_data(bytes_of(run->ids[run->height].bytes, HASH_SIZE));
        fetch.with_header = true;
        send_frame(run, host, to, FRAME_FETCH_BODY, &fetch.base, &arena, false);
    } else if (what < 99) {
        Seam__PeerTransactions transactions = SEAM__PEER_TRANSACTIONS__INIT;
        ProtobufCBinaryData list[1] = {frame_data(bytes_of(noise, size))};
        transactions.hints = &hints;
        transactions.transactions = list;
        transactions.n_transactions = 1;
        send_frame(run, host, to, FRAME_TRANSACTIONS, &transactions.base, &arena, false);
    } else if (rng_percent(&run->rng, 5)) {
        wire_send(run->cluster, host->index, to, (enum env_channel)rng_below(&run->rng, 2),
                  bytes_of(noise, size), 0);
    }
    arena_free(&arena);
}

static void send_transactions(struct run *run, struct host *host, uint16_t to, struct bytes raw,
                              size_t count, uint64_t extra_us)
{
    struct arena arena;
    struct bytes frame;
    ProtobufCBinaryData list[BURST_SMALL];
    Seam__PeerTransactions transactions = SEAM__PEER_TRANSACTIONS__INIT;
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    for (size_t i = 0; i < count; i++) {
        list[i] = frame_data(raw);
    }
    transactions.hints = &hints;
    transactions.transactions = list;
    transactions.n_transactions = count;
    arena_init(&arena, BURST_ARENA);
    if (frame_encode(&frame, FRAME_TRANSACTIONS, &transactions.base, &arena) == OK) {
        wire_send(run->cluster, host->index, to, ENV_BULK, frame, extra_us);
    }
    arena_free(&arena);
}

/* The first frame is late, so that all of them arrive at once behind it. */
void forge_burst(struct run *run, struct host *host, uint16_t to)
{
    static const uint8_t zeros[BURST_SIZE];
    send_transactions(run, host, to, bytes_of(zeros, 4), BURST_SMALL, BURST_LATE_US);
    for (int i = 0; i < BURST_LARGE; i++) {
        send_transactions(run, host, to, bytes_of(zeros, sizeof zeros), 1, 0);
    }
}
