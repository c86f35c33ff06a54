/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_ALL_H
#define TOOLS_BENCH_ALL_H

/* `seam bench all`: every benchmark, one after the other, as the Markdown that stands in
 * docs/performance.md. */

int bench_all(int argc, char **argv);

#endif
