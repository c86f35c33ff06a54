/* SPDX-License-Identifier: Apache-2.0 */
/* `seam lab`: operations of the HTTP interface, see remote.h. */

#include <string.h>

#include "tools/command.h"
#include "tools/detached_print.h"
#include "tools/remote.h"

int cmd_lab(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"take", "TakeSample", "FILE", "record that a coal sample was taken"},
        {"seal", "SealSample", "FILE", "record its seal, by another person"},
        {"receive", "ReceiveSample", "FILE", "receipt, signed by the laboratory"},
        {"report", "ReportLaboratory", "FILE", "report on a sample that was received"},
        {"withdraw", "WithdrawLaboratoryReport", "sample reason", "withdraw a wrong report"},
        {"show", "GetCoalSample", "sample", "the way of a coal sample"},
        {"list", "ListCoalSamples", "[organisation]", "coal samples of an organisation"},
    };
    if (argc >= 2 && strcmp(argv[1], "hash") == 0) {
        return detached_print("ReportLaboratory", "lab hash FILE", argc - 1, argv + 1);
    }
    return remote_group(rows, sizeof rows / sizeof rows[0], "lab",
                        "Coal samples and the laboratory's reports; `hash` without a node.", argc,
                        argv);
}
