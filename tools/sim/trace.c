/* SPDX-License-Identifier: Apache-2.0 */
/* The transcript: one line an event, "[   1.204s] n2 > NOTARIZE view 7 block 3fa2c1d0". */

#include "tools/sim/world.h"

#include <stdarg.h>

static const char *msg_name(enum cons_msg_kind kind)
{
    switch (kind) {
    case CONS_M_PROPOSE:
        return "PROPOSE";
    case CONS_M_BODY:
        return "BODY";
    case CONS_M_NOTARIZE:
        return "NOTARIZE";
    case CONS_M_NULLIFY:
        return "NULLIFY";
    case CONS_M_FINALIZE:
        return "FINALIZE";
    case CONS_M_CERT:
        return "CERT";
    case CONS_M_FINAL:
        return "FINAL";
    case CONS_M_STATUS:
        return "STATUS";
    }
    return "?";
}

void trace_id(char out[9], const struct hash *id)
{
    hex_encode(out, (struct bytes){id->bytes, 4});
}

static void prefix(const struct world *world, const struct sim_node *node)
{
    FILE *out = world->options.trace;
    (void)fprintf(out, "[%4llu.%03llus] ", (unsigned long long)(world->now / 1000000),
                  (unsigned long long)(world->now / 1000 % 1000));
    if (node != NULL) {
        (void)fprintf(out, "n%u ", node->index);
    } else {
        (void)fputs("-- ", out);
    }
}

void trace_say(const struct world *world, const struct sim_node *node, const char *format, ...)
{
    if (world->options.trace == NULL) {
        return;
    }
    prefix(world, node);
    va_list list;
    va_start(list, format);
    (void)vfprintf(world->options.trace, format, list);
    va_end(list);
    (void)fputc('\n', world->options.trace);
}

static void say_just(FILE *out, const struct just *just)
{
    switch (just->kind) {
    case JUST_EPOCH_START:
        (void)fputs(" just start", out);
        break;
    case JUST_NEXT:
        (void)fprintf(out, " just %c%llu", just->cert.kind == VOTE_FINALIZE ? 'F' : 'N',
                      (unsigned long long)just->cert.view);
        break;
    case JUST_SKIP:
        (void)fprintf(out, " just Z%llu+%c%llu", (unsigned long long)just->nullified.view,
                      just->has_cert && just->cert.kind == VOTE_FINALIZE ? 'F' : 'N',
                      (unsigned long long)(just->has_cert ? just->cert.view : 0));
        break;
    }
}

static void say_cons(FILE *out, const struct packet *packet)
{
    char id[9];
    (void)fputs(msg_name(packet->msg), out);
    switch (packet->msg) {
    case CONS_M_PROPOSE:
    case CONS_M_NOTARIZE:
    case CONS_M_FINALIZE:
        trace_id(id, &packet->vote.block_id);
        (void)fprintf(out, " view %llu block %s", (unsigned long long)packet->vote.view, id);
        break;
    case CONS_M_NULLIFY:
        (void)fprintf(out, " view %llu lock %llu", (unsigned long long)packet->vote.view,
                      (unsigned long long)packet->vote.lock_view);
        break;
    case CONS_M_CERT:
    case CONS_M_FINAL:
        (void)fprintf(out, " view %llu", (unsigned long long)packet->view);
        break;
    case CONS_M_STATUS:
        (void)fprintf(out, " view %llu final %llu", (unsigned long long)packet->hints.view,
                      (unsigned long long)packet->hints.final_view);
        break;
    case CONS_M_BODY:
        break;
    }
    if (packet->just != NULL) {
        say_just(out, packet->just);
    }
}

void trace_packet(const struct world *world, const struct sim_node *node, const char *direction,
                  const struct packet *packet, uint16_t peer)
{
    FILE *out = world->options.trace;
    if (out == NULL || (direction[0] == '<' && !world->options.trace_all) ||
        (packet->kind == PACKET_CONS && packet->msg == CONS_M_STATUS &&
         !world->options.trace_all)) {
        return;
    }
    char id[9] = "";
    if (packet->block != NO_BLOCK) {
        trace_id(id, &world->blocks[packet->block].block.id);
    }
    prefix(world, node);
    (void)fprintf(out, "%s ", direction);
    switch (packet->kind) {
    case PACKET_CONS:
        say_cons(out, packet);
        break;
    case PACKET_BODY:
        (void)fprintf(out, "BODY block %s", id);
        break;
    case PACKET_FETCH:
        (void)fprintf(out, "FETCH block %s", id);
        break;
    case PACKET_SYNC_REQUEST:
        (void)fprintf(out, "SYNC from height %llu", (unsigned long long)packet->height);
        break;
    case PACKET_SYNC_RESPONSE:
        (void)fprintf(out, "BLOCKS %u from height %llu", packet->count,
                      (unsigned long long)packet->height);
        break;
    }
    if (peer != CONS_NONE) {
        (void)fprintf(out, direction[0] == '<' ? " from n%u" : " to n%u", peer);
    }
    (void)fputc('\n', out);
}
