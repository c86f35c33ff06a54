/* SPDX-License-Identifier: Apache-2.0 */
/* `seam report`: what a region emits, and where a facility's emissions come from. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_report(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"policy", "ReportPolicy", "year [region]", "a year by region and kind of facility"},
        {"sources", "ReportSources", "facility period",
         "the sources of a facility, the largest first"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "report", "Sums of anchored accounts.",
                        argc, argv);
}
