/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_EPCIS_URI_H
#define API_EPCIS_URI_H

/* Places, parties, loads and documents of the ledger as URIs that other systems can compare. */

#include "ledger/codec/field.h"

#define EPCIS_URI_SIZE 256

struct arena;
struct overlay;

/* epcis_place_uri: the Digital Link of an SGLN, or of the SGLN or GLN of a facility, else
 * urn:seam:facility:ID. epcis_party_uri: of the GLN of an organisation, else
 * urn:seam:organisation:ID. The world's errors. */
enum err NODISCARD epcis_place_uri(char uri[EPCIS_URI_SIZE], struct overlay *state,
                                   const char *place, struct arena *arena);
enum err NODISCARD epcis_party_uri(char uri[EPCIS_URI_SIZE], struct overlay *state,
                                   const char *organisation, struct arena *arena);
void epcis_load_uri(char uri[EPCIS_URI_SIZE], const char *sscc);
/* epcis_hash_uri writes head and the digits of a hash; head alone where it is none. */
void epcis_hash_uri(char uri[EPCIS_URI_SIZE], const char *head, ProtobufCBinaryData hash);

#endif
