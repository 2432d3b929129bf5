import { utf8 } from "./bytes";
import { Event } from "./event";
import { quoted } from "./request";
import * as sys from "./sys";

/** A question to people. */
export class Gate {
  /** JSON: [{"key":[…],"table":"…"}…], at most 16. Any change of one before the last approval voids the gate. */
  rows: string = "";
  /** Told with the answer: [a-z0-9_.-]{0,64}. */
  tag: string = "";

  /**
   * @param gate One the mission's spec declares.
   * @param subject JSON that people are shown, at most 16 KiB.
   */
  constructor(readonly gate: string, readonly subject: string) {}

  /**
   * A ticket from 1, or a status: UNAVAILABLE in a mission without gates, DENIED for a gate it does not declare. People are asked when the
   * event is committed, and on_reply tells what they said, which may take days; until then the cell may sleep.
   */
  begin(): i32 {
    let json = '{"gate":' + quoted(this.gate);
    if (this.rows.length > 0) json += ',"rows":' + this.rows;
    json += ',"subject":' + this.subject;
    if (this.tag.length > 0) json += ',"tag":' + quoted(this.tag);
    const text = utf8(json + "}");
    return sys.gate_begin(text.dataStart, text.byteLength);
  }
}

/**
 * Of the reply to a gate: people approved. Else event.code says gate_denied, gate_expired or gate_voided (what was asked about has
 * changed: ask again, if it is still wanted).
 */
export function isApproved(event: Event): bool {
  return event.code == null;
}
