/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal is /dev/tty, so that pipes on stdin stay free for data. */

#include "tools/passphrase.h"

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tools/output.h"

static enum err read_line(int terminal, uint8_t out[KEYSTORE_PASSPHRASE_MAX], size_t *size)
{
    size_t count = 0;
    while (count < KEYSTORE_PASSPHRASE_MAX) {
        uint8_t byte = 0;
        const ssize_t got = read(terminal, &byte, 1);
        if (got != 1) {
            return ERR_STORAGE;
        }
        if (byte == '\n') {
            *size = count;
            return OK;
        }
        out[count++] = byte;
    }
    return ERR_LENGTH;
}

/* Asks without showing what is typed. */
static enum err ask(int terminal, const char *question, uint8_t out[KEYSTORE_PASSPHRASE_MAX],
                    size_t *size)
{
    struct termios before;
    if (tcgetattr(terminal, &before) != 0) {
        return ERR_STORAGE;
    }
    struct termios silent = before;
    silent.c_lflag &= (tcflag_t) ~(tcflag_t)ECHO;
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0) {
        return ERR_STORAGE;
    }
    (void)!write(terminal, question, strlen(question));
    const enum err err = read_line(terminal, out, size);
    (void)!write(terminal, "\n", 1);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    return err;
}

static enum err ask_twice(int terminal, uint8_t out[KEYSTORE_PASSPHRASE_MAX], size_t *size,
                          bool confirm)
{
    enum err err = ask(terminal, "passphrase: ", out, size);
    if (err == OK && *size == 0) {
        output_note("seam: the passphrase is empty");
        err = ERR_MISSING;
    }
    if (err != OK || !confirm) {
        return err;
    }
    uint8_t again[KEYSTORE_PASSPHRASE_MAX];
    size_t again_size = 0;
    err = ask(terminal, "again: ", again, &again_size);
    if (err == OK && (again_size != *size || memcmp(again, out, *size) != 0)) {
        output_note("seam: the two are not the same");
        err = ERR_CONFLICT;
    }
    seal_wipe(again, sizeof again);
    return err;
}

enum err passphrase_read(uint8_t out[KEYSTORE_PASSPHRASE_MAX], size_t *size, const char *file,
                         bool confirm)
{
    if (file != NULL) {
        struct err_detail detail = {0};
        const enum err err = keystore_passphrase(out, size, file, &detail);
        if (err != OK) {
            output_error(err, &detail);
        }
        return err;
    }
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        output_note("seam: there is no terminal to ask for the passphrase; use --passphrase-file");
        return ERR_MISSING;
    }
    const enum err err = ask_twice(terminal, out, size, confirm);
    (void)close(terminal);
    return err;
}

enum err key_open(struct sign_key *key, enum keystore_kind *kind, const char *path,
                  const char *passphrase_file)
{
    struct err_detail detail = {0};
    struct keystore_info info;
    uint8_t passphrase[KEYSTORE_PASSPHRASE_MAX];
    size_t size = 0;
    enum err err = keystore_info(&info, path, &detail);
    if (err != OK) {
        output_error(err, &detail);
        return err;
    }
    if (info.sealed) {
        err = passphrase_read(passphrase, &size, passphrase_file, false);
        if (err != OK) {
            return err;
        }
    }
    err = keystore_load(key, kind, path, bytes_of(passphrase, size), &detail);
    seal_wipe(passphrase, sizeof passphrase);
    if (err != OK) {
        output_error(err, &detail);
    }
    return err;
}
