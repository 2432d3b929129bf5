import { utf8 } from "./bytes";
import { Event } from "./event";
import * as sys from "./sys";

/** Something to ask a server for. A number left at -1 is as the cell's profile has it; what asks for more than that is BAD_ARGUMENT. */
export class Request {
  /** From leaving the fabric to the last byte, redirects included. */
  timeoutMs: i32 = -1;
  /** Most of a body that is taken. */
  responseBytes: i32 = -1;
  /** Followed at most; 0: the redirect itself is the answer. */
  redirects: i32 = -1;
  /** Told with the answer: [a-z0-9_.-]{0,64}. */
  tag: string = "";
  body: Uint8Array = new Uint8Array(0);
  private headers: string = "";

  constructor(readonly method: string, readonly url: string) {}

  /** The name in lower case. */
  header(name: string, value: string): Request {
    this.headers += (this.headers.length > 0 ? ",[" : "[") + quoted(name) + "," + quoted(value) + "]";
    return this;
  }

  /**
   * A ticket from 1, or a status: UNAVAILABLE without egress, DENIED for a place the profile may not reach. It leaves when the event is
   * committed, and on_reply tells what came of it; until then the task goes on although its handler returned.
   */
  begin(): i32 {
    let json = '{"method":' + quoted(this.method) + ',"url":' + quoted(this.url);
    if (this.headers.length > 0) json += ',"headers":[' + this.headers + "]";
    if (this.timeoutMs >= 0) json += ',"timeout_ms":' + this.timeoutMs.toString();
    if (this.responseBytes >= 0) json += ',"response_bytes":' + this.responseBytes.toString();
    if (this.redirects >= 0) json += ',"redirects":' + this.redirects.toString();
    if (this.tag.length > 0) json += ',"tag":' + quoted(this.tag);
    const text = utf8(json + "}");
    return sys.http_begin(text.dataStart, text.byteLength, this.body.dataStart, this.body.byteLength);
  }
}

/** During on_reply: the next bytes of the answer's body, as many as fit; 0 at the end, or a status. */
export function replyRead(out: Uint8Array): i32 {
  return sys.reply_read(out.dataStart, out.byteLength);
}

/** What is left of the answer's body; nothing when the event has no answer. */
export function replyBody(event: Event): Uint8Array {
  const body = new Uint8Array(<i32>event.length);
  let at = 0;
  while (at < body.byteLength) {
    const length = replyRead(body.subarray(at));
    if (length <= 0) break;
    at += length;
  }
  return body.subarray(0, at);
}

export function quoted(text: string): string {
  let out = '"';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x20 && c != 0x22 && c != 0x5c) continue;
    out += text.substring(from, i) + "\\u00" + (c < 16 ? "0" : "") + c.toString(16);
    from = i + 1;
  }
  return out + text.substring(from) + '"';
}
