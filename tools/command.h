/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

/* The seam program is a table of commands. Each lives in tools/cmd_NAME.c as `int cmd_NAME(int
 * argc, char **argv)`, declared here, with one line in commands.c. argv[0] is the command's own
 * name, so that a command with subcommands calls command_run again on its own table. The result is
 * the exit status. */

#include <stddef.h>

/* Exit status of the program (interface.md part 2). */
enum tool_exit {
    TOOL_OK = 0,
    TOOL_NO = 1, /* the answer is no: invalid certificate, refused transaction */
    TOOL_USAGE = 2, /* wrong use, unreadable file */
    TOOL_UNREACHABLE = 3 /* node or network */
};

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; /* one line, no full stop */
};

/* The commands of this build, in the order in which help lists them. */
extern const struct command commands[];
extern const size_t command_count;

/* command_run finds argv[1] in a table and runs it with what follows; --help lists the table on
 * stdout. title is "seam" or "seam account", purpose one sentence. */
int command_run(const struct command *table, size_t count, const char *title, const char *purpose,
                int argc, char **argv);

/* `certificate verify`, which `proof verify` is too. */
int certificate_verify(int argc, char **argv);

int cmd_access(int argc, char **argv);
int cmd_account(int argc, char **argv);
int cmd_allowance(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_block(int argc, char **argv);
int cmd_calc(int argc, char **argv);
int cmd_cancel(int argc, char **argv);
int cmd_carryover(int argc, char **argv);
int cmd_certificate(int argc, char **argv);
int cmd_dispute(int argc, char **argv);
int cmd_draft(int argc, char **argv);
int cmd_engage(int argc, char **argv);
int cmd_evidence(int argc, char **argv);
int cmd_facility(int argc, char **argv);
int cmd_factor(int argc, char **argv);
int cmd_finding(int argc, char **argv);
int cmd_gap(int argc, char **argv);
int cmd_genesis(int argc, char **argv);
int cmd_holding(int argc, char **argv);
int cmd_key(int argc, char **argv);
int cmd_lab(int argc, char **argv);
int cmd_localnet(int argc, char **argv);
int cmd_lot(int argc, char **argv);
int cmd_opinion(int argc, char **argv);
int cmd_org(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_project(int argc, char **argv);
int cmd_proof(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_sample(int argc, char **argv);
int cmd_scenario(int argc, char **argv);
int cmd_sim(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_storage(int argc, char **argv);
int cmd_surrender(int argc, char **argv);
int cmd_trade(int argc, char **argv);
int cmd_transfer(int argc, char **argv);
int cmd_trust(int argc, char **argv);
int cmd_tx(int argc, char **argv);
int cmd_validators(int argc, char **argv);

#endif
