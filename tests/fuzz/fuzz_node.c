/* SPDX-License-Identifier: Apache-2.0 */
/* Three whole nodes at work and a fourth that says what the input says: target, channel, u16 size,
 * frame, again and again. Sync answers, proposals, bodies, votes, transactions: no node stops. */

#include "ledger/base/buf.h"
#include "tests/fuzz/fuzz.h"
#include "tools/simnode/cluster.h"

#define LIAR 3
#define FRAMES 64

/* The fourth machine's own node is not heard. */
static bool silence(void *context, struct host *from, uint16_t to, enum env_channel channel,
                    struct bytes frame)
{
    (void)context;
    (void)to;
    (void)channel;
    return from->index == LIAR && frame.data[0] != 1; /* but for its greeting */
}

static bool is_up(struct cluster *cluster, uint16_t host)
{
    enum node_stop_reason reason;
    return cluster->hosts[host].node != NULL && !node_failed(cluster->hosts[host].node, &reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader reader = reader_of(bytes_of(data, size));
    struct cluster *cluster = cluster_open(1, LIAR + 1, LIAR + 1);
    cluster->hooks.send = silence;
    cluster->lenient = true;
    for (uint16_t i = 0; i <= LIAR; i++) {
        check(host_start(&cluster->hosts[i]) == OK);
    }
    cluster_run(cluster, 50);
    for (uint32_t i = 0; i < FRAMES && reader_left(&reader) > 4; i++) {
        const uint16_t target = read_u8(&reader) % LIAR;
        const uint8_t how = read_u8(&reader);
        const struct bytes frame = read_bytes(&reader, read_u16(&reader));
        if (reader.failed || frame.size == 0) {
            break;
        }
        wire_send(cluster, LIAR, target, how % ENV_CHANNELS, frame, 0);
        cluster_run(cluster, how / 16u);
    }
    cluster_run(cluster, 100);
    for (uint16_t i = 0; i < LIAR; i++) {
        check(is_up(cluster, i));
    }
    cluster_close(cluster);
    return 0;
}
