/* SPDX-License-Identifier: Apache-2.0 */
#include "api/retry.h"

#include <assert.h>

void retry_told(struct retry *retry, size_t platform, uint64_t now_ms)
{
    assert(platform < ACCESS_PLATFORMS);
    atomic_store(&retry->told_ms[platform], now_ms);
}

bool retry_early(const struct retry *retry, size_t platform, uint64_t now_ms)
{
    assert(platform < ACCESS_PLATFORMS);
    const uint64_t told_ms = atomic_load(&retry->told_ms[platform]);
    return told_ms != 0 && now_ms >= told_ms && now_ms - told_ms < RETRY_UNREAD_MS;
}
