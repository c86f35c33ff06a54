/* SPDX-License-Identifier: Apache-2.0 */
/* The trading desk: `seam holding`, `transfer`, `trust`, `trade`, `surrender`, `cancel`,
 * `carryover`, `plan`, `allowance`, `project`: operations of the HTTP interface, see remote.h. */

#include <stdio.h>
#include <string.h>

#include "tools/command.h"
#include "tools/remote.h"
#include "tools/units_commands.h"

#define GROUP(name, rows, purpose, argc, argv)                                                     \
    remote_group(rows, sizeof(rows) / sizeof(rows)[0], name,                                       \
                 purpose "\nUnits are ASSET[:PROJECT]:VINTAGE=QUANTITY, or =FIRST-LAST serial "    \
                         "numbers: CEA:2025=1000, CCER:vam-1:2025=1-50.",                          \
                 argc, argv)

int cmd_holding(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"show", "GetHoldings", "holding", "what an account holds, by series"},
        {"list", "ListHoldingAccounts", "[organisation]", "accounts"},
        {"open", "OpenHoldingAccount", "FILE", "open an account, or ask for one"},
        {"state", "SetHoldingState", "holding state reason", "restrict, suspend, close, open"},
        {"move", "MovePosition", "! holding units@ to", "move units between TRADE and REGISTER"},
        {"export", "ExportUnits", "! FILE", "give units to another registry"},
        {"pledge", "PledgeUnits", "! FILE", "hold units for a creditor"},
        {"release", "ReleasePledge", "! pledge", "give pledged units back"},
        {"statement", "GetStatement", "holding [since] [until]", "what happened in a span"},
        {"serial", "FindSerial", "series serial#", "where a unit is and where it has been"},
        {"series", "ListSeries", "", "issued, held, ended: by series"},
        {"report", "PublicReport", "[since] [until]", "surrenders and cancellations"},
    };
    static const struct command files[] = {
        {"bundle", holding_bundle, "a statement with its proofs as a file"},
        {"verify", holding_verify, "check such a file without any network"},
    };
    for (size_t i = 0; argc > 1 && i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(argv[1], files[i].name) == 0) {
            return files[i].run(argc - 1, argv + 1);
        }
    }
    const int status = GROUP(
        "holding", rows, "Accounts of allowances and credits, and what lies in them.", argc, argv);
    const bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    for (size_t i = 0; help && i < sizeof files / sizeof files[0]; i++) {
        (void)printf("  %-38s %s\n", files[i].name, files[i].help);
    }
    return status;
}

int cmd_transfer(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"propose", "ProposeTransfer", "! transfer from to units@@", "send or offer units"},
        {"accept", "AcceptTransfer", "! transfer", "accept what was offered"},
        {"execute", "ExecuteTransfer", "! transfer", "carry it out after its delay"},
        {"cancel", "CancelTransfer", "! transfer", "take back or decline"},
        {"show", "GetTransfer", "transfer", "a transfer and where it stands"},
        {"list", "ListTransfers", "holding", "offers of and to an account"},
    };
    return GROUP("transfer", rows, "Transfers of units without payment.", argc, argv);
}

int cmd_trust(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"add", "AddTrustedAccount", "holding trusted reason", "trust an account, after a delay"},
        {"remove", "RemoveTrustedAccount", "holding trusted", "trust it no more"},
        {"list", "ListTrustedAccounts", "holding", "trusted accounts, and from when on"},
    };
    return GROUP("trust", rows, "Accounts that units may go to at once.", argc, argv);
}

int cmd_trade(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"propose", "ProposeTrade",
         "trade side holding method units@ price_fen# payment_hours# [settlement]",
         "offer to SELL or BUY, LISTED or BLOCK; --field hash_lock= instead of a settlement"},
        {"accept", "AcceptTrade", "trade holding quantity#", "take the whole or a part"},
        {"lock", "LockTrade", "! trade fill#", "reserve the seller's units"},
        {"pay", "ConfirmPayment", "! trade fill# amount_fen# reference",
         "confirm the payment: it delivers (bank)"},
        {"claim", "ConfirmPayment", "! trade fill# amount_fen# preimage",
         "open a hash lock: it delivers (buyer)"},
        {"refund", "RefundTrade", "! trade fill#", "end an offer (0) or an unpaid part"},
        {"show", "GetTrade", "trade", "an offer and its parts"},
        {"list", "ListTrades", "[holding]", "offers"},
        {"price", "PublishPrice", "FILE", "publish the close of a day"},
    };
    return GROUP("trade", rows, "Trade, delivery versus payment.", argc, argv);
}

int cmd_surrender(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"propose", "ProposeSurrender", "! surrender holding year# units@@ [beneficiary] [purpose]",
         "give units for a year"},
        {"approve", "ApproveSurrender", "! surrender", "approve (regulator)"},
        {"reject", "RejectSurrender", "! surrender reason", "reject (regulator)"},
        {"reverse", "ReverseSurrender", "! surrender reason", "take back, inside the window"},
        {"show", "GetSurrender", "surrender", "a surrender and its decision"},
        {"list", "ListSurrenders", "holding year", "surrenders of an account and year"},
        {"status", "GetCompliance", "year [holding]", "what is owed, gap, dates, exposure"},
    };
    return GROUP("surrender", rows, "Units for what a year owes.", argc, argv);
}

int cmd_cancel(int argc, char **argv)
{
    static const struct remote_row row = {
        "cancel", "CancelUnits", "! cancellation holding from units@@ beneficiary purpose",
        "end units for a beneficiary, for ever; from TRADE or REGISTER"};
    return remote_run(&row, NULL, argc, argv);
}

int cmd_carryover(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"propose", "CarryOver", "! carry holding year# units@@",
         "retire, and issue of the next year"},
        {"lapse", "LapseUnits", "! holding year# units@", "end what was not carried (registrar)"},
    };
    return GROUP("carryover", rows, "Units of a past year into the next.", argc, argv);
}

int cmd_plan(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"compliance", "PlanCompliance", "year [holding]",
         "the cheapest way to meet a year; prices by --field allowance_fen:=,offset_fen:="},
    };
    return GROUP("plan", rows, "Plans.", argc, argv);
}

int cmd_allowance(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"scheme", "GetScheme", "scheme", "everything a scheme decides"},
        {"schemes", "ListSchemes", "", "schemes"},
        {"set-scheme", "SetScheme", "FILE", "set a scheme (regulator)"},
        {"asset", "RegisterAsset", "FILE", "register an asset class (registrar)"},
        {"allocate", "Allocate", "! FILE", "give allowances (regulator)"},
        {"adjust", "AdjustAllowance", "! holding asset dispute effect#",
         "carry out what a dispute decided"},
        {"recover", "RecoverUnits", "! FILE", "take units back (regulator)"},
        {"issue", "IssueCcer", "! FILE", "issue the credits of a claim (registrar)"},
        {"import", "ImportUnits", "! FILE", "take in foreign units (registrar)"},
        {"freeze", "Freeze", "! FILE", "freeze by order (authority)"},
        {"unfreeze", "Unfreeze", "! order reason", "lift an order"},
        {"exclude", "ExcludeCompliance", "FILE", "an account owes nothing for a year"},
        {"check", "CheckUnits", "", "count every block again (registrar, regulator)"},
        {"reconcile", "ReconcileRegistry", "table<", "another registry's list (CSV) against this"},
    };
    return GROUP("allowance", rows, "What regulators, registrars and authorities do with units.",
                 argc, argv);
}

int cmd_project(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"register", "RegisterProject", "FILE", "register a project"},
        {"claim", "ClaimReduction", "FILE", "claim the reduction of some hours, once"},
    };
    return GROUP("project", rows, "Projects that reduce emissions.", argc, argv);
}
