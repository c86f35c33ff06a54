/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

/* What the benchmarks share. Figures are reported, never asserted. */

#include <stdint.h>

/* bench_cpu_ns: processor time of this process, all its threads; bench_thread_ns: of this thread;
 * bench_wall_ns: a clock that only goes forward. */
uint64_t bench_cpu_ns(void);
uint64_t bench_thread_ns(void);
uint64_t bench_wall_ns(void);

/* bench_per_second: how many a second when count took ns; 0 when nothing was measured. */
uint64_t bench_per_second(uint64_t count, uint64_t ns);

/* bench_directory_bytes sums the sizes of the files under a directory, symbolic links not followed;
 * bench_directory_remove removes it and everything below. */
uint64_t bench_directory_bytes(const char *path);
void bench_directory_remove(const char *path);

#endif
