/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_DOCUMENT_H
#define LEDGER_CODEC_DOCUMENT_H

/* genesis.json and certificate.json (decision D9): canonical bytes in base64 for programs and a
 * rendering of the same bytes for people. A file is accepted only if rendering its bytes again
 * gives the file byte for byte, so a person may believe what the readable part says. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"
#include "ledger/codec/json_out.h"

/* document_render writes the value of "readable" from the canonical bytes alone. */
typedef enum err (*document_render)(void *context, struct json_out *out, struct bytes bytes,
                                    struct err_detail *detail);

struct document_form {
    const char *format; /* "seam-genesis-1" */
    const char *bytes_key; /* "genesis" or "proof" */
    bool chain_id; /* also writes chain_id = H(TAG_CHAIN, bytes) */
    size_t limit; /* most bytes inside; the file may be 16 times as long */
    document_render render;
    void *context; /* for render */
};

/* document_write gives the file's text in arena. ERR_TOO_LARGE, ERR_MEMORY, or what render says. */
enum err NODISCARD document_write(struct bytes *text, const struct document_form *form,
                                  struct bytes bytes, struct arena *arena,
                                  struct err_detail *detail);

/* document_read gives the bytes inside, in arena, after the byte-for-byte comparison.
 * ERR_PARSE and json_doc_read's errors, ERR_VERSION (another format), ERR_NOT_CANONICAL (the text
 * differs from the rendering of its bytes; detail->field names the line). */
enum err NODISCARD document_read(struct bytes *bytes, const struct document_form *form,
                                 struct bytes text, struct arena *arena, struct err_detail *detail);

#endif
