/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* nftw */

#include "tools/bench.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define OPEN_DIRECTORIES 16

static uint64_t clock_ns(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t bench_cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t bench_thread_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t bench_wall_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t bench_per_second(uint64_t count, uint64_t ns)
{
    return ns == 0 ? 0 : (uint64_t)((unsigned __int128)count * 1000000000u / ns);
}

static uint64_t walked; /* nftw gives its function no context */

static int add_size(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)path;
    (void)place;
    walked += kind == FTW_F ? (uint64_t)info->st_size : 0;
    return 0;
}

uint64_t bench_directory_bytes(const char *path)
{
    walked = 0;
    (void)nftw(path, add_size, OPEN_DIRECTORIES, FTW_PHYS);
    return walked;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

void bench_directory_remove(const char *path)
{
    (void)nftw(path, remove_one, OPEN_DIRECTORIES, FTW_PHYS | FTW_DEPTH);
}
