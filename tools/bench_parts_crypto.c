/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "ledger/chain/state_proof.h"
#include "ledger/crypto/hash.h"
#include "tools/bench.h"
#include "tools/bench_parts.h"

#define MESSAGE 300
#define BLOB (64 * 1024)

struct crypto {
    struct sign_key key;
    uint8_t signature[64];
    uint8_t blob[BLOB];
    size_t size;
};

static enum err do_sign(void *context, uint64_t times, uint64_t *ns)
{
    struct crypto *crypto = context;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times; i++) {
        sign_message(crypto->signature, &crypto->key, bytes_of(crypto->blob, MESSAGE));
    }
    *ns = bench_thread_ns() - start;
    return OK;
}

static enum err do_verify(void *context, uint64_t times, uint64_t *ns)
{
    const struct crypto *crypto = context;
    uint64_t good = 0;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times; i++) {
        good +=
            sign_verify(crypto->key.public_key, bytes_of(crypto->blob, MESSAGE), crypto->signature)
                ? 1
                : 0;
    }
    *ns = bench_thread_ns() - start;
    return good == times ? OK : ERR_SIGNATURE;
}

static enum err do_hash(void *context, uint64_t times, uint64_t *ns)
{
    struct crypto *crypto = context;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times; i++) {
        struct hasher hasher;
        struct hash hash;
        hash_begin_raw(&hasher);
        hash_add(&hasher, bytes_of(crypto->blob, crypto->size));
        hash_end(&hasher, &hash);
        crypto->blob[0] = hash.bytes[0];
    }
    *ns = bench_thread_ns() - start;
    return OK;
}

static enum err do_node(void *context, uint64_t times, uint64_t *ns)
{
    struct crypto *crypto = context;
    struct hash left = {{1}};
    const struct hash right = {{2}};
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times; i++) {
        state_node(&left, &left, &right);
    }
    *ns = bench_thread_ns() - start;
    crypto->blob[0] = left.bytes[0];
    return OK;
}

enum err bench_parts_crypto(struct bench_parts *parts)
{
    static const struct {
        size_t size;
        const char *name;
    } sizes[] = {{64, "64 B"}, {1024, "1 KiB"}, {BLOB, "64 KiB"}};
    static struct crypto crypto;
    memset(crypto.blob, 'x', sizeof crypto.blob);
    crypto.key = parts->world.anchors[0].keys[0];
    enum err err = bench_part_time(parts, "signature", BENCH_US, do_sign, &crypto,
                                   "sign a message of %d B", MESSAGE);
    if (err == OK) {
        err = bench_part_time(parts, "signature", BENCH_US, do_verify, &crypto,
                              "verify a message of %d B", MESSAGE);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && err == OK; i++) {
        crypto.size = sizes[i].size;
        err = bench_part_time(parts, "hash", BENCH_US, do_hash, &crypto, "SHA-256 of %s",
                              sizes[i].name);
    }
    return err == OK ? bench_part_time(parts, "hash", BENCH_US, do_node, &crypto,
                                       "inner node of the state tree")
                     : err;
}
