/* SPDX-License-Identifier: Apache-2.0 */
/* `seam sample`: operations of the HTTP interface, see remote.h. */

#include <string.h>

#include "tools/command.h"
#include "tools/detached_print.h"
#include "tools/remote.h"
#include "tools/sample_redraw.h"

int cmd_sample(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"prepare", "PrepareAuditSample", "engagement subject [facility]",
         "population, size, commitment, and what to keep secret"},
        {"commit", "CommitSample", "FILE", "commit to a sample before its seed exists"},
        {"seed", "DrawAuditSample", "FILE", "seed block, proof and list of a committed sample"},
        {"draw", "DrawSample", "FILE", "record the draw"},
        {"examine", "ExamineSample", "FILE", "record what came of each item that was drawn"},
        {"check", "CheckAuditSample", "FILE", "draw it again: engagement, number, salt, items"},
    };
    if (argc >= 2 && strcmp(argv[1], "redraw") == 0) {
        return sample_redraw(argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "hash") == 0) {
        return detached_print("ExamineSample", "sample hash FILE", argc - 1, argv + 1);
    }
    return remote_group(rows, sizeof rows / sizeof rows[0], "sample",
                        "Audit samples that nobody can steer; `redraw` and `hash` without a node.",
                        argc, argv);
}
