/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FLIPS_LOOK_H
#define TESTS_FLIPS_LOOK_H

/* What a start of a node learns from its directory, in the order of decision D23, and everything
 * that can be read from it afterwards. Two such looks, one at a good directory and one at a damaged
 * one, say whether the damage was seen. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#include <stdatomic.h>

#define LOOK_WORDS 240
#define LOOK_BLOCKS 4096
#define LOOK_KEY 120
#define LOOK_ENTRIES 60000

/* One pair of a database. */
struct look_entry {
    uint8_t database; /* 0 chain, 1 local */
    uint8_t family;
    uint8_t key_size;
    uint8_t key[LOOK_KEY]; /* a longer key: its first 88 bytes and its hash */
    struct hash value;
};

struct look {
    bool finished; /* false: the program died on the way */
    enum err start; /* not OK: the start is refused, and words say why */
    char words[LOOK_WORDS]; /* of a refusal, else the last warning that was said */
    struct hash config;
    struct hash access;
    struct hash genesis;
    struct hash keys; /* of node and validator */
    uint32_t people; /* keys of persons that could be read */
    bool repaired; /* the chain's database needed recovery mode 2 */
    uint64_t height;
    struct hash head;
    uint64_t log_records;
    struct hash log;
    struct hash slot; /* the position, without the number of the write */
    bool slot_torn;
    bool voting;
    uint32_t said; /* warnings, and notes about the log */
    enum err read; /* the first error of a read; what was read before it counts */
    uint8_t read_database;
    uint8_t read_family;
    size_t count;
    struct look_entry entries[LOOK_ENTRIES];
};

/* What of a node a look is about. What a file belongs to is all that can differ by it: texts and
 * keys are inputs of the rest, the log and the slot are held against the chain's database, and
 * nothing of the node reads the local database at its start. */
#define LOOK_TEXTS 1u
#define LOOK_KEYS 2u
#define LOOK_CHAIN 4u /* with consensus log, slot, and the node upon them */
#define LOOK_LOCAL 8u
#define LOOK_ALL 15u

/* look_begin reads texts and keys of the good node below dir (node.yaml, data, keys; the genesis
 * file beside it), for the looks of other parts. To be called before the first look_at. */
void look_begin(const char *dir, const char *genesis);
/* look_at opens these parts of the node below dir and fills their members of *look. Writes into dir
 * as a start does. Once a process, for what it opened of chain and local stays open; looks at texts
 * and keys leave nothing behind. */
void look_at(struct look *look, const char *dir, const char *genesis, unsigned parts);

/* look_still opens the chain database below dir for reading only, with no block in memory; NULL
 * when it cannot. look_walk reads every pair of its families from..to by walking: entries, count,
 * read, read_family. */
struct kv;
struct kv *look_still(const char *dir);
void look_walk(struct look *look, struct kv *kv, uint8_t from, uint8_t to);

#endif
