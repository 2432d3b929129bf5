import { text, utf8 } from "./bytes";
import { Decimal } from "./decimal";

export enum Tag {
  Null = 0,
  Int = 1,
  Float = 2,
  Bool = 3,
  Text = 4,
  Bytes = 5,
  Decimal = 6,
  Timestamp = 7,
  Json = 8,
}

/** A row, a key or a prefix on its way to the host. Fields are added in order; a new one is the empty tuple, a prefix of all. */
export class Tuple {
  private buffer: Uint8Array = new Uint8Array(64);
  private length: i32 = 2;

  /** Bytes as they are, for who has a tuple already. */
  static of(bytes: Uint8Array): Tuple {
    const tuple = new Tuple();
    tuple.buffer = bytes;
    tuple.length = bytes.byteLength;
    return tuple;
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  null(): Tuple {
    this.tag(Tag.Null, 0);
    return this;
  }

  int(value: i64): Tuple {
    store<i64>(this.tag(Tag.Int, 8), value);
    return this;
  }

  float(value: f64): Tuple {
    store<f64>(this.tag(Tag.Float, 8), value);
    return this;
  }

  bool(value: bool): Tuple {
    store<u8>(this.tag(Tag.Bool, 1), value ? 1 : 0);
    return this;
  }

  text(value: string): Tuple {
    return this.long(Tag.Text, utf8(value));
  }

  raw(value: Uint8Array): Tuple {
    return this.long(Tag.Bytes, value);
  }

  decimal(value: Decimal): Tuple {
    const at = this.tag(Tag.Decimal, 16);
    store<u64>(at, value.low);
    store<i64>(at, value.high, 8);
    return this;
  }

  /** Unix microseconds. */
  timestamp(value: i64): Tuple {
    store<i64>(this.tag(Tag.Timestamp, 8), value);
    return this;
  }

  /** One JSON value; it comes back in RFC 8785 form. */
  json(value: string): Tuple {
    return this.long(Tag.Json, utf8(value));
  }

  /** A tag and its bytes, unchecked. */
  field(tag: i32, value: Uint8Array): Tuple {
    memory.copy(this.tag(tag, value.byteLength), value.dataStart, value.byteLength);
    return this;
  }

  private long(tag: i32, value: Uint8Array): Tuple {
    const at = this.tag(tag, 4 + value.byteLength);
    store<u32>(at, value.byteLength);
    memory.copy(at + 4, value.dataStart, value.byteLength);
    return this;
  }

  /** Room for a field's value; where it is. */
  private tag(tag: i32, size: i32): usize {
    const at = this.length;
    const end = at + 1 + size;
    if (end > this.buffer.byteLength) {
      const larger = new Uint8Array(max(end, 2 * this.buffer.byteLength));
      memory.copy(larger.dataStart, this.buffer.dataStart, at);
      this.buffer = larger;
    }
    this.length = end;
    const start = this.buffer.dataStart;
    store<u16>(start, load<u16>(start) + 1);
    store<u8>(start + at, tag);
    return start + at + 1;
  }
}

/** A row from the host. Fields are read in order; reading one that is of another type ends the event by a trap, so look at tag first where it may be. */
export class Row {
  private at: i32 = 2;

  constructor(readonly bytes: Uint8Array) {}

  /** The tag of the next field; -1 behind the last. */
  get tag(): i32 {
    return this.at < this.bytes.byteLength ? this.bytes[this.at] : -1;
  }

  /** Passes over the next field where it is null. */
  skipNull(): bool {
    if (this.tag != Tag.Null) return false;
    this.at++;
    return true;
  }

  int(): i64 {
    return load<i64>(this.take(Tag.Int, 8));
  }

  float(): f64 {
    return load<f64>(this.take(Tag.Float, 8));
  }

  bool(): bool {
    return load<u8>(this.take(Tag.Bool, 1)) != 0;
  }

  text(): string {
    return text(this.long(Tag.Text));
  }

  raw(): Uint8Array {
    return this.long(Tag.Bytes);
  }

  decimal(): Decimal {
    const at = this.take(Tag.Decimal, 16);
    return new Decimal(load<u64>(at), load<i64>(at, 8));
  }

  timestamp(): i64 {
    return load<i64>(this.take(Tag.Timestamp, 8));
  }

  json(): string {
    return text(this.long(Tag.Json));
  }

  private long(tag: i32): Uint8Array {
    const length = load<u32>(this.take(tag, 4));
    assert(length <= <u32>(this.bytes.byteLength - this.at), "the row is shorter than its field says");
    const from = this.at;
    this.at += <i32>length;
    return this.bytes.slice(from, this.at);
  }

  private take(tag: i32, size: i32): usize {
    assert(this.tag == tag, "the row's next field is of another type");
    assert(size < this.bytes.byteLength - this.at, "the row is shorter than its field says");
    const at = this.bytes.dataStart + this.at + 1;
    this.at += 1 + size;
    return at;
  }
}
