/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_DRAFT_H
#define API_DRAFT_H

/* Transactions that wait for a second person, or to become final after the second one signed
 * (decisions D16, D26), in local/drafts. They survive a restart; one past its valid_until is gone.
 */

#include "ledger/proto/local.pb-c.h"
#include "ledger/store/kv.h"

#define DRAFT_ID_SIZE 16
#define DRAFTS_MAX 10000 /* of a node; the next one is refused busy */

struct draft_box;

struct draft_box *draft_box_new(struct kv *local);
void draft_box_free(struct draft_box *box);

/* draft_id is the same for the same content (organisation, type, payload), whenever it is sent. */
void draft_id(uint8_t out[DRAFT_ID_SIZE], const char *organisation, uint32_t type,
              struct bytes payload);

/* draft_get reads one. ERR_ABSENT also for one past its time. *out lives in arena. */
enum err NODISCARD draft_get(Seam__Draft **out, struct draft_box *box, struct bytes id,
                             uint64_t now_ms, struct arena *arena);

/* draft_put writes one, on disk before it returns; draft_drop removes it. Both with the box locked.
 * ERR_BUSY: there are DRAFTS_MAX. */
enum err NODISCARD draft_put(struct draft_box *box, const Seam__Draft *draft);
enum err NODISCARD draft_drop(struct draft_box *box, struct bytes id);

/* draft_each calls found for every draft, expired ones too; false stops. The draft lives during the
 * call. */
typedef bool (*draft_found)(void *context, const Seam__Draft *draft);
enum err NODISCARD draft_each(struct draft_box *box, draft_found found, void *context);

/* draft_sign adds a signature in its place. ERR_SECOND_PERSON (this person signed already),
 * ERR_CONFLICT (this key did), ERR_TOO_LARGE. Everything lives in arena. */
enum err NODISCARD draft_sign(Seam__Draft *draft, const char *person, const struct hash *key_id,
                              const uint8_t signature[64], struct arena *arena);

/* draft_raw is the canonical Transaction. */
enum err NODISCARD draft_raw(struct bytes *out, const Seam__Draft *draft, struct arena *arena);

/* One writer at a time: whoever reads, changes and writes a draft holds this. */
void draft_lock(struct draft_box *box);
void draft_unlock(struct draft_box *box);

#endif
