// Calls every import of ABI vx, in every way that has an answer of its own, and logs "name=status" for each; conform.txt
// has the answers a host must give, nothing is judged in here. Some inputs (`rows`, `emits`, …) fill one limit instead
// and complete with "how many=status of the next".
#include "vx.h"

#define OUTSIDE ((void *)0x7fffff00)
// With a length of 32, one past the last address there is: a sum in 32 bits would come out as 16.
#define LAST ((void *)0xfffffff0)

#define NAME_64 "0123456789012345678901234567890123456789012345678901234567890123"

static void say(vx_str name, int64_t value) {
    uint32_t mark = vx_arena_mark();
    vx_out out = vx_out_new(128);
    vx_w_text(&out, name);
    vx_w_char(&out, '=');
    vx_w_int(&out, value);
    vx_log(VX_LOG_INFO, vx_out_str(&out));
    vx_arena_release(mark);
}

#define SAY(name, value) say(VX_S(name), (value))

static const vx_str table = {"item", 4};

static vx_tuple key_of(vx_str id) {
    vx_tuple key = vx_tuple_new(64);
    vx_t_text(&key, id);
    return key;
}

static vx_tuple row_of(vx_str id, int64_t amount, double ratio) {
    vx_tuple row = vx_tuple_new(128);
    vx_t_text(&row, id);
    vx_t_int(&row, amount);
    vx_t_float(&row, ratio);
    return row;
}

static void state(void) {
    static uint8_t out[256];
    vx_tuple a = row_of(VX_S("a"), 7, 0.5), b = row_of(VX_S("b"), 8, 1.5), key = key_of(VX_S("a")), none = key_of(VX_S("none"));
    vx_tuple wrong = vx_tuple_new(64);
    vx_t_bool(&wrong, true);
    SAY("put.new", vx_put(table, &a));
    SAY("put.other", vx_put(table, &b));
    SAY("put.again", vx_put(table, &a));
    SAY("put.no_table", vx_put(VX_S("nothing"), &a));
    SAY("put.bad_tuple", vx_put(table, &wrong));
    SAY("put.bad_memory", vx_import_state_put(table.p, table.n, OUTSIDE, 8));
    SAY("put.negative_length", vx_import_state_put(table.p, -1, a.p, a.n));
    SAY("put.too_large", vx_import_state_put(table.p, table.n, 0, 300000));
    SAY("get.whole", vx_import_state_get(table.p, table.n, key.p, key.n, out, sizeof out));
    SAY("get.same_bytes", memcmp(out, a.p, (size_t)a.n));
    memset(out, 0x55, sizeof out);
    SAY("get.short", vx_import_state_get(table.p, table.n, key.p, key.n, out, 3));
    SAY("get.short_untouched", out[0]);
    SAY("get.length_only", vx_import_state_get(table.p, table.n, key.p, key.n, 0, 0));
    SAY("get.not_found", vx_import_state_get(table.p, table.n, none.p, none.n, out, sizeof out));
    SAY("get.no_table", vx_import_state_get("x", 1, key.p, key.n, out, sizeof out));
    SAY("get.bad_tuple", vx_import_state_get(table.p, table.n, wrong.p, wrong.n, out, sizeof out));
    SAY("get.bad_out", vx_import_state_get(table.p, table.n, key.p, key.n, OUTSIDE, 4096));
    SAY("get.bad_key", vx_import_state_get(table.p, table.n, OUTSIDE, 4, out, sizeof out));
    SAY("delete.not_found", vx_import_state_delete(table.p, table.n, none.p, none.n));
    SAY("delete.bad_memory", vx_import_state_delete(OUTSIDE, 4, none.p, none.n));
    SAY("delete.no_table", vx_import_state_delete("x", 1, none.p, none.n));
}

// Tuples that are wrong in one way each. Of `item`: text, int64, float64; its key is the text.
static vx_tuple raw_text(int32_t fields, uint32_t declared, vx_str text) {
    vx_tuple tuple = vx_tuple_new(64);
    vx_t_tag(&tuple, VX_T_TEXT);
    vx_t_raw(&tuple, &declared, 4);
    vx_t_raw(&tuple, text.p, text.n);
    if (fields == 1) return tuple;
    vx_t_int(&tuple, 1);
    vx_t_float(&tuple, 1);
    return tuple;
}

static void broken(void) {
    static const vx_str nul = {"a\0b", 3}, not_utf8 = {"a\xff", 2}, overlong = {"\xc0\xaf", 2}, surrogate = {"\xed\xa0\x80", 3}, a = {"a", 1};
    static uint8_t out[256];
    vx_tuple rows[] = {
        raw_text(3, 3, nul), raw_text(3, 2, not_utf8), raw_text(3, 2, overlong), raw_text(3, 3, surrogate),
        raw_text(3, 1000, a), raw_text(3, 0xffffffff, a), raw_text(3, 0x80000000, a), raw_text(1, 1, a),
    };
    static const vx_str why[] = {
        {"put.nul", 7}, {"put.not_utf8", 12}, {"put.overlong_utf8", 17}, {"put.surrogate", 13},
        {"put.past_the_end", 16}, {"put.length_minus_one", 20}, {"put.length_most_negative", 24}, {"put.too_few_fields", 18},
    };
    for (int32_t i = 0; i < 8; i++) say(why[i], vx_put(table, &rows[i]));
    vx_tuple more = row_of(a, 1, 1), with_null = vx_tuple_new(64), swapped = vx_tuple_new(64), trailing = row_of(a, 1, 1);
    vx_t_int(&more, 1);
    vx_t_null(&with_null);
    vx_t_int(&with_null, 1);
    vx_t_float(&with_null, 1);
    vx_t_int(&swapped, 1);
    vx_t_text(&swapped, a);
    vx_t_float(&swapped, 1);
    vx_t_raw(&trailing, "x", 1);
    SAY("put.too_many_fields", vx_put(table, &more));
    SAY("put.null_in_key", vx_put(table, &with_null));
    SAY("put.wrong_types", vx_put(table, &swapped));
    SAY("put.bytes_after_the_last", vx_put(table, &trailing));
    trailing.p[2] = 99;
    SAY("put.unknown_tag", vx_put(table, &trailing));
    SAY("put.empty", vx_import_state_put(table.p, table.n, a.p, 0));
    SAY("put.one_byte", vx_import_state_put(table.p, table.n, a.p, 1));
    vx_tuple null_value = vx_tuple_new(64);
    vx_t_text(&null_value, a);
    vx_t_null(&null_value);
    vx_t_float(&null_value, 1);
    SAY("put.null_value", vx_put(table, &null_value));

    vx_tuple keys[] = {raw_text(1, 3, nul), raw_text(1, 2, not_utf8), raw_text(1, 1000, a), raw_text(1, 0xffffffff, a)};
    static const vx_str get_why[] = {{"get.nul", 7}, {"get.not_utf8", 12}, {"get.past_the_end", 16}, {"get.length_minus_one", 20}};
    static const vx_str delete_why[] = {{"delete.nul", 10}, {"delete.not_utf8", 15}, {"delete.past_the_end", 19}, {"delete.length_minus_one", 23}};
    static const vx_str scan_why[] = {{"scan.nul", 8}, {"scan.not_utf8", 13}, {"scan.past_the_end", 17}, {"scan.length_minus_one", 21}};
    for (int32_t i = 0; i < 4; i++) {
        say(get_why[i], vx_import_state_get(table.p, table.n, keys[i].p, keys[i].n, out, sizeof out));
        say(delete_why[i], vx_delete(table, &keys[i]));
        say(scan_why[i], vx_scan(table, &keys[i]));
    }
    vx_tuple null_key = vx_tuple_new(8), two = key_of(a);
    vx_t_null(&null_key);
    vx_t_text(&two, a);
    SAY("get.null_key", vx_import_state_get(table.p, table.n, null_key.p, null_key.n, out, sizeof out));
    SAY("get.two_fields", vx_import_state_get(table.p, table.n, two.p, two.n, out, sizeof out));
    SAY("delete.two_fields", vx_delete(table, &two));
    SAY("scan.two_fields", vx_scan(table, &two));

    // A key's text of 1,022 bytes and its two of ending fill the 1,024 a key may have.
    static char text[1100];
    memset(text, 'k', sizeof text);
    vx_tuple most = vx_tuple_new(1200), over = vx_tuple_new(1200), row = vx_tuple_new(1200);
    vx_t_text(&most, (vx_str){text, 1022});
    vx_t_text(&over, (vx_str){text, 1023});
    vx_t_text(&row, (vx_str){text, 1023});
    vx_t_int(&row, 1);
    vx_t_float(&row, 1);
    SAY("get.longest_key", vx_import_state_get(table.p, table.n, most.p, most.n, out, sizeof out));
    SAY("put.key_too_large", vx_put(table, &row));
    SAY("get.key_too_large", vx_import_state_get(table.p, table.n, over.p, over.n, out, sizeof out));
    SAY("delete.key_too_large", vx_delete(table, &over));
    SAY("scan.key_too_large", vx_scan(table, &over));
    SAY("get.key_of_no_tuple_too_large", vx_import_state_get(table.p, table.n, text, sizeof text, out, sizeof out));
    SAY("get.long_name", vx_import_state_get(text, sizeof text, most.p, most.n, out, sizeof out));
    SAY("get.no_name", vx_import_state_get(text, 0, most.p, most.n, out, sizeof out));
}

/* Every pointer an import takes, so that its end lies past the last address of 32 bits. */
static void wrapping(void) {
    static uint8_t out[64];
    vx_tuple key = key_of(VX_S("a"));
    SAY("wrap.get_table", vx_import_state_get(LAST, 32, key.p, key.n, out, sizeof out));
    SAY("wrap.get_key", vx_import_state_get(table.p, table.n, LAST, 32, out, sizeof out));
    SAY("wrap.get_out", vx_import_state_get(table.p, table.n, key.p, key.n, LAST, 32));
    SAY("wrap.put_table", vx_import_state_put(LAST, 32, key.p, key.n));
    SAY("wrap.put_row", vx_import_state_put(table.p, table.n, LAST, 32));
    SAY("wrap.delete_table", vx_import_state_delete(LAST, 32, key.p, key.n));
    SAY("wrap.delete_key", vx_import_state_delete(table.p, table.n, LAST, 32));
    SAY("wrap.scan_table", vx_import_state_scan(LAST, 32, key.p, key.n));
    SAY("wrap.scan_prefix", vx_import_state_scan(table.p, table.n, LAST, 32));
    SAY("wrap.scan_next", vx_import_scan_next(1, LAST, 32));
    SAY("wrap.emit_name", vx_import_emit(LAST, 32, "x", 1));
    SAY("wrap.emit_value", vx_import_emit("note", 4, LAST, 32));
    SAY("wrap.log", vx_import_log(VX_LOG_INFO, LAST, 32));
    SAY("wrap.random", vx_import_random(LAST, 32));
    SAY("wrap.timer", vx_import_timer_begin(1, LAST, 32));
    SAY("wrap.reply_read", vx_import_reply_read(LAST, 32));
    SAY("wrap.complete", vx_import_complete(LAST, 32));
    SAY("wrap.fail_code", vx_import_fail(LAST, 32, "m", 1));
    SAY("wrap.fail_message", vx_import_fail("code", 4, LAST, 32));
    SAY("wrap.nothing_at_the_last", vx_import_log(VX_LOG_INFO, LAST, 0));
}

static void scans(void) {
    static uint8_t out[256];
    vx_tuple all = vx_tuple_new(8);
    int32_t handle = vx_scan(table, &all);
    SAY("scan.handle", handle);
    SAY("scan.short", vx_import_scan_next(handle, out, 1));
    SAY("scan.first", vx_import_scan_next(handle, out, sizeof out));
    SAY("scan.first_key", out[7]);
    SAY("scan.second", vx_import_scan_next(handle, out, sizeof out));
    SAY("scan.second_key", out[7]);
    SAY("scan.end", vx_import_scan_next(handle, out, sizeof out));
    SAY("scan.bad_out", vx_import_scan_next(handle, OUTSIDE, 4096));
    SAY("scan.close", vx_import_scan_close(handle));
    SAY("scan.close_again", vx_import_scan_close(handle));
    SAY("scan.next_closed", vx_import_scan_next(handle, out, sizeof out));
    SAY("scan.next_never", vx_import_scan_next(99, out, sizeof out));
    SAY("scan.close_negative", vx_import_scan_close(-2147483647 - 1));
    SAY("scan.no_table", vx_scan(VX_S("nothing"), &all));
    SAY("scan.bad_memory", vx_import_state_scan(table.p, table.n, OUTSIDE, 4));
    int32_t opened = 0, last;
    while ((last = vx_scan(table, &all)) > 0) opened++;
    SAY("scan.open_at_once", opened);
    SAY("scan.over_limit", last);
    vx_tuple key = key_of(VX_S("b"));
    SAY("delete.found", vx_delete(table, &key));
}

static vx_tuple typed_row(vx_str id, int64_t price, int64_t at, vx_str doc) {
    vx_tuple row = vx_tuple_new(256);
    vx_t_text(&row, id);
    vx_t_decimal(&row, price);
    vx_t_timestamp(&row, at);
    vx_t_json(&row, doc);
    return row;
}

/* First byte of a row's first text; -1 when there is no row, as in a mission without these tables. */
static int64_t first_of(vx_row *row) {
    vx_str text = vx_r_text(row);
    return text.n > 0 ? text.p[0] : -1;
}

static void types(void) {
    static const vx_str typed = {"typed", 5};
    vx_tuple a = typed_row(VX_S("a"), -1250, 1780000000000000, VX_S("{\"b\" : 1.0, \"a\":[]}"));
    vx_tuple key = key_of(VX_S("a"));
    vx_row row = vx_row_of(NULL, 0);
    SAY("typed.put", vx_put(typed, &a));
    SAY("typed.get", vx_get(typed, &key, &row));
    (void)vx_r_text(&row);
    SAY("typed.decimal", vx_r_decimal(&row));
    SAY("typed.timestamp", vx_r_timestamp(&row));
    SAY("typed.json_canonical", vx_eq(vx_r_json(&row), VX_S("{\"a\":[],\"b\":1}")));
    SAY("typed.read_well", !row.bad);
    vx_tuple most = typed_row(VX_S("b"), 9999999, 0, VX_S("null")), over = typed_row(VX_S("b"), 10000000, 0, VX_S("null"));
    SAY("typed.decimal_most", vx_put(typed, &most));
    SAY("typed.decimal_over", vx_put(typed, &over));
    vx_tuple late = typed_row(VX_S("c"), 1, 253402300800000000, VX_S("null"));
    SAY("typed.timestamp_over", vx_put(typed, &late));
    vx_tuple twice = typed_row(VX_S("c"), 1, 0, VX_S("{\"a\":1,\"a\":1}")), half = typed_row(VX_S("c"), 1, 0, VX_S("{"));
    vx_tuple inexact = typed_row(VX_S("c"), 1, 0, VX_S("9007199254740993"));
    SAY("typed.json_name_twice", vx_put(typed, &twice));
    SAY("typed.json_half", vx_put(typed, &half));
    SAY("typed.json_inexact", vx_put(typed, &inexact));
}

static void indexes(void) {
    static const vx_str typed = {"typed", 5}, by_price = {"typed.one_price", 15}, by_at = {"typed.by_at", 11};
    vx_tuple taken = typed_row(VX_S("c"), -1250, 0, VX_S("null")), all = vx_tuple_new(8), price = vx_tuple_new(32), at = vx_tuple_new(32);
    vx_t_decimal(&price, -1250);
    vx_t_timestamp(&at, 0);
    vx_row row = vx_row_of(NULL, 0);
    SAY("index.conflict", vx_put(typed, &taken));
    SAY("index.get", vx_get(by_price, &price, &row));
    SAY("index.get_key", first_of(&row));
    SAY("index.get_not_unique", vx_get(by_at, &at, &row));
    SAY("index.get_bad_tuple", vx_get(by_price, &at, &row));
    SAY("index.put", vx_put(by_price, &taken));
    SAY("index.no_index", vx_scan(VX_S("typed.none"), &all));
    int32_t handle = vx_scan(by_at, &all);
    SAY("index.scan_first", vx_scan_next(handle, &row));
    SAY("index.scan_first_key", first_of(&row));
    SAY("index.scan_second", vx_scan_next(handle, &row));
    SAY("index.scan_second_key", first_of(&row));
    SAY("index.scan_end", vx_scan_next(handle, &row));
    vx_scan_close(handle);
    handle = vx_scan(by_at, &at);
    SAY("index.scan_prefix", vx_scan_next(handle, &row));
    SAY("index.scan_prefix_end", vx_scan_next(handle, &row));
    vx_scan_close(handle);
    vx_tuple a = key_of(VX_S("a")), b = key_of(VX_S("b"));
    SAY("index.delete", vx_delete(typed, &a) + vx_delete(typed, &b));
    SAY("index.get_deleted", vx_get(by_price, &price, &row));
}

/* Rows of a table of scope cell. The first event leaves one; what a later event finds tells whose shard it sees. */
static void own(void) {
    static const vx_str own = {"own", 3};
    vx_tuple key = key_of(VX_S("k")), row = vx_tuple_new(64);
    vx_t_text(&row, VX_S("k"));
    vx_row found = vx_row_of(NULL, 0);
    SAY("own.get", vx_get(own, &key, &found));
    SAY("own.put", vx_put(own, &row));
}

static void outputs(void) {
    SAY("emit.ok", vx_import_emit("note", 4, "abc", 3));
    SAY("emit.empty_value", vx_import_emit("note.empty-1", 12, 0, 0));
    SAY("emit.bad_name", vx_import_emit("No Te", 5, "abc", 3));
    SAY("emit.longest_name", vx_import_emit(NAME_64, 64, 0, 0));
    SAY("emit.long_name", vx_import_emit(NAME_64 "x", 65, "abc", 3));
    SAY("emit.no_name", vx_import_emit("", 0, "abc", 3));
    SAY("emit.bad_memory", vx_import_emit("note", 4, OUTSIDE, 300));
    SAY("emit.too_large", vx_import_emit("note", 4, 0, 262145));
    SAY("emit.all_together", vx_import_emit("note", 4, 0, 262144));
    SAY("log.bad_level", vx_import_log(5, "x", 1));
    SAY("log.level_zero", vx_import_log(0, "x", 1));
    SAY("log.bad_memory", vx_import_log(VX_LOG_WARN, OUTSIDE, 300));
    SAY("log.too_large", vx_import_log(VX_LOG_WARN, 0, 4097));
    SAY("log.not_utf8", vx_import_log(VX_LOG_DEBUG, "\xff!", 2));
}

static void time_and_chance(const vx_event *event) {
    static uint8_t bytes[40];
    SAY("now.is_the_events", vx_now() == event->now_us);
    SAY("random.ok", vx_import_random(bytes, 5));
    SAY("random.goes_on", vx_import_random(bytes + 5, 35));
    SAY("random.nothing", vx_import_random(bytes, 0));
    SAY("random.bad_memory", vx_import_random(OUTSIDE, 300));
    SAY("random.too_large", vx_import_random(0, 65537));
    vx_import_emit("random", 6, bytes, sizeof bytes);
}

static void timers(void) {
    SAY("timer.ok", vx_import_timer_begin(0, "t", 1));
    SAY("timer.no_tag", vx_import_timer_begin(1, 0, 0));
    SAY("timer.negative", vx_import_timer_begin(-1, "t", 1));
    SAY("timer.too_far", vx_import_timer_begin(31622400000001, "t", 1));
    SAY("timer.bad_tag", vx_import_timer_begin(1, "Bad", 3));
    SAY("timer.long_tag", vx_import_timer_begin(1, NAME_64 "x", 65));
    SAY("timer.bad_memory", vx_import_timer_begin(1, OUTSIDE, 300));
    int32_t last = 0, begun = 2;
    while ((last = vx_import_timer_begin(1, "t", 1)) > 0) begun++;
    SAY("timer.open_at_once", begun);
    SAY("timer.over_limit", last);
}

static void views(void) {
    static uint8_t out[64];
    static const vx_str view = {"amounts", 7};
    vx_tuple seven = vx_tuple_new(32), eight = vx_tuple_new(32), wrong = key_of(VX_S("a"));
    vx_t_int(&seven, 7);
    vx_t_int(&eight, 8);
    for (int32_t i = 1; i <= 16; i++) vx_scan_close(i);
    /* What this event has written is in no view yet. */
    int32_t handle = vx_view(view, NULL, NULL);
    SAY("view.all", handle > 0);
    vx_scan_close(handle);
    SAY("view.lookup", (handle = vx_view(view, &eight, &eight)) > 0);
    SAY("view.nothing_yet", vx_import_scan_next(handle, out, sizeof out));
    SAY("view.close", vx_import_scan_close(handle));
    SAY("view.range", (handle = vx_view(view, &seven, &seven)) > 0);
    vx_scan_close(handle);
    SAY("view.no_view", vx_view(VX_S("nothing"), NULL, NULL));
    SAY("view.no_table", vx_view(table, NULL, NULL));
    SAY("view.bad_low", vx_view(view, &wrong, NULL));
    SAY("view.bad_high", vx_view(view, NULL, &wrong));
    SAY("view.bad_memory", vx_import_view_read(view.p, view.n, OUTSIDE, 8, 0, 0));
    SAY("view.bad_memory_high", vx_import_view_read(view.p, view.n, 0, 0, OUTSIDE, 8));
    SAY("view.too_large", vx_import_view_read(view.p, view.n, 0, 2000, 0, 0));
    int32_t opened = 0, last;
    while ((last = vx_view(view, NULL, NULL)) > 0) opened++;
    SAY("view.open_at_once", opened);
    SAY("view.over_limit", last);
    for (int32_t i = 1; i <= opened; i++) vx_scan_close(i);
    SAY("scan.of_view", vx_scan(view, &seven));

    int32_t ticket = vx_subscribe(view, NULL);
    SAY("subscribe.ticket", ticket);
    SAY("subscribe.prefix", vx_subscribe(view, &seven));
    SAY("subscribe.no_view", vx_subscribe(table, NULL));
    SAY("subscribe.bad_prefix", vx_subscribe(view, &wrong));
    SAY("subscribe.bad_memory", vx_import_subscribe(view.p, view.n, OUTSIDE, 8));
    SAY("subscribe.too_large", vx_import_subscribe(view.p, view.n, 0, 2000));
    SAY("unsubscribe.ok", vx_unsubscribe(ticket));
    SAY("unsubscribe.again", vx_unsubscribe(ticket));
    SAY("unsubscribe.timer", vx_unsubscribe(1));
    SAY("unsubscribe.never", vx_unsubscribe(999999));
    int32_t followed = 1;
    while ((last = vx_subscribe(view, NULL)) > 0) followed++;
    SAY("subscribe.at_once", followed);
    SAY("subscribe.over_limit", last);
    SAY("delta_next.no_delta", vx_import_delta_next(out, sizeof out));
    SAY("delta_next.bad_memory", vx_import_delta_next(OUTSIDE, 8));
}

/* Of a mission without egress: what cannot be asked for is not looked at. */
static void requests(void) {
    static uint8_t out[64];
    vx_request request = {.url = VX_S("https://a.example/")};
    SAY("http_begin", vx_http_begin(&request));
    SAY("http_begin.no_json", vx_import_http_begin("r", 1, 0, 0));
    SAY("http_begin.bad_memory", vx_import_http_begin(OUTSIDE, 300, 0, 0));
    SAY("http_begin.bad_body", vx_import_http_begin("r", 1, LAST, 32));
    SAY("http_begin.negative_length", vx_import_http_begin("r", -1, 0, -1));
    SAY("reply_read.no_reply", vx_reply_read(out, sizeof out));
    SAY("reply_read.nothing", vx_reply_read(out, 0));
    SAY("reply_read.bad_memory", vx_import_reply_read(OUTSIDE, 300));
    SAY("reply_read.negative_length", vx_import_reply_read(out, -1));
}

static void unavailable(void) {
    SAY("model_begin", vx_import_model_begin("r", 1));
    SAY("gate_begin", vx_import_gate_begin("r", 1));
    SAY("task_spawn", vx_import_task_spawn("s", 1, 0, 0));
}

/* Rows like this one, whose first text ends in eight digits, each another key. */
static int32_t fill_rows(vx_str into, vx_tuple first) {
    uint8_t *row = first.p;
    int32_t written = 0, status;
    for (;; written++) {
        int32_t n = written;
        for (int32_t i = 15; i > 7; i--, n /= 10) row[i] = (uint8_t)('0' + n % 10);
        if ((status = vx_put(into, &first)) != VX_OK) break;
    }
    vx_out out = vx_out_new(64);
    vx_w_int(&out, written);
    vx_w_char(&out, '=');
    vx_w_int(&out, status);
    return vx_complete_out(&out);
}

/* Says values of one length until one is refused. */
static int32_t fill_outputs(bool emits, int32_t length) {
    static char value[4096];
    memset(value, 'v', sizeof value);
    int32_t said = 0, status;
    while ((status = emits ? vx_import_emit("e", 1, value, length) : vx_import_log(VX_LOG_INFO, value, length)) == VX_OK) said++;
    vx_out out = vx_out_new(64);
    vx_w_int(&out, said);
    vx_w_char(&out, '=');
    vx_w_int(&out, status);
    return vx_complete_out(&out);
}

static int32_t task(const vx_event *event) {
    if (vx_eq(event->input, VX_S("rows"))) return fill_rows(table, row_of(VX_S("k00000000"), 1, 1));
    if (vx_eq(event->input, VX_S("short rows"))) return fill_rows(VX_S("own"), key_of(VX_S("k00000000")));
    if (vx_eq(event->input, VX_S("emits"))) return fill_outputs(true, 0);
    if (vx_eq(event->input, VX_S("emit bytes"))) return fill_outputs(true, 4096);
    if (vx_eq(event->input, VX_S("logs"))) return fill_outputs(false, 0);
    if (vx_eq(event->input, VX_S("log bytes"))) return fill_outputs(false, 4096);
    SAY("growth", (int64_t)__builtin_wasm_memory_grow(0, 8) > 0);
    state();
    broken();
    wrapping();
    types();
    indexes();
    own();
    scans();
    outputs();
    time_and_chance(event);
    timers();
    views();
    requests();
    unavailable();
    SAY("fail.bad_code", vx_import_fail("Bad", 3, "m", 1));
    SAY("fail.long_code", vx_import_fail(NAME_64 "x", 65, "m", 1));
    SAY("fail.no_code", vx_import_fail("", 0, "m", 1));
    SAY("fail.bad_memory", vx_import_fail("code", 4, OUTSIDE, 300));
    SAY("fail.too_large", vx_import_fail("code", 4, 0, 4097));
    SAY("complete.bad_memory", vx_import_complete(OUTSIDE, 300));
    SAY("complete.too_large", vx_import_complete(0, 524289));
    SAY("complete.ok", vx_import_complete(event->input.p, event->input.n));
    SAY("complete.twice", vx_import_complete(event->input.p, event->input.n));
    SAY("fail.after_complete", vx_import_fail("code", 4, "m", 1));
    return 0;
}

static int32_t start(const vx_event *event) {
    (void)event;
    SAY("start.complete", vx_import_complete("x", 1));
    SAY("start.fail", vx_import_fail("code", 4, "m", 1));
    SAY("start.timer", vx_import_timer_begin(1, "t", 1));
    SAY("start.http_begin", vx_import_http_begin("r", 1, 0, 0));
    SAY("start.reply_read", vx_import_reply_read(0, 0));
    SAY("start.subscribe", vx_subscribe(VX_S("amounts"), NULL));
    SAY("start.unsubscribe", vx_unsubscribe(1));
    SAY("start.view", vx_view(VX_S("amounts"), NULL, NULL) > 0);
    vx_tuple row = row_of(VX_S("start"), 1, 1);
    SAY("start.put", vx_put(table, &row));
    vx_tuple key = key_of(VX_S("start"));
    SAY("start.delete", vx_delete(table, &key));
    return 0;
}

static int32_t resume(const vx_event *event) {
    (void)event;
    SAY("resumed", 1);
    return 0;
}

VX_MODULE()
VX_ON_TASK(task)
VX_ON_START(start)
VX_ON_RESUME(resume)
