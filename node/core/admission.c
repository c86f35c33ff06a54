/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/admission.h"

#include <stdbool.h>

void admission_delivered(struct admission *admission, uint32_t transactions)
{
    const uint32_t room = UINT32_MAX - admission->delivered;
    admission->delivered += transactions < room ? transactions : room;
}

void admission_tick(struct admission *admission, uint32_t waiting)
{
    const uint32_t forgotten = admission->rate - (admission->rate + 7) / 8;
    admission->rate = admission->delivered > forgotten ? admission->delivered : forgotten;
    /* Where nothing is made final it says nothing of what can be. */
    const bool behind = admission->delivered > 0 && waiting > admission->rate;
    admission->behind = behind ? admission->behind + 1 : 0;
    admission->delivered = 0;
}

uint32_t admission_bound(const struct admission *admission)
{
    const uint64_t bound = (uint64_t)admission->rate * ADMISSION_SECONDS;
    const uint32_t least =
        admission->behind < ADMISSION_TICKS_BEHIND ? ADMISSION_FLOOR : ADMISSION_FLOOR_BEHIND;
    if (bound < least) {
        return least;
    }
    return bound < UINT32_MAX ? (uint32_t)bound : UINT32_MAX;
}

uint32_t admission_share(const struct admission *admission)
{
    return admission_bound(admission) / ADMISSION_SHARES;
}
