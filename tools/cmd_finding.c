/* SPDX-License-Identifier: Apache-2.0 */
/* `seam finding`: operations of the HTTP interface, see remote.h. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_finding(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"raise", "RaiseFinding", "FILE", "raise a finding or comment on a field"},
        {"answer", "AnswerFinding", "FILE", "cause, correction, and whether the effect is agreed"},
        {"close", "CloseFinding", "FILE", "accept, reject, close or leave unresolved"},
        {"list", "ListFindings", "engagement", "findings of an engagement"},
        {"correct", "ComputeCorrection", "FILE", "the conservative correction of an amount"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "finding",
                        "Findings: what is wrong, by how much, and what came of it.", argc, argv);
}
