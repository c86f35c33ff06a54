/* SPDX-License-Identifier: Apache-2.0 */
/* The thread takes the whole list at once and writes it as one batch; rows arrive meanwhile. */
#include "node/shell/audit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "ledger/base/buf.h"
#include "ledger/store/storage_plan.h"

#define KEY_SIZE 12 /* BE64 time, BE32 number */

struct row {
    struct row *next;
    uint8_t key[KEY_SIZE];
    size_t size;
    uint8_t data[];
};

struct audit {
    struct kv *local;
    struct metrics *metrics;
    uv_thread_t thread;
    uv_mutex_t lock;
    uv_cond_t wake;
    struct row *first;
    struct row *last;
    size_t count;
    bool stopping;
};

static struct row *take_all(struct audit *audit, bool *stopping)
{
    uv_mutex_lock(&audit->lock);
    while (audit->first == NULL && !audit->stopping) {
        uv_cond_wait(&audit->wake, &audit->lock);
    }
    struct row *first = audit->first;
    audit->first = NULL;
    audit->last = NULL;
    audit->count = 0;
    *stopping = audit->stopping;
    uv_mutex_unlock(&audit->lock);
    return first;
}

static void write_rows(struct audit *audit, struct row *first)
{
    struct kv_batch *batch = kv_batch_new(audit->local);
    int64_t count = 0;
    struct row *next = NULL;
    for (struct row *row = first; row != NULL; row = next) {
        next = row->next;
        kv_batch_put(batch, LOCAL_AUDIT, bytes_of(row->key, KEY_SIZE),
                     bytes_of(row->data, row->size));
        free(row);
        count++;
    }
    const bool good = kv_write(audit->local, batch, false) == OK;
    kv_batch_free(batch);
    metrics_add(audit->metrics, good ? "seam_api_audit_rows_total" : "seam_api_audit_lost_total",
                NULL, count);
}

static void work(void *argument)
{
    struct audit *audit = argument;
    bool stopping = false;
    while (!stopping) {
        struct row *first = take_all(audit, &stopping);
        if (first != NULL) {
            write_rows(audit, first);
        }
    }
}

enum err audit_new(struct audit **out, struct kv *local, struct metrics *metrics)
{
    struct audit *audit = calloc(1, sizeof(*audit));
    if (audit == NULL) {
        return ERR_MEMORY;
    }
    audit->local = local;
    audit->metrics = metrics;
    if (uv_mutex_init(&audit->lock) != 0) {
        free(audit);
        return ERR_MEMORY;
    }
    if (uv_cond_init(&audit->wake) != 0) {
        uv_mutex_destroy(&audit->lock);
        free(audit);
        return ERR_MEMORY;
    }
    if (uv_thread_create(&audit->thread, work, audit) != 0) {
        uv_cond_destroy(&audit->wake);
        uv_mutex_destroy(&audit->lock);
        free(audit);
        return ERR_INTERNAL;
    }
    *out = audit;
    return OK;
}

void audit_put(struct audit *audit, uint64_t time_ms, uint64_t number, struct bytes data)
{
    struct row *row = malloc(sizeof(*row) + data.size);
    bool taken = false;
    if (row != NULL) {
        struct writer key = writer_of(row->key, KEY_SIZE);
        write_u64_be(&key, time_ms);
        write_u32_be(&key, (uint32_t)number);
        assert(!key.failed);
        row->next = NULL;
        row->size = data.size;
        memcpy(row->data, data.data, data.size);
        uv_mutex_lock(&audit->lock);
        taken = audit->count < AUDIT_QUEUE_MAX && !audit->stopping;
        if (taken) {
            if (audit->last == NULL) {
                audit->first = row;
            } else {
                audit->last->next = row;
            }
            audit->last = row;
            audit->count++;
            uv_cond_signal(&audit->wake);
        }
        uv_mutex_unlock(&audit->lock);
    }
    if (!taken) {
        free(row);
        metrics_add(audit->metrics, "seam_api_audit_lost_total", NULL, 1);
    }
}

void audit_free(struct audit *audit)
{
    if (audit == NULL) {
        return;
    }
    uv_mutex_lock(&audit->lock);
    audit->stopping = true;
    uv_cond_signal(&audit->wake);
    uv_mutex_unlock(&audit->lock);
    uv_thread_join(&audit->thread);
    assert(audit->first == NULL);
    uv_cond_destroy(&audit->wake);
    uv_mutex_destroy(&audit->lock);
    free(audit);
}
