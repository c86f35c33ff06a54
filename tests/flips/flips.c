/* SPDX-License-Identifier: Apache-2.0 */
/* flips NODE GENESIS SCRATCH [sample=N] [seed=N] [stride=N] [from=N] [only=TEXT] [show=1]
 *
 * Takes the directory of a stopped node (node.yaml, data, keys), flips one byte of one file in a
 * copy, starts on it and reads everything, and says what became of it; then the next. Without
 * stride, N bytes drawn over all files (each file gets some); with it, every stride-th byte of
 * every file. Status 1 if a single flip stayed unseen. Each start is a process of its own. */
#include "tests/flips/look.h"

#include "ledger/crypto/sign.h"
#include "ledger/store/storage_plan.h"
#include "node/core/node.h"
#include "tests/flips/copy.h"
#include "tests/flips/verdicts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 120

struct options {
    const char *node;
    const char *genesis;
    const char *scratch;
    unsigned long sample;
    unsigned long seed;
    unsigned long stride;
    unsigned long from;
    const char *only;
    bool show;
};

static struct copy copy;
static struct look *good;
static struct look *now;

/* --- one start ----------------------------------------------------------------------------------
 */

static void *shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        copy_stop("no memory for", "a look");
    }
    return memory;
}

/* What a file belongs to (look.h). */
static unsigned parts_of(const char *name)
{
    if (strncmp(name, "data/local/", 11) == 0) {
        return LOOK_LOCAL;
    }
    if (strncmp(name, "data/", 5) == 0 || strcmp(name, "keys/signer.state") == 0) {
        return LOOK_CHAIN;
    }
    return strncmp(name, "keys/", 5) == 0 ? LOOK_KEYS : LOOK_TEXTS;
}

/* Parts that are not looked at again are as they were at the good start. */
static void prepare(struct look *look, unsigned parts)
{
    memset(look, 0, offsetof(struct look, entries));
    if (!(parts & LOOK_TEXTS)) {
        look->config = good->config;
        look->access = good->access;
        look->genesis = good->genesis;
    }
    if (!(parts & LOOK_KEYS)) {
        look->keys = good->keys;
        look->people = good->people;
    }
    if (!(parts & LOOK_CHAIN)) {
        look->height = good->height;
        look->head = good->head;
        look->log_records = good->log_records;
        look->log = good->log;
        look->slot = good->slot;
        look->slot_torn = good->slot_torn;
        look->repaired = good->repaired;
        look->voting = good->voting;
    }
}

static void start(const struct options *options, struct look *look, unsigned parts)
{
    char genesis[COPY_PATH_SIZE];
    copy_join(genesis, options->scratch, "genesis.json");
    prepare(look, parts);
    if (!(parts & (LOOK_CHAIN | LOOK_LOCAL))) {
        look_at(look, options->scratch, genesis, parts); /* nothing stays open: no process needed */
        return;
    }
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        (void)alarm(PATIENCE_S);
        look_at(look, options->scratch, genesis, parts);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        copy_stop("cannot start", "a process");
    }
    if (!look->finished) {
        (void)snprintf(look->words, sizeof look->words, "ended with status %#x", (unsigned)status);
    }
}

static void look_begin_here(const struct options *options)
{
    char genesis[COPY_PATH_SIZE];
    copy_join(genesis, options->scratch, "genesis.json");
    look_begin(options->scratch, genesis);
}

/* --- what it was --------------------------------------------------------------------------------
 */

static int entry_compare(const struct look_entry *a, const struct look_entry *b)
{
    if (a->database != b->database) {
        return a->database < b->database ? -1 : 1;
    }
    if (a->family != b->family) {
        return a->family < b->family ? -1 : 1;
    }
    const size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
    const int order = memcmp(a->key, b->key, size);
    return order != 0 ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

struct difference {
    size_t missing[2]; /* by database */
    size_t other[2]; /* another value, or a key that was not there */
};

#define ALL_FAMILIES 255

/* Entries of a database or family that was not looked at are no difference. */
static bool looked(unsigned parts, uint8_t family, const struct look_entry *entry)
{
    return (parts & (entry->database == 0 ? LOOK_CHAIN : LOOK_LOCAL)) != 0 &&
           (family == ALL_FAMILIES || family == entry->family);
}

static struct difference differ(unsigned parts, uint8_t family)
{
    struct difference result = {0};
    size_t i = 0;
    size_t k = 0;
    while (i < good->count || k < now->count) {
        if (i < good->count && !looked(parts, family, &good->entries[i])) {
            i++;
            continue;
        }
        const int order = i == good->count  ? 1
                          : k == now->count ? -1
                                            : entry_compare(&good->entries[i], &now->entries[k]);
        if (order < 0) {
            result.missing[good->entries[i++].database]++;
        } else if (order > 0) {
            result.other[now->entries[k++].database]++;
        } else {
            result.other[good->entries[i].database] +=
                !hash_equal(&good->entries[i].value, &now->entries[k].value);
            i++;
            k++;
        }
    }
    return result;
}

/* One more line than the good start, or another one. */
static bool told_more(void)
{
    return now->said > good->said || (now->said > 0 && strcmp(now->words, good->words) != 0);
}

static enum verdict judge_text(void)
{
    if (!hash_equal(&good->config, &now->config) || !hash_equal(&good->access, &now->access)) {
        return OTHER_TEXT;
    }
    const bool same =
        hash_equal(&good->genesis, &now->genesis) && hash_equal(&good->keys, &now->keys);
    return same ? HARMLESS : SILENT;
}

/* Fewer blocks than before: they come again, if the database is as it was at its head. Values of
 * state, meta and recent change with the head and are held against its state root by the start. */
static enum verdict judge_shorter(const struct difference *difference)
{
    const bool ok = told_more() && difference->missing[1] == 0 && difference->other[1] == 0;
    return ok ? REPAIRED : SILENT;
}

static enum verdict judge(unsigned parts)
{
    if (!now->finished) {
        return DIED;
    }
    if (now->start != OK) {
        return now->words[0] != '\0' ? REFUSED : SILENT;
    }
    const enum verdict text = judge_text();
    if (text != HARMLESS) {
        return text;
    }
    if (now->people < good->people) {
        return REFUSED; /* one key file is left aside by name, the node starts */
    }
    const struct difference difference = differ(parts, ALL_FAMILIES);
    if (now->read != OK) {
        return difference.other[0] + difference.other[1] == 0 ? NAMED : SILENT;
    }
    if (now->height < good->height) {
        return judge_shorter(&difference);
    }
    if (difference.missing[0] + difference.missing[1] + difference.other[0] + difference.other[1] >
        0) {
        return SILENT;
    }
    const bool said = told_more();
    if (good->voting && !now->voting) {
        return said ? NOT_VOTING : SILENT;
    }
    const bool same = now->log_records == good->log_records && hash_equal(&now->log, &good->log) &&
                      hash_equal(&now->slot, &good->slot) && !now->slot_torn && !now->repaired;
    if (same) {
        return HARMLESS;
    }
    return said ? REPAIRED : SILENT;
}

/* --- flips --------------------------------------------------------------------------------------
 */

static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* flip tries one byte; false if it stayed unseen. */
static bool flip(const struct options *options, struct copy_file *file, size_t at, uint8_t mask)
{
    const unsigned parts = parts_of(file->name);
    const bool writes = (parts & (LOOK_CHAIN | LOOK_LOCAL)) != 0;
    file->bytes[at] ^= mask;
    if (writes) {
        copy_lay_out(&copy, options->scratch, parts);
    } else {
        copy_lay_file(options->scratch, file);
    }
    start(options, now, parts);
    file->bytes[at] ^= mask;
    if (!writes) {
        copy_lay_file(options->scratch, file);
    }
    const enum verdict verdict = judge(parts);
    verdict_add(file->name, verdict, 1);
    const bool bad = verdict == SILENT || verdict == DIED;
    if (bad || options->show) {
        (void)printf(
            "%s %s byte %zu of %zu mask %02x: %s (height %llu of %llu, records %llu of %llu, "
            "entries %zu of %zu, read %s)\n",
            verdict_name(verdict), file->name, at, file->size, mask, now->words,
            (unsigned long long)now->height, (unsigned long long)good->height,
            (unsigned long long)now->log_records, (unsigned long long)good->log_records, now->count,
            good->count, err_name(now->read));
    }
    return !bad;
}

/* --- files that nobody opens --------------------------------------------------------------------
 */

/* flip_unread tries a whole file at once where that can hide nothing: with all of its bytes flipped
 * a start on all parts and the reading of everything must neither open the file nor be any other
 * than the good one. What no program reads cannot matter byte by byte. False: somebody opens it. */
static bool flip_unread(const struct options *options, struct copy_file *file)
{
    char path[COPY_PATH_SIZE];
    struct inotify_event event = {0}; /* the first: an opening comes before all else */
    for (size_t i = 0; i < file->size; i++) {
        file->bytes[i] ^= 0x10;
    }
    copy_lay_out(&copy, options->scratch, LOOK_ALL);
    for (size_t i = 0; i < file->size; i++) {
        file->bytes[i] ^= 0x10;
    }
    copy_join(path, options->scratch, file->name);
    const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch < 0 || inotify_add_watch(watch, path, IN_OPEN | IN_ACCESS) < 0) {
        copy_stop("cannot watch", path);
    }
    start(options, now, LOOK_ALL);
    /* One that is deleted unread leaves an event, too. */
    const ssize_t got = read(watch, &event, sizeof event);
    const bool unread =
        (got < 0 && errno == EAGAIN) || (got > 0 && (event.mask & (IN_OPEN | IN_ACCESS)) == 0);
    (void)close(watch);
    if (!unread || judge(LOOK_ALL) != HARMLESS) {
        return false;
    }
    verdict_add(file->name, HARMLESS, file->size);
    (void)printf("nobody opens %s: its %zu bytes are flipped at once\n", file->name, file->size);
    return true;
}

/* --- tables, by a reader that stays open --------------------------------------------------------
 */

static void write_byte(int fd, size_t at, uint8_t byte)
{
    if (pwrite(fd, &byte, 1, (off_t)at) != 1) {
        copy_stop("cannot write", "a byte");
    }
}

/* The family that the table belongs to: the one that cannot be read with its first bytes damaged.
 * The walks over the others never touch the file. */
static uint8_t family_of(struct kv *kv, int fd, const struct copy_file *file)
{
    look_walk(now, kv, 0, CHAIN_FAMILIES - 1); /* opens every table */
    const struct difference none = differ(LOOK_CHAIN, ALL_FAMILIES);
    if (now->read || none.missing[0] + none.other[0] > 0) {
        copy_stop("not the good database", file->name);
    }
    write_byte(fd, 8, (uint8_t)(file->bytes[8] ^ 0xffu));
    look_walk(now, kv, 0, CHAIN_FAMILIES - 1);
    write_byte(fd, 8, file->bytes[8]);
    if (!now->read) {
        copy_stop("nobody reads", file->name);
    }
    return now->read_family;
}

/* sift_here tries every stride-th byte of a table of the chain in turn under an open reader that
 * has no block in memory: seen[at] is 1 where the walk over its family met the damage and nothing
 * else differed, 2 where something differed unseen, 0 where the reader does not look (again) and a
 * start must tell. */
static void sift_here(const struct options *options, const struct copy_file *file, uint8_t *seen)
{
    char path[COPY_PATH_SIZE];
    struct kv *kv = look_still(options->scratch);
    copy_join(path, options->scratch, file->name);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (kv == NULL || fd < 0) {
        copy_stop("cannot read", path);
    }
    const uint8_t family = family_of(kv, fd, file);
    for (size_t at = options->from % options->stride; at < file->size; at += options->stride) {
        write_byte(fd, at, (uint8_t)(file->bytes[at] ^ 1u << (at / options->stride % 8)));
        look_walk(now, kv, family, family);
        const struct difference found = differ(LOOK_CHAIN, family);
        if (now->read) {
            seen[at] = found.other[0] == 0 ? 1 : 2;
        } else {
            seen[at] = found.missing[0] + found.other[0] == 0 ? 0 : 2;
        }
        write_byte(fd, at, file->bytes[at]);
    }
    look_walk(now, kv, 0, CHAIN_FAMILIES - 1);
    if (now->read) {
        copy_stop("not whole again", path);
    }
}

/* sift does this in a process of its own, which keeps the library's threads out of this one. NULL
 * for files that are no tables of the chain. */
static const uint8_t *sift(const struct options *options, const struct copy_file *file)
{
    static uint8_t *seen;
    static size_t size;
    int status = 0;
    if (strncmp(file->name, "data/chain/", 11) != 0 || strstr(file->name, ".sst") == NULL) {
        return NULL;
    }
    if (seen != NULL) {
        (void)munmap(seen, size);
    }
    size = file->size;
    seen = shared(size);
    copy_lay_out(&copy, options->scratch, LOOK_CHAIN);
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        sift_here(options, file, seen);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        copy_stop("cannot sift", file->name);
    }
    return seen;
}

static bool wanted(const struct options *options, const struct copy_file *file)
{
    return file->size > 0 && (options->only == NULL || strstr(file->name, options->only) != NULL);
}

/* Every stride-th byte; the bit changes with the byte. */
static unsigned long flip_all(const struct options *options, unsigned long *done)
{
    unsigned long bad = 0;
    unsigned long number = 0;
    for (size_t i = 0; i < copy.count; i++) {
        if (!wanted(options, &copy.files[i])) {
            continue;
        }
        if (options->stride == 1 && flip_unread(options, &copy.files[i])) {
            number += copy.files[i].size;
            continue;
        }
        const uint8_t *seen = sift(options, &copy.files[i]);
        for (size_t at = options->from % options->stride; at < copy.files[i].size;
             at += options->stride, number++) {
            if (seen != NULL && seen[at] == 1) {
                verdict_add(copy.files[i].name, NAMED, 1);
            } else if (seen != NULL && seen[at] == 2) {
                verdict_add(copy.files[i].name, SILENT, 1);
                bad++;
            } else {
                bad += !flip(options, &copy.files[i], at, (uint8_t)(1u << (number % 8)));
            }
        }
    }
    *done = number;
    return bad;
}

/* Half of the sample in turn over the files, so that small ones are met, half over all bytes. */
static unsigned long flip_sample(const struct options *options, unsigned long *done)
{
    uint64_t state = options->seed;
    unsigned long bad = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < copy.count; i++) {
        all += wanted(options, &copy.files[i]) ? copy.files[i].size : 0;
    }
    size_t next = 0;
    while (all > 0 && *done < options->sample) {
        size_t at = 0;
        size_t i = next % copy.count;
        if (*done % 2 == 0) {
            while (!wanted(options, &copy.files[i])) {
                i = ++next % copy.count;
            }
            at = draw(&state) % copy.files[i].size;
            next++;
        } else {
            uint64_t place = draw(&state) % all;
            for (i = 0; !wanted(options, &copy.files[i]) || place >= copy.files[i].size; i++) {
                place -= wanted(options, &copy.files[i]) ? copy.files[i].size : 0;
            }
            at = place;
        }
        bad += !flip(options, &copy.files[i], at, (uint8_t)(1u << (draw(&state) % 8)));
        (*done)++;
    }
    return bad;
}

static bool number_option(const char *text, const char *name, unsigned long *out)
{
    const size_t size = strlen(name);
    if (strncmp(text, name, size) != 0) {
        return false;
    }
    *out = strtoul(text + size, NULL, 10);
    return true;
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {.sample = 100, .seed = 1};
    unsigned long show = 0;
    if (argc < 4) {
        (void)fprintf(stderr, "usage: flips NODE GENESIS SCRATCH [sample=N] [seed=N] [stride=N] "
                              "[from=N] [only=TEXT] [show=1]\n");
        exit(2);
    }
    options.node = argv[1];
    options.genesis = argv[2];
    options.scratch = argv[3];
    for (int i = 4; i < argc; i++) {
        if (strncmp(argv[i], "only=", 5) == 0) {
            options.only = argv[i] + 5;
        } else if (!number_option(argv[i], "sample=", &options.sample) &&
                   !number_option(argv[i], "seed=", &options.seed) &&
                   !number_option(argv[i], "stride=", &options.stride) &&
                   !number_option(argv[i], "from=", &options.from) &&
                   !number_option(argv[i], "show=", &show)) {
            errno = EINVAL;
            copy_stop("option", argv[i]);
        }
    }
    options.show = show != 0;
    return options;
}

int main(int argc, char **argv)
{
    const struct options options = read_options(argc, argv);
    if (sign_start() != OK) {
        return 2;
    }
    copy_load(&copy, options.node, options.genesis);
    good = shared(sizeof *good);
    now = shared(sizeof *now);
    copy_lay_out(&copy, options.scratch, LOOK_ALL);
    look_begin_here(&options);
    start(&options, good, LOOK_ALL);
    if (!good->finished || good->start != OK || good->read != OK || good->count == 0) {
        (void)printf("the good node does not start: %s\n", good->words);
        return 2;
    }
    unsigned long done = 0;
    const unsigned long bad =
        options.stride > 0 ? flip_all(&options, &done) : flip_sample(&options, &done);
    verdict_print();
    (void)printf("%lu flips, %lu failed (seed %lu, %zu files, %zu pairs, height %llu)\n", done, bad,
                 options.seed, copy.count, good->count, (unsigned long long)good->height);
    return bad > 0 ? 1 : 0;
}
