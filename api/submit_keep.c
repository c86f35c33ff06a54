/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's work on drafts that both persons signed: every few seconds it looks what the ledger
 * has, submits again what was forgotten, and writes down what was refused. */

#include "api/submit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_MAX 64 /* drafts changed in one round */

/* What became of a draft that was submitted again. Two hold it, the keeper and the node's answer;
 * the second to let go frees it, so an answer may come after the interface is gone. */
struct submit_asked {
    struct submit_asked *next; /* the keeper's */
    uint8_t draft[DRAFT_ID_SIZE];
    enum err err; /* once answered: OK unless refused */
    atomic_int state;
};

enum { ASKED_WAITS, ASKED_ANSWERED, ASKED_ABANDONED };

struct round {
    struct api *api;
    struct query *query;
    uint64_t now_ms;
    size_t count;
    uint8_t drop[ROUND_MAX][DRAFT_ID_SIZE];
};

static void on_asked(void *arg, const struct api_answer *answer)
{
    struct submit_asked *asked = arg;
    const bool refused = answer->outcome == API_REFUSED || answer->outcome == API_DROPPED;
    asked->err = refused ? answer->detail.err : OK;
    if (atomic_exchange(&asked->state, ASKED_ANSWERED) == ASKED_ABANDONED) {
        free(asked);
    }
}

static void abandon(struct submit_asked *asked)
{
    if (atomic_exchange(&asked->state, ASKED_ABANDONED) == ASKED_ANSWERED) {
        free(asked);
    }
}

void submit_forget(struct api *api)
{
    struct submit_asked *next = NULL;
    for (struct submit_asked *asked = api->asked; asked != NULL; asked = next) {
        next = asked->next;
        abandon(asked);
    }
    api->asked = NULL;
}

/* A draft under way that can never pass says so, as if its second person had still been waiting. */
static void fail_draft(struct api *api, uint64_t now_ms, struct bytes id, enum err why)
{
    struct arena arena;
    Seam__Draft *draft = NULL;
    arena_init(&arena, 8 * LIMIT_TX);
    if (draft_get(&draft, api->drafts, id, now_ms, &arena) == OK &&
        strcmp(draft->state, "SUBMITTED") == 0) {
        draft->state = (char *)"FAILED";
        draft->notice = (char *)(uintptr_t)err_name(why);
        (void)!draft_put(api->drafts, draft); /* the next round asks again */
    }
    arena_free(&arena);
}

/* With the box locked: takes in the answers to what the rounds before submitted again. */
static void take_answers(struct api *api, uint64_t now_ms)
{
    struct submit_asked **link = &api->asked;
    while (*link != NULL) {
        struct submit_asked *asked = *link;
        if (atomic_load(&asked->state) != ASKED_ANSWERED) {
            link = &asked->next;
            continue;
        }
        const enum err err = asked->err;
        /* A duplicate is in the ledger, which the round itself sees; the rest may pass later. */
        if (err != OK && err != ERR_DUPLICATE && !submit_passes_later(err)) {
            fail_draft(api, now_ms, bytes_of(asked->draft, DRAFT_ID_SIZE), err);
        }
        *link = asked->next;
        abandon(asked);
    }
}

static bool is_asked(const struct api *api, const Seam__Draft *draft)
{
    for (const struct submit_asked *asked = api->asked; asked != NULL; asked = asked->next) {
        if (memcmp(asked->draft, draft->id.data, DRAFT_ID_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static void resubmit(struct round *round, const Seam__Draft *draft, const struct hash *tx_id)
{
    const struct api_node *node = round->api->node;
    char why[API_WHY_SIZE];
    struct arena arena;
    struct bytes raw;
    if (is_asked(round->api, draft) || node->pending(node->context, tx_id, why)) {
        return;
    }
    struct submit_asked *asked = calloc(1, sizeof *asked);
    if (asked == NULL) {
        return;
    }
    memcpy(asked->draft, draft->id.data, DRAFT_ID_SIZE);
    arena_init(&arena, 4 * LIMIT_TX);
    if (draft_raw(&raw, draft, &arena) == OK &&
        node->submit(node->context, raw, false, on_asked, asked) == OK) {
        asked->next = round->api->asked;
        round->api->asked = asked;
    } else {
        free(asked);
    }
    arena_free(&arena);
}

static bool look_at(void *context, const Seam__Draft *draft)
{
    struct round *round = context;
    bool drop = draft->valid_until_ms < round->now_ms;
    if (drop) {
        round->api->node->log(round->api->node->context,
                              "a draft was dropped because its time has passed");
    } else if (strcmp(draft->state, "SUBMITTED") == 0 && draft->tx_id.len == HASH_SIZE) {
        struct arena arena;
        struct hash tx_id;
        struct query_tx found;
        memcpy(tx_id.bytes, draft->tx_id.data, HASH_SIZE);
        arena_init(&arena, 8 * LIMIT_TX);
        drop = query_tx(&found, round->query, &tx_id, &arena) == OK;
        arena_free(&arena);
        if (!drop) {
            resubmit(round, draft, &tx_id);
        }
    }
    if (drop) {
        memcpy(round->drop[round->count++], draft->id.data, DRAFT_ID_SIZE);
    }
    return round->count < ROUND_MAX;
}

void submit_drafts(struct api *api, uint64_t now_ms)
{
    struct round round = {.api = api, .now_ms = now_ms};
    if (api->node->query(api->node->context, &round.query, QUERY_NEWEST) != OK) {
        return;
    }
    draft_lock(api->drafts);
    take_answers(api, now_ms);
    const enum err err = draft_each(api->drafts, look_at, &round);
    for (size_t i = 0; i < round.count && err == OK; i++) {
        (void)!draft_drop(api->drafts, bytes_of(round.drop[i], DRAFT_ID_SIZE));
    }
    draft_unlock(api->drafts);
    query_close(round.query);
}
