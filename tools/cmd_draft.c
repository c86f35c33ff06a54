/* SPDX-License-Identifier: Apache-2.0 */
/* `seam draft`: operations of the HTTP interface, see remote.h. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_draft(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"list", "ListDrafts", "", "drafts of the token's organisation"},
        {"show", "GetDraft", "draft", "what both persons see before they sign"},
        {"approve", "ApproveDraft", "draft", "sign as the second person and submit"},
        {"reject", "RejectDraft", "draft reason", "refuse, with a reason"},
        {"withdraw", "WithdrawDraft", "draft", "take back one's own draft"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "draft",
                        "Transactions that wait for a second person's signature.", argc, argv);
}
