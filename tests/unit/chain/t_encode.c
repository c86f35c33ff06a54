/* SPDX-License-Identifier: Apache-2.0 */
/* encoding.json: fields to bytes, bytes to fields, and bytes that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger/chain/encode.h"
#include "ledger/crypto/hash.h"
#include "tests/unit/chain/vectors.h"

static struct json_doc *doc;
static uint8_t scratch[16384];

static int start(void **state)
{
    (void)state;
    doc = vectors_open("encoding.json");
    return 0;
}

static int finish(void **state)
{
    (void)state;
    json_doc_free(doc);
    return 0;
}

static const struct json_node *list(const char *name)
{
    const struct json_node *node = vectors_get(json_doc_root(doc), name);
    assert_true(json_node_count(node) > 0);
    return node;
}

static void header_fields(struct header *header, const struct json_node *entry)
{
    *header = (struct header){
        .version = (uint16_t)vectors_int(entry, "version"),
        .suite = (uint8_t)vectors_int(entry, "suite"),
        .flags = (uint8_t)vectors_int(entry, "flags"),
        .tx_count = (uint32_t)vectors_int(entry, "tx_count"),
        .epoch = (uint64_t)vectors_int(entry, "epoch"),
        .view = (uint64_t)vectors_int(entry, "view"),
        .height = (uint64_t)vectors_int(entry, "height"),
        .parent_view = (uint64_t)vectors_int(entry, "parent_view"),
        .proposer = (uint16_t)vectors_int(entry, "proposer"),
        .body_size = (uint32_t)vectors_int(entry, "body_size"),
        .time_ms = (uint64_t)vectors_int(entry, "time_ms"),
    };
    vectors_hash(&header->chain_id, entry, "chain_id");
    vectors_hash(&header->parent_id, entry, "parent_id");
    vectors_hash(&header->tx_root, entry, "tx_root");
    vectors_hash(&header->state_root, entry, "state_root");
    vectors_hash(&header->receipts_root, entry, "receipts_root");
    vectors_hash(&header->history_root, entry, "history_root");
    vectors_hash(&header->valset_hash, entry, "valset_hash");
    vectors_hash(&header->next_valset_hash, entry, "next_valset_hash");
}

static void test_headers(void **state)
{
    (void)state;
    const struct json_node *headers = list("headers");
    for (size_t i = 0; i < json_node_count(headers); i++) {
        const struct json_node *entry = json_node_at(headers, i);
        const struct bytes expected = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
        struct header header;
        struct header decoded;
        struct hash id;
        struct hash expected_id;
        uint8_t encoded[HEADER_SIZE];
        header_fields(&header, entry);
        header_encode(encoded, &header);
        assert_bytes_equal(bytes_of(encoded, HEADER_SIZE), expected);
        assert_int_equal(header_decode(&decoded, expected), OK);
        header_encode(encoded, &decoded);
        assert_bytes_equal(bytes_of(encoded, HEADER_SIZE), expected);
        header_id(&id, &decoded);
        vectors_hash(&expected_id, entry, "id");
        assert_hash_equal(&id, &expected_id);
    }
}

/* Any changed bit changes the id or is refused. */
static void test_header_bits(void **state)
{
    (void)state;
    const struct json_node *entry = json_node_at(list("headers"), 0);
    const struct bytes good = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
    struct header header;
    struct hash id;
    assert_int_equal(header_decode(&header, good), OK);
    header_id(&id, &header);
    for (size_t bit = 0; bit < 8 * HEADER_SIZE; bit++) {
        struct hash other;
        scratch[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (header_decode(&header, good) == OK) {
            header_id(&other, &header);
            assert_false(hash_equal(&id, &other));
        }
        scratch[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void vote_fields(struct vote *vote, const struct json_node *entry)
{
    uint8_t signature[SIGNATURE_SIZE];
    *vote = (struct vote){.kind = (enum vote_kind)vectors_int(entry, "kind"),
                          .epoch = (uint64_t)vectors_int(entry, "epoch"),
                          .view = (uint64_t)vectors_int(entry, "view"),
                          .lock_view = (uint64_t)vectors_int(entry, "lock_view"),
                          .signer = (uint8_t)vectors_int(entry, "signer")};
    vectors_hash(&vote->block_id, entry, "block_id");
    assert_int_equal(vectors_bytes(entry, "signature", signature, sizeof signature).size, 64);
    memcpy(vote->signature, signature, sizeof signature);
}

static void test_votes(void **state)
{
    (void)state;
    const struct json_node *votes = list("votes");
    for (size_t i = 0; i < json_node_count(votes); i++) {
        const struct json_node *entry = json_node_at(votes, i);
        struct vote vote;
        struct vote decoded;
        struct hash chain_id;
        uint8_t message[VOTE_SIGNED_SIZE];
        uint8_t encoded[VOTE_SIZE];
        vote_fields(&vote, entry);
        vectors_hash(&chain_id, entry, "chain_id");
        vote_signed_bytes(message, &chain_id, 1, &vote);
        assert_bytes_equal(bytes_of(message, sizeof message),
                           vectors_bytes(entry, "signed", scratch, sizeof scratch));
        vote_encode(encoded, &vote);
        const struct bytes expected = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
        assert_bytes_equal(bytes_of(encoded, sizeof encoded), expected);
        assert_int_equal(vote_decode(&decoded, expected), OK);
        vote_encode(encoded, &decoded);
        assert_bytes_equal(bytes_of(encoded, sizeof encoded), expected);
    }
}

static void test_certs(void **state)
{
    (void)state;
    const struct json_node *certs = list("certs");
    for (size_t i = 0; i < json_node_count(certs); i++) {
        const struct json_node *entry = json_node_at(certs, i);
        const struct bytes expected = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
        uint8_t encoded[CERT_SIZE_MAX];
        struct cert cert;
        struct cert again;
        assert_int_equal(cert_decode(&cert, expected), OK);
        assert_false(cert.verified);
        assert_int_equal(cert.kind, vectors_int(entry, "kind"));
        assert_int_equal(cert.view, vectors_int(entry, "view"));
        assert_int_equal(cert_size(&cert), expected.size);
        struct writer writer = writer_of(encoded, sizeof encoded);
        cert_write(&writer, &cert);
        assert_bytes_equal(writer_bytes(&writer), expected);
        assert_int_equal(cert_decode(&again, writer_bytes(&writer)), OK);
        assert_true(cert_equal(&cert, &again));
        again.signatures[2][63] ^= 1;
        assert_false(cert_equal(&cert, &again));
        const struct json_node *signers = vectors_get(entry, "signers");
        for (uint32_t j = 0; j < json_node_count(signers); j++) {
            struct vote vote;
            char number[4];
            cert_vote(&vote, &cert, j);
            snprintf(number, sizeof number, "%u", vote.signer);
            assert_string_equal(number, json_node_text(json_node_at(signers, j)));
            assert_memory_equal(vote.signature, cert.signatures[j], SIGNATURE_SIZE);
            assert_int_equal(vote.lock_view, cert.lock_views[j]);
        }
    }
}

/* Sizes of consensus.md 2.3 for sets of 4 and 64. */
static void test_cert_sizes(void **state)
{
    (void)state;
    const struct cert four = {.kind = VOTE_NOTARIZE, .signers = 7};
    const struct cert four_nullified = {.kind = VOTE_NULLIFY, .signers = 7};
    assert_int_equal(cert_size(&four), 249);
    assert_int_equal(cert_size(&four) + cert_size(&four_nullified), 490);
    const struct cert full = {.kind = VOTE_NOTARIZE, .signers = (UINT64_C(1) << 43) - 1};
    const struct cert full_nullified = {.kind = VOTE_NULLIFY, .signers = (UINT64_C(1) << 43) - 1};
    assert_int_equal(cert_size(&full), 2809);
    assert_int_equal(cert_size(&full) + cert_size(&full_nullified), 5930);
    const struct cert all = {.kind = VOTE_NULLIFY, .signers = UINT64_MAX};
    assert_true(cert_size(&all) <= CERT_SIZE_MAX);
}

static void test_justs(void **state)
{
    (void)state;
    static struct just just;
    const struct json_node *justs = list("justs");
    for (size_t i = 0; i < json_node_count(justs); i++) {
        const struct json_node *entry = json_node_at(justs, i);
        const struct bytes expected = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
        uint8_t encoded[JUST_SIZE_MAX];
        assert_int_equal(just_decode(&just, expected), OK);
        assert_int_equal(just.kind, vectors_int(entry, "kind"));
        assert_int_equal(just.has_cert, vectors_bool(entry, "has_cert"));
        assert_int_equal(just_size(&just), expected.size);
        struct writer writer = writer_of(encoded, sizeof encoded);
        just_write(&writer, &just);
        assert_bytes_equal(writer_bytes(&writer), expected);
        for (size_t size = 0; size < expected.size; size++) {
            assert_int_not_equal(just_decode(&just, bytes_of(expected.data, size)), OK);
        }
    }
}

static enum err decode_any(const char *what, struct bytes in)
{
    static union {
        struct header header;
        struct vote vote;
        struct cert cert;
        struct just just;
        struct valset valset;
    } out;
    static uint8_t before[sizeof out];
    memset(&out, 0x5a, sizeof out);
    memcpy(before, &out, sizeof out);
    enum err err = OK;
    if (strcmp(what, "header") == 0) {
        err = header_decode(&out.header, in);
    } else if (strcmp(what, "vote") == 0) {
        err = vote_decode(&out.vote, in);
    } else if (strcmp(what, "cert") == 0) {
        err = cert_decode(&out.cert, in);
    } else if (strcmp(what, "just") == 0) {
        err = just_decode(&out.just, in);
    } else if (strcmp(what, "valset") == 0) {
        err = valset_decode(&out.valset, in);
    } else {
        fail_msg("unknown %s", what);
    }
    /* Outputs are untouched on failure. */
    assert_true(err == OK || memcmp(&out, before, sizeof out) == 0);
    return err;
}

static void test_rejects(void **state)
{
    (void)state;
    const struct json_node *rejects = list("rejects");
    for (size_t i = 0; i < json_node_count(rejects); i++) {
        const struct json_node *entry = json_node_at(rejects, i);
        const char *what = vectors_text(entry, "what");
        const struct bytes in = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
        const enum err err = decode_any(what, in);
        if (strcmp(err_name(err), vectors_text(entry, "error")) != 0) {
            fail_msg("%s %s: %s", what, vectors_text(entry, "name"), err_name(err));
        }
    }
}

/* Each prefix of each valid encoding is refused. */
static void test_prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        const char *what;
    } kinds[] = {
        {"headers", "header"}, {"votes", "vote"}, {"certs", "cert"}, {"valsets", "valset"}};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        const struct json_node *entry = json_node_at(list(kinds[k].list), 0);
        const struct bytes in = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
        assert_int_equal(decode_any(kinds[k].what, in), OK);
        for (size_t size = 0; size < in.size; size++) {
            assert_int_not_equal(decode_any(kinds[k].what, bytes_of(in.data, size)), OK);
        }
    }
}

static void test_valsets(void **state)
{
    (void)state;
    const struct json_node *valsets = list("valsets");
    for (size_t i = 0; i < json_node_count(valsets); i++) {
        const struct json_node *entry = json_node_at(valsets, i);
        const struct bytes expected = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
        static struct valset valset;
        uint8_t encoded[VALSET_SIZE_MAX];
        struct hash hash;
        struct hash expected_hash;
        assert_int_equal(valset_decode(&valset, expected), OK);
        assert_int_equal(valset_size(&valset), expected.size);
        struct writer writer = writer_of(encoded, sizeof encoded);
        valset_write(&writer, &valset);
        assert_bytes_equal(writer_bytes(&writer), expected);
        valset_hash(&hash, &valset);
        vectors_hash(&expected_hash, entry, "hash");
        assert_hash_equal(&hash, &expected_hash);
        uint16_t order[LIMIT_VALIDATORS];
        const struct json_node *leaders = vectors_get(entry, "leaders");
        assert_int_equal(json_node_count(leaders), valset.count);
        leader_order(order, &valset);
        for (uint16_t j = 0; j < valset.count; j++) {
            int64_t leader = -1;
            assert_true(json_node_integer(json_node_at(leaders, j), &leader));
            assert_int_equal(order[j], leader);
            assert_int_equal(valset_find(&valset, bytes_of(valset.validators[j].key, 32)), j);
        }
        assert_int_equal(valset_find(&valset, bytes_of(valset.validators[0].key, 31)), -1);
    }
}

static void test_valset_sort(void **state)
{
    (void)state;
    const struct json_node *entry = json_node_at(list("valsets"), 1);
    const struct bytes in = vectors_bytes(entry, "bytes", scratch, sizeof scratch);
    static struct valset sorted;
    static struct valset mixed;
    assert_int_equal(valset_decode(&sorted, in), OK);
    mixed = sorted;
    for (uint16_t i = 0; i < mixed.count; i++) {
        mixed.validators[i] = sorted.validators[(i * 3 + 2) % sorted.count];
    }
    valset_sort(&mixed);
    struct hash a;
    struct hash b;
    valset_hash(&a, &sorted);
    valset_hash(&b, &mixed);
    assert_hash_equal(&a, &b);
}

static void test_genesis_header(void **state)
{
    (void)state;
    static struct valset valset;
    const struct json_node *entry = json_node_at(list("valsets"), 0);
    assert_int_equal(valset_decode(&valset, vectors_bytes(entry, "bytes", scratch, sizeof scratch)),
                     OK);
    struct hash chain_id;
    struct hash state_root;
    struct header header;
    struct header decoded;
    uint8_t encoded[HEADER_SIZE];
    hash_tagged(&chain_id, TAG_CHAIN, bytes_text("genesis"));
    hash_tagged(&state_root, TAG_STATE_LEAF, bytes_text("state"));
    header_genesis(&header, &chain_id, 1790000000000, &state_root, &valset);
    header_encode(encoded, &header);
    assert_int_equal(header_decode(&decoded, bytes_of(encoded, sizeof encoded)), OK);
    assert_int_equal(decoded.height, 0);
    assert_int_equal(decoded.epoch, 0);
    struct hash next;
    vectors_hash(&next, entry, "hash");
    assert_hash_equal(&decoded.next_valset_hash, &next);
    assert_true(hash_is_zero(&decoded.valset_hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),        cmocka_unit_test(test_header_bits),
        cmocka_unit_test(test_votes),          cmocka_unit_test(test_certs),
        cmocka_unit_test(test_cert_sizes),     cmocka_unit_test(test_justs),
        cmocka_unit_test(test_rejects),        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_valsets),        cmocka_unit_test(test_valset_sort),
        cmocka_unit_test(test_genesis_header),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
