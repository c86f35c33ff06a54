/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_CALC_H
#define TOOLS_BENCH_CALC_H

/* `seam bench calc`: lines of the largest account there is that one thread calculates in a second
 * of processor time. */

int bench_calc(int argc, char **argv);

#endif
