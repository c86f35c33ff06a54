/* SPDX-License-Identifier: Apache-2.0 */
/* GnuTLS runs over two byte queues: its pull function reads what tls_feed left, its push function
 * gathers output that leaves in large pieces, the last at the end of each call. The other side's
 * key is judged inside the handshake, so a dialer shows its own key only to the one it dialed, and
 * a listener never sees a byte of payload from a key it does not allow. */
#include "node/shell/tls.h"

#include <assert.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

/* One version, one curve, one signature scheme: nothing to negotiate down to. */
static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CTYPE-ALL:+CTYPE-SRV-RAWPK:+CTYPE-CLI-RAWPK:"
    "-SIGN-ALL:+SIGN-EDDSA-ED25519:-GROUP-ALL:+GROUP-X25519";

struct tls_identity {
    gnutls_certificate_credentials_t credentials;
};

/* Bytes that wait; start moves forward as they are taken. */
struct queue {
    uint8_t *data;
    size_t start;
    size_t end;
    size_t capacity;
};

struct tls {
    gnutls_session_t session;
    struct tls_handler handler;
    struct queue input;
    struct queue output;
    uint8_t peer_key[32];
    bool has_peer_key;
    bool refused; /* handler.allow said no */
    bool ready;
    bool failed;
};

static enum err queue_put(struct queue *queue, const void *data, size_t size)
{
    if (queue->start > 0) {
        memmove(queue->data, queue->data + queue->start, queue->end - queue->start);
        queue->end -= queue->start;
        queue->start = 0;
    }
    if (queue->capacity - queue->end < size) {
        size_t capacity = queue->capacity == 0 ? 4096 : queue->capacity;
        while (capacity - queue->end < size) {
            capacity *= 2;
        }
        uint8_t *data_new = realloc(queue->data, capacity);
        if (data_new == NULL) {
            return ERR_MEMORY;
        }
        queue->data = data_new;
        queue->capacity = capacity;
    }
    memcpy(queue->data + queue->end, data, size);
    queue->end += size;
    return OK;
}

static ssize_t pull(gnutls_transport_ptr_t context, void *out, size_t size)
{
    struct tls *tls = context;
    const size_t left = tls->input.end - tls->input.start;
    if (left == 0) {
        gnutls_transport_set_errno(tls->session, EAGAIN);
        return -1;
    }
    const size_t take = size < left ? size : left;
    memcpy(out, tls->input.data + tls->input.start, take);
    tls->input.start += take;
    return (ssize_t)take;
}

static int pull_timeout(gnutls_transport_ptr_t context, unsigned int wait_ms)
{
    (void)wait_ms;
    const struct tls *tls = context;
    return tls->input.end > tls->input.start ? 1 : 0;
}

static ssize_t push(gnutls_transport_ptr_t context, const void *data, size_t size)
{
    struct tls *tls = context;
    if (queue_put(&tls->output, data, size) != OK) {
        gnutls_transport_set_errno(tls->session, ENOMEM);
        return -1;
    }
    return (ssize_t)size;
}

static enum err flush(struct tls *tls)
{
    const size_t size = tls->output.end - tls->output.start;
    if (size == 0) {
        return OK;
    }
    const enum err err = tls->handler.send(tls->handler.context,
                                           bytes_of(tls->output.data + tls->output.start, size));
    tls->output.start = 0;
    tls->output.end = 0;
    return err;
}

/* GnuTLS would write session secrets to the file that SSLKEYLOGFILE names. Not in this program. */
static int no_key_log(gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
    (void)session;
    (void)label;
    (void)secret;
    return 0;
}

/* Reads the raw public key the other side has just proved to own; false unless it is Ed25519. */
static bool peer_key_read(uint8_t out[32], gnutls_session_t session)
{
    if (gnutls_certificate_type_get2(session, GNUTLS_CTYPE_PEERS) != GNUTLS_CRT_RAWPK) {
        return false;
    }
    unsigned int count = 0;
    const gnutls_datum_t *raw = gnutls_certificate_get_peers(session, &count);
    if (raw == NULL || count != 1) {
        return false;
    }
    gnutls_pubkey_t pubkey;
    if (gnutls_pubkey_init(&pubkey) != 0) {
        return false;
    }
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    gnutls_datum_t x = {NULL, 0};
    gnutls_datum_t y = {NULL, 0};
    bool good = gnutls_pubkey_import(pubkey, raw, GNUTLS_X509_FMT_DER) == 0 &&
                gnutls_pubkey_export_ecc_raw2(pubkey, &curve, &x, &y, 0) == 0;
    good = good && curve == GNUTLS_ECC_CURVE_ED25519 && x.size == SIGN_PUBLIC_SIZE &&
           sign_public_valid(bytes_of(x.data, x.size));
    if (good) {
        memcpy(out, x.data, SIGN_PUBLIC_SIZE);
    }
    gnutls_free(x.data);
    gnutls_free(y.data);
    gnutls_pubkey_deinit(pubkey);
    return good;
}

static int verify(gnutls_session_t session)
{
    struct tls *tls = gnutls_session_get_ptr(session);
    assert(tls != NULL);
    if (tls->has_peer_key || !peer_key_read(tls->peer_key, session) ||
        !tls->handler.allow(tls->handler.context, tls->peer_key)) {
        tls->refused = true;
        return -1;
    }
    tls->has_peer_key = true;
    return 0;
}

enum err tls_identity_new(struct tls_identity **out, const struct sign_key *node_key)
{
    assert(out != NULL);
    assert(node_key != NULL);
    struct tls_identity *identity = calloc(1, sizeof(*identity));
    gnutls_privkey_t privkey = NULL;
    gnutls_pubkey_t pubkey = NULL;
    gnutls_pcert_st pcert = {0};
    enum err err = ERR_INTERNAL;
    if (identity == NULL) {
        err = ERR_MEMORY;
        goto fail;
    }
    /* The library takes the halves as mutable data but only reads them. */
    uint8_t seed[SIGN_SEED_SIZE];
    uint8_t point[SIGN_PUBLIC_SIZE];
    memcpy(seed, node_key->seed, sizeof(seed));
    memcpy(point, node_key->public_key, sizeof(point));
    const gnutls_datum_t k = {seed, sizeof(seed)};
    const gnutls_datum_t x = {point, sizeof(point)};
    bool good = gnutls_privkey_init(&privkey) == 0 &&
                gnutls_privkey_import_ecc_raw(privkey, GNUTLS_ECC_CURVE_ED25519, &x, NULL, &k) == 0;
    explicit_bzero(seed, sizeof(seed));
    good = good && gnutls_pubkey_init(&pubkey) == 0 &&
           gnutls_pubkey_import_privkey(pubkey, privkey, 0, 0) == 0 &&
           gnutls_pcert_import_rawpk(&pcert, pubkey, 0) == 0;
    if (!good) {
        goto fail;
    }
    pubkey = NULL; /* pcert has it now */
    if (gnutls_certificate_allocate_credentials(&identity->credentials) != 0) {
        gnutls_pcert_deinit(&pcert);
        goto fail;
    }
    if (gnutls_certificate_set_key(identity->credentials, NULL, 0, &pcert, 1, privkey) != 0) {
        gnutls_certificate_free_credentials(identity->credentials);
        gnutls_pcert_deinit(&pcert);
        goto fail;
    }
    *out = identity; /* what pcert and privkey hold belongs to the credentials */
    return OK;
fail:
    if (pubkey != NULL) {
        gnutls_pubkey_deinit(pubkey);
    }
    if (privkey != NULL) {
        gnutls_privkey_deinit(privkey);
    }
    free(identity);
    return err;
}

void tls_identity_free(struct tls_identity *identity)
{
    if (identity != NULL) {
        gnutls_certificate_free_credentials(identity->credentials);
        free(identity);
    }
}

static bool session_prepare(struct tls *tls, const struct tls_identity *identity,
                            enum tls_side side)
{
    if (gnutls_priority_set_direct(tls->session, priorities, NULL) != 0 ||
        gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, identity->credentials) != 0) {
        return false;
    }
    if (side == TLS_LISTENER) {
        gnutls_certificate_server_set_request(tls->session, GNUTLS_CERT_REQUIRE);
    }
    gnutls_session_set_ptr(tls->session, tls);
    gnutls_session_set_verify_function(tls->session, verify);
    gnutls_session_set_keylog_function(tls->session, no_key_log);
    gnutls_transport_set_ptr(tls->session, tls);
    gnutls_transport_set_pull_function(tls->session, pull);
    gnutls_transport_set_pull_timeout_function(tls->session, pull_timeout);
    gnutls_transport_set_push_function(tls->session, push);
    return true;
}

enum err tls_new(struct tls **out, const struct tls_identity *identity, enum tls_side side,
                 const struct tls_handler *handler)
{
    assert(out != NULL);
    assert(handler->allow != NULL);
    assert(handler->send != NULL);
    struct tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL) {
        return ERR_MEMORY;
    }
    tls->handler = *handler;
    const unsigned int flags = (side == TLS_DIALER ? GNUTLS_CLIENT : GNUTLS_SERVER) |
                               GNUTLS_NONBLOCK | GNUTLS_ENABLE_RAWPK | GNUTLS_NO_TICKETS |
                               GNUTLS_NO_SIGNAL;
    if (gnutls_init(&tls->session, flags) != 0) {
        free(tls);
        return ERR_MEMORY;
    }
    if (!session_prepare(tls, identity, side)) {
        tls_free(tls);
        return ERR_INTERNAL;
    }
    *out = tls;
    return OK;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL) {
        return;
    }
    gnutls_deinit(tls->session);
    free(tls->input.data);
    free(tls->output.data);
    free(tls);
}

enum err tls_feed(struct tls *tls, struct bytes cipher)
{
    assert(tls != NULL);
    if (tls->input.end - tls->input.start + cipher.size > TLS_INPUT_MAX) {
        return ERR_BUSY;
    }
    return cipher.size == 0 ? OK : queue_put(&tls->input, cipher.data, cipher.size);
}

enum err tls_step(struct tls *tls)
{
    assert(tls != NULL);
    if (tls->failed) {
        return ERR_FRAME;
    }
    if (tls->ready) {
        return OK;
    }
    const int rc = gnutls_handshake(tls->session);
    if (rc < 0 && gnutls_error_is_fatal(rc) != 0) {
        tls->failed = true;
        /* Tell the other side why, if it still speaks TLS; its answer does not matter. */
        (void)gnutls_alert_send_appropriate(tls->session, rc);
        (void)flush(tls);
        return tls->refused ? ERR_KEY : ERR_FRAME;
    }
    const enum err err = flush(tls);
    if (err != OK) {
        tls->failed = true;
        return err;
    }
    if (rc == GNUTLS_E_SUCCESS) {
        if (!tls->has_peer_key) {
            tls->failed = true;
            return ERR_KEY;
        }
        tls->ready = true;
    }
    return OK;
}

bool tls_ready(const struct tls *tls)
{
    return tls->ready && !tls->failed;
}

const uint8_t *tls_peer(const struct tls *tls)
{
    assert(tls->ready);
    assert(tls->has_peer_key);
    return tls->peer_key;
}

enum err tls_read(struct tls *tls, void *out, size_t size, size_t *got)
{
    assert(tls->ready);
    assert(size > 0);
    if (tls->failed) {
        return ERR_FRAME;
    }
    ssize_t rc = GNUTLS_E_INTERRUPTED;
    /* Bounded: each turn consumes a record of an input that is at most TLS_INPUT_MAX. */
    for (size_t turn = 0; rc == GNUTLS_E_INTERRUPTED && turn < TLS_INPUT_MAX; turn++) {
        rc = gnutls_record_recv(tls->session, out, size);
    }
    if (rc > 0) {
        *got = (size_t)rc;
        return flush(tls); /* the answer to a key update, if there is one */
    }
    if (rc == GNUTLS_E_AGAIN) {
        *got = 0;
        return flush(tls);
    }
    tls->failed = true;
    return rc == 0 ? ERR_CLOSED : ERR_FRAME;
}

enum err tls_write(struct tls *tls, struct bytes plain)
{
    assert(tls->ready);
    if (tls->failed) {
        return ERR_FRAME;
    }
    size_t done = 0;
    while (done < plain.size) {
        const ssize_t rc = gnutls_record_send(tls->session, plain.data + done, plain.size - done);
        if (rc <= 0) {
            tls->failed = true;
            return rc == GNUTLS_E_MEMORY_ERROR ? ERR_MEMORY : ERR_FRAME;
        }
        done += (size_t)rc;
        /* Piece by piece, or one large write would leave a buffer of its size behind for ever. */
        if (done == plain.size || tls->output.end - tls->output.start >= TLS_OUTPUT_PIECE) {
            const enum err err = flush(tls);
            if (err != OK) {
                tls->failed = true;
                return err;
            }
        }
    }
    return OK;
}

void tls_close(struct tls *tls)
{
    if (tls_ready(tls)) {
        (void)gnutls_bye(tls->session, GNUTLS_SHUT_WR);
        (void)flush(tls);
    }
}
