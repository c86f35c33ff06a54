/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of commands; a new command adds one line here and its file. */

#include "tools/command.h"

const struct command commands[] = {
    {"certificate", cmd_certificate, "check a certificate without any network"},
    {"genesis", cmd_genesis, "compose and read the founding document of a network"},
    {"localnet", cmd_localnet, "run a network on this machine"},
};

const size_t command_count = sizeof commands / sizeof commands[0];
