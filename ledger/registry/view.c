/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/view.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/block_store.h"
#include "ledger/registry/space.h"

static enum err read_key(void *out, const ProtobufCMessageDescriptor *type, struct overlay *state,
                         const struct state_key *key, struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, type, state, state_key_bytes(key), arena);
    if (err == OK) {
        memcpy(out, &message, sizeof message);
    }
    return err;
}

static enum err read_named(void *out, const ProtobufCMessageDescriptor *type, struct overlay *state,
                           enum key_table table, const char *id, struct arena *arena)
{
    const struct state_key key = state_key_named(table, id);
    return read_key(out, type, state, &key, arena);
}

static enum err read_order(void *out, const ProtobufCMessageDescriptor *type, struct overlay *state,
                           enum order_kind kind, const char *id, struct arena *arena)
{
    const struct state_key key = order_key(kind, id);
    return read_key(out, type, state, &key, arena);
}

enum err registry_scheme(const Seam__SchemeRecord **out, struct overlay *state, const char *scheme,
                         struct arena *arena)
{
    return read_named(out, &seam__scheme_record__descriptor, state, KEY_SCHEME, scheme, arena);
}

const Seam__SchemeYear *registry_scheme_year(const Seam__SchemeRecord *scheme, uint32_t year)
{
    for (size_t i = 0; i < scheme->scheme->n_years; i++) {
        if (scheme->scheme->years[i]->year == year) {
            return scheme->scheme->years[i];
        }
    }
    return NULL;
}

bool registry_scheme_takes(const Seam__SchemeRecord *scheme, const char *asset)
{
    for (size_t i = 0; i < scheme->scheme->n_assets; i++) {
        if (strcmp(scheme->scheme->assets[i], asset) == 0) {
            return true;
        }
    }
    return false;
}

enum err registry_scheme_day(char out[11], struct overlay *state, const Seam__SchemeRecord *scheme,
                             uint64_t time_ms, struct arena *arena)
{
    const Seam__JurisdictionRecord *place = NULL;
    const enum err err = view_jurisdiction(&place, state, scheme->scheme->jurisdiction, arena);
    if (err == OK) {
        const int64_t local = (int64_t)time_ms + (int64_t)place->utc_offset_minutes * 60000;
        date_text(out, date_of_days(local / (int64_t)DAY_MS));
    }
    return err;
}

enum err registry_asset(const Seam__AssetRecord **out, struct overlay *state, const char *asset,
                        struct arena *arena)
{
    return read_named(out, &seam__asset_record__descriptor, state, KEY_ASSET, asset, arena);
}

enum err registry_holding(const Seam__HoldingRecord **out, struct overlay *state,
                          const char *holding, struct arena *arena)
{
    return read_named(out, &seam__holding_record__descriptor, state, KEY_HOLDING, holding, arena);
}

enum err registry_trust(const Seam__TrustRecord **out, struct overlay *state, const char *holding,
                        const char *trusted, struct arena *arena)
{
    struct state_key key = state_key_of(KEY_TRUST);
    state_key_id(&key, KEY_HOLDING, holding);
    state_key_id(&key, KEY_HOLDING, trusted);
    return read_key(out, &seam__trust_record__descriptor, state, &key, arena);
}

enum err registry_coverage(const Seam__CoverageRecord **out, struct overlay *state,
                           const char *facility, struct arena *arena)
{
    struct state_key key = state_key_of(KEY_COVERAGE);
    state_key_id(&key, KEY_FACILITY, facility);
    return read_key(out, &seam__coverage_record__descriptor, state, &key, arena);
}

bool registry_covered(const Seam__CoverageRecord *coverage, uint32_t from, uint32_t to,
                      const Seam__Coverage **entry)
{
    for (size_t i = 0; i < coverage->n_entries; i++) {
        const Seam__Coverage *at = coverage->entries[i];
        if (at->from_year <= to && (at->to_year == 0 || at->to_year >= from)) {
            if (entry != NULL) {
                *entry = at;
            }
            return true;
        }
    }
    return false;
}

enum err registry_project(const Seam__ProjectRecord **out, struct overlay *state,
                          const char *project, struct arena *arena)
{
    return read_named(out, &seam__project_record__descriptor, state, KEY_PROJECT, project, arena);
}

enum err registry_reduction(const Seam__ClaimedReduction **out, struct overlay *state,
                            const char *claim, struct arena *arena)
{
    return read_named(out, &seam__claimed_reduction__descriptor, state, KEY_REDUCTION, claim,
                      arena);
}

struct state_key registry_allocation_key(const char *holding, const char *asset,
                                         const char *facility, uint32_t vintage)
{
    char text[4 * LIMIT_ID_TEXT];
    (void)snprintf(text, sizeof text, "%.64s:%.64s:%.64s:%u", holding, asset, facility, vintage);
    return order_key(ORDER_ALLOCATION, text);
}

enum err registry_allocation(const Seam__AllocationRecord **out, struct overlay *state,
                             const char *holding, const char *asset, const char *facility,
                             uint32_t vintage, struct arena *arena)
{
    const struct state_key key = registry_allocation_key(holding, asset, facility, vintage);
    return read_key(out, &seam__allocation_record__descriptor, state, &key, arena);
}

enum err registry_transfer(const Seam__TransferRecord **out, struct overlay *state,
                           const char *transfer, struct arena *arena)
{
    return read_order(out, &seam__transfer_record__descriptor, state, ORDER_TRANSFER, transfer,
                      arena);
}

enum err registry_freeze(const Seam__FreezeRecord **out, struct overlay *state, const char *order,
                         struct arena *arena)
{
    return read_order(out, &seam__freeze_record__descriptor, state, ORDER_FREEZE, order, arena);
}

enum err registry_pledge(const Seam__PledgeRecord **out, struct overlay *state, const char *pledge,
                         struct arena *arena)
{
    return read_order(out, &seam__pledge_record__descriptor, state, ORDER_PLEDGE, pledge, arena);
}

enum err registry_cancellation(const Seam__CancellationRecord **out, struct overlay *state,
                               const char *cancellation, struct arena *arena)
{
    return read_order(out, &seam__cancellation_record__descriptor, state, ORDER_CANCELLATION,
                      cancellation, arena);
}

enum err registry_counters(const Seam__RegistryCounters **out, struct overlay *state,
                           struct arena *arena)
{
    const struct state_key key = state_key_of(KEY_REGISTRY);
    return read_key(out, &seam__registry_counters__descriptor, state, &key, arena);
}

/* --- series, blocks, positions --------------------------------------------------------------- */

enum err registry_series(const Seam__SeriesRecord **out, struct overlay *state,
                         const struct series *series, struct arena *arena)
{
    struct state_key key = state_key_of(KEY_SERIES);
    state_key_hash(&key, &series->id);
    return read_key(out, &seam__series_record__descriptor, state, &key, arena);
}

enum err registry_block_at(const Seam__BlockRecord **out, struct overlay *state,
                           const struct series *series, uint64_t serial, struct arena *arena)
{
    Seam__BlockRecord *block = NULL;
    const enum err err = block_holding_serial(&block, state, series, serial, arena);
    if (err == OK) {
        *out = block;
    }
    return err;
}

enum err registry_block_next(const Seam__BlockRecord **out, struct overlay *state,
                             const struct series *series, uint64_t serial, struct arena *arena)
{
    uint64_t start = 0;
    Seam__BlockRecord *block = NULL;
    enum err err = space_after(&start, state, &series->id, serial);
    if (err != OK) {
        return err;
    }
    err = block_read(&block, state, series, start, arena);
    if (err == OK) {
        *out = block;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

enum err registry_positions(uint32_t *out, struct overlay *state, const char *holding,
                            struct arena *arena)
{
    const Seam__PositionCount *count = NULL;
    struct state_key key = state_key_of(KEY_POSITION);
    state_key_id(&key, KEY_HOLDING, holding);
    const enum err err = read_key(&count, &seam__position_count__descriptor, state, &key, arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    *out = err == OK ? count->positions : 0;
    return OK;
}

enum err registry_position_name(const char **out, struct overlay *state, const char *holding,
                                uint32_t index, struct arena *arena)
{
    struct hash owner;
    const Seam__ListEntry *entry = NULL;
    id_hash(&owner, KEY_HOLDING, holding);
    const enum err err = view_list(&entry, state, KEY_POSITION, &owner, index, arena);
    if (err == OK) {
        *out = entry->id;
    }
    return err;
}

enum err registry_position(const Seam__PositionRecord **out, struct overlay *state,
                           const char *holding, const struct series *series, struct arena *arena)
{
    struct state_key key = state_key_of(KEY_POSITION);
    state_key_id(&key, KEY_HOLDING, holding);
    state_key_hash(&key, &series->id);
    return read_key(out, &seam__position_record__descriptor, state, &key, arena);
}

uint64_t registry_shelf(const Seam__PositionRecord *position, enum unit_state state, bool frozen)
{
    for (size_t i = 0; position != NULL && i < position->n_shelves; i++) {
        if (position->shelves[i]->shelf == shelf_of(state, frozen)) {
            return position->shelves[i]->quantity;
        }
    }
    return 0;
}

static struct series series_in(const Seam__PositionRecord *position)
{
    return series_of(position->registry, position->asset, position->project, position->vintage);
}

enum err registry_shelf_block(const Seam__BlockRecord **out, struct overlay *state,
                              const Seam__PositionRecord *position, enum unit_state unit_state,
                              bool frozen, uint32_t index, struct arena *arena)
{
    const struct series series = series_in(position);
    struct state_key key = state_key_of(KEY_SLOT);
    struct bytes value;
    state_key_id(&key, KEY_HOLDING, position->holding);
    state_key_hash(&key, &series.id);
    state_key_u8(&key, (uint8_t)shelf_of(unit_state, frozen));
    state_key_u32(&key, index);
    enum err err = overlay_get(state, state_key_bytes(&key), &value);
    if (err != OK) {
        return err;
    }
    if (value.size != 8) {
        return ERR_CORRUPT;
    }
    uint64_t start = 0;
    for (size_t i = 0; i < 8; i++) {
        start = start << 8 | value.data[i];
    }
    Seam__BlockRecord *block = NULL;
    err = block_read(&block, state, &series, start, arena);
    if (err == OK) {
        *out = block;
    }
    return err;
}

enum err registry_entry(const Seam__EntryRecord **out, struct overlay *state,
                        const Seam__PositionRecord *position, uint32_t index, struct arena *arena)
{
    const struct series series = series_in(position);
    struct state_key key = state_key_of(KEY_ENTRY);
    state_key_id(&key, KEY_HOLDING, position->holding);
    state_key_hash(&key, &series.id);
    state_key_u32(&key, index);
    return read_key(out, &seam__entry_record__descriptor, state, &key, arena);
}
