/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_TLS_H
#define NODE_SHELL_TLS_H

/* One TLS 1.3 session between two nodes over memory: ciphertext goes in and out through buffers, no
 * socket is known here. Both sides show a raw Ed25519 public key (RFC 7250), no certificates, no
 * authorities, no tickets, no early data: a session exists only between two keys that each proved
 * itself, and nothing can be resumed past that check. */

#include "ledger/base/err.h"
#include "ledger/crypto/sign.h"

struct tls_identity;
struct tls;

enum tls_side { TLS_DIALER, TLS_LISTENER };

/* What a session asks of its owner. */
struct tls_handler {
    void *context;
    /* May this key be at the other end? Called once, before any payload passes. For a dialer it is
     * the comparison with the key it dialed. */
    bool (*allow)(void *context, const uint8_t node_key[32]);
    /* Takes ciphertext for the wire; copies. An error ends the session. */
    enum err (*send)(void *context, struct bytes cipher);
};

/* tls_identity_new prepares the node's own key. Gives *out. ERR_INTERNAL, ERR_MEMORY. */
enum err NODISCARD tls_identity_new(struct tls_identity **out, const struct sign_key *node_key);
void tls_identity_free(struct tls_identity *identity);

/* tls_new starts a session; a dialer's first bytes leave with tls_step. identity is borrowed for
 * the session's life, handler is copied. */
enum err NODISCARD tls_new(struct tls **out, const struct tls_identity *identity,
                           enum tls_side side, const struct tls_handler *handler);
void tls_free(struct tls *tls);

/* tls_feed hands over ciphertext from the wire (copied), at most TLS_INPUT_MAX not yet consumed:
 * ERR_BUSY beyond. */
#define TLS_INPUT_MAX (256 * 1024)
enum err NODISCARD tls_feed(struct tls *tls, struct bytes cipher);

/* tls_step drives the handshake as far as the input allows. OK whether or not it is complete; any
 * error is final: ERR_KEY (the other key is not allowed), ERR_FRAME (not TLS, or not ours). */
enum err NODISCARD tls_step(struct tls *tls);
bool tls_ready(const struct tls *tls);
/* tls_peer is the other side's node key; only when ready. */
const uint8_t *tls_peer(const struct tls *tls);

/* tls_read gives plain bytes into out; *got is 0 when nothing is there yet. ERR_CLOSED when the
 * other side ended in order, ERR_FRAME on anything forged or cut. Only when ready. */
enum err NODISCARD tls_read(struct tls *tls, void *out, size_t size, size_t *got);

/* tls_write encrypts and sends all of plain, in pieces of about TLS_OUTPUT_PIECE. Only when ready.
 */
#define TLS_OUTPUT_PIECE (128 * 1024)
enum err NODISCARD tls_write(struct tls *tls, struct bytes plain);

/* tls_close sends the closing alert if the session got that far. */
void tls_close(struct tls *tls);

#endif
