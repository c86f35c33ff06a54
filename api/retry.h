/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_RETRY_H
#define API_RETRY_H

/* Who was told to come back later and comes at once. Whoever is turned away is told to come back
 * after a second. To read and take apart a call of many transactions costs more than to refuse it,
 * so for a quarter of that second whatever the same platform sends, over this connection or
 * another, is answered busy unread: under a flood the node keeps its time for what it has promised.
 * A platform is a row of the access file (access.h). Any thread. */

#include "api/access.h"

#include <stdatomic.h>

#define RETRY_SECONDS 1 /* said to who is told to come back */
#define RETRY_UNREAD_MS 250

/* All zero: nobody was told anything. */
struct retry {
    atomic_ullong told_ms[ACCESS_PLATFORMS];
};

/* retry_told: the node itself took something of this platform's not, now. An answer by retry_early
 * is not told here, or a flood would never be heard again. */
void retry_told(struct retry *retry, size_t platform, uint64_t now_ms);
/* retry_early says whether a call that came at now_ms comes too early. A clock that was set back
 * keeps nobody out. */
bool retry_early(const struct retry *retry, size_t platform, uint64_t now_ms);

#endif
