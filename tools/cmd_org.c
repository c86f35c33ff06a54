/* SPDX-License-Identifier: Apache-2.0 */
/* `seam org`: operations of the HTTP interface, see remote.h. */

#include "tools/command.h"
#include "tools/remote.h"

int cmd_org(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"list", "ListOrganisations", "", "registered organisations"},
        {"register", "RegisterOrganisation", "FILE", "register an organisation (regulator)"},
        {"add-person", "RegisterPerson", "FILE", "register a person of the own organisation"},
        {"add-key", "AddKey", "FILE", "register another key of a person"},
        {"revoke-key", "RevokeKey", "FILE", "revoke a key"},
    };
    return remote_group(rows, sizeof rows / sizeof rows[0], "org",
                        "Organisations, persons and their keys.", argc, argv);
}
