/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_ID_H
#define LEDGER_GOVERNANCE_ID_H

/* Text ids and their 32-byte form, the keys of state records made of them, and the check digits of
 * numbers that others gave (USCC, INN, OGRN, LEI, GLN, SGLN). */

#include "ledger/base/bytes.h"
#include "ledger/base/limits.h"
#include "ledger/keys.h"

/* id_text_valid: [a-z0-9][a-z0-9._-]{0,63}: organisations, persons, facilities, schemes, sources.
 * id_code_valid also takes upper case: parameter sets, jurisdictions (CN-14), line codes. */
bool NODISCARD id_text_valid(const char *text);
bool NODISCARD id_code_valid(const char *text);

/* id_hash is H(TAG_ID, kind, text); kind is a byte of enum key_table. */
void id_hash(struct hash *out, enum key_table kind, const char *text);

/* A state key being built: one table byte and fixed-width fields. */
struct state_key {
    uint8_t data[LIMIT_STATE_KEY];
    size_t size;
};

struct state_key state_key_of(enum key_table table);
void state_key_hash(struct state_key *key, const struct hash *hash);
void state_key_u8(struct state_key *key, uint8_t value);
void state_key_u16(struct state_key *key, uint16_t value); /* big-endian */
void state_key_u32(struct state_key *key, uint32_t value);
void state_key_u64(struct state_key *key, uint64_t value);
/* state_key_id appends the id hash of text; kind is most often the table itself. */
void state_key_id(struct state_key *key, enum key_table kind, const char *text);
struct bytes state_key_bytes(const struct state_key *key); /* borrows */
/* state_key_named is a table byte and one id of that table: the most common key. */
struct state_key state_key_named(enum key_table table, const char *text);
/* state_key_list is entry index of the list of table's records; owner may be NULL (all). */
struct state_key state_key_list(enum key_table table, const struct hash *owner, uint32_t index);

/* id_number_valid checks a number of a scheme: USCC (GB 32100), INN, OGRN, LEI (ISO 17442), GLN,
 * SGLN by their check digits; PERMIT, MINE_CODE and DID by length and character set. False also for
 * an unknown scheme. */
bool NODISCARD id_number_valid(const char *scheme, const char *value);

#endif
