/* SPDX-License-Identifier: Apache-2.0 */
/* Building and validating, on the executor's thread, each block on its own state above its parent's
 * (decision D10). What was computed for the vote is what the committer writes later. */
#include "node/core/mutant.h"
#include "node/core/node_impl.h"

#include "ledger/governance/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define EXECUTE_ARENA (256u * 1024 * 1024)
/* Time for adding transactions, of the clock: a tenth of the view timer of nodes that share a
 * machine. The first transaction is always tried. */
#define BUILD_MS 30
#define BUILD_CANDIDATES 4096
#define BUILD_SHARE 256 /* candidates of one organisation before the rest are looked at */
#define BUILD_PASSES 4
#define BUILD_BYTES_MIN (64u * 1024)

/* --- what both share
 * -------------------------------------------------------------------------------- */

void execution_clear(struct execution *execution)
{
    chain_state_drop(execution->parent);
    chain_state_drop(execution->state);
    free(execution->tx_ids);
    free((void *)(uintptr_t)execution->receipts.data);
    *execution = (struct execution){0};
}

/* The results go over to the block; nothing of them is left to clear. */
static void execution_give(struct execution *execution, struct block *block)
{
    block->state = execution->state;
    block->tx_ids = execution->tx_ids;
    block->receipts = execution->receipts;
    execution->state = NULL;
    execution->tx_ids = NULL;
    execution->receipts = bytes_of(NULL, 0);
}

/* tx_ids_of: the body is known to be well formed. */
static struct hash *tx_ids_of(const struct hash *chain_id, struct bytes body, uint32_t count)
{
    struct hash *ids = calloc(count + 1u, sizeof *ids);
    if (ids != NULL) {
        const enum err err = exec_tx_ids(ids, chain_id, body, count);
        assert(err == OK);
        (void)err;
    }
    return ids;
}

static bool is_child(const struct execution *execution, const struct header *header)
{
    const struct header *parent = &execution->parent_header;
    struct hash history;
    chain_state_history_root(execution->parent, &history);
    return header->height == parent->height + 1 &&
           hash_equal(&header->parent_id, chain_state_id(execution->parent)) &&
           header->time_ms > parent->time_ms && hash_equal(&header->history_root, &history) &&
           (header->flags & HEADER_FLAG_BOUNDARY) == 0;
}

enum verdict execute_run(struct execution *execution, const struct header *header,
                         const struct hash *id, struct bytes body)
{
    if (!is_child(execution, header)) {
        (void)err_set(&execution->detail, ERR_CONFLICT, "header", NULL, NULL,
                      "height, parent, time or history root do not follow the parent");
        return VERDICT_INVALID;
    }
    if (chain_state_next(&execution->state, execution->parent) != OK) {
        return VERDICT_UNABLE;
    }
    struct arena arena;
    arena_init(&arena, EXECUTE_ARENA);
    struct exec_roots roots = {.context = execution->state, .state_root_of = chain_state_root_of};
    struct bytes receipts = bytes_of(NULL, 0);
    enum verdict verdict = exec_block(execution->env, chain_state_overlay(execution->state), header,
                                      body, &execution->parent_header.state_root, &roots, &arena,
                                      &receipts, &execution->detail);
    if (NODE_MUTANT(NODE_MUTANT_ROOT_UNCHECKED) && verdict == VERDICT_INVALID &&
        strcmp(execution->detail.field, "state_root") == 0) {
        verdict = VERDICT_VALID;
    }
    if (verdict == VERDICT_VALID) {
        execution->receipts = node_copy(receipts);
        execution->tx_ids = tx_ids_of(&execution->env->chain_id, body, header->tx_count);
        if (execution->tx_ids == NULL || chain_state_name(execution->state, id) != OK) {
            verdict = VERDICT_UNABLE;
        }
    }
    arena_free(&arena);
    return verdict;
}

/* parent_of finds header and state of a parent: an unfinalised block, or the database's head. */
static bool parent_of(const struct node *node, const struct hash *parent_id,
                      struct execution *execution)
{
    const struct block *parent = block_find(node, parent_id);
    if (parent != NULL && parent->state != NULL) {
        execution->parent = chain_state_keep(parent->state);
        execution->parent_header = parent->header;
        return true;
    }
    if (hash_equal(&node->head.id, parent_id)) {
        execution->parent = chain_state_keep(node->head_state);
        execution->parent_header = node->head_header;
        return true;
    }
    return false;
}

/* --- validating
 * ---------------------------------------------------------------------------------------- */

struct validate_job {
    struct node_job base;
    struct execution execution;
    struct block *block; /* kept */
    enum verdict verdict;
};

static void validate_answer(struct node *node, const struct hash *id, enum verdict verdict)
{
    struct queued queued = {.kind = QUEUED_VALIDATED, .block_id = *id};
    switch (verdict) {
    case VERDICT_VALID:
        queued.verdict = CONS_VALID;
        break;
    case VERDICT_INVALID:
        queued.verdict = CONS_INVALID;
        break;
    case VERDICT_UNABLE:
        queued.verdict = CONS_UNABLE;
        break;
    }
    node_queue(node, &queued);
}

static void validate_run(struct env_job *job)
{
    struct validate_job *work = (struct validate_job *)job;
    const struct body *body = work->block->body;
    work->verdict = execute_run(&work->execution, &work->block->header, &work->block->id,
                                bytes_of(body->bytes, body->size));
}

static void validate_done(struct env_job *job)
{
    struct validate_job *work = (struct validate_job *)job;
    struct node *node = work->base.node;
    struct block *block = work->block;
    node_job_ended(node);
    block->verdict = BLOCK_UNKNOWN;
    if (work->verdict == VERDICT_VALID) {
        block->verdict = BLOCK_VALID;
        if (block->state == NULL) {
            execution_give(&work->execution, block);
        }
        node->marks_stale = true;
    } else if (work->verdict == VERDICT_INVALID) {
        block->verdict = BLOCK_INVALID;
        env_logf(node->env, ENV_WARNING, "execute", "block at height %llu is invalid: %s %s %s",
                 (unsigned long long)block->header.height, err_name(work->execution.detail.err),
                 work->execution.detail.field, work->execution.detail.hint);
    }
    if (work->verdict == VERDICT_UNABLE && work->execution.detail.err == ERR_VERSION) {
        node_fail(node, NODE_STOP_UPGRADE, work->execution.detail.hint);
    }
    if (chain_db_failed(node->db)) {
        node_fail(node, NODE_STOP_STORAGE, "the chain database cannot be read");
    }
    if (work->verdict == VERDICT_UNABLE && NODE_MUTANT(NODE_MUTANT_DAMAGE_VALID)) {
        work->verdict = VERDICT_VALID;
    } else if (work->verdict == VERDICT_UNABLE && NODE_MUTANT(NODE_MUTANT_DAMAGE_INVALID)) {
        work->verdict = VERDICT_INVALID;
    }
    validate_answer(node, &block->id, work->verdict);
    execution_clear(&work->execution);
    block_drop(block);
    free(work);
}

static void validate_drop(struct env_job *job)
{
    struct validate_job *work = (struct validate_job *)job;
    node_job_ended(work->base.node);
    execution_clear(&work->execution);
    block_drop(work->block);
    free(work);
}

/* is_certified: the highest certificate stands on the block or above it, so a quorum has looked at
 * its time already. */
static bool is_certified(const struct node *node, const struct block *block)
{
    const struct cert *high =
        NODE_MUTANT(NODE_MUTANT_CLOCK_HOLDS_FINAL) ? NULL : cons_high_cert(node->cons);
    const struct cons_block *at = high == NULL ? NULL : cons_block(node->cons, &high->block_id);
    while (at != NULL && at->header.height > block->header.height) {
        at = cons_block(node->cons, &at->header.parent_id);
    }
    return at != NULL && hash_equal(&at->id, &block->id);
}

/* ahead_of_clock keeps a block whose time has not come for a second look. The time is a condition
 * of our vote only (V6): a node whose clock is behind still delivers what the others decided. */
static bool ahead_of_clock(struct node *node, const struct block *block)
{
    const uint64_t wall = node->env->wall_ms(node->env->context);
    if (block->header.time_ms <= wall + NODE_SKEW_MS || is_certified(node, block)) {
        return false;
    }
    env_logf(node->env, ENV_WARNING, "execute", "block time is %llu ms ahead of this clock",
             (unsigned long long)(block->header.time_ms - wall));
    if (NODE_MUTANT(NODE_MUTANT_FUTURE_INVALID)) {
        validate_answer(node, &block->id, VERDICT_INVALID);
        return true;
    }
    for (size_t i = 0; i < sizeof node->retry / sizeof node->retry[0]; i++) {
        if (hash_is_zero(&node->retry[i])) {
            node->retry[i] = block->id;
            node->env->timer_set(node->env->context, NODE_TIMER_RETRY, NODE_TICK_MS);
            return true;
        }
    }
    validate_answer(node, &block->id, VERDICT_UNABLE);
    return true;
}

void execute_validate(struct node *node, const struct cons_action *action)
{
    struct block *block = block_find(node, &action->u.validate.block_id);
    if (block == NULL || block->body == NULL) {
        validate_answer(node, &action->u.validate.block_id, VERDICT_UNABLE);
        return;
    }
    if (block->state != NULL || block->verdict == BLOCK_INVALID) {
        validate_answer(node, &block->id, block->state != NULL ? VERDICT_VALID : VERDICT_INVALID);
        return;
    }
    if (block->verdict == BLOCK_PENDING || ahead_of_clock(node, block)) {
        return;
    }
    struct validate_job *work = node_alloc(sizeof *work);
    if (!parent_of(node, &action->u.validate.parent_id, &work->execution)) {
        free(work);
        validate_answer(node, &block->id, VERDICT_UNABLE);
        return;
    }
    work->base.job =
        (struct env_job){.run = validate_run, .done = validate_done, .drop = validate_drop};
    work->execution.env = &node->exec_env;
    work->block = block_keep(block);
    block->verdict = BLOCK_PENDING;
    const bool taken = node_job_start(node, ENV_EXECUTOR, &work->base);
    assert(taken); /* the executor's queue never refuses */
    (void)taken;
}

/* --- building
 * ------------------------------------------------------------------------------------------- */

struct candidate {
    struct pool_tx *tx; /* kept; its raw is read by the job */
    enum judgement judgement;
    bool tried;
    bool beside; /* others stood in the block already */
    struct err_detail detail;
};

struct build_job {
    struct node_job base;
    const struct env *env;
    struct execution execution;
    struct header header; /* filled by run */
    uint64_t view;
    bool needed; /* a block is wanted even if it holds nothing */
    struct candidate *candidates;
    size_t count;
    size_t room;
    size_t bytes_max;
    struct body *body;
    struct hash id;
    bool ok;
};

/* rules_version reads what version the block is executed under (decision D7). */
static bool rules_version(struct build_job *work, uint16_t *out)
{
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    const Seam__ChainState *chain = NULL;
    bool ok = view_chain(&chain, chain_state_overlay(work->execution.state), &arena) == OK;
    if (ok) {
        *out = view_rules_version(chain, work->header.height, work->header.time_ms);
        ok = *out <= EXEC_RULES_VERSION;
    }
    arena_free(&arena);
    return ok;
}

/* add_all tries the candidates in arrival order, and again those that waited for one that came in:
 * predecessors first (decision D16). */
static void add_all(struct build_job *work, struct exec_builder *builder)
{
    const uint64_t end = work->env->now_ms(work->env->context) + BUILD_MS;
    size_t bytes = 0;
    for (int pass = 0; pass < BUILD_PASSES; pass++) {
        bool added = false;
        bool waiting = false;
        for (size_t i = 0; i < work->count; i++) {
            struct candidate *candidate = &work->candidates[i];
            if (candidate->tried && candidate->judgement != JUDGE_NOT_YET) {
                continue;
            }
            if (bytes > 0 && (work->env->now_ms(work->env->context) > end ||
                              bytes + candidate->tx->raw.size > work->bytes_max)) {
                return;
            }
            candidate->tried = true;
            candidate->beside = bytes > 0;
            candidate->judgement = exec_build_add(builder, candidate->tx->raw, &candidate->detail);
            if (candidate->judgement == JUDGE_OK) {
                bytes += 4 + candidate->tx->raw.size;
                added = true;
            } else if (candidate->judgement == JUDGE_NOT_YET) {
                waiting = true;
                if (candidate->detail.err == ERR_TOO_LARGE) {
                    candidate->tried = false;
                    return; /* the block is full */
                }
            }
        }
        if (!added || !waiting) {
            return;
        }
    }
}

static bool build_block(struct build_job *work)
{
    struct execution *execution = &work->execution;
    if (chain_state_next(&execution->state, execution->parent) != OK ||
        !rules_version(work, &work->header.version)) {
        return false;
    }
    struct exec_builder *builder = NULL;
    if (exec_build_start(&builder, execution->env, chain_state_overlay(execution->state),
                         work->header.height, work->header.time_ms) != OK) {
        return false;
    }
    add_all(work, builder);
    struct exec_roots roots = {.context = execution->state, .state_root_of = chain_state_root_of};
    struct exec_result result;
    struct bytes body;
    const bool ok = exec_build_finish(builder, &roots, &result, &body) == OK;
    if (ok) {
        work->header.tx_count = result.tx_count;
        work->header.body_size = result.body_size;
        work->header.tx_root = result.tx_root;
        work->header.receipts_root = result.receipts_root;
        work->header.state_root = result.state_root;
        work->body = body_new(body.size);
        if (body.size > 0) {
            memcpy(work->body->bytes, body.data, body.size);
        }
        execution->tx_ids = tx_ids_of(&execution->env->chain_id, body, result.tx_count);
        execution->receipts = node_copy(exec_build_receipts(builder));
        header_id(&work->id, &work->header);
    }
    exec_build_free(builder);
    return ok && execution->tx_ids != NULL && chain_state_name(execution->state, &work->id) == OK;
}

static void build_run(struct env_job *job)
{
    struct build_job *work = (struct build_job *)job;
    chain_state_history_root(work->execution.parent, &work->header.history_root);
    work->ok = build_block(work);
}

static void build_free(struct build_job *work)
{
    for (size_t i = 0; i < work->count; i++) {
        pool_tx_drop(work->candidates[i].tx);
    }
    free(work->candidates);
    body_drop(work->body);
    execution_clear(&work->execution);
    free(work);
}

/* judge_candidates: what found no place is doubted until the height above which it was refused is
 * final, or this block's own if others stood in it: another block of that height may have it and
 * not what stood in its way. Then the door looks. */
static void judge_candidates(struct node *node, struct build_job *work)
{
    for (size_t i = 0; i < work->count; i++) {
        struct candidate *candidate = &work->candidates[i];
        struct pool_tx *tx = candidate->tx;
        if (!candidate->tried || tx->gone) {
            continue;
        }
        if (candidate->judgement == JUDGE_NEVER ||
            (candidate->judgement == JUDGE_NOT_YET && tx->state == POOL_READY)) {
            const uint64_t parent = work->execution.parent_header.height;
            door_doubt(node, tx, candidate->beside ? parent + 1 : parent, &candidate->detail);
        }
    }
}

/* Nothing found its way into a block that nobody needs: no block. What could not be judged (memory,
 * disk) is not nothing. */
static bool is_idle(const struct build_job *work)
{
    bool unable = false;
    for (size_t i = 0; i < work->count; i++) {
        unable =
            unable || (work->candidates[i].tried && work->candidates[i].judgement == JUDGE_UNABLE);
    }
    return work->ok && work->header.tx_count == 0 && !work->needed && !unable;
}

static void build_done(struct env_job *job)
{
    struct build_job *work = (struct build_job *)job;
    struct node *node = work->base.node;
    node_job_ended(node);
    judge_candidates(node, work);
    if (node->build_view == work->view) {
        node->build_view = 0;
        struct queued queued = {.kind = QUEUED_BUILT, .view = work->view, .idle = is_idle(work)};
        if (queued.idle) {
            node->work_told = false; /* the state machine drops its work, too */
        }
        struct block *block =
            work->ok && !queued.idle ? block_learn(node, &work->id, &work->header) : NULL;
        if (block != NULL && block->state == NULL) {
            block->body = body_keep(work->body);
            block->verdict = BLOCK_VALID;
            execution_give(&work->execution, block);
            node->marks_stale = true;
            node->built = true;
            node->built_id = block->id;
            node->built_size = block->header.body_size;
        }
        queued.block = block == NULL ? NULL : block_keep(block);
        node_queue(node, &queued);
    }
    build_free(work);
}

static void build_drop(struct env_job *job)
{
    struct build_job *work = (struct build_job *)job;
    node_job_ended(work->base.node);
    build_free(work);
}

/* choose takes candidates of one lane in arrival order, at most share of an organisation. */
static void choose(struct node *node, struct build_job *work, bool first, uint32_t share)
{
    const uint64_t wall = node->env->wall_ms(node->env->context);
    size_t bytes = 0;
    for (struct pool_tx *tx = pool_first(node->pool);
         tx != NULL && work->count < work->room && bytes < 2 * work->bytes_max; tx = tx->next) {
        const bool over = tx->state == POOL_WAITING && tx->valid_until_ms < wall;
        if (tx->first != first || tx->in_blocks > 0 || tx->doubt_height != POOL_DOUBT_NONE ||
            over || !pool_take(node->pool, tx, share)) {
            continue;
        }
        pool_tx_keep(tx);
        work->candidates[work->count++].tx = tx;
        bytes += tx->raw.size;
    }
}

/* The builder's own limit after a block of its own that was not finalised in time is half of what
 * that block was; each one that was lets it grow by an eighth (a local rule, decision D25, which
 * halves the limit and doubles it: a limit far above what is built does not bind for many views,
 * and doubled it makes every second block one that is too large). */
static void adapt(struct node *node)
{
    const struct block *last = node->built ? block_find(node, &node->built_id) : NULL;
    const bool late = node->built && (last == NULL || !last->delivering);
    if (late &&
        node->built_size > BUILD_BYTES_MIN) { /* of a small one its size was not the cause */
        const size_t half =
            (node->built_size < node->build_bytes ? node->built_size : node->build_bytes) / 2;
        node->build_bytes = half < BUILD_BYTES_MIN ? BUILD_BYTES_MIN : half;
    }
    node->built = false;
}

void execute_committed(struct node *node, const struct block *block)
{
    if (node->built && hash_equal(&node->built_id, &block->id)) {
        const size_t more = node->build_bytes + node->build_bytes / 8;
        node->built = false;
        node->build_bytes = more < LIMIT_BLOCK_BODY ? more : LIMIT_BLOCK_BODY;
    }
}

static void build_fail(struct node *node, uint64_t view)
{
    struct queued queued = {.kind = QUEUED_BUILT, .view = view};
    node_queue(node, &queued);
}

void execute_build(struct node *node, const struct cons_action *action)
{
    const uint64_t view = action->u.build.view;
    struct build_job *work = node_alloc(sizeof *work);
    if (!parent_of(node, &action->u.build.parent_id, &work->execution)) {
        free(work);
        build_fail(node, view);
        return;
    }
    adapt(node);
    const uint64_t wall = node->env->wall_ms(node->env->context);
    const uint64_t after = work->execution.parent_header.time_ms + 1;
    work->base.job = (struct env_job){.run = build_run, .done = build_done, .drop = build_drop};
    work->env = node->env;
    work->execution.env = &node->exec_env;
    work->view = view;
    work->needed = action->u.build.forced || action->u.build.empty;
    work->bytes_max = node->build_bytes;
    work->header = (struct header){.suite = node->valset.suite,
                                   .chain_id = node->chain_id,
                                   .epoch = node->valset.epoch,
                                   .view = view,
                                   .height = action->u.build.height,
                                   .parent_id = action->u.build.parent_id,
                                   .parent_view = action->u.build.parent_view,
                                   .proposer = node->self,
                                   .time_ms = wall > after ? wall : after,
                                   .valset_hash = node->valset_hash};
    if (!action->u.build.empty) {
        const uint32_t waiting = pool_count(node->pool);
        work->room = waiting < BUILD_CANDIDATES ? waiting : BUILD_CANDIDATES;
        work->candidates = node_alloc((work->room + 1) * sizeof *work->candidates);
        pool_turn(node->pool);
        choose(node, work, true, UINT32_MAX);
        choose(node, work, false, BUILD_SHARE);
        choose(node, work, false, UINT32_MAX);
    }
    node->build_view = view;
    const bool taken = node_job_start(node, ENV_EXECUTOR, &work->base);
    assert(taken);
    (void)taken;
}
