/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_QUERY_CASE_STORY_H
#define TESTS_UNIT_QUERY_CASE_STORY_H

/* One whole case on a real chain: a month without coal, a verifier who finds an omission, an
 * opinion, a dispute of mine and verifier, statements, more time, a decision with an effect, its
 * reversal by a panel, publication. Every step is a signed transaction in a block of its own. */

#include "ledger/assurance/dispute_lines.h"
#include "ledger/assurance/finding.h"
#include "ledger/assurance/view.h"
#include "tests/unit/exec/chain_send.h"

#define STORY_EFFECT 5000001 /* g */
#define STORY_HASH "1111111111111111111111111111111111111111111111111111111111111111"

struct story {
    struct arena arena;
    struct chain *chain;
    char rules[2 * HASH_SIZE + 1];
    char account[2 * HASH_SIZE + 1];
    Seam__DisputeLines claims; /* of both claimants, as they were made */
    Seam__DisputeLeaf *leaves[8];
};

/* persons: letters; detached may be NULL. */
static inline void story_send(struct story *story, const char *organisation, const char *persons,
                              const char *name, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached)
{
    const struct rule_row *row = exec_row_by_name(name);
    assert_non_null(row);
    struct chain_tx tx = {.type = row->type, .organisation = organisation, .payload = payload};
    if (detached != NULL) {
        tx.detached = world_pack(story->chain->world, detached);
    }
    (void)chain_send(story->chain, tx, persons);
}

static inline ProtobufCMessage *story_message(struct story *story, const char *name,
                                              const char *json)
{
    const struct rule_row *row = exec_row_by_name(name);
    assert_non_null(row);
    return chain_message(story->chain, row, json);
}

__attribute__((format(printf, 5, 6))) static inline void
story_say(struct story *story, const char *organisation, const char *persons, const char *name,
          const char *format, ...)
{
    char json[4096];
    va_list list;
    va_start(list, format);
    assert_true(vsnprintf(json, sizeof json, format, list) < (int)sizeof json);
    va_end(list);
    story_send(story, organisation, persons, name, story_message(story, name, json), NULL);
}

static inline void story_person(struct story *story, const char *organisation, const char *person,
                                const char *usages)
{
    story_send(story, organisation, "ab", "PERSON_REGISTER",
               &world_person(story->chain->world, person, usages)->base, NULL);
}

/* Publishes and adopts a set of the project; its hash in hex. */
static inline void story_set(struct story *story, char hex[2 * HASH_SIZE + 1], const char *id)
{
    char file[100];
    snprintf(file, sizeof file, "%s.json", id);
    const struct hash hash = chain_adopt(story->chain, file, "2026-01");
    hex_encode(hex, hash_bytes(&hash));
}

static inline void story_account(struct story *story)
{
    const Seam__AccountHead *head = NULL;
    char none[2 * HASH_SIZE + 1];
    char set[2 * HASH_SIZE + 1];
    story_set(story, set, "CN-NDRC-COAL-2014");
    struct hash root;
    merkle_root(&root, NULL, 0);
    hex_encode(none, hash_bytes(&root));
    story_say(story, "mine", "ab", "ACCOUNT_NIL",
              "{\"parameter_set_hash\":\"%s\",\"gwp\":\"IPCC-SAR-100\",\"lines_root\":\"%s\","
              "\"facility\":\"mine-a\","
              "\"kind\":\"UG\",\"period\":"
              "\"2026-01\",\"version\":1,"
              "\"boundary_version\":1,\"state\":\"NIL\",\"reason\":\"holidays\"}",
              set, none);
    assert_int_equal(view_account(&head, chain_state_overlay(story->chain->tip), "mine-a",
                                  "2026-01", &story->arena),
                     OK);
    hex_encode(story->account, bytes_of(head->account_hash.data, head->account_hash.len));
}

#define STORY_DECLARED                                                                             \
    "\"declarations\":[\"FEE_FIXED\",\"NO_EMPLOYMENT\",\"NO_PREPARATION\",\"NO_SALES\","           \
    "\"NO_SHARES\"]"

static inline void story_engagement(struct story *story)
{
    story_say(story, "regulator", "ab", "ACCREDITATION_SET",
              "{\"organisation\":\"verifier\",\"kind\":\"VERIFIER\",\"number\":\"CNAS VB-001\","
              "\"scopes\":[\"UG\"],\"valid_from\":\"2020-01-01\",\"valid_to\":\"2035-12-31\","
              "\"status\":\"ACTIVE\"}");
    story_say(story, "mine", "ab", "ENGAGE_OPEN",
              "{\"engagement\":\"eng-1\",\"client\":\"mine\",\"verifier\":\"verifier\","
              "\"contract_hash\":\"" STORY_HASH "\",\"scope\":[{\"facility\":\"mine-a\","
              "\"from_period\":\"2026-01\",\"to_period\":\"2026-01\"}],\"level\":\"REASONABLE\","
              "\"materiality_bp\":500,\"guide_edition\":\"CETS-VG-01.01-V02-2026\"," STORY_DECLARED
              ",\"parameter_set_hash\":\"%s\"}",
              story->rules);
    story_say(story, "verifier", "ab", "ENGAGE_ACCEPT",
              "{\"engagement\":\"eng-1\",\"contract_hash\":\"" STORY_HASH "\",\"team\":["
              "{\"person\":\"verifier.a\",\"function\":\"LEAD\"},"
              "{\"person\":\"verifier.b\",\"function\":\"APPROVER\"},"
              "{\"person\":\"verifier.c\",\"function\":\"MEMBER\"},"
              "{\"person\":\"verifier.d\",\"function\":\"TECHNICAL_REVIEWER\"}]," STORY_DECLARED
              "}");
}

static inline void story_advance(struct story *story, const char *step, const char *more)
{
    story_say(story, "verifier", "a", "ENGAGE_ADVANCE",
              "{\"engagement\":\"eng-1\",\"step\":\"%s\",\"evidence\":[\"" STORY_HASH "\"]%s}",
              step, more);
}

/* A transaction about finding 1 with words in its detached part. */
static inline void story_finding(struct story *story, const char *organisation, const char *name,
                                 const char *more)
{
    Seam__FindingText text = SEAM__FINDING_TEXT__INIT;
    static uint8_t salt[16] = {5};
    char json[1024];
    char hex[2 * HASH_SIZE + 1];
    struct hash hash;
    text.salt = (ProtobufCBinaryData){16, salt};
    text.text = (char *)"a boiler was left out";
    finding_text_hash(&hash, &text);
    hex_encode(hex, hash_bytes(&hash));
    snprintf(json, sizeof json, "{\"engagement\":\"eng-1\",\"number\":1,\"text_hash\":\"%s\"%s}",
             hex, more);
    story_send(story, organisation, "a", name, story_message(story, name, json), &text.base);
}

static inline void story_findings(struct story *story)
{
    char more[400];
    snprintf(more, sizeof more,
             ",\"kind\":\"OMISSION\",\"facility\":\"mine-a\",\"period\":\"2026-01\",\"version\":1,"
             "\"category\":\"SCOPE1\",\"effect_g\":%d",
             STORY_EFFECT);
    story_finding(story, "verifier", "FINDING_RAISE", more);
    story_finding(story, "mine", "FINDING_ANSWER", ",\"agrees\":true");
    snprintf(more, sizeof more, ",\"verdict\":\"ACCEPT\",\"effect_g\":%d", STORY_EFFECT);
    story_finding(story, "verifier", "FINDING_CLOSE", more);
    story_finding(story, "verifier", "FINDING_CLOSE",
                  ",\"verdict\":\"CLOSE\",\"resolution\":\"ADJUSTED\"");
}

static inline void story_verification(struct story *story)
{
    static const char *const names[] = {"BASIC_DATA", "BOUNDARY",     "METHOD",
                                        "DATA",       "QUALITY_PLAN", "QA_FILING"};
    char sections[1024] = ",\"sections\":[";
    for (size_t i = 0; i < 6; i++) {
        const size_t size = strlen(sections);
        snprintf(sections + size, sizeof sections - size,
                 "%s{\"section\":\"%s\",\"hash\":\"" STORY_HASH "\"}", i > 0 ? "," : "", names[i]);
    }
    strcat(sections, "]");
    story_advance(story, "PLANNED", "");
    story_advance(story, "DOC_REVIEW", sections);
    story_say(story, "verifier", "c", "RECOMPUTE",
              "{\"engagement\":\"eng-1\",\"facility\":\"mine-a\",\"period\":\"2026-01\","
              "\"version\":1,\"account_hash\":\"%s\",\"inputs_hash\":\"" STORY_HASH "\","
              "\"parameter_set_hash\":\"" STORY_HASH "\",\"outcome\":\"DIFFERENT\","
              "\"differences\":1,\"difference_hash\":\"" STORY_HASH "\","
              "\"lines\":[{\"category\":\"SCOPE1\",\"difference_g\":%d}],"
              "\"result_hash\":\"" STORY_HASH "\"}",
              story->account, STORY_EFFECT);
    story_findings(story);
    story_advance(story, "SITE", ",\"persons\":[\"verifier.a\",\"verifier.c\"]");
    story_advance(story, "REPORT_DRAFT", "");
    story_say(story, "verifier", "d", "ENGAGE_REVIEW",
              "{\"engagement\":\"eng-1\",\"verdict\":\"PASS\",\"report_hash\":\"" STORY_HASH "\"}");
    story_say(story, "verifier", "abcd", "OPINION_ISSUE",
              "{\"opinion\":\"op-1\",\"engagement\":\"eng-1\",\"type\":\"MODIFIED\","
              "\"report_hash\":\"" STORY_HASH "\",\"subjects\":[{\"facility\":\"mine-a\","
              "\"period\":\"2026-01\",\"version\":1,\"account_hash\":\"%s\","
              "\"recompute_hash\":\"" STORY_HASH "\",\"verified\":{\"scope1_g\":%d,\"gross_g\":%d,"
              "\"net_g\":%d}}]}",
              story->account, STORY_EFFECT, STORY_EFFECT, STORY_EFFECT);
}

/* --- the dispute ------------------------------------------------------------------------------ */

static inline Seam__DisputeLeaf *story_leaf(struct story *story, const ProtobufCMessage *content,
                                            uint8_t salt)
{
    Seam__DisputeLeaf *leaf = world_alloc(story->chain->world, sizeof *leaf);
    const struct bytes packed = world_pack(story->chain->world, content);
    seam__dispute_leaf__init(leaf);
    leaf->salt = (ProtobufCBinaryData){16, world_alloc(story->chain->world, 16)};
    memset(leaf->salt.data, salt, 16);
    leaf->content = (ProtobufCBinaryData){packed.size, (uint8_t *)(uintptr_t)packed.data};
    return leaf;
}

static inline ProtobufCBinaryData story_root(struct story *story, const char *tag,
                                             const Seam__DisputeLines *lines)
{
    struct hash *root = world_alloc(story->chain->world, sizeof *root);
    assert_int_equal(dispute_lines_root(root, tag, lines, &story->arena), OK);
    return (ProtobufCBinaryData){HASH_SIZE, root->bytes};
}

static inline Seam__DisputeLeaf *story_claim(struct story *story, int64_t claimed_g, uint8_t salt)
{
    Seam__DisputeClaim claim = SEAM__DISPUTE_CLAIM__INIT;
    claim.category = (char *)"SCOPE1";
    claim.stated_g = STORY_EFFECT;
    claim.claimed_g = claimed_g;
    claim.reason = (char *)"the boiler stood still";
    return story_leaf(story, &claim.base, salt);
}

static inline void story_claims(struct story *story)
{
    Seam__DisputeOpen *open = (Seam__DisputeOpen *)story_message(
        story, "DISPUTE_OPEN",
        "{\"dispute\":\"d-1\",\"facility\":\"mine-a\",\"period\":\"2026-01\",\"version\":1,"
        "\"claim_count\":1,\"disputed_g\":5000001,\"relief\":\"CONFIRM_REPORTED\","
        "\"reason\":\"no coal was burnt\"}");
    Seam__DisputeJoin *join = (Seam__DisputeJoin *)story_message(
        story, "DISPUTE_JOIN",
        "{\"dispute\":\"d-1\",\"claim_count\":1,\"disputed_g\":999,\"relief\":\"THIRD_VALUE\","
        "\"reason\":\"more was burnt\"}");
    Seam__DisputeLines lines = SEAM__DISPUTE_LINES__INIT;
    struct hash hash;
    uint8_t *account = world_alloc(story->chain->world, HASH_SIZE);
    uint8_t *rules = world_alloc(story->chain->world, HASH_SIZE);
    assert_true(hex_decode(hash.bytes, HASH_SIZE, bytes_text(story->account)));
    memcpy(account, hash.bytes, HASH_SIZE);
    assert_true(hex_decode(hash.bytes, HASH_SIZE, bytes_text(story->rules)));
    memcpy(rules, hash.bytes, HASH_SIZE);
    open->account_hash = (ProtobufCBinaryData){HASH_SIZE, account};
    open->parameter_set_hash = (ProtobufCBinaryData){HASH_SIZE, rules};
    seam__dispute_lines__init(&story->claims);
    story->claims.lines = story->leaves;
    story->leaves[0] = story_claim(story, 0, 1);
    story->leaves[1] = story_claim(story, STORY_EFFECT + 999, 2);
    story->claims.n_lines = 2;
    lines.n_lines = 1;
    lines.lines = &story->leaves[0];
    open->claims_root = story_root(story, TAG_DISPUTE_CLAIM, &lines);
    story_send(story, "mine", "ab", "DISPUTE_OPEN", &open->base, &lines.base);
    lines.lines = &story->leaves[1];
    join->claims_root = story_root(story, TAG_DISPUTE_CLAIM, &lines);
    story_send(story, "verifier", "ab", "DISPUTE_JOIN", &join->base, &lines.base);
}

/* Both claims are about one total: one value for both. */
static inline void story_decide(struct story *story, uint32_t number, const char *persons,
                                const char *outcome, int64_t value_g)
{
    Seam__DisputeDecide decide = SEAM__DISPUTE_DECIDE__INIT;
    Seam__DisputeLines lines = SEAM__DISPUTE_LINES__INIT;
    Seam__CategoryTotals totals = SEAM__CATEGORY_TOTALS__INIT;
    Seam__EffectOrder order = SEAM__EFFECT_ORDER__INIT;
    Seam__EffectOrder *orders[] = {&order};
    Seam__DisputeLeaf *leaves[2];
    for (uint32_t i = 0; i < 2; i++) {
        Seam__DecisionLine line = SEAM__DECISION_LINE__INIT;
        line.claim = i + 1;
        line.outcome = (char *)(uintptr_t)outcome;
        line.value_g = value_g;
        line.change_g = i == 0 ? value_g - STORY_EFFECT : 0;
        line.reason = (char *)"as measured";
        leaves[i] = story_leaf(story, &line.base, (uint8_t)(10 * number + i));
    }
    lines.n_lines = 2;
    lines.lines = leaves;
    lines.n_claims = 2;
    lines.claims = story->leaves;
    totals.scope1_g = totals.gross_g = totals.net_g = value_g;
    order.claim = 1;
    order.kind = (char *)"RECOVER";
    order.decided_g = value_g;
    order.rate = (char *)"1";
    order.tonnes = 5;
    order.year = 2026;
    decide.dispute = (char *)"d-1";
    decide.decision = number;
    decide.line_count = 2;
    decide.lines_root = story_root(story, TAG_DECISION_LINE, &lines);
    decide.decided = &totals;
    decide.reason = (char *)"the log book was read";
    decide.effects = orders;
    decide.n_effects = value_g == 0 ? 0 : 1;
    story_send(story, "regulator", persons, "DISPUTE_DECIDE", &decide.base, &lines.base);
}

static inline void story_publish(struct story *story)
{
    Seam__DisputePublish publish = SEAM__DISPUTE_PUBLISH__INIT;
    Seam__ShownLine shown = SEAM__SHOWN_LINE__INIT;
    Seam__ShownLine *list[] = {&shown};
    shown.list = (char *)"CLAIMS";
    shown.part = 2;
    shown.leaf = story->leaves[1]; /* alone below its root: no path */
    publish.dispute = (char *)"d-1";
    publish.summary = (char *)"The reported amount stands.";
    publish.shown = list;
    publish.n_shown = 1;
    story_send(story, "regulator", "ab", "DISPUTE_PUBLISH", &publish.base, NULL);
}

static inline void story_dispute(struct story *story)
{
    story_claims(story);
    story_say(story, "mine", "ab", "STATEMENT_FILE",
              "{\"dispute\":\"d-1\",\"visibility\":\"PUBLIC\",\"text\":\"No coal was burnt.\","
              "\"evidence\":[\"" STORY_HASH "\"]}");
    story_say(story, "verifier", "ab", "STATEMENT_FILE",
              "{\"dispute\":\"d-1\",\"visibility\":\"SEALED\",\"ciphertext_hash\":\"" STORY_HASH
              "\",\"ciphertext_size\":99}");
    story_say(story, "regulator", "ab", "DISPUTE_EXTEND",
              "{\"dispute\":\"d-1\",\"deadline\":\"DECISION\",\"working_days\":2,"
              "\"reason\":\"the log book is read\"}");
    story_decide(story, 1, "ab", "CONFIRM_VERIFIED", STORY_EFFECT);
    story_say(story, "mine", "ab", "DISPUTE_APPEAL",
              "{\"dispute\":\"d-1\",\"grounds\":\"it was another boiler\"}");
    story_say(
        story, "regulator", "ab", "DISPUTE_PANEL",
        "{\"dispute\":\"d-1\",\"persons\":[\"regulator.a\",\"regulator.b\",\"regulator.c\"]}");
    story_decide(story, 2, "ac", "CONFIRM_REPORTED", 0);
    story_publish(story);
}

static inline void story_tell(struct story *story, struct chain *chain)
{
    memset(story, 0, sizeof *story);
    story->chain = chain;
    arena_init(&story->arena, (size_t)3 << 30);
    story_person(story, "verifier", "verifier.c", "submit");
    story_person(story, "verifier", "verifier.d", "approve");
    story_person(story, "regulator", "regulator.c", "officer");
    story_set(story, story->rules, "VERIFICATION-RULES-1");
    story_account(story);
    story_engagement(story);
    story_verification(story);
    story_dispute(story);
}

#endif
