// The questions of ../conform.c, asked by the SDK for AssemblyScript: ../conform.txt has the answers. What the SDK has a class or function
// for is asked by it; what those cannot say (pointers outside memory, lengths that lie) by the imports themselves.
import { complete, completeText, Decimal, deliver, Deltas, emit, Event, fail, Level, log, now, random, replyRead, Request, Row, Scan, Table, timer, Tuple, unsubscribe, utf8, View } from "../../../sdk/assemblyscript/index";
import * as sys from "../../../sdk/assemblyscript/sys";
export { vx_abi_version, vx_alloc } from "../../../sdk/assemblyscript/index";

const OUTSIDE: usize = 0x7fffff00;
// With a length of 32, one past the last address there is: a sum in 32 bits would come out as 16.
const LAST: usize = 0xfffffff0;
const NAME_64 = "0123456789012345678901234567890123456789012345678901234567890123";
const NOTHING = -1;

function say(name: string, value: i64): void {
  log(Level.Information, name + "=" + value.toString());
}

function bytesOf(values: i32[]): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = <u8>values[i];
  return bytes;
}

function none(): Uint8Array {
  return new Uint8Array(0);
}

function item(): Table {
  return new Table("item");
}

function keyOf(id: string): Tuple {
  return new Tuple().text(id);
}

function rowOf(id: string, amount: i64, ratio: f64): Tuple {
  return new Tuple().text(id).int(amount).float(ratio);
}

function rawGet(table: string, key: Uint8Array, out: Uint8Array, cap: i32): i32 {
  const name = utf8(table);
  return sys.state_get(name.dataStart, name.byteLength, key.dataStart, key.byteLength, out.dataStart, cap);
}

function get(table: string, key: Tuple): i32 {
  const from = new Table(table);
  from.get(key);
  return from.status;
}

function scan(table: string, prefix: Tuple): i32 {
  return new Table(table).scan(prefix).handle;
}

function state(): void {
  const out = new Uint8Array(256);
  const a = rowOf("a", 7, 0.5), b = rowOf("b", 8, 1.5), key = keyOf("a"), missing = keyOf("none");
  const wrong = new Tuple().bool(true);
  const name = utf8("item");
  say("put.new", item().put(a));
  say("put.other", item().put(b));
  say("put.again", item().put(a));
  say("put.no_table", new Table("nothing").put(a));
  say("put.bad_tuple", item().put(wrong));
  say("put.bad_memory", sys.state_put(name.dataStart, 4, OUTSIDE, 8));
  say("put.negative_length", sys.state_put(name.dataStart, -1, a.bytes.dataStart, a.bytes.byteLength));
  say("put.too_large", sys.state_put(name.dataStart, 4, 0, 300000));
  say("get.whole", rawGet("item", key.bytes, out, 256));
  say("get.same_bytes", memory.compare(out.dataStart, a.bytes.dataStart, a.bytes.byteLength));
  out.fill(0x55);
  say("get.short", rawGet("item", key.bytes, out, 3));
  say("get.short_untouched", out[0]);
  say("get.length_only", rawGet("item", key.bytes, none(), 0));
  say("get.not_found", get("item", missing));
  say("get.no_table", get("x", key));
  say("get.bad_tuple", get("item", wrong));
  say("get.bad_out", sys.state_get(name.dataStart, 4, key.bytes.dataStart, key.bytes.byteLength, OUTSIDE, 4096));
  say("get.bad_key", sys.state_get(name.dataStart, 4, OUTSIDE, 4, out.dataStart, 256));
  say("delete.not_found", item().delete(missing));
  say("delete.bad_memory", sys.state_delete(OUTSIDE, 4, missing.bytes.dataStart, missing.bytes.byteLength));
  say("delete.no_table", new Table("x").delete(missing));
}

// Tuples that are wrong in one way each. Of `item`: text, int64, float64; its key is the text.
function rawText(isRow: bool, declared: u32, text: i32[]): Tuple {
  const value = new Uint8Array(4 + text.length);
  store<u32>(value.dataStart, declared);
  value.set(text, 4);
  const tuple = new Tuple().field(4, value);
  return isRow ? tuple.int(1).float(1) : tuple;
}

function refuse(why: string, row: Tuple): void {
  say(why, item().put(row));
}

function refuseKey(why: string, key: Tuple): void {
  say("get." + why, get("item", key));
  say("delete." + why, item().delete(key));
  say("scan." + why, scan("item", key));
}

function broken(): void {
  const a: i32[] = [0x61], nul: i32[] = [0x61, 0, 0x62], notUtf8: i32[] = [0x61, 0xff];
  refuse("put.nul", rawText(true, 3, nul));
  refuse("put.not_utf8", rawText(true, 2, notUtf8));
  refuse("put.overlong_utf8", rawText(true, 2, [0xc0, 0xaf]));
  refuse("put.surrogate", rawText(true, 3, [0xed, 0xa0, 0x80]));
  refuse("put.past_the_end", rawText(true, 1000, a));
  refuse("put.length_minus_one", rawText(true, 0xffffffff, a));
  refuse("put.length_most_negative", rawText(true, 0x80000000, a));
  refuse("put.too_few_fields", rawText(false, 1, a));
  refuse("put.too_many_fields", rowOf("a", 1, 1).int(1));
  refuse("put.null_in_key", new Tuple().null().int(1).float(1));
  refuse("put.wrong_types", new Tuple().int(1).text("a").float(1));
  const row = rowOf("a", 1, 1).bytes;
  const trailing = new Uint8Array(row.length + 1);
  trailing.set(row);
  trailing[row.length] = 0x78;
  refuse("put.bytes_after_the_last", Tuple.of(trailing));
  trailing[2] = 99;
  refuse("put.unknown_tag", Tuple.of(trailing));
  refuse("put.empty", Tuple.of(none()));
  refuse("put.one_byte", Tuple.of(bytesOf(a)));
  refuse("put.null_value", new Tuple().text("a").null().float(1));

  refuseKey("nul", rawText(false, 3, nul));
  refuseKey("not_utf8", rawText(false, 2, notUtf8));
  refuseKey("past_the_end", rawText(false, 1000, a));
  refuseKey("length_minus_one", rawText(false, 0xffffffff, a));
  const two = keyOf("a").text("a");
  say("get.null_key", get("item", new Tuple().null()));
  say("get.two_fields", get("item", two));
  say("delete.two_fields", item().delete(two));
  say("scan.two_fields", scan("item", two));

  // A key's text of 1,022 bytes and its two of ending fill the 1,024 a key may have.
  const text = "k".repeat(1100);
  const most = keyOf(text.substring(0, 1022)), over = keyOf(text.substring(0, 1023));
  say("get.longest_key", get("item", most));
  say("put.key_too_large", item().put(rowOf(text.substring(0, 1023), 1, 1)));
  say("get.key_too_large", get("item", over));
  say("delete.key_too_large", item().delete(over));
  say("scan.key_too_large", scan("item", over));
  say("get.key_of_no_tuple_too_large", get("item", Tuple.of(utf8(text))));
  say("get.long_name", get(text, most));
  say("get.no_name", get("", most));
}

// Every pointer an import takes, so that its end lies past the last address of 32 bits.
function wrapping(): void {
  const out = new Uint8Array(64), bytes = keyOf("a").bytes, name = utf8("item"), note = utf8("note"), code = utf8("code");
  const key = bytes.dataStart, keyLen = bytes.byteLength, table = name.dataStart;
  say("wrap.get_table", sys.state_get(LAST, 32, key, keyLen, out.dataStart, 64));
  say("wrap.get_key", sys.state_get(table, 4, LAST, 32, out.dataStart, 64));
  say("wrap.get_out", sys.state_get(table, 4, key, keyLen, LAST, 32));
  say("wrap.put_table", sys.state_put(LAST, 32, key, keyLen));
  say("wrap.put_row", sys.state_put(table, 4, LAST, 32));
  say("wrap.delete_table", sys.state_delete(LAST, 32, key, keyLen));
  say("wrap.delete_key", sys.state_delete(table, 4, LAST, 32));
  say("wrap.scan_table", sys.state_scan(LAST, 32, key, keyLen));
  say("wrap.scan_prefix", sys.state_scan(table, 4, LAST, 32));
  say("wrap.scan_next", sys.scan_next(1, LAST, 32));
  say("wrap.emit_name", sys.emit(LAST, 32, note.dataStart, 1));
  say("wrap.emit_value", sys.emit(note.dataStart, 4, LAST, 32));
  say("wrap.log", sys.log(3, LAST, 32));
  say("wrap.random", sys.random(LAST, 32));
  say("wrap.timer", sys.timer_begin(1, LAST, 32));
  say("wrap.reply_read", sys.reply_read(LAST, 32));
  say("wrap.complete", sys.complete(LAST, 32));
  say("wrap.fail_code", sys.fail(LAST, 32, note.dataStart, 1));
  say("wrap.fail_message", sys.fail(code.dataStart, 4, LAST, 32));
  say("wrap.nothing_at_the_last", sys.log(3, LAST, 0));
}

function scans(): void {
  const out = new Uint8Array(256), name = utf8("item"), all = new Tuple();
  const handle = scan("item", all);
  say("scan.handle", handle);
  say("scan.short", sys.scan_next(handle, out.dataStart, 1));
  say("scan.first", sys.scan_next(handle, out.dataStart, 256));
  say("scan.first_key", out[7]);
  say("scan.second", sys.scan_next(handle, out.dataStart, 256));
  say("scan.second_key", out[7]);
  say("scan.end", sys.scan_next(handle, out.dataStart, 256));
  say("scan.bad_out", sys.scan_next(handle, OUTSIDE, 4096));
  say("scan.close", sys.scan_close(handle));
  say("scan.close_again", sys.scan_close(handle));
  say("scan.next_closed", sys.scan_next(handle, out.dataStart, 256));
  say("scan.next_never", sys.scan_next(99, out.dataStart, 256));
  say("scan.close_negative", sys.scan_close(i32.MIN_VALUE));
  say("scan.no_table", scan("nothing", all));
  say("scan.bad_memory", sys.state_scan(name.dataStart, 4, OUTSIDE, 4));
  let opened = 0, last = 0;
  while ((last = scan("item", all)) > 0) opened++;
  say("scan.open_at_once", opened);
  say("scan.over_limit", last);
  say("delete.found", item().delete(keyOf("b")));
}

function typedRow(id: string, price: i64, at: i64, doc: string): Tuple {
  return new Tuple().text(id).decimal(Decimal.of(price)).timestamp(at).json(doc);
}

// First byte of a row's first text; -1 when there is no row, as in a mission without these tables.
function firstOf(row: Row | null): i64 {
  return row ? row.text().charCodeAt(0) : NOTHING;
}

function types(): void {
  const typed = new Table("typed");
  say("typed.put", typed.put(typedRow("a", -1250, 1780000000000000, '{"b" : 1.0, "a":[]}')));
  const row = typed.get(keyOf("a"));
  say("typed.get", typed.status);
  if (row) {
    row.text();
    say("typed.decimal", row.decimal().units);
    say("typed.timestamp", row.timestamp());
    say("typed.json_canonical", i64(row.json() == '{"a":[],"b":1}'));
    say("typed.read_well", i64(row.tag < 0));
  } else {
    say("typed.decimal", 0);
    say("typed.timestamp", 0);
    say("typed.json_canonical", 0);
    say("typed.read_well", 0);
  }
  say("typed.decimal_most", typed.put(typedRow("b", 9999999, 0, "null")));
  say("typed.decimal_over", typed.put(typedRow("b", 10000000, 0, "null")));
  say("typed.timestamp_over", typed.put(typedRow("c", 1, 253402300800000000, "null")));
  say("typed.json_name_twice", typed.put(typedRow("c", 1, 0, '{"a":1,"a":1}')));
  say("typed.json_half", typed.put(typedRow("c", 1, 0, "{")));
  say("typed.json_inexact", typed.put(typedRow("c", 1, 0, "9007199254740993")));
}

function found(row: Row | null, status: i32): i64 {
  return row ? 1 : status;
}

function indexes(): void {
  const typed = new Table("typed"), byPrice = new Table("typed.one_price"), byAt = new Table("typed.by_at");
  const taken = typedRow("c", -1250, 0, "null"), price = new Tuple().decimal(Decimal.of(-1250)), at = new Tuple().timestamp(0);
  say("index.conflict", typed.put(taken));
  const cheap = byPrice.get(price);
  say("index.get", byPrice.status);
  say("index.get_key", firstOf(cheap));
  say("index.get_not_unique", get("typed.by_at", at));
  say("index.get_bad_tuple", get("typed.one_price", at));
  say("index.put", byPrice.put(taken));
  say("index.no_index", scan("typed.none", new Tuple()));
  const all = byAt.scan(new Tuple());
  let row = all.next();
  say("index.scan_first", found(row, all.status));
  say("index.scan_first_key", firstOf(row));
  row = all.next();
  say("index.scan_second", found(row, all.status));
  say("index.scan_second_key", firstOf(row));
  row = all.next();
  say("index.scan_end", found(row, all.status));
  all.close();
  const some = byAt.scan(at);
  row = some.next();
  say("index.scan_prefix", found(row, some.status));
  row = some.next();
  say("index.scan_prefix_end", found(row, some.status));
  some.close();
  say("index.delete", typed.delete(keyOf("a")) + typed.delete(keyOf("b")));
  say("index.get_deleted", get("typed.one_price", price));
}

// Rows of a table of scope cell. The first event leaves one; what a later event finds tells whose shard it sees.
function own(): void {
  say("own.get", get("own", keyOf("k")));
  say("own.put", new Table("own").put(keyOf("k")));
}

function outputs(): void {
  const abc = utf8("abc"), note = utf8("note"), bad = bytesOf([0xff, 0x21]);
  say("emit.ok", emit("note", abc));
  say("emit.empty_value", emit("note.empty-1", none()));
  say("emit.bad_name", emit("No Te", abc));
  say("emit.longest_name", emit(NAME_64, none()));
  say("emit.long_name", emit(NAME_64 + "x", abc));
  say("emit.no_name", emit("", abc));
  say("emit.bad_memory", sys.emit(note.dataStart, 4, OUTSIDE, 300));
  say("emit.too_large", sys.emit(note.dataStart, 4, 0, 262145));
  say("emit.all_together", sys.emit(note.dataStart, 4, 0, 262144));
  say("log.bad_level", log(<Level>5, "x"));
  say("log.level_zero", log(<Level>0, "x"));
  say("log.bad_memory", sys.log(Level.Warning, OUTSIDE, 300));
  say("log.too_large", sys.log(Level.Warning, 0, 4097));
  say("log.not_utf8", sys.log(Level.Debug, bad.dataStart, 2));
}

function timeAndChance(event: Event): void {
  const bytes = new Uint8Array(40);
  say("now.is_the_events", i64(now() == event.nowUs));
  say("random.ok", random(bytes.subarray(0, 5)));
  say("random.goes_on", random(bytes.subarray(5)));
  say("random.nothing", random(none()));
  say("random.bad_memory", sys.random(OUTSIDE, 300));
  say("random.too_large", sys.random(0, 65537));
  emit("random", bytes);
}

function timers(): void {
  say("timer.ok", timer(0, "t"));
  say("timer.no_tag", timer(1, ""));
  say("timer.negative", timer(-1, "t"));
  say("timer.too_far", timer(31622400000001, "t"));
  say("timer.bad_tag", timer(1, "Bad"));
  say("timer.long_tag", timer(1, NAME_64 + "x"));
  say("timer.bad_memory", sys.timer_begin(1, OUTSIDE, 300));
  let begun = 2, last = 0;
  while ((last = timer(1, "t")) > 0) begun++;
  say("timer.open_at_once", begun);
  say("timer.over_limit", last);
}

function views(): void {
  const amounts = new View("amounts"), name = utf8("amounts");
  const seven = new Tuple().int(7), eight = new Tuple().int(8), wrong = keyOf("a");
  for (let handle = 1; handle <= 16; handle++) sys.scan_close(handle);
  // What this event has written is in no view yet.
  const all = amounts.read(null, null);
  say("view.all", i64(all.handle > 0));
  all.close();
  const lookup = amounts.read(eight, eight);
  say("view.lookup", i64(lookup.handle > 0));
  say("view.nothing_yet", found(lookup.next(), lookup.status));
  say("view.close", lookup.close());
  const range = amounts.read(seven, seven);
  say("view.range", i64(range.handle > 0));
  range.close();
  say("view.no_view", new View("nothing").read(null, null).handle);
  say("view.no_table", new View("item").read(null, null).handle);
  say("view.bad_low", amounts.read(wrong, null).handle);
  say("view.bad_high", amounts.read(null, wrong).handle);
  say("view.bad_memory", sys.view_read(name.dataStart, 7, OUTSIDE, 8, 0, 0));
  say("view.bad_memory_high", sys.view_read(name.dataStart, 7, 0, 0, OUTSIDE, 8));
  say("view.too_large", sys.view_read(name.dataStart, 7, 0, 2000, 0, 0));
  let opened = 0, last = 0;
  while ((last = amounts.read(null, null).handle) > 0) opened++;
  say("view.open_at_once", opened);
  say("view.over_limit", last);
  for (let handle = 1; handle <= opened; handle++) new Scan(handle).close();
  say("scan.of_view", scan("amounts", seven));

  const ticket = amounts.subscribe(null);
  say("subscribe.ticket", ticket);
  say("subscribe.prefix", amounts.subscribe(seven));
  say("subscribe.no_view", new View("item").subscribe(null));
  say("subscribe.bad_prefix", amounts.subscribe(wrong));
  say("subscribe.bad_memory", sys.subscribe(name.dataStart, 7, OUTSIDE, 8));
  say("subscribe.too_large", sys.subscribe(name.dataStart, 7, 0, 2000));
  say("unsubscribe.ok", unsubscribe(ticket));
  say("unsubscribe.again", unsubscribe(ticket));
  say("unsubscribe.timer", unsubscribe(1));
  say("unsubscribe.never", unsubscribe(999999));
  let followed = 1;
  while ((last = amounts.subscribe(null)) > 0) followed++;
  say("subscribe.at_once", followed);
  say("subscribe.over_limit", last);
  const deltas = new Deltas();
  say("delta_next.no_delta", found(deltas.next(), deltas.status));
  say("delta_next.bad_memory", sys.delta_next(OUTSIDE, 8));
}

/** Of a mission without egress: what cannot be asked for is not looked at. */
function requests(): void {
  const r = utf8("r");
  const out = new Uint8Array(64);
  say("http_begin", new Request("GET", "https://a.example/").begin());
  say("http_begin.no_json", sys.http_begin(r.dataStart, 1, 0, 0));
  say("http_begin.bad_memory", sys.http_begin(OUTSIDE, 300, 0, 0));
  say("http_begin.bad_body", sys.http_begin(r.dataStart, 1, LAST, 32));
  say("http_begin.negative_length", sys.http_begin(r.dataStart, -1, 0, -1));
  say("reply_read.no_reply", replyRead(out));
  say("reply_read.nothing", replyRead(out.subarray(0, 0)));
  say("reply_read.bad_memory", sys.reply_read(OUTSIDE, 300));
  say("reply_read.negative_length", sys.reply_read(out.dataStart, -1));
}

function unavailable(): void {
  const r = utf8("r");
  say("model_begin", sys.model_begin(r.dataStart, 1));
  say("gate_begin", sys.gate_begin(r.dataStart, 1));
  say("task_spawn", sys.task_spawn(r.dataStart, 1, 0, 0));
}

// Rows like this one, whose first text ends in eight digits, each another key.
function fillRows(into: string, first: Tuple): i32 {
  const table = new Table(into), row = first.bytes;
  let written = 0, status = 0;
  for (;; written++) {
    for (let i = 15, n = written; i > 7; i--, n /= 10) row[i] = <u8>(48 + n % 10);
    status = table.put(first);
    if (status < 0) break;
  }
  return completeText(written.toString() + "=" + status.toString());
}

// Says values of one length until one is refused.
function fillOutputs(emits: bool, length: i32): i32 {
  const value = new Uint8Array(length).fill(0x76);
  let said = 0, status = 0;
  while ((status = emits ? emit("e", value) : sys.log(Level.Information, value.dataStart, length)) == 0) said++;
  return completeText(said.toString() + "=" + status.toString());
}

function task(event: Event): i32 {
  const input = event.inputText;
  if (input == "rows") return fillRows("item", rowOf("k00000000", 1, 1));
  if (input == "short rows") return fillRows("own", keyOf("k00000000"));
  if (input == "emits") return fillOutputs(true, 0);
  if (input == "emit bytes") return fillOutputs(true, 4096);
  if (input == "logs") return fillOutputs(false, 0);
  if (input == "log bytes") return fillOutputs(false, 4096);
  say("growth", i64(memory.grow(8) > 0));
  state();
  broken();
  wrapping();
  types();
  indexes();
  own();
  scans();
  outputs();
  timeAndChance(event);
  timers();
  views();
  requests();
  unavailable();
  const code = utf8("code");
  say("fail.bad_code", fail("Bad", "m"));
  say("fail.long_code", fail(NAME_64 + "x", "m"));
  say("fail.no_code", fail("", "m"));
  say("fail.bad_memory", sys.fail(code.dataStart, 4, OUTSIDE, 300));
  say("fail.too_large", sys.fail(code.dataStart, 4, 0, 4097));
  say("complete.bad_memory", sys.complete(OUTSIDE, 300));
  say("complete.too_large", sys.complete(0, 524289));
  say("complete.ok", complete(event.input));
  say("complete.twice", complete(event.input));
  say("fail.after_complete", fail("code", "m"));
  return 0;
}

function start(event: Event): i32 {
  say("start.complete", completeText("x"));
  say("start.fail", fail("code", "m"));
  say("start.timer", timer(1, "t"));
  say("start.http_begin", sys.http_begin(0, 0, 0, 0));
  say("start.reply_read", sys.reply_read(0, 0));
  say("start.subscribe", new View("amounts").subscribe(null));
  say("start.unsubscribe", unsubscribe(1));
  say("start.view", i64(new View("amounts").read(null, null).handle > 0));
  say("start.put", item().put(rowOf("start", 1, 1)));
  say("start.delete", item().delete(keyOf("start")));
  return 0;
}

function resume(event: Event): i32 {
  say("resumed", 1);
  return 0;
}

export function on_task(envelope: usize, envelopeLen: i32, input: usize, inputLen: i32): i32 {
  return deliver(envelope, envelopeLen, input, inputLen, task);
}

export function on_start(envelope: usize, envelopeLen: i32): i32 {
  return deliver(envelope, envelopeLen, 0, 0, start);
}

export function on_resume(envelope: usize, envelopeLen: i32): i32 {
  return deliver(envelope, envelopeLen, 0, 0, resume);
}
