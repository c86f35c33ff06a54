/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_ADMISSION_H
#define NODE_CORE_ADMISSION_H

/* How much may wait for a block at this node before its own door says "busy": what the network
 * makes final in a second, by what it did of late. A pool that takes in more only makes
 * everybody wait longer, and verifying it takes the time from what is waiting already. Transactions
 * from peers are let in, for somebody has promised to keep them, and count. Loop thread only. */

#include <stdint.h>

#define ADMISSION_FLOOR 1500 /* also in a network that was idle: a call of 1,000 small ones */
#define ADMISSION_PARTS 4 /* what one peer told counts up to this part of the bound */
#define ADMISSION_SHARES 16 /* who has less than this part of it is let in all the same */

struct admission {
    uint32_t delivered; /* units since the last tick */
    uint32_t rate; /* a second: the most of late, forgotten by an eighth a tick */
};

/* admission_units: large transactions are slow ones (an account is its lines), so each counts as
 * one and once more for each KiB. All amounts here are such units. */
uint32_t admission_units(uint64_t transactions, uint64_t bytes);
void admission_delivered(struct admission *admission, uint32_t units);
/* admission_tick is called once a second. */
void admission_tick(struct admission *admission);
/* admission_bound is how many may wait; admission_share how many of one organisation may once the
 * bound is reached; admission_part how many of those may be at the door then, and what counts of
 * what one peer told. */
uint32_t admission_bound(const struct admission *admission);
uint32_t admission_share(const struct admission *admission);
uint32_t admission_part(const struct admission *admission);

#endif
