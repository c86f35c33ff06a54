/* SPDX-License-Identifier: Apache-2.0 */
/* The seam command line. What each command does stands in its own file; this one starts the
 * libraries and finds it. */

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "ledger/crypto/sign.h"
#include "tools/command.h"
#include "tools/output.h"

int main(int argc, char **argv)
{
    /* Only the width of characters in tables: numbers and texts never depend on a locale. */
    (void)setlocale(LC_CTYPE, "");
    if (argc == 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        (void)printf("seam %s\n", SEAM_VERSION);
        return output_close(TOOL_OK);
    }
    if (sign_start() != OK) {
        output_note("seam: the cryptographic library does not pass its self-test");
        return TOOL_UNREACHABLE;
    }
    const int status = command_run(
        commands, command_count, "seam",
        "Carbon accounts of coal mines on a ledger that several organisations keep.", argc, argv);
    return output_close(status);
}
