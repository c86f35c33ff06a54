/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_TRANSFER_H
#define TOOLS_BENCH_TRANSFER_H

/* `seam bench transfer`: transfers of units that one thread decodes, verifies and executes in a
 * second, from one hot account and spread over many, beside the bound that verifying their
 * signatures alone would set. */

int bench_transfer(int argc, char **argv);

#endif
