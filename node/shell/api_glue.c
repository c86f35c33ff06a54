/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions travel to the loop as calls and are kept in a list until the node has answered, so
 * that none is forgotten when the node stops. Questions wait for the loop, which never waits for
 * anybody; when the node stops they are answered "no" before the interface's threads are joined. */
#include "node/shell/api_glue.h"

#include "node/shell/upkeep.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/codec/json_out.h"

#define EXPLAIN_SIZE (16 * 1024)
#define AUDIT_ROW_MAX 4096
/* So many views without a final block, and this node is not one to be asked. */
#define STALLED_VIEWS 20
/* So many blocks behind what a peer claims, and its answers would be old. */
#define BEHIND_BLOCKS 16

struct held_key {
    struct hash id;
    struct sign_key key;
};

struct api_glue {
    struct api_node table;
    struct api_glue_setup setup;
    size_t key_count;
    struct held_key keys[API_GLUE_KEYS_MAX];
    struct submission *open; /* with the node, not answered */
    bool closed;
};

struct submission {
    struct call call; /* first */
    struct api_glue *glue;
    struct submission *previous;
    struct submission *next;
    api_answer_fn callback;
    void *arg;
    bool wait;
    bool in_node; /* in the list: the node holds it as an argument */
    size_t size;
    uint8_t raw[];
};

/* --- submissions -------------------------------------------------------------------------------
 */

/* The list is the loop's alone. */
static void link_in(struct submission *submission)
{
    struct api_glue *glue = submission->glue;
    submission->next = glue->open;
    if (glue->open != NULL) {
        glue->open->previous = submission;
    }
    glue->open = submission;
    submission->in_node = true;
}

static void link_out(struct submission *submission)
{
    if (submission->previous != NULL) {
        submission->previous->next = submission->next;
    } else {
        submission->glue->open = submission->next;
    }
    if (submission->next != NULL) {
        submission->next->previous = submission->previous;
    }
}

static void finish(struct submission *submission, const struct api_answer *answer)
{
    if (submission->in_node) {
        link_out(submission);
    }
    submission->callback(submission->arg, answer);
    free(submission);
}

static void finish_dropped(struct submission *submission, enum err err, const char *why)
{
    struct api_answer answer = {.outcome = API_DROPPED};
    err_set(&answer.detail, err, NULL, NULL, NULL, why);
    finish(submission, &answer);
}

static enum api_outcome outcome_of(enum node_answer_state state)
{
    switch (state) {
    case NODE_REFUSED:
        return API_REFUSED;
    case NODE_ACCEPTED:
        return API_ACCEPTED;
    case NODE_FINAL:
        return API_FINAL;
    case NODE_DROPPED:
        return API_DROPPED;
    }
    return API_DROPPED;
}

static void on_answer(void *arg, const struct node_answer *answer)
{
    const struct api_answer out = {
        .outcome = outcome_of(answer->state),
        .duplicate = answer->duplicate,
        .tx_id = answer->tx_id,
        .height = answer->height,
        .index = answer->index,
        .block_id = answer->block_id,
        .time_ms = answer->time_ms,
        .receipt = answer->receipt,
        .detail = answer->detail,
    };
    finish(arg, &out);
}

static void submission_run(struct call *call)
{
    struct submission *submission = (struct submission *)call;
    link_in(submission);
    const enum err err =
        node_submit(submission->glue->setup.node, bytes_of(submission->raw, submission->size),
                    submission->wait, on_answer, submission);
    if (err != OK) {
        finish_dropped(submission, err, "the node takes no more at the moment; try again");
    }
}

static void submission_drop(struct call *call)
{
    finish_dropped((struct submission *)call, ERR_BUSY, "the node stops");
}

static enum err glue_submit(void *context, struct bytes raw, bool wait, api_answer_fn callback,
                            void *arg)
{
    struct api_glue *glue = context;
    if (raw.size == 0 || raw.size > LIMIT_TX) {
        return ERR_TOO_LARGE;
    }
    struct submission *submission = malloc(sizeof(*submission) + raw.size);
    if (submission == NULL) {
        return ERR_MEMORY;
    }
    *submission = (struct submission){
        .call = {.run = submission_run, .drop = submission_drop},
        .glue = glue,
        .callback = callback,
        .arg = arg,
        .wait = wait,
        .size = raw.size,
    };
    memcpy(submission->raw, raw.data, raw.size);
    const enum err err = calls_post(glue->setup.calls, &submission->call);
    if (err != OK) {
        free(submission);
    }
    return err;
}

/* --- questions ---------------------------------------------------------------------------------
 */

struct pending_question {
    struct api_glue *glue;
    const struct hash *tx_id;
    char *why;
    bool found;
};

static void ask_pending(void *context)
{
    struct pending_question *question = context;
    question->found =
        node_pool_find(question->glue->setup.node, question->tx_id, question->why, API_WHY_SIZE);
}

static bool glue_pending(void *context, const struct hash *tx_id, char why[API_WHY_SIZE])
{
    struct api_glue *glue = context;
    struct pending_question question = {.glue = glue, .tx_id = tx_id, .why = why};
    why[0] = '\0';
    return calls_wait(glue->setup.calls, ask_pending, &question) == OK && question.found;
}

static enum err glue_query(void *context, struct query **out, uint64_t height)
{
    const struct api_glue *glue = context;
    return query_open(out, glue->setup.chain, height);
}

static enum err glue_query_time(void *context, struct query **out, uint64_t time_ms)
{
    const struct api_glue *glue = context;
    return query_open_time(out, glue->setup.chain, time_ms);
}

struct status_question {
    struct api_glue *glue;
    struct node_status status;
};

static void ask_status(void *context)
{
    struct status_question *question = context;
    node_status_get(question->glue->setup.node, &question->status);
}

/* NULL when the node stops or memory ends. Freed by the caller. */
static struct status_question *status_get(struct api_glue *glue)
{
    struct status_question *question = calloc(1, sizeof(*question));
    if (question == NULL) {
        return NULL;
    }
    question->glue = glue;
    if (calls_wait(glue->setup.calls, ask_status, question) != OK) {
        free(question);
        return NULL;
    }
    return question;
}

static void write_chain(struct json_out *out, const struct node_status *status)
{
    json_out_field_uint(out, "height", status->height);
    json_out_field_hash(out, "block_id", &status->block_id);
    json_out_field_hash(out, "state_root", &status->state_root);
    json_out_field_time(out, "final_time", status->time_ms);
    json_out_field_uint(out, "final_age_ms", status->final_age_ms);
    json_out_field_uint(out, "epoch", status->epoch);
    json_out_field_uint(out, "view", status->view);
    json_out_field_uint(out, "final_view", status->fin_view);
    json_out_field_uint(out, "leader", status->leader);
    json_out_field_int(out, "validator", status->self);
    json_out_field_bool(out, "voting", status->voting);
    json_out_field_bool(out, "muted", status->muted);
    json_out_field_bool(out, "halted", status->halted);
    json_out_field_bool(out, "syncing", status->syncing);
    json_out_field_text(out, "not_voting", status->not_voting_why);
    json_out_field_uint(out, "views_without_finality", status->views_without_finality);
    json_out_field_uint(out, "pool_transactions", status->pool_count);
    json_out_field_uint(out, "pool_bytes", status->pool_bytes);
    json_out_field_uint(out, "waiting_units", status->waiting_units);
    json_out_field_uint(out, "waiting_bound", status->waiting_bound);
    json_out_field_uint(out, "unfinalised_blocks", status->unfinalised);
    json_out_field_uint(out, "log_bytes", status->log_bytes);
}

/* The text id of an organisation is looked up in the newest state, once for each validator. */
struct names {
    size_t count;
    struct {
        struct hash organisation;
        char text[LIMIT_ID_TEXT + 1];
    } rows[LIMIT_VALIDATORS];
};

static const char *name_of(void *context, const struct hash *organisation)
{
    const struct names *names = context;
    for (size_t i = 0; i < names->count; i++) {
        if (hash_equal(&names->rows[i].organisation, organisation)) {
            return names->rows[i].text;
        }
    }
    return NULL;
}

#define NAMES_LIST_MAX 1000

static void names_fill(struct names *names, struct api_glue *glue, const struct node_status *status)
{
    struct query *query = NULL;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    const Seam__ListEntry *entries[64];
    uint32_t total = 0;
    size_t count = 0;
    if (query_open(&query, glue->setup.chain, QUERY_NEWEST) != OK) {
        arena_free(&arena);
        return;
    }
    for (uint32_t from = 0; from < NAMES_LIST_MAX; from += 64) {
        if (query_list(query, KEY_ORGANISATION, NULL, from, entries, 64, &count, &total, &arena) !=
                OK ||
            count == 0) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            struct hash id;
            id_hash(&id, KEY_ORGANISATION, entries[i]->id);
            for (size_t j = 0; j < status->validator_count; j++) {
                if (names->count < LIMIT_VALIDATORS &&
                    hash_equal(&status->validators[j].organisation, &id) &&
                    name_of(names, &id) == NULL) {
                    names->rows[names->count].organisation = id;
                    snprintf(names->rows[names->count].text, LIMIT_ID_TEXT + 1, "%s",
                             entries[i]->id);
                    names->count++;
                }
            }
        }
    }
    query_close(query);
    arena_free(&arena);
}

static void write_organisation(struct json_out *out, struct names *names,
                               const struct hash *organisation)
{
    const char *text = name_of(names, organisation);
    if (text != NULL) {
        json_out_field_text(out, "organisation", text);
    } else {
        json_out_field_hash(out, "organisation", organisation);
    }
}

static void write_validators(struct json_out *out, const struct node_status *status,
                             struct names *names)
{
    json_out_field_array(out, "validators");
    for (size_t i = 0; i < status->validator_count; i++) {
        const struct node_validator_status *validator = &status->validators[i];
        json_out_object(out);
        json_out_field_uint(out, "index", i);
        write_organisation(out, names, &validator->organisation);
        json_out_field_bool(out, "self", validator->self);
        json_out_field_bool(out, "connected", validator->connected);
        json_out_field_bool(out, "voted", validator->voted);
        json_out_field_uint(out, "missing_ms", validator->missing_ms);
        json_out_field_uint(out, "vote_age_ms", validator->vote_age_ms);
        json_out_field_uint(out, "gone_ms", validator->gone_ms);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_field_array(out, "peers");
    for (size_t i = 0; i < status->peer_count; i++) {
        const struct node_peer_status *peer = &status->peers[i];
        json_out_object(out);
        json_out_field_hex(out, "node_key", bytes_of(peer->node_key, 32));
        json_out_field_int(out, "validator", peer->validator);
        json_out_field_uint(out, "silent_ms", peer->silent_ms);
        json_out_field_text(out, "last", peer->last_kind);
        json_out_field_uint(out, "view", peer->view);
        json_out_field_uint(out, "height", peer->fin_height);
        json_out_field_int(out, "clock_difference_ms", peer->skew_ms);
        json_out_end(out);
    }
    json_out_end(out);
}

static void write_explain(struct json_out *out, const struct node_status *status,
                          struct names *names, struct upkeep *upkeep)
{
    char *text = malloc(EXPLAIN_SIZE);
    json_out_field_array(out, "explain");
    upkeep_explain(upkeep, out);
    if (text != NULL) {
        const size_t size = node_explain(status, text, EXPLAIN_SIZE, name_of, names);
        size_t start = 0;
        for (size_t i = 0; i <= size && i < EXPLAIN_SIZE; i++) {
            if (i == size || text[i] == '\n') {
                if (i > start) {
                    json_out_text_bytes(out, bytes_of(text + start, i - start));
                }
                start = i + 1;
            }
        }
        free(text);
    }
    json_out_end(out);
}

static void glue_status(void *context, struct json_out *out)
{
    struct api_glue *glue = context;
    json_out_field_text(out, "software", glue->setup.software);
    struct status_question *question = status_get(glue);
    struct names *names = calloc(1, sizeof(*names));
    if (question == NULL || names == NULL) {
        json_out_field_text(out, "node", "stops");
    } else {
        names_fill(names, glue, &question->status);
        write_chain(out, &question->status);
        upkeep_write(glue->setup.upkeep, out);
        write_validators(out, &question->status, names);
        write_explain(out, &question->status, names, glue->setup.upkeep);
    }
    free(names);
    free(question);
}

/* A node is ready when its answers are those of the network: it follows, a quorum is in reach, and
 * blocks become final. Its own right to vote is not asked: reading goes on without it. */
static bool judge_ready(const struct node_status *status, char why[API_WHY_SIZE])
{
    uint32_t reachable = 0;
    for (size_t i = 0; i < status->validator_count; i++) {
        reachable += status->validators[i].self || status->validators[i].connected ? 1 : 0;
    }
    if (status->halted) {
        snprintf(why, API_WHY_SIZE, "the node has stopped by itself; see its log");
    } else if (status->validator_count == 0) {
        snprintf(why, API_WHY_SIZE, "the node has not read its chain yet");
    } else if (status->sync_target > status->height + BEHIND_BLOCKS) {
        snprintf(why, API_WHY_SIZE, "catching up: height %llu of %llu",
                 (unsigned long long)status->height, (unsigned long long)status->sync_target);
    } else if (reachable < quorum_size(status->validator_count)) {
        snprintf(why, API_WHY_SIZE, "%u of %u validators in reach, %u needed", reachable,
                 status->validator_count, quorum_size(status->validator_count));
    } else if (status->views_without_finality > STALLED_VIEWS) {
        snprintf(why, API_WHY_SIZE, "no block became final for %llu views",
                 (unsigned long long)status->views_without_finality);
    } else {
        why[0] = '\0';
        return true;
    }
    return false;
}

static bool glue_ready(void *context, char why[API_WHY_SIZE])
{
    struct api_glue *glue = context;
    struct status_question *question = status_get(glue);
    bool ready = false;
    if (question == NULL) {
        snprintf(why, API_WHY_SIZE, "the node stops");
    } else {
        ready = judge_ready(&question->status, why);
    }
    free(question);
    metrics_set(glue->setup.metrics, "seam_node_ready", NULL, ready ? 1 : 0);
    return ready;
}

static enum err glue_metrics(void *context, struct arena *arena, struct bytes *text)
{
    const struct api_glue *glue = context;
    char *page = malloc(METRICS_TEXT_MAX);
    if (page == NULL) {
        return ERR_MEMORY;
    }
    const size_t size = metrics_render(glue->setup.metrics, glue->setup.version, page);
    const bool copied = arena_copy(arena, bytes_of(page, size), text);
    free(page);
    return copied ? OK : ERR_MEMORY;
}

static uint64_t glue_now(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- keys and logs -----------------------------------------------------------------------------
 */

static enum err glue_sign(void *context, const struct hash *key_id, struct bytes message,
                          uint8_t signature[64])
{
    const struct api_glue *glue = context;
    for (size_t i = 0; i < glue->key_count; i++) {
        if (hash_equal(&glue->keys[i].id, key_id)) {
            sign_message(signature, &glue->keys[i].key, message);
            return OK;
        }
    }
    return ERR_KEY;
}

static void glue_audit(void *context, const struct api_call *call)
{
    const struct api_glue *glue = context;
    struct json_out out;
    json_out_init(&out, JSON_OUT_COMPACT, AUDIT_ROW_MAX);
    json_out_object(&out);
    json_out_field_time(&out, "time", call->time_ms);
    json_out_field_uint(&out, "request", call->request);
    json_out_field_text(&out, "address", call->address);
    json_out_field_text(&out, "platkey", call->platkey);
    json_out_field_text(&out, "organisation", call->organisation);
    json_out_field_text(&out, "interface", call->interface);
    json_out_field_text(&out, "code", call->code);
    json_out_field_text(&out, "error", call->error);
    json_out_field_int(&out, "status", call->status);
    json_out_field_uint(&out, "duration_ms", call->duration_ms);
    json_out_field_uint(&out, "bytes_in", call->bytes_in);
    json_out_field_uint(&out, "bytes_out", call->bytes_out);
    json_out_end(&out);
    struct bytes text;
    if (json_out_finish(&out, &text) == OK) {
        audit_put(glue->setup.audit, call->time_ms, call->request, text);
    } else {
        metrics_add(glue->setup.metrics, "seam_api_audit_lost_total", NULL, 1);
    }
    json_out_free(&out);
    metrics_add(glue->setup.metrics, "seam_api_calls_total", NULL, 1);
    LINE(glue->setup.logger, CONFIG_LOG_DEBUG, "api", "call",
         LINE_TEXT("interface", call->interface), LINE_TEXT("organisation", call->organisation),
         LINE_TEXT("code", call->code), LINE_NUMBER("status", call->status),
         LINE_NUMBER("ms", call->duration_ms));
}

static void glue_log(void *context, const char *sentence)
{
    const struct api_glue *glue = context;
    logger_write(glue->setup.logger, CONFIG_LOG_INFO, "api", sentence, NULL, 0);
}

/* --- public ------------------------------------------------------------------------------------
 */

enum err api_glue_new(struct api_glue **out, const struct api_glue_setup *setup)
{
    assert(setup->node != NULL);
    struct api_glue *glue = calloc(1, sizeof(*glue));
    if (glue == NULL) {
        return ERR_MEMORY;
    }
    glue->setup = *setup;
    glue->table = (struct api_node){
        .context = glue,
        .chain_id = setup->chain_id,
        .genesis = setup->genesis,
        .local = setup->local,
        .now_ms = glue_now,
        .submit = glue_submit,
        .pending = glue_pending,
        .query = glue_query,
        .query_time = glue_query_time,
        .status = glue_status,
        .ready = glue_ready,
        .metrics = glue_metrics,
        .sign = glue_sign,
        .audit = glue_audit,
        .log = glue_log,
    };
    *out = glue;
    return OK;
}

enum err api_glue_add_key(struct api_glue *glue, const struct sign_key *key)
{
    if (glue->key_count == API_GLUE_KEYS_MAX) {
        return ERR_TOO_LARGE;
    }
    struct held_key *held = &glue->keys[glue->key_count++];
    held->key = *key;
    sign_key_id(&held->id, SUITE_ED25519_SHA256, bytes_of(key->public_key, SIGN_PUBLIC_SIZE));
    return OK;
}

size_t api_glue_key_count(const struct api_glue *glue)
{
    return glue->key_count;
}

const struct api_node *api_glue_node(const struct api_glue *glue)
{
    return &glue->table;
}

void api_glue_close(struct api_glue *glue)
{
    assert(!glue->closed);
    glue->closed = true;
    /* calls_close has dropped what was on its way; the rest waits in the node. */
    for (struct submission *submission = glue->open; submission != NULL; submission = glue->open) {
        node_forget(glue->setup.node, submission);
        finish_dropped(submission, ERR_BUSY, "the node stops; ask again after its start");
    }
}

void api_glue_free(struct api_glue *glue)
{
    if (glue == NULL) {
        return;
    }
    assert(glue->open == NULL);
    for (size_t i = 0; i < glue->key_count; i++) {
        sign_key_wipe(&glue->keys[i].key);
    }
    free(glue);
}
