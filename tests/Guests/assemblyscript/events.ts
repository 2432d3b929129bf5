// What conform.ts does not ask of the SDK: events as they come, aborts, memory, decimals. Its input says which; tests/Unit/Cells/SdkTests.cs
// has the answers, which are those of ../rust/events.rs too.
import { completeText, complete, Decimal, deliver, Deltas, Event, fail, Kind, Row, Status, Tag, timer, Tuple, View } from "../../../sdk/assemblyscript/index";
export { vx_abi_version, vx_alloc } from "../../../sdk/assemblyscript/index";

// Objects a module holds on to live as long as the cell: the collector must not take them between events.
let kept: Map<string, string[]> | null = null;
const fixed: string[] = ["Start", "Task", "Resume", "Timer", "Delta", "Other"];

function or(text: string | null): string {
  return text ? text : "-";
}

function told(event: Event): string {
  return `${fixed[event.kind]} ${event.cell} ${event.mission} task=${event.task} item=${or(event.item)} attempt=${event.attempt} now=${event.nowUs} tag=${event.tag} ticket=${event.ticket} view=${event.view} from=${event.from} to=${event.to} reset=${event.reset} replaces=${or(event.replaces)} input=${event.input.length}`;
}

function decimal(text: string, scale: i32): string {
  const value = Decimal.parse(text, scale);
  return value ? value.format(scale) : "none";
}

function decimals(): string {
  return [
    decimal("12.5", 2), decimal("-0.05", 2), decimal("7", 0), decimal("1.234", 2), decimal("", 2), decimal("1.", 2), decimal(".5", 2), decimal("-", 0), decimal("1e3", 2),
    decimal("170141183460469231731687303715884105727", 0), decimal("-170141183460469231731687303715884105728", 0), decimal("170141183460469231731687303715884105728", 0),
  ].join(" ");
}

function fields(): string {
  const tuple = new Tuple().null().int(-2).float(1.5).bool(true).text("é").raw(new Uint8Array(2)).decimal(Decimal.of(-1250)).timestamp(1).json("{}").null();
  const row = new Row(tuple.bytes);
  const said: string[] = [];
  while (row.tag >= 0) {
    if (row.skipNull()) said.push("null");
    else if (row.tag == Tag.Int) said.push(row.int().toString());
    else if (row.tag == Tag.Float) said.push(row.float().toString());
    else if (row.tag == Tag.Bool) said.push(row.bool().toString());
    else if (row.tag == Tag.Text) said.push(row.text());
    else if (row.tag == Tag.Bytes) said.push(row.raw().length.toString());
    else if (row.tag == Tag.Decimal) said.push(row.decimal().format(2));
    else if (row.tag == Tag.Timestamp) said.push(row.timestamp().toString());
    else said.push(row.json());
  }
  return said.join(" ");
}

// Half a megabyte of objects that refer to each other, again and again in one event, and a few that stay.
function memory(): string {
  let length = 0;
  for (let i = 0; i < 20; i++) {
    const words: string[] = [];
    for (let j = 0; j < 2000; j++) words.push("word " + j.toString());
    length = words.length;
  }
  if (!kept) kept = new Map();
  const list = kept!.has("list") ? kept!.get("list") : [];
  if (list.length < 50) list.push("event " + list.length.toString());
  fixed[5] = "Other".concat("");
  kept!.set("list", list);
  for (let i = 0; i < list.length; i++) assert(list[i] == "event " + i.toString(), "what was kept has changed");
  assert(fixed[5] == "Other", "what a constant held has changed");
  return (length * 100).toString();
}

function task(event: Event): i32 {
  const input = event.input.length < 20 ? event.inputText : "";
  if (input == "panic") throw new Error("as asked");
  if (input == "status") return Status.LIMIT;
  if (input == "refuse") return fail("no_luck", "none today");
  if (input == "wait") return min(timer(5, "later.1"), 0);
  if (input == "follow") return min(new View("amounts").subscribe(null), 0);
  if (input == "decimals") return completeText(decimals());
  if (input == "fields") return completeText(fields());
  if (input == "short row") return <i32>new Row(new Tuple().int(1).bytes.slice(0, 6)).int();
  if (input == "long field") return new Row(new Tuple().text("x").bytes.fill(255, 3, 7)).text().length;
  if (input == "memory") return completeText(memory());
  if (input == "too much") return complete(new Uint8Array(64 << 20));
  return completeText(told(event));
}

function ranOut(event: Event): i32 {
  return completeText(told(event));
}

function changed(event: Event): i32 {
  let said = told(event);
  const deltas = new Deltas();
  for (let row = deltas.next(); row; row = deltas.next()) {
    const amount = row.int();
    const items = row.int();
    const weight = row.int();
    said += ` ${amount}:${items}:${weight > 0 ? "+" : ""}${weight}`;
  }
  return deltas.status < 0 ? deltas.status : completeText(said);
}

export function on_task(envelope: usize, envelopeLen: i32, input: usize, inputLen: i32): i32 {
  return deliver(envelope, envelopeLen, input, inputLen, task);
}

export function on_timer(envelope: usize, envelopeLen: i32): i32 {
  return deliver(envelope, envelopeLen, 0, 0, ranOut);
}

export function on_delta(envelope: usize, envelopeLen: i32): i32 {
  return deliver(envelope, envelopeLen, 0, 0, changed);
}
