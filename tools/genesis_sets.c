/* SPDX-License-Identifier: Apache-2.0 */
/* Every built-in set is published; a set is adopted by each scheme whose facilities lie in the
 * country that the set's id begins with. Rules that are parameter sets, too, are published and
 * adopted by every scheme. Values without a source are named one by one. */

#include "tools/genesis_sets.h"

#include <string.h>

#include "ledger/accounting/set.h"

#define EMBED(symbol, path)                                                                        \
    __asm__(".section .rodata\n"                                                                   \
            ".balign 8\n"                                                                          \
            "seam_rules_" #symbol ":\n"                                                            \
            ".incbin \"" path "\"\n"                                                               \
            "seam_rules_" #symbol "_end:\n"                                                        \
            ".byte 0\n"                                                                            \
            ".previous\n");                                                                        \
    extern const uint8_t seam_rules_##symbol[];                                                    \
    extern const uint8_t seam_rules_##symbol##_end[]

EMBED(lot, "genesis/sets/LOT-RULES-1.json");
EMBED(verification, "genesis/sets/VERIFICATION-RULES-1.json");
EMBED(boundaries, "genesis/samples/boundaries.json");

struct bytes genesis_sample_boundaries(void)
{
    return bytes_of(seam_rules_boundaries,
                    (size_t)(seam_rules_boundaries_end - seam_rules_boundaries));
}

/* Sets that are no calculation sets: tolerances, days and factors of rules. */
static const struct {
    const char *id;
    const uint8_t *start;
    const uint8_t *end;
} rules[] = {
    {"LOT-RULES-1", seam_rules_lot, seam_rules_lot_end},
    {"VERIFICATION-RULES-1", seam_rules_verification, seam_rules_verification_end},
};

#define RULES (sizeof rules / sizeof rules[0])

struct sets {
    Seam__Genesis *genesis;
    const char *publisher;
    struct arena *arena;
    struct err_detail *detail;
};

static enum err memory(const struct sets *work)
{
    return err_set(work->detail, ERR_MEMORY, NULL, NULL, NULL, NULL);
}

static enum err set_entry(struct sets *work, const struct set *set, Seam__GenesisParameterSet **out)
{
    Seam__GenesisParameterSet *entry = arena_alloc(work->arena, sizeof *entry);
    if (entry == NULL) {
        return memory(work);
    }
    seam__genesis_parameter_set__init(entry);
    entry->organisation = (char *)work->publisher;
    entry->parameter_set.len = set->bytes.size;
    entry->parameter_set.data = (uint8_t *)set->bytes.data;
    *out = entry;
    return OK;
}

/* Every value without a source by its key: the demonstration adopts them, and says so (D46). */
static enum err adoption_make(struct sets *work, const struct set *set, const char *scheme,
                              Seam__GenesisAdoption **out)
{
    Seam__GenesisAdoption *entry = arena_alloc(work->arena, sizeof *entry);
    Seam__ParameterSetAdopt *adopt = arena_alloc(work->arena, sizeof *adopt);
    char **unsourced = arena_alloc(work->arena, (set->message->n_values + 1) * sizeof *unsourced);
    struct bytes hash;
    if (entry == NULL || adopt == NULL || unsourced == NULL ||
        !arena_copy(work->arena, hash_bytes(&set->hash), &hash)) {
        return memory(work);
    }
    seam__genesis_adoption__init(entry);
    seam__parameter_set_adopt__init(adopt);
    entry->organisation = (char *)work->publisher;
    entry->adoption = adopt;
    adopt->scheme = (char *)scheme;
    adopt->set_hash = (ProtobufCBinaryData){.len = hash.size, .data = (uint8_t *)hash.data};
    adopt->from_period =
        set->message->valid_from[0] != '\0' ? set->message->valid_from : (char *)"1990";
    adopt->to_period = set->message->valid_to;
    adopt->unsourced = unsourced;
    for (size_t i = 0; i < set->message->n_values; i++) {
        if (set_unsourced(set->message->values[i])) {
            unsourced[adopt->n_unsourced++] = set->message->values[i]->key;
        }
    }
    *out = entry;
    return OK;
}

/* A scheme uses the sets of the country where its facilities lie: CN-14 and CN-NDRC-COAL-2014. */
static bool set_fits(const struct set *set, const Seam__FacilityRegister *facility)
{
    return !set->message->cross_check && strncmp(set->message->id, facility->jurisdiction, 3) == 0;
}

static bool scheme_seen(const Seam__Genesis *genesis, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        if (strcmp(genesis->facilities[i]->facility->scheme,
                   genesis->facilities[before]->facility->scheme) == 0) {
            return true;
        }
    }
    return false;
}

static enum err adoptions_add(struct sets *work, const struct set *set, bool by_all, size_t room)
{
    Seam__Genesis *genesis = work->genesis;
    for (size_t i = 0; i < genesis->n_facilities; i++) {
        const Seam__FacilityRegister *facility = genesis->facilities[i]->facility;
        if (facility == NULL || scheme_seen(genesis, i) || !(by_all || set_fits(set, facility))) {
            continue;
        }
        if (genesis->n_adoptions == room) {
            return err_set(work->detail, ERR_RANGE, "facilities", NULL, NULL, "too many schemes");
        }
        const enum err err =
            adoption_make(work, set, facility->scheme, &genesis->adoptions[genesis->n_adoptions]);
        if (err != OK) {
            return err;
        }
        genesis->n_adoptions++;
    }
    return OK;
}

enum err genesis_set_load(struct set *out, const char *id, struct arena *arena,
                          struct errors *errors)
{
    for (size_t i = 0; i < RULES; i++) {
        if (strcmp(rules[i].id, id) == 0) {
            const size_t size = (size_t)(rules[i].end - rules[i].start);
            return set_read_json(out, bytes_of(rules[i].start, size), arena, errors);
        }
    }
    return set_load(out, id, arena, errors);
}

static enum err set_read(struct set *set, const char *id, struct sets *work)
{
    struct errors errors;
    struct err_detail first = {0};
    errors_init(&errors, &first, 1);
    const enum err err = genesis_set_load(set, id, work->arena, &errors);
    if (err != OK && work->detail != NULL) {
        *work->detail = first;
    }
    return err;
}

static enum err set_add(struct sets *work, const char *id, bool by_all, size_t room)
{
    struct set set;
    Seam__Genesis *genesis = work->genesis;
    enum err err = set_read(&set, id, work);
    if (err == OK) {
        err = set_entry(work, &set, &genesis->parameter_sets[genesis->n_parameter_sets]);
    }
    if (err == OK) {
        genesis->n_parameter_sets++;
        err = adoptions_add(work, &set, by_all, room);
    }
    return err;
}

static enum err sets_add(struct sets *work)
{
    size_t count = 0;
    while (set_builtin_id(count) != NULL) {
        count++;
    }
    const size_t room = 200;
    work->genesis->parameter_sets =
        arena_alloc(work->arena, (count + RULES) * sizeof(Seam__GenesisParameterSet *));
    work->genesis->adoptions = arena_alloc(work->arena, room * sizeof(Seam__GenesisAdoption *));
    if (work->genesis->parameter_sets == NULL || work->genesis->adoptions == NULL) {
        return memory(work);
    }
    enum err err = OK;
    for (size_t i = 0; err == OK && i < count; i++) {
        err = set_add(work, set_builtin_id(i), false, room);
    }
    for (size_t i = 0; err == OK && i < RULES; i++) {
        err = set_add(work, rules[i].id, true, room);
    }
    return err;
}

enum err genesis_sets_make(Seam__Genesis *genesis, const char *publisher, struct arena *arena,
                           struct err_detail *detail)
{
    struct sets sets = {
        .genesis = genesis, .publisher = publisher, .arena = arena, .detail = detail};
    return sets_add(&sets);
}
