/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and rendering are one function, so reading is: take the bytes out, write again, compare.
 */

#include "ledger/codec/document.h"

#include "ledger/codec/base64.h"
#include "ledger/codec/json_in.h"
#include "ledger/crypto/hash.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FILE_FACTOR 16 /* most characters of a file for each byte inside */
#define FILE_SMALL (16 * 1024)

static size_t file_limit(const struct document_form *form)
{
    return FILE_SMALL + FILE_FACTOR * form->limit;
}

static enum err fill(struct json_out *out, const struct document_form *form, struct bytes bytes,
                     struct err_detail *detail)
{
    json_out_object(out);
    json_out_field_text(out, "format", form->format);
    if (form->chain_id) {
        struct hash chain_id;
        hash_tagged(&chain_id, TAG_CHAIN, bytes);
        json_out_field_hash(out, "chain_id", &chain_id);
    }
    json_out_key(out, form->bytes_key);
    json_out_base64(out, bytes);
    json_out_key(out, "readable");
    const enum err err = form->render(form->context, out, bytes, detail);
    if (err == OK) {
        json_out_end(out);
    }
    return err;
}

enum err document_write(struct bytes *text, const struct document_form *form, struct bytes bytes,
                        struct arena *arena, struct err_detail *detail)
{
    assert(form->render != NULL);
    if (bytes.size > form->limit) {
        return err_set(detail, ERR_TOO_LARGE, form->bytes_key, NULL, NULL, NULL);
    }
    struct json_out out;
    struct bytes written;
    json_out_init(&out, JSON_OUT_INDENT, file_limit(form));
    enum err err = fill(&out, form, bytes, detail);
    if (err == OK) {
        err = json_out_finish(&out, &written);
        if (err == OK && !arena_copy(arena, written, text)) {
            err = ERR_MEMORY;
        }
        if (err != OK) {
            err_set(detail, err, "readable", NULL, NULL, NULL);
        }
    }
    json_out_free(&out);
    return err;
}

static enum err inner_bytes(struct bytes *bytes, const struct document_form *form,
                            const struct json_node *root, struct arena *arena,
                            struct err_detail *detail)
{
    const char *format = json_node_text(json_node_get(root, "format"));
    if (format == NULL || strcmp(format, form->format) != 0) {
        return err_set(detail, ERR_VERSION, "format", NULL, form->format,
                       "this is a file of another kind, or of a newer program");
    }
    const char *text = json_node_text(json_node_get(root, form->bytes_key));
    if (text == NULL) {
        return err_set(detail, ERR_MISSING, form->bytes_key, NULL, NULL, NULL);
    }
    struct bytes inner;
    const enum err err = base64_read(&inner, bytes_text(text), arena);
    if (err != OK) {
        return err_set(detail, err, form->bytes_key, NULL, "base64 with padding", NULL);
    }
    *bytes = inner;
    return OK;
}

/* Which line of the file is the first that differs: where somebody's editor was. */
static enum err differs(struct bytes given, struct bytes wanted, struct err_detail *detail)
{
    uint32_t line = 1;
    for (size_t i = 0; i < given.size && i < wanted.size && given.data[i] == wanted.data[i]; i++) {
        line += given.data[i] == '\n';
    }
    char field[32];
    snprintf(field, sizeof field, "line %u", line);
    err_set(detail, ERR_NOT_CANONICAL, field, NULL, NULL,
            "the file is not what its bytes say; it was changed after it was written");
    if (detail != NULL) {
        detail->line = line;
    }
    return ERR_NOT_CANONICAL;
}

enum err document_read(struct bytes *bytes, const struct document_form *form, struct bytes text,
                       struct arena *arena, struct err_detail *detail)
{
    struct json_doc *doc = NULL;
    enum err err = json_doc_read(&doc, text, file_limit(form), detail);
    if (err != OK) {
        return err;
    }
    struct bytes inner = {NULL, 0};
    err = inner_bytes(&inner, form, json_doc_root(doc), arena, detail);
    json_doc_free(doc);
    if (err != OK) {
        return err;
    }
    struct bytes again = {NULL, 0};
    err = document_write(&again, form, inner, arena, detail);
    if (err != OK) {
        return err;
    }
    if (!bytes_equal(again, text)) {
        return differs(text, again, detail);
    }
    *bytes = inner;
    return OK;
}
