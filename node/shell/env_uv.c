/* SPDX-License-Identifier: Apache-2.0 */
/* Thin: each function finds the part of the shell that does the work. */
#include "node/shell/env_uv.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/crypto/seal.h"
#include "node/shell/jobs.h"

struct timer {
    uv_timer_t handle;
    struct env_uv *env;
    uint32_t number;
};

struct env_uv {
    struct env env;
    struct env_uv_setup setup;
    struct jobs *jobs;
    struct node *node;
    struct mesh *mesh;
    struct timer timers[ENV_TIMERS];
    bool realtime;
    bool stopped;
};

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t now_ms(void *context)
{
    (void)context;
    return clock_ms(CLOCK_MONOTONIC);
}

static uint64_t wall_ms(void *context)
{
    (void)context;
    return clock_ms(CLOCK_REALTIME);
}

static void after(struct env_uv *env)
{
    env->setup.after(env->setup.context);
}

static void on_timer(uv_timer_t *handle)
{
    const struct timer *timer = handle->data;
    struct env_uv *env = timer->env;
    node_on_timer(env->node, timer->number);
    after(env);
}

static void timer_set(void *context, uint32_t number, uint64_t delay_ms)
{
    struct env_uv *env = context;
    assert(number < ENV_TIMERS);
    if (env->stopped) {
        return;
    }
    /* The loop's time is that of its last turn; a long turn must not shorten the delay. */
    uv_update_time(env->setup.loop);
    uv_timer_start(&env->timers[number].handle, on_timer, delay_ms, 0);
}

static void timer_cancel(void *context, uint32_t number)
{
    struct env_uv *env = context;
    assert(number < ENV_TIMERS);
    uv_timer_stop(&env->timers[number].handle);
}

static bool send_frame(void *context, uint32_t peer, enum env_channel channel, struct bytes frame)
{
    const struct env_uv *env = context;
    return mesh_send(env->mesh, peer, channel, frame);
}

static size_t send_room(void *context, uint32_t peer, enum env_channel channel)
{
    const struct env_uv *env = context;
    return mesh_send_room(env->mesh, peer, channel);
}

static void peer_close(void *context, uint32_t peer, uint64_t ban_ms, const char *why)
{
    const struct env_uv *env = context;
    mesh_close_peer(env->mesh, peer, ban_ms, why);
}

static enum err file_open(void *context, struct env_file **out, enum env_dir dir, const char *name,
                          enum env_open how, uint64_t size)
{
    const struct env_uv *env = context;
    return files_file_open(env->setup.files, out, dir, name, how, size);
}

static enum err file_size(void *context, struct env_file *file, uint64_t *out)
{
    const struct env_uv *env = context;
    return files_file_size(env->setup.files, file, out);
}

static enum err file_read(void *context, struct env_file *file, uint64_t offset, void *out,
                          size_t size, size_t *got)
{
    const struct env_uv *env = context;
    return files_file_read(env->setup.files, file, offset, out, size, got);
}

static enum err file_write(void *context, struct env_file *file, uint64_t offset, struct bytes data)
{
    const struct env_uv *env = context;
    return files_file_write(env->setup.files, file, offset, data);
}

static enum err file_sync(void *context, struct env_file *file)
{
    const struct env_uv *env = context;
    return files_file_sync(env->setup.files, file);
}

static void file_close(void *context, struct env_file *file)
{
    const struct env_uv *env = context;
    files_file_close(env->setup.files, file);
}

static enum err file_rename(void *context, enum env_dir dir, const char *from, const char *to)
{
    const struct env_uv *env = context;
    return files_file_rename(env->setup.files, dir, from, to);
}

static enum err file_unlink(void *context, enum env_dir dir, const char *name)
{
    const struct env_uv *env = context;
    return files_file_unlink(env->setup.files, dir, name);
}

static enum err file_list(void *context, enum env_dir dir, struct env_names *out)
{
    const struct env_uv *env = context;
    return files_file_list(env->setup.files, dir, out);
}

static enum err dir_sync(void *context, enum env_dir dir)
{
    const struct env_uv *env = context;
    return files_dir_sync(env->setup.files, dir);
}

static const char *const executor_names[] = {"signer", "executor", "committer", "verify"};

static bool job_start(void *context, enum env_executor executor, struct env_job *job)
{
    struct env_uv *env = context;
    const bool taken = jobs_start(env->jobs, executor, job);
    metrics_add(env->setup.metrics, taken ? "seam_jobs_started_total" : "seam_jobs_refused_total",
                executor_names[executor], 1);
    return taken;
}

static void on_job_done(void *context, struct env_job *job)
{
    struct env_uv *env = context;
    assert(env->node != NULL);
    node_on_job_done(env->node, job);
    after(env);
}

static void random_bytes(void *context, void *out, size_t size)
{
    (void)context;
    seal_random(out, size);
}

static void log_text(void *context, enum env_level level, const char *module, const char *text)
{
    const struct env_uv *env = context;
    static const enum config_log_level levels[] = {
        [ENV_DEBUG] = CONFIG_LOG_DEBUG,
        [ENV_INFO] = CONFIG_LOG_INFO,
        [ENV_WARNING] = CONFIG_LOG_WARN,
        [ENV_ERROR] = CONFIG_LOG_ERROR,
    };
    logger_write(env->setup.logger, levels[level], module, text, NULL, 0);
}

static void metric_set(void *context, const char *name, const char *label, int64_t value)
{
    const struct env_uv *env = context;
    metrics_set(env->setup.metrics, name, label, value);
}

static void metric_add(void *context, const char *name, const char *label, int64_t value)
{
    const struct env_uv *env = context;
    metrics_add(env->setup.metrics, name, label, value);
}

enum err env_uv_new(struct env_uv **out, const struct env_uv_setup *setup)
{
    assert(setup->after != NULL);
    struct env_uv *env = calloc(1, sizeof(*env));
    if (env == NULL) {
        return ERR_MEMORY;
    }
    env->setup = *setup;
    const enum err err =
        jobs_new(&env->jobs, setup->loop, setup->verify_threads, on_job_done, env, &env->realtime);
    if (err != OK) {
        free(env);
        return err;
    }
    for (uint32_t i = 0; i < ENV_TIMERS; i++) {
        env->timers[i].env = env;
        env->timers[i].number = i;
        uv_timer_init(setup->loop, &env->timers[i].handle);
        env->timers[i].handle.data = &env->timers[i];
    }
    env->env = (struct env){
        .context = env,
        .now_ms = now_ms,
        .wall_ms = wall_ms,
        .timer_set = timer_set,
        .timer_cancel = timer_cancel,
        .send = send_frame,
        .send_room = send_room,
        .peer_close = peer_close,
        .file_open = file_open,
        .file_size = file_size,
        .file_read = file_read,
        .file_write = file_write,
        .file_sync = file_sync,
        .file_close = file_close,
        .file_rename = file_rename,
        .file_unlink = file_unlink,
        .file_list = file_list,
        .dir_sync = dir_sync,
        .job_start = job_start,
        .random = random_bytes,
        .log = log_text,
        .metric_set = metric_set,
        .metric_add = metric_add,
    };
    *out = env;
    return OK;
}

const struct env *env_uv_env(const struct env_uv *env)
{
    return &env->env;
}

void env_uv_attach(struct env_uv *env, struct node *node, struct mesh *mesh)
{
    assert(env->node == NULL);
    env->node = node;
    env->mesh = mesh;
}

bool env_uv_realtime(const struct env_uv *env)
{
    return env->realtime;
}

void env_uv_stop(struct env_uv *env)
{
    assert(!env->stopped);
    env->stopped = true;
    for (uint32_t i = 0; i < ENV_TIMERS; i++) {
        uv_close((uv_handle_t *)&env->timers[i].handle, NULL);
    }
    jobs_stop(env->jobs);
}

void env_uv_free(struct env_uv *env)
{
    if (env != NULL) {
        assert(env->stopped);
        jobs_free(env->jobs);
        free(env);
    }
}
