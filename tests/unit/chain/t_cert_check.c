/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/chain/cert_check.h"
#include "ledger/crypto/hash.h"
#include "ledger/crypto/sign.h"

#define COUNT 7 /* f = 2, q = 5 */

static struct sign_key keys[COUNT];
static struct valset valset;
static struct cert_checker checker;
static struct hash block;

static int start(void **state)
{
    (void)state;
    if (sign_start() != OK) {
        return -1;
    }
    valset = (struct valset){.suite = SUITE_ED25519_SHA256, .epoch = 3, .count = COUNT};
    for (uint8_t i = 0; i < COUNT; i++) {
        const uint8_t seed[SIGN_SEED_SIZE] = {i};
        struct sign_key key;
        sign_key_from_seed(&key, seed);
        valset.validators[i].key_size = SIGN_PUBLIC_SIZE;
        memcpy(valset.validators[i].key, key.public_key, SIGN_PUBLIC_SIZE);
    }
    valset_sort(&valset);
    for (uint8_t i = 0; i < COUNT; i++) {
        const uint8_t seed[SIGN_SEED_SIZE] = {i};
        struct sign_key key;
        sign_key_from_seed(&key, seed);
        const int index = valset_find(&valset, bytes_of(key.public_key, SIGN_PUBLIC_SIZE));
        keys[index] = key;
    }
    hash_tagged(&checker.chain_id, TAG_CHAIN, bytes_text("test"));
    checker.valset = &valset;
    hash_tagged(&block, TAG_HEADER, bytes_text("block"));
    return 0;
}

static void vote_sign(struct vote *vote)
{
    uint8_t message[VOTE_SIGNED_SIZE];
    vote_signed_bytes(message, &checker.chain_id, SUITE_ED25519_SHA256, vote);
    sign_message(vote->signature, &keys[vote->signer], bytes_of(message, sizeof message));
}

static struct vote vote_of(enum vote_kind kind, uint64_t view, uint64_t lock_view, uint8_t signer)
{
    struct vote vote = {
        .kind = kind, .epoch = 3, .view = view, .lock_view = lock_view, .signer = signer};
    if (kind != VOTE_NULLIFY) {
        vote.block_id = block;
    }
    vote_sign(&vote);
    return vote;
}

/* lock_views counts validators by index; only the signers' entries are used. */
static struct cert cert_of(enum vote_kind kind, uint64_t view, uint64_t signers,
                           const uint64_t *lock_views)
{
    struct cert cert = {.kind = kind, .epoch = 3, .view = view, .signers = signers};
    if (kind != VOTE_NULLIFY) {
        cert.block_id = block;
    }
    uint32_t at = 0;
    for (uint8_t i = 0; i < COUNT; i++) {
        if ((signers >> i & 1) == 0) {
            continue;
        }
        const uint64_t lock_view = lock_views == NULL ? 0 : lock_views[i];
        const struct vote vote = vote_of(kind, view, lock_view, i);
        cert.lock_views[at] = lock_view;
        memcpy(cert.signatures[at++], vote.signature, SIGNATURE_SIZE);
    }
    return cert;
}

static void test_vote(void **state)
{
    (void)state;
    struct vote vote = vote_of(VOTE_NOTARIZE, 9, 0, 2);
    assert_int_equal(vote_check(&checker, &vote), OK);
    vote.signer = 3;
    assert_int_equal(vote_check(&checker, &vote), ERR_SIGNATURE);
    vote.signer = COUNT;
    assert_int_equal(vote_check(&checker, &vote), ERR_RANGE);
    vote.signer = 2;
    vote.epoch = 4;
    assert_int_equal(vote_check(&checker, &vote), ERR_CHAIN);
    vote.epoch = 3;
    vote.kind = VOTE_FINALIZE;
    assert_int_equal(vote_check(&checker, &vote), ERR_SIGNATURE);
    vote.kind = VOTE_NOTARIZE;
    vote.view = 10;
    assert_int_equal(vote_check(&checker, &vote), ERR_SIGNATURE);
    struct cert_checker elsewhere = checker;
    elsewhere.chain_id.bytes[0] ^= 1;
    vote.view = 9;
    assert_int_equal(vote_check(&elsewhere, &vote), ERR_SIGNATURE);
    assert_int_equal(vote_check(&checker, &vote), OK);
}

static void test_cert(void **state)
{
    (void)state;
    struct cert cert = cert_of(VOTE_NOTARIZE, 9, 0x1f, NULL);
    assert_int_equal(cert_check(&checker, &cert), OK);
    assert_true(cert.verified);
    cert = cert_of(VOTE_FINALIZE, 9, 0x7f, NULL);
    assert_int_equal(cert_check(&checker, &cert), OK);
    const uint64_t locks[COUNT] = {8, 0, 3, 8, 8, 8, 8};
    cert = cert_of(VOTE_NULLIFY, 9, 0x57, locks);
    assert_int_equal(cert_check(&checker, &cert), OK);
    assert_int_equal(cert_max_lock(&cert), 8);
}

/* q - 1 signers are not enough, whoever they are. */
static void test_quorum(void **state)
{
    (void)state;
    for (uint64_t signers = 1; signers < (1u << COUNT); signers += 9) {
        struct cert cert = cert_of(VOTE_NOTARIZE, 9, signers, NULL);
        const bool enough = __builtin_popcountll(signers) >= 5;
        assert_int_equal(cert_check(&checker, &cert), enough ? OK : ERR_NO_QUORUM);
        assert_int_equal(cert.verified, enough);
    }
}

static void test_cert_refused(void **state)
{
    (void)state;
    const struct cert good = cert_of(VOTE_NOTARIZE, 9, 0x1f, NULL);
    struct cert cert = good;
    cert.epoch = 2;
    assert_int_equal(cert_check(&checker, &cert), ERR_CHAIN);
    cert = good;
    cert.view = 0;
    assert_int_equal(cert_check(&checker, &cert), ERR_RANGE);
    cert = good;
    cert.signers = 0x8f;
    assert_int_equal(cert_check(&checker, &cert), ERR_KEY);
    cert = good;
    cert.signers = 0x2f; /* the same signatures under another name */
    assert_int_equal(cert_check(&checker, &cert), ERR_SIGNATURE);
    cert = good;
    cert.kind = (enum vote_kind)4;
    assert_int_equal(cert_check(&checker, &cert), ERR_ENUM);
    for (uint32_t i = 0; i < 5; i++) {
        cert = good;
        cert.signatures[i][40] ^= 1;
        assert_int_equal(cert_check(&checker, &cert), ERR_SIGNATURE);
        assert_false(cert.verified);
    }
    /* Votes of another kind or view do not count for this one. */
    cert = good;
    cert.kind = VOTE_FINALIZE;
    assert_int_equal(cert_check(&checker, &cert), ERR_SIGNATURE);
    cert = good;
    cert.view = 8;
    assert_int_equal(cert_check(&checker, &cert), ERR_SIGNATURE);
    /* One vote twice: the second bit needs its own signer. */
    cert = cert_of(VOTE_NOTARIZE, 9, 0x1f, NULL);
    memcpy(cert.signatures[4], cert.signatures[0], SIGNATURE_SIZE);
    assert_int_equal(cert_check(&checker, &cert), ERR_SIGNATURE);
}

struct cache {
    struct hash known[64];
    size_t count;
    size_t hits;
};

static bool cache_known(void *context, const struct hash *triple)
{
    struct cache *cache = context;
    for (size_t i = 0; i < cache->count; i++) {
        if (hash_equal(&cache->known[i], triple)) {
            cache->hits++;
            return true;
        }
    }
    return false;
}

static void cache_learn(void *context, const struct hash *triple)
{
    struct cache *cache = context;
    assert_true(cache->count < 64);
    cache->known[cache->count++] = *triple;
}

/* Decision D1, its three mutants: a Z with other lock views, a vote for another block, and the same
 * vote with other signature bytes are never helped by what the cache holds; and what fails is not
 * learned. */
static struct cert_checker cached_checker(struct known *known, struct cache *store)
{
    struct cert_checker cached = checker;
    *store = (struct cache){.count = 0};
    *known = (struct known){store, cache_known, cache_learn};
    cached.known = known;
    return cached;
}

static struct cert known_nullification(const struct cert_checker *cached, const struct cache *store)
{
    const uint64_t locks[COUNT] = {8, 0, 3, 8, 8, 8, 8};
    const struct cert first = cert_of(VOTE_NULLIFY, 9, 0x1f, locks);
    struct cert cert = first;
    assert_int_equal(cert_check(cached, &cert), OK);
    assert_int_equal(store->count, 5);
    assert_int_equal(store->hits, 0);
    cert = first;
    assert_int_equal(cert_check(cached, &cert), OK);
    assert_int_equal(store->hits, 5);
    return first;
}

static void another_lock_is_another_question(void **state)
{
    (void)state;
    struct cache store;
    struct known known;
    const struct cert_checker cached = cached_checker(&known, &store);
    struct cert cert = known_nullification(&cached, &store);
    cert.lock_views[0] = 0;
    assert_int_equal(cert_check(&cached, &cert), ERR_SIGNATURE);
    assert_false(cert.verified);
    assert_int_equal(store.count, 5);
}

static void another_signature_is_another_question(void **state)
{
    (void)state;
    struct cache store;
    struct known known;
    const struct cert_checker cached = cached_checker(&known, &store);
    struct cert cert = known_nullification(&cached, &store);
    cert.signatures[0][1] ^= 1;
    assert_int_equal(cert_check(&cached, &cert), ERR_SIGNATURE);
    assert_false(cert.verified);
    assert_int_equal(store.count, 5);
}

static void another_block_is_another_question(void **state)
{
    (void)state;
    struct cache store;
    struct known known;
    const struct cert_checker cached = cached_checker(&known, &store);
    struct vote vote = vote_of(VOTE_NOTARIZE, 4, 0, 1);
    assert_int_equal(vote_check(&cached, &vote), OK);
    vote.block_id.bytes[5] ^= 1;
    assert_int_equal(vote_check(&cached, &vote), ERR_SIGNATURE);
    assert_int_equal(store.count, 1);
}

static void test_just(void **state)
{
    (void)state;
    static struct just just;
    const uint64_t locks[COUNT] = {7, 0, 3, 7, 7, 7, 7};

    just = (struct just){.kind = JUST_EPOCH_START};
    assert_int_equal(just_check(&checker, NULL, &just, 1), OK);
    assert_int_equal(just_check(&checker, NULL, &just, 2), ERR_GAP);
    assert_int_equal(just_check(&checker, NULL, &just, 0), ERR_RANGE);
    just.has_cert = true;
    just.cert = cert_of(VOTE_FINALIZE, 9, 0x1f, NULL);
    assert_int_equal(just_check(&checker, NULL, &just, 1), ERR_CHAIN);
    assert_int_equal(just_check(&checker, &checker, &just, 1), OK);
    just.cert = cert_of(VOTE_NOTARIZE, 9, 0x1f, NULL);
    assert_int_equal(just_check(&checker, &checker, &just, 1), ERR_ENUM);

    just = (struct just){.kind = JUST_NEXT, .has_cert = true};
    just.cert = cert_of(VOTE_NOTARIZE, 8, 0x1f, NULL);
    assert_int_equal(just_check(&checker, NULL, &just, 9), OK);
    assert_int_equal(just_check(&checker, NULL, &just, 8), ERR_GAP);
    assert_int_equal(just_check(&checker, NULL, &just, 10), ERR_GAP);
    just.has_cert = false;
    assert_int_equal(just_check(&checker, NULL, &just, 9), ERR_ENUM);

    just = (struct just){.kind = JUST_SKIP, .has_cert = true};
    just.nullified = cert_of(VOTE_NULLIFY, 8, 0x1f, locks);
    just.cert = cert_of(VOTE_NOTARIZE, 7, 0x1f, NULL);
    assert_int_equal(just_check(&checker, NULL, &just, 9), OK);
    assert_int_equal(just_check(&checker, NULL, &just, 10), ERR_GAP);
}

/* maxlock(Z) <= C.view < v - 1: each bound on both sides. */
static void test_just_locks(void **state)
{
    (void)state;
    static struct just just;
    for (uint64_t lock = 0; lock < 8; lock++) {
        uint64_t locks[COUNT] = {0};
        locks[2] = lock;
        const struct cert nullified = cert_of(VOTE_NULLIFY, 8, 0x1f, locks);
        for (uint64_t parent = 0; parent < 10; parent++) {
            just = (struct just){.kind = JUST_SKIP, .has_cert = parent > 0, .nullified = nullified};
            if (parent > 0) {
                just.cert = cert_of(VOTE_FINALIZE, parent, 0x1f, NULL);
            }
            const bool fits = lock <= parent && parent < 8;
            assert_int_equal(just_check(&checker, NULL, &just, 9), fits ? OK : ERR_GAP);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vote),
        cmocka_unit_test(test_cert),
        cmocka_unit_test(test_quorum),
        cmocka_unit_test(test_cert_refused),
        cmocka_unit_test(another_lock_is_another_question),
        cmocka_unit_test(another_block_is_another_question),
        cmocka_unit_test(another_signature_is_another_question),
        cmocka_unit_test(test_just),
        cmocka_unit_test(test_just_locks),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
