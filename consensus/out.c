/* SPDX-License-Identifier: Apache-2.0 */
/* The action list of the step under way. Certificates are copied into its pool once a step: those
 * of J(view) are shared by all messages that carry the same justification. */

#include "consensus/state.h"

struct cons_action *out_add(struct cons *cons, enum cons_action_kind kind)
{
    struct cons_actions *out = cons->out;
    assert(out != NULL);
    assert(out->count < CONS_ACTIONS_MAX);
    struct cons_action *action = &out->items[out->count++];
    *action = (struct cons_action){.kind = kind};
    return action;
}

uint16_t out_cert(struct cons *cons, const struct cert *cert)
{
    struct cons_actions *out = cons->out;
    assert(cert->verified);
    for (uint16_t i = 0; i < out->cert_count; i++) {
        const struct cert *held = &out->certs[i];
        /* Two Z of one view may differ in voters and locks; N and F of one block may not matter,
         * but then their voters are equal or both are good. */
        if (held->kind == cert->kind && held->view == cert->view &&
            held->signers == cert->signers && hash_equal(&held->block_id, &cert->block_id) &&
            (cert->kind != VOTE_NULLIFY || cert_max_lock(held) == cert_max_lock(cert))) {
            return i;
        }
    }
    assert(out->cert_count < CONS_ACTION_CERTS_MAX);
    out->certs[out->cert_count] = *cert;
    return (uint16_t)out->cert_count++;
}

void out_append(struct cons *cons, const struct cert *cert)
{
    const uint16_t index = out_cert(cons, cert);
    out_add(cons, CONS_A_APPEND)->u.append.cert = index;
}

struct cons_send out_message(enum cons_msg_kind kind)
{
    return (struct cons_send){.kind = kind, .cert = CONS_NO_CERT, .skip = CONS_NO_CERT};
}

void out_send(struct cons *cons, uint16_t peer, const struct cons_send *send)
{
    assert(peer < cons->count);
    assert(peer != cons->self);
    struct cons_action *action = out_add(cons, CONS_A_SEND);
    action->u.send.peer = peer;
    action->u.send.msg = *send;
}

void out_bcast(struct cons *cons, const struct cons_send *send)
{
    struct cons_action *action = out_add(cons, CONS_A_BCAST);
    action->u.send.peer = CONS_NONE;
    action->u.send.msg = *send;
}

void out_attach_just(struct cons *cons, struct cons_send *send)
{
    send->view = cons->view;
    send->has_just = true;
    if (cons->view == 1) {
        return;
    }
    assert(cons->has_skip || high_view(cons) == cons->view - 1);
    if (cons->just_view != cons->view) {
        cons->just_view = cons->view;
        cons->just_cert = cons->has_high ? out_cert(cons, &cons->high) : CONS_NO_CERT;
        cons->just_skip =
            high_view(cons) == cons->view - 1 ? CONS_NO_CERT : out_cert(cons, &cons->skip);
    }
    send->cert = cons->just_cert;
    send->skip = cons->just_skip;
}

void out_alarm(struct cons *cons, enum cons_alarm code, uint64_t view, const struct hash *id)
{
    struct cons_action *action = out_add(cons, CONS_A_ALARM);
    action->u.alarm.code = code;
    action->u.alarm.view = view;
    action->u.alarm.block_id = *id;
}

void out_halt(struct cons *cons)
{
    if (!cons->halted) {
        cons->halted = true;
        out_add(cons, CONS_A_HALT);
    }
}

void cons_send_just(const struct cons_actions *actions, const struct cons_send *send,
                    struct just *just)
{
    assert(send->has_just);
    just->kind = JUST_EPOCH_START;
    just->has_cert = send->cert != CONS_NO_CERT;
    if (just->has_cert) {
        assert(send->cert < actions->cert_count);
        just->kind = JUST_NEXT;
        just->cert = actions->certs[send->cert];
    }
    if (send->skip != CONS_NO_CERT) {
        assert(send->skip < actions->cert_count);
        just->kind = JUST_SKIP;
        just->nullified = actions->certs[send->skip];
    }
}
