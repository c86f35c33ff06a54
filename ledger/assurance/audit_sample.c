/* SPDX-License-Identifier: Apache-2.0 */
/* Commitment and draw of an audit sample. A rule sees no block, so the draw brings the headers and
 * a certificate, and the rule checks them against the validators of the state. The seed block is
 * the first one after the commitment whose proposer is neither party nor of their groups: a
 * verifier or a client with a validator of its own cannot try out contents of a block until it
 * likes the list. One draw a commitment, and one commitment a population: another salt does not
 * make another population, and whoever has a reason to draw again says it beside the opinion. */
#include "ledger/assurance/engagement.h"
#include "ledger/assurance/kinship.h"
#include "ledger/assurance/rules.h"
#include "ledger/assurance/sample_scope.h"

#include "ledger/chain/cert_check.h"
#include "ledger/chain/merkle.h"

#include <stdio.h>
#include <string.h>

#define SALT_SIZE 16

/* --- commitment --------------------------------------------------------------------------------
 */

static enum judgement size_valid(const struct engaging *in, const Seam__AuditSampleCommit *commit)
{
    struct parameters rules;
    uint32_t reliability = 0;
    char limit[48];
    enum judgement judgement =
        parameter_read(&rules, in->context, in->record->parameter_set_hash, in->detail);
    if (judgement == JUDGE_OK) {
        judgement = parameter_need(&reliability, &rules, "sample.reliability", 2, in->detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const uint32_t least =
        sample_size(commit->population_count, reliability, in->record->materiality_bp);
    if (commit->size < least || commit->size > commit->population_count) {
        (void)snprintf(limit, sizeof limit, "%u..%u", (unsigned)least,
                       (unsigned)commit->population_count);
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "size", "3.2", limit,
                                                          "what materiality asks for"});
    }
    return JUDGE_OK;
}

/* Numbers without a gap. */
static enum judgement number_next(const struct engaging *in, const Seam__AuditSampleCommit *commit)
{
    char limit[16];
    const uint32_t next = in->record->samples + 1;
    if (commit->number != next || next > ENGAGEMENT_SAMPLES_MAX) {
        (void)snprintf(limit, sizeof limit, "%u", (unsigned)next);
        const struct refusal refusal = {commit->number < next ? ERR_CONFLICT : ERR_GAP, "number",
                                        "D5", limit, "samples are numbered without a gap"};
        return commit->number > next ? refusal_not_yet(in->detail, refusal)
                                     : refusal_never(in->detail, refusal);
    }
    return JUDGE_OK;
}

/* A second commitment to a population would be a second draw. Where there is a reason for one (the
 * account was corrected, the opening is lost) it names the first and says why; the opinion repeats
 * it. A population is known by what it is of, not by its hash: another salt gives another hash. */
static enum judgement repetition(Seam__AuditSampleRecord **before, const struct engaging *in,
                                 const Seam__AuditSampleCommit *commit)
{
    const Seam__AuditSampleRecord *same = NULL;
    char limit[16];
    enum judgement judgement = sample_of(&same, in, commit->subject, commit->facility);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const uint32_t first = same != NULL ? same->commit->number : 0;
    (void)snprintf(limit, sizeof limit, "%u", (unsigned)first);
    if (commit->repeats != first) {
        return refusal_never(
            in->detail,
            (struct refusal){same != NULL ? ERR_DUPLICATE : ERR_RANGE, "repeats", "3.2", limit,
                             same != NULL ? "this population has its sample; another one names it "
                                            "and gives a reason"
                                          : "there is no sample to repeat"});
    }
    if ((commit->repeats != 0) != (commit->reason[0] != '\0')) {
        return refusal_never(in->detail, (struct refusal){ERR_MISSING, "reason", "3.2", limit,
                                                          "why a sample is repeated"});
    }
    *before = (Seam__AuditSampleRecord *)(uintptr_t)same;
    return JUDGE_OK;
}

/* The count of lines is anchored; a population of another count is none of this facility. */
static enum judgement lines_fit(struct sample_scope *scope, const struct engaging *in,
                                const Seam__AuditSampleCommit *commit)
{
    char limit[16];
    if (!record_same(commit->subject, "LINES")) {
        return commit->facility[0] == '\0'
                   ? JUDGE_OK
                   : refusal_never(in->detail, (struct refusal){ERR_RANGE, "facility", "3.2", NULL,
                                                                "of a sample of lines only"});
    }
    const enum judgement judgement = sample_scope_of(scope, in, commit->facility);
    if (judgement == JUDGE_OK && commit->population_count != scope->lines) {
        (void)snprintf(limit, sizeof limit, "%u", (unsigned)scope->lines);
        return refusal_never(in->detail, (struct refusal){ERR_TOTAL, "population_count", "3.2",
                                                          limit, "lines of the anchored accounts"});
    }
    return judgement;
}

/* The sample that is repeated stays readable; if it was never drawn it is given up. */
static enum judgement repeated_put(const struct engaging *in, Seam__AuditSampleRecord *before,
                                   uint32_t number)
{
    Seam__EngagementRecord *engagement = in->record;
    if (before == NULL) {
        return JUDGE_OK;
    }
    uint32_t *list =
        arena_alloc(in->context->arena, (engagement->n_samples_repeated + 1) * sizeof *list);
    if (list == NULL) {
        return refusal_of_world(in->detail, ERR_MEMORY);
    }
    for (size_t i = 0; i < engagement->n_samples_repeated; i++) {
        list[i] = engagement->samples_repeated[i];
    }
    list[engagement->n_samples_repeated++] = number;
    engagement->samples_repeated = list;
    before->repeated_by = number;
    if (!before->drawn) {
        if (engagement->samples_undrawn == 0) {
            return refusal_of_world(in->detail, ERR_CORRUPT);
        }
        engagement->samples_undrawn--;
    }
    const struct state_key key =
        record_key_numbered(KEY_AUDIT_SAMPLE, engagement->engagement, before->commit->number);
    return refusal_of_world(in->detail, record_put(in->context, &key, &before->base));
}

static enum judgement commit_judge(struct engaging *in, const Seam__AuditSampleCommit *commit,
                                   struct sample_scope *scope, Seam__AuditSampleRecord **before)
{
    enum judgement judgement = engaging_by_verifier(in, TEAM_VERIFIERS);
    if (judgement == JUDGE_OK) {
        judgement = engaging_open(in, true);
    }
    if (judgement == JUDGE_OK) {
        judgement = lines_fit(scope, in, commit);
    }
    if (judgement == JUDGE_OK) {
        judgement = size_valid(in, commit);
    }
    if (judgement == JUDGE_OK) {
        judgement = number_next(in, commit);
    }
    if (judgement == JUDGE_OK) {
        judgement = repetition(before, in, commit);
    }
    return judgement == JUDGE_OK ? engaging_worked(in) : judgement;
}

enum judgement audit_sample_commit(struct rule_context *context, const ProtobufCMessage *payload,
                                   const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__AuditSampleCommit *commit = (const Seam__AuditSampleCommit *)payload;
    struct engaging in;
    struct sample_scope scope = {0};
    Seam__AuditSampleRecord *before = NULL;
    enum judgement judgement = engaging_load(&in, context, commit->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = commit_judge(&in, commit, &scope, &before);
    }
    if (judgement == JUDGE_OK) {
        judgement = repeated_put(&in, before, commit->number);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__AuditSampleRecord record = SEAM__AUDIT_SAMPLE_RECORD__INIT;
    if (record_same(commit->subject, "LINES")) {
        record.accounts_hash = record_data(&scope.accounts);
    }
    record.commit = (Seam__AuditSampleCommit *)(uintptr_t)commit;
    record.commit_height = context->height;
    record.commit_time_ms = context->time_ms;
    const struct state_key key =
        record_key_numbered(KEY_AUDIT_SAMPLE, commit->engagement, commit->number);
    const enum err err = record_add(context, &key, &record.base);
    if (err != OK) {
        return refusal_of_world(detail, err);
    }
    in.record->samples++;
    in.record->samples_undrawn++;
    return engaging_put(&in);
}

void audit_sample_commit_links(struct rule_context *context, const ProtobufCMessage *payload,
                               struct bytes *creates, struct bytes *needs)
{
    const Seam__AuditSampleCommit *in = (const Seam__AuditSampleCommit *)payload;
    struct state_key key = record_key_numbered(KEY_AUDIT_SAMPLE, in->engagement, in->number);
    *creates = record_link(context, &key);
    key = record_key(KEY_ENGAGEMENT, in->engagement);
    *needs = record_link(context, &key);
}

/* --- the seed block ----------------------------------------------------------------------------
 */

struct drawing {
    struct engaging engaging;
    const Seam__AuditSampleDraw *draw;
    const Seam__AuditPopulation *population;
    Seam__AuditSampleRecord *record;
    struct valset valset;
    struct hash valset_hash;
    const Seam__ValidatorSetRecord *validators;
    struct header seed_header;
    struct hash seed_block;
    struct hash seed;
};

static enum judgement header_wrong(const struct drawing *in, const char *field, const char *hint)
{
    return refusal_never(in->engaging.detail, (struct refusal){ERR_CHAIN, field, "D9", NULL, hint});
}

/* A header of this chain under the validators that the state knows. */
static enum judgement header_read(struct header *out, const struct drawing *in,
                                  ProtobufCBinaryData bytes, const char *field)
{
    if (header_decode(out, bytes_of(bytes.data, bytes.len)) != OK) {
        return header_wrong(in, field, "not the bytes of a header");
    }
    if (!hash_equal(&out->chain_id, &in->engaging.context->chain_id) ||
        out->epoch != in->valset.epoch || !hash_equal(&out->valset_hash, &in->valset_hash) ||
        out->proposer >= in->valset.count) {
        return header_wrong(in, field, "a block of another chain or of other validators");
    }
    return JUDGE_OK;
}

/* Is whoever proposed this block one of the parties, or of their groups? */
static enum judgement partial(bool *out, const struct drawing *in, const struct header *header)
{
    const char *proposer = in->validators->validators[header->proposer]->organisation;
    const Seam__EngagementRecord *record = in->engaging.record;
    struct rule_context *context = in->engaging.context;
    bool client = false;
    bool verifier = false;
    enum err err = kinship_same(&client, context->state, proposer, record->client, context->arena);
    if (err == OK) {
        err = kinship_same(&verifier, context->state, proposer, record->verifier, context->arena);
    }
    *out = client || verifier;
    return refusal_of_world(in->engaging.detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
}

/* From the block after the commitment, each on the one before, to the first of an outsider. */
static enum judgement find_seed_block(struct drawing *in)
{
    const size_t count = in->draw->n_headers;
    struct hash before = {{0}};
    if (count == 0 || count > LIMIT_VALIDATORS) {
        return header_wrong(in, "headers", "1 to 64 headers");
    }
    for (size_t i = 0; i < count; i++) {
        struct header header;
        bool of_party = false;
        enum judgement judgement = header_read(&header, in, in->draw->headers[i], "headers");
        if (judgement == JUDGE_OK) {
            judgement = partial(&of_party, in, &header);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        if (header.height != in->record->commit_height + 1 + i ||
            (i > 0 && !hash_equal(&header.parent_id, &before))) {
            return header_wrong(in, "headers", "from the block after the commitment, without gap");
        }
        if (of_party != (i + 1 < count)) {
            return header_wrong(in, "headers",
                                "the seed block is the first that neither party's group proposed");
        }
        header_id(&before, &header);
        in->seed_header = header;
    }
    in->seed_block = before;
    return JUDGE_OK;
}

/* The seed block itself, or a later one whose history names it, was made final by a quorum. */
static enum judgement check_final(const struct drawing *in)
{
    struct header anchor = in->seed_header;
    struct hash anchor_id = in->seed_block;
    const Seam__AuditSampleDraw *draw = in->draw;
    if (draw->anchor_header.len > 0) {
        const enum judgement judgement =
            header_read(&anchor, in, draw->anchor_header, "anchor_header");
        struct merkle_path path = {0};
        struct hash leaf;
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        bool fits =
            draw->n_anchor_path <= MERKLE_PATH_MAX && anchor.height > in->seed_header.height;
        for (size_t i = 0; fits && i < draw->n_anchor_path; i++) {
            fits = record_hash(&path.siblings[i], draw->anchor_path[i]);
            path.count++;
        }
        merkle_block_leaf(&leaf, &in->seed_block);
        if (!fits || !merkle_path_verify(&anchor.history_root, in->seed_header.height,
                                         anchor.height, &leaf, &path)) {
            return header_wrong(in, "anchor_path", "the seed block is not in its history");
        }
        header_id(&anchor_id, &anchor);
    }
    struct cert *cert = arena_alloc(in->engaging.context->arena, sizeof *cert);
    const struct cert_checker checker = {.chain_id = in->engaging.context->chain_id,
                                         .valset = &in->valset};
    if (cert == NULL) {
        return refusal_of_world(in->engaging.detail, ERR_MEMORY);
    }
    if (cert_decode(
            cert, bytes_of(draw->anchor_finalization.data, draw->anchor_finalization.len)) != OK ||
        cert->kind != VOTE_FINALIZE || cert->view != anchor.view ||
        !hash_equal(&cert->block_id, &anchor_id) || cert_check(&checker, cert) != OK) {
        return header_wrong(in, "anchor_finalization", "no quorum made this block final");
    }
    return JUDGE_OK;
}

/* --- the list ----------------------------------------------------------------------------------
 */

/* Lots and readings: as the verifier states them. */
static enum judgement items_stated(struct sample_item **out, size_t *count,
                                   const struct drawing *in)
{
    const Seam__AuditPopulation *population = in->population;
    struct sample_item *items =
        arena_alloc(in->engaging.context->arena, (population->n_items + 1) * sizeof *items);
    bool fits = population->n_accounts == 0;
    if (items == NULL) {
        return refusal_of_world(in->engaging.detail, ERR_MEMORY);
    }
    for (size_t i = 0; fits && i < population->n_items; i++) {
        fits = record_hash(&items[i].id, population->items[i]->id);
        items[i].weight = population->items[i]->weight;
    }
    *out = items;
    *count = fits ? population->n_items : 0;
    return JUDGE_OK;
}

/* Lines: as they follow from the accounts, in the versions that it was committed on. */
static enum judgement items_anchored(struct sample_item **out, size_t *count,
                                     const struct drawing *in)
{
    const Seam__AuditPopulation *population = in->population;
    const char *facility = in->record->commit->facility;
    struct sample_scope scope;
    const enum judgement judgement = sample_scope_of(&scope, &in->engaging, facility);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (!record_data_equal(in->record->accounts_hash, record_data(&scope.accounts))) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_SUPERSEDED, "number", "3.2", facility,
                                              "an account was corrected since the commitment"});
    }
    if (population->n_items > 0) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_TWICE, "detached.items", "3.2", NULL,
                                              "the population follows from the accounts"});
    }
    return sample_scope_items(out, count, &in->engaging, facility, population->accounts,
                              population->n_accounts);
}

static enum judgement population_read(struct sample_population *out, const struct drawing *in)
{
    const Seam__AuditPopulation *population = in->population;
    const Seam__AuditSampleCommit *commit = in->record->commit;
    struct err_detail *detail = in->engaging.detail;
    struct sample_item *items = NULL;
    struct hash hash;
    size_t count = 0;
    if (population == NULL || population->salt.len != SALT_SIZE) {
        return refusal_never(detail, (struct refusal){ERR_MISSING, "detached", "D3", NULL,
                                                      "the population and its salt"});
    }
    const enum judgement judgement = record_same(commit->subject, "LINES")
                                         ? items_anchored(&items, &count, in)
                                         : items_stated(&items, &count, in);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (sample_population_of(out, items, count) != OK) {
        return refusal_never(detail, (struct refusal){ERR_NOT_CANONICAL, "detached.items", "3.2",
                                                      NULL, "ascending by id, weights above 0"});
    }
    sample_population_hash(&hash, bytes_of(population->salt.data, population->salt.len), out);
    if (out->count != commit->population_count || out->weight != commit->population_weight ||
        !record_data_equal(commit->population_hash, record_data(&hash))) {
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "detached", "3.2", NULL,
                                                      "not the population committed to"});
    }
    return JUDGE_OK;
}

static enum judgement check_list(struct drawing *in)
{
    const uint32_t size = in->record->commit->size;
    struct rule_context *context = in->engaging.context;
    struct sample_population population;
    struct hash opening;
    struct hash hash;
    char hex[2 * HASH_SIZE + 1];
    enum judgement judgement = population_read(&population, in);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    uint32_t *picked = arena_alloc(context->arena, size * sizeof *picked);
    if (picked == NULL || !record_hash(&opening, in->draw->opening)) {
        return refusal_of_world(in->engaging.detail, ERR_MEMORY);
    }
    sample_seed(&in->seed, &opening, &in->seed_block);
    const enum err err = assurance_sample(picked, &in->seed, &population, size, context->arena);
    if (err != OK) {
        return refusal_of_world(in->engaging.detail, err);
    }
    sample_list_hash(&hash, &population, picked, size);
    if (!record_data_equal(in->draw->list_hash, record_data(&hash))) {
        hex_encode(hex, hash_bytes(&hash));
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_TOTAL, "list_hash", "3.2", hex,
                                              "not the list that the seed draws"});
    }
    return JUDGE_OK;
}

/* --- the draw ----------------------------------------------------------------------------------
 */

static enum judgement draw_load(struct drawing *in)
{
    struct rule_context *context = in->engaging.context;
    struct err_detail *detail = in->engaging.detail;
    const struct state_key key =
        record_key_numbered(KEY_AUDIT_SAMPLE, in->draw->engagement, in->draw->number);
    ProtobufCMessage *message = NULL;
    struct hash opening;
    struct hash commitment;
    const enum err err = record_get(&message, &seam__audit_sample_record__descriptor,
                                    context->state, &key, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "number", in->draw->engagement);
    }
    in->record = (Seam__AuditSampleRecord *)message;
    if (in->record->drawn) {
        return refusal_never(detail, (struct refusal){ERR_DUPLICATE, "number", "3.2", NULL,
                                                      "drawn already; nobody draws again"});
    }
    if (in->record->repeated_by != 0) {
        return refusal_never(detail, (struct refusal){ERR_CLOSED, "number", "3.2", NULL,
                                                      "given up: another sample took its place"});
    }
    if (!record_hash(&opening, in->draw->opening)) {
        return refusal_never(detail,
                             (struct refusal){ERR_LENGTH, "opening", "3.2", "32 bytes", NULL});
    }
    sample_commitment(&commitment, &opening);
    if (!record_data_equal(in->record->commit->commitment, record_data(&commitment))) {
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "opening", "3.2", NULL,
                                                      "not what was committed to"});
    }
    return JUDGE_OK;
}

static enum judgement validators_load(struct drawing *in)
{
    struct rule_context *context = in->engaging.context;
    enum err err = view_valset(&in->valset, context->state, context->arena);
    if (err == OK) {
        err = view_validators(&in->validators, context->state, context->arena);
    }
    if (err != OK) {
        return refusal_of_world(in->engaging.detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    valset_hash(&in->valset_hash, &in->valset);
    return JUDGE_OK;
}

enum judgement audit_sample_draw(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail)
{
    struct drawing *in = arena_alloc(context->arena, sizeof *in);
    if (in == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    in->draw = (const Seam__AuditSampleDraw *)payload;
    in->population = (const Seam__AuditPopulation *)detached;
    enum judgement judgement = engaging_load(&in->engaging, context, in->draw->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&in->engaging, TEAM_VERIFIERS);
    }
    enum judgement (*const steps[])(struct drawing *) = {draw_load, validators_load,
                                                         find_seed_block};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && judgement == JUDGE_OK; i++) {
        judgement = steps[i](in);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_final(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_list(in);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    in->record->drawn = true;
    in->record->opening = in->draw->opening;
    in->record->seed = record_data(&in->seed);
    in->record->seed_block = record_data(&in->seed_block);
    in->record->seed_height = in->seed_header.height;
    in->record->list_hash = in->draw->list_hash;
    in->record->draw_height = context->height;
    const struct state_key key =
        record_key_numbered(KEY_AUDIT_SAMPLE, in->draw->engagement, in->draw->number);
    const enum err err = record_put(context, &key, &in->record->base);
    if (err != OK || in->engaging.record->samples_undrawn == 0) {
        return refusal_of_world(detail, err != OK ? err : ERR_CORRUPT);
    }
    in->engaging.record->samples_undrawn--;
    return engaging_put(&in->engaging);
}

void audit_sample_draw_links(struct rule_context *context, const ProtobufCMessage *payload,
                             struct bytes *creates, struct bytes *needs)
{
    const Seam__AuditSampleDraw *in = (const Seam__AuditSampleDraw *)payload;
    const struct state_key key = record_key_numbered(KEY_AUDIT_SAMPLE, in->engagement, in->number);
    (void)creates;
    *needs = record_link(context, &key);
}
