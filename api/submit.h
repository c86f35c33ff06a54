/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SUBMIT_H
#define API_SUBMIT_H

/* What changes the ledger: transactions signed elsewhere, transactions signed by the node with the
 * key its caller is bound to, and the drafts between two persons. An operation that calls one of
 * these returns its result; it may then belong to the node until it is final. */

#include "api/call.h"

/* Something said about the transaction in every answer: a finished JSON value under a key. */
struct submit_note {
    const char *key; /* NULL: nothing */
    struct bytes value; /* lives in the call's arena */
};

/* submit_wait reads "wait": "final" (the default) or "accepted". */
enum err NODISCARD submit_wait(struct call *call, bool *wait);

/* submit_raw hands one canonical transaction to the node. draft (may be empty) is settled with it.
 */
enum err NODISCARD submit_raw(struct call *call, struct bytes raw, struct bytes draft,
                              const struct submit_note *note);

/* submit_batch hands over many; the answer lists what became of each, in their order. rows (may be
 * NULL) gives each a number to be known by, note (may be NULL) is said beside the list. */
enum err NODISCARD submit_batch(struct call *call, const struct bytes *raws, const uint32_t *rows,
                                size_t count, const struct submit_note *note);

/* submit_sign makes a signed transaction of the caller's organisation for submit_batch; row needs
 * one signature. The same idempotency key with the same payload is one event, however often it is
 * sent (decision D5). */
enum err NODISCARD submit_sign(struct bytes *raw, struct call *call, struct query *query,
                               const struct rule_row *row, const ProtobufCMessage *payload,
                               const char *idempotency_key);

/* submit_payload (detached: canonical bytes, or empty) signs and submits a transaction of the
 * caller's organisation. Where row demands more than one signature it becomes a draft, after the
 * rule has been asked whether the content could ever pass (decision D26). Reads wait, valid_until
 * and idempotency_key. */
enum err NODISCARD submit_payload(struct call *call, const struct rule_row *row,
                                  const ProtobufCMessage *payload, struct bytes detached,
                                  const struct submit_note *note);

/* submit_check judges what submit_payload would be given; nothing is signed or kept, and a caller
 * without a key may ask, too. */
enum err NODISCARD submit_check(struct call *call, struct query *query, const struct rule_row *row,
                                const ProtobufCMessage *payload, struct bytes detached);

/* Keys of a request that submit reads itself. */
extern const char *const submit_keys[];

/* submit_signer checks that the caller can sign now and gives the person behind its key. */
enum err NODISCARD submit_signer(struct call *call, struct query *query,
                                 const Seam__KeyRecord **out);

/* submit_passes_later says whether a transaction refused so may pass another time. */
bool submit_passes_later(enum err err);

/* submit_approvers writes the list of who may still sign a draft: persons of the organisation with
 * a fitting key who have not signed. */
void submit_approvers(struct call *call, struct query *query, struct json_out *out,
                      const Seam__Draft *draft, const struct rule_row *row);

/* submit_drafts looks after what two persons signed: final ones go, forgotten ones are submitted
 * again, those past their time are dropped. The keeper's work. */
void submit_drafts(struct api *api, uint64_t now_ms);
/* submit_forget lets go of answers the keeper still waits for; after its last round. */
void submit_forget(struct api *api);

#endif
