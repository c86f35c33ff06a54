/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_VIEW_H
#define LEDGER_REGISTRY_VIEW_H

/* What other folders may see of the registry, read-only: schemes, assets, accounts, series, blocks,
 * positions and journals. ERR_ABSENT where there is none; the world's errors as in
 * governance/view.h. Records are in arena. */

#include "ledger/registry/block.h"
#include "ledger/registry/holding.h"

enum err NODISCARD registry_scheme(const Seam__SchemeRecord **out, struct overlay *state,
                                   const char *scheme, struct arena *arena);
/* registry_scheme_year: the dates of a year, NULL where the scheme has none. */
const Seam__SchemeYear *registry_scheme_year(const Seam__SchemeRecord *scheme, uint32_t year);
/* registry_scheme_takes: may this asset be held in the scheme? */
bool registry_scheme_takes(const Seam__SchemeRecord *scheme, const char *asset);
/* registry_scheme_day is the calendar day of time_ms in the scheme's jurisdiction, as YYYY-MM-DD.
 */
enum err NODISCARD registry_scheme_day(char out[11], struct overlay *state,
                                       const Seam__SchemeRecord *scheme, uint64_t time_ms,
                                       struct arena *arena);
enum err NODISCARD registry_asset(const Seam__AssetRecord **out, struct overlay *state,
                                  const char *asset, struct arena *arena);
enum err NODISCARD registry_holding(const Seam__HoldingRecord **out, struct overlay *state,
                                    const char *holding, struct arena *arena);
enum err NODISCARD registry_trust(const Seam__TrustRecord **out, struct overlay *state,
                                  const char *holding, const char *trusted, struct arena *arena);
/* registry_coverage: which accounts answer for a facility. registry_covered says whether one of
 * them does in any year of from..to; entry (may be NULL) receives it. */
enum err NODISCARD registry_coverage(const Seam__CoverageRecord **out, struct overlay *state,
                                     const char *facility, struct arena *arena);
bool registry_covered(const Seam__CoverageRecord *coverage, uint32_t from, uint32_t to,
                      const Seam__Coverage **entry);
enum err NODISCARD registry_project(const Seam__ProjectRecord **out, struct overlay *state,
                                    const char *project, struct arena *arena);
enum err NODISCARD registry_reduction(const Seam__ClaimedReduction **out, struct overlay *state,
                                      const char *claim, struct arena *arena);
enum err NODISCARD registry_allocation(const Seam__AllocationRecord **out, struct overlay *state,
                                       const char *holding, const char *asset, const char *facility,
                                       uint32_t vintage, struct arena *arena);
struct state_key registry_allocation_key(const char *holding, const char *asset,
                                         const char *facility, uint32_t vintage);
enum err NODISCARD registry_transfer(const Seam__TransferRecord **out, struct overlay *state,
                                     const char *transfer, struct arena *arena);
enum err NODISCARD registry_freeze(const Seam__FreezeRecord **out, struct overlay *state,
                                   const char *order, struct arena *arena);
enum err NODISCARD registry_pledge(const Seam__PledgeRecord **out, struct overlay *state,
                                   const char *pledge, struct arena *arena);
enum err NODISCARD registry_cancellation(const Seam__CancellationRecord **out,
                                         struct overlay *state, const char *cancellation,
                                         struct arena *arena);
enum err NODISCARD registry_counters(const Seam__RegistryCounters **out, struct overlay *state,
                                     struct arena *arena);

enum err NODISCARD registry_series(const Seam__SeriesRecord **out, struct overlay *state,
                                   const struct series *series, struct arena *arena);
/* registry_block_at gives the block that holds a serial number. registry_block_next gives the first
 * block that begins at serial or later: all blocks of a series, one after another. */
enum err NODISCARD registry_block_at(const Seam__BlockRecord **out, struct overlay *state,
                                     const struct series *series, uint64_t serial,
                                     struct arena *arena);
enum err NODISCARD registry_block_next(const Seam__BlockRecord **out, struct overlay *state,
                                       const struct series *series, uint64_t serial,
                                       struct arena *arena);

/* A position is what one account holds of one series. registry_position_name gives the series of
 * position index (from 0) of an account, as series_text; registry_positions how many it has. */
enum err NODISCARD registry_positions(uint32_t *out, struct overlay *state, const char *holding,
                                      struct arena *arena);
enum err NODISCARD registry_position_name(const char **out, struct overlay *state,
                                          const char *holding, uint32_t index, struct arena *arena);
enum err NODISCARD registry_position(const Seam__PositionRecord **out, struct overlay *state,
                                     const char *holding, const struct series *series,
                                     struct arena *arena);
/* registry_shelf is the quantity of one state, frozen or not; position may be NULL (0). */
uint64_t registry_shelf(const Seam__PositionRecord *position, enum unit_state state, bool frozen);
/* registry_shelf_block gives block index (from 0) of a shelf. */
enum err NODISCARD registry_shelf_block(const Seam__BlockRecord **out, struct overlay *state,
                                        const Seam__PositionRecord *position,
                                        enum unit_state unit_state, bool frozen, uint32_t index,
                                        struct arena *arena);
/* registry_entry gives line index (from 0, oldest first) of a position's journal. */
enum err NODISCARD registry_entry(const Seam__EntryRecord **out, struct overlay *state,
                                  const Seam__PositionRecord *position, uint32_t index,
                                  struct arena *arena);

#endif
