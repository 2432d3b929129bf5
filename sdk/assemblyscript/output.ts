import { utf8 } from "./bytes";
import * as sys from "./sys";

export enum Level {
  Error = 1,
  Warning = 2,
  Information = 3,
  Debug = 4,
}

/** Ends the task with a result. Once per task. */
export function complete(result: Uint8Array): i32 {
  return sys.complete(result.dataStart, result.byteLength);
}

export function completeText(result: string): i32 {
  return complete(utf8(result));
}

/** Ends the task with a final, named refusal, instead of complete. The code is [a-z0-9_]{1,64}. */
export function fail(code: string, message: string): i32 {
  const c = utf8(code);
  const m = utf8(message);
  return sys.fail(c.dataStart, c.byteLength, m.dataStart, m.byteLength);
}

/** The name is [a-z0-9_.-]{1,64}. */
export function emit(name: string, value: Uint8Array): i32 {
  const n = utf8(name);
  return sys.emit(n.dataStart, n.byteLength, value.dataStart, value.byteLength);
}

/** One line, up to 4 KiB. */
export function log(level: Level, line: string): i32 {
  const bytes = utf8(line);
  return sys.log(level, bytes.dataStart, bytes.byteLength);
}

/** Unix microseconds, fixed for the event. */
export function now(): i64 {
  return sys.now();
}

/** A deterministic stream, the same on replay: for sampling and ids, never for keys. */
export function random(out: Uint8Array): i32 {
  return sys.random(out.dataStart, out.byteLength);
}

/** A ticket from 1, or a status: on_timer comes not before now + delay, with the tag [a-z0-9_.-]{0,64}. */
export function timer(delayUs: i64, tag: string): i32 {
  const bytes = utf8(tag);
  return sys.timer_begin(delayUs, bytes.dataStart, bytes.byteLength);
}
