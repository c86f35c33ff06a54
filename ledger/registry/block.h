/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_BLOCK_H
#define LEDGER_REGISTRY_BLOCK_H

/* The block store: everything that moves units goes through here. A series is all units of one
 * registry, asset, project and vintage; its units are serial numbers, cut into blocks that never
 * overlap. A block belongs to one holding and has one state; blocks of one holding, series and
 * state stand in a list (a shelf), so that taking some is by index, and a set of their starts
 * (space.h), so that the block of a serial number is found at once.
 *
 * Splitting is deterministic: the owner keeps the first part and gives the last. Adjacent blocks
 * that are equal in everything else merge. A move costs a number of keys that does not depend on
 * how many blocks an account has. Counters of the series (issued = held + surrendered + cancelled
 * + exported + lapsed + carried) change in the same step. Inside this folder only; others read
 * through view.h. */

#include "ledger/base/sm.h"
#include "ledger/registry/refuse.h"

/* States of a unit. Stored: the numbers are for ever. From UNIT_SURRENDERED on they are final;
 * only a surrender has a way back, inside its window. */
enum unit_state {
    UNIT_OUTSIDE, /* not issued, or not here */
    UNIT_TRADE, /* available for trade */
    UNIT_REGISTER, /* available for surrender and carry-over */
    UNIT_RESERVED, /* locked by `by` */
    UNIT_PENDING, /* agreed by both, waits for time or approval of `by` */
    UNIT_SURRENDERED,
    UNIT_CANCELLED,
    UNIT_EXPORTED,
    UNIT_LAPSED,
    UNIT_CARRIED,
    UNIT_STATES
};

extern const struct sm_table unit_machine;
static inline bool unit_final(enum unit_state state)
{
    return state >= UNIT_SURRENDERED;
}
/* unit_state_named reads TRADE or REGISTER, the two positions people name; false for others. */
bool NODISCARD unit_position_named(enum unit_state *out, const char *name);

/* Why a line stands in a position's journal. Stored: the numbers are for ever. */
enum entry_kind {
    ENTRY_ISSUE = 1,
    ENTRY_ALLOCATE,
    ENTRY_IMPORT,
    ENTRY_TRANSFER,
    ENTRY_RESERVE,
    ENTRY_RELEASE,
    ENTRY_POSITION,
    ENTRY_FREEZE,
    ENTRY_UNFREEZE,
    ENTRY_PLEDGE,
    ENTRY_CANCEL,
    ENTRY_EXPORT,
    ENTRY_RECOVER,
    ENTRY_TRADE, /* settled against payment */
    ENTRY_SURRENDER,
    ENTRY_REVERSE,
    ENTRY_CARRY,
    ENTRY_LAPSE,
    ENTRY_KINDS
};
const char *entry_name(uint32_t kind); /* "ISSUE"; "?" outside */

#define BLOCK_PIECES 64 /* most blocks that one move may touch */
#define BLOCK_QUANTITY_MAX UINT64_C(1000000000000) /* units of one series */

struct block_range {
    uint64_t start; /* both included */
    uint64_t end;
};

struct series {
    const char *registry;
    const char *asset;
    const char *project; /* "" where none */
    uint32_t vintage;
    struct hash id; /* also the space of its blocks */
};

/* series_of fills id from the four parts; texts are borrowed. */
struct series series_of(const char *registry, const char *asset, const char *project,
                        uint32_t vintage);
/* series_text writes `CN:CEA:CN:2024` (the registry stands where a project is absent), at most
 * SERIES_TEXT_SIZE bytes. series_parse is its inverse, with texts in arena; ERR_TYPE. */
#define SERIES_TEXT_SIZE 224
void series_text(char out[SERIES_TEXT_SIZE], const struct series *series);
enum err NODISCARD series_parse(struct series *out, const char *text, struct arena *arena);

/* Where units are, or shall be. by is what reserved or ended them; NULL where available. */
struct block_place {
    const char *holding;
    enum unit_state state;
    const struct hash *by;
};

/* Which frozen units a move may take. */
enum block_frozen {
    BLOCK_FREE, /* none */
    BLOCK_SURRENDER, /* those whose order allows surrender, when asked for by serial number */
    BLOCK_ANY /* all: giving reserved units back to their owner; they stay frozen */
};

struct block_pieces {
    struct block_range at[BLOCK_PIECES];
    size_t count;
    uint64_t quantity;
};

struct block_move {
    const struct series *series;
    struct block_place from; /* by must be equal to the block's */
    struct block_place to;
    uint64_t quantity; /* > 0 */
    const struct block_range *ranges; /* exactly these; NULL: the newest of the shelf */
    size_t range_count;
    enum block_frozen frozen;
    enum entry_kind kind;
    const struct hash *by; /* for the journal: trade, surrender, ...; may be NULL */
    const char *field; /* of the message, for refusals: "units[0]" */
};

/* block_move moves quantity units. Refusals: ERR_HOLDING (303007, limit: how many are available),
 * ERR_FROZEN (303015, limit: how many are not frozen), ERR_STATE_MACHINE, ERR_RANGE when the move
 * would touch more than BLOCK_PIECES blocks (limit: how many units that many blocks give). Between
 * two holdings, both journals get a line; frozen marks end with a final state or a new holding.
 * moved (may be NULL) receives the serial numbers. */
enum judgement block_move(struct rule_context *context, const struct block_move *move,
                          struct block_pieces *moved, struct err_detail *detail);
/* block_move_plain is block_move that does not look for units of expired locks first. */
enum judgement block_move_plain(struct rule_context *context, const struct block_move *move,
                                struct block_pieces *moved, struct err_detail *detail);

/* block_issue makes quantity new units with the next serial numbers of the series. */
enum judgement block_issue(struct rule_context *context, const struct series *series,
                           const struct block_place *to, enum entry_kind kind, uint64_t quantity,
                           struct block_range *made, struct err_detail *detail);
/* block_import makes units with given serial numbers of a foreign registry. ERR_USED (303010) when
 * one of them was ever here; limit names it. */
enum judgement block_import(struct rule_context *context, const struct series *series,
                            const struct block_place *to, const struct block_range *ranges,
                            size_t count, struct err_detail *detail);

/* block_freeze marks units of a holding, whatever their state that is not final; by serial numbers,
 * or by quantity: REGISTER first, then TRADE. Already frozen units are refused.
 * block_unfreeze takes the mark of this order off these serial numbers where it still stands. */
enum judgement block_freeze(struct rule_context *context, const struct series *series,
                            const char *holding, const struct block_range *ranges,
                            size_t range_count, uint64_t quantity, const struct hash *order,
                            bool surrenderable, struct block_pieces *frozen,
                            struct err_detail *detail);
enum judgement block_unfreeze(struct rule_context *context, const struct series *series,
                              const char *holding, const struct block_range *ranges,
                              size_t range_count, const struct hash *order,
                              struct err_detail *detail);

/* --- from and to messages -------------------------------------------------------------------- */

/* units_series reads the series of a Units message; an empty registry is the asset's own. */
enum judgement units_series(struct rule_context *context, struct series *out,
                            const Seam__Units *units, const char *field, struct err_detail *detail);
/* units_move is block_move with series, quantity and ranges of a message; move gives the rest. out
 * (may be NULL) receives what was moved, complete, for a record; in the context's arena. */
enum judgement units_move(struct rule_context *context, const Seam__Units *units,
                          const struct block_move *move, Seam__Units **out,
                          struct err_detail *detail);
/* units_record makes the message of moved pieces. NULL when memory ends. */
Seam__Units *units_record(struct rule_context *context, const struct series *series,
                          const struct block_pieces *moved);

#endif
