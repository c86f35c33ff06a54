/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a regulator sends needs a second officer; a party closes alone, since nothing is decided
 * by it. */

#include "ledger/assurance/dispute.h"

#include "ledger/assurance/dispute_rules.h"
#include "ledger/assurance/record.h"
#include "ledger/proto/dispute.pb-c.h"

#define PARTIES (ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER | ROLE_VERIFIER)
#define OBSERVERS                                                                                  \
    (ROLE_REGULATOR | ROLE_VERIFIER | ROLE_LABORATORY | ROLE_AUTHORITY | ROLE_REGISTRAR |          \
     ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER)

#define ROW(type_, NAME, Operation, message_, rule_, roles_, cost_, help_)                         \
    .type = type_, .name = NAME, .operation = Operation,                                           \
    .payload = &seam__##message_##__descriptor, .roles = roles_, .apply = rule_, .cost = cost_,    \
    .clause = "KSSJ 7.2.2b", .since = 1, .help_en = help_

/* Whatever follows an opening or an observation names it in its first field. */
static void follow(struct rule_context *context, const ProtobufCMessage *payload,
                   enum key_table table, struct bytes *needs)
{
    const char *const *id = message_at(payload, &payload->descriptor->fields[0], 0);
    const struct state_key key = record_key(table, *id);
    *needs = record_link(context, &key);
}

static void dispute_links(struct rule_context *context, const ProtobufCMessage *payload,
                          struct bytes *creates, struct bytes *needs)
{
    (void)creates;
    follow(context, payload, KEY_DISPUTE, needs);
}

static void observation_links(struct rule_context *context, const ProtobufCMessage *payload,
                              struct bytes *creates, struct bytes *needs)
{
    (void)creates;
    follow(context, payload, KEY_OBSERVATION, needs);
}

#define PEOPLE .signatures = 2, .usages = {USAGE_SUBMIT, USAGE_APPROVE}
#define OFFICERS .signatures = 2, .usages = {USAGE_OFFICER, USAGE_OFFICER}
#define ONE .signatures = 1, .usages = {USAGE_SUBMIT}
#define FOLLOWS .links = dispute_links
#define LINES .detached = &seam__dispute_lines__descriptor

static const struct rule_row rows[] = {
    {ROW(OBSERVATION_ADD_TYPE, "OBSERVATION_ADD", "AddObservation", observation_add,
         observation_add, OBSERVERS, 8,
         "Adds an independent estimate of a facility's emission with its interval."),
     PEOPLE, .links = observation_add_links},
    {ROW(OBSERVATION_WITHDRAW_TYPE, "OBSERVATION_WITHDRAW", "WithdrawObservation",
         observation_withdraw, observation_withdraw, OBSERVERS, 6,
         "Declares an observation wrong; both stay visible."),
     PEOPLE, .links = observation_links},
    {ROW(DISPUTE_OPEN_TYPE, "DISPUTE_OPEN", "OpenDispute", dispute_open, dispute_begin,
         PARTIES | ROLE_REGULATOR, 60,
         "Opens a dispute about an account, with claims line by line."),
     PEOPLE, LINES, .links = dispute_begin_links},
    {ROW(DISPUTE_JOIN_TYPE, "DISPUTE_JOIN", "JoinDispute", dispute_join, dispute_join,
         PARTIES | ROLE_REGULATOR, 50, "Adds the claims of another party to an open dispute."),
     PEOPLE, LINES, FOLLOWS},
    {ROW(STATEMENT_FILE_TYPE, "STATEMENT_FILE", "FileStatement", statement_file, statement_file,
         PARTIES, 10, "Files a statement, public or sealed to the regulator."),
     PEOPLE, FOLLOWS},
    {ROW(DISPUTE_EXTEND_TYPE, "DISPUTE_EXTEND", "ExtendDispute", dispute_extend, dispute_extend,
         ROLE_REGULATOR, 8, "Gives more time for statements or for the decision."),
     OFFICERS, FOLLOWS},
    {ROW(DISPUTE_PANEL_TYPE, "DISPUTE_PANEL", "NamePanel", dispute_panel, dispute_panel,
         ROLE_REGULATOR, 8, "Names three persons, two of whom decide."),
     OFFICERS, FOLLOWS},
    {ROW(DISPUTE_DECIDE_TYPE, "DISPUTE_DECIDE", "DecideDispute", dispute_decide, dispute_decide,
         ROLE_REGULATOR, 30, "Decides every claim with its reason, and what follows from it."),
     OFFICERS, LINES, FOLLOWS},
    {ROW(DISPUTE_APPEAL_TYPE, "DISPUTE_APPEAL", "AppealDispute", dispute_appeal, dispute_appeal,
         PARTIES, 10, "Appeals against a decision or the default rule, once."),
     PEOPLE, FOLLOWS},
    {ROW(DISPUTE_CLOSE_TYPE, "DISPUTE_CLOSE", "CloseDispute", dispute_close, dispute_close,
         PARTIES | ROLE_REGULATOR, 6,
         "Notes that the time to decide ran out and the default rule stands."),
     ONE, FOLLOWS},
    {ROW(DISPUTE_PUBLISH_TYPE, "DISPUTE_PUBLISH", "PublishDispute", dispute_publish,
         dispute_publish, ROLE_REGULATOR, 15,
         "Publishes a final case; lines that are not shown stay masked."),
     OFFICERS, FOLLOWS},
    {ROW(DISPUTE_WITHDRAW_TYPE, "DISPUTE_WITHDRAW", "WithdrawDispute", dispute_withdraw,
         dispute_withdraw, PARTIES | ROLE_REGULATOR, 6, "Withdraws the sender's own claims."),
     PEOPLE, FOLLOWS},
};

const struct rule_table dispute_rules = {rows, sizeof rows / sizeof rows[0]};
