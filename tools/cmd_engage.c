/* SPDX-License-Identifier: Apache-2.0 */
/* `seam engage`: operations of the HTTP interface, see remote.h. */

#include <string.h>

#include "tools/command.h"
#include "tools/engage_report.h"
#include "tools/remote.h"

int cmd_engage(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"open", "OpenEngagement", "FILE", "offer an engagement: parties, scope, level, guide"},
        {"accept", "AcceptEngagement", "FILE", "accept an offer, through the gate of conflicts"},
        {"override", "OverrideConflict", "engagement rule reason",
         "set one rule of the gate aside (regulator)"},
        {"advance", "AdvanceEngagement", "FILE", "take the next step, with its evidence"},
        {"review", "ReviewEngagement", "engagement verdict report_hash",
         "pass or return the report (technical reviewer)"},
        {"withdraw", "WithdrawEngagement", "engagement reason", "end it before an opinion"},
        {"show", "GetEngagement", "engagement", "steps, findings, samples, opinion"},
        {"list", "ListEngagements", "[organisation]", "engagements, all or of one party"},
        {"recompute", "RecomputeAccount", "facility period [version#]",
         "compute an account again from its lines"},
        {"compare", "RecomputeAccount", "FILE", "compare it with a file: facility, period, file"},
        {"record", "RecordRecomputation", "FILE", "record what a recomputation gave"},
        {"accredit", "SetAccreditation", "FILE", "accreditation of an agency (regulator)"},
    };
    if (argc >= 2 && strcmp(argv[1], "report") == 0) {
        return engage_report(argc - 1, argv + 1);
    }
    return remote_group(rows, sizeof rows / sizeof rows[0], "engage",
                        "Verification of accounts: engagements, their eight steps, and `report`.",
                        argc, argv);
}
