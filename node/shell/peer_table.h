/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_PEER_TABLE_H
#define NODE_SHELL_PEER_TABLE_H

/* The table of peers: an entry a key, with its links. */

#include "node/shell/link.h"

struct peer {
    bool used;
    bool ending; /* its links are being closed */
    bool told; /* the node knows it */
    uint64_t since_ms;
    uint8_t key[32];
    struct link *links[ENV_CHANNELS];
};

/* peer_table_find is the live entry of a key, not one that is ending; NULL when there is none. */
struct peer *peer_table_find(struct peer table[ENV_PEERS], const uint8_t key[32]);

/* peer_table_add makes an entry; NULL when the table is full. */
struct peer *peer_table_add(struct peer table[ENV_PEERS], const uint8_t key[32], uint64_t now_ms);

/* peer_table_number is the number the node knows an entry of the table by. */
uint32_t peer_table_number(const struct peer table[ENV_PEERS], const struct peer *peer);

/* peer_table_told is the entry of a number the node uses; NULL when it is gone. */
struct peer *peer_table_told(const struct peer table[ENV_PEERS], uint32_t number);

/* peer_is_whole: both links are there. */
bool peer_is_whole(const struct peer *peer);

/* peer_end closes the links an entry has. */
void peer_end(struct peer *peer);

#endif
