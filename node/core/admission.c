/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/admission.h"

uint32_t admission_units(uint64_t transactions, uint64_t bytes)
{
    const uint64_t units = transactions + bytes / 1024;
    return units < UINT32_MAX ? (uint32_t)units : UINT32_MAX;
}

void admission_delivered(struct admission *admission, uint32_t units)
{
    const uint32_t room = UINT32_MAX - admission->delivered;
    admission->delivered += units < room ? units : room;
}

void admission_tick(struct admission *admission)
{
    const uint32_t forgotten = admission->rate - (admission->rate + 7) / 8;
    admission->rate = admission->delivered > forgotten ? admission->delivered : forgotten;
    admission->delivered = 0;
}

uint32_t admission_bound(const struct admission *admission)
{
    return admission->rate > ADMISSION_FLOOR ? admission->rate : ADMISSION_FLOOR;
}

uint32_t admission_share(const struct admission *admission)
{
    return admission_bound(admission) / ADMISSION_SHARES;
}

uint32_t admission_part(const struct admission *admission)
{
    return admission_bound(admission) / ADMISSION_PARTS;
}
