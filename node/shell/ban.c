/* SPDX-License-Identifier: Apache-2.0 */
/* A ring: a stranger with many keys pushes out other bans and wins no more than that. */
#include "node/shell/ban.h"

#include <string.h>

void ban_list_add(struct ban_list *list, const uint8_t key[32], uint64_t until_ms)
{
    struct ban *ban = &list->bans[list->next++ % BANS_MAX];
    memcpy(ban->key, key, 32);
    ban->until_ms = until_ms;
}

bool ban_list_has(const struct ban_list *list, const uint8_t key[32], uint64_t now_ms)
{
    for (size_t i = 0; i < BANS_MAX; i++) {
        if (list->bans[i].until_ms > now_ms && memcmp(list->bans[i].key, key, 32) == 0) {
            return true;
        }
    }
    return false;
}
