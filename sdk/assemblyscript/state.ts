import { utf8 } from "./bytes";
import * as sys from "./sys";
import { Row, Tuple } from "./tuple";

/** Room for the first try; a longer row is asked for again. */
const FIRST: i32 = 512;

/** A table of the mission, or <table>.<index> to read by an index. */
export class Table {
  private name: Uint8Array;

  constructor(name: string) {
    this.name = utf8(name);
  }

  /** How the last get ended: a null that is no NOT_FOUND has its reason here. */
  status: i32 = 0;

  /** The row under a key, or of a unique index's columns. */
  get(key: Tuple): Row | null {
    const k = key.bytes;
    let out = new Uint8Array(FIRST);
    while (true) {
      const length = sys.state_get(this.name.dataStart, this.name.byteLength, k.dataStart, k.byteLength, out.dataStart, out.byteLength);
      this.status = min(length, 0);
      if (length < 0) return null;
      if (length <= out.byteLength) return new Row(out.subarray(0, length));
      out = new Uint8Array(length);
    }
  }

  /** Inserts the row, or replaces the one of its key. */
  put(row: Tuple): i32 {
    const bytes = row.bytes;
    return sys.state_put(this.name.dataStart, this.name.byteLength, bytes.dataStart, bytes.byteLength);
  }

  delete(key: Tuple): i32 {
    const bytes = key.bytes;
    return sys.state_delete(this.name.dataStart, this.name.byteLength, bytes.dataStart, bytes.byteLength);
  }

  /** Rows whose first key fields equal the prefix, in key order; an empty prefix is all. */
  scan(prefix: Tuple): Scan {
    const bytes = prefix.bytes;
    return new Scan(sys.state_scan(this.name.dataStart, this.name.byteLength, bytes.dataStart, bytes.byteLength));
  }
}

/** Rows one after the other. At most 16 are open at once; close one, or leave it open to the event's end. */
export class Scan {
  /** @param handle Or, negative, why there is none. */
  constructor(readonly handle: i32) {}

  /** How the last next ended: a null that is no end has its reason here. */
  status: i32 = 0;

  next(): Row | null {
    let out = new Uint8Array(FIRST);
    while (true) {
      const length = sys.scan_next(this.handle, out.dataStart, out.byteLength);
      this.status = min(length, 0);
      if (length <= 0) return null;
      if (length <= out.byteLength) return new Row(out.subarray(0, length));
      out = new Uint8Array(length);
    }
  }

  close(): i32 {
    return sys.scan_close(this.handle);
  }
}

/** A view of the mission, as of the last commit. */
export class View {
  private name: Uint8Array;

  constructor(name: string) {
    this.name = utf8(name);
  }

  /** Its rows from one prefix of its columns to another, both included; null is no bound, twice the same is a look-up. A row ends with how often it is there. */
  read(low: Tuple | null, high: Tuple | null): Scan {
    const l = low ? low.bytes : none();
    const h = high ? high.bytes : none();
    return new Scan(sys.view_read(this.name.dataStart, this.name.byteLength, l.dataStart, l.byteLength, h.dataStart, h.byteLength));
  }

  /** A ticket from 1, or a status: from here on on_delta comes when rows that begin with the prefix (null: any row) have changed. */
  subscribe(prefix: Tuple | null): i32 {
    const bytes = prefix ? prefix.bytes : none();
    return sys.subscribe(this.name.dataStart, this.name.byteLength, bytes.dataStart, bytes.byteLength);
  }
}

export function unsubscribe(ticket: i32): i32 {
  return sys.unsubscribe(ticket);
}

/** During on_delta: the rows that have changed, each with how many more of it there are as its last field. */
export class Deltas {
  status: i32 = 0;

  next(): Row | null {
    let out = new Uint8Array(FIRST);
    while (true) {
      const length = sys.delta_next(out.dataStart, out.byteLength);
      this.status = min(length, 0);
      if (length <= 0) return null;
      if (length <= out.byteLength) return new Row(out.subarray(0, length));
      out = new Uint8Array(length);
    }
  }
}

function none(): Uint8Array {
  return new Uint8Array(0);
}
