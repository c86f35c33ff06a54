/* SPDX-License-Identifier: Apache-2.0 */
#include "node/shell/set_aside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/core/repair.h"
#include "node/shell/keystore.h"

unsigned set_aside_count(const char *data_dir, char newest[SET_ASIDE_NAME_MAX])
{
    unsigned count = 0;
    DIR *dir = opendir(data_dir);
    if (newest != NULL) {
        newest[0] = '\0';
    }
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
        if (strncmp(entry->d_name, SET_ASIDE_PREFIX, strlen(SET_ASIDE_PREFIX)) == 0) {
            count++;
            if (newest != NULL && strcmp(entry->d_name, newest) > 0) {
                (void)snprintf(newest, SET_ASIDE_NAME_MAX, "%.40s", entry->d_name);
            }
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return count;
}

enum err set_aside_chain(const char *data_dir, enum err log, char name[SET_ASIDE_NAME_MAX])
{
    char from[KEYSTORE_PATH_MAX];
    char to[KEYSTORE_PATH_MAX];
    char when[32];
    struct tm parts;
    const time_t now = time(NULL);
    const enum repair_answer answer = repair_stopped(log, set_aside_count(data_dir, NULL));
    if (answer != REPAIR_NOW) {
        return answer == REPAIR_NO_LOG ? ERR_CORRUPT : ERR_TOO_LARGE;
    }
    (void)gmtime_r(&now, &parts);
    (void)strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &parts);
    (void)snprintf(name, SET_ASIDE_NAME_MAX, "%s%s", SET_ASIDE_PREFIX, when);
    if (keystore_path(from, data_dir, SET_ASIDE_CHAIN) != OK ||
        keystore_path(to, data_dir, name) != OK || access(to, F_OK) == 0 || rename(from, to) != 0) {
        return ERR_STORAGE;
    }
    const int fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return synced ? OK : ERR_STORAGE;
}
