/* SPDX-License-Identifier: Apache-2.0 */
/* Small texts: the first byte chooses what the rest is taken for. A reader that knows one spelling
 * only must write the same text again; of the others the value that was read, written and read
 * again, is the same. */

#include "ledger/base/dec.h"
#include "ledger/base/period.h"
#include "ledger/codec/base64.h"
#include "ledger/codec/spell.h"
#include "ledger/provenance/identifier.h"
#include "ledger/provenance/quality.h"
#include "ledger/query/lot_trace.h"
#include "ledger/registry/block.h"
#include "node/core/log_record.h"
#include "node/shell/address.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 512

static void is_same(const char *written, const char *text)
{
    check(strcmp(written, text) == 0);
}

static void try_dec(char *text)
{
    struct dec dec;
    struct dec again;
    char written[64];
    if (dec_parse(&dec, bytes_text(text)) == OK) {
        check(dec_text(written, dec) < sizeof written);
        check(dec_parse(&again, bytes_text(written)) == OK);
        check(dec_compare(dec, again) == 0);
    }
}

static void try_period(char *text)
{
    struct period period;
    char written[PERIOD_TEXT_SIZE];
    const bool read = period_parse(&period, bytes_text(text)) == OK;
    check(!read || spell_period(text));
    if (read) {
        period_text(written, period);
        is_same(written, text);
        check(period_days(period) >= 28 && period_days(period) <= 366);
    }
}

static void try_date(char *text)
{
    struct date date;
    char written[DATE_TEXT_SIZE];
    const bool read = date_parse(&date, bytes_text(text)) == OK;
    check(!read || spell_date(text));
    if (read) {
        date_text(written, date);
        is_same(written, text);
        date_text(written, date_of_days(date_to_days(date)));
        is_same(written, text);
    }
}

static void try_time(char *text)
{
    uint64_t time_ms = 0;
    uint64_t again = 0;
    char written[TIME_TEXT_SIZE];
    if (time_parse(&time_ms, bytes_text(text)) == OK) {
        time_text(written, time_ms);
        check(time_parse(&again, bytes_text(written)) == OK && again == time_ms);
    }
}

static void try_spelled_time(char *text)
{
    uint64_t time_ms = 0;
    char written[SPELL_TIME_SIZE];
    uint64_t again = 0;
    if (spell_time_read(&time_ms, text)) {
        spell_time_write(written, time_ms);
        check(spell_time_read(&again, written) && again == time_ms);
    }
}

static void try_hex(char *text)
{
    uint8_t bytes[HASH_SIZE];
    char written[2 * HASH_SIZE + 1];
    uint8_t again[HASH_SIZE];
    if (hex_decode(bytes, sizeof bytes, bytes_text(text))) {
        hex_encode(written, bytes_of(bytes, sizeof bytes));
        check(hex_decode(again, sizeof again, bytes_text(written)));
        check(memcmp(bytes, again, sizeof bytes) == 0);
    }
}

static void try_base64(char *text)
{
    struct arena arena;
    struct bytes bytes;
    char written[TEXT_MAX + 8];
    arena_init(&arena, 65536);
    if (base64_read(&bytes, bytes_text(text), &arena) == OK) {
        check(base64_size(bytes.size) == strlen(text));
        base64_write(written, bytes);
        is_same(written, text);
    }
    arena_free(&arena);
}

/* A measured carbon content makes the ash part of the same dry mass. */
static void try_quality(char *text)
{
    struct quality quality;
    const char *field = NULL;
    Seam__LotQuality in = SEAM__LOT_QUALITY__INIT;
    in.moisture = in.ash = in.ncv = text;
    for (unsigned carbon = 0; carbon < 2; carbon++) {
        const enum err err = quality_parse(&quality, &field, &in);
        check(err == OK || field != NULL);
        check(err != OK || quality_burns_e8(&quality) <= 100000000);
        in.carbon = text;
    }
}

static void try_mass(char *text)
{
    int64_t kg = 0;
    int64_t again = 0;
    uint32_t fraction = 0;
    char written[MASS_TEXT_SIZE];
    check(fraction_parse(&fraction, text, true) != OK || fraction < 10000);
    check(fraction_parse(&fraction, text, false) != OK || fraction <= 10000);
    if (mass_parse(&kg, text, true) == OK) {
        check(kg >= 0 && kg <= MASS_KG_MAX);
        mass_text(written, kg);
        written[strcspn(written, " ")] = '\0';
        check(mass_parse(&again, written, true) == OK && again == kg);
    }
}

static void try_lot(char *text)
{
    char lot[LOT_ID_SIZE];
    char again[LOT_ID_SIZE];
    char link[LOT_LINK_SIZE];
    if (identifier_lot_read(lot, text)) {
        check(identifier_lot_valid(lot));
        identifier_lot_link(link, lot);
        check(identifier_lot_read(again, link));
        is_same(again, lot);
    }
}

static void try_series(char *text)
{
    struct arena arena;
    struct series series;
    char written[SERIES_TEXT_SIZE];
    arena_init(&arena, 65536);
    if (series_parse(&series, text, &arena) == OK) {
        series_text(written, &series);
        is_same(written, text);
    }
    arena_free(&arena);
}

static void try_cursor(char *text)
{
    uint64_t height = 0;
    uint64_t index = 0;
    char written[LOT_CURSOR_SIZE];
    if (lot_cursor_read(&height, &index, text) == OK) {
        lot_cursor_write(written, height, index);
        is_same(written, text);
    }
}

static void try_address(char *text)
{
    struct address address;
    struct address_block block;
    struct sockaddr_storage socket;
    char written[TEXT_MAX];
    if (address_parse(&address, text) == OK) {
        const bool six = strchr(address.host, ':') != NULL;
        (void)snprintf(written, sizeof written, six ? "[%s]:%u" : "%s:%u", address.host,
                       (unsigned)address.port);
        is_same(written, text);
        check(address_to_socket(&socket, address.host, address.port));
        check(address_port(&socket) == address.port);
    }
    if (address_block_parse(&block, text) == OK) {
        check(block.prefix <= 128 && address_block_has(&block, block.address));
    }
}

static void try_segment(char *text)
{
    uint64_t seq = 0;
    char written[ENV_FILE_NAME];
    if (log_segment_seq(text, &seq)) {
        log_segment_name(written, seq);
        is_same(written, text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(char *) = {
        try_dec,  try_period, try_date,   try_time,   try_spelled_time, try_hex,     try_base64,
        try_mass, try_lot,    try_series, try_cursor, try_address,      try_segment, try_quality,
    };
    char text[TEXT_MAX];
    if (size < 1 || size >= sizeof text) {
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    kinds[data[0] % (sizeof kinds / sizeof kinds[0])](text);
    return 0;
}
