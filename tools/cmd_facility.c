/* SPDX-License-Identifier: Apache-2.0 */
/* `seam facility`: operations of the HTTP interface, see remote.h. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_facility(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"list", "ListFacilities", "[organisation]", "facilities, all or of one organisation"},
        {"show", "GetFacility", "facility", "a facility, its boundary and last account"},
        {"register", "RegisterFacility", "FILE", "register a facility"},
        {"boundary", "SetBoundary", "FILE", "set the next version of a boundary"},
        {"jurisdiction", "SetJurisdiction", "FILE", "set calendar and deadlines (regulator)"},
        {"extend", "ExtendDeadline", "FILE", "extend a deadline (regulator)"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "facility",
                        "Mines, open pits, washing plants and their boundaries.", argc, argv);
}
