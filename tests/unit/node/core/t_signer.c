/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/simnode/disk.h"

#define SEGMENT LOG_SEGMENT_MIN

static const struct hash chain_id = {{3}};
static const struct hash fingerprint = {{5}};

struct bench {
    struct vdisk_bench machine;
    struct sign_key key;
    struct hash key_id;
    struct signer signer;
    bool has_vote;
    struct vote last; /* last VOTE record of the log */
    uint64_t votes;
};

static int setup(void **state)
{
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    vdisk_bench_init(&bench.machine, 1);
    assert_int_equal(sign_start(), OK);
    const uint8_t seed[SIGN_SEED_SIZE] = {1, 2, 3};
    sign_key_from_seed(&bench.key, seed);
    sign_key_id(&bench.key_id, SUITE_ED25519_SHA256,
                bytes_of(bench.key.public_key, SIGN_PUBLIC_SIZE));
    uint8_t raw[SLOT_FILE_SIZE];
    slot_new(raw, &bench.key_id);
    vdisk_put(&bench.machine.disk, ENV_DIR_KEY, SLOT_FILE, bytes_of(raw, sizeof raw));
    *state = &bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    vdisk_free(&bench->machine.disk);
    return 0;
}

static enum err replay(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    struct bench *bench = arg;
    (void)seq;
    if (type == LOG_VOTE) {
        bench->has_vote = true;
        bench->votes++;
        return vote_decode(&bench->last, payload);
    }
    return OK;
}

/* start opens log and slot as recovery does; what slot_open says is the result. */
static enum err start(struct bench *bench)
{
    struct log *log = NULL;
    struct slot slot = {0};
    bench->has_vote = false;
    bench->votes = 0;
    enum err err = slot_open(&slot, &bench->machine.env, &chain_id, &bench->key_id, NULL);
    if (err != OK) {
        return err;
    }
    err = log_open(&log, &bench->machine.env, &chain_id, SEGMENT, replay, bench, NULL, NULL);
    assert_int_equal(err, OK);
    signer_open(&bench->signer, &bench->machine.env, log, &slot, &bench->key, &chain_id,
                SUITE_ED25519_SHA256, bench->has_vote ? &bench->last : NULL);
    return OK;
}

static void crash(struct bench *bench)
{
    signer_close(&bench->signer);
    vdisk_crash(&bench->machine.disk);
}

static struct vote make(enum vote_kind kind, uint64_t view, uint8_t block)
{
    struct vote vote = {.kind = kind, .epoch = 1, .view = view, .signer = 2};
    if (kind != VOTE_NULLIFY) {
        vote.block_id.bytes[0] = block;
        vote.block_id.bytes[1] = 1;
    }
    return vote;
}

static enum err cast(struct bench *bench, enum vote_kind kind, uint64_t view, uint8_t block,
                     struct vote *out)
{
    bool repeated = false;
    *out = make(kind, view, block);
    enum err err = signer_cast(&bench->signer, out, &repeated);
    if (err == OK) {
        err = signer_sync(&bench->signer);
    }
    return err;
}

static bool verifies(const struct bench *bench, const struct vote *vote)
{
    uint8_t message[VOTE_SIGNED_SIZE];
    vote_signed_bytes(message, &chain_id, SUITE_ED25519_SHA256, vote);
    return sign_verify(bench->key.public_key, bytes_of(message, sizeof message), vote->signature);
}

static void positions_only_grow(void **state)
{
    struct bench *bench = *state;
    struct vote vote;
    assert_int_equal(start(bench), OK);
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 5, 1, &vote), OK);
    assert_true(verifies(bench, &vote));
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 5, 2, &vote), ERR_STATE_MACHINE);
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 4, 1, &vote), ERR_STATE_MACHINE);
    assert_int_equal(cast(bench, VOTE_NULLIFY, 4, 0, &vote), ERR_STATE_MACHINE);
    assert_int_equal(cast(bench, VOTE_NULLIFY, 5, 0, &vote), OK);
    assert_int_equal(cast(bench, VOTE_FINALIZE, 5, 1, &vote), ERR_STATE_MACHINE);
    assert_int_equal(cast(bench, VOTE_FINALIZE, 6, 1, &vote), OK);
    assert_int_equal(cast(bench, VOTE_NULLIFY, 6, 0, &vote), ERR_STATE_MACHINE);
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 6, 1, &vote), ERR_STATE_MACHINE);
    struct vote next = make(VOTE_NOTARIZE, 1, 1);
    bool repeated = false;
    next.epoch = 2;
    assert_int_equal(signer_cast(&bench->signer, &next, &repeated), OK);
    next.epoch = 1;
    next.view = 1000;
    assert_int_equal(signer_cast(&bench->signer, &next, &repeated), ERR_STATE_MACHINE);
    crash(bench);
}

static void a_repeat_gives_the_stored_bytes(void **state)
{
    struct bench *bench = *state;
    struct vote first;
    struct vote again;
    bool repeated = false;
    assert_int_equal(start(bench), OK);
    assert_int_equal(cast(bench, VOTE_FINALIZE, 9, 4, &first), OK);
    for (int restart = 0; restart < 2; restart++) {
        const uint64_t writes = bench->machine.disk.writes;
        again = make(VOTE_FINALIZE, 9, 4);
        assert_int_equal(signer_cast(&bench->signer, &again, &repeated), OK);
        assert_true(repeated);
        assert_memory_equal(again.signature, first.signature, SIGNATURE_SIZE);
        assert_int_equal(signer_sync(&bench->signer), OK);
        assert_int_equal(bench->machine.disk.writes, writes); /* nothing new to remember */
        again = make(VOTE_FINALIZE, 9, 5);
        assert_int_equal(signer_cast(&bench->signer, &again, &repeated), ERR_STATE_MACHINE);
        again = make(VOTE_FINALIZE, 9, 4);
        again.signer = 3;
        assert_int_equal(signer_cast(&bench->signer, &again, &repeated), ERR_STATE_MACHINE);
        crash(bench);
        assert_int_equal(start(bench), OK);
        assert_int_equal(signer_complete(&bench->signer, &fingerprint), OK);
    }
    crash(bench);
}

/* Rows of the crash table: a vote that was not synced never left; one that was is known after the
 * restart, through the log alone if the slot's write was lost. */
static void crash_points(void **state)
{
    struct bench *bench = *state;
    struct vote vote;
    bool repeated = false;
    for (uint64_t round = 0; round < 200; round++) {
        const uint64_t view = 10 * round + 10;
        bench->machine.disk.rng.state = round + 1;
        assert_int_equal(start(bench), OK);
        assert_int_equal(signer_complete(&bench->signer, &fingerprint), OK);
        assert_int_equal(log_checkpoint_begin(bench->signer.log), OK);
        assert_int_equal(log_checkpoint_end(bench->signer.log), OK);
        assert_int_equal(cast(bench, VOTE_NOTARIZE, view, 1, &vote), OK);
        struct vote unsent = make(VOTE_NULLIFY, view, 0);
        const uint64_t point = round % 3;
        if (point == 1) { /* signed, nothing synced */
            assert_int_equal(signer_cast(&bench->signer, &unsent, &repeated), OK);
        } else if (point == 2) { /* the log's sync or the slot's fails */
            bench->machine.disk.fail_at_sync = bench->machine.disk.syncs + 1 + round % 2;
            assert_int_equal(signer_cast(&bench->signer, &unsent, &repeated), OK);
            assert_int_equal(signer_sync(&bench->signer), ERR_STORAGE);
            assert_int_equal(signer_sync(&bench->signer), ERR_STORAGE); /* for ever */
        }
        crash(bench);
        assert_int_equal(start(bench), OK);
        /* What left the node is never contradicted. */
        struct vote other = make(VOTE_NOTARIZE, view, 2);
        assert_int_equal(signer_cast(&bench->signer, &other, &repeated), ERR_STATE_MACHINE);
        if (bench->last.kind == VOTE_NOTARIZE) {
            assert_int_equal(bench->last.view, view);
            assert_memory_equal(bench->last.signature, vote.signature, SIGNATURE_SIZE);
        } else {
            assert_memory_equal(bench->last.signature, unsent.signature, SIGNATURE_SIZE);
        }
        crash(bench);
    }
}

static void log_ahead_of_slot_is_completed(void **state)
{
    struct bench *bench = *state;
    struct vote vote;
    bool repeated = false;
    assert_int_equal(start(bench), OK);
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 3, 1, &vote), OK);
    vote = make(VOTE_FINALIZE, 3, 1);
    assert_int_equal(signer_cast(&bench->signer, &vote, &repeated), OK);
    assert_int_equal(log_sync(bench->signer.log), OK); /* the log only */
    crash(bench);
    assert_int_equal(start(bench), OK);
    assert_int_equal(bench->signer.slot.state.phase, 1);
    assert_int_equal(bench->signer.phase, 2);
    assert_int_equal(signer_complete(&bench->signer, &fingerprint), OK);
    assert_int_equal(bench->signer.slot.state.phase, 2);
    assert_memory_equal(bench->signer.slot.state.vote.signature, vote.signature, SIGNATURE_SIZE);
    crash(bench);
}

static struct vdisk_content *slot_content(struct bench *bench);

/* The process is killed between writing and syncing: what the next one reads may still be lost. */
static void what_a_killed_process_wrote_is_synced(void **state)
{
    struct bench *bench = *state;
    struct vdisk *disk = &bench->machine.disk;
    for (uint64_t point = 1; point <= 2; point++) {
        struct vote vote;
        assert_int_equal(start(bench), OK);
        disk->fail_at_sync = disk->syncs + point; /* the log's, then the slot's */
        assert_int_equal(cast(bench, VOTE_NOTARIZE, point, 1, &vote), ERR_STORAGE);
        disk->fail_at_sync = 0;
        signer_close(&bench->signer);
        assert_int_equal(start(bench), OK);
        assert_true(bench->has_vote);
        assert_int_equal(bench->last.view, point);
        uint8_t raw[VOTE_SIZE];
        vote_encode(raw, &bench->last);
        assert_true(vdisk_holds(disk, ENV_DIR_LOG, bytes_of(raw, sizeof raw)));
        const struct vdisk_content *slot = slot_content(bench);
        assert_memory_equal(slot->synced, slot->data, SLOT_FILE_SIZE);
        crash(bench);
    }
}

static struct vdisk_content *slot_content(struct bench *bench)
{
    return vdisk_find(&bench->machine.disk, ENV_DIR_KEY, SLOT_FILE);
}

static void slots_alternate(void **state)
{
    struct bench *bench = *state;
    struct vote vote;
    assert_int_equal(start(bench), OK);
    for (uint64_t view = 1; view < 9; view++) {
        uint8_t before[SLOT_FILE_SIZE];
        memcpy(before, slot_content(bench)->synced, sizeof before);
        assert_int_equal(cast(bench, VOTE_NOTARIZE, view, 1, &vote), OK);
        const uint8_t *after = slot_content(bench)->synced;
        const bool first = memcmp(before, after, SLOT_SIZE) != 0;
        const bool second = memcmp(before + SLOT_SIZE, after + SLOT_SIZE, SLOT_SIZE) != 0;
        assert_true(first != second);
        assert_int_equal(first, view % 2 == 1);
    }
    crash(bench);
    /* A torn newer slot: the older one is taken, and it says so. */
    struct vdisk_content *content = slot_content(bench);
    const size_t newer = 1 * SLOT_SIZE; /* view 8 */
    content->data[newer + 200] ^= 1;
    struct slot slot;
    assert_int_equal(slot_open(&slot, &bench->machine.env, &chain_id, &bench->key_id, NULL), OK);
    assert_true(slot.torn);
    assert_int_equal(slot.state.view, 7);
    slot_close(&slot);
    /* Both: the key must not vote. */
    content->data[100] ^= 1;
    assert_int_equal(slot_open(&slot, &bench->machine.env, &chain_id, &bench->key_id, NULL),
                     ERR_CORRUPT);
}

static void every_bit_of_a_slot_counts(void **state)
{
    struct bench *bench = *state;
    struct vdisk_content *content = slot_content(bench);
    for (size_t i = 0; i < SLOT_SIZE; i++) {
        struct slot slot;
        content->data[i] ^= 0x10;
        assert_int_equal(slot_open(&slot, &bench->machine.env, &chain_id, &bench->key_id, NULL),
                         OK);
        assert_true(slot.torn);
        slot_close(&slot);
        content->data[i] ^= 0x10;
    }
}

static void the_slot_knows_its_owner(void **state)
{
    struct bench *bench = *state;
    struct slot slot;
    struct vote vote;
    const struct hash other = {{9}};
    assert_int_equal(slot_open(&slot, &bench->machine.env, &chain_id, &other, NULL), ERR_KEY);
    /* Made before the chain is known, it belongs to the first one it votes on. */
    assert_int_equal(slot_open(&slot, &bench->machine.env, &other, &bench->key_id, NULL), OK);
    slot_close(&slot);
    assert_int_equal(start(bench), OK);
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 1, 1, &vote), OK);
    crash(bench);
    assert_int_equal(slot_open(&slot, &bench->machine.env, &other, &bench->key_id, NULL),
                     ERR_CHAIN);
    vdisk_wipe(&bench->machine.disk, ENV_DIR_KEY);
    assert_int_equal(slot_open(&slot, &bench->machine.env, &chain_id, &bench->key_id, NULL),
                     ERR_ABSENT);
}

static void muted_is_for_ever(void **state)
{
    struct bench *bench = *state;
    struct vote vote;
    assert_int_equal(start(bench), OK);
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 1, 1, &vote), OK);
    assert_int_equal(signer_mute(&bench->signer), OK);
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 2, 1, &vote), ERR_STATE_MACHINE);
    crash(bench);
    assert_int_equal(start(bench), OK);
    assert_true(bench->signer.muted);
    assert_int_equal(cast(bench, VOTE_NOTARIZE, 3, 1, &vote), ERR_STATE_MACHINE);
    crash(bench);
}

/* Whichever slot the disk spoils afterwards, the key stays muted. */
static void a_damaged_slot_does_not_unmute(void **state)
{
    struct bench *bench = *state;
    for (size_t spoiled = 0; spoiled < 2; spoiled++) {
        struct vote vote;
        vdisk_free(&bench->machine.disk);
        assert_int_equal(setup(state), 0);
        assert_int_equal(start(bench), OK);
        assert_int_equal(cast(bench, VOTE_NOTARIZE, 1, 1, &vote), OK);
        assert_int_equal(signer_mute(&bench->signer), OK);
        uint8_t raw[SLOT_FILE_SIZE];
        size_t got = 0;
        const struct env *env = &bench->machine.env;
        struct env_file *file = bench->signer.slot.file;
        assert_int_equal(env->file_read(env->context, file, 0, raw, sizeof raw, &got), OK);
        raw[spoiled * SLOT_SIZE + 100] ^= 1;
        assert_int_equal(env->file_write(env->context, file, 0, bytes_of(raw, sizeof raw)), OK);
        assert_int_equal(env->file_sync(env->context, file), OK);
        crash(bench);
        assert_int_equal(start(bench), OK);
        assert_true(bench->signer.slot.torn);
        assert_true(bench->signer.muted);
        assert_int_equal(cast(bench, VOTE_NOTARIZE, 3, 1, &vote), ERR_STATE_MACHINE);
        crash(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(positions_only_grow, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repeat_gives_the_stored_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(crash_points, setup, teardown),
        cmocka_unit_test_setup_teardown(log_ahead_of_slot_is_completed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_killed_process_wrote_is_synced, setup, teardown),
        cmocka_unit_test_setup_teardown(slots_alternate, setup, teardown),
        cmocka_unit_test_setup_teardown(every_bit_of_a_slot_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(the_slot_knows_its_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(muted_is_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_slot_does_not_unmute, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
