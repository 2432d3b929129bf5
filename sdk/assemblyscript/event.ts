import { text } from "./bytes";

export enum Kind {
  Start,
  Task,
  Resume,
  Timer,
  Delta,
  Reply,
  /** One that this SDK does not know. */
  Other,
}

/** What was delivered. Members an event does not have are empty, zero or false. */
export class Event {
  kind: Kind = Kind.Other;
  cell: string = "";
  mission: string = "";
  /** Unix microseconds, fixed for the event. */
  nowUs: i64 = 0;
  /** extract/r-0001 */
  task: string = "";
  /** Of a mapped task: r-0001. */
  item: string | null = null;
  /** From 1. */
  attempt: i64 = 0;
  /** Of a timer or a request. */
  tag: string = "";
  /** Of a timer, a delta or a request. */
  ticket: i64 = 0;
  /** Of a delta; the changes are those after from, up to to. */
  view: string = "";
  from: i64 = 0;
  to: i64 = 0;
  /** Of a delta: the view got other SQL, and no rows are told. */
  reset: bool = false;
  /** Of a reply: why there is no answer; null when there is one. */
  code: string | null = null;
  /** Of an answer: 200. */
  status: i64 = 0;
  /** Of an answer, in its order: a name in lower case, then its value. */
  headers: string[] = [];
  /** Of an answer: bytes of its body. See replyBody. */
  length: i64 = 0;
  /** Of an answer: where it was found after redirects. */
  url: string | null = null;
  /** Of a resume: the digest of the module before, where that was well. */
  replaces: string | null = null;

  /** @param input Of a task. */
  constructor(readonly input: Uint8Array) {}

  get inputText(): string {
    return text(this.input);
  }

  /** The first header of an answer of that name, in lower case. */
  header(name: string): string | null {
    for (let i = 0; i + 1 < this.headers.length; i += 2) {
      if (this.headers[i] == name) return this.headers[i + 1];
    }
    return null;
  }

  static parse(envelope: string, input: Uint8Array): Event {
    const event = new Event(input);
    const json = new Json(envelope);
    json.expect(OPEN);
    if (json.accept(CLOSE)) return event;
    do {
      const name = json.string();
      json.expect(COLON);
      event.member(name, json);
    } while (json.accept(COMMA));
    json.expect(CLOSE);
    return event;
  }

  private member(name: string, json: Json): void {
    if (name == "event") this.kind = kind(json.string());
    else if (name == "cell") this.cell = json.string();
    else if (name == "mission") this.mission = json.string();
    else if (name == "task") this.task = json.string();
    else if (name == "item") this.item = json.string();
    else if (name == "tag") this.tag = json.string();
    else if (name == "view") this.view = json.string();
    else if (name == "replaces") this.replaces = json.string();
    else if (name == "now_us") this.nowUs = json.integer();
    else if (name == "attempt") this.attempt = json.integer();
    else if (name == "ticket") this.ticket = json.integer();
    else if (name == "from") this.from = json.integer();
    else if (name == "to") this.to = json.integer();
    else if (name == "reset") this.reset = json.skip() == "true";
    else if (name == "code") this.code = json.string();
    else if (name == "status") this.status = json.integer();
    else if (name == "headers") json.pairs(this.headers);
    else if (name == "length") this.length = json.integer();
    else if (name == "url") this.url = json.string();
    else json.skip();
  }
}

function kind(word: string): Kind {
  if (word == "start") return Kind.Start;
  if (word == "task") return Kind.Task;
  if (word == "resume") return Kind.Resume;
  if (word == "timer") return Kind.Timer;
  if (word == "delta") return Kind.Delta;
  if (word == "reply") return Kind.Reply;
  return Kind.Other;
}

const OPEN: i32 = 0x7b;
const CLOSE: i32 = 0x7d;
const COLON: i32 = 0x3a;
const COMMA: i32 = 0x2c;
const OPEN_LIST: i32 = 0x5b;
const CLOSE_LIST: i32 = 0x5d;
const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** Reads what a host writes, member by member; for documents of one's own take a JSON library. What is no JSON ends the event by a trap. */
class Json {
  private at: i32 = 0;

  constructor(private text: string) {}

  accept(wanted: i32): bool {
    const is = this.peek() == wanted;
    this.at += is ? 1 : 0;
    return is;
  }

  expect(wanted: i32): void {
    assert(this.accept(wanted), "an envelope");
  }

  integer(): i64 {
    return I64.parseInt(this.skip());
  }

  string(): string {
    this.expect(QUOTE);
    let out = "";
    let from = this.at;
    while (true) {
      const c = this.next();
      if (c != QUOTE && c != BACKSLASH) continue;
      out += this.text.substring(from, this.at - 1);
      if (c == QUOTE) return out;
      out += this.escape();
      from = this.at;
    }
  }

  /** A list of pairs of strings, one after the other. */
  pairs(into: string[]): void {
    this.expect(OPEN_LIST);
    if (this.accept(CLOSE_LIST)) return;
    do {
      this.expect(OPEN_LIST);
      into.push(this.string());
      this.expect(COMMA);
      into.push(this.string());
      this.expect(CLOSE_LIST);
    } while (this.accept(COMMA));
    this.expect(CLOSE_LIST);
  }

  /** Passes over one value, of any depth, and says its text. */
  skip(): string {
    this.peek();
    const from = this.at;
    let depth = 0;
    do {
      const c = this.peek();
      if (c == QUOTE) {
        this.string();
      } else if (c == OPEN || c == OPEN_LIST) {
        depth++;
        this.at++;
      } else if (depth > 0 && (c == CLOSE || c == CLOSE_LIST)) {
        depth--;
        this.at++;
      } else if (depth > 0 && (c == COMMA || c == COLON)) {
        this.at++;
      } else {
        const word = this.at;
        while (!ends(this.peekHere())) this.at++;
        assert(this.at > word, "an envelope");
      }
    } while (depth > 0);
    return this.text.substring(from, this.at);
  }

  private escape(): string {
    const c = this.next();
    if (c == 0x62) return "\b";
    if (c == 0x66) return "\f";
    if (c == 0x6e) return "\n";
    if (c == 0x72) return "\r";
    if (c == 0x74) return "\t";
    if (c != 0x75) return String.fromCharCode(c);
    const hex = this.text.substring(this.at, this.at + 4);
    assert(hex.length == 4, "an envelope");
    this.at += 4;
    // Halves of a pair come one after the other, and a string is of such halves.
    return String.fromCharCode(<i32>I32.parseInt(hex, 16));
  }

  private peek(): i32 {
    while (true) {
      const c = this.peekHere();
      if (c != 0x20 && c != 0x09 && c != 0x0a && c != 0x0d) return c;
      this.at++;
    }
  }

  private peekHere(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  private next(): i32 {
    assert(this.at < this.text.length, "an envelope");
    return this.text.charCodeAt(this.at++);
  }
}

function ends(c: i32): bool {
  return c < 0 || c == COMMA || c == COLON || c == CLOSE || c == CLOSE_LIST || c == 0x20 || c == 0x09 || c == 0x0a || c == 0x0d;
}
