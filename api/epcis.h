/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_EPCIS_H
#define API_EPCIS_H

/* Lot events as an EPCIS 2.0 document in JSON-LD, for systems that know GS1's standards and not
 * ours [KSSJ 7.2.1a]. Keys are canonical Digital Links, ids of events their hash ids, so that
 * whoever has the event computes the same one. What only our ledger knows (transaction, height)
 * stands in extensions that the document itself excludes from the hash. An event that was declared
 * an error stands twice: as it was recorded, and again with its errorDeclaration. */

#include "ledger/codec/json_out.h"
#include "ledger/provenance/view.h"

#define EPCIS_EVENT_MAX (4 * 1024 * 1024) /* bytes of one event */

/* epcis_document writes a document of these events, in their order, as one value. Declarations of
 * errors are no events of their own and are left out. time_ms: of the state, its creationDate.
 * ERR_ABSENT for an event that is not there. */
enum err NODISCARD epcis_document(struct json_out *out, struct overlay *state,
                                  const struct hash *events, size_t count, uint64_t time_ms,
                                  struct arena *arena);

/* epcis_document_records writes the same of records at hand. */
enum err NODISCARD epcis_document_records(struct json_out *out, struct overlay *state,
                                          const Seam__LotEventRecord *const *events, size_t count,
                                          uint64_t time_ms, struct arena *arena);

/* epcis_event_id gives the hash id of a recorded event, in arena. */
enum err NODISCARD epcis_event_id(const char **out, struct overlay *state,
                                  const Seam__LotEventRecord *event, struct arena *arena);

#endif
