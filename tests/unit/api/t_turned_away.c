/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a platform whose transactions the node had no room for. */
#include "api/retry.h"
#include "tests/unit/api/fake.h"

#include "ledger/codec/base64.h"

#include <time.h>

static const char *batch_json(struct fake *fake, const char *const *persons, size_t count)
{
    static char text[100000];
    static char inner[20000];
    size_t size = (size_t)snprintf(text, sizeof text, "{\"transactions\":[");
    for (size_t i = 0; i < count; i++) {
        const struct chain_tx tx = chain_person(fake->chain, persons[i]);
        base64_write(inner, chain_make(fake->chain, &tx));
        size +=
            (size_t)snprintf(text + size, sizeof text - size, "%s\"%s\"", i > 0 ? "," : "", inner);
    }
    snprintf(text + size, sizeof text - size, "]}");
    return text;
}

#define RUBBISH "this is no JSON"

/* Whoever was turned away and comes at once is not read, however right he is. */
static void who_comes_too_early_is_not_read(void **state)
{
    struct fake *fake = *state;
    static const char *const persons[] = {"p-one", "p-two"};
    fake_set(fake, &fake->full, true);
    struct reply reply = fake_call(fake, MINE_A, "SubmitBatch", batch_json(fake, persons, 2));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"code\":\"100004\"");
    assert_non_null(strstr(reply.headers, "Retry-After: 1"));
    fake_set(fake, &fake->full, false);
    reply = fake_call(fake, MINE_A, "SubmitBatch", RUBBISH);
    assert_reply(reply, 503, "100004");
    assert_has(reply, "not read");
    assert_non_null(strstr(reply.headers, "Retry-After: 1"));
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction", RUBBISH), 503, "100004");
    /* Other platforms, and what is no bulk, are heard. */
    assert_reply(fake_call(fake, MINE_A, "GetStatus", "{}"), 200, "000000");
    assert_reply(fake_call(fake, MINE_A, "RegisterPerson", RUBBISH), 400, "200015");
    assert_reply(fake_call(fake, MINE_B, "SubmitBatch", RUBBISH), 400, "200015");
    /* An answer unread does not make it longer. */
    atomic_fetch_add(&fake->now_ms, RETRY_UNREAD_MS - 1);
    assert_reply(fake_call(fake, MINE_A, "SubmitBatch", RUBBISH), 503, "100004");
    atomic_fetch_add(&fake->now_ms, 1);
    reply = fake_call(fake, MINE_A, "SubmitBatch", batch_json(fake, persons, 2));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"state\":\"FINAL\"");
    assert_null(strstr(reply.headers, "Retry-After"));
}

/* The node says so on its own thread, of one transaction or of the last of several, and what counts
 * is when it said so, not when the others became final. */
static void who_is_turned_away_later_is_so_from_then_on(void **state)
{
    struct fake *fake = *state;
    static const char *const persons[] = {"p-one"};
    fake_set(fake, &fake->full_later, true);
    static char single[20000] = "{\"transaction\":\"";
    const struct chain_tx tx = chain_person(fake->chain, "zhao");
    base64_write(single + strlen(single), chain_make(fake->chain, &tx));
    strcat(single, "\"}");
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction", single), 503, "100004");
    assert_reply(fake_call(fake, MINE_A, "SubmitTransaction", RUBBISH), 503, "100004");
    fake_set(fake, &fake->full_later, false);
    atomic_fetch_add(&fake->now_ms, RETRY_UNREAD_MS);
    /* A queue with one place: the first waits, the second is turned away, time passes. */
    static char request[300000];
    static const char *const both[] = {"p-two", "p-three"};
    fake_set(fake, &fake->stalled, true);
    pthread_mutex_lock(&fake->mutex);
    fake->places = 1;
    pthread_mutex_unlock(&fake->mutex);
    const char *json = batch_json(fake, both, 2);
    const int size = snprintf(request, sizeof request,
                              "POST /api/v1/SubmitBatch HTTP/1.1\r\nHost: a\r\n"
                              "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
                              "Content-Length: %zu\r\n\r\n%s",
                              fake->tokens[MINE_A], strlen(json), json);
    const int fd = client_connect(api_port(fake->api));
    assert_true(client_send(fd, request, (size_t)size));
    int status = 0;
    const struct timespec pause = {.tv_nsec = 100000000};
    for (int tries = 0; status != 503 && tries < 900; tries++) { /* of 1,000 calls a second */
        status = fake_call(fake, MINE_A, "SubmitBatch", RUBBISH).status;
        if (status != 503) {
            (void)nanosleep(&pause, NULL); /* the other call is still on its way to the node */
        }
    }
    assert_int_equal(status, 503);
    atomic_fetch_add(&fake->now_ms, RETRY_UNREAD_MS);
    fake_set(fake, &fake->stalled, false);
    const struct reply reply = client_receive(fd);
    close(fd);
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"state\":\"FINAL\"");
    assert_has(reply, "\"code\":\"100004\"");
    assert_non_null(strstr(reply.headers, "Retry-After: 1"));
    assert_reply(fake_call(fake, MINE_A, "SubmitBatch", batch_json(fake, persons, 1)), 200,
                 "000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_comes_too_early_is_not_read, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(who_is_turned_away_later_is_so_from_then_on, fake_setup,
                                        fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
