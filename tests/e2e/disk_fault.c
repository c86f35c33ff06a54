/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded before the C library (LD_PRELOAD) into a node under test: a sync of certain files fails as
 * on a disk that cannot write, for as long as the test wants it. The file that DISK_FAULT names
 * holds one pattern (fnmatch) for whole paths; while there is no such file, nothing fails. A write
 * goes through, as it does into memory that the system writes out later. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* real finds the library's own function. */
static void real(void *function, const char *name)
{
    *(void **)function = dlsym(RTLD_NEXT, name);
    if (*(void **)function == NULL) {
        abort();
    }
}

/* pattern: what fails now; false: nothing. */
static bool pattern(char out[PATH_MAX])
{
    const char *control = getenv("DISK_FAULT");
    const int fd = control != NULL ? open(control, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        return false;
    }
    const ssize_t got = read(fd, out, PATH_MAX - 1);
    (void)close(fd);
    out[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static bool fails(int fd)
{
    char wanted[PATH_MAX];
    char path[PATH_MAX];
    char link[64];
    const int before = errno;
    ssize_t size = 0;
    if (pattern(wanted)) {
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        size = readlink(link, path, sizeof path - 1);
    }
    errno = before;
    if (size <= 0) {
        return false;
    }
    path[size] = '\0';
    if (fnmatch(wanted, path, 0) != 0) {
        return false;
    }
    errno = EIO;
    return true;
}

int fsync(int fd)
{
    int (*next)(int);
    real(&next, "fsync");
    return fails(fd) ? -1 : next(fd);
}

int fdatasync(int fd)
{
    int (*next)(int);
    real(&next, "fdatasync");
    return fails(fd) ? -1 : next(fd);
}

int sync_file_range(int fd, off_t offset, off_t size, unsigned flags)
{
    int (*next)(int, off_t, off_t, unsigned);
    real(&next, "sync_file_range");
    /* Without flags it is asked whether there is such a call. */
    return flags != 0 && fails(fd) ? -1 : next(fd, offset, size, flags);
}
