/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/log.h"
#include "node/core/log_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include <cmocka.h>

#include "tools/simnode/disk.h"
#include "ledger/base/crc32c.h"

#define SEGMENT LOG_SEGMENT_MIN

static const struct hash chain_id = {{7}};

struct seen {
    uint64_t count;
    uint64_t first;
    uint64_t last;
    uint64_t bytes;
    enum log_type last_type;
};

static enum err see(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    struct seen *seen = arg;
    (void)seq;
    if (payload.size >= 8) {
        uint64_t value;
        memcpy(&value, payload.data, 8);
        if (seen->count == 0) {
            seen->first = value;
        } else {
            assert_int_equal(value, seen->last + 1);
        }
        seen->last = value;
        seen->count++;
    }
    seen->bytes += payload.size;
    seen->last_type = type;
    return OK;
}

static struct log *open_ok(struct vdisk_bench *bench, struct seen *seen, struct log_report *report)
{
    struct log *log = NULL;
    struct err_detail detail = {0};
    *seen = (struct seen){0};
    assert_int_equal(log_open(&log, &bench->env, &chain_id, SEGMENT, see, seen, report, &detail),
                     OK);
    return log;
}

static enum err try_put(struct log *log, uint64_t value, size_t size)
{
    uint8_t *data = calloc(1, size);
    memcpy(data, &value, 8);
    const struct bytes part = bytes_of(data, size);
    const enum err err = log_append(log, LOG_VOTE, &part, 1);
    free(data);
    return err;
}

static void put(struct log *log, uint64_t value, size_t size)
{
    assert_int_equal(try_put(log, value, size), OK);
}

static void crc_is_castagnoli(void **state)
{
    (void)state;
    assert_int_equal(crc32c_more(0, bytes_text("123456789")), 0xe3069283);
    const uint32_t part = crc32c_more(0, bytes_text("1234"));
    assert_int_equal(crc32c_more(part, bytes_text("56789")), 0xe3069283);
}

static void what_is_synced_comes_back(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    struct seen seen;
    struct log_report report;
    vdisk_bench_init(&bench, 1);
    struct log *log = open_ok(&bench, &seen, &report);
    assert_true(report.fresh);
    uint64_t value = 1;
    for (int start = 0; start < 5; start++) {
        for (int i = 0; i < 7; i++) {
            put(log, value++, 100);
        }
        assert_int_equal(log_sync(log), OK);
        log_close(log);
        vdisk_crash(&bench.disk);
        log = open_ok(&bench, &seen, &report);
        assert_int_equal(seen.count, value - 1);
        assert_false(report.cut);
        assert_false(report.fresh);
    }
    log_close(log);
    vdisk_free(&bench.disk);
}

/* Any number of crashes with unsynced groups: the synced prefix is always there, and of the rest a
 * prefix at most. */
static void torn_tails_are_cut(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct seen seen;
        struct log_report report;
        vdisk_bench_init(&bench, seed);
        struct log *log = open_ok(&bench, &seen, &report);
        uint64_t value = 1;
        for (int start = 0; start < 6; start++) {
            const uint64_t groups = rng_next(&bench.disk.rng) % 4;
            for (uint64_t i = 0; i < groups; i++) {
                put(log, value++, 8 + rng_next(&bench.disk.rng) % 3000);
                put(log, value++, 8 + rng_next(&bench.disk.rng) % 30);
                assert_int_equal(log_sync(log), OK);
            }
            const uint64_t synced = value - 1;
            for (int i = 0; i < 5; i++) {
                put(log, value++, 8 + rng_next(&bench.disk.rng) % 3000);
            }
            bench.disk.fail_at_sync = 1;
            assert_int_equal(log_sync(log), ERR_STORAGE);
            const struct bytes part = bytes_text("more");
            assert_int_equal(log_append(log, LOG_VOTE, &part, 1), ERR_STORAGE);
            log_close(log);
            vdisk_crash(&bench.disk);
            log = open_ok(&bench, &seen, &report);
            assert_true(seen.count >= synced);
            assert_true(seen.count <= value - 1);
            value = seen.count + 1;
        }
        log_close(log);
        vdisk_free(&bench.disk);
    }
}

static struct vdisk_content *segment(struct vdisk_bench *bench, size_t index)
{
    struct env_names names;
    assert_int_equal(bench->env.file_list(bench, ENV_DIR_LOG, &names), OK);
    assert_true(index < names.count);
    return vdisk_find(&bench->disk, ENV_DIR_LOG, names.names[index]);
}

static void damage_in_the_middle_is_corruption(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    struct seen seen;
    struct log_report report;
    vdisk_bench_init(&bench, 3);
    struct log *log = open_ok(&bench, &seen, &report);
    for (uint64_t value = 1; value <= 40; value++) {
        put(log, value, 50);
        assert_int_equal(log_sync(log), OK);
    }
    log_close(log);
    struct vdisk_content *content = segment(&bench, 0);
    uint8_t *copy = malloc(content->size);
    memcpy(copy, content->data, content->size);
    /* 40 records of 88 bytes behind a first one of 80. Every byte of the first 38 matters; a bad
     * last one is a torn tail; of the last but one the last bears witness. */
    for (size_t at = 80; at < 80 + 39 * 88; at += 31) {
        if ((at - 80) % 88 >= 82) {
            continue; /* padding */
        }
        content->data[at] ^= 0x40;
        struct err_detail detail = {0};
        assert_int_equal(log_scan(&bench.env, &chain_id, NULL, NULL, NULL, &detail), ERR_CORRUPT);
        assert_string_not_equal(detail.hint, "");
        memcpy(content->data, copy, content->size);
    }
    /* The same of the first record, for all that is not the salt that the others need. */
    for (size_t at = 0; at < 80; at++) {
        const bool salt = at >= 68 && at < 76;
        content->data[at] ^= 0x40;
        assert_int_equal(log_scan(&bench.env, &chain_id, NULL, NULL, &report, NULL),
                         salt ? OK : ERR_CORRUPT);
        assert_true(!salt || report.records == 0);
        content->data[at] ^= 0x40;
    }
    content->data[80 + 39 * 88 + 5] ^= 1;
    assert_int_equal(log_scan(&bench.env, &chain_id, see, &(struct seen){0}, &report, NULL), OK);
    assert_int_equal(report.records, 39);
    assert_true(report.cut);
    free(copy);
    vdisk_free(&bench.disk);
}

static void a_missing_segment_is_corruption(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    struct seen seen;
    struct log_report report;
    vdisk_bench_init(&bench, 4);
    struct log *log = open_ok(&bench, &seen, &report);
    for (uint64_t value = 1; value <= 100; value++) {
        put(log, value, 2000);
        assert_int_equal(log_sync(log), OK);
    }
    log_close(log);
    struct env_names names;
    assert_int_equal(bench.env.file_list(&bench, ENV_DIR_LOG, &names), OK);
    assert_true(names.count >= 4);
    assert_int_equal(bench.env.file_unlink(&bench, ENV_DIR_LOG, names.names[1]), OK);
    assert_int_equal(log_scan(&bench.env, &chain_id, NULL, NULL, NULL, NULL), ERR_CORRUPT);
    vdisk_free(&bench.disk);
}

/* Another log's segment with as many records, each of them sound, is not this log's: what follows
 * does not continue it. */
static void another_segment_of_the_same_number_is_corruption(void **state)
{
    (void)state;
    static struct vdisk_bench bench, other;
    struct vdisk_bench *both[] = {&bench, &other};
    struct seen seen;
    struct log_report report;
    for (uint64_t i = 0; i < 2; i++) {
        vdisk_bench_init(both[i], 30 + i);
        struct log *log = open_ok(both[i], &seen, &report);
        put(log, 1 + 10 * i, 100);
        assert_int_equal(log_sync(log), OK);
        log_close(log);
    }
    struct log *log = open_ok(&bench, &seen, &report);
    put(log, 2, 100);
    assert_int_equal(log_sync(log), OK);
    log_close(log);
    struct env_names names;
    assert_int_equal(other.env.file_list(&other, ENV_DIR_LOG, &names), OK);
    assert_int_equal(names.count, 1);
    const struct vdisk_content *content = vdisk_find(&other.disk, ENV_DIR_LOG, names.names[0]);
    assert_non_null(vdisk_find(&bench.disk, ENV_DIR_LOG, names.names[0]));
    vdisk_put(&bench.disk, ENV_DIR_LOG, names.names[0], bytes_of(content->data, content->size));
    assert_int_equal(log_scan(&bench.env, &chain_id, NULL, NULL, NULL, NULL), ERR_CORRUPT);
    vdisk_free(&bench.disk);
    vdisk_free(&other.disk);
}

static void another_chain_is_refused(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    struct seen seen;
    struct log_report report;
    vdisk_bench_init(&bench, 5);
    log_close(open_ok(&bench, &seen, &report));
    const struct hash other = {{8}};
    assert_int_equal(log_scan(&bench.env, &other, NULL, NULL, NULL, NULL), ERR_CHAIN);
    vdisk_free(&bench.disk);
}

static void segments_have_one_name(void **state)
{
    (void)state;
    char name[ENV_FILE_NAME];
    uint64_t seq = 0;
    log_segment_name(name, 0xabc);
    assert_true(log_segment_seq(name, &seq));
    assert_int_equal(seq, 0xabc);
    assert_false(log_segment_seq("log-0000000000000ABC", &seq));
    assert_false(log_segment_seq("log-000000000000abc", &seq));
    assert_false(log_segment_seq("log-00000000000000abc", &seq));
    assert_false(log_segment_seq("lag-0000000000000abc", &seq));
}

static enum err misunderstand(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    (void)arg;
    (void)type;
    (void)seq;
    (void)payload;
    return ERR_CORRUPT;
}

/* A good frame around bytes that are no vote: the start is refused, and says where they stand. */
static void senseless_contents_are_named(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    struct seen seen;
    struct err_detail detail = {0};
    vdisk_bench_init(&bench, 12);
    struct log *log = open_ok(&bench, &seen, NULL);
    put(log, 0, 8);
    assert_int_equal(log_sync(log), OK);
    log_close(log);
    assert_int_equal(
        log_open(&log, &bench.env, &chain_id, SEGMENT, misunderstand, NULL, NULL, &detail),
        ERR_CORRUPT);
    assert_int_equal(detail.err, ERR_CORRUPT);
    assert_int_equal(strncmp(detail.field, "log-", 4), 0);
    assert_true(detail.hint[0] != '\0');
    vdisk_free(&bench.disk);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    struct seen seen;
    struct log_report report;
    vdisk_bench_init(&bench, 6);
    struct log *log = open_ok(&bench, &seen, &report);
    uint8_t *data = calloc(1, LOG_PAYLOAD_MAX + 1);
    struct bytes part = bytes_of(data, LOG_PAYLOAD_MAX + 1);
    assert_int_equal(log_append(log, LOG_BLOCK, &part, 1), ERR_TOO_LARGE);
    part.size = SEGMENT - 80 - 32;
    assert_int_equal(log_append(log, LOG_BLOCK, &part, 1), OK);
    part.size++;
    assert_int_equal(log_append(log, LOG_BLOCK, &part, 1), ERR_TOO_LARGE);
    assert_int_equal(log_sync(log), OK);
    free(data);
    log_close(log);
    vdisk_free(&bench.disk);
}

/* A checkpoint lets the older segments go and re-uses one; a crash at any sync of it leaves either
 * the old records or the new ones readable. */
static void checkpoints_recycle(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    for (uint64_t fail = 0; fail < 14; fail++) {
        struct seen seen;
        struct log_report report;
        vdisk_bench_init(&bench, 100 + fail);
        struct log *log = open_ok(&bench, &seen, &report);
        uint64_t value = 1;
        for (int round = 0; round < 6; round++) {
            enum err err = OK;
            for (int i = 0; i < 50 && err == OK; i++) {
                err = try_put(log, value++, 3000);
            }
            if (err != OK || log_sync(log) != OK) {
                assert_true(fail > 0);
                break;
            }
            if (round == 4 && fail > 0) {
                bench.disk.fail_at_sync = bench.disk.syncs + fail;
            }
            err = log_checkpoint_begin(log);
            if (err == OK) {
                const uint64_t mark = value;
                put(log, mark, 64);
                value++;
                err = log_checkpoint_end(log);
            }
            if (err != OK) {
                break;
            }
            assert_true(log_size(log) <= 2 * SEGMENT);
            struct env_names names;
            assert_int_equal(bench.env.file_list(&bench, ENV_DIR_LOG, &names), OK);
            assert_true(names.count <= 3);
        }
        log_close(log);
        vdisk_crash(&bench.disk);
        log = open_ok(&bench, &seen, &report);
        assert_true(seen.count > 0);
        log_close(log);
        vdisk_free(&bench.disk);
    }
}

/* A node that is started again and again and never comes so far as to write. */
static void starts_leave_nothing_behind(void **state)
{
    (void)state;
    static struct vdisk_bench bench;
    struct seen seen;
    struct log_report report;
    vdisk_bench_init(&bench, 31);
    struct log *log = open_ok(&bench, &seen, &report);
    put(log, 0, 8);
    assert_int_equal(log_sync(log), OK);
    log_close(log);
    for (int i = 0; i < LOG_SEGMENTS_MAX + 10; i++) {
        log = open_ok(&bench, &seen, &report);
        assert_int_equal(seen.count, 1);
        assert_true(report.segments <= 2);
        log_close(log);
    }
    log = open_ok(&bench, &seen, &report);
    put(log, 1, 8);
    assert_int_equal(log_sync(log), OK);
    log_close(log);
    log = open_ok(&bench, &seen, &report);
    assert_int_equal(seen.count, 2);
    log_close(log);
    vdisk_free(&bench.disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_is_castagnoli),
        cmocka_unit_test(what_is_synced_comes_back),
        cmocka_unit_test(torn_tails_are_cut),
        cmocka_unit_test(damage_in_the_middle_is_corruption),
        cmocka_unit_test(a_missing_segment_is_corruption),
        cmocka_unit_test(another_segment_of_the_same_number_is_corruption),
        cmocka_unit_test(another_chain_is_refused),
        cmocka_unit_test(segments_have_one_name),
        cmocka_unit_test(senseless_contents_are_named),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(checkpoints_recycle),
        cmocka_unit_test(starts_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
