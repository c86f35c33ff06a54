/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_UNITS_COMMANDS_H
#define TOOLS_UNITS_COMMANDS_H

/* Subcommands of `seam holding` that are more than one operation. */

int holding_bundle(int argc, char **argv); /* a statement with its proofs as one file */
int holding_verify(int argc, char **argv); /* that file, without any network */

#endif
