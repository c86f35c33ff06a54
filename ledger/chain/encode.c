/* SPDX-License-Identifier: Apache-2.0 */
/* The header has a table of offsets because other languages read it; its writer asserts that it
 * arrives at each of them. Everything else is written field after field. */

#include "ledger/chain/encode.h"

#include <assert.h>
#include <string.h>

#include "ledger/chain/mutant.h"
#include "ledger/crypto/hash.h"

enum header_offset {
    HEADER_VERSION = 0,
    HEADER_SUITE = 2,
    HEADER_FLAGS = 3,
    HEADER_TX_COUNT = 4,
    HEADER_CHAIN_ID = 8,
    HEADER_EPOCH = 40,
    HEADER_VIEW = 48,
    HEADER_HEIGHT = 56,
    HEADER_PARENT_ID = 64,
    HEADER_PARENT_VIEW = 96,
    HEADER_PROPOSER = 104,
    HEADER_ZERO = 106, /* 2 bytes */
    HEADER_BODY_SIZE = 108,
    HEADER_TIME = 112,
    HEADER_TX_ROOT = 120,
    HEADER_STATE_ROOT = 152,
    HEADER_RECEIPTS_ROOT = 184,
    HEADER_HISTORY_ROOT = 216,
    HEADER_VALSET_HASH = 248,
    HEADER_NEXT_VALSET_HASH = 280,
    HEADER_RESERVED = 312, /* 72 bytes: 40 and the 32 that decision D20 gave back */
    HEADER_END = 384
};

static_assert(HEADER_END == HEADER_SIZE, "header size");
static_assert(HEADER_RESERVED + 72 == HEADER_END, "reserved bytes");
static_assert(HEADER_CHAIN_ID + HASH_SIZE == HEADER_EPOCH, "chain id");
static_assert(HEADER_TIME + 8 == HEADER_TX_ROOT, "time");
static_assert(HEADER_TX_ROOT + 6 * HASH_SIZE == HEADER_RESERVED, "six roots and hashes");

static void write_hash(struct writer *writer, const struct hash *hash)
{
    write_raw(writer, hash->bytes, HASH_SIZE);
}

static void read_hash(struct reader *reader, struct hash *hash)
{
    read_raw(reader, hash->bytes, HASH_SIZE);
}

static bool read_zeros(struct reader *reader, size_t size)
{
    const struct bytes in = read_bytes(reader, size);
    uint8_t any = 0;
    for (size_t i = 0; i < in.size; i++) {
        any |= in.data[i];
    }
    return any == 0;
}

void header_encode(uint8_t out[HEADER_SIZE], const struct header *header)
{
    static const uint8_t zeros[HEADER_END - HEADER_RESERVED];
    struct writer writer = writer_of(out, HEADER_SIZE);
    write_u16(&writer, header->version);
    write_u8(&writer, header->suite);
    write_u8(&writer, header->flags);
    write_u32(&writer, header->tx_count);
    assert(writer_size(&writer) == HEADER_CHAIN_ID);
    write_hash(&writer, &header->chain_id);
    write_u64(&writer, header->epoch);
    write_u64(&writer, header->view);
    write_u64(&writer, header->height);
    assert(writer_size(&writer) == HEADER_PARENT_ID);
    write_hash(&writer, &header->parent_id);
    write_u64(&writer, header->parent_view);
    write_u16(&writer, header->proposer);
    write_u16(&writer, 0);
    assert(writer_size(&writer) == HEADER_BODY_SIZE);
    write_u32(&writer, header->body_size);
    write_u64(&writer, header->time_ms);
    assert(writer_size(&writer) == HEADER_TX_ROOT);
    write_hash(&writer, &header->tx_root);
    write_hash(&writer, &header->state_root);
    write_hash(&writer, &header->receipts_root);
    write_hash(&writer, &header->history_root);
    write_hash(&writer, &header->valset_hash);
    write_hash(&writer, &header->next_valset_hash);
    assert(writer_size(&writer) == HEADER_RESERVED);
    write_raw(&writer, zeros, sizeof zeros);
    assert(!writer.failed);
    assert(writer_size(&writer) == HEADER_SIZE);
}

/* What the struct alone must satisfy. */
static enum err header_form(const struct header *header)
{
    if (header->suite != SUITE_ED25519_SHA256) {
        return ERR_VERSION;
    }
    if ((header->flags & ~HEADER_FLAG_BOUNDARY) != 0) {
        return ERR_NOT_CANONICAL;
    }
    const bool boundary = (header->flags & HEADER_FLAG_BOUNDARY) != 0;
    if (boundary == hash_is_zero(&header->next_valset_hash)) {
        return ERR_NOT_CANONICAL;
    }
    if (header->tx_count > LIMIT_BLOCK_TX || header->body_size > LIMIT_BLOCK_BODY ||
        header->proposer >= LIMIT_VALIDATORS) {
        return ERR_RANGE;
    }
    return OK;
}

enum err header_decode(struct header *header, struct bytes in)
{
    if (in.size != HEADER_SIZE) {
        return ERR_LENGTH;
    }
    struct reader reader = reader_of(in);
    struct header out = {0};
    out.version = read_u16(&reader);
    out.suite = read_u8(&reader);
    out.flags = read_u8(&reader);
    out.tx_count = read_u32(&reader);
    read_hash(&reader, &out.chain_id);
    out.epoch = read_u64(&reader);
    out.view = read_u64(&reader);
    out.height = read_u64(&reader);
    read_hash(&reader, &out.parent_id);
    out.parent_view = read_u64(&reader);
    out.proposer = read_u16(&reader);
    bool zero = read_zeros(&reader, HEADER_BODY_SIZE - HEADER_ZERO);
    out.body_size = read_u32(&reader);
    out.time_ms = read_u64(&reader);
    read_hash(&reader, &out.tx_root);
    read_hash(&reader, &out.state_root);
    read_hash(&reader, &out.receipts_root);
    read_hash(&reader, &out.history_root);
    read_hash(&reader, &out.valset_hash);
    read_hash(&reader, &out.next_valset_hash);
    zero = read_zeros(&reader, HEADER_END - HEADER_RESERVED) && zero;
    assert(reader_done(&reader));
    if (!zero) {
        return ERR_NOT_CANONICAL;
    }
    const enum err err = header_form(&out);
    if (err == OK) {
        *header = out;
    }
    return err;
}

void header_id(struct hash *id, const struct header *header)
{
    uint8_t encoded[HEADER_SIZE];
    header_encode(encoded, header);
    hash_tagged(id, TAG_HEADER, bytes_of(encoded, sizeof encoded));
}

void header_genesis(struct header *header, const struct hash *chain_id, uint64_t time_ms,
                    const struct hash *state_root, const struct valset *first)
{
    struct hasher hasher;
    struct hash empty;
    hash_begin_raw(&hasher);
    hash_end(&hasher, &empty);
    *header = (struct header){.version = 1,
                              .suite = first->suite,
                              .flags = HEADER_FLAG_BOUNDARY,
                              .chain_id = *chain_id,
                              .time_ms = time_ms,
                              .tx_root = empty,
                              .state_root = *state_root,
                              .receipts_root = empty,
                              .history_root = empty};
    valset_hash(&header->next_valset_hash, first);
}

void vote_signed_bytes(uint8_t out[VOTE_SIGNED_SIZE], const struct hash *chain_id, uint8_t suite,
                       const struct vote *vote)
{
    assert(vote->view >= 1);
    assert(vote->kind == VOTE_NULLIFY || vote->lock_view == 0);
    struct writer writer = writer_of(out, VOTE_SIGNED_SIZE);
    write_raw(&writer, TAG_VOTE, TAG_SIZE);
    write_u8(&writer, CHAIN_MUTANT(CHAIN_MUTANT_NO_KIND) ? 0 : (uint8_t)vote->kind);
    write_u8(&writer, suite);
    write_u16(&writer, 0);
    write_hash(&writer, CHAIN_MUTANT(CHAIN_MUTANT_NO_CHAIN) ? &vote->block_id : chain_id);
    write_u64(&writer, CHAIN_MUTANT(CHAIN_MUTANT_NO_EPOCH) ? 0 : vote->epoch);
    write_u64(&writer, vote->view);
    write_hash(&writer, &vote->block_id);
    write_u64(&writer, vote->lock_view);
    assert(!writer.failed);
    assert(writer_size(&writer) == VOTE_SIGNED_SIZE);
}

void vote_encode(uint8_t out[VOTE_SIZE], const struct vote *vote)
{
    struct writer writer = writer_of(out, VOTE_SIZE);
    write_u8(&writer, (uint8_t)vote->kind);
    write_u8(&writer, vote->signer);
    write_u64(&writer, vote->epoch);
    write_u64(&writer, vote->view);
    write_hash(&writer, &vote->block_id);
    write_u64(&writer, vote->lock_view);
    write_raw(&writer, vote->signature, SIGNATURE_SIZE);
    assert(!writer.failed);
    assert(writer_size(&writer) == VOTE_SIZE);
}

/* The rules that votes and the votes inside certificates share. */
static enum err vote_form(uint8_t kind, uint64_t view, const struct hash *block_id,
                          uint64_t lock_view)
{
    if (kind < VOTE_NOTARIZE || kind > VOTE_FINALIZE) {
        return ERR_ENUM;
    }
    if (view == 0) {
        return ERR_RANGE;
    }
    if (kind == VOTE_NULLIFY) {
        return hash_is_zero(block_id) && lock_view < view ? OK : ERR_NOT_CANONICAL;
    }
    return !hash_is_zero(block_id) && lock_view == 0 ? OK : ERR_NOT_CANONICAL;
}

enum err vote_decode(struct vote *vote, struct bytes in)
{
    if (in.size != VOTE_SIZE) {
        return ERR_LENGTH;
    }
    struct reader reader = reader_of(in);
    struct vote out = {0};
    const uint8_t kind = read_u8(&reader);
    out.signer = read_u8(&reader);
    out.epoch = read_u64(&reader);
    out.view = read_u64(&reader);
    read_hash(&reader, &out.block_id);
    out.lock_view = read_u64(&reader);
    read_raw(&reader, out.signature, SIGNATURE_SIZE);
    assert(reader_done(&reader));
    const enum err err = vote_form(kind, out.view, &out.block_id, out.lock_view);
    if (err != OK) {
        return err;
    }
    if (out.signer >= LIMIT_VALIDATORS) {
        return ERR_RANGE;
    }
    out.kind = (enum vote_kind)kind;
    *vote = out;
    return OK;
}

static uint32_t cert_count(const struct cert *cert)
{
    return (uint32_t)__builtin_popcountll(cert->signers);
}

void cert_vote(struct vote *vote, const struct cert *cert, uint32_t i)
{
    assert(i < cert_count(cert));
    uint64_t rest = cert->signers;
    for (uint32_t skipped = 0; skipped < i; skipped++) {
        rest &= rest - 1;
    }
    *vote = (struct vote){.kind = cert->kind,
                          .epoch = cert->epoch,
                          .view = cert->view,
                          .block_id = cert->block_id,
                          .signer = (uint8_t)__builtin_ctzll(rest)};
    if (cert->kind == VOTE_NULLIFY) {
        vote->lock_view = cert->lock_views[i];
    }
    memcpy(vote->signature, cert->signatures[i], SIGNATURE_SIZE);
}

size_t cert_size(const struct cert *cert)
{
    const size_t count = cert_count(cert);
    return cert->kind == VOTE_NULLIFY ? 25 + count * (SIGNATURE_SIZE + 8)
                                      : 57 + count * SIGNATURE_SIZE;
}

void cert_write(struct writer *writer, const struct cert *cert)
{
    const size_t before = writer_size(writer);
    const uint32_t count = cert_count(cert);
    write_u8(writer, (uint8_t)cert->kind);
    write_u64(writer, cert->epoch);
    write_u64(writer, cert->view);
    if (cert->kind != VOTE_NULLIFY) {
        write_hash(writer, &cert->block_id);
    }
    write_u64(writer, cert->signers);
    for (uint32_t i = 0; i < count; i++) {
        write_raw(writer, cert->signatures[i], SIGNATURE_SIZE);
    }
    for (uint32_t i = 0; i < count && cert->kind == VOTE_NULLIFY; i++) {
        write_u64(writer, cert->lock_views[i]);
    }
    assert(writer->failed || writer_size(writer) - before == cert_size(cert));
}

static enum err cert_form(const struct cert *cert)
{
    const uint32_t count = cert_count(cert);
    if (count == 0) {
        return ERR_MISSING;
    }
    for (uint32_t i = 0; i < count; i++) {
        const enum err err =
            vote_form((uint8_t)cert->kind, cert->view, &cert->block_id, cert->lock_views[i]);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

enum err cert_read(struct cert *cert, struct reader *reader)
{
    struct cert out = {0};
    const uint8_t kind = read_u8(reader);
    if (!reader->failed && (kind < VOTE_NOTARIZE || kind > VOTE_FINALIZE)) {
        return ERR_ENUM;
    }
    out.kind = (enum vote_kind)kind;
    out.epoch = read_u64(reader);
    out.view = read_u64(reader);
    if (kind != VOTE_NULLIFY) {
        read_hash(reader, &out.block_id);
    }
    out.signers = read_u64(reader);
    const uint32_t count = cert_count(&out);
    for (uint32_t i = 0; i < count; i++) {
        read_raw(reader, out.signatures[i], SIGNATURE_SIZE);
    }
    for (uint32_t i = 0; i < count && kind == VOTE_NULLIFY; i++) {
        out.lock_views[i] = read_u64(reader);
    }
    if (reader->failed) {
        return ERR_LENGTH;
    }
    const enum err err = cert_form(&out);
    if (err == OK) {
        *cert = out;
    }
    return err;
}

enum err cert_decode(struct cert *cert, struct bytes in)
{
    struct reader reader = reader_of(in);
    struct cert out;
    const enum err err = cert_read(&out, &reader);
    if (err != OK) {
        return err;
    }
    if (!reader_done(&reader)) {
        return ERR_LENGTH;
    }
    *cert = out;
    return OK;
}

bool cert_equal(const struct cert *a, const struct cert *b)
{
    uint8_t bytes_a[CERT_SIZE_MAX];
    uint8_t bytes_b[CERT_SIZE_MAX];
    struct writer writer_a = writer_of(bytes_a, sizeof bytes_a);
    struct writer writer_b = writer_of(bytes_b, sizeof bytes_b);
    cert_write(&writer_a, a);
    cert_write(&writer_b, b);
    return bytes_equal(writer_bytes(&writer_a), writer_bytes(&writer_b));
}

size_t just_size(const struct just *just)
{
    return 2 + (just->kind == JUST_SKIP ? cert_size(&just->nullified) : 0) +
           (just->has_cert ? cert_size(&just->cert) : 0);
}

void just_write(struct writer *writer, const struct just *just)
{
    assert(just->kind != JUST_NEXT || just->has_cert);
    write_u8(writer, (uint8_t)just->kind);
    write_u8(writer, just->has_cert ? 1 : 0);
    if (just->kind == JUST_SKIP) {
        cert_write(writer, &just->nullified);
    }
    if (just->has_cert) {
        cert_write(writer, &just->cert);
    }
}

/* Kinds of the certificates inside; how their views fit together is cert_check's business. */
static enum err just_form(const struct just *just)
{
    if (just->kind == JUST_NEXT && !just->has_cert) {
        return ERR_NOT_CANONICAL;
    }
    if (just->kind == JUST_SKIP && just->nullified.kind != VOTE_NULLIFY) {
        return ERR_ENUM;
    }
    if (!just->has_cert) {
        return OK;
    }
    if (just->cert.kind == VOTE_NULLIFY) {
        return ERR_ENUM;
    }
    return just->kind == JUST_EPOCH_START && just->cert.kind != VOTE_FINALIZE ? ERR_ENUM : OK;
}

static enum err just_read(struct just *just, struct reader *reader)
{
    const uint8_t kind = read_u8(reader);
    const uint8_t has_cert = read_u8(reader);
    if (reader->failed) {
        return ERR_LENGTH;
    }
    if (kind < JUST_EPOCH_START || kind > JUST_SKIP) {
        return ERR_ENUM;
    }
    if (has_cert > 1) {
        return ERR_NOT_CANONICAL;
    }
    just->kind = (enum just_kind)kind;
    just->has_cert = has_cert == 1;
    enum err err = OK;
    if (just->kind == JUST_SKIP) {
        err = cert_read(&just->nullified, reader);
    }
    if (err == OK && just->has_cert) {
        err = cert_read(&just->cert, reader);
    }
    return err == OK ? just_form(just) : err;
}

enum err just_decode(struct just *just, struct bytes in)
{
    struct reader reader = reader_of(in);
    struct just out = {0};
    const enum err err = just_read(&out, &reader);
    if (err != OK) {
        return err;
    }
    if (!reader_done(&reader)) {
        return ERR_LENGTH;
    }
    *just = out;
    return OK;
}
