/* SPDX-License-Identifier: Apache-2.0 */
/* The slot that is overwritten is always the older one, so a write torn by a crash leaves the newer
 * whole. */
#include "node/core/slot.h"

#include "ledger/base/crc32c.h"

#include <assert.h>
#include <string.h>

#define SLOT_MAGIC "SEAMSLT1"
#define CRC_OFFSET (SLOT_SIZE - 4)

static_assert(8 + 8 + 32 * 3 + 8 + 8 + 4 + VOTE_SIZE <= CRC_OFFSET, "a slot is one sector");

static void slot_encode(uint8_t out[SLOT_SIZE], const struct slot_state *state)
{
    memset(out, 0, SLOT_SIZE);
    struct writer writer = writer_of(out, CRC_OFFSET);
    write_raw(&writer, SLOT_MAGIC, 8);
    write_u64(&writer, state->seq);
    write_raw(&writer, state->chain_id.bytes, HASH_SIZE);
    write_raw(&writer, state->key_id.bytes, HASH_SIZE);
    write_raw(&writer, state->fingerprint.bytes, HASH_SIZE);
    write_u64(&writer, state->epoch);
    write_u64(&writer, state->view);
    write_u8(&writer, state->phase);
    write_u8(&writer, state->muted);
    write_u8(&writer, state->has_vote);
    write_u8(&writer, 0);
    if (state->has_vote) {
        uint8_t vote[VOTE_SIZE];
        vote_encode(vote, &state->vote);
        write_raw(&writer, vote, sizeof vote);
    }
    assert(!writer.failed);
    struct writer end = writer_of(out + CRC_OFFSET, 4);
    write_u32(&end, crc32c_more(0, bytes_of(out, CRC_OFFSET)));
}

static bool slot_decode(struct slot_state *state, const uint8_t in[SLOT_SIZE])
{
    struct reader end = reader_of(bytes_of(in + CRC_OFFSET, 4));
    if (read_u32(&end) != crc32c_more(0, bytes_of(in, CRC_OFFSET)) ||
        memcmp(in, SLOT_MAGIC, 8) != 0) {
        return false;
    }
    struct reader reader = reader_of(bytes_of(in + 8, CRC_OFFSET - 8));
    struct slot_state read = {0};
    read.seq = read_u64(&reader);
    read_raw(&reader, read.chain_id.bytes, HASH_SIZE);
    read_raw(&reader, read.key_id.bytes, HASH_SIZE);
    read_raw(&reader, read.fingerprint.bytes, HASH_SIZE);
    read.epoch = read_u64(&reader);
    read.view = read_u64(&reader);
    read.phase = read_u8(&reader);
    read.muted = read_u8(&reader) != 0;
    read.has_vote = read_u8(&reader) != 0;
    (void)read_u8(&reader);
    const struct bytes vote = read_bytes(&reader, VOTE_SIZE);
    if (reader.failed || (read.has_vote && vote_decode(&read.vote, vote) != OK)) {
        return false;
    }
    *state = read;
    return true;
}

void slot_new(uint8_t out[SLOT_FILE_SIZE], const struct hash *key_id)
{
    struct slot_state state = {.key_id = *key_id};
    slot_encode(out, &state);
    state.seq = 1;
    slot_encode(out + SLOT_SIZE, &state);
}

/* A slot in the other's place counts as damaged. */
enum err slot_read(struct slot_state *out, bool *torn, const uint8_t raw[SLOT_FILE_SIZE])
{
    struct slot_state states[2];
    bool good[2];
    for (size_t i = 0; i < 2; i++) {
        good[i] = slot_decode(&states[i], raw + i * SLOT_SIZE) && (states[i].seq & 1) == i;
    }
    if (!good[0] && !good[1]) {
        return ERR_CORRUPT;
    }
    size_t newer = good[1];
    if (good[0] && good[1]) {
        newer = states[1].seq > states[0].seq;
    }
    *out = states[newer];
    *torn = !good[0] || !good[1];
    return OK;
}

/* A killed process may have written it and not synced it: durable before it is relied on. A sync
 * alone may do nothing, after one that failed; so it is written once more. The older slot stays as
 * it is, should the power fail in the middle. */
static enum err write_again(const struct slot *slot, const uint8_t raw[SLOT_FILE_SIZE],
                            struct err_detail *detail)
{
    const struct env *env = slot->env;
    const size_t offset = (slot->state.seq & 1) * SLOT_SIZE;
    const struct bytes newer = bytes_of(raw + offset, SLOT_SIZE);
    if (env->file_write(env->context, slot->file, offset, newer) == OK &&
        env->file_sync(env->context, slot->file) == OK) {
        return OK;
    }
    return err_set(detail, ERR_STORAGE, SLOT_FILE, NULL, NULL,
                   "signer.state cannot be written and synced once more");
}

static enum err check_owner(const struct slot *slot, const struct hash *chain_id,
                            const struct hash *key_id, struct err_detail *detail)
{
    if (!hash_equal(&slot->state.key_id, key_id)) {
        return err_set(detail, ERR_KEY, SLOT_FILE, NULL, NULL,
                       "signer.state belongs to another consensus key");
    }
    if (!hash_is_zero(&slot->state.chain_id) && !hash_equal(&slot->state.chain_id, chain_id)) {
        return err_set(detail, ERR_CHAIN, SLOT_FILE, NULL, NULL,
                       "signer.state belongs to another chain");
    }
    return OK;
}

enum err slot_open(struct slot *slot, const struct env *env, const struct hash *chain_id,
                   const struct hash *key_id, struct err_detail *detail)
{
    struct slot opened = {.env = env};
    enum err err =
        env->file_open(env->context, &opened.file, ENV_DIR_KEY, SLOT_FILE, ENV_OPEN_EXISTING, 0);
    if (err != OK) {
        return err_set(detail, err, SLOT_FILE, NULL, NULL,
                       "signer.state cannot be opened; without it this key must never vote again, "
                       "rotate it");
    }
    uint8_t raw[SLOT_FILE_SIZE] = {0};
    size_t got = 0;
    err = env->file_read(env->context, opened.file, 0, raw, sizeof raw, &got);
    if (err == OK) {
        err = slot_read(&opened.state, &opened.torn, raw);
        if (err != OK) {
            (void)err_set(detail, err, SLOT_FILE, NULL, NULL,
                          "signer.state is damaged: this key must never vote again, rotate it");
        }
    }
    if (err == OK) {
        err = check_owner(&opened, chain_id, key_id, detail);
    }
    if (err == OK) {
        err = write_again(&opened, raw, detail);
    }
    if (err != OK) {
        env->file_close(env->context, opened.file);
        return err;
    }
    *slot = opened;
    return OK;
}

enum err slot_write(struct slot *slot, const struct slot_state *state)
{
    if (slot->failed) {
        return ERR_STORAGE;
    }
    const struct env *env = slot->env;
    struct slot_state next = *state;
    next.seq = slot->state.seq + 1;
    uint8_t raw[SLOT_SIZE];
    slot_encode(raw, &next);
    const uint64_t offset = (next.seq & 1) * SLOT_SIZE;
    if (env->file_write(env->context, slot->file, offset, bytes_of(raw, sizeof raw)) != OK ||
        env->file_sync(env->context, slot->file) != OK) {
        slot->failed = true;
        return ERR_STORAGE;
    }
    slot->state = next;
    return OK;
}

void slot_close(struct slot *slot)
{
    if (slot->file != NULL) {
        slot->env->file_close(slot->env->context, slot->file);
        slot->file = NULL;
    }
}
