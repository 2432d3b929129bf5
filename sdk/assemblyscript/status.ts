/** What the host answers where it is no number of its own: 0, or why it did not do what it was asked. */
export namespace Status {
  export const OK: i32 = 0;
  /** No row under that key. */
  export const NOT_FOUND: i32 = -1;
  /** The mission declares no table, or no view, of that name. */
  export const NO_TABLE: i32 = -2;
  /** The tuple does not fit the table's columns or key. */
  export const BAD_TUPLE: i32 = -3;
  /** A pointer or length outside memory. */
  export const BAD_MEMORY: i32 = -4;
  /** One value over its limit. */
  export const TOO_LARGE: i32 = -5;
  /** A count or total of this event or mission is used up. */
  export const LIMIT: i32 = -6;
  /** Not built in this host, or the cell's profile has no egress. */
  export const UNAVAILABLE: i32 = -7;
  /** Not allowed: a name, level, handle, or a second conclusion. */
  export const BAD_ARGUMENT: i32 = -8;
  /** Not allowed during this event. */
  export const NOT_ACTIVE: i32 = -9;
  /** Another row has that key in a unique index; nothing was written. */
  export const CONFLICT: i32 = -10;
  /** The cell's profile may not reach that place. */
  export const DENIED: i32 = -11;
}
