// Cells in AssemblyScript, over ABI `vx`, version 1. docs/abi.md has the contract, docs/cells.md a start.
//
//   import { complete, deliver, Event } from "./voxeltron";
//   export { vx_abi_version, vx_alloc } from "./voxeltron";
//
//   export function on_task(envelope: usize, envelopeLen: i32, input: usize, inputLen: i32): i32 {
//     return deliver(envelope, envelopeLen, input, inputLen, (event: Event): i32 => complete(event.input));
//   }
//
// A handler answers a status: 0, and what it wrote is committed; anything else, a throw or a failed assert aborts the event: nothing it
// wrote remains, the cell is discarded, and a fresh one gets the event again as the mission's retry rule says. The reason is logged. A
// refusal that no retry would change is fail(), and its status.
//
// Memory is a cache: a cell may be discarded between any two events, so what must last belongs into a Table. Variables of a module keep
// what they hold as long as the cell lives; they begin with constants or null, since a cell has no start function.
//
// Compile with: asc cell.ts --runtime voxeltron/runtime --use abort=voxeltron/index/vx_abort
import { Event } from "./event";
import { Level, log } from "./output";
import * as sys from "./sys";

export { text, utf8 } from "./bytes";
export { Decimal } from "./decimal";
export { Event, Kind } from "./event";
export { Gate, isApproved } from "./gate";
export { ModelCall } from "./model";
export { complete, completeText, emit, fail, Level, log, now, random, timer } from "./output";
export { replyBody, replyRead, Request } from "./request";
export { Deltas, Scan, Table, unsubscribe, View } from "./state";
export { Status } from "./status";
export { Row, Tag, Tuple } from "./tuple";

/** The name of the ABI's version, for the host. */
export function vx_abi_version(): i32 {
  return 1;
}

// What the host was given room for in this event: envelope, then input.
let first: ArrayBuffer | null = null;
let second: ArrayBuffer | null = null;

/** Room the host fills. */
export function vx_alloc(length: i32): usize {
  const room = new ArrayBuffer(length);
  if (first) second = room;
  else first = room;
  return changetype<usize>(room);
}

/** What an export of a cell does: event and input are made, the handler is called, and the event's memory is given back. */
export function deliver(envelope: usize, envelopeLen: i32, input: usize, inputLen: i32, handler: (event: Event) => i32): i32 {
  const status = run(envelopeLen, handler);
  if (status < 0) log(Level.Error, "the handler ended with status " + status.toString());
  __collect();
  return status < 0 ? -status : status;
}

function run(envelopeLen: i32, handler: (event: Event) => i32): i32 {
  const json = String.UTF8.decodeUnsafe(changetype<usize>(first), envelopeLen);
  const input = second ? Uint8Array.wrap(second!) : new Uint8Array(0);
  first = null;
  second = null;
  return handler(Event.parse(json, input));
}

/** What a throw and a failed assert become: a log line and a trap, without an import. */
export function vx_abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const where = file ? " (" + file + ":" + line.toString() + ":" + column.toString() + ")" : "";
  const said = Uint8Array.wrap(String.UTF8.encode((message ? message : "abort") + where));
  sys.log(Level.Error, said.dataStart, min(said.byteLength, 4096));
  unreachable();
}
