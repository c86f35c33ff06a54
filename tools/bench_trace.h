/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_TRACE_H
#define TOOLS_BENCH_TRACE_H

/* `seam bench trace`: how long tracing a lot with many ancestors takes, over RocksDB in a temporary
 * directory and over memory. */

int bench_trace(int argc, char **argv);

#endif
