/* SPDX-License-Identifier: Apache-2.0 */
/* Everything here is expanded from the two tables of the header. */
#include "ledger/store/storage_plan.h"

#include <assert.h>

static_assert(CHAIN_FAMILIES <= KV_FAMILIES_MAX, "the chain's families must fit a plan");
static_assert(LOCAL_FAMILIES <= KV_FAMILIES_MAX, "the local families must fit a plan");

#define ROW(database, name, flags, key, value, purpose)                                            \
    {database, name,   ((flags)&STORAGE_CLEAR) != 0, ((flags)&STORAGE_DERIVED) != 0, key,          \
     value,    purpose},
#define CHAIN_ROW(id, name, flags, key, value, purpose)                                            \
    ROW("chain", name, flags, key, value, purpose)
#define LOCAL_ROW(id, name, flags, key, value, purpose)                                            \
    ROW("local", name, flags, key, value, purpose)
#define NAME(id, name, flags, key, value, purpose) name,
#define CLEAR_BIT(id, name, flags, key, value, purpose)                                            \
    | ((uint32_t)(((flags)&STORAGE_CLEAR) != 0) << (id))
#define DERIVED_BIT(id, name, flags, key, value, purpose)                                          \
    | ((uint32_t)(((flags)&STORAGE_DERIVED) != 0) << (id))

static const struct storage_row ROWS[] = {STORAGE_CHAIN_ROWS(CHAIN_ROW)
                                              STORAGE_LOCAL_ROWS(LOCAL_ROW)};
static const char *const CHAIN_NAMES[] = {STORAGE_CHAIN_ROWS(NAME)};
static const char *const LOCAL_NAMES[] = {STORAGE_LOCAL_ROWS(NAME)};

static const struct kv_plan CHAIN_PLAN = {CHAIN_NAMES, CHAIN_FAMILIES,
                                          0 STORAGE_CHAIN_ROWS(CLEAR_BIT),
                                          0 STORAGE_CHAIN_ROWS(DERIVED_BIT)};
static const struct kv_plan LOCAL_PLAN = {LOCAL_NAMES, LOCAL_FAMILIES,
                                          0 STORAGE_LOCAL_ROWS(CLEAR_BIT),
                                          0 STORAGE_LOCAL_ROWS(DERIVED_BIT)};

const struct storage_row *storage_rows(size_t *count)
{
    *count = sizeof ROWS / sizeof ROWS[0];
    return ROWS;
}

const struct kv_plan *storage_chain_plan(void)
{
    return &CHAIN_PLAN;
}

const struct kv_plan *storage_local_plan(void)
{
    return &LOCAL_PLAN;
}
