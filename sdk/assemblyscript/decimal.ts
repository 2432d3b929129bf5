/** 128 bits in units of 10^-scale of a column: 12.50 of scale 2 is 1250. */
export class Decimal {
  constructor(readonly low: u64, readonly high: i64) {}

  static of(units: i64): Decimal {
    return new Decimal(units, units >> 63);
  }

  /** Units as 64 bits; a value beyond ends the event by a trap. */
  get units(): i64 {
    assert(this.high == <i64>this.low >> 63, "a decimal beyond 64 bits");
    return this.low;
  }

  /** Null for what is no plain decimal, has more digits behind the point than the scale, or more than 128 bits. */
  static parse(text: string, scale: i32): Decimal | null {
    const negative = text.startsWith("-");
    const digits = negative ? text.substring(1) : text;
    const point = digits.indexOf(".");
    const whole = point < 0 ? digits : digits.substring(0, point);
    const part = point < 0 ? "" : digits.substring(point + 1);
    if (whole.length == 0 || part.length > scale || (point >= 0 && part.length == 0)) return null;
    const all = whole + part.padEnd(scale, "0");
    let low: u64 = 0;
    let high: u64 = 0;
    for (let i = 0; i < all.length; i++) {
      const digit = all.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) return null;
      // Times ten in halves of 32 bits, so that no carry is lost.
      const first = (low & 0xffffffff) * 10 + <u64>digit;
      const second = (low >> 32) * 10 + (first >> 32);
      if (high > (u64.MAX_VALUE - (second >> 32)) / 10) return null;
      low = (first & 0xffffffff) | (second << 32);
      high = high * 10 + (second >> 32);
    }
    const most: u64 = 1 << 63;
    if (negative ? high > most || (high == most && low > 0) : high >= most) return null;
    return negative ? new Decimal(0 - low, ~high + (low == 0 ? 1 : 0)) : new Decimal(low, high);
  }

  /** The other way: 1250 of scale 2 is 12.50. */
  format(scale: i32): string {
    const negative = this.high < 0;
    let low: u64 = negative ? 0 - this.low : this.low;
    let high: u64 = negative ? ~this.high + (this.low == 0 ? 1 : 0) : this.high;
    let digits = "";
    do {
      // Divided by ten in parts of 32 bits, from the highest.
      let rest = high % 10;
      high /= 10;
      const upper = (rest << 32) | (low >> 32);
      rest = upper % 10;
      const lower = (rest << 32) | (low & 0xffffffff);
      low = ((upper / 10) << 32) | (lower / 10);
      digits = (lower % 10).toString() + digits;
    } while ((low | high) != 0);
    digits = digits.padStart(scale + 1, "0");
    const at = digits.length - scale;
    return (negative ? "-" : "") + digits.substring(0, at) + (scale > 0 ? "." + digits.substring(at) : "");
  }
}
