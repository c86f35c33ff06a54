/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_YARDSTICK_H
#define TOOLS_BENCH_YARDSTICK_H

/* How fast the machine is just now. A machine that others share gives the same signature another
 * processor time from one minute to the next, so a load and the bound it is held against may have
 * found two machines. A thread of its own verifies one signature three times every tenth of a
 * second, beside whatever runs. */

#include "ledger/base/err.h"

#include <stdint.h>

struct bench_yardstick;

/* bench_yardstick_start begins. Gives *out. ERR_MEMORY. */
enum err NODISCARD bench_yardstick_start(struct bench_yardstick **out);
/* bench_yardstick_stop takes it (NULL is fine) and gives the processor time of one
 * verification, in nanoseconds, never 0 of one that was started: the median, for a host that takes
 * the processor away for a second in the middle of one is charged to it. */
uint64_t bench_yardstick_stop(struct bench_yardstick *yardstick);

#endif
