/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_NETWORK_H
#define TOOLS_BENCH_NETWORK_H

/* `seam bench network`: a network of real nodes on this machine under load, and in the same run
 * what the machine allows at most. */

#include "tools/bench_table.h"

int bench_network(int argc, char **argv);

/* The same with settings of the caller; all zero: the defaults. */
struct bench_network_settings {
    uint32_t nodes;
    uint32_t clients;
    uint32_t batch;
    uint32_t seconds;
    uint64_t rate; /* 0: closed loop, a quarter and three times of it, closed loop again */
    uint32_t size; /* of anchors; 0 with lines 0: every load */
    uint32_t lines; /* of accounts */
    uint16_t base_port;
    bool flood; /* the last node falls silent, then its key floods the others */
    enum bench_form form;
};
int bench_network_run(const struct bench_network_settings *settings);

#endif
