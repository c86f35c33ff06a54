/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

/* The table of state keys. A state key is one table byte and fixed-width fields: ids as 32-byte
 * hashes of their text (TAG_ID), months and versions as big-endian numbers. Names and commercial
 * detail never stand in a key (decision D22). `seam storage plan` prints this list. */

#define KEY_ROWS(X)                                                                                \
    X(KEY_CHAIN, 0x01, "", "ChainState: rules version, recent count, counters")                    \
    X(KEY_ORGANISATION, 0x02, "id32", "OrganisationRecord")                                        \
    X(KEY_ORGANISATION_POSITION, 0x03, "id32", "number of this organisation's transactions")       \
    X(KEY_PERSON, 0x04, "id32", "PersonRecord")                                                    \
    X(KEY_KEY, 0x05, "key_id", "KeyRecord")                                                        \
    X(KEY_FACILITY, 0x06, "id32", "FacilityRecord")                                                \
    X(KEY_JURISDICTION, 0x07, "id32", "JurisdictionRecord")                                        \
    X(KEY_PARAMETER_SET, 0x08, "id32, be32 version", "ParameterSetRecord")                         \
    X(KEY_PARAMETER_SET_HASH, 0x09, "set hash", "id and version of the set with this hash")        \
    X(KEY_ADOPTION, 0x0A, "scheme id32, set hash", "AdoptionRecord")                               \
    X(KEY_FACILITY_HEAD, 0x0B, "facility id32", "FacilityHead: last period, account hash")         \
    X(KEY_ACCOUNT, 0x0C, "facility id32, be32 period", "AccountHead: current version and status")  \
    X(KEY_ACCOUNT_VERSION, 0x0D, "facility id32, be32 period, be32 version", "AccountRecord")      \
    X(KEY_EXTENSION, 0x0E, "jurisdiction id32, be32 period", "DeadlineExtension")                  \
    X(KEY_BOUNDARY, 0x0F, "facility id32, be32 version", "BoundaryRecord")                         \
    X(KEY_VALIDATORS, 0x10, "", "ValidatorSetRecord of this epoch")                                \
    X(KEY_LIST, 0x11, "u8 table, id32 of the owner or zero, be32 index",                           \
      "ListEntry: what was registered, in order, without a gap")                                   \
    X(KEY_COUNTERS, 0x12, "", "Counters: length of each list without an owner")                    \
    X(KEY_RECENT_COUNT, 0x13, "", "RecentCount: entries of the recent set by day of expiry")       \
    X(KEY_DOUBLE_VOTE, 0x14, "key id, be64 epoch, be64 view", "DoubleVoteRecord")                  \
    X(KEY_SUPPORT, 0x15, "be16 rules version, organisation id32", "SupportRecord")                 \
    X(KEY_IDEMPOTENCY, 0x16, "H(organisation, idempotency key)", "RecentEntry (decision D5)")      \
    X(KEY_ANNUAL, 0x17, "facility id32, be32 year", "AnnualHead: current version of a year")       \
    X(KEY_ANNUAL_VERSION, 0x18, "facility id32, be32 year, be32 version", "AnnualRecord")          \
    X(KEY_CLAIM, 0x19, "claim key (hash of facility and face, or of code and polygon)",            \
      "ClaimRecord: what accounts in force counted of it")                                         \
    X(KEY_RECENT, 0xF0, "be64 valid until, tx id", "not in the state tree (decision D5)")

#define KEY_ENUM_MEMBER(name, byte, fields, value) name = byte,
enum key_table { KEY_ROWS(KEY_ENUM_MEMBER) };
#undef KEY_ENUM_MEMBER

#endif
