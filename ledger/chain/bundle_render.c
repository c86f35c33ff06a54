/* SPDX-License-Identifier: Apache-2.0 */
/* What people read of a bundle; it says what the bytes say, not that it is true. */

#include "ledger/chain/bundle.h"

#include "ledger/chain/proof_steps.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"

#define RENDER_BUDGET ((size_t)512 << 20)

struct view {
    const Seam__Bundle *bundle;
    struct arena *arena;
    struct err_detail *detail;
    struct header anchor;
};

static enum err unreadable(const struct view *view, enum err err, const char *what)
{
    return err_set(view->detail, err, what, "D9", NULL, "it cannot be read");
}

static enum err render_anchor(const struct view *view, struct json_out *out)
{
    struct hash id;
    header_id(&id, &view->anchor);
    json_out_field_object(out, "anchor");
    json_out_field_uint(out, "height", view->anchor.height);
    json_out_field_time(out, "time", view->anchor.time_ms);
    json_out_field_hash(out, "id", &id);
    json_out_end(out);
    return OK;
}

static enum err render_tx(const struct view *view, struct json_out *out,
                          const Seam__BundleTransaction *entry)
{
    const Seam__Bundle *bundle = view->bundle;
    if (entry->transaction == NULL || entry->block >= bundle->n_blocks) {
        return unreadable(view, ERR_RANGE, "transactions");
    }
    struct header block = view->anchor;
    const struct bytes header = proof_data(&bundle->blocks[entry->block]->header);
    enum err err = header.size == 0 ? OK : header_decode(&block, header);
    if (err != OK) {
        return unreadable(view, err, "blocks");
    }
    const struct bytes bytes = proof_data(&entry->transaction->body);
    ProtobufCMessage *message = NULL;
    err = message_unpack(&message, &seam__body__descriptor, bytes, LIMIT_TX_BODY, view->arena,
                         view->detail);
    if (err != OK) {
        return err;
    }
    const Seam__Body *body = (const Seam__Body *)message;
    struct hasher hasher;
    struct hash id;
    hash_begin(&hasher, TAG_TX);
    hash_add(&hasher, hash_bytes(&view->anchor.chain_id));
    hash_add(&hasher, bytes);
    hash_end(&hasher, &id);
    json_out_object(out);
    json_out_field_hash(out, "id", &id);
    json_out_field_uint(out, "height", block.height);
    json_out_field_time(out, "time", block.time_ms);
    json_out_field_uint(out, "type", body->type);
    json_out_field_text(out, "organisation", body->organisation);
    json_out_field_uint(out, "signatures", entry->transaction->n_signatures);
    json_out_end(out);
    return OK;
}

static enum err render_txs(const struct view *view, struct json_out *out)
{
    enum err err = OK;
    json_out_field_array(out, "transactions");
    for (size_t i = 0; err == OK && i < view->bundle->n_transactions; i++) {
        err = render_tx(view, out, view->bundle->transactions[i]);
    }
    json_out_end(out);
    return err;
}

static void render_documents(const struct view *view, struct json_out *out)
{
    json_out_field_array(out, "documents");
    for (size_t i = 0; i < view->bundle->n_documents; i++) {
        const Seam__BundleDocument *document = view->bundle->documents[i];
        json_out_object(out);
        json_out_field_text(out, "name", document->name);
        json_out_field_hex(out, "sha256", proof_data(&document->sha256));
        json_out_field_uint(out, "bytes", document->content.len);
        json_out_end(out);
    }
    json_out_end(out);
}

static enum err render_bundle(const struct view *view, struct json_out *out)
{
    const Seam__BundleManifest *manifest = view->bundle->manifest;
    json_out_object(out);
    json_out_field_text(
        out, "note", "records as of the anchor's height and time; later changes are not excluded");
    json_out_field_text(out, "kind", manifest->kind);
    json_out_field_text(out, "subject", manifest->subject);
    json_out_field_text(out, "title", manifest->title);
    enum err err = render_anchor(view, out);
    if (err == OK) {
        err = render_txs(view, out);
    }
    if (err != OK) {
        return err;
    }
    json_out_field_uint(out, "records", view->bundle->n_states);
    render_documents(view, out);
    json_out_field_uint(out, "epochs", view->bundle->n_epochs);
    json_out_end(out);
    return OK;
}

static enum err bundle_render(void *context, struct json_out *out, struct bytes bytes,
                              struct err_detail *detail)
{
    (void)context;
    struct arena arena;
    arena_init(&arena, RENDER_BUDGET);
    struct view view = {.arena = &arena, .detail = detail};
    ProtobufCMessage *message = NULL;
    enum err err =
        message_unpack(&message, &seam__bundle__descriptor, bytes, LIMIT_BUNDLE, &arena, detail);
    if (err == OK) {
        view.bundle = (const Seam__Bundle *)message;
        err = view.bundle->manifest == NULL
                  ? unreadable(&view, ERR_MISSING, "manifest")
                  : header_decode(&view.anchor, proof_data(&view.bundle->anchor_header));
    }
    if (err == OK) {
        err = render_bundle(&view, out);
    }
    arena_free(&arena);
    return err;
}

const struct document_form bundle_form = {.format = "seam-bundle-1",
                                          .bytes_key = "bundle",
                                          .limit = LIMIT_BUNDLE,
                                          .render = bundle_render};
