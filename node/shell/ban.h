/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_BAN_H
#define NODE_SHELL_BAN_H

/* Keys that may not connect for a while. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BANS_MAX 128

struct ban {
    uint8_t key[32];
    uint64_t until_ms;
};

/* All zero is a list without bans. */
struct ban_list {
    size_t next;
    struct ban bans[BANS_MAX];
};

/* ban_list_add bans a key; of more than BANS_MAX the oldest is forgotten. */
void ban_list_add(struct ban_list *list, const uint8_t key[32], uint64_t until_ms);

/* ban_list_has says whether a key is banned at now_ms. */
bool ban_list_has(const struct ban_list *list, const uint8_t key[32], uint64_t now_ms);

#endif
