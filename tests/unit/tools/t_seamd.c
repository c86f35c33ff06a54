/* SPDX-License-Identifier: Apache-2.0 */
/* How seamd ends (decision D24): each way to be started wrongly has its exit status, and nothing is
 * written before the refusal. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/crypto/sign.h"
#include "node/shell/daemon.h"
#include "tools/localnet.h"

#define SEAMD SEAM_BINARY_DIR "/seamd"

static char dir[] = "/tmp/seam-seamd-XXXXXX";
static struct localnet net;
static struct err_detail detail;

static void write_text(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

/* Runs a shell line and gives its exit status. */
static int run(const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    const int status = system(line);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Starts seamd with node 1's configuration as changed by a sed program; output into DIR/out. */
static int start(const char *change)
{
    return run("sed '%s' %s/node-1/node.yaml > %s/changed.yaml && %s --config %s/changed.yaml "
               "> %s/out 2>&1",
               change, net.dir, dir, SEAMD, dir, dir);
}

static bool said(const char *text)
{
    return run("grep -q -- '%s' %s/out", text, dir) == 0;
}

static int setup(void **state)
{
    (void)state;
    char boundaries[96];
    char inner[96];
    if (sign_start() != OK || mkdtemp(dir) == NULL) {
        return -1;
    }
    snprintf(boundaries, sizeof(boundaries), "%s/boundaries.json", dir);
    snprintf(inner, sizeof(inner), "%s/net", dir);
    write_text(boundaries, "{\"facilities\": []}\n");
    const struct localnet_plan plan = {
        .dir = inner, .boundaries = boundaries, .nodes = 4, .base_port = 21000};
    return localnet_make(&net, &plan, &detail) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return run("rm -rf -- '%s'", dir);
}

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(run("%s --help > %s/out", SEAMD, dir), DAEMON_OK);
    assert_true(said("exit status"));
    assert_int_equal(run("%s --version > %s/out", SEAMD, dir), DAEMON_OK);
    assert_true(said("^seamd [0-9]"));
    assert_int_equal(run("%s > %s/out 2>&1", SEAMD, dir), DAEMON_USAGE);
    assert_int_equal(run("%s --nonsense > %s/out 2>&1", SEAMD, dir), DAEMON_USAGE);
    assert_int_equal(run("%s --config /nowhere > %s/out 2>&1", SEAMD, dir), DAEMON_USAGE);
    assert_int_equal(run("%s --config %s/node-1/node.yaml --check", SEAMD, net.dir), DAEMON_OK);
}

static void test_configuration(void **state)
{
    (void)state;
    assert_int_equal(start("s/^name:/nam:/"), DAEMON_USAGE);
    assert_true(said("nam"));
    assert_int_equal(start("s#node-1/keys#node-1/data/keys#"), DAEMON_USAGE);
    assert_true(said("key_dir"));
    assert_int_equal(
        run("SEAM_LOG_LEVELS=1 %s --config %s/node-1/node.yaml > %s/out 2>&1", SEAMD, net.dir, dir),
        DAEMON_USAGE);
    assert_true(said("SEAM_LOG_LEVELS"));
}

static void test_genesis_and_keys(void **state)
{
    (void)state;
    assert_int_equal(start("s#genesis.json#nothing.json#"), DAEMON_GENESIS);
    /* One changed character of what people read. */
    assert_int_equal(
        run("sed 's/localnet/localned/' %s/genesis.json > %s/genesis.other", net.dir, net.dir), 0);
    assert_int_equal(start("s#genesis.json#genesis.other#"), DAEMON_GENESIS);
    assert_true(said("E_NOT_CANONICAL"));
    assert_int_equal(
        run("cp -r %s/node-1/keys %s/wide && chmod 644 %s/wide/node.key", net.dir, dir, dir), 0);
    char change[256];
    snprintf(change, sizeof(change), "s#^key_dir.*#key_dir: %s/wide#", dir);
    assert_int_equal(start(change), DAEMON_GENESIS);
    assert_true(said("chmod 600"));
    /* The slots of another key: this node must not vote with them. */
    assert_int_equal(run("cp -r %s/node-1/keys %s/mixed && cp %s/node-2/keys/signer.state %s/mixed",
                         net.dir, dir, net.dir, dir),
                     0);
    snprintf(change, sizeof(change), "s#^key_dir.*#key_dir: %s/mixed#;s#node-1/data#mixed-data#",
             dir);
    assert_int_equal(start(change), DAEMON_GENESIS);
    /* No slots at all: they are lost, and no repair of the disk brings them back (decision D6). */
    assert_int_equal(run("rm %s/mixed/signer.state", dir), 0);
    assert_int_equal(start(change), DAEMON_GENESIS);
    assert_true(said("must never vote again"));
}

static void test_port_taken(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    char change[128];
    snprintf(change, sizeof(change), "s#listen: 127.0.0.1:21000#listen: 127.0.0.1:%u#",
             ntohs(address.sin_port));
    assert_int_equal(start(change), DAEMON_START);
    assert_true(said("peer.listen"));
    close(fd);
}

/* A database that is not one. */
static void test_storage(void **state)
{
    (void)state;
    assert_int_equal(run("mkdir %s/net/bad && echo junk > %s/net/bad/chain", dir, dir), 0);
    assert_int_equal(start("s#node-1/data#bad#"), DAEMON_STORAGE);
    assert_true(said("chain database refused"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_genesis_and_keys),
        cmocka_unit_test(test_port_taken),
        cmocka_unit_test(test_storage),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
