/* SPDX-License-Identifier: Apache-2.0 */
/* Two small tables, searched from the start. */

#include "ledger/governance/role.h"

#include <string.h>

struct name_bit {
    const char *name;
    uint32_t bit;
};

static const struct name_bit roles[] = {
    {"mine", ROLE_MINE},           {"group", ROLE_GROUP},         {"verifier", ROLE_VERIFIER},
    {"regulator", ROLE_REGULATOR}, {"desk", ROLE_DESK},           {"laboratory", ROLE_LABORATORY},
    {"carrier", ROLE_CARRIER},     {"user", ROLE_USER},           {"settlement", ROLE_SETTLEMENT},
    {"authority", ROLE_AUTHORITY}, {"registrar", ROLE_REGISTRAR},
};

static const struct name_bit usages[] = {
    {"submit", USAGE_SUBMIT},
    {"approve", USAGE_APPROVE},
    {"officer", USAGE_OFFICER},
    {"device", USAGE_DEVICE},
};

static uint32_t bit_of(const struct name_bit *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].bit;
        }
    }
    return 0;
}

static const char *name_of(const struct name_bit *rows, size_t count, uint32_t bit)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].bit == bit) {
            return rows[i].name;
        }
    }
    return NULL;
}

uint32_t role_bit(const char *name)
{
    return bit_of(roles, sizeof roles / sizeof roles[0], name);
}

const char *role_name(uint32_t bit)
{
    return name_of(roles, sizeof roles / sizeof roles[0], bit);
}

uint32_t usage_bit(const char *name)
{
    return bit_of(usages, sizeof usages / sizeof usages[0], name);
}

const char *usage_name(uint32_t bit)
{
    return name_of(usages, sizeof usages / sizeof usages[0], bit);
}
