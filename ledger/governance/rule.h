/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_RULE_H
#define LEDGER_GOVERNANCE_RULE_H

/* A transaction type is one row: its messages, who may send it, which signatures it needs, its rule
 * and the keys it creates. Each rule folder exports one table; exec/ joins them; the door, blocks,
 * JSON, the command line, OpenAPI and the reference page are derived from the rows. Adding a type
 * touches its folder, its .proto and its tests, and nothing else. */

#include "ledger/codec/field.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/known.h"
#include "ledger/store/overlay.h"

/* Roles of an organisation, a bit set in its record. */
enum role {
    ROLE_MINE = 1 << 0,
    ROLE_GROUP = 1 << 1,
    ROLE_VERIFIER = 1 << 2,
    ROLE_REGULATOR = 1 << 3,
    ROLE_DESK = 1 << 4,
    ROLE_LABORATORY = 1 << 5,
    ROLE_CARRIER = 1 << 6,
    ROLE_USER = 1 << 7, /* burns, cokes or converts coal */
    ROLE_SETTLEMENT = 1 << 8, /* confirms payments; never a party (decision D43) */
    ROLE_AUTHORITY = 1 << 9, /* freezes by order */
    ROLE_REGISTRAR = 1 << 10, /* keeps assets, accounts and issues */
    ROLE_ANY = 0xffff
};

/* What a person's key may be used for. */
enum key_usage {
    USAGE_SUBMIT = 1 << 0, /* prepares and submits */
    USAGE_APPROVE = 1 << 1, /* responsible person, second officer */
    USAGE_OFFICER = 1 << 2, /* governance */
    USAGE_DEVICE = 1 << 3
};

/* One signer as the state knows it at this block. */
struct rule_signer {
    struct hash key_id;
    struct hash person; /* id hash of the natural person */
    uint32_t usage; /* bits of enum key_usage */
};

#define RULE_CREATED_MAX 16

/* What a rule may see and do. Nothing here reads a clock: time_ms is the block's. */
struct rule_context {
    struct overlay *state;
    struct arena *arena; /* scratch, dropped after the transaction */
    uint64_t height;
    uint64_t time_ms; /* header time; at the door: time of the last final header */
    uint16_t rules_version;
    struct hash chain_id;
    struct hash tx_id;
    const char *organisation_id; /* text id of the sender */
    struct hash organisation; /* id hash */
    uint32_t roles; /* of the sender */
    const struct rule_signer *signers;
    size_t signer_count;
    struct bytes detached; /* what the rule's message was decoded from; empty: none */
    const struct known *known; /* may be NULL: nothing is remembered */
    /* Filled by the rule for the receipt. created: keys written for the first time, by
     * rule_created. */
    uint32_t receipt_flags;
    uint32_t days_late;
    struct bytes created[RULE_CREATED_MAX];
    size_t created_count;
};

/* rule_created notes a key for the receipt; copies. Those after the first RULE_CREATED_MAX are not
 * listed. ERR_MEMORY. */
static inline enum err NODISCARD rule_created(struct rule_context *context, struct bytes key)
{
    if (context->created_count == RULE_CREATED_MAX) {
        return OK;
    }
    if (!arena_copy(context->arena, key, &context->created[context->created_count])) {
        return ERR_MEMORY;
    }
    context->created_count++;
    return OK;
}

/* What a refusal means (decision D16). OK with ERR code OK; otherwise err_detail says why. */
enum judgement {
    JUDGE_OK,
    JUDGE_NEVER, /* wrong whatever happens */
    JUDGE_NOT_YET, /* something it refers to is absent; detail names it */
    JUDGE_UNABLE /* the world failed: storage, memory */
};

struct rule_row {
    uint32_t type;
    const char *name; /* ACCOUNT_SUBMIT */
    const char *operation; /* SubmitAccount */
    const ProtobufCMessageDescriptor *payload;
    const ProtobufCMessageDescriptor *detached; /* NULL: detached must be empty */
    bool detached_optional; /* it may be left out; the rule is then given NULL */
    uint32_t roles; /* any of these */
    uint8_t signatures; /* exactly so many, of distinct persons of the sending organisation */
    uint32_t usages[4]; /* usage bits each signature needs, in any assignment */
    /* The rule: checks and writes through context->state; detached decides validity only (D3).
     * A refusal may leave writes behind, the caller rolls back. */
    enum judgement (*apply)(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail);
    /* One state key this transaction creates and one it needs, for the pool's index of
     * predecessors; size 0 where there is none. Written into context->arena. May be NULL. */
    void (*links)(struct rule_context *context, const ProtobufCMessage *payload,
                  struct bytes *creates, struct bytes *needs);
    /* Which transaction recorded the same content before: what a client who asks again is answered
     * with (decision D5). ERR_ABSENT: none. May be NULL. */
    enum err (*duplicate)(struct rule_context *context, const ProtobufCMessage *payload,
                          struct hash *first);
    uint32_t cost; /* units; plus one per 1,000 bytes of detached */
    const char *clause; /* "KSSJ 5.1.1" */
    uint16_t since; /* rules versions */
    uint16_t until; /* 0 = still valid */
    bool moves_units; /* an idempotency key is required (decision D5) */
    const char *help_en;
};

struct rule_table {
    const struct rule_row *rows;
    size_t count;
};

#endif
