/* SPDX-License-Identifier: Apache-2.0 */
/* An EPCIS document as another system sends it: prepared, read, and the hash id of each event made,
 * which does not change when it is made again. Short inputs are links and lot ids too. */

#include "api/epcis_hash.h"
#include "api/epcis_link.h"
#include "ledger/provenance/identifier.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void try_event(const struct json_node *event, const struct json_node *document,
                      struct arena *arena)
{
    struct bytes first;
    struct bytes second;
    char id[EPCIS_HASH_SIZE];
    const enum err err = epcis_hash_string(&first, event, document, arena);
    check(err == epcis_hash_string(&second, event, document, arena) || err == ERR_MEMORY);
    if (err == OK) {
        check(bytes_equal(first, second));
        epcis_hash_id(id, first);
        check(strlen(id) == strlen("ni:///sha-256;?ver=CBV2.0") + 64);
    }
}

static void try_text(struct bytes in)
{
    char text[256];
    char link[EPCIS_LINK_SIZE];
    char lot[256];
    if (in.size < sizeof text) {
        memcpy(text, in.data, in.size);
        text[in.size] = '\0';
        if (epcis_link(link, text)) {
            check(strlen(link) < sizeof link);
        }
        if (identifier_lot_read(lot, text)) {
            check(strlen(lot) < 64);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct bytes prepared;
    struct json_doc *doc = NULL;
    if (size > 65536) {
        return 0;
    }
    arena_init(&arena, (size_t)64 << 20);
    const struct bytes in = bytes_of(data, size);
    try_text(in);
    if (epcis_hash_prepare(&prepared, in, &arena) == OK &&
        json_doc_read(&doc, prepared, (size_t)1 << 20, NULL) == OK) {
        const struct json_node *root = json_doc_root(doc);
        if (json_node_kind(root) == JSON_KIND_OBJECT) {
            const struct json_node *body = json_node_get(root, "epcisBody");
            const struct json_node *list = json_node_get(body, "eventList");
            try_event(root, NULL, &arena);
            for (size_t i = 0; i < json_node_count(list) && i < 64; i++) {
                try_event(json_node_at(list, i), root, &arena);
            }
        }
        json_doc_free(doc);
    }
    arena_free(&arena);
    return 0;
}
