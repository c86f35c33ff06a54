/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/check/block_check.h"

#include <stdlib.h>

#include "ledger/chain/cert_check.h"
#include "ledger/chain/encode.h"
#include "ledger/exec/exec.h"

static enum err wrong(const char **what, const char *text)
{
    *what = text;
    return ERR_CORRUPT;
}

static enum err check_body(const struct block_checker *checker, const struct header *header,
                           struct bytes body, const char **what)
{
    struct hash root;
    if (!hash_equal(&header->chain_id, &checker->chain_id)) {
        return wrong(what, "the block belongs to another chain");
    }
    if (body.size != header->body_size || header->tx_count > LIMIT_BLOCK_TX) {
        return wrong(what, "the body has not the size that the header names");
    }
    const enum err err = exec_tx_root(&root, &checker->chain_id, body, header->tx_count, NULL);
    if (err == ERR_MEMORY) {
        return err;
    }
    return !err && hash_equal(&root, &header->tx_root)
               ? OK
               : wrong(what, "the body does not give the header's transaction root");
}

static enum err check_final(const struct block_checker *checker, const struct hash *id,
                            struct bytes finalization, const char **what)
{
    struct cert *cert = malloc(sizeof *cert);
    if (!cert) {
        return ERR_MEMORY;
    }
    enum err err = OK;
    if (cert_decode(cert, finalization) || cert->kind != VOTE_FINALIZE) {
        err = wrong(what, "the finalization cannot be read");
    } else if (!hash_equal(&cert->block_id, id)) {
        err = wrong(what, "the finalization is that of another block");
    } else if (checker->valset.count > 0 && cert->epoch == checker->valset.epoch) {
        const struct cert_checker signatures = {.chain_id = checker->chain_id,
                                                .valset = &checker->valset};
        err = cert_check(&signatures, cert) ? wrong(what, "the finalization does not verify") : OK;
    }
    free(cert);
    return err;
}

enum err block_check(void *context, const struct header *header, const struct hash *id,
                     struct bytes body, struct bytes finalization, struct bytes justification,
                     const char **what)
{
    const struct block_checker *checker = context;
    if (header->height == 0) {
        return OK; /* the founding block: its id is the chain's, and it has no votes */
    }
    enum err err = check_body(checker, header, body, what);
    if (!err && finalization.size > 0) {
        err = check_final(checker, id, finalization, what);
    }
    if (!err && justification.size > 0) {
        struct just *just = malloc(sizeof *just);
        err = !just                              ? ERR_MEMORY
              : just_decode(just, justification) ? wrong(what, "the justification cannot be read")
                                                 : OK;
        free(just);
    }
    return err;
}
