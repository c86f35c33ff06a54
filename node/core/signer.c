/* SPDX-License-Identifier: Apache-2.0 */
/* The guard lives in memory and grows before anything is written; so even a caller that ignored an
 * error could not obtain a second signature for a position. */
#include "node/core/signer.h"

#include "node/core/mutant.h"

#include <assert.h>
#include <string.h>

uint8_t vote_phase(enum vote_kind kind)
{
    return kind == VOTE_NOTARIZE ? 1 : 2;
}

static int position_compare(const struct signer *signer, uint64_t epoch, uint64_t view,
                            uint8_t phase)
{
    if (epoch != signer->epoch) {
        return epoch > signer->epoch ? 1 : -1;
    }
    if (view != signer->view) {
        return view > signer->view ? 1 : -1;
    }
    return (phase > signer->phase) - (phase < signer->phase);
}

static void raise_guard(struct signer *signer, const struct vote *vote)
{
    signer->epoch = vote->epoch;
    signer->view = vote->view;
    signer->phase = vote_phase(vote->kind);
    signer->last = *vote;
    signer->has_last = true;
}

void signer_open(struct signer *signer, const struct env *env, struct log *log,
                 const struct slot *slot, const struct sign_key *key, const struct hash *chain_id,
                 uint8_t suite, const struct vote *logged)
{
    assert((slot == NULL) == (key == NULL));
    *signer = (struct signer){.env = env, .log = log, .chain_id = *chain_id, .suite = suite};
    if (key == NULL) {
        return;
    }
    signer->has_key = true;
    signer->key = *key;
    signer->slot = *slot;
    signer->epoch = slot->state.epoch;
    signer->view = slot->state.view;
    signer->phase = slot->state.phase;
    signer->muted = slot->state.muted;
    signer->has_last = slot->state.has_vote;
    signer->last = slot->state.vote;
    if (NODE_MUTANT(NODE_MUTANT_GUARD_FORGOTTEN)) {
        signer->epoch = signer->view = signer->phase = 0;
        signer->has_last = false;
    } else if (logged != NULL && position_compare(signer, logged->epoch, logged->view,
                                                  vote_phase(logged->kind)) > 0) {
        raise_guard(signer, logged);
    }
}

void signer_close(struct signer *signer)
{
    log_close(signer->log);
    signer->log = NULL;
    slot_close(&signer->slot);
    sign_key_wipe(&signer->key);
    signer->has_key = false;
}

static enum err write_slot(struct signer *signer)
{
    struct slot_state state = signer->slot.state;
    state.chain_id = signer->chain_id;
    state.epoch = signer->epoch;
    state.view = signer->view;
    state.phase = signer->phase;
    state.muted = signer->muted;
    state.has_vote = signer->has_last;
    state.vote = signer->last;
    return slot_write(&signer->slot, &state);
}

static bool slot_behind(const struct signer *signer)
{
    const struct slot_state *state = &signer->slot.state;
    return position_compare(signer, state->epoch, state->view, state->phase) != 0;
}

enum err signer_complete(struct signer *signer, const struct hash *fingerprint)
{
    if (!signer->has_key) {
        return OK;
    }
    signer->slot.state.fingerprint = *fingerprint;
    return slot_behind(signer) || signer->slot.torn ? write_slot(signer) : OK;
}

static bool same_vote(const struct signer *signer, const struct vote *vote)
{
    uint8_t a[VOTE_SIGNED_SIZE];
    uint8_t b[VOTE_SIGNED_SIZE];
    vote_signed_bytes(a, &signer->chain_id, signer->suite, &signer->last);
    vote_signed_bytes(b, &signer->chain_id, signer->suite, vote);
    return memcmp(a, b, sizeof a) == 0 && vote->signer == signer->last.signer;
}

enum err signer_cast(struct signer *signer, struct vote *vote, bool *repeated)
{
    assert(vote->view > 0);
    *repeated = false;
    if (!signer->has_key || signer->muted) {
        return ERR_STATE_MACHINE;
    }
    const int order = position_compare(signer, vote->epoch, vote->view, vote_phase(vote->kind));
    if (order == 0 && signer->has_last && same_vote(signer, vote)) {
        memcpy(vote->signature, signer->last.signature, SIGNATURE_SIZE);
        *repeated = true;
        return OK;
    }
    if (order < 0 || (order == 0 && !NODE_MUTANT(NODE_MUTANT_EQUAL_POSITION))) {
        return ERR_STATE_MACHINE;
    }
    uint8_t message[VOTE_SIGNED_SIZE];
    vote_signed_bytes(message, &signer->chain_id, signer->suite, vote);
    struct vote signed_vote = *vote;
    sign_message(signed_vote.signature, &signer->key, bytes_of(message, sizeof message));
    raise_guard(signer, &signed_vote);
    uint8_t raw[VOTE_SIZE];
    vote_encode(raw, &signed_vote);
    const struct bytes part = bytes_of(raw, sizeof raw);
    const enum err err = log_append(signer->log, LOG_VOTE, &part, 1);
    if (err == OK) {
        *vote = signed_vote;
    }
    return err == OK ? OK : ERR_STORAGE;
}

enum err signer_sync(struct signer *signer)
{
    const bool write = signer->has_key && slot_behind(signer) && !NODE_MUTANT(NODE_MUTANT_NO_SLOT);
    const bool slot_first = NODE_MUTANT(NODE_MUTANT_SLOT_FIRST);
    if (slot_first && write && write_slot(signer) != OK) {
        return ERR_STORAGE;
    }
    enum err err = log_sync(signer->log);
    if (err == OK && write && !slot_first) {
        err = write_slot(signer);
    }
    return err;
}

enum err signer_mute(struct signer *signer)
{
    signer->muted = true;
    if (!signer->has_key) {
        return OK;
    }
    /* In both slots: no later vote overwrites the older one, and were the newer one damaged, the
     * log would complete the older one's position, but nothing would bring the muting back. */
    const enum err err = write_slot(signer);
    return err == OK ? write_slot(signer) : err;
}

void signer_advance(struct signer *signer, uint64_t epoch, uint64_t view)
{
    if (position_compare(signer, epoch, view, 2) > 0) {
        signer->epoch = epoch;
        signer->view = view;
        signer->phase = 2;
        signer->has_last = false;
    }
}
