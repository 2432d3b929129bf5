//! The questions of ../conform.c, asked by the SDK for Rust: ../conform.txt has the answers. What has a safe wrapper is asked by it; what
//! a safe wrapper cannot say (pointers outside memory, lengths that lie) by the imports themselves.
use std::ptr::null;
use voxeltron::{cell, deltas, emit, log, reply_read, sys, unsubscribe, Event, Handled, Level, Request, Row, Status, Table, Tuple, View};

const OUTSIDE: *const u8 = 0x7fff_ff00 as *const u8;
/// With a length of 32, one past the last address there is: a sum in 32 bits would come out as 16.
const LAST: *const u8 = 0xffff_fff0_u32 as *const u8;
const NAME_64: &str = "0123456789012345678901234567890123456789012345678901234567890123";
const ITEM: Table = Table("item");

fn say(name: &str, value: impl Into<i64>) {
    let _ = log(Level::Information, format!("{}={}", name, value.into()));
}

/// What the host answered, where the answer was a number.
fn code<T: Into<i64>>(answer: Result<T, Status>) -> i64 {
    answer.map_or_else(|status| status.code().into(), Into::into)
}

fn done(answer: Handled) -> i64 {
    code(answer.map(|_| 0))
}

fn key_of(id: &str) -> Tuple {
    Tuple::new().text(id)
}

fn row_of(id: &str, amount: i64, ratio: f64) -> Tuple {
    Tuple::new().text(id).int(amount).float(ratio)
}

fn raw_get(table: &[u8], key: &[u8], out: &mut [u8]) -> i32 {
    unsafe { sys::state_get(table.as_ptr(), table.len() as i32, key.as_ptr(), key.len() as i32, out.as_mut_ptr(), out.len() as i32) }
}

fn get(table: Table, key: &Tuple) -> i64 {
    table.get(key).map_or_else(|status| status.code().into(), |row| if row.is_some() { 0 } else { -1 })
}

fn delete(table: Table, key: &Tuple) -> i64 {
    table.delete(key).map_or_else(|status| status.code().into(), |found| if found { 0 } else { -1 })
}

/// A handle that stays open.
fn scan(table: Table, prefix: &Tuple) -> i64 {
    code(table.scan(prefix).map(|scan| scan.leak()))
}

fn view(view: View, low: Option<&Tuple>, high: Option<&Tuple>) -> i64 {
    code(view.read(low, high).map(|scan| scan.leak()))
}

fn close(handle: i64) -> i32 {
    unsafe { sys::scan_close(handle as i32) }
}

fn state() {
    let mut out = [0u8; 256];
    let (a, b, key, none) = (row_of("a", 7, 0.5), row_of("b", 8, 1.5), key_of("a"), key_of("none"));
    let wrong = Tuple::new().bool(true);
    say("put.new", done(ITEM.put(&a)));
    say("put.other", done(ITEM.put(&b)));
    say("put.again", done(ITEM.put(&a)));
    say("put.no_table", done(Table("nothing").put(&a)));
    say("put.bad_tuple", done(ITEM.put(&wrong)));
    say("put.bad_memory", unsafe { sys::state_put(ITEM.0.as_ptr(), 4, OUTSIDE, 8) });
    say("put.negative_length", unsafe { sys::state_put(ITEM.0.as_ptr(), -1, a.as_bytes().as_ptr(), a.as_bytes().len() as i32) });
    say("put.too_large", unsafe { sys::state_put(ITEM.0.as_ptr(), 4, null(), 300_000) });
    say("get.whole", raw_get(b"item", key.as_bytes(), &mut out));
    say("get.same_bytes", (out[..a.as_bytes().len()] != *a.as_bytes()) as i32);
    out = [0x55; 256];
    say("get.short", raw_get(b"item", key.as_bytes(), &mut out[..3]));
    say("get.short_untouched", out[0] as i32);
    say("get.length_only", raw_get(b"item", key.as_bytes(), &mut []));
    say("get.not_found", get(ITEM, &none));
    say("get.no_table", get(Table("x"), &key));
    say("get.bad_tuple", get(ITEM, &wrong));
    say("get.bad_out", unsafe { sys::state_get(ITEM.0.as_ptr(), 4, key.as_bytes().as_ptr(), key.as_bytes().len() as i32, OUTSIDE as *mut u8, 4096) });
    say("get.bad_key", unsafe { sys::state_get(ITEM.0.as_ptr(), 4, OUTSIDE, 4, out.as_mut_ptr(), 256) });
    say("delete.not_found", delete(ITEM, &none));
    say("delete.bad_memory", unsafe { sys::state_delete(OUTSIDE, 4, none.as_bytes().as_ptr(), none.as_bytes().len() as i32) });
    say("delete.no_table", delete(Table("x"), &none));
}

/// Tuples that are wrong in one way each. Of `item`: text, int64, float64; its key is the text.
fn raw_text(is_row: bool, declared: u32, text: &[u8]) -> Tuple {
    let mut value = declared.to_le_bytes().to_vec();
    value.extend_from_slice(text);
    let tuple = Tuple::new().field(4, &value);
    if is_row {
        tuple.int(1).float(1.0)
    } else {
        tuple
    }
}

fn broken() {
    let mut out = [0u8; 256];
    let rows = [
        ("put.nul", raw_text(true, 3, b"a\0b")),
        ("put.not_utf8", raw_text(true, 2, b"a\xff")),
        ("put.overlong_utf8", raw_text(true, 2, b"\xc0\xaf")),
        ("put.surrogate", raw_text(true, 3, b"\xed\xa0\x80")),
        ("put.past_the_end", raw_text(true, 1000, b"a")),
        ("put.length_minus_one", raw_text(true, 0xffff_ffff, b"a")),
        ("put.length_most_negative", raw_text(true, 0x8000_0000, b"a")),
        ("put.too_few_fields", raw_text(false, 1, b"a")),
    ];
    for (why, row) in &rows {
        say(why, done(ITEM.put(row)));
    }
    let mut trailing = row_of("a", 1, 1.0);
    trailing.as_mut_bytes().push(b'x');
    say("put.too_many_fields", done(ITEM.put(&row_of("a", 1, 1.0).int(1))));
    say("put.null_in_key", done(ITEM.put(&Tuple::new().null().int(1).float(1.0))));
    say("put.wrong_types", done(ITEM.put(&Tuple::new().int(1).text("a").float(1.0))));
    say("put.bytes_after_the_last", done(ITEM.put(&trailing)));
    trailing.as_mut_bytes()[2] = 99;
    say("put.unknown_tag", done(ITEM.put(&trailing)));
    say("put.empty", done(ITEM.put(&Tuple::from_bytes(vec![]))));
    say("put.one_byte", done(ITEM.put(&Tuple::from_bytes(vec![b'a']))));
    say("put.null_value", done(ITEM.put(&Tuple::new().text("a").null().float(1.0))));

    let keys = [
        ("nul", raw_text(false, 3, b"a\0b")),
        ("not_utf8", raw_text(false, 2, b"a\xff")),
        ("past_the_end", raw_text(false, 1000, b"a")),
        ("length_minus_one", raw_text(false, 0xffff_ffff, b"a")),
    ];
    for (why, key) in &keys {
        say(&format!("get.{}", why), get(ITEM, key));
        say(&format!("delete.{}", why), delete(ITEM, key));
        say(&format!("scan.{}", why), scan(ITEM, key));
    }
    let two = key_of("a").text("a");
    say("get.null_key", get(ITEM, &Tuple::new().null()));
    say("get.two_fields", get(ITEM, &two));
    say("delete.two_fields", delete(ITEM, &two));
    say("scan.two_fields", scan(ITEM, &two));

    // A key's text of 1,022 bytes and its two of ending fill the 1,024 a key may have.
    let text = "k".repeat(1100);
    let (most, over) = (key_of(&text[..1022]), key_of(&text[..1023]));
    say("get.longest_key", get(ITEM, &most));
    say("put.key_too_large", done(ITEM.put(&row_of(&text[..1023], 1, 1.0))));
    say("get.key_too_large", get(ITEM, &over));
    say("delete.key_too_large", delete(ITEM, &over));
    say("scan.key_too_large", scan(ITEM, &over));
    say("get.key_of_no_tuple_too_large", raw_get(b"item", text.as_bytes(), &mut out));
    say("get.long_name", get(Table(&text), &most));
    say("get.no_name", get(Table(""), &most));
}

/// Every pointer an import takes, so that its end lies past the last address of 32 bits.
fn wrapping() {
    let mut bytes = [0u8; 64];
    let out = bytes.as_mut_ptr();
    let key = key_of("a");
    let (item, key, key_len) = (ITEM.0.as_ptr(), key.as_bytes().as_ptr(), key.as_bytes().len() as i32);
    unsafe {
        say("wrap.get_table", sys::state_get(LAST, 32, key, key_len, out, 64));
        say("wrap.get_key", sys::state_get(item, 4, LAST, 32, out, 64));
        say("wrap.get_out", sys::state_get(item, 4, key, key_len, LAST as *mut u8, 32));
        say("wrap.put_table", sys::state_put(LAST, 32, key, key_len));
        say("wrap.put_row", sys::state_put(item, 4, LAST, 32));
        say("wrap.delete_table", sys::state_delete(LAST, 32, key, key_len));
        say("wrap.delete_key", sys::state_delete(item, 4, LAST, 32));
        say("wrap.scan_table", sys::state_scan(LAST, 32, key, key_len));
        say("wrap.scan_prefix", sys::state_scan(item, 4, LAST, 32));
        say("wrap.scan_next", sys::scan_next(1, LAST as *mut u8, 32));
        say("wrap.emit_name", sys::emit(LAST, 32, b"x".as_ptr(), 1));
        say("wrap.emit_value", sys::emit(b"note".as_ptr(), 4, LAST, 32));
        say("wrap.log", sys::log(3, LAST, 32));
        say("wrap.random", sys::random(LAST as *mut u8, 32));
        say("wrap.timer", sys::timer_begin(1, LAST, 32));
        say("wrap.reply_read", sys::reply_read(LAST as *mut u8, 32));
        say("wrap.complete", sys::complete(LAST, 32));
        say("wrap.fail_code", sys::fail(LAST, 32, b"m".as_ptr(), 1));
        say("wrap.fail_message", sys::fail(b"code".as_ptr(), 4, LAST, 32));
        say("wrap.nothing_at_the_last", sys::log(3, LAST, 0));
    }
}

fn scans() {
    let mut out = [0u8; 256];
    let next = |handle: i64, out: &mut [u8]| unsafe { sys::scan_next(handle as i32, out.as_mut_ptr(), out.len() as i32) };
    let all = Tuple::new();
    let handle = scan(ITEM, &all);
    say("scan.handle", handle);
    say("scan.short", next(handle, &mut out[..1]));
    say("scan.first", next(handle, &mut out));
    say("scan.first_key", out[7] as i32);
    say("scan.second", next(handle, &mut out));
    say("scan.second_key", out[7] as i32);
    say("scan.end", next(handle, &mut out));
    say("scan.bad_out", unsafe { sys::scan_next(handle as i32, OUTSIDE as *mut u8, 4096) });
    say("scan.close", close(handle));
    say("scan.close_again", close(handle));
    say("scan.next_closed", next(handle, &mut out));
    say("scan.next_never", next(99, &mut out));
    say("scan.close_negative", close(i32::MIN.into()));
    say("scan.no_table", scan(Table("nothing"), &all));
    say("scan.bad_memory", unsafe { sys::state_scan(ITEM.0.as_ptr(), 4, OUTSIDE, 4) });
    let mut opened = 0;
    let last = loop {
        match scan(ITEM, &all) {
            handle if handle > 0 => opened += 1,
            status => break status,
        }
    };
    say("scan.open_at_once", opened);
    say("scan.over_limit", last);
    say("delete.found", delete(ITEM, &key_of("b")));
}

fn typed_row(id: &str, price: i128, at: i64, doc: &str) -> Tuple {
    Tuple::new().text(id).decimal(price).timestamp(at).json(doc)
}

/// First byte of a row's first text; -1 when there is no row, as in a mission without these tables.
fn first_of(row: Option<Row>) -> i64 {
    row.and_then(|mut row| row.text().ok()).and_then(|text| text.bytes().next()).map_or(-1, i64::from)
}

fn types() {
    const TYPED: Table = Table("typed");
    say("typed.put", done(TYPED.put(&typed_row("a", -1250, 1_780_000_000_000_000, "{\"b\" : 1.0, \"a\":[]}"))));
    let found = TYPED.get(&key_of("a"));
    say("typed.get", found.as_ref().map_or_else(|status| status.code(), |row| if row.is_some() { 0 } else { -1 }));
    let mut row = found.ok().flatten().unwrap_or_else(|| Row::new(vec![]));
    let _ = row.text();
    let (price, at, doc) = (row.decimal(), row.timestamp(), row.json());
    say("typed.decimal", price.map_or(0, |units| units as i64));
    say("typed.timestamp", at.unwrap_or(0));
    say("typed.json_canonical", (doc.as_deref() == Ok("{\"a\":[],\"b\":1}")) as i32);
    say("typed.read_well", (price.is_ok() && at.is_ok() && doc.is_ok()) as i32);
    say("typed.decimal_most", done(TYPED.put(&typed_row("b", 9_999_999, 0, "null"))));
    say("typed.decimal_over", done(TYPED.put(&typed_row("b", 10_000_000, 0, "null"))));
    say("typed.timestamp_over", done(TYPED.put(&typed_row("c", 1, 253_402_300_800_000_000, "null"))));
    say("typed.json_name_twice", done(TYPED.put(&typed_row("c", 1, 0, "{\"a\":1,\"a\":1}"))));
    say("typed.json_half", done(TYPED.put(&typed_row("c", 1, 0, "{"))));
    say("typed.json_inexact", done(TYPED.put(&typed_row("c", 1, 0, "9007199254740993"))));
}

fn indexes() {
    const TYPED: Table = Table("typed");
    const BY_PRICE: Table = Table("typed.one_price");
    const BY_AT: Table = Table("typed.by_at");
    let (taken, price, at) = (typed_row("c", -1250, 0, "null"), Tuple::new().decimal(-1250), Tuple::new().timestamp(0));
    say("index.conflict", done(TYPED.put(&taken)));
    let found = BY_PRICE.get(&price);
    say("index.get", found.as_ref().map_or_else(|status| status.code(), |row| if row.is_some() { 0 } else { -1 }));
    say("index.get_key", first_of(found.ok().flatten()));
    say("index.get_not_unique", get(BY_AT, &at));
    say("index.get_bad_tuple", get(BY_PRICE, &at));
    say("index.put", done(BY_PRICE.put(&taken)));
    say("index.no_index", scan(Table("typed.none"), &Tuple::new()));
    let ids = |prefix: &Tuple, names: [(&str, Option<&str>); 3], most: usize| {
        let scan = BY_AT.scan(prefix);
        let mut rows = scan.into_iter().flatten();
        for (name, key) in names.iter().take(most) {
            let row = rows.next();
            say(name, row.as_ref().map_or(0, |row| row.as_ref().map_or_else(|status| status.code(), |_| 1)));
            if let Some(key) = key {
                say(key, first_of(row.and_then(Result::ok)));
            }
        }
    };
    ids(&Tuple::new(), [("index.scan_first", Some("index.scan_first_key")), ("index.scan_second", Some("index.scan_second_key")), ("index.scan_end", None)], 3);
    ids(&at, [("index.scan_prefix", None), ("index.scan_prefix_end", None), ("", None)], 2);
    say("index.delete", delete(TYPED, &key_of("a")) + delete(TYPED, &key_of("b")));
    say("index.get_deleted", get(BY_PRICE, &price));
}

/// Rows of a table of scope cell. The first event leaves one; what a later event finds tells whose shard it sees.
fn own() {
    say("own.get", get(Table("own"), &key_of("k")));
    say("own.put", done(Table("own").put(&key_of("k"))));
}

fn outputs() {
    say("emit.ok", done(emit("note", "abc")));
    say("emit.empty_value", done(emit("note.empty-1", "")));
    say("emit.bad_name", done(emit("No Te", "abc")));
    say("emit.longest_name", done(emit(NAME_64, "")));
    say("emit.long_name", done(emit(&format!("{}x", NAME_64), "abc")));
    say("emit.no_name", done(emit("", "abc")));
    say("emit.bad_memory", unsafe { sys::emit(b"note".as_ptr(), 4, OUTSIDE, 300) });
    say("emit.too_large", unsafe { sys::emit(b"note".as_ptr(), 4, null(), 262_145) });
    say("emit.all_together", unsafe { sys::emit(b"note".as_ptr(), 4, null(), 262_144) });
    say("log.bad_level", unsafe { sys::log(5, b"x".as_ptr(), 1) });
    say("log.level_zero", unsafe { sys::log(0, b"x".as_ptr(), 1) });
    say("log.bad_memory", unsafe { sys::log(2, OUTSIDE, 300) });
    say("log.too_large", unsafe { sys::log(2, null(), 4097) });
    say("log.not_utf8", done(log(Level::Debug, b"\xff!")));
}

fn time_and_chance(event: &Event) {
    let mut bytes = [0u8; 40];
    say("now.is_the_events", (voxeltron::now() == event.now_us) as i32);
    say("random.ok", done(voxeltron::random(&mut bytes[..5])));
    say("random.goes_on", done(voxeltron::random(&mut bytes[5..])));
    say("random.nothing", done(voxeltron::random(&mut [])));
    say("random.bad_memory", unsafe { sys::random(OUTSIDE as *mut u8, 300) });
    say("random.too_large", unsafe { sys::random(null::<u8>() as *mut u8, 65_537) });
    let _ = emit("random", bytes);
}

fn timers() {
    let timer = |delay, tag: &str| code(voxeltron::timer(delay, tag));
    say("timer.ok", timer(0, "t"));
    say("timer.no_tag", timer(1, ""));
    say("timer.negative", timer(-1, "t"));
    say("timer.too_far", timer(31_622_400_000_001, "t"));
    say("timer.bad_tag", timer(1, "Bad"));
    say("timer.long_tag", timer(1, &format!("{}x", NAME_64)));
    say("timer.bad_memory", unsafe { sys::timer_begin(1, OUTSIDE, 300) });
    let mut begun = 2;
    let last = loop {
        match timer(1, "t") {
            ticket if ticket > 0 => begun += 1,
            status => break status,
        }
    };
    say("timer.open_at_once", begun);
    say("timer.over_limit", last);
}

fn views() {
    const AMOUNTS: View = View("amounts");
    let (seven, eight, wrong) = (Tuple::new().int(7), Tuple::new().int(8), key_of("a"));
    let name = AMOUNTS.0.as_ptr();
    for handle in 1..=16 {
        close(handle);
    }
    // What this event has written is in no view yet.
    let handle = view(AMOUNTS, None, None);
    say("view.all", (handle > 0) as i32);
    close(handle);
    let scan_of_eight = AMOUNTS.read(Some(&eight), Some(&eight));
    say("view.lookup", scan_of_eight.is_ok() as i32);
    let handle = scan_of_eight.map_or(-1, |mut rows| {
        say("view.nothing_yet", rows.next().map_or(0, |_| 1));
        rows.leak()
    });
    say("view.close", close(handle.into()));
    let handle = view(AMOUNTS, Some(&seven), Some(&seven));
    say("view.range", (handle > 0) as i32);
    close(handle);
    say("view.no_view", view(View("nothing"), None, None));
    say("view.no_table", view(View("item"), None, None));
    say("view.bad_low", view(AMOUNTS, Some(&wrong), None));
    say("view.bad_high", view(AMOUNTS, None, Some(&wrong)));
    say("view.bad_memory", unsafe { sys::view_read(name, 7, OUTSIDE, 8, null(), 0) });
    say("view.bad_memory_high", unsafe { sys::view_read(name, 7, null(), 0, OUTSIDE, 8) });
    say("view.too_large", unsafe { sys::view_read(name, 7, null(), 2000, null(), 0) });
    let mut opened = 0;
    let last = loop {
        match view(AMOUNTS, None, None) {
            handle if handle > 0 => opened += 1,
            status => break status,
        }
    };
    say("view.open_at_once", opened);
    say("view.over_limit", last);
    for handle in 1..=opened {
        close(handle.into());
    }
    say("scan.of_view", scan(Table("amounts"), &seven));

    let ticket = AMOUNTS.subscribe(None);
    say("subscribe.ticket", code(ticket));
    say("subscribe.prefix", code(AMOUNTS.subscribe(Some(&seven))));
    say("subscribe.no_view", code(View("item").subscribe(None)));
    say("subscribe.bad_prefix", code(AMOUNTS.subscribe(Some(&wrong))));
    say("subscribe.bad_memory", unsafe { sys::subscribe(name, 7, OUTSIDE, 8) });
    say("subscribe.too_large", unsafe { sys::subscribe(name, 7, null(), 2000) });
    say("unsubscribe.ok", done(unsubscribe(ticket.unwrap_or(0))));
    say("unsubscribe.again", done(unsubscribe(ticket.unwrap_or(0))));
    say("unsubscribe.timer", done(unsubscribe(1)));
    say("unsubscribe.never", done(unsubscribe(999_999)));
    let mut followed = 1;
    let last = loop {
        match code(AMOUNTS.subscribe(None)) {
            ticket if ticket > 0 => followed += 1,
            status => break status,
        }
    };
    say("subscribe.at_once", followed);
    say("subscribe.over_limit", last);
    say("delta_next.no_delta", deltas().next().map_or(0, |row| row.map_or_else(|status| status.code(), |_| 1)));
    say("delta_next.bad_memory", unsafe { sys::delta_next(OUTSIDE as *mut u8, 8) });
}

/// Of a mission without egress: what cannot be asked for is not looked at.
fn requests() {
    let mut out = [0u8; 64];
    let r = b"r".as_ptr();
    say("http_begin", code(Request::get("https://a.example/").begin()));
    unsafe {
        say("http_begin.no_json", sys::http_begin(r, 1, null(), 0));
        say("http_begin.bad_memory", sys::http_begin(OUTSIDE, 300, null(), 0));
        say("http_begin.bad_body", sys::http_begin(r, 1, LAST, 32));
        say("http_begin.negative_length", sys::http_begin(r, -1, null(), -1));
    }
    let mut read = |length: usize| code(reply_read(&mut out[..length]).map(|length| length as i64));
    say("reply_read.no_reply", read(64));
    say("reply_read.nothing", read(0));
    unsafe {
        say("reply_read.bad_memory", sys::reply_read(OUTSIDE as *mut u8, 300));
        say("reply_read.negative_length", sys::reply_read(r as *mut u8, -1));
    }
}

fn unavailable() {
    let r = b"r".as_ptr();
    unsafe {
        say("model_begin", sys::model_begin(r, 1));
        say("gate_begin", sys::gate_begin(r, 1));
        say("task_spawn", sys::task_spawn(r, 1, null(), 0));
    }
}

/// Rows like this one, whose first text ends in eight digits, each another key.
fn fill_rows(table: Table, mut row: Tuple) -> Handled {
    let mut written = 0;
    loop {
        row.as_mut_bytes()[8..16].copy_from_slice(format!("{:08}", written).as_bytes());
        if let Err(status) = table.put(&row) {
            return voxeltron::complete(format!("{}={}", written, status.code()));
        }
        written += 1;
    }
}

/// Says values of one length until one is refused.
fn fill_outputs(is_emit: bool, length: usize) -> Handled {
    let value = vec![b'v'; length];
    let mut said = 0;
    loop {
        if let Err(status) = if is_emit { emit("e", &value) } else { log(Level::Information, &value) } {
            return voxeltron::complete(format!("{}={}", said, status.code()));
        }
        said += 1;
    }
}

fn task(event: &Event) -> Handled {
    match event.input_text() {
        Some("rows") => return fill_rows(ITEM, row_of("k00000000", 1, 1.0)),
        Some("short rows") => return fill_rows(Table("own"), key_of("k00000000")),
        Some("emits") => return fill_outputs(true, 0),
        Some("emit bytes") => return fill_outputs(true, 4096),
        Some("logs") => return fill_outputs(false, 0),
        Some("log bytes") => return fill_outputs(false, 4096),
        _ => {}
    }
    say("growth", (core::arch::wasm32::memory_grow(0, 8) != usize::MAX) as i32);
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
    say("fail.bad_code", done(voxeltron::fail("Bad", "m")));
    say("fail.long_code", done(voxeltron::fail(&format!("{}x", NAME_64), "m")));
    say("fail.no_code", done(voxeltron::fail("", "m")));
    say("fail.bad_memory", unsafe { sys::fail(b"code".as_ptr(), 4, OUTSIDE, 300) });
    say("fail.too_large", unsafe { sys::fail(b"code".as_ptr(), 4, null(), 4097) });
    say("complete.bad_memory", unsafe { sys::complete(OUTSIDE, 300) });
    say("complete.too_large", unsafe { sys::complete(null(), 524_289) });
    say("complete.ok", done(voxeltron::complete(&event.input)));
    say("complete.twice", done(voxeltron::complete(&event.input)));
    say("fail.after_complete", done(voxeltron::fail("code", "m")));
    Ok(())
}

fn start(_event: &Event) -> Handled {
    say("start.complete", done(voxeltron::complete("x")));
    say("start.fail", done(voxeltron::fail("code", "m")));
    say("start.timer", code(voxeltron::timer(1, "t")));
    say("start.http_begin", unsafe { sys::http_begin(b"r".as_ptr(), 1, null(), 0) });
    say("start.reply_read", code(reply_read(&mut []).map(|length| length as i64)));
    say("start.subscribe", code(View("amounts").subscribe(None)));
    say("start.unsubscribe", done(unsubscribe(1)));
    say("start.view", View("amounts").read(None, None).is_ok() as i32);
    say("start.put", done(ITEM.put(&row_of("start", 1, 1.0))));
    say("start.delete", delete(ITEM, &key_of("start")));
    Ok(())
}

fn resume(_event: &Event) -> Handled {
    say("resumed", 1);
    Ok(())
}

cell! { on_task = task, on_start = start, on_resume = resume }
