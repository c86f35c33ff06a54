/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that wait for the node. A wait outlives its call: the node's answers may come after the
 * call ended by time or the interface stopped, so it has a lock and a count of its own and touches
 * nothing else once its call is gone. Whoever takes the call out of a wait, under its lock, is the
 * one who finishes it. */

#include "api/wait.h"

#include "ledger/codec/json_out_errors.h"
#include "ledger/codec/message.h"
#include "ledger/proto/tx.pb-c.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_SLACK_MS 1000
#define FIRST_ARENA (2 * LIMIT_BLOCK_BODY + 16 * LIMIT_TX)

struct item {
    struct wait *wait;
    bool answered;
    struct api_answer answer; /* receipt points to copy */
    uint8_t *receipt;
};

struct wait {
    struct wait *next; /* list and link under the api's mutex */
    struct wait **link;
    struct api *api;
    pthread_mutex_t mutex;
    struct call *call; /* NULL: taken */
    unsigned references;
    uint64_t deadline_ms;
    size_t platform; /* whose call it is (token_number) */
    bool final;
    bool handing; /* wait_start is not through yet: the call stays */
    struct wait_plan plan;
    size_t left;
    size_t count;
    struct item items[];
};

static void release(struct wait *wait, unsigned references)
{
    pthread_mutex_lock(&wait->mutex);
    assert(wait->references >= references);
    wait->references -= references;
    const bool last = wait->references == 0;
    pthread_mutex_unlock(&wait->mutex);
    if (!last) {
        return;
    }
    for (size_t i = 0; i < wait->count; i++) {
        free(wait->items[i].receipt);
    }
    pthread_mutex_destroy(&wait->mutex);
    free(wait);
}

static void unlink_wait(struct wait *wait)
{
    *wait->link = wait->next;
    if (wait->next != NULL) {
        wait->next->link = wait->link;
    }
}

static const char *outcome_name(enum api_outcome outcome)
{
    switch (outcome) {
    case API_ACCEPTED:
        return "ACCEPTED";
    case API_FINAL:
        return "FINAL";
    case API_REFUSED:
        return "REFUSED";
    case API_DROPPED:
        break;
    }
    return "DROPPED";
}

static void write_receipt(struct json_out *out, struct bytes bytes)
{
    struct arena arena;
    ProtobufCMessage *message = NULL;
    arena_init(&arena, 64 * 1024);
    json_out_key(out, "receipt");
    if (bytes.size > 0 &&
        message_unpack(&message, &seam__receipt__descriptor, bytes, LIMIT_TX, &arena, NULL) == OK) {
        json_out_message(out, message, NULL);
    } else {
        json_out_null(out);
    }
    arena_free(&arena);
}

void wait_write(struct json_out *out, const struct api_answer *answer)
{
    json_out_field_text(out, "state", outcome_name(answer->outcome));
    json_out_field_hash(out, "transaction", &answer->tx_id);
    json_out_field_bool(out, "duplicate", answer->duplicate);
    if (answer->outcome == API_FINAL) {
        json_out_field_uint(out, "height", answer->height);
        json_out_field_uint(out, "index", answer->index);
        json_out_field_hash(out, "block", &answer->block_id);
        json_out_field_time(out, "time", answer->time_ms);
        write_receipt(out, answer->receipt);
    }
    if (answer->outcome == API_ACCEPTED) {
        json_out_field_text(out, "notice",
                            "in the pool of this node; not an acknowledgement, only FINAL is");
    }
}

static void write_note(const struct wait *wait, struct json_out *out)
{
    if (wait->plan.note_key != NULL) {
        json_out_key(out, wait->plan.note_key);
        json_out_raw(out, wait->plan.note);
    }
}

static void write_results(struct wait *wait, struct json_out *out)
{
    json_out_object(out);
    json_out_field_array(out, "results");
    for (size_t i = 0; i < wait->count; i++) {
        const struct item *item = &wait->items[i];
        json_out_object(out);
        if (wait->plan.rows != NULL) {
            json_out_field_uint(out, "row", wait->plan.rows[i]);
        }
        wait_write(out, &item->answer);
        if (item->answer.detail.err != OK) {
            json_out_field_text(out, "code", err_code(item->answer.detail.err));
            json_out_key(out, "error");
            json_out_detail(out, &item->answer.detail);
        }
        json_out_end(out);
    }
    json_out_end(out);
    write_note(wait, out);
    json_out_end(out);
}

/* The same content was final before, under another transaction: its id stands in the refusal, and
 * the answer is the first one's (decision D5). */
static void find_first(const struct api_node *node, struct api_answer *answer)
{
    struct hash tx_id;
    struct query *query = NULL;
    struct query_tx tx;
    struct query_block block;
    struct arena arena;
    if (answer->outcome != API_REFUSED || answer->detail.err != ERR_DUPLICATE ||
        (!hex_decode(tx_id.bytes, HASH_SIZE, bytes_text(answer->detail.hint)) &&
         !hex_decode(tx_id.bytes, HASH_SIZE, bytes_text(answer->detail.limit)))) {
        return;
    }
    if (node->query(node->context, &query, QUERY_NEWEST) != OK) {
        return;
    }
    arena_init(&arena, FIRST_ARENA);
    if (query_tx(&tx, query, &tx_id, &arena) == OK &&
        query_block(&block, query, tx.height, &arena) == OK) {
        *answer = (struct api_answer){.outcome = API_FINAL,
                                      .duplicate = true,
                                      .tx_id = tx_id,
                                      .height = tx.height,
                                      .index = tx.index,
                                      .block_id = block.id,
                                      .time_ms = tx.time_ms};
    }
    arena_free(&arena);
    query_close(query);
}

/* The node takes no more, of this organisation or of anybody. */
static bool no_room(enum err err)
{
    return err == ERR_BUSY || err == ERR_RATE_LIMIT;
}

/* Writes the answer of a call that was taken out of its wait. */
static void finish(struct wait *wait, struct call *call)
{
    const struct api_answer *answer = &wait->items[0].answer;
    for (size_t i = 0; i < wait->count; i++) {
        call->come_back |= no_room(wait->items[i].answer.detail.err);
    }
    for (size_t i = 0; i < wait->count; i++) {
        find_first(wait->api->node, &wait->items[i].answer);
    }
    if (wait->plan.batch) {
        write_results(wait, &call->data);
        call_finish(call, OK);
        return;
    }
    if (wait->plan.settle != NULL) {
        wait->plan.settle(call, wait->plan.draft, answer);
    }
    if (answer->outcome == API_REFUSED || answer->outcome == API_DROPPED) {
        call->detail = answer->detail;
        call_finish(call, answer->detail.err != OK ? answer->detail.err : ERR_INTERNAL);
        return;
    }
    json_out_object(&call->data);
    wait_write(&call->data, answer);
    write_note(wait, &call->data);
    json_out_end(&call->data);
    call_finish(call, OK);
}

/* The list's reference and the call, for whoever got the call. */
static void leave_list(struct wait *wait)
{
    struct api *api = wait->api;
    pthread_mutex_lock(&api->mutex);
    unlink_wait(wait);
    pthread_mutex_unlock(&api->mutex);
}

static void keep_answer(struct item *item, const struct api_answer *answer)
{
    item->answer = *answer;
    item->answer.receipt = (struct bytes){NULL, 0};
    if (answer->receipt.size == 0) {
        return;
    }
    item->receipt = malloc(answer->receipt.size);
    if (item->receipt != NULL) {
        memcpy(item->receipt, answer->receipt.data, answer->receipt.size);
        item->answer.receipt = bytes_of(item->receipt, answer->receipt.size);
    }
}

/* Told when it is refused: the rest of a call may be final seconds later. */
static void note_refusal(struct wait *wait, enum err err)
{
    struct api *api = wait->api;
    if (no_room(err)) {
        retry_told(&api->retry, wait->platform, api->node->now_ms(api->node->context));
    }
}

/* Takes one answer in; gives the call when it was the last one awaited. */
static struct call *take_answer(struct item *item, const struct api_answer *answer)
{
    struct wait *wait = item->wait;
    struct call *call = NULL;
    pthread_mutex_lock(&wait->mutex);
    assert(!item->answered);
    item->answered = true;
    if (wait->call != NULL) { /* else somebody is reading the items already, or the api is gone */
        keep_answer(item, answer);
        note_refusal(wait, answer->detail.err);
    }
    wait->left--;
    if (wait->left == 0) {
        call = wait->call;
        wait->call = NULL;
    }
    pthread_mutex_unlock(&wait->mutex);
    return call;
}

static void on_answer(void *arg, const struct api_answer *answer)
{
    struct item *item = arg;
    struct wait *wait = item->wait;
    struct call *call = take_answer(item, answer);
    if (call == NULL) {
        release(wait, 1);
        return;
    }
    leave_list(wait);
    finish(wait, call);
    release(wait, 2); /* this answer's and the list's */
}

/* What an item says before its answer came. */
static void unanswered(struct item *item, enum err err)
{
    item->answer = (struct api_answer){.outcome = API_DROPPED};
    err_set(&item->answer.detail, err, NULL, NULL, NULL,
            err == ERR_NO_QUORUM ? "the transaction waits in the pool; ask again with the same one"
                                 : "nothing was taken");
}

static struct wait *wait_new(struct call *call, const struct wait_plan *plan, size_t count,
                             bool final)
{
    struct wait *wait = calloc(1, sizeof *wait + count * sizeof wait->items[0]);
    if (wait == NULL || pthread_mutex_init(&wait->mutex, NULL) != 0) {
        free(wait);
        return NULL;
    }
    wait->api = call->api;
    wait->call = call;
    wait->plan = *plan;
    wait->platform = token_number(call->api->tokens, call->caller);
    wait->final = final;
    wait->count = count;
    wait->left = count + 1; /* one for wait_start, so that nobody finishes while it hands over */
    wait->handing = true;
    wait->references = (unsigned)count + 2;
    wait->deadline_ms = call->started_ms + call->api->config.wait_ms;
    for (size_t i = 0; i < count; i++) {
        wait->items[i].wait = wait;
        unanswered(&wait->items[i], ERR_NO_QUORUM);
    }
    return wait;
}

/* Hands item i over; an item the node does not take is answered here. */
static void hand_over(struct wait *wait, const struct api_node *node, size_t i, struct bytes raw)
{
    struct item *item = &wait->items[i];
    const enum err err = node->submit(node->context, raw, wait->final, on_answer, item);
    if (err == OK) {
        return;
    }
    note_refusal(wait, err);
    pthread_mutex_lock(&wait->mutex);
    unanswered(item, err);
    item->answer.outcome = API_REFUSED;
    item->answered = true;
    wait->left--;
    pthread_mutex_unlock(&wait->mutex);
    release(wait, 1);
}

enum err wait_start(struct call *call, const struct wait_plan *plan, const struct bytes *raws,
                    size_t count, bool final)
{
    assert(count > 0);
    struct api *api = call->api;
    struct wait *wait = wait_new(call, plan, count, final);
    if (wait == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    *call->later = true;
    pthread_mutex_lock(&api->mutex);
    wait->next = api->waits;
    wait->link = &api->waits;
    if (wait->next != NULL) {
        wait->next->link = &wait->next;
    }
    api->waits = wait;
    pthread_mutex_unlock(&api->mutex);
    for (size_t i = 0; i < count; i++) {
        hand_over(wait, api->node, i, raws[i]);
    }
    pthread_mutex_lock(&wait->mutex);
    wait->left--;
    wait->handing = false;
    struct call *mine = NULL;
    if (wait->left == 0) {
        mine = wait->call;
        wait->call = NULL;
    }
    pthread_mutex_unlock(&wait->mutex);
    if (mine != NULL) {
        leave_list(wait);
        finish(wait, mine);
        release(wait, 2);
    } else {
        release(wait, 1);
    }
    return OK;
}

/* The first wait whose time has come, out of the list, with its call. */
static struct wait *next_expired(struct api *api, uint64_t now_ms, bool all, struct call **call)
{
    struct wait *found = NULL;
    pthread_mutex_lock(&api->mutex);
    for (struct wait *wait = api->waits; wait != NULL && found == NULL; wait = wait->next) {
        pthread_mutex_lock(&wait->mutex);
        /* A deadline further away than the longest wait: the clock was set back. */
        const bool over = now_ms > wait->deadline_ms ||
                          wait->deadline_ms - now_ms > api->config.wait_ms + CLOCK_SLACK_MS;
        if (wait->call != NULL && !wait->handing && (all || over)) {
            *call = wait->call;
            wait->call = NULL;
            found = wait;
        }
        pthread_mutex_unlock(&wait->mutex);
    }
    if (found != NULL) {
        unlink_wait(found);
    }
    pthread_mutex_unlock(&api->mutex);
    return found;
}

void wait_expire(struct api *api, uint64_t now_ms, bool all)
{
    struct call *call = NULL;
    for (struct wait *wait = next_expired(api, now_ms, all, &call); wait != NULL;
         wait = next_expired(api, now_ms, all, &call)) {
        pthread_mutex_lock(&wait->mutex);
        for (size_t i = 0; i < wait->count && all; i++) {
            if (!wait->items[i].answered) {
                unanswered(&wait->items[i], ERR_BUSY);
            }
        }
        pthread_mutex_unlock(&wait->mutex);
        finish(wait, call);
        release(wait, 1);
    }
}
