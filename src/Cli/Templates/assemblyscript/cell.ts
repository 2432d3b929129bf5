// One text in, the number of its lines out, and kept in a table. docs/abi.md of the fabric says what else a cell may do.
import { completeText, deliver, Event, fail, Table, Tuple } from "./voxeltron";
export { vx_abi_version, vx_alloc } from "./voxeltron";

function task(event: Event): i32 {
  if (event.input.length == 0) return fail("empty", "there is no text");

  let lines = 0;
  for (let i = 0; i < event.input.length; i++) lines += event.input[i] == 10 ? 1 : 0;

  const item = event.item;
  const status = new Table("line_count").put(new Tuple().text(item ? item : "").int(lines));
  return status < 0 ? status : completeText(lines.toString());
}

export function on_task(envelope: usize, envelopeLen: i32, input: usize, inputLen: i32): i32 {
  return deliver(envelope, envelopeLen, input, inputLen, task);
}
