/* SPDX-License-Identifier: Apache-2.0 */
/* `seam opinion`: operations of the HTTP interface, see remote.h. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_opinion(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"issue", "IssueOpinion", "FILE", "issue an opinion (three more persons approve)"},
        {"withdraw", "WithdrawOpinion", "opinion cause reason", "withdraw an opinion"},
        {"revoke", "RevokeOpinion", "FILE", "revoke an opinion (regulator)"},
        {"show", "GetOpinion", "opinion", "an opinion and whether it stands"},
        {"of", "GetOpinion", "facility period", "the last opinion on an account"},
        {"dependents", "ListDependents", "opinion", "what was built on it, and is it flagged"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "opinion", "Opinions on accounts.",
                        argc, argv);
}
