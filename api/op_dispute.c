/* SPDX-License-Identifier: Apache-2.0 */
/* Disputes [KSSJ 7.2.2b]: people write claims and decided lines as lists, the ledger signs the root
 * of their salted leaves (decision D3). Leaves are made here, each with a fresh salt; whoever made
 * them elsewhere sends them as "detached", as for every other transaction. */

#include "api/op_dispute.h"

#include "api/submit.h"
#include "ledger/assurance/dispute_lines.h"
#include "ledger/assurance/dispute_state.h"
#include "ledger/base/num.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/field_check.h"
#include "ledger/crypto/box.h"
#include "ledger/crypto/tags.h"

#include <assert.h>
#include <string.h>

#define WRITE OPERATION_WRITE
#define PAGE OPERATION_PAGE
#define RULES_PREFIX "VERIFICATION-"
#define SETS_MAX 4096

const struct operation dispute_operations[] = {
    {"OpenDispute", op_open_dispute, NULL, false,
     "Opens a dispute about the account that counts, with its claims line by line; they are salted "
     "here. A claim names a line of the account or of a finding; without code it is about the "
     "total of its category.",
     "dispute!, facility!, period!, version?, account_hash?, parameter_set_hash?, claims?, "
     "claim_count?, claims_root?, disputed_g?, relief!, reason!, detached?, " WRITE},
    {"JoinDispute", op_join_dispute, NULL, false,
     "Adds the claims of another party to an open dispute.",
     "dispute!, claims?, claim_count?, claims_root?, disputed_g?, relief!, reason!, "
     "detached?, " WRITE},
    {"DecideDispute", op_decide_dispute, NULL, false,
     "Decides every claim with its reason; totals follow from the values, category by category.",
     "dispute!, decision?, decided_lines?, line_count?, lines_root?, decided?, effects?, reason!, "
     "detached?, " WRITE},
    {"PublishDispute", op_publish_dispute, NULL, false,
     "Publishes a final case; show names the lines that are not masked.",
     "dispute!, summary!, masked?, show?, shown?, document_hash?, " WRITE},
    {"FileStatement", op_file_statement, NULL, false,
     "Files a statement, public or sealed to the regulator: its text is sealed here, the ledger "
     "has the hash.",
     "dispute!, visibility!, text?, ciphertext_hash?, ciphertext_size?, evidence?, " WRITE},
    {"GetDispute", op_get_dispute, NULL, false,
     "A dispute: where it stands, deadlines, parties, statements, decisions, effects; claims and "
     "decided lines for those who may see them.",
     "dispute!, at?"},
    {"ListDisputes", op_list_disputes, NULL, false,
     "Disputes, all or of one facility, period or status.", "facility?, period?, status?, " PAGE},
    {"GetCaseBundle", op_get_case_bundle, NULL, false,
     "Account, evidence hashes, findings, opinion, dispute and decision as one file that verifies "
     "without any network.",
     "dispute!, at?"},
    {"ListGaps", op_list_gaps, NULL, false,
     "Reported against verified and observed amounts of a jurisdiction's year, coloured.",
     "jurisdiction!, year!, parameter_set_hash?, at?"},
    {"ExplainGap", op_explain_gap, NULL, false,
     "Why reported and verified amounts differ, line by line: the parts sum to the gap. file is "
     "the verifier's calculation file; file_text its text, whose hash the recomputation names.",
     "facility!, period!, version?, file?, file_text?, at?"},
    {"ListObservations", op_list_observations, NULL, false,
     "Independent observations of a facility and period; withdrawn ones, too.",
     "facility!, period!, at?"},
};
const size_t dispute_operation_count = sizeof dispute_operations / sizeof dispute_operations[0];

/* --- what they share -------------------------------------------------------------------------- */

enum err dispute_page_read(struct call *call, struct dispute_page *page)
{
    int64_t from = 0;
    int64_t count = 100;
    enum err err = call_number(call, "from", false, &from);
    if (err == OK) {
        err = call_number(call, "count", false, &count);
    }
    if (err != OK) {
        return err;
    }
    if (from < 0 || from > UINT32_MAX) {
        return call_fail(call, ERR_RANGE, "from", "0 or more", NULL);
    }
    if (count < 1 || count > DISPUTE_PAGE_MAX) {
        return call_fail(call, ERR_RANGE, "count", "1..500", NULL);
    }
    *page = (struct dispute_page){(uint32_t)from, (uint32_t)count};
    return OK;
}

enum err dispute_run(struct call *call, const char *const *keys, dispute_answer answer,
                     void *wanted)
{
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = answer(call, query, wanted);
    query_close(query);
    return err;
}

enum err dispute_newest(struct call *call, struct query **query)
{
    const struct api_node *node = call->api->node;
    const enum err err = node->query(node->context, query, QUERY_NEWEST);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err dispute_find(struct call *call, struct query *query, const char *dispute,
                      const Seam__DisputeRecord **out)
{
    const enum err err = view_dispute(out, query_state(query), dispute, &call->arena);
    return err == OK ? OK : call_fail(call, err, "dispute", NULL, NULL);
}

enum err dispute_lines_of(struct call *call, struct query *query, ProtobufCBinaryData tx_id,
                          const Seam__DisputeLines **out)
{
    struct hash id;
    struct query_tx tx;
    ProtobufCMessage *message = NULL;
    if (tx_id.len != HASH_SIZE) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    memcpy(id.bytes, tx_id.data, HASH_SIZE);
    enum err err = query_tx(&tx, query, &id, &call->arena);
    if (err == OK) {
        err = message_unpack(&message, &seam__dispute_lines__descriptor,
                             bytes_of(tx.message->detached.data, tx.message->detached.len),
                             LIMIT_TX_DETACHED, &call->arena, NULL);
    }
    if (err != OK) {
        return call_fail(call, err, "dispute", NULL, "its lines are not on this node");
    }
    *out = (const Seam__DisputeLines *)message;
    return OK;
}

static bool is_adopted(struct call *call, struct overlay *state, const char *scheme,
                       const char *period, const Seam__ParameterSetRecord *set)
{
    const Seam__AdoptionRecord *adoption = NULL;
    struct hash hash;
    if (set->hash.len != HASH_SIZE) {
        return false;
    }
    memcpy(hash.bytes, set->hash.data, HASH_SIZE);
    return scheme == NULL || (view_adoption(&adoption, state, scheme, &hash, &call->arena) == OK &&
                              view_adoption_covers(adoption, period));
}

enum err dispute_rules_find(struct call *call, struct query *query, const char *scheme,
                            const char *period, const Seam__ParameterSetRecord **out)
{
    struct overlay *state = query_state(query);
    const Seam__Counters *counters = NULL;
    enum err err = view_counters(&counters, state, &call->arena);
    const uint32_t count = err == OK ? counters->parameter_sets : 0;
    for (uint32_t i = 0; err == OK && i < count && i < SETS_MAX; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__ParameterSetRecord *set = NULL;
        err = view_list(&entry, state, KEY_PARAMETER_SET, NULL, count - 1 - i, &call->arena);
        if (err != OK || strncmp(entry->id, RULES_PREFIX, sizeof RULES_PREFIX - 1) != 0) {
            continue;
        }
        err = view_parameter_set_version(&set, state, entry->id, entry->version, &call->arena);
        if (err == OK && is_adopted(call, state, scheme, period, set)) {
            *out = set;
            return OK;
        }
    }
    return err == OK ? ERR_ABSENT : err;
}

/* --- salted lines ----------------------------------------------------------------------------- */

static enum err add_leaf(struct call *call, Seam__DisputeLines *lines,
                         const ProtobufCMessage *content)
{
    uint8_t random[BOX_KEY_SIZE];
    struct bytes salt;
    struct bytes packed;
    Seam__DisputeLeaf *leaf = arena_alloc(&call->arena, sizeof *leaf);
    box_key_random(random);
    if (leaf == NULL || !arena_copy(&call->arena, bytes_of(random, MERKLE_SALT_SIZE), &salt)) {
        return ERR_MEMORY;
    }
    const enum err err = message_pack(&packed, content, &call->arena);
    if (err != OK) {
        return err;
    }
    seam__dispute_leaf__init(leaf);
    leaf->salt = (ProtobufCBinaryData){salt.size, (uint8_t *)(uintptr_t)salt.data};
    leaf->content = (ProtobufCBinaryData){packed.size, (uint8_t *)(uintptr_t)packed.data};
    lines->lines[lines->n_lines++] = leaf;
    return OK;
}

/* Reads a list of the request as messages of one type. */
static enum err read_list(struct call *call, const char *key,
                          const ProtobufCMessageDescriptor *type, size_t most,
                          ProtobufCMessage ***out, size_t *count)
{
    const struct json_node *list = json_node_get(call->root, key);
    *count = json_node_count(list);
    if (json_node_kind(list) != JSON_KIND_ARRAY || *count == 0 || *count > most) {
        return call_fail(call, list == NULL ? ERR_MISSING : ERR_TYPE, key,
                         "a list of 1 to 300 objects", NULL);
    }
    *out = arena_alloc(&call->arena, *count * sizeof **out);
    if (*out == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    for (size_t i = 0; i < *count; i++) {
        const struct json_node *node = json_node_at(list, i);
        if (json_node_kind(node) != JSON_KIND_OBJECT) {
            return call_fail(call, ERR_TYPE, key, "a list of objects", NULL);
        }
        const enum err err = json_in_message(&(*out)[i], type, &call->api->fields, node, NULL,
                                             &call->arena, &call->errors);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

/* What every operation with lines is made of: payload, and the lines beside it. */
struct lined {
    const struct rule_row *row;
    ProtobufCMessage *payload;
    Seam__DisputeLines lines;
    struct hash root;
    struct query *query;
};

static enum err lined_read(struct call *call, struct lined *in, const char *name, const char *list)
{
    const char *keys[16] = {list, "detached"};
    in->row = exec_row_by_name(name);
    assert(in->row != NULL);
    for (size_t i = 0; submit_keys[i] != NULL; i++) {
        assert(i + 3 < sizeof keys / sizeof keys[0]);
        keys[i + 2] = submit_keys[i];
    }
    seam__dispute_lines__init(&in->lines);
    enum err err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = json_in_message(&in->payload, in->row->payload, &call->api->fields, call->root, keys,
                              &call->arena, &call->errors);
    }
    return err == OK ? dispute_newest(call, &in->query) : err;
}

static enum err lined_seal(struct call *call, struct lined *in, const char *tag,
                           ProtobufCMessage *const *contents, size_t count)
{
    in->lines.lines = arena_alloc(&call->arena, (count + 1) * sizeof *in->lines.lines);
    enum err err = in->lines.lines == NULL ? ERR_MEMORY : OK;
    for (size_t i = 0; i < count && err == OK; i++) {
        err = field_check(contents[i], &call->api->fields, &call->arena, &call->errors);
        if (err == OK) {
            err = add_leaf(call, &in->lines, contents[i]);
        }
    }
    return err == OK ? dispute_lines_root(&in->root, tag, &in->lines, &call->arena) : err;
}

static enum err lined_submit(struct call *call, const struct lined *in)
{
    struct bytes detached;
    enum err err = field_check(in->payload, &call->api->fields, &call->arena, &call->errors);
    if (err == OK) {
        err = message_pack(&detached, &in->lines.base, &call->arena);
    }
    return err == OK ? submit_payload(call, in->row, in->payload, detached, NULL) : err;
}

static ProtobufCBinaryData hash_data(struct hash *hash)
{
    return (ProtobufCBinaryData){HASH_SIZE, hash->bytes};
}

/* --- claims ----------------------------------------------------------------------------------- */

static bool sum_disputed(int64_t *out, ProtobufCMessage *const *claims, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const Seam__DisputeClaim *claim = (const Seam__DisputeClaim *)claims[i];
        int64_t change = 0;
        if (!num_sub_i64(&change, claim->claimed_g, claim->stated_g) || change == INT64_MIN ||
            !num_add_i64(&sum, sum, change < 0 ? -change : change)) {
            return false;
        }
    }
    *out = sum;
    return true;
}

static enum err read_claims(struct call *call, struct lined *in, const Seam__DisputeRecord *record,
                            int64_t *disputed)
{
    ProtobufCMessage **claims = NULL;
    size_t count = 0;
    enum err err = read_list(call, "claims", &seam__dispute_claim__descriptor, DISPUTE_CLAIMS_MAX,
                             &claims, &count);
    if (err == OK) {
        err = dispute_claims_fill(call, in->query, record, claims, count, &in->lines.account);
    }
    if (err != OK) {
        return err;
    }
    if (!sum_disputed(disputed, claims, count)) {
        return call_fail(call, ERR_RANGE, "claims", NULL, NULL);
    }
    return lined_seal(call, in, TAG_DISPUTE_CLAIM, claims, count);
}

static Seam__CategoryTotals *totals_of(struct call *call, const Seam__Account *account)
{
    Seam__CategoryTotals *out = arena_alloc(&call->arena, sizeof *out);
    if (out != NULL) {
        seam__category_totals__init(out);
        out->scope1_g = account->scope1_g;
        out->scope2_g = account->scope2_g;
        out->sinks_g = account->sinks_g;
        out->information_g = account->information_g;
        out->gross_g = account->gross_g;
        out->net_g = account->net_g;
    }
    return out;
}

/* The account and opinion that a dispute would be about, as its record will say. */
static enum err read_subject(struct call *call, struct query *query, const Seam__DisputeOpen *open,
                             const Seam__FacilityRecord *facility, Seam__DisputeRecord *out)
{
    struct overlay *state = query_state(query);
    const Seam__AccountRecord *account = NULL;
    const Seam__Account *body = NULL;
    const Seam__OpinionHead *opinion = NULL;
    const Seam__OpinionRecord *issued = NULL;
    enum err err = view_account_version(&account, state, open->facility, open->period,
                                        open->version, &call->arena);
    if (err == OK) {
        err = view_account_body(&body, account, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, "period", NULL, NULL);
    }
    seam__dispute_record__init(out);
    out->facility = open->facility;
    out->period = open->period;
    out->version = open->version;
    out->account_hash = account->account_hash;
    out->jurisdiction = facility->jurisdiction;
    out->reported = totals_of(call, body);
    if (out->reported == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    err = view_opinion_head(&opinion, state, open->facility, open->period, &call->arena);
    if (err == ERR_ABSENT || (err == OK && (opinion->withdrawn || opinion->opinion[0] == '\0' ||
                                            opinion->version != open->version))) {
        return OK;
    }
    if (err == OK) {
        err = view_opinion(&issued, state, opinion->opinion, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    out->opinion = opinion->opinion;
    out->verifier = issued->verifier;
    out->verified = opinion->counts ? opinion->verified : NULL;
    return OK;
}

/* What the caller left out: the version that counts, its hash, the rules adopted for its month. */
static enum err fill_subject(struct call *call, struct query *query, Seam__DisputeOpen *open,
                             Seam__DisputeRecord *record)
{
    struct overlay *state = query_state(query);
    const Seam__FacilityRecord *facility = NULL;
    const Seam__AccountHead *head = NULL;
    const Seam__ParameterSetRecord *rules = NULL;
    enum err err = view_facility(&facility, state, open->facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    err = view_account(&head, state, open->facility, open->period, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "period", NULL, NULL);
    }
    if (open->version == 0) {
        open->version = head->version;
    }
    err = read_subject(call, query, open, facility, record);
    if (err != OK) {
        return err;
    }
    if (open->account_hash.len == 0) {
        open->account_hash = record->account_hash;
    }
    if (open->parameter_set_hash.len == 0) {
        err = dispute_rules_find(call, query, facility->scheme, open->period, &rules);
        if (err != OK) {
            return call_fail(call, err, "parameter_set_hash", NULL,
                             "no rules of verification are adopted for this period");
        }
        open->parameter_set_hash = rules->hash;
    }
    return OK;
}

static enum err submit_open(struct call *call, struct lined *in)
{
    Seam__DisputeOpen *open = (Seam__DisputeOpen *)in->payload;
    Seam__DisputeRecord record;
    enum err err = fill_subject(call, in->query, open, &record);
    if (err == OK) {
        err = read_claims(call, in, &record, &open->disputed_g);
    }
    if (err != OK) {
        return err;
    }
    open->claim_count = (uint32_t)in->lines.n_lines;
    open->claims_root = hash_data(&in->root);
    return lined_submit(call, in);
}

static enum err submit_join(struct call *call, struct lined *in)
{
    Seam__DisputeJoin *join = (Seam__DisputeJoin *)in->payload;
    const Seam__DisputeRecord *record = NULL;
    enum err err = dispute_find(call, in->query, join->dispute, &record);
    if (err == OK) {
        err = read_claims(call, in, record, &join->disputed_g);
    }
    if (err != OK) {
        return err;
    }
    join->claim_count = (uint32_t)in->lines.n_lines;
    join->claims_root = hash_data(&in->root);
    return lined_submit(call, in);
}

/* --- decided lines ---------------------------------------------------------------------------- */

static enum err submit_decide(struct call *call, struct lined *in)
{
    Seam__DisputeDecide *decide = (Seam__DisputeDecide *)in->payload;
    const Seam__DisputeRecord *record = NULL;
    ProtobufCMessage **lines = NULL;
    size_t count = 0;
    enum err err = read_list(call, "decided_lines", &seam__decision_line__descriptor,
                             (size_t)DISPUTE_CLAIMS_MAX * DISPUTE_CLAIMANTS_MAX, &lines, &count);
    if (err == OK) {
        err = dispute_find(call, in->query, decide->dispute, &record);
    }
    if (err == OK && decide->decision == 0) {
        decide->decision =
            dispute_status(record, query_time(in->query)) == DISPUTE_APPEALED ? 2 : 1;
    }
    if (err == OK) {
        err = dispute_decided_fill(call, in->query, record, decide, lines, count, &in->lines);
    }
    if (err == OK) {
        err = lined_seal(call, in, TAG_DECISION_LINE, lines, count);
    }
    if (err != OK) {
        return err;
    }
    decide->line_count = (uint32_t)count;
    decide->lines_root = hash_data(&in->root);
    return lined_submit(call, in);
}

/* --- operations ------------------------------------------------------------------------------- */

static enum err lined_run(struct call *call, const char *name, const char *list,
                          enum err (*submit)(struct call *call, struct lined *in))
{
    struct lined in = {.row = exec_row_by_name(name)};
    if (json_node_kind(json_node_get(call->root, "detached")) != JSON_KIND_NULL) {
        return json_node_kind(json_node_get(call->root, list)) == JSON_KIND_NULL
                   ? op_rule(call, in.row)
                   : call_fail(call, ERR_TWICE, list, NULL, "the lines stand in detached already");
    }
    enum err err = lined_read(call, &in, name, list);
    if (err == OK) {
        err = submit(call, &in);
    }
    query_close(in.query);
    return err;
}

enum err op_open_dispute(struct call *call, const struct rule_row *row)
{
    (void)row;
    return lined_run(call, "DISPUTE_OPEN", "claims", submit_open);
}

enum err op_join_dispute(struct call *call, const struct rule_row *row)
{
    (void)row;
    return lined_run(call, "DISPUTE_JOIN", "claims", submit_join);
}

enum err op_decide_dispute(struct call *call, const struct rule_row *row)
{
    (void)row;
    return lined_run(call, "DISPUTE_DECIDE", "decided_lines", submit_decide);
}
