import { utf8 } from "./bytes";
import { quoted } from "./request";
import * as sys from "./sys";

/**
 * Something to ask a model. What is left as it is, is as the cell's profile or the provider has it. The answer's text is replyBody of the
 * reply; where there is none, Event.code says why.
 */
export class ModelCall {
  /** Of the answer. */
  maxTokens: i32 = -1;
  /** 0 to 2, as JSON writes it: "0.2". */
  temperature: string = "";
  /** The answer is to be one JSON value. */
  json: bool = false;
  /** Where the answer is to end. */
  stop: string = "";
  /** Told with the answer: [a-z0-9_.-]{0,64}. */
  tag: string = "";
  private messages: string = "";

  /** @param modelClass What the provider must be good enough for: one of the profile's classes. */
  constructor(readonly modelClass: string) {}

  /** @param role system, user or assistant */
  message(role: string, content: string): ModelCall {
    this.messages += (this.messages.length > 0 ? ',{"role":' : '{"role":') + quoted(role) + ',"content":' + quoted(content) + "}";
    return this;
  }

  /**
   * A ticket from 1, or a status: UNAVAILABLE without models, DENIED for a class the profile does not grant. It leaves when the event is
   * committed, and on_reply tells what came of it; until then the task goes on although its handler returned.
   */
  begin(): i32 {
    let json = '{"class":' + quoted(this.modelClass) + ',"messages":[' + this.messages + "]";
    if (this.maxTokens >= 0) json += ',"max_tokens":' + this.maxTokens.toString();
    if (this.temperature.length > 0) json += ',"temperature":' + this.temperature;
    if (this.json) json += ',"response_format":{"type":"json_object"}';
    if (this.stop.length > 0) json += ',"stop":' + quoted(this.stop);
    if (this.tag.length > 0) json += ',"tag":' + quoted(this.tag);
    const text = utf8(json + "}");
    return sys.model_begin(text.dataStart, text.byteLength);
  }
}
