/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_NETWORK_H
#define TOOLS_BENCH_NETWORK_H

/* `seam bench network`: a network of real nodes on this machine under load, and in the same run
 * what the machine allows at most. */

int bench_network(int argc, char **argv);

#endif
