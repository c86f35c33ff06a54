/* SPDX-License-Identifier: Apache-2.0 */
/* `seam sample`: operations of the HTTP interface, see remote.h. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_sample(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"prepare", "PrepareAuditSample", "engagement subject",
         "population, size, commitment, and what to keep secret"},
        {"commit", "CommitSample", "FILE", "commit to a sample before its seed exists"},
        {"seed", "DrawAuditSample", "FILE", "seed block, proof and list of a committed sample"},
        {"draw", "DrawSample", "FILE", "record the draw"},
        {"check", "CheckAuditSample", "FILE", "draw it again: engagement, number, salt, items"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "sample",
                        "Audit samples that nobody can steer.", argc, argv);
}
