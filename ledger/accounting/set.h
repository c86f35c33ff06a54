/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_SET_H
#define LEDGER_ACCOUNTING_SET_H

/* Parameter sets: immutable, named by the hash of their canonical bytes, each value with unit,
 * source and grade (decisions D7, D46). The formulas hold no factor of their own. */

#include "ledger/base/dec.h"
#include "ledger/base/limits.h"
#include "ledger/base/period.h"
#include "ledger/codec/errors.h"
#include "ledger/codec/field.h"
#include "ledger/crypto/hash.h"
#include "ledger/proto/account.pb-c.h"

#define SET_BYTES_MAX (60 * 1024) /* canonical; a set travels in one transaction */
#define SET_JSON_MAX (512 * 1024)

struct set {
    const Seam__ParameterSet *message; /* borrowed */
    struct bytes bytes; /* canonical */
    struct hash hash;
};

/* set_hash is H(TAG_SET, canonical bytes). */
void set_hash(struct hash *out, struct bytes canonical);

/* set_decode takes canonical bytes apart (strictly) and checks what set_check checks. Everything
 * lives in arena; canonical is borrowed. */
enum err NODISCARD set_decode(struct set *out, struct bytes canonical, struct arena *arena,
                              struct err_detail *detail);

/* set_stored is set_decode for bytes that the ledger holds: it asks again for what the formulas
 * rely on, but not for the canonical form, which was asked when the set was published. Never for
 * bytes from elsewhere. ERR_CORRUPT, ERR_MEMORY, and what set_check says. */
enum err NODISCARD set_stored(struct set *out, struct bytes stored, struct arena *arena,
                              struct err_detail *detail);

/* set_read_json reads the document form of genesis/sets/ and of `seam calc --set`. */
enum err NODISCARD set_read_json(struct set *out, struct bytes json, struct arena *arena,
                                 struct errors *errors);

/* set_check: fields within bounds; values ascending by key without repetition, each an exact
 * decimal; codes ascending; every grid factor and default GWP names a value that is there. */
enum err NODISCARD set_check(const Seam__ParameterSet *message, struct err_detail *detail);

/* set_value finds a value by key, NULL where the set has none. set_dec reads its number; the set
 * must have been checked. */
const Seam__ParameterValue *set_value(const struct set *set, const char *key);
struct dec set_dec(const Seam__ParameterValue *value);
/* A value of grade memory or choice flags the line that used it (D46). */
bool set_unsourced(const Seam__ParameterValue *value);

const Seam__FuelName *set_fuel(const struct set *set, const char *fuel);
bool set_admits(const struct set *set, const char *code);
/* set_covers: is the set valid for this period? */
bool set_covers(const struct set *set, struct period period);
/* set_default_gwp names the GWP set of a period when the file names none; NULL where none. */
const char *set_default_gwp(const struct set *set, struct period period);

const Seam__GridFactor *set_grid(const struct set *set, const char *factor);
/* set_grid_proposed gives the average factor for a year: the one whose years of use hold it, else
 * the one of the newest use, and *provisional is then true (D28). NULL where the set has none. */
const Seam__GridFactor *set_grid_proposed(const struct set *set, uint32_t year, bool *provisional);

/* The sets that are built into the program, in the order of their ids. set_builtin gives the
 * document text of one, empty for an unknown id; set_builtin_id is NULL past the end. */
const char *set_builtin_id(size_t index);
struct bytes set_builtin(const char *id);

/* set_load reads a built-in set. ERR_SET when there is none of this id. */
enum err NODISCARD set_load(struct set *out, const char *id, struct arena *arena,
                            struct errors *errors);

#endif
