/* SPDX-License-Identifier: Apache-2.0 */
/* The file is read strictly and written by the same hand-made document each time. */

#include "api/access.h"

#include "ledger/codec/json_in.h"
#include "ledger/codec/spell.h"
#include "ledger/crypto/credential.h"
#include "ledger/crypto/seal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FORMAT "seam-access-1"

static const char *const root_keys[] = {"format", "platforms", NULL};
static const char *const entry_keys[] = {"platkey", "secret_hash", "name", "organisation",
                                         "person",  "key_id",      NULL};

/* Copies a text of at most size - 1 bytes; an absent one is empty. */
static bool take_text(char *out, size_t size, const struct json_node *object, const char *key)
{
    const struct json_node *node = json_node_get(object, key);
    const char *text = json_node_text(node);
    if (node != NULL && text == NULL) {
        return false;
    }
    const size_t length = text != NULL ? strlen(text) : 0;
    if (length >= size) {
        return false;
    }
    memcpy(out, text != NULL ? text : "", length);
    out[length] = '\0';
    return true;
}

static enum err wrong(struct err_detail *detail, size_t index, const char *key, enum err err)
{
    char field[64];
    snprintf(field, sizeof field, "platforms[%zu].%s", index, key);
    return err_set(detail, err, field, NULL, NULL, NULL);
}

static enum err read_entry(struct access_entry *entry, const struct json_node *node, size_t index,
                           struct err_detail *detail)
{
    char key_id[2 * HASH_SIZE + 1];
    struct errors unknown;
    errors_init(&unknown, NULL, 0);
    *entry = (struct access_entry){.can_sign = false};
    if (json_node_kind(node) != JSON_KIND_OBJECT || !json_node_only(node, entry_keys, &unknown)) {
        return wrong(detail, index, "", ERR_UNKNOWN_FIELD);
    }
    if (!take_text(entry->platkey, sizeof entry->platkey, node, "platkey") ||
        strlen(entry->platkey) != ACCESS_PLATKEY_SIZE) {
        return wrong(detail, index, "platkey", ERR_PLATKEY);
    }
    if (!take_text(entry->secret_hash, sizeof entry->secret_hash, node, "secret_hash") ||
        strncmp(entry->secret_hash, "$argon2id$", 10) != 0) {
        return wrong(detail, index, "secret_hash", ERR_PLATKEYSECRET);
    }
    if (!take_text(entry->organisation, sizeof entry->organisation, node, "organisation") ||
        !spell_id(entry->organisation, false)) {
        return wrong(detail, index, "organisation", ERR_TEXT);
    }
    if (!take_text(entry->name, sizeof entry->name, node, "name") ||
        !take_text(entry->person, sizeof entry->person, node, "person")) {
        return wrong(detail, index, "person", ERR_TEXT);
    }
    if (!take_text(key_id, sizeof key_id, node, "key_id")) {
        return wrong(detail, index, "key_id", ERR_TEXT);
    }
    entry->can_sign = key_id[0] != '\0';
    if (entry->can_sign && !hex_decode(entry->key_id.bytes, HASH_SIZE, bytes_text(key_id))) {
        return wrong(detail, index, "key_id", ERR_PARSE);
    }
    return OK;
}

static enum err read_entries(struct access_list *out, const struct json_node *root,
                             struct arena *arena, struct err_detail *detail)
{
    struct errors unknown;
    errors_init(&unknown, detail, detail != NULL ? 1 : 0);
    const char *format = json_node_text(json_node_get(root, "format"));
    const struct json_node *list = json_node_get(root, "platforms");
    const size_t count = json_node_count(list);
    if (json_node_kind(root) != JSON_KIND_OBJECT) {
        return err_set(detail, ERR_TYPE, "", NULL, "an object", "see `seam access add`");
    }
    if (!json_node_only(root, root_keys, &unknown)) {
        return ERR_UNKNOWN_FIELD;
    }
    if (format == NULL || strcmp(format, FORMAT) != 0) {
        return err_set(detail, ERR_VERSION, "format", NULL, FORMAT, NULL);
    }
    if (json_node_kind(list) != JSON_KIND_ARRAY || count > ACCESS_PLATFORMS) {
        return err_set(detail, ERR_TOO_LARGE, "platforms", NULL, "a list of at most 256", NULL);
    }
    struct access_entry *entries = arena_alloc(arena, (count + 1) * sizeof *entries);
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const enum err err = read_entry(&entries[i], json_node_at(list, i), i, detail);
        if (err != OK) {
            return err;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(entries[i].platkey, entries[j].platkey) == 0) {
                return wrong(detail, i, "platkey", ERR_TWICE);
            }
        }
    }
    *out = (struct access_list){entries, count};
    return OK;
}

enum err access_read(struct access_list *out, struct bytes text, struct arena *arena,
                     struct err_detail *detail)
{
    if (text.size == 0) {
        *out = (struct access_list){NULL, 0};
        return OK;
    }
    struct json_doc *doc = NULL;
    enum err err = json_doc_read(&doc, text, ACCESS_FILE_MAX, detail);
    if (err != OK) {
        return err;
    }
    err = read_entries(out, json_doc_root(doc), arena, detail);
    json_doc_free(doc);
    return err;
}

static void write_entry(struct json_out *out, const struct access_entry *entry)
{
    json_out_object(out);
    json_out_field_text(out, "platkey", entry->platkey);
    json_out_field_text(out, "secret_hash", entry->secret_hash);
    json_out_field_text(out, "name", entry->name);
    json_out_field_text(out, "organisation", entry->organisation);
    json_out_field_text(out, "person", entry->person);
    if (entry->can_sign) {
        json_out_field_hash(out, "key_id", &entry->key_id);
    } else {
        json_out_field_text(out, "key_id", "");
    }
    json_out_end(out);
}

static enum err write_list(struct bytes *text, const struct access_list *list,
                           const struct access_entry *last, struct arena *arena)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, ACCESS_FILE_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "format", FORMAT);
    json_out_field_array(&out, "platforms");
    for (size_t i = 0; i < list->count; i++) {
        write_entry(&out, &list->entries[i]);
    }
    write_entry(&out, last);
    json_out_end(&out);
    json_out_end(&out);
    struct bytes written;
    enum err err = json_out_finish(&out, &written);
    if (err == OK && !arena_copy(arena, written, text)) {
        err = ERR_MEMORY;
    }
    json_out_free(&out);
    return err;
}

/* Letters and digits, 5.9 bits each, drawn without bias. */
static void random_text(char *out, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const size_t count = sizeof letters - 1;
    for (size_t i = 0; i < size;) {
        uint8_t draw = 0;
        seal_random(&draw, 1);
        if (draw < 256 / count * count) {
            out[i++] = letters[draw % count];
        }
    }
    out[size] = '\0';
}

enum err access_add(struct bytes *text, struct access_entry *entry,
                    char secret[ACCESS_SECRET_SIZE + 1], const struct access_list *list,
                    struct arena *arena)
{
    assert(entry->organisation[0] != '\0');
    if (list->count >= ACCESS_PLATFORMS) {
        return ERR_TOO_LARGE;
    }
    random_text(entry->platkey, ACCESS_PLATKEY_SIZE);
    random_text(secret, ACCESS_SECRET_SIZE);
    const enum err err = credential_hash(entry->secret_hash, bytes_text(secret));
    return err != OK ? err : write_list(text, list, entry, arena);
}
