/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_ENCODE_H
#define LEDGER_CHAIN_ENCODE_H

/* Exact bytes of what consensus signs, hashes and sends. Fixed width, little-endian, no optional
 * form: one struct has one encoding, and a decoder accepts nothing else. Vectors:
 * tests/vectors/encoding.json.
 *
 *     header   384 bytes, offsets in encode.c; block id = H(TAG_HEADER, header)
 *     vote     kind u8, signer u8, epoch u64, view u64, block_id[32], lock_view u64, signature[64]
 *     cert     kind u8, epoch u64, view u64, block_id[32] (not for NULLIFY), signers u64,
 *              signature[64] for each set bit, lowest first, then lock_view u64 each (only NULLIFY)
 *     just     kind u8, has_cert u8, then SKIP: nullified cert; then cert where has_cert */

#include "ledger/base/buf.h"
#include "ledger/base/err.h"
#include "ledger/chain/types.h"
#include "ledger/chain/valset.h"

#define VOTE_SIZE 122
#define CERT_SIZE_MAX (57 + LIMIT_VALIDATORS * (SIGNATURE_SIZE + 8))
#define JUST_SIZE_MAX (2 + 2 * CERT_SIZE_MAX)

void header_encode(uint8_t out[HEADER_SIZE], const struct header *header);
/* header_decode: ERR_LENGTH, ERR_VERSION (suite), ERR_NOT_CANONICAL (reserved bytes, unknown flags,
 * next_valset_hash without BOUNDARY or the reverse), ERR_RANGE (counts above the limits). */
enum err NODISCARD header_decode(struct header *header, struct bytes in);
void header_id(struct hash *id, const struct header *header);

/* header_genesis is block 0: view 0 of epoch 0, BOUNDARY, the parent of the first block and the
 * boundary block of epoch 1. It is computed by everybody, never voted on. */
void header_genesis(struct header *header, const struct hash *chain_id, uint64_t time_ms,
                    const struct hash *state_root, const struct valset *first);

/* vote_signed_bytes are what a vote's signature signs. */
void vote_signed_bytes(uint8_t out[VOTE_SIGNED_SIZE], const struct hash *chain_id, uint8_t suite,
                       const struct vote *vote);
void vote_encode(uint8_t out[VOTE_SIZE], const struct vote *vote);
/* vote_decode: ERR_LENGTH, ERR_ENUM (kind), ERR_RANGE (signer, view 0), ERR_NOT_CANONICAL (block id
 * of a NULLIFY, lock view of anything else, lock view not below view). */
enum err NODISCARD vote_decode(struct vote *vote, struct bytes in);

/* cert_vote gives the i-th vote of a certificate, i counting set bits of signers. */
void cert_vote(struct vote *vote, const struct cert *cert, uint32_t i);
size_t cert_size(const struct cert *cert);
void cert_write(struct writer *writer, const struct cert *cert);
/* cert_read takes one certificate from a reader; cert_decode demands that nothing follows. The
 * result is never marked verified. ERR_LENGTH, ERR_ENUM, ERR_RANGE (view 0), ERR_MISSING (no
 * signer), ERR_NOT_CANONICAL. */
enum err NODISCARD cert_read(struct cert *cert, struct reader *reader);
enum err NODISCARD cert_decode(struct cert *cert, struct bytes in);
/* cert_equal compares all bytes: the only ground on which a received certificate may be taken for
 * one we hold (decision D1). */
bool cert_equal(const struct cert *a, const struct cert *b);

size_t just_size(const struct just *just);
void just_write(struct writer *writer, const struct just *just);
enum err NODISCARD just_decode(struct just *just, struct bytes in);

#endif
