/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_EPCIS_LINK_H
#define API_EPCIS_LINK_H

/* One spelling for what GS1 keys name (CBV 2.0, event hash): an EPC URN (urn:epc:id, :class,
 * :idpat) or a Digital Link of any domain becomes the canonical Digital Link
 * https://id.gs1.org/..., without query, with the finest key only. */

#include "ledger/base/bytes.h"

#define EPCIS_LINK_SIZE 160 /* with the NUL; keys are shorter by the standard */

/* epcis_link writes the canonical link of text. False where text is no GS1 key in one of these
 * spellings; out is then untouched. */
bool NODISCARD epcis_link(char out[EPCIS_LINK_SIZE], const char *text);

#endif
