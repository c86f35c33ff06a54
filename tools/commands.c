/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of commands; a new command adds one line here and its file. */

#include "tools/command.h"

const struct command commands[] = {
    {"access", cmd_access, "who may use the HTTP interface of a node, and its token"},
    {"account", cmd_account, "monthly accounts"},
    {"allowance", cmd_allowance, "schemes, allocation, issue, freezing: what registries do"},
    {"bench", cmd_bench, "how fast this machine does a validator's work"},
    {"block", cmd_block, "final blocks"},
    {"calc", cmd_calc, "calculate an account from a file, without any network"},
    {"cancel", cmd_cancel, "end units for a beneficiary, for ever"},
    {"carryover", cmd_carryover, "units of a past year into the next"},
    {"certificate", cmd_certificate, "check a certificate without any network"},
    {"dispute", cmd_dispute, "disputes about accounts: claims, statements, decisions, cases"},
    {"draft", cmd_draft, "transactions that wait for a second person"},
    {"engage", cmd_engage, "engagements: verification step by step"},
    {"evidence", cmd_evidence, "documents beside the ledger, grants, single lines"},
    {"facility", cmd_facility, "mines, open pits, washing plants and their boundaries"},
    {"factor", cmd_factor, "parameter sets: emission factors with their sources"},
    {"finding", cmd_finding, "findings of a verification"},
    {"gap", cmd_gap, "reported against verified and observed amounts, and why they differ"},
    {"genesis", cmd_genesis, "compose and read the founding document of a network"},
    {"holding", cmd_holding, "accounts of units, their statements and serial numbers"},
    {"key", cmd_key, "make and show key files"},
    {"lab", cmd_lab, "coal samples and laboratory reports"},
    {"localnet", cmd_localnet, "run a network on this machine"},
    {"lot", cmd_lot, "coal lots: events, traces, passports, exports"},
    {"opinion", cmd_opinion, "opinions on accounts"},
    {"org", cmd_org, "organisations, persons and their keys"},
    {"plan", cmd_plan, "the cheapest way to meet a year"},
    {"project", cmd_project, "projects that reduce emissions, and their claims"},
    {"proof", cmd_proof, "proofs that outsiders can check"},
    {"report", cmd_report, "what a region emits, and where a facility's emissions come from"},
    {"sample", cmd_sample, "audit samples that nobody can steer"},
    {"scenario", cmd_scenario, "compare technologies for mine methane, without any network"},
    {"sim", cmd_sim, "replay one run of the simulated consortium"},
    {"status", cmd_status, "how a node is, and why"},
    {"storage", cmd_storage, "what a node keeps on disk"},
    {"surrender", cmd_surrender, "units for what a year owes, and where it stands"},
    {"trade", cmd_trade, "trade of units, delivery versus payment"},
    {"transfer", cmd_transfer, "transfers of units"},
    {"trust", cmd_trust, "accounts that units may go to at once"},
    {"tx", cmd_tx, "transactions as files: made, read, signed, submitted"},
    {"validators", cmd_validators, "the validators of this epoch"},
};

const size_t command_count = sizeof commands / sizeof commands[0];
