/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_EPCIS_FIELDS_H
#define API_EPCIS_FIELDS_H

/* What GS1 has no field for, under the prefix seam: quality of what an event made (ilmd), and what
 * else is known of it. moisture is of the mass as received, ash and carbon of the dry mass, ncv in
 * GJ/t as received, tonnes and kilometres in their names. */

#include "ledger/codec/json_out.h"
#include "ledger/proto/lot.pb-c.h"

/* Both write members into an open object. */
void epcis_write_ilmd(struct json_out *out, const Seam__LotEventRecord *event);
void epcis_write_extensions(struct json_out *out, const Seam__LotEventRecord *event);

#endif
