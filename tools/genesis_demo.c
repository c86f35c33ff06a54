/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are made first, since the document names their public halves; the document is executed
 * before it is written, so that what a node would refuse never leaves this program. */

#include "tools/genesis_demo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/chain/certificate.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/exec/exec.h"
#include "ledger/governance/governance.h"
#include "ledger/proto/genesis.pb-c.h"
#include "node/shell/keystore.h"
#include "tools/file.h"
#include "tools/genesis_sets.h"

#define BUDGET ((size_t)256 << 20)
#define FILE_MAX ((size_t)4 << 20)
#define PERSONS 4
#define RUNNERS 4

/* Who takes part. Each has three officers, so that one key can be lost and replaced. The first four
 * run the nodes; the others have none, and their people's keys lie with the node named here. */
static const struct {
    const char *id;
    const char *role;
    const char *parent;
    uint32_t home; /* from 0 */
    const char *en;
    const char *zh;
    const char *ru;
} organisations[] = {
    {"regulator", "regulator", "", 3, "Demonstration regulator", "示范主管部门",
     "Демонстрационный регулятор"},
    {"group", "group", "", 1, "Demonstration coal group", "示范煤炭集团",
     "Демонстрационная угольная группа"},
    {"mine", "mine", "group", 0, "Demonstration mine", "示范煤矿", "Демонстрационная шахта"},
    {"verifier", "verifier", "", 2, "Demonstration verifier", "示范核查机构",
     "Демонстрационный верификатор"},
    {"mine-2", "mine", "", 1, "Second demonstration mine", "示范二矿",
     "Вторая демонстрационная шахта"},
    {"washery", "mine", "", 0, "Demonstration washery", "示范选煤厂",
     "Демонстрационная обогатительная фабрика"},
    {"carrier", "carrier", "", 1, "Demonstration carrier", "示范承运商",
     "Демонстрационный перевозчик"},
    {"power", "user", "", 2, "Demonstration power station", "示范电厂",
     "Демонстрационная электростанция"},
    {"coking", "user", "", 3, "Demonstration coking plant", "示范焦化厂",
     "Демонстрационный коксохимический завод"},
    {"laboratory", "laboratory", "", 2, "Demonstration laboratory", "示范实验室",
     "Демонстрационная лаборатория"},
    {"verifier-2", "verifier", "", 1, "Second demonstration verifier", "示范第二核查机构",
     "Второй демонстрационный верификатор"},
    {"desk", "desk", "", 0, "Demonstration trading desk", "示范交易商",
     "Демонстрационный торговый отдел"},
    {"desk-2", "desk", "", 1, "Second demonstration trading desk", "示范第二交易商",
     "Второй демонстрационный торговый отдел"},
    {"bank", "settlement", "", 2, "Demonstration settlement bank", "示范结算银行",
     "Демонстрационный расчётный банк"},
    {"authority", "authority", "", 3, "Demonstration authority", "示范执法机关",
     "Демонстрационный орган власти"},
    {"registrar", "registrar", "", 3, "Demonstration registrar", "示范登记机构",
     "Демонстрационный регистратор"},
};

#define ORGANISATIONS (sizeof organisations / sizeof organisations[0])

static const struct {
    const char *name;
    const char *usages[3];
    size_t usage_count;
} persons[PERSONS] = {
    {"preparer", {"submit", "officer"}, 2},
    {"responsible", {"approve", "officer"}, 2},
    {"deputy", {"submit", "approve", "officer"}, 3},
    {"reviewer", {"submit", "approve"}, 2}, /* of verifiers: the technical review */
};

/* The nodes go round in this order, so that the first is the mine's. */
static const size_t node_order[RUNNERS] = {2, 1, 3, 0};

static const struct {
    const char *code;
    int32_t offset;
    const char *yearly;
    const char *en;
    const char *zh;
    const char *ru;
} jurisdictions[] = {
    {"CN-14", 480, "", "Shanxi", "山西省", "Шаньси"},
    {"RU-KEM", 420, "07-01", "Kemerovo region, Kuzbass", "克麦罗沃州（库兹巴斯）",
     "Кемеровская область — Кузбасс"},
};

#define JURISDICTIONS (sizeof jurisdictions / sizeof jurisdictions[0])

struct work {
    const struct genesis_demo *demo;
    struct arena arena;
    Seam__Genesis genesis;
    uint8_t node_keys[LIMIT_VALIDATORS][SIGN_PUBLIC_SIZE];
    struct err_detail *detail;
};

static size_t organisation_of(uint32_t node)
{
    return node_order[node % RUNNERS];
}

static size_t person_count(size_t organisation)
{
    return strcmp(organisations[organisation].role, "verifier") == 0 ? PERSONS : PERSONS - 1;
}

static enum err memory(const struct work *work)
{
    return err_set(work->detail, ERR_MEMORY, NULL, NULL, NULL, NULL);
}

/* --- files and keys -------------------------------------------------------------------------- */

static enum err directory_make(const struct work *work, const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return err_set(work->detail, ERR_STORAGE, path, NULL, NULL, "the directory cannot be made");
    }
    return OK;
}

static enum err path_of(const struct work *work, char out[KEYSTORE_PATH_MAX], uint32_t node,
                        const char *rest)
{
    const int size = snprintf(out, KEYSTORE_PATH_MAX, "%s/node-%u%s", work->demo->dir,
                              (unsigned)(node + 1), rest);
    if (size < 0 || size >= KEYSTORE_PATH_MAX) {
        return err_set(work->detail, ERR_LENGTH, work->demo->dir, NULL, NULL, NULL);
    }
    return OK;
}

static enum err key_copy(struct work *work, ProtobufCBinaryData *out, const struct sign_key *key)
{
    struct bytes copy;
    if (!arena_copy(&work->arena, bytes_of(key->public_key, sizeof key->public_key), &copy)) {
        return memory(work);
    }
    *out = (ProtobufCBinaryData){.len = copy.size, .data = (uint8_t *)copy.data};
    return OK;
}

static enum err node_directories(const struct work *work, uint32_t node)
{
    static const char *const parts[] = {"", "/keys", "/data"};
    char path[KEYSTORE_PATH_MAX];
    enum err err = OK;
    for (size_t i = 0; err == OK && i < sizeof parts / sizeof parts[0]; i++) {
        err = path_of(work, path, node, parts[i]);
        if (err == OK) {
            err = directory_make(work, path);
        }
    }
    return err;
}

/* Consensus key with its signer state, and TLS key; the validator's entry. */
static enum err node_make(struct work *work, uint32_t node, Seam__ValidatorRecord *record)
{
    char path[KEYSTORE_PATH_MAX];
    struct sign_key key;
    const struct bytes clear = {0};
    seam__validator_record__init(record);
    record->organisation = (char *)organisations[organisation_of(node)].id;
    enum err err = node_directories(work, node);
    if (err == OK) {
        err = path_of(work, path, node, "/keys");
    }
    if (err == OK) {
        err = keystore_new_validator(&key, path, clear, work->detail);
    }
    if (err != OK) {
        return err;
    }
    err = key_copy(work, &record->public_key, &key);
    sign_key_wipe(&key);
    if (err == OK) {
        err = path_of(work, path, node, "/keys/" KEYSTORE_NODE_FILE);
    }
    if (err == OK) {
        err = keystore_new(&key, path, KEYSTORE_NODE, clear, work->detail);
    }
    if (err != OK) {
        return err;
    }
    err = key_copy(work, &record->node_key, &key);
    memcpy(work->node_keys[node], key.public_key, SIGN_PUBLIC_SIZE);
    sign_key_wipe(&key);
    return err;
}

static int validator_order(const void *a, const void *b)
{
    const Seam__ValidatorRecord *const *left = a;
    const Seam__ValidatorRecord *const *right = b;
    return memcmp((*left)->public_key.data, (*right)->public_key.data, SIGN_PUBLIC_SIZE);
}

static enum err validators_make(struct work *work)
{
    const uint32_t count = work->demo->nodes;
    Seam__ValidatorRecord **list = arena_alloc(&work->arena, count * sizeof *list);
    Seam__ValidatorRecord *records = arena_alloc(&work->arena, count * sizeof *records);
    if (list == NULL || records == NULL) {
        return memory(work);
    }
    for (uint32_t i = 0; i < count; i++) {
        const enum err err = node_make(work, i, &records[i]);
        if (err != OK) {
            return err;
        }
        list[i] = &records[i];
    }
    qsort(list, count, sizeof *list, validator_order);
    work->genesis.validators = list;
    work->genesis.n_validators = count;
    return OK;
}

/* --- organisations and people ---------------------------------------------------------------- */

static Seam__Names *names_make(struct work *work, const char *en, const char *zh, const char *ru)
{
    Seam__Names *names = arena_alloc(&work->arena, sizeof *names);
    if (names != NULL) {
        seam__names__init(names);
        names->en = (char *)en;
        names->zh = (char *)zh;
        names->ru = (char *)ru;
    }
    return names;
}

static enum err person_key(struct work *work, size_t organisation, const char *person,
                           ProtobufCBinaryData *out)
{
    char rest[160];
    char path[KEYSTORE_PATH_MAX];
    struct sign_key key;
    (void)snprintf(rest, sizeof rest, "/keys/%s.key", person);
    enum err err = path_of(work, path, organisations[organisation].home, rest);
    if (err == OK) {
        err = keystore_new(&key, path, KEYSTORE_PERSON, (struct bytes){0}, work->detail);
    }
    if (err != OK) {
        return err;
    }
    err = key_copy(work, out, &key);
    sign_key_wipe(&key);
    return err;
}

static enum err person_make(struct work *work, size_t organisation, size_t index,
                            Seam__PersonRegister **out)
{
    char id[LIMIT_ID_TEXT];
    (void)snprintf(id, sizeof id, "%s.%s", organisations[organisation].id, persons[index].name);
    Seam__PersonRegister *person = arena_alloc(&work->arena, sizeof *person);
    Seam__KeyEntry *entry = arena_alloc(&work->arena, sizeof *entry);
    Seam__KeyEntry **entries = arena_alloc(&work->arena, sizeof *entries);
    char *text = arena_text(&work->arena, id, strlen(id));
    if (person == NULL || entry == NULL || entries == NULL || text == NULL) {
        return memory(work);
    }
    seam__person_register__init(person);
    seam__key_entry__init(entry);
    person->person = text;
    person->name = (char *)persons[index].name;
    person->n_keys = 1;
    person->keys = entries;
    entries[0] = entry;
    entry->n_usages = persons[index].usage_count;
    entry->usages = (char **)persons[index].usages;
    *out = person;
    return person_key(work, organisation, id, &entry->public_key);
}

static enum err organisation_make(struct work *work, size_t index, Seam__OrganisationRegister **out)
{
    Seam__OrganisationRegister *made = arena_alloc(&work->arena, sizeof *made);
    Seam__PersonRegister **list = arena_alloc(&work->arena, PERSONS * sizeof *list);
    char **roles = arena_alloc(&work->arena, sizeof *roles);
    Seam__Names *names =
        names_make(work, organisations[index].en, organisations[index].zh, organisations[index].ru);
    if (made == NULL || list == NULL || roles == NULL || names == NULL) {
        return memory(work);
    }
    seam__organisation_register__init(made);
    made->organisation = (char *)organisations[index].id;
    made->name = names;
    made->n_roles = 1;
    made->roles = roles;
    roles[0] = (char *)organisations[index].role;
    made->parent = (char *)organisations[index].parent;
    made->jurisdiction = (char *)jurisdictions[0].code;
    made->n_persons = person_count(index);
    made->persons = list;
    for (size_t i = 0; i < made->n_persons; i++) {
        const enum err err = person_make(work, index, i, &list[i]);
        if (err != OK) {
            return err;
        }
    }
    *out = made;
    return OK;
}

static enum err organisations_make(struct work *work)
{
    Seam__OrganisationRegister **list = arena_alloc(&work->arena, ORGANISATIONS * sizeof *list);
    if (list == NULL) {
        return memory(work);
    }
    for (size_t i = 0; i < ORGANISATIONS; i++) {
        const enum err err = organisation_make(work, i, &list[i]);
        if (err != OK) {
            return err;
        }
    }
    work->genesis.organisations = list;
    work->genesis.n_organisations = ORGANISATIONS;
    return OK;
}

static enum err jurisdictions_make(struct work *work)
{
    Seam__JurisdictionSet **list = arena_alloc(&work->arena, JURISDICTIONS * sizeof *list);
    Seam__JurisdictionSet *sets = arena_alloc(&work->arena, JURISDICTIONS * sizeof *sets);
    if (list == NULL || sets == NULL) {
        return memory(work);
    }
    for (size_t i = 0; i < JURISDICTIONS; i++) {
        seam__jurisdiction_set__init(&sets[i]);
        sets[i].jurisdiction = (char *)jurisdictions[i].code;
        sets[i].name =
            names_make(work, jurisdictions[i].en, jurisdictions[i].zh, jurisdictions[i].ru);
        sets[i].utc_offset_minutes = jurisdictions[i].offset;
        sets[i].deadline_days = 40;
        sets[i].yearly_deadline = (char *)jurisdictions[i].yearly;
        if (sets[i].name == NULL) {
            return memory(work);
        }
        list[i] = &sets[i];
    }
    work->genesis.jurisdictions = list;
    work->genesis.n_jurisdictions = JURISDICTIONS;
    return OK;
}

/* --- facilities ------------------------------------------------------------------------------ */

static enum err facilities_read(struct work *work, const struct json_node *list,
                                struct errors *errors)
{
    const size_t count = json_node_count(list);
    Seam__GenesisFacility **entries = arena_alloc(&work->arena, (count + 1) * sizeof *entries);
    if (entries == NULL) {
        return memory(work);
    }
    for (size_t i = 0; i < count; i++) {
        ProtobufCMessage *message = NULL;
        const enum err err =
            json_in_message(&message, &seam__genesis_facility__descriptor, &governance_fields,
                            json_node_at(list, i), NULL, &work->arena, errors);
        if (err != OK) {
            return err;
        }
        entries[i] = (Seam__GenesisFacility *)message;
    }
    work->genesis.facilities = entries;
    work->genesis.n_facilities = count;
    return OK;
}

static enum err facilities_make(struct work *work)
{
    struct bytes text = genesis_sample_boundaries();
    struct json_doc *doc = NULL;
    enum err err = OK;
    if (work->demo->boundaries != NULL) {
        err = file_read(&text, work->demo->boundaries, FILE_MAX, &work->arena, work->detail);
    }
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX, work->detail);
    }
    if (err != OK) {
        return err;
    }
    struct errors errors;
    struct err_detail first = {0};
    errors_init(&errors, &first, 1);
    err = facilities_read(work, json_node_get(json_doc_root(doc), "facilities"), &errors);
    if (err != OK && errors.count > 0 && work->detail != NULL) {
        *work->detail = first;
    }
    json_doc_free(doc);
    return err;
}

static enum err sets_make(struct work *work)
{
    return genesis_sets_make(&work->genesis, organisations[0].id, &work->arena, work->detail);
}

/* --- the document ---------------------------------------------------------------------------- */

static enum err nothing_below(void *context, struct bytes key, struct arena *arena,
                              struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

enum err genesis_demo_check(struct bytes genesis, struct hash *chain_id, struct err_detail *detail)
{
    const struct state_base base = {.get = nothing_below};
    struct overlay *overlay = overlay_new(NULL, &base);
    if (overlay == NULL) {
        return ERR_MEMORY;
    }
    const enum err err = exec_genesis(overlay, genesis, chain_id, detail);
    overlay_drop(overlay);
    return err;
}

static enum err genesis_write(struct work *work, struct hash *chain_id)
{
    char path[KEYSTORE_PATH_MAX];
    struct bytes bytes;
    struct bytes text;
    enum err err = message_pack(&bytes, &work->genesis.base, &work->arena);
    if (err == OK) {
        err = genesis_demo_check(bytes, chain_id, work->detail);
    }
    if (err == OK) {
        err = document_write(&text, &genesis_form, bytes, &work->arena, work->detail);
    }
    if (err == OK) {
        err = keystore_path(path, work->demo->dir, "genesis.json");
    }
    return err == OK ? file_write(path, text, false, work->detail) : err;
}

/* Whose people's keys lie with a node: the organisation that runs it first. */
static void members_render(struct json_out *out, uint32_t node)
{
    json_out_field_array(out, "members");
    for (size_t i = 0; i < ORGANISATIONS; i++) {
        if (organisations[i].home != node) {
            continue;
        }
        json_out_object(out);
        json_out_field_text(out, "organisation", organisations[i].id);
        json_out_field_array(out, "persons");
        for (size_t k = 0; k < person_count(i); k++) {
            char person[LIMIT_ID_TEXT];
            (void)snprintf(person, sizeof person, "%s.%s", organisations[i].id, persons[k].name);
            json_out_text(out, person);
        }
        json_out_end(out);
        json_out_end(out);
    }
    json_out_end(out);
}

static void nodes_render(const struct work *work, struct json_out *out, const struct hash *chain_id)
{
    json_out_object(out);
    json_out_field_text(out, "network", work->demo->network);
    json_out_field_hash(out, "chain_id", chain_id);
    json_out_field_array(out, "nodes");
    for (uint32_t i = 0; i < work->demo->nodes; i++) {
        char name[32];
        char part[48];
        (void)snprintf(name, sizeof name, "node-%u", (unsigned)(i + 1));
        json_out_object(out);
        json_out_field_text(out, "name", name);
        json_out_field_text(out, "organisation", organisations[organisation_of(i)].id);
        json_out_field_hex(out, "node_key", bytes_of(work->node_keys[i], SIGN_PUBLIC_SIZE));
        (void)snprintf(part, sizeof part, "%s/keys", name);
        json_out_field_text(out, "key_dir", part);
        (void)snprintf(part, sizeof part, "%s/data", name);
        json_out_field_text(out, "data_dir", part);
        members_render(out, i);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
}

static enum err nodes_write(const struct work *work, const struct hash *chain_id)
{
    char path[KEYSTORE_PATH_MAX];
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_INDENT, FILE_MAX);
    nodes_render(work, &out, chain_id);
    enum err err = json_out_finish(&out, &text);
    if (err == OK) {
        err = keystore_path(path, work->demo->dir, "nodes.json");
    }
    if (err == OK) {
        err = file_write(path, text, false, work->detail);
    }
    json_out_free(&out);
    return err;
}

void genesis_parameters(Seam__ConsensusParameters *consensus, Seam__ChainParameters *chain)
{
    seam__consensus_parameters__init(consensus);
    consensus->t0_ms = 1000;
    consensus->t_max_ms = 10000;
    consensus->t_skip_ms = 20;
    consensus->heartbeat_ms = 60000;
    seam__chain_parameters__init(chain);
    chain->window_ms = UINT64_C(35) * 86400000;
    chain->recent_max = LIMIT_RECENT;
    chain->block_cost_max = 20000;
    chain->activation_notice_blocks = 10000;
    chain->activation_notice_ms = UINT64_C(7) * 86400000;
}

static enum err parameters_make(struct work *work)
{
    Seam__ConsensusParameters *consensus = arena_alloc(&work->arena, sizeof *consensus);
    Seam__ChainParameters *chain = arena_alloc(&work->arena, sizeof *chain);
    if (consensus == NULL || chain == NULL) {
        return memory(work);
    }
    genesis_parameters(consensus, chain);
    consensus->t0_ms = 300; /* decision D18: one machine */
    work->genesis.consensus = consensus;
    work->genesis.chain = chain;
    work->genesis.network = (char *)work->demo->network;
    work->genesis.time_ms = work->demo->time_ms;
    work->genesis.suite = SUITE_ED25519_SHA256;
    return OK;
}

static enum err demo_steps(struct work *work)
{
    static enum err (*const steps[])(struct work *) = {
        parameters_make, jurisdictions_make, facilities_make,
        sets_make,       organisations_make, validators_make,
    };
    struct hash chain_id;
    enum err err = directory_make(work, work->demo->dir);
    for (uint32_t i = 0; err == OK && i < work->demo->nodes; i++) {
        err = node_directories(work, i);
    }
    for (size_t i = 0; err == OK && i < sizeof steps / sizeof steps[0]; i++) {
        err = steps[i](work);
    }
    if (err == OK) {
        err = genesis_write(work, &chain_id);
    }
    return err == OK ? nodes_write(work, &chain_id) : err;
}

enum err genesis_demo_make(const struct genesis_demo *demo, struct err_detail *detail)
{
    if (demo->nodes < LIMIT_VALIDATORS_MIN || demo->nodes > LIMIT_VALIDATORS) {
        return err_set(detail, ERR_RANGE, "nodes", NULL, "4..64", NULL);
    }
    struct work work = {.demo = demo, .detail = detail};
    seam__genesis__init(&work.genesis);
    arena_init(&work.arena, BUDGET);
    const enum err err = demo_steps(&work);
    arena_free(&work.arena);
    return err;
}
