/* SPDX-License-Identifier: Apache-2.0 */
#include "node/shell/handles.h"

#include <sys/resource.h>

#define CONNECTIONS_MIN 16
#define CONNECTIONS_MAX 1000
#define SHARE 4 /* of all handles; the databases want most of them */

uint64_t handles_want(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    const rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : soft;
}

uint32_t handles_connections(uint64_t handles)
{
    const uint64_t share = handles / SHARE;
    if (share < CONNECTIONS_MIN) {
        return CONNECTIONS_MIN;
    }
    return share < CONNECTIONS_MAX ? (uint32_t)share : CONNECTIONS_MAX;
}
