/* SPDX-License-Identifier: Apache-2.0 */
/* The box is bound to what it is about, so that nobody passes it off as a statement elsewhere. */

#include "api/sealed.h"

#include <string.h>

static const char magic[] = "SEAMSLD1";

enum err sealed_close(struct bytes *out, struct bytes plain, const char *about,
                      const struct sealed_reader *readers, size_t count, struct arena *arena)
{
    uint8_t key[BOX_KEY_SIZE];
    struct bytes box;
    if (count == 0 || count > SEALED_READERS_MAX) {
        return ERR_RANGE;
    }
    const size_t head = SEALED_HEAD + count * SEALED_ENTRY;
    uint8_t *bytes = arena_alloc(arena, head + plain.size + BOX_MORE);
    if (bytes == NULL) {
        return ERR_MEMORY;
    }
    memcpy(bytes, magic, sizeof magic - 1);
    bytes[SEALED_HEAD - 1] = (uint8_t)count;
    box_key_random(key);
    enum err err = box_close(&box, plain, bytes_text(about), key, arena);
    for (size_t i = 0; i < count && err == OK; i++) {
        uint8_t *entry = bytes + SEALED_HEAD + i * SEALED_ENTRY;
        memcpy(entry, readers[i].key_id.bytes, HASH_SIZE);
        err = envelope_close(entry + HASH_SIZE, key, readers[i].public_key);
    }
    box_key_wipe(key);
    if (err == OK) {
        memcpy(bytes + head, box.data, box.size);
        *out = bytes_of(bytes, head + box.size);
    }
    return err;
}

enum err sealed_open(struct bytes *out, struct bytes sealed, const char *about,
                     const struct hash *key_id, const struct sign_key *key, struct arena *arena)
{
    if (sealed.size < SEALED_HEAD || memcmp(sealed.data, magic, sizeof magic - 1) != 0) {
        return ERR_PARSE;
    }
    const size_t count = sealed.data[SEALED_HEAD - 1];
    const size_t head = SEALED_HEAD + count * SEALED_ENTRY;
    if (count == 0 || count > SEALED_READERS_MAX || sealed.size < head + BOX_MORE) {
        return ERR_PARSE;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *entry = sealed.data + SEALED_HEAD + i * SEALED_ENTRY;
        uint8_t opened[BOX_KEY_SIZE];
        if (memcmp(entry, key_id->bytes, HASH_SIZE) != 0) {
            continue;
        }
        enum err err = envelope_open(opened, entry + HASH_SIZE, key);
        if (err == OK) {
            err = box_open(out, bytes_of(sealed.data + head, sealed.size - head), bytes_text(about),
                           opened, arena);
        }
        box_key_wipe(opened);
        return err;
    }
    return ERR_ABSENT;
}
