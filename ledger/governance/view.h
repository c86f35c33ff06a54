/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_VIEW_H
#define LEDGER_GOVERNANCE_VIEW_H

/* Read-only views of what governance keeps in the state: for the rules of other folders, for the
 * executor and for queries. Each reads through an overlay and gives a record in arena. ERR_ABSENT:
 * there is none (a rule answers JUDGE_NOT_YET or JUDGE_NEVER). ERR_STORAGE, ERR_CORRUPT,
 * ERR_MEMORY: the world failed (JUDGE_UNABLE; see view_judgement). */

#include "ledger/governance/id.h"
#include "ledger/governance/rule.h"
#include "ledger/proto/governance.pb-c.h"

/* view_failed says whether err is the world's trouble and not an answer. */
static inline bool view_failed(enum err err)
{
    return err == ERR_STORAGE || err == ERR_CORRUPT || err == ERR_MEMORY || err == ERR_INTERNAL;
}

/* view_judgement: JUDGE_UNABLE for the world's trouble, else otherwise. */
static inline enum judgement view_judgement(enum err err, enum judgement otherwise)
{
    return view_failed(err) ? JUDGE_UNABLE : otherwise;
}

/* view_record decodes the value under key as a message of type; the base of all views, for the
 * records of other folders too. ERR_CORRUPT when the stored bytes do not decode. */
enum err NODISCARD view_record(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                               struct overlay *state, struct bytes key, struct arena *arena);
/* view_exists: true into out when there is a value. */
enum err NODISCARD view_exists(bool *out, struct overlay *state, struct bytes key);
/* view_put packs a record and writes it under key. ERR_TOO_LARGE above LIMIT_STATE_VALUE. */
enum err NODISCARD view_put(struct overlay *state, struct bytes key, const ProtobufCMessage *record,
                            struct arena *arena);

enum err NODISCARD view_chain(const Seam__ChainState **out, struct overlay *state,
                              struct arena *arena);
/* view_rules_version is what a block of this height and time runs under (decision D7). */
uint16_t view_rules_version(const Seam__ChainState *chain, uint64_t height, uint64_t time_ms);
enum err NODISCARD view_counters(const Seam__Counters **out, struct overlay *state,
                                 struct arena *arena);
enum err NODISCARD view_validators(const Seam__ValidatorSetRecord **out, struct overlay *state,
                                   struct arena *arena);
/* view_valset is the same as headers and certificates name it (chain/types.h). */
struct valset;
enum err NODISCARD view_valset(struct valset *out, struct overlay *state, struct arena *arena);

enum err NODISCARD view_organisation(const Seam__OrganisationRecord **out, struct overlay *state,
                                     const char *organisation, struct arena *arena);
/* view_position is the number of this organisation's transactions so far; 0 where there are none.
 */
enum err NODISCARD view_position(uint64_t *out, struct overlay *state,
                                 const struct hash *organisation);
/* Who belongs to whom: organisations of one group share the ancestor that has no parent.
 * view_group_root gives the topmost organisation above one, itself where it has no parent;
 * view_group_same: one organisation or one group? view_group_above: is upper the organisation
 * itself or one of those above it? ERR_ABSENT: no such organisation; ERR_RANGE: more than
 * VIEW_GROUP_LEVELS above each other. */
#define VIEW_GROUP_LEVELS 16
enum err NODISCARD view_group_root(const char **out, struct overlay *state,
                                   const char *organisation, struct arena *arena);
enum err NODISCARD view_group_same(bool *out, struct overlay *state, const char *a, const char *b,
                                   struct arena *arena);
enum err NODISCARD view_group_above(bool *out, struct overlay *state, const char *upper,
                                    const char *organisation, struct arena *arena);
enum err NODISCARD view_person(const Seam__PersonRecord **out, struct overlay *state,
                               const char *person, struct arena *arena);
/* view_key gives who stands behind a key and what it may do; valid_to says until when. */
enum err NODISCARD view_key(const Seam__KeyRecord **out, struct overlay *state,
                            const struct hash *key_id, struct arena *arena);
/* view_key_valid_at: may a signature of this key stand in a block of this height? In the block that
 * revokes the key only before the revocation, which the block's own validity says. */
static inline bool view_key_valid_at(const Seam__KeyRecord *key, uint64_t height)
{
    return height >= key->valid_from && (key->valid_to == 0 || height <= key->valid_to);
}

enum err NODISCARD view_facility(const Seam__FacilityRecord **out, struct overlay *state,
                                 const char *facility, struct arena *arena);
enum err NODISCARD view_boundary(const Seam__BoundaryRecord **out, struct overlay *state,
                                 const char *facility, uint32_t version, struct arena *arena);
/* view_gas_grade is the attested grade of a facility in a period, "" where none. Periods of one
 * facility have one cadence and compare as texts. */
const char *view_gas_grade(const Seam__FacilityRecord *facility, const char *period);

enum err NODISCARD view_jurisdiction(const Seam__JurisdictionRecord **out, struct overlay *state,
                                     const char *jurisdiction, struct arena *arena);
/* view_extension_days is the longest extension (V28) of a facility's deadline for a period; 0 where
 * none. */
enum err NODISCARD view_extension_days(uint32_t *out, struct overlay *state,
                                       const char *jurisdiction, const char *facility,
                                       const char *period, struct arena *arena);
/* view_extension_key: the be32 period of KEY_EXTENSION is cadence << 24 | number. False when period
 * is none. */
bool NODISCARD view_extension_key(struct state_key *out, const char *jurisdiction,
                                  const char *period);
enum err NODISCARD view_extension(const Seam__DeadlineExtension **out, struct overlay *state,
                                  const char *jurisdiction, const char *period,
                                  struct arena *arena);

/* A published parameter set, by the hash that accounts name, or by id and version. The bytes of the
 * ParameterSet stand in record->parameter_set. */
enum err NODISCARD view_parameter_set(const Seam__ParameterSetRecord **out, struct overlay *state,
                                      const struct hash *set_hash, struct arena *arena);
enum err NODISCARD view_parameter_set_version(const Seam__ParameterSetRecord **out,
                                              struct overlay *state, const char *id,
                                              uint32_t version, struct arena *arena);
/* view_adoption: has scheme adopted the set with this hash? ERR_ABSENT: no. The caller compares the
 * period with from_period and to_period by view_adoption_covers. */
enum err NODISCARD view_adoption(const Seam__AdoptionRecord **out, struct overlay *state,
                                 const char *scheme, const struct hash *set_hash,
                                 struct arena *arena);
/* view_adoption_head: which set a scheme adopted last; from there back by record->previous. */
enum err NODISCARD view_adoption_head(const Seam__AdoptionHead **out, struct overlay *state,
                                      const char *scheme, struct arena *arena);
/* view_adoption_newest: the newest adoption of scheme that covers period, of a set whose id begins
 * with prefix ("LOT-"). ERR_ABSENT; ERR_TOO_LARGE above LIMIT_ADOPTIONS adoptions. */
enum err NODISCARD view_adoption_newest(const Seam__AdoptionRecord **out, struct overlay *state,
                                        const char *scheme, const char *prefix, const char *period,
                                        struct arena *arena);
bool NODISCARD view_adoption_covers(const Seam__AdoptionRecord *adoption, const char *period);

/* view_list gives entry index (from 0) of the list of a table: organisations, persons and
 * facilities of an owner (an organisation's id hash), facilities, jurisdictions, sets, adoptions of
 * all (owner NULL). ERR_ABSENT past the end. */
enum err NODISCARD view_list(const Seam__ListEntry **out, struct overlay *state,
                             enum key_table table, const struct hash *owner, uint32_t index,
                             struct arena *arena);

#endif
