/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_RECORD_H
#define LEDGER_ASSURANCE_RECORD_H

/* Keys and writing of the records of verification, and small conversions between what protobuf-c
 * holds and what the ledger uses. Inside this folder only. */

#include "ledger/assurance/view.h"

/* Keys: an id of a table; an id and a number; a facility and a period (false: no period). */
struct state_key record_key(enum key_table table, const char *id);
struct state_key record_key_numbered(enum key_table table, const char *engagement, uint32_t number);
bool NODISCARD record_key_period(struct state_key *out, enum key_table table, const char *facility,
                                 const char *period);
bool NODISCARD record_key_recompute(struct state_key *out, const char *engagement,
                                    const char *facility, const char *period);
struct state_key record_key_grant(const char *owner, const struct hash *evidence,
                                  const char *reader);
struct state_key record_key_disclosure(const char *owner, const struct hash *evidence,
                                       const char *reader, uint32_t number);
bool NODISCARD record_key_reveal(struct state_key *out, const char *facility, const char *period,
                                 uint32_t version, uint32_t index, const char *reader);
struct state_key record_key_report(const struct hash *report);

/* record_get decodes the value under key; the caller may change what it gets and put it again. */
enum err NODISCARD record_get(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                              struct overlay *state, const struct state_key *key,
                              struct arena *arena);
/* record_put writes; record_add writes what was not there and names it in the receipt. */
enum err NODISCARD record_put(struct rule_context *context, const struct state_key *key,
                              const ProtobufCMessage *record);
enum err NODISCARD record_add(struct rule_context *context, const struct state_key *key,
                              const ProtobufCMessage *record);
/* record_list appends id to the list of a table; owner may be NULL (all). */
enum err NODISCARD record_list(struct rule_context *context, enum key_table table,
                               const char *owner, const char *id);

/* record_link copies a key for the pool's index; empty when memory ends. */
struct bytes record_link(struct rule_context *context, const struct state_key *key);

ProtobufCBinaryData record_data(const struct hash *hash); /* borrows */
/* record_hash reads 32 bytes; false for another length. */
bool NODISCARD record_hash(struct hash *out, ProtobufCBinaryData data);
bool record_data_equal(ProtobufCBinaryData a, ProtobufCBinaryData b);
bool record_same(const char *a, const char *b);
/* record_ascending: are texts strictly ascending? */
bool NODISCARD record_ascending(char *const *texts, size_t count);
/* record_persons gives the id hashes of the signers, in arena. ERR_MEMORY. */
enum err NODISCARD record_persons(ProtobufCBinaryData **out, const struct rule_context *context);

#endif
