/* SPDX-License-Identifier: Apache-2.0 */
/* An entry that is ending keeps its place until both links are gone. */
#include "node/shell/peer_table.h"

#include <assert.h>
#include <string.h>

struct peer *peer_table_find(struct peer table[ENV_PEERS], const uint8_t key[32])
{
    for (size_t i = 0; i < ENV_PEERS; i++) {
        struct peer *peer = &table[i];
        if (peer->used && !peer->ending && memcmp(peer->key, key, 32) == 0) {
            return peer;
        }
    }
    return NULL;
}

struct peer *peer_table_add(struct peer table[ENV_PEERS], const uint8_t key[32], uint64_t now_ms)
{
    for (size_t i = 0; i < ENV_PEERS; i++) {
        struct peer *peer = &table[i];
        if (!peer->used) {
            *peer = (struct peer){.used = true, .since_ms = now_ms};
            memcpy(peer->key, key, 32);
            return peer;
        }
    }
    return NULL;
}

uint32_t peer_table_number(const struct peer table[ENV_PEERS], const struct peer *peer)
{
    return (uint32_t)(peer - table);
}

bool peer_is_whole(const struct peer *peer)
{
    return peer->links[ENV_CONTROL] != NULL && peer->links[ENV_BULK] != NULL;
}

struct peer *peer_table_told(const struct peer table[ENV_PEERS], uint32_t number)
{
    assert(number < ENV_PEERS);
    const struct peer *peer = &table[number];
    return peer->used && peer->told && !peer->ending ? (struct peer *)(uintptr_t)peer : NULL;
}

void peer_end(struct peer *peer)
{
    peer->ending = true;
    for (size_t i = 0; i < ENV_CHANNELS; i++) {
        if (peer->links[i] != NULL) {
            link_close(peer->links[i]);
        }
    }
}
