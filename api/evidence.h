/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_EVIDENCE_H
#define API_EVIDENCE_H

/* Documents behind the hashes that stand on the ledger, kept beside it: named by the SHA-256 of
 * their plain bytes, cut into parts, sealed under a key of their own before they are stored. The
 * owner's node opens them for the owner; a reader gets the sealed parts and an envelope that only
 * the reader's own signing key opens. Nothing here decides who may read: the ledger does. */

#include "api/call.h"
#include "ledger/crypto/box.h"

#define EVIDENCE_PART ((size_t)1 << 20)
#define EVIDENCE_PARTS 16
#define EVIDENCE_SIZE_MAX (EVIDENCE_PARTS * EVIDENCE_PART) /* one document */
#define EVIDENCE_DOCUMENTS 100000 /* of one organisation on one node */
#define EVIDENCE_TOTAL ((uint64_t)8 << 30)

/* evidence_get gives the record of an owner's document. ERR_ABSENT; the store's errors. */
enum err NODISCARD evidence_get(Seam__EvidenceDocument **out, struct api *api, const char *owner,
                                const struct hash *sha256, struct arena *arena);

/* evidence_put stores part `part` (from 0) of a document whose head (sha256, class, media, name,
 * size) is the same for every part. The parts come in order; a part that is there already is taken
 * again without effect. *complete says that all are there and that their hash is sha256. ERR_RANGE
 * (size, part), ERR_LENGTH (a part has EVIDENCE_PART bytes, the last one the rest), ERR_CONFLICT
 * (other head), ERR_TOTAL (the bytes have another hash: everything is dropped), ERR_TOO_LARGE (the
 * organisation's share of this node is used up). */
enum err NODISCARD evidence_put(bool *complete, struct api *api, const Seam__EvidenceDocument *head,
                                uint32_t part, struct bytes plain, uint64_t now_ms,
                                struct arena *arena);

/* evidence_sealed gives a part as it is stored; evidence_plain opens it with the owner's key. */
enum err NODISCARD evidence_sealed(struct bytes *out, struct api *api,
                                   const Seam__EvidenceDocument *document, uint32_t part,
                                   struct arena *arena);
enum err NODISCARD evidence_plain(struct bytes *out, struct api *api,
                                  const Seam__EvidenceDocument *document, uint32_t part,
                                  struct arena *arena);
/* evidence_open is for whoever has the document's key: what a reader does with a sealed part. */
enum err NODISCARD evidence_open(struct bytes *out, const struct hash *sha256, uint32_t part,
                                 uint32_t parts, struct bytes sealed,
                                 const uint8_t key[BOX_KEY_SIZE], struct arena *arena);

/* Who shall read: an organisation, and the signing key that opens the envelope. */
struct evidence_reader {
    const char *organisation;
    struct hash key_id;
    uint8_t public_key[SIGN_PUBLIC_SIZE];
};

/* evidence_reader_read reads "reader" and "reader_key" or "person" of a call. ERR_KEY: no valid key
 * of the reader. */
enum err NODISCARD evidence_reader_read(struct call *call, struct query *query,
                                        struct evidence_reader *reader);

/* evidence_envelope closes the document's key for a reader and keeps the envelope; the one of the
 * same reader and key that is there already is given again. ERR_ABSENT (not here, or not whole),
 * ERR_KEY, ERR_TOO_LARGE. */
enum err NODISCARD evidence_envelope(uint8_t out[ENVELOPE_SIZE], struct api *api, const char *owner,
                                     const struct hash *sha256,
                                     const struct evidence_reader *reader, struct arena *arena);

/* evidence_each calls visit with each document of an owner, in the order of their hashes, until it
 * answers false. */
enum err NODISCARD evidence_each(struct api *api, const char *owner,
                                 bool (*visit)(void *context,
                                               const Seam__EvidenceDocument *document),
                                 void *context);

#endif
