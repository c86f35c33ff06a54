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
    X(KEY_AUDIT_ANCHOR, 0x1A, "organisation id32, log id32", "AuditAnchorRecord")                  \
    X(KEY_ADOPTION_HEAD, 0x1B, "scheme id32", "AdoptionHead: the set that it adopted last")        \
    X(KEY_PRODUCT, 0x20, "gtin id32", "ProductRecord")                                             \
    X(KEY_LOT, 0x21, "lot id32", "LotRecord")                                                      \
    X(KEY_LOT_EVENT, 0x22, "tx id", "LotEventRecord")                                              \
    X(KEY_LOT_HISTORY, 0x23, "lot id32, be32 index", "LotHistoryEntry")                            \
    X(KEY_LOT_EDGE, 0x24, "lot id32, be32 index", "LotEdge: what was made of it")                  \
    X(KEY_LOAD, 0x25, "sscc id32", "LoadRecord")                                                   \
    X(KEY_LOT_OFFER, 0x26, "tx id of the offer", "OfferRecord")                                    \
    X(KEY_LOT_LIST, 0x27, "u8 list, id32 of the owner, be32 index", "LotListEntry")                \
    X(KEY_LOT_LIST_COUNT, 0x28, "u8 list, id32 of the owner", "LotListCount")                      \
    X(KEY_LOT_MONTH, 0x29, "facility id32, product id32, be32 month", "LotMonthRecord")            \
    X(KEY_LOT_CLAIM, 0x2A, "id32 of place, product and claim, be32 month", "LotClaimRecord")       \
    X(KEY_ENGAGEMENT, 0x30, "id32", "EngagementRecord")                                            \
    X(KEY_ENGAGEMENT_STEP, 0x31, "engagement id32, be32 number", "StepRecord")                     \
    X(KEY_ACCREDITATION, 0x32, "organisation id32", "AccreditationRecord")                         \
    X(KEY_FINDING, 0x33, "engagement id32, be32 number", "FindingRecord")                          \
    X(KEY_RECOMPUTE, 0x34, "engagement id32, facility id32, be32 period",                          \
      "RecomputeRecord: the last one")                                                             \
    X(KEY_OPINION, 0x35, "id32", "OpinionRecord")                                                  \
    X(KEY_OPINION_HEAD, 0x36, "facility id32, be32 period",                                        \
      "OpinionHead: which opinion speaks of it")                                                   \
    X(KEY_AUDIT_SAMPLE, 0x37, "engagement id32, be32 number", "AuditSampleRecord")                 \
    X(KEY_GRANT, 0x38, "owner id32, evidence hash, reader id32", "GrantRecord")                    \
    X(KEY_DISCLOSURE, 0x39, "owner id32, evidence hash, reader id32, be32 number",                 \
      "DisclosureRecord")                                                                          \
    X(KEY_LINE_REVEAL, 0x3A, "facility id32, be32 period, be32 version, be32 index, reader id32",  \
      "LineRevealRecord")                                                                          \
    X(KEY_COAL_SAMPLE, 0x3B, "id32", "CoalSampleRecord")                                           \
    X(KEY_LAB_REPORT, 0x3C, "report hash", "LabReportRecord: which sample it speaks of")           \
    X(KEY_OPINION_SERIES, 0x3D, "facility id32",                                                   \
      "OpinionSeries: opinions of one verifier in a row")                                          \
    X(KEY_ASSURANCE_COUNT, 0x3E, "u8 table, id32 of the owner or zero",                            \
      "AssuranceCount: length of a list")                                                          \
    X(KEY_REPORT_COUNT, 0x3F, "number without version id32", "ReportCount")                        \
    X(KEY_OBSERVATION, 0x40, "id32", "ObservationRecord")                                          \
    X(KEY_OBSERVATION_HEAD, 0x41, "facility id32, be32 period", "ObservationHead: in order")       \
    X(KEY_DISPUTE, 0x42, "id32", "DisputeRecord")                                                  \
    X(KEY_DISPUTE_ACCOUNT, 0x43, "facility id32, be32 period", "DisputeHead: disputes in order")   \
    X(KEY_STATEMENT, 0x44, "dispute id32, be32 number", "StatementRecord")                         \
    X(KEY_EFFECT, 0x45, "dispute id32, be32 number", "EffectRecord: consumed once")                \
    X(KEY_ACCOUNT_LOCK, 0x46, "facility id32, be32 year", "AccountLock: the year was surrendered") \
    X(KEY_SCHEME, 0x50, "id32", "SchemeRecord")                                                    \
    X(KEY_ASSET, 0x51, "id32", "AssetRecord")                                                      \
    X(KEY_HOLDING, 0x52, "id32", "HoldingRecord")                                                  \
    X(KEY_TRUST, 0x53, "holding id32, trusted id32", "TrustRecord")                                \
    X(KEY_COVERAGE, 0x54, "facility id32", "CoverageRecord: the accounts that answer for it")      \
    X(KEY_PROJECT, 0x55, "id32", "ProjectRecord")                                                  \
    X(KEY_REDUCTION, 0x56, "id32", "ClaimedReduction")                                             \
    X(KEY_SERIES, 0x57, "id32", "SeriesRecord: counters of one asset, project and vintage")        \
    X(KEY_BLOCK, 0x58, "series id32, be64 first serial", "BlockRecord")                            \
    X(KEY_SPACE, 0x59, "space id32, u8 level, be64 prefix", "bitmap of 256 numbers in use")        \
    X(KEY_POSITION, 0x5A, "holding id32, series id32 or nothing",                                  \
      "PositionRecord, or PositionCount of the account")                                           \
    X(KEY_SLOT, 0x5B, "holding id32, series id32, u8 shelf, be32 index", "be64 first serial")      \
    X(KEY_ENTRY, 0x5C, "holding id32, series id32, be32 index", "EntryRecord of the journal")      \
    X(KEY_ORDER, 0x5D, "id32 of kind and id",                                                      \
      "TransferRecord, FreezeRecord, PledgeRecord, CancellationRecord, AllocationRecord, ...")     \
    X(KEY_HOURS, 0x5E, "space id32, be64 first hour", "ReductionHours")                            \
    X(KEY_REGISTRY, 0x5F, "", "RegistryCounters: lengths of the registry's lists")                 \
    X(KEY_TRADE, 0x60, "id32", "TradeRecord")                                                      \
    X(KEY_TRADE_FILL, 0x61, "trade id32, be32 fill", "FillRecord")                                 \
    X(KEY_TRADE_LOCK, 0x62, "holding id32, series id32, be32 index or nothing",                    \
      "UnitLock: units reserved until a payment, or UnitLocks, their count")                       \
    X(KEY_TURNOVER, 0x63, "scheme id32, holder id32, asset id32, be32 index or nothing",           \
      "TurnoverRecord: sold and bought up to a day, or TurnoverHead, their count")                 \
    X(KEY_SURRENDER, 0x64, "id32", "SurrenderRecord")                                              \
    X(KEY_COMPLIANCE, 0x65, "holding id32, be32 year", "ComplianceRecord")                         \
    X(KEY_CARRY, 0x66, "id32", "CarryRecord")                                                      \
    X(KEY_PRICE, 0x67, "scheme id32, venue id32, asset id32, be32 vintage, be32 day",              \
      "PriceRecord")                                                                               \
    X(KEY_PRICE_LAST, 0x68, "scheme id32, asset id32, be32 vintage", "PriceLast")                  \
    X(KEY_TRADE_COUNT, 0x69, "u8 table, id32 of the owner or zero",                                \
      "TradeCount: length of a list")                                                              \
    X(KEY_IMPORTED, 0x6A, "space id32, be64 first serial", "ImportedRange: came here once")        \
    X(KEY_CARRIED, 0x6B, "scheme id32, holder id32, asset id32, be32 year", "CarriedRecord")       \
    X(KEY_RECENT, 0xF0, "be64 valid until, tx id", "not in the state tree (decision D5)")

#define KEY_ENUM_MEMBER(name, byte, fields, value) name = byte,
enum key_table { KEY_ROWS(KEY_ENUM_MEMBER) };
#undef KEY_ENUM_MEMBER

#endif
