/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_CERTIFICATE_SAVE_H
#define TOOLS_CERTIFICATE_SAVE_H

/* What a node answered to GetCertificate or GetProof, saved as certificate.json. */

#include "ledger/codec/json_in.h"

struct certificate_save {
    const char *out; /* file or "-" */
    const char *genesis; /* verified with it first, or NULL */
};

/* certificate_save writes the text under "certificate" to the file, if it is one. Returns the exit
 * status; failures are reported. */
int certificate_save(const struct certificate_save *save, const struct json_node *data);

#endif
