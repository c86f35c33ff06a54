/* SPDX-License-Identifier: Apache-2.0 */
/* Names of series, states and journal lines. */

#include "ledger/registry/block.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/num.h"

#define HELD (SM_TO(UNIT_TRADE) | SM_TO(UNIT_REGISTER) | SM_TO(UNIT_RESERVED) | SM_TO(UNIT_PENDING))
#define ENDS                                                                                       \
    (SM_TO(UNIT_SURRENDERED) | SM_TO(UNIT_CANCELLED) | SM_TO(UNIT_EXPORTED) | SM_TO(UNIT_LAPSED) | \
     SM_TO(UNIT_CARRIED))

/* Whatever is held may change its state or end; the end is the end, but for a surrender that is
 * reversed inside its window [V23]. */
static const struct sm_row unit_rows[] = {
    [UNIT_OUTSIDE] = {"OUTSIDE", SM_TO(UNIT_TRADE) | SM_TO(UNIT_REGISTER)},
    [UNIT_TRADE] = {"TRADE", HELD | ENDS},
    [UNIT_REGISTER] = {"REGISTER", HELD | ENDS},
    [UNIT_RESERVED] = {"RESERVED", HELD | ENDS},
    [UNIT_PENDING] = {"PENDING", HELD | ENDS},
    [UNIT_SURRENDERED] = {"SURRENDERED", SM_TO(UNIT_REGISTER)},
    [UNIT_CANCELLED] = {"CANCELLED", SM_END},
    [UNIT_EXPORTED] = {"EXPORTED", SM_END},
    [UNIT_LAPSED] = {"LAPSED", SM_END},
    [UNIT_CARRIED] = {"CARRIED", SM_END},
};

const struct sm_table unit_machine = SM_TABLE("unit", unit_rows);

bool unit_position_named(enum unit_state *out, const char *name)
{
    if (strcmp(name, "TRADE") == 0) {
        *out = UNIT_TRADE;
        return true;
    }
    if (strcmp(name, "REGISTER") == 0) {
        *out = UNIT_REGISTER;
        return true;
    }
    return false;
}

const char *entry_name(uint32_t kind)
{
    static const char *const names[ENTRY_KINDS] = {
        [ENTRY_ISSUE] = "ISSUE",         [ENTRY_ALLOCATE] = "ALLOCATE",
        [ENTRY_IMPORT] = "IMPORT",       [ENTRY_TRANSFER] = "TRANSFER",
        [ENTRY_RESERVE] = "RESERVE",     [ENTRY_RELEASE] = "RELEASE",
        [ENTRY_POSITION] = "POSITION",   [ENTRY_FREEZE] = "FREEZE",
        [ENTRY_UNFREEZE] = "UNFREEZE",   [ENTRY_PLEDGE] = "PLEDGE",
        [ENTRY_CANCEL] = "CANCEL",       [ENTRY_EXPORT] = "EXPORT",
        [ENTRY_RECOVER] = "RECOVER",     [ENTRY_TRADE] = "TRADE",
        [ENTRY_SURRENDER] = "SURRENDER", [ENTRY_REVERSE] = "REVERSE",
        [ENTRY_CARRY] = "CARRY",         [ENTRY_LAPSE] = "LAPSE",
    };
    return kind > 0 && kind < ENTRY_KINDS ? names[kind] : "?";
}

void series_text(char out[SERIES_TEXT_SIZE], const struct series *series)
{
    (void)snprintf(out, SERIES_TEXT_SIZE, "%.64s:%.64s:%.64s:%u", series->registry, series->asset,
                   series->project[0] != '\0' ? series->project : series->registry,
                   series->vintage);
}

struct series series_of(const char *registry, const char *asset, const char *project,
                        uint32_t vintage)
{
    struct series series = {
        .registry = registry, .asset = asset, .project = project, .vintage = vintage};
    char text[SERIES_TEXT_SIZE];
    series_text(text, &series);
    id_hash(&series.id, KEY_SERIES, text);
    return series;
}

enum err series_parse(struct series *out, const char *text, struct arena *arena)
{
    const char *parts[4];
    const char *at = text;
    for (size_t i = 0; i < 4; i++) {
        const char *end = strchr(at, ':');
        if ((end == NULL) != (i == 3)) {
            return ERR_TYPE;
        }
        const size_t size = end != NULL ? (size_t)(end - at) : strlen(at);
        if (size == 0 || size > LIMIT_ID_TEXT) {
            return ERR_TYPE;
        }
        parts[i] = arena_text(arena, at, size);
        if (parts[i] == NULL) {
            return ERR_MEMORY;
        }
        at += size + 1;
    }
    uint64_t vintage = 0;
    if (!num_parse_u64(&vintage, bytes_text(parts[3]), UINT32_MAX)) {
        return ERR_TYPE;
    }
    *out = series_of(parts[0], parts[1], strcmp(parts[2], parts[0]) == 0 ? "" : parts[2],
                     (uint32_t)vintage);
    return OK;
}
