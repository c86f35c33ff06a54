/* SPDX-License-Identifier: Apache-2.0 */
/* Writes, drafts and reads over a chain in memory. */
#include "api/retry.h"
#include "tests/unit/api/fake.h"

#include "ledger/accounting/set.h"
#include "ledger/codec/base64.h"

#define PERSON "{\"person\":\"li\",\"keys\":[{\"public_key\":\"%s\",\"usages\":[\"submit\"]}]}"

static const char *person_json(const char *key)
{
    static char text[512];
    char hex[65];
    const struct sign_key made = world_key(key);
    hex_encode(hex, bytes_of(made.public_key, 32));
    snprintf(text, sizeof text, PERSON, hex);
    return text;
}

static const char *draft_json(const struct reply *reply, const char *more)
{
    static char text[300];
    char id[64];
    fake_field(id, sizeof id, reply->body, "draft");
    snprintf(text, sizeof text, "{\"draft\":\"%s\"%s}", id, more);
    return text;
}

/* --- signed elsewhere --------------------------------------------------------------------------*/

static const char *transaction_json(struct bytes raw, bool hex, const char *wait)
{
    static char text[200000];
    static char inner[150000];
    if (hex) {
        hex_encode(inner, raw);
    } else {
        base64_write(inner, raw);
    }
    snprintf(text, sizeof text, "{\"transaction\":\"%s\"%s}", inner, wait);
    return text;
}

static void takes_transactions_signed_elsewhere(void **state)
{
    struct fake *fake = *state;
    const struct chain_tx tx = chain_person(fake->chain, "zhao");
    const struct bytes raw = chain_make(fake->chain, &tx);
    struct reply reply =
        fake_call(fake, VERIFIER_A, "SubmitTransaction", transaction_json(raw, false, ""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"state\":\"FINAL\"");
    assert_has(reply, "\"duplicate\":false");
    assert_has(reply, "\"height\":1,");
    char id[80];
    fake_field(id, sizeof id, reply.body, "transaction");
    reply = fake_call(fake, MINE_A, "SubmitTransaction", transaction_json(raw, true, ""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"duplicate\":true");
    char json[120];
    snprintf(json, sizeof json, "{\"transaction\":\"%s\"}", id);
    reply = fake_call(fake, MINE_READER, "GetTransaction", json);
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"name\":\"PERSON_REGISTER\"");
    assert_has(reply, "\"person\":\"zhao\"");
    reply = fake_call(fake, MINE_READER, "GetBlock", "{\"height\":1}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"person\":\"zhao\"");
    assert_reply(fake_call(fake, MINE_READER, "GetBlock", "{\"height\":2}"), 404, "200017");
    id[0] = id[0] == '0' ? '1' : '0';
    snprintf(json, sizeof json, "{\"transaction\":\"%s\"}", id);
    assert_reply(fake_call(fake, MINE_READER, "GetTransaction", json), 404, "200017");
}

/* Decision D5: the same idempotency key with the same content, in another transaction. */
static void answers_the_same_content_with_the_first_result(void **state)
{
    struct fake *fake = *state;
    struct chain_tx tx = chain_person(fake->chain, "zhao");
    tx.idempotency_key = "erp-1";
    char first[80];
    struct reply reply = fake_call(fake, MINE_A, "SubmitTransaction",
                                   transaction_json(chain_make(fake->chain, &tx), false, ""));
    assert_reply(reply, 200, "000000");
    fake_field(first, sizeof first, reply.body, "transaction");
    tx.valid_until_ms += 1000;
    reply = fake_call(fake, MINE_A, "SubmitTransaction",
                      transaction_json(chain_make(fake->chain, &tx), false, ""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"duplicate\":true");
    assert_has(reply, first);
    struct chain_tx other = chain_person(fake->chain, "qian");
    other.idempotency_key = "erp-1";
    reply = fake_call(fake, MINE_A, "SubmitTransaction",
                      transaction_json(chain_make(fake->chain, &other), false, ""));
    assert_reply(reply, 409, "303001");
}

static void refuses_bad_transactions(void **state)
{
    struct fake *fake = *state;
    const struct chain_tx tx = chain_person(fake->chain, "zhao");
    struct bytes raw = chain_make(fake->chain, &tx);
    uint8_t *bytes = malloc(raw.size);
    memcpy(bytes, raw.data, raw.size);
    bytes[raw.size - 1] ^= 1; /* a bit of the last signature */
    const struct bytes changed = {bytes, raw.size};
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction", transaction_json(changed, false, "")),
                 401, "302006");
    const struct bytes shorter = {raw.data, raw.size - 1};
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction", transaction_json(shorter, false, "")),
                 400, "200015");
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction", "{\"transaction\":\"Cg==x\"}"), 400,
                 "200015");
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction", "{\"transaction\":\"\"}"), 400,
                 "200001");
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction", "{\"transaction\":1}"), 400,
                 "200002");
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction",
                           transaction_json(raw, false, ",\"wait\":\"soon\"")),
                 400, "200004");
    free(bytes);
}

static void takes_batches(void **state)
{
    struct fake *fake = *state;
    static char json[100000];
    static char inner[20000];
    size_t size = (size_t)snprintf(json, sizeof json, "{\"wait\":\"accepted\",\"transactions\":[");
    static const char *const names[] = {"p-one", "p-two", "p-two"};
    for (size_t i = 0; i < 3; i++) {
        const struct chain_tx tx = chain_person(fake->chain, names[i]);
        base64_write(inner, chain_make(fake->chain, &tx));
        size +=
            (size_t)snprintf(json + size, sizeof json - size, "%s\"%s\"", i > 0 ? "," : "", inner);
    }
    snprintf(json + size, sizeof json - size, ",\"CgA=\"]}");
    const struct reply reply = fake_call(fake, MINE_A, "SubmitBatch", json);
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"results\":[{\"state\":\"ACCEPTED\"");
    assert_has(reply, "not an acknowledgement");
    assert_has(reply, "\"duplicate\":true");
    assert_has(reply, "\"state\":\"REFUSED\"");
    assert_reply(fake_call(fake, MINE_A, "SubmitBatch", "{\"transactions\":[]}"), 400, "200003");
    assert_reply(fake_call(fake, MINE_A, "SubmitBatch", "{\"transactions\":\"x\"}"), 400, "200003");
    assert_reply(fake_call(fake, MINE_A, "SubmitBatch", "{\"transactions\":[1]}"), 400, "200002");
}

/* A clock that is set back an hour does not make a call wait an hour. */
static void waits_end_when_the_clock_goes_back(void **state)
{
    struct fake *fake = *state;
    const struct chain_tx tx = chain_person(fake->chain, "zhao");
    const char *json = transaction_json(chain_make(fake->chain, &tx), false, "");
    static char request[300000];
    fake_set(fake, &fake->stalled, true);
    const int fd = client_connect(api_port(fake->api));
    const int size = snprintf(request, sizeof request,
                              "POST /api/v1/SubmitTransaction HTTP/1.1\r\nHost: a\r\n"
                              "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
                              "Content-Length: %zu\r\n\r\n%s",
                              fake->tokens[MINE_A], strlen(json), json);
    assert_true(client_send(fd, request, (size_t)size));
    bool taken = false;
    while (!taken) {
        pthread_mutex_lock(&fake->mutex);
        taken = fake->job_count > 0;
        pthread_mutex_unlock(&fake->mutex);
        sched_yield();
    }
    atomic_fetch_sub(&fake->now_ms, 3600000);
    const struct reply reply = client_receive(fd);
    close(fd);
    assert_reply(reply, 503, "100003");
    fake_set(fake, &fake->stalled, false);
}

static void says_busy_and_no_quorum(void **state)
{
    struct fake *fake = *state;
    const struct chain_tx tx = chain_person(fake->chain, "zhao");
    const struct bytes raw = chain_make(fake->chain, &tx);
    fake_set(fake, &fake->full, true);
    struct reply reply =
        fake_call(fake, MINE_A, "SubmitTransaction", transaction_json(raw, false, ""));
    assert_reply(reply, 503, "100004");
    assert_non_null(strstr(reply.headers, "Retry-After"));
    fake_set(fake, &fake->full, false);
    atomic_fetch_add(&fake->now_ms, 1000 * RETRY_SECONDS);
    fake_set(fake, &fake->stalled, true);
    /* The clock of the interface is moved past the longest wait while the call hangs. */
    const int fd = client_connect(api_port(fake->api));
    static char request[300000];
    const char *json = transaction_json(raw, false, "");
    const int size = snprintf(request, sizeof request,
                              "POST /api/v1/SubmitTransaction HTTP/1.1\r\nHost: a\r\n"
                              "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
                              "Content-Length: %zu\r\n\r\n%s",
                              fake->tokens[MINE_A], strlen(json), json);
    assert_true(client_send(fd, request, (size_t)size));
    pthread_mutex_lock(&fake->mutex);
    while (fake->job_count == 0) {
        pthread_mutex_unlock(&fake->mutex);
        sched_yield();
        pthread_mutex_lock(&fake->mutex);
    }
    pthread_mutex_unlock(&fake->mutex);
    atomic_fetch_add(&fake->now_ms, 60001);
    reply = client_receive(fd);
    close(fd);
    assert_reply(reply, 503, "100003");
    /* Its late answer finds nobody; asked again, the transaction is there. */
    fake_set(fake, &fake->stalled, false);
    reply = fake_call(fake, MINE_A, "SubmitTransaction", transaction_json(raw, false, ""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"duplicate\":true");
}

static void stops_while_calls_wait(void **state)
{
    struct fake *fake = *state;
    const struct chain_tx tx = chain_person(fake->chain, "zhao");
    const char *json = transaction_json(chain_make(fake->chain, &tx), false, "");
    static char request[300000];
    fake_set(fake, &fake->stalled, true);
    const int fd = client_connect(api_port(fake->api));
    const int size = snprintf(request, sizeof request,
                              "POST /api/v1/SubmitTransaction HTTP/1.1\r\nHost: a\r\n"
                              "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
                              "Content-Length: %zu\r\n\r\n%s",
                              fake->tokens[MINE_A], strlen(json), json);
    assert_true(client_send(fd, request, (size_t)size));
    bool taken = false;
    while (!taken) {
        pthread_mutex_lock(&fake->mutex);
        taken = fake->job_count > 0;
        pthread_mutex_unlock(&fake->mutex);
        sched_yield();
    }
    api_stop(fake->api);
    const struct reply reply = client_receive(fd);
    close(fd);
    assert_true(reply.status == 503 || reply.status == 0);
    fake_start_api(fake);
}

/* --- two persons -------------------------------------------------------------------------------*/

/* Decision D26, from the first signature to the block. */
static void two_persons_sign_a_draft(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_A, "RegisterPerson", person_json("li key"));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"state\":\"AWAITING_SECOND_PERSON\"");
    assert_has(reply, "\"signed\":[\"mine.a\"],\"approvers\":[\"mine.b\"]");
    assert_has(reply, "\"duplicate\":false");
    char get[300];
    char approve[300];
    char tx_id[80];
    snprintf(get, sizeof get, "%s", draft_json(&reply, ""));
    snprintf(approve, sizeof approve, "%s", draft_json(&reply, ",\"wait\":\"final\""));
    fake_field(tx_id, sizeof tx_id, reply.body, "transaction");
    /* the same content again, later, is the same draft */
    atomic_fetch_add(&fake->now_ms, 1000);
    reply = fake_call(fake, MINE_A, "RegisterPerson", person_json("li key"));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"duplicate\":true");
    assert_has(reply, tx_id);
    /* one person is not two; others do not see it */
    assert_reply(fake_call(fake, MINE_A, "ApproveDraft", approve), 403, "303013");
    assert_reply(fake_call(fake, VERIFIER_A, "ApproveDraft", approve), 404, "200017");
    assert_reply(fake_call(fake, VERIFIER_A, "GetDraft", get), 404, "200017");
    assert_reply(fake_call(fake, MINE_READER, "ApproveDraft", approve), 403, "302005");
    reply = fake_call(fake, VERIFIER_A, "ListDrafts", "{}");
    assert_has(reply, "\"data\":{\"drafts\":[]}");
    reply = fake_call(fake, MINE_B, "GetDraft", get);
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"payload\":{\"person\":\"li\"");
    reply = fake_call(fake, MINE_B, "ApproveDraft", approve);
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"state\":\"FINAL\"");
    assert_has(reply, tx_id);
    /* settled: gone */
    assert_reply(fake_call(fake, MINE_B, "GetDraft", get), 404, "200017");
    reply = fake_call(fake, MINE_A, "ListDrafts", "{}");
    assert_has(reply, "\"data\":{\"drafts\":[]}");
}

/* What moves units names itself (decision D5): said before a draft is kept. */
static void what_moves_units_is_named(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_A, "CancelTransfer", "{\"transfer\":\"t-1\"}");
    assert_reply(reply, 400, "200001");
    assert_has(reply, "\"field\":\"idempotency_key\"");
    reply = fake_call(fake, MINE_A, "CancelTransfer",
                      "{\"transfer\":\"t-1\",\"idempotency_key\":\"cancel-1\"}");
    assert_reply(reply, 404, "200017");
}

static void drafts_are_rejected_and_withdrawn(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_A, "RegisterPerson", person_json("li key"));
    char get[300];
    char reject[300];
    snprintf(get, sizeof get, "%s", draft_json(&reply, ""));
    snprintf(reject, sizeof reject, "%s", draft_json(&reply, ",\"reason\":\"wrong key\""));
    assert_reply(fake_call(fake, MINE_B, "RejectDraft", get), 400, "200001");
    assert_reply(fake_call(fake, MINE_B, "WithdrawDraft", get), 403, "302005");
    assert_reply(fake_call(fake, MINE_READER, "RejectDraft", reject), 403, "302005");
    assert_reply(fake_call(fake, VERIFIER_A, "RejectDraft", reject), 404, "200017");
    reply = fake_call(fake, MINE_B, "RejectDraft", reject);
    assert_reply(reply, 200, "000000");
    reply = fake_call(fake, MINE_A, "GetDraft", get);
    assert_has(reply, "\"state\":\"REJECTED\"");
    assert_has(reply, "\"notice\":\"wrong key\"");
    assert_reply(fake_call(fake, MINE_B, "ApproveDraft", get), 409, "303012");
    assert_reply(fake_call(fake, MINE_B, "RejectDraft", reject), 409, "303012");
    /* who made it may send it again */
    reply = fake_call(fake, MINE_A, "RegisterPerson", person_json("li key"));
    assert_has(reply, "\"state\":\"AWAITING_SECOND_PERSON\"");
    reply = fake_call(fake, MINE_A, "WithdrawDraft", get);
    assert_reply(reply, 200, "000000");
    assert_reply(fake_call(fake, MINE_A, "GetDraft", get), 404, "200017");
    assert_reply(fake_call(fake, MINE_A, "GetDraft", "{\"draft\":\"00\"}"), 400, "200003");
}

static void drafts_survive_a_restart_and_end_with_their_time(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_A, "RegisterPerson", person_json("li key"));
    char get[300];
    snprintf(get, sizeof get, "%s", draft_json(&reply, ""));
    api_stop(fake->api);
    fake_start_api(fake);
    reply = fake_call(fake, MINE_B, "GetDraft", get);
    assert_reply(reply, 200, "000000");
    atomic_fetch_add(&fake->now_ms, UINT64_C(7) * 24 * 3600 * 1000 + 1);
    fake_get_tokens(fake);
    assert_reply(fake_call(fake, MINE_B, "GetDraft", get), 404, "200017");
}

/* What both signed is submitted again until the ledger has it, over a restart too (decision D16).
 */
static void a_signed_draft_is_never_forgotten(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_A, "RegisterPerson", person_json("li key"));
    char get[300];
    char tx_id[80];
    char json[120];
    snprintf(get, sizeof get, "%s", draft_json(&reply, ""));
    fake_field(tx_id, sizeof tx_id, reply.body, "transaction");
    snprintf(json, sizeof json, "{\"transaction\":\"%s\"}", tx_id);
    fake_set(fake, &fake->full, true);
    assert_reply(fake_call(fake, MINE_B, "ApproveDraft", get), 503, "100004");
    reply = fake_call(fake, MINE_B, "GetDraft", get);
    assert_has(reply, "\"state\":\"SUBMITTED\"");
    assert_reply(fake_call(fake, MINE_A, "WithdrawDraft", get), 409, "303012");
    api_stop(fake->api);
    fake_set(fake, &fake->full, false);
    fake_start_api(fake);
    int status = 0;
    for (int i = 0; i < 3000 && status != 200; i++) {
        atomic_fetch_add(&fake->now_ms, 10);
        status = fake_call(fake, MINE_A, "GetTransaction", json).status;
    }
    assert_int_equal(status, 200);
    for (int i = 0; i < 3000 && status == 200; i++) {
        atomic_fetch_add(&fake->now_ms, 10);
        status = fake_call(fake, MINE_A, "GetDraft", get).status;
    }
    assert_int_equal(status, 404);
}

/* What would be refused in the block is refused before the second person is asked. */
static void a_draft_with_wrong_fields_is_not_kept(void **state)
{
    struct fake *fake = *state;
    static const struct {
        const char *more;
        const char *code;
    } rows[] = {
        {"\"idempotency_key\":\"a b\"", "200008"},
        {"\"idempotency_key\":\"\xc3\xbc\"", "200008"},
        {"\"idempotency_key\":"
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
         "200008"},
        {"\"wait\":\"maybe\"", "200004"},
        {"\"valid_until\":\"2020-01-01T00:00:00Z\"", "200005"},
    };
    char json[900];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *person = person_json("li key");
        snprintf(json, sizeof json, "%.*s,%s}", (int)strlen(person) - 1, person, rows[i].more);
        const struct reply refused = fake_call(fake, MINE_A, "RegisterPerson", json);
        assert_int_equal(refused.status, 400);
        assert_has(refused, rows[i].code);
    }
    const struct reply reply = fake_call(fake, MINE_A, "ListDrafts", "{}");
    assert_has(reply, "\"drafts\":[]");
}

/* Of two contents that cannot both be, signed while the node was full, one is refused later, when
 * nobody waits any more: its draft says so and can be taken back. */
static void a_draft_refused_later_says_so(void **state)
{
    struct fake *fake = *state;
    char get[2][300];
    fake_set(fake, &fake->full, true);
    for (int i = 0; i < 2; i++) {
        const struct reply reply =
            fake_call(fake, MINE_A, "RegisterPerson", person_json(i == 0 ? "li key" : "li key 2"));
        snprintf(get[i], sizeof get[i], "%s", draft_json(&reply, ""));
        assert_reply(fake_call(fake, MINE_B, "ApproveDraft", get[i]), 503, "100004");
    }
    fake_set(fake, &fake->full, false);
    int gone = 0;
    int failed = 0;
    for (int i = 0; i < 3000 && (gone == 0 || failed == 0); i++) {
        atomic_fetch_add(&fake->now_ms, 10);
        const struct reply reply = fake_call(fake, MINE_A, "GetDraft", get[i % 2]);
        gone += reply.status == 404 ? 1 : 0;
        failed += strstr(reply.body, "\"state\":\"FAILED\"") != NULL ? 1 : 0;
        if (strstr(reply.body, "\"state\":\"FAILED\"") != NULL) {
            assert_has(reply, "\"notice\":\"E_");
            assert_reply(fake_call(fake, MINE_A, "WithdrawDraft", get[i % 2]), 200, "000000");
        }
    }
    assert_true(gone > 0);
    assert_int_equal(failed, 1);
}

static void the_rule_is_asked_before_the_second_person(void **state)
{
    struct fake *fake = *state;
    /* mine.a is a person already */
    struct reply reply = fake_call(
        fake, MINE_A, "RegisterPerson",
        "{\"person\":\"mine.a\",\"keys\":[{\"public_key\":\"00\",\"usages\":[\"submit\"]}]}");
    assert_int_not_equal(reply.status, 200);
    /* a mine does not publish parameter sets */
    reply = fake_call(fake, MINE_A, "PublishParameterSet", "{\"parameter_set\":\"0a\"}");
    assert_reply(reply, 403, "302005");
    reply = fake_call(fake, MINE_A, "ListDrafts", "{}");
    assert_has(reply, "\"data\":{\"drafts\":[]}");
}

static void names_fields_of_payloads(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_A, "RegisterPerson", "{\"persn\":\"li\"}");
    assert_reply(reply, 400, "200013");
    assert_has(reply, "\"field\":\"persn\"");
    reply = fake_call(fake, MINE_A, "RegisterPerson",
                      "{\"person\":\"Li Lei\",\"keys\":[{\"public_key\":\"00\"}],\"name\":7}");
    assert_int_equal(reply.status, 400);
    reply = fake_call(fake, MINE_A, "RegisterPerson",
                      "{\"person\":\"Li Lei\",\"name\":\"a\\nb\",\"keys\":[]}");
    assert_int_equal(reply.status, 400);
    assert_has(reply, "\"field\":\"person\"");
    assert_has(reply, "\"errors\":[");
    assert_reply(fake_call(fake, MINE_READER, "RegisterPerson", person_json("k")), 403, "302005");
    reply = fake_call(fake, MINE_A, "RegisterPerson",
                      "{\"person\":\"li\",\"keys\":[],\"valid_until\":\"tomorrow\"}");
    assert_int_equal(reply.status, 400);
}

/* --- reading -----------------------------------------------------------------------------------*/

static void lists_what_is_registered(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_READER, "ListOrganisations", "{\"count\":2}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"total\":4,\"from\":0,\"organisations\":[{\"organisation\":\"regulator\"");
    assert_has(reply, "\"role_names\":[\"regulator\"]");
    assert_null(strstr(reply.body, "\"verifier\""));
    reply = fake_call(fake, MINE_READER, "ListOrganisations", "{\"from\":3}");
    assert_has(reply, "\"organisation\":\"verifier\"");
    assert_reply(fake_call(fake, MINE_READER, "ListOrganisations", "{\"count\":201}"), 400,
                 "200005");
    assert_reply(fake_call(fake, MINE_READER, "ListOrganisations", "{\"count\":0}"), 400, "200005");
    assert_reply(fake_call(fake, MINE_READER, "ListOrganisations", "{\"at\":99}"), 404, "200017");
    assert_reply(
        fake_call(fake, MINE_READER, "ListOrganisations", "{\"at\":\"2000-01-01T00:00:00Z\"}"), 404,
        "200017");
    assert_reply(
        fake_call(fake, MINE_READER, "ListOrganisations", "{\"at\":\"2099-01-01T00:00:00Z\"}"), 200,
        "000000");
    assert_reply(fake_call(fake, MINE_READER, "ListOrganisations", "{\"at\":\"yesterday\"}"), 400,
                 "200015");
    reply = fake_call(fake, MINE_READER, "ListFacilities", "{\"organisation\":\"mine\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"facility\":\"mine-a\"");
    reply = fake_call(fake, MINE_READER, "GetFacility", "{\"facility\":\"mine-a\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"boundary\":{\"facility\":\"mine-a\"");
    assert_has(reply, "\"head\":null");
    assert_reply(fake_call(fake, MINE_READER, "GetFacility", "{\"facility\":\"mine-b\"}"), 404,
                 "200017");
    reply = fake_call(fake, MINE_READER, "ListParameterSets", "{}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"id\":\"CN-TEST\"");
    assert_reply(fake_call(fake, MINE_READER, "GetAccount",
                           "{\"facility\":\"mine-a\",\"period\":\"2026-01\"}"),
                 404, "200017");
    reply = fake_call(fake, MINE_READER, "ListAccounts", "{\"facility\":\"mine-a\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"accounts\":[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_transactions_signed_elsewhere, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(answers_the_same_content_with_the_first_result, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_transactions, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(takes_batches, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(waits_end_when_the_clock_goes_back, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(says_busy_and_no_quorum, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(stops_while_calls_wait, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(two_persons_sign_a_draft, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(what_moves_units_is_named, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(drafts_are_rejected_and_withdrawn, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(drafts_survive_a_restart_and_end_with_their_time,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_signed_draft_is_never_forgotten, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(a_draft_with_wrong_fields_is_not_kept, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(a_draft_refused_later_says_so, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(the_rule_is_asked_before_the_second_person, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(names_fields_of_payloads, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(lists_what_is_registered, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
