/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_EPCIS_HASH_H
#define API_EPCIS_HASH_H

/* The hash id of an EPCIS 2.0 event (CBV 2.0, part 8.9): the same for the same event, however its
 * JSON is laid out, its times are written or its keys are spelled. What a repository adds (eventID,
 * recordTime, errorDeclaration) is no part of it, so a wrong event and its declaration share one.
 */

#include "ledger/codec/json_in.h"

#define EPCIS_HASH_SIZE 92 /* "ni:///sha-256;", 64 digits, "?ver=CBV2.0", NUL */

/* epcis_hash_prepare gives a JSON text in which numbers with a point or an exponent are texts: the
 * reader would otherwise round them. Everything else stays byte for byte. Lives in arena.
 * ERR_MEMORY. */
enum err NODISCARD epcis_hash_prepare(struct bytes *out, struct bytes text, struct arena *arena);

/* epcis_hash_string gives the canonical text that is hashed, in arena. event: an object of a
 * prepared document; document: the object whose "@context" says what prefixes of extensions mean
 * and whose list PREFIX:ignoreFields names extensions that are no part of the event; or NULL.
 * ERR_TYPE (a time that is none, a list within a list), ERR_MISSING (no type), ERR_FLOAT (a
 * document that was not prepared), ERR_MEMORY. */
enum err NODISCARD epcis_hash_string(struct bytes *out, const struct json_node *event,
                                     const struct json_node *document, struct arena *arena);

/* epcis_hash_id writes the id of such a text. */
void epcis_hash_id(char out[EPCIS_HASH_SIZE], struct bytes text);

#endif
