/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that was ever signed and seen, by view: what one key may not say (I3 to I6, I8, I9)
 * and what all together may not have said (G1, G2). A vote counts when its signature is good; so a
 * foe's votes count too, and what they could be made into. */
#include "tools/simnode/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/slot.h"

static struct said *find(struct view_record *view, const struct vote *vote)
{
    for (uint32_t i = 0; i < view->count; i++) {
        const struct vote *at = &view->votes[i].vote;
        if (at->kind == vote->kind && at->signer == vote->signer &&
            at->lock_view == vote->lock_view && hash_equal(&at->block_id, &vote->block_id)) {
            return &view->votes[i];
        }
    }
    return NULL;
}

static struct said *add(struct view_record *view, const struct vote *vote)
{
    if (view->count == view->capacity) {
        view->capacity = view->capacity == 0 ? 16 : 2 * view->capacity;
        view->votes = realloc(view->votes, view->capacity * sizeof *view->votes);
        if (view->votes == NULL) {
            abort();
        }
    }
    view->votes[view->count] = (struct said){.vote = *vote};
    return &view->votes[view->count++];
}

/* --- all together
 * -------------------------------------------------------------------------------- */

static uint32_t supporters(const struct view_record *view, const struct vote *vote)
{
    uint64_t signers = 0;
    for (uint32_t i = 0; i < view->count; i++) {
        const struct vote *at = &view->votes[i].vote;
        if (at->kind == vote->kind && hash_equal(&at->block_id, &vote->block_id)) {
            signers |= UINT64_C(1) << at->signer;
        }
    }
    return (uint32_t)__builtin_popcountll(signers);
}

/* lowest_lock is the smallest maxlock that a quorum of these NULLIFY votes can have: the highest
 * of the q lowest locks, each signer's lowest counting. */
static uint64_t lowest_lock(const struct view_record *view, uint32_t quorum)
{
    uint64_t locks[LIMIT_VALIDATORS];
    uint32_t count = 0;
    for (uint8_t signer = 0; signer < LIMIT_VALIDATORS; signer++) {
        uint64_t lock = UINT64_MAX;
        for (uint32_t i = 0; i < view->count; i++) {
            const struct vote *at = &view->votes[i].vote;
            if (at->kind == VOTE_NULLIFY && at->signer == signer && at->lock_view < lock) {
                lock = at->lock_view;
            }
        }
        uint32_t place = count;
        while (lock != UINT64_MAX && place > 0 && locks[place - 1] > lock) {
            locks[place] = locks[place - 1];
            place--;
        }
        if (lock != UINT64_MAX) {
            locks[place] = lock;
            count++;
        }
    }
    return count < quorum ? UINT64_MAX : locks[quorum - 1];
}

/* Lemma C: a block final in view w and a Z of a view at or above it whose highest lock is below. */
static void check_skips(struct run *run, uint64_t low, uint64_t high)
{
    for (uint64_t w = low; w <= high; w++) {
        if (!run->views[w].finalized) {
            continue;
        }
        for (uint64_t v = w; v < run->view_count && (v <= high || run->views[v].count > 0); v++) {
            if (run->views[v].skip_lock < w) {
                run_fail(run, NULL, "G2: F of view %llu and a Z of view %llu with lock %llu",
                         (unsigned long long)w, (unsigned long long)v,
                         (unsigned long long)run->views[v].skip_lock);
                return;
            }
        }
    }
}

static void note_quorum(struct run *run, struct view_record *view, const struct vote *vote)
{
    bool *reached = vote->kind == VOTE_NOTARIZE ? &view->notarized : &view->finalized;
    struct hash *id = vote->kind == VOTE_NOTARIZE ? &view->notarized_id : &view->finalized_id;
    if (supporters(view, vote) < run->quorum) {
        return;
    }
    if (*reached && !hash_equal(id, &vote->block_id)) {
        run_fail(run, NULL, "G1: two blocks with a quorum in view %llu",
                 (unsigned long long)vote->view);
    }
    *reached = true;
    *id = vote->block_id;
    if (view->notarized && view->finalized &&
        !hash_equal(&view->notarized_id, &view->finalized_id)) {
        run_fail(run, NULL, "G1: N and F of view %llu differ", (unsigned long long)vote->view);
    }
    if (vote->kind == VOTE_FINALIZE) {
        check_skips(run, vote->view, vote->view);
    }
}

static struct said *record(struct run *run, const struct vote *vote)
{
    assert(vote->view < run->view_count);
    struct view_record *view = &run->views[vote->view];
    struct said *said = find(view, vote);
    if (said != NULL) {
        return said;
    }
    said = add(view, vote);
    if (vote->kind != VOTE_NULLIFY) {
        note_quorum(run, view, vote);
        return said;
    }
    const uint64_t lock = lowest_lock(view, run->quorum);
    if (lock < view->skip_lock) {
        view->skip_lock = lock;
        check_skips(run, lock + 1, vote->view);
    }
    return said;
}

/* An honest key says one thing. */
static void check_signer(struct run *run, const struct vote *vote)
{
    const struct view_record *view = &run->views[vote->view];
    for (uint32_t i = 0; i < view->count; i++) {
        const struct vote *at = &view->votes[i].vote;
        if (at->signer != vote->signer) {
            continue;
        }
        const bool same = at->kind == vote->kind;
        if ((same &&
             (!hash_equal(&at->block_id, &vote->block_id) || at->lock_view != vote->lock_view)) ||
            (!same && at->kind != VOTE_NOTARIZE && vote->kind != VOTE_NOTARIZE)) {
            run_fail(run, NULL, "I4: validator %u signed twice in view %llu (kinds %d, %d)",
                     vote->signer, (unsigned long long)vote->view, (int)at->kind, (int)vote->kind);
        }
    }
}

void votes_seen(struct run *run, const struct vote *vote)
{
    (void)record(run, vote);
    if (run->honest_signer[vote->signer]) {
        check_signer(run, vote);
    }
}

/* --- one machine's own
 * --------------------------------------------------------------------------- */

/* The votes of a log in the order of their positions. What stands before a checkpoint repeats older
 * ones, kind by kind; where the process died before that, the older ones are still there. */
struct sequence {
    struct run *run;
    struct host *host;
    struct vote last;
    struct hash *seen; /* of the votes so far */
    size_t count;
    bool started;
    bool broken;
};

/* sequence_repeats: the log has had this very vote. Otherwise it is one more. */
static bool sequence_repeats(struct sequence *sequence, struct bytes payload)
{
    struct hash hash;
    hash_tagged(&hash, TAG_VOTE, payload);
    for (size_t i = 0; i < sequence->count; i++) {
        if (hash_equal(&sequence->seen[i], &hash)) {
            return true;
        }
    }
    struct hash *more = realloc(sequence->seen, (sequence->count + 1) * sizeof *more);
    if (more == NULL) {
        abort();
    }
    sequence->seen = more;
    sequence->seen[sequence->count++] = hash;
    return false;
}

static int position_compare(const struct vote *a, const struct vote *b)
{
    const int phase_a = a->kind == VOTE_NOTARIZE ? 1 : 2;
    const int phase_b = b->kind == VOTE_NOTARIZE ? 1 : 2;
    return a->view != b->view ? (a->view > b->view ? 1 : -1) : phase_a - phase_b;
}

static enum err next_record(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    struct sequence *sequence = arg;
    struct vote vote;
    (void)seq;
    if (type == LOG_CHECKPOINT) {
        sequence->started = false;
        sequence->broken = false;
    } else if (type == LOG_VOTE && vote_decode(&vote, payload) == OK) {
        if (!sequence_repeats(sequence, payload)) {
            sequence->broken |= sequence->started && position_compare(&vote, &sequence->last) <= 0;
            sequence->started = true;
            sequence->last = vote;
        }
        votes_seen(sequence->run, &vote);
    }
    return OK;
}

void votes_log(struct run *run, struct host *host)
{
    struct sequence sequence = {.run = run, .host = host};
    struct err_detail detail;
    if (log_scan(&host->env, NULL, next_record, &sequence, NULL, &detail) == OK &&
        sequence.broken) {
        run_fail(run, host, "I3: the log holds votes out of order, before view %llu",
                 (unsigned long long)sequence.last.view);
    }
    free(sequence.seen);
}

static void check_lock(struct run *run, struct host *host, const struct vote *vote)
{
    for (uint64_t view = vote->lock_view + 1; view < vote->view; view++) {
        for (uint32_t i = 0; i < run->views[view].count; i++) {
            const struct vote *at = &run->views[view].votes[i].vote;
            if (at->kind == VOTE_FINALIZE && at->signer == vote->signer) {
                run_fail(run, host, "I5: NULLIFY %llu reports lock %llu after FINALIZE %llu",
                         (unsigned long long)vote->view, (unsigned long long)vote->lock_view,
                         (unsigned long long)view);
                return;
            }
        }
    }
}

/* in_slot: the synced slot knows a position at or above the vote's. */
static bool in_slot(struct host *host, const struct vote *vote)
{
    const struct vdisk_content *content = vdisk_find(&host->disk, ENV_DIR_KEY, SLOT_FILE);
    struct slot_state slot;
    bool torn;
    return content != NULL && slot_read(&slot, &torn, content->synced) == OK && slot.has_vote &&
           slot.epoch == vote->epoch && position_compare(&slot.vote, vote) >= 0;
}

static bool cert_on_disk(struct host *host, const struct vote *vote)
{
    uint8_t pattern[1 + 8 + 8 + HASH_SIZE];
    struct writer writer = writer_of(pattern, sizeof pattern);
    write_u8(&writer, VOTE_NOTARIZE);
    write_u64(&writer, vote->epoch);
    write_u64(&writer, vote->view);
    write_raw(&writer, vote->block_id.bytes, HASH_SIZE);
    if (vdisk_holds(&host->disk, ENV_DIR_LOG, bytes_of(pattern, sizeof pattern))) {
        return true;
    }
    pattern[0] = VOTE_FINALIZE;
    return vdisk_holds(&host->disk, ENV_DIR_LOG, bytes_of(pattern, sizeof pattern));
}

static const struct header *header_of(const struct run *run, const struct hash *id)
{
    for (uint32_t i = run->header_count; i > 0; i--) {
        if (hash_equal(&run->header_ids[i - 1], id)) {
            return &run->headers[i - 1];
        }
    }
    return NULL;
}

/* check_block: the block of a NOTARIZE is synced before the vote is seen. A leader's vote may leave
 * before its block's header does: then it is looked at with the proposal, which repeats it. */
static void check_block(struct run *run, struct host *host, struct said *said)
{
    const struct header *header = said->vote.kind == VOTE_NOTARIZE && !said->rests
                                      ? header_of(run, &said->vote.block_id)
                                      : NULL;
    if (header == NULL || host->disk.lies > 0) {
        return;
    }
    uint8_t raw[HEADER_SIZE];
    header_encode(raw, header);
    said->rests = true;
    if (header->height > host_height(host) &&
        !vdisk_holds(&host->disk, ENV_DIR_LOG, bytes_of(raw, sizeof raw))) {
        run_fail(run, host, "I9: NOTARIZE %llu without its block in the log",
                 (unsigned long long)said->vote.view);
    }
}

/* check_disk: what a vote rests on is synced before the vote is seen. */
static void check_disk(struct run *run, struct host *host, const struct vote *vote)
{
    if (host->disk.lies > 0) {
        return; /* the disk said so, and lied */
    }
    const struct bytes signature = bytes_of(vote->signature, SIGNATURE_SIZE);
    if (!vdisk_holds(&host->disk, ENV_DIR_LOG, signature) || !in_slot(host, vote)) {
        run_fail(run, host, "I8: a vote of view %llu is not in log and slot",
                 (unsigned long long)vote->view);
    }
    if (vote->kind == VOTE_FINALIZE && !cert_on_disk(host, vote)) {
        run_fail(run, host, "I6: FINALIZE %llu without its N in the log",
                 (unsigned long long)vote->view);
    }
}

/* --- a key that stands further than its log
 * ----------------------------------------------------- */

static enum err note_highest(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    struct sequence *sequence = arg;
    struct vote vote;
    (void)seq;
    if (type == LOG_VOTE && vote_decode(&vote, payload) == OK &&
        vote.signer == sequence->run->signer_of[sequence->host->index] &&
        (!sequence->started || position_compare(&vote, &sequence->last) > 0)) {
        sequence->last = vote;
        sequence->started = true;
    }
    return OK;
}

void votes_stand(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    struct sequence sequence = {.run = run, .host = host};
    struct slot_state slot;
    struct err_detail detail;
    bool torn;
    witness->stood = 0;
    witness->lost = false;
    const struct vdisk_content *file = vdisk_find(&host->disk, ENV_DIR_KEY, SLOT_FILE);
    if (!witness->honest || host->observer || host->incarnation == 0 || file == NULL ||
        slot_read(&slot, &torn, file->data) != OK || !slot.has_vote ||
        log_scan(&host->env, NULL, note_highest, &sequence, NULL, &detail) != OK) {
        return; /* of no honest key, new, or it will not start like this */
    }
    if (!sequence.started || position_compare(&slot.vote, &sequence.last) > 0) {
        witness->stood = slot.view;
        witness->lost = true;
        votes_seen(run, &slot.vote);
    }
}

/* check_stood: no new vote where the key may have cast one that nobody remembers (D6). */
static void check_stood(struct run *run, struct host *host, const struct vote *vote)
{
    if (vote->view <= run->witnesses[host->index].stood &&
        find(&run->views[vote->view], vote) == NULL) {
        run_fail(run, host, "D6: a new vote of view %llu, the slot stood at %llu",
                 (unsigned long long)vote->view,
                 (unsigned long long)run->witnesses[host->index].stood);
    }
}

void votes_own(struct run *run, struct host *host, const struct vote *vote)
{
    struct simnode_counters *counters = &run->result.counters;
    if (vote->signer != run->signer_of[host->index]) {
        run_fail(run, host, "a vote of another validator");
        return;
    }
    check_stood(run, host, vote);
    struct said *said = record(run, vote);
    check_block(run, host, said);
    if (said->checked || run_failed(run)) {
        return;
    }
    said->checked = true;
    counters->notarize += vote->kind == VOTE_NOTARIZE;
    counters->nullify += vote->kind == VOTE_NULLIFY;
    counters->finalize += vote->kind == VOTE_FINALIZE;
    counters->locked += vote->kind == VOTE_NULLIFY && vote->lock_view > 0;
    if (run->honest_signer[vote->signer]) {
        check_signer(run, vote);
    }
    if (vote->kind == VOTE_NULLIFY) {
        check_lock(run, host, vote);
    }
    check_disk(run, host, vote);
}

/* --- certificates
 * -------------------------------------------------------------------------------- */

/* is_new remembers what was looked at; a full place is simply looked at again. */
static bool is_new(struct run *run, const struct cert *cert)
{
    uint8_t raw[CERT_SIZE_MAX];
    struct writer writer = writer_of(raw, sizeof raw);
    struct hash id;
    uint64_t place;
    cert_write(&writer, cert);
    hash_tagged(&id, TAG_VERIFIED, writer_bytes(&writer));
    memcpy(&place, id.bytes, sizeof place);
    struct hash *slot = &run->certs[place % RUN_CERTS];
    const bool known = hash_equal(slot, &id);
    *slot = id;
    return !known;
}

void votes_cert(struct run *run, struct host *host, const struct cert *cert)
{
    if (!is_new(run, cert)) {
        return;
    }
    run->result.counters.certificates++;
    const uint32_t count = (uint32_t)__builtin_popcountll(cert->signers);
    if (count < run->quorum || cert->signers >> run->validators != 0 || cert->epoch != 1) {
        run_fail(run, host, "G6: a certificate of view %llu with %u signers, set %llx",
                 (unsigned long long)cert->view, count, (unsigned long long)cert->signers);
        return;
    }
    for (uint32_t i = 0; i < count && !run_failed(run); i++) {
        struct vote vote;
        uint8_t message[VOTE_SIGNED_SIZE];
        cert_vote(&vote, cert, i);
        const struct view_record *view = &run->views[vote.view];
        const struct said *said = find((struct view_record *)(uintptr_t)view, &vote);
        if (said != NULL && memcmp(said->vote.signature, vote.signature, SIGNATURE_SIZE) == 0) {
            continue;
        }
        vote_signed_bytes(message, &run->cluster->town.chain_id, SUITE_ED25519_SHA256, &vote);
        if (!sign_verify(run->valset->validators[vote.signer].key,
                         bytes_of(message, sizeof message), vote.signature)) {
            run_fail(run, host, "G6: a signature in a certificate of view %llu is not %u's",
                     (unsigned long long)cert->view, vote.signer);
            return;
        }
        votes_seen(run, &vote);
    }
}
