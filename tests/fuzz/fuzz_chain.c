/* SPDX-License-Identifier: Apache-2.0 */
/* The exact bytes of consensus objects. The first byte chooses what the rest is taken for; what is
 * accepted must be written again as the same bytes. */

#include "ledger/chain/encode.h"
#include "ledger/crypto/hash.h"
#include "tests/fuzz/fuzz.h"

static uint8_t again[JUST_SIZE_MAX > VALSET_SIZE_MAX ? JUST_SIZE_MAX : VALSET_SIZE_MAX];

static void check_same(struct bytes in, const struct writer *writer)
{
    check(!writer->failed);
    check(bytes_equal(in, writer_bytes(writer)));
}

static void try_header(struct bytes in)
{
    struct header header;
    if (header_decode(&header, in) == OK) {
        header_encode(again, &header);
        check(bytes_equal(in, bytes_of(again, HEADER_SIZE)));
    }
}

static void try_vote(struct bytes in)
{
    struct vote vote;
    struct hash chain_id = {{0}};
    uint8_t message[VOTE_SIGNED_SIZE];
    if (vote_decode(&vote, in) == OK) {
        vote_encode(again, &vote);
        check(bytes_equal(in, bytes_of(again, VOTE_SIZE)));
        vote_signed_bytes(message, &chain_id, SUITE_ED25519_SHA256, &vote);
    }
}

static void try_cert(struct bytes in)
{
    static struct cert cert;
    struct writer writer = writer_of(again, sizeof again);
    if (cert_decode(&cert, in) != OK) {
        return;
    }
    check(!cert.verified);
    check(cert_size(&cert) == in.size);
    check(cert.kind != VOTE_NULLIFY || cert_max_lock(&cert) < cert.view);
    cert_write(&writer, &cert);
    check_same(in, &writer);
}

static void try_just(struct bytes in)
{
    static struct just just;
    struct writer writer = writer_of(again, sizeof again);
    if (just_decode(&just, in) == OK) {
        check(just_size(&just) == in.size);
        just_write(&writer, &just);
        check_same(in, &writer);
    }
}

static void try_valset(struct bytes in)
{
    static struct valset valset;
    struct writer writer = writer_of(again, sizeof again);
    struct hash hash;
    uint16_t order[LIMIT_VALIDATORS];
    if (valset_decode(&valset, in) == OK) {
        valset_write(&writer, &valset);
        check_same(in, &writer);
        valset_hash(&hash, &valset);
        leader_order(order, &valset);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(struct bytes) = {try_header, try_vote, try_cert, try_just,
                                                  try_valset};
    if (size > 0) {
        kinds[data[0] % (sizeof kinds / sizeof kinds[0])](bytes_of(data + 1, size - 1));
    }
    return 0;
}
