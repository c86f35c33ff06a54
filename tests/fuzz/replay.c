/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzzer's entry point over the files of a corpus, each whole and cut short at up to 64
 * places. Fails when there is no corpus: a test that cannot fail is not a test. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX (4 * 1024 * 1024)
#define CUTS 64

/* A heap copy of exactly the size, so that reading past the end is noticed. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(FILE_MAX);
    if (file == NULL || data == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        free(data);
        if (file != NULL) {
            fclose(file);
        }
        return 1;
    }
    const size_t size = fread(data, 1, FILE_MAX, file);
    fclose(file);
    run(data, size);
    const size_t step = size / CUTS + 1;
    for (size_t cut = 0; cut < size; cut += step) {
        run(data, cut);
    }
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    if (dir == NULL) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    int files = 0;
    int failed = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        failed += replay(path);
        files++;
    }
    closedir(dir);
    printf("%d files\n", files);
    return failed > 0 || files == 0;
}
