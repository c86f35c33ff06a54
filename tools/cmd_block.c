/* SPDX-License-Identifier: Apache-2.0 */
/* `seam block`: operations of the HTTP interface, see remote.h. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_block(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"show", "GetBlock", "height#", "header and transactions of a block"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "block", "Final blocks.", argc, argv);
}
