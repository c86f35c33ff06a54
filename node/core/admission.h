/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_ADMISSION_H
#define NODE_CORE_ADMISSION_H

/* How much may wait at this node before its own door says "busy": what the network makes final in
 * ADMISSION_SECONDS, by what it did of late. A pool that takes in more only makes everybody wait
 * longer, and verifying it takes the time from what is waiting already. Transactions from peers are
 * not asked: somebody has promised to keep them. Loop thread only. */

#include <stdint.h>

#define ADMISSION_SECONDS 1
#define ADMISSION_FLOOR 1000 /* also in a network that was idle: a call of the largest batch */
#define ADMISSION_FLOOR_BEHIND 100 /* once more waits than a second's worth: accounts are slow */
#define ADMISSION_TICKS_BEHIND 2 /* the first seconds of a burst say little of what can be */
#define ADMISSION_SHARES 4 /* who has less than this part of the bound is let in all the same */

struct admission {
    uint32_t delivered; /* transactions since the last tick */
    uint32_t rate; /* a second: the most of late, forgotten by an eighth a tick */
    uint32_t behind; /* ticks in a row at which more waited than is made final in a second */
};

void admission_delivered(struct admission *admission, uint32_t transactions);
/* admission_tick is called once a second; so many wait. */
void admission_tick(struct admission *admission, uint32_t waiting);
/* admission_bound is how many may wait; admission_share how many of one organisation may once the
 * bound is reached. */
uint32_t admission_bound(const struct admission *admission);
uint32_t admission_share(const struct admission *admission);

#endif
