/* SPDX-License-Identifier: Apache-2.0 */
/* `seam factor`: operations of the HTTP interface, see remote.h. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_factor(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"list", "ListParameterSets", "", "published parameter sets"},
        {"publish", "PublishParameterSet", "FILE", "publish a parameter set (regulator)"},
        {"adopt", "AdoptParameterSet", "FILE", "adopt a set for a scheme (regulator)"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "factor",
                        "Parameter sets: emission factors with their sources.", argc, argv);
}
