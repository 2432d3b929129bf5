use crate::output::Ticket;
use crate::request::quote;
use crate::status::Status;
use crate::sys;

/// Something to ask a model: `ModelCall::new("small").user("what is this?").max_tokens(100).begin()?`. What is not said is as the cell's
/// profile or the provider has it. The answer's text is [`crate::reply_body`] of the reply; where there is none `Event::code` says why.
#[derive(Clone, Debug)]
pub struct ModelCall<'a> {
    class: &'a str,
    messages: Vec<(&'static str, &'a str)>,
    max_tokens: Option<u32>,
    temperature: Option<f32>,
    json: bool,
    stop: Vec<&'a str>,
    tag: &'a str,
}

impl<'a> ModelCall<'a> {
    /// What the provider must be good enough for: one of the profile's classes.
    pub fn new(class: &'a str) -> Self {
        ModelCall { class, messages: Vec::new(), max_tokens: None, temperature: None, json: false, stop: Vec::new(), tag: "" }
    }

    pub fn system(mut self, content: &'a str) -> Self {
        self.messages.push(("system", content));
        self
    }

    pub fn user(mut self, content: &'a str) -> Self {
        self.messages.push(("user", content));
        self
    }

    /// What a model said before.
    pub fn assistant(mut self, content: &'a str) -> Self {
        self.messages.push(("assistant", content));
        self
    }

    /// Of the answer.
    pub fn max_tokens(mut self, most: u32) -> Self {
        self.max_tokens = Some(most);
        self
    }

    /// 0 to 2.
    pub fn temperature(mut self, temperature: f32) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// The answer is to be one JSON value.
    pub fn json(mut self) -> Self {
        self.json = true;
        self
    }

    /// Where the answer is to end; up to four.
    pub fn stop(mut self, word: &'a str) -> Self {
        self.stop.push(word);
        self
    }

    /// Told with the answer: `[a-z0-9_.-]{0,64}`.
    pub fn tag(mut self, tag: &'a str) -> Self {
        self.tag = tag;
        self
    }

    /// It leaves when the event is committed, and `on_reply` tells what came of it; until then the task goes on although its handler
    /// returned. [`Status::UNAVAILABLE`] without models, [`Status::DENIED`] for a class the profile does not grant.
    pub fn begin(&self) -> Result<Ticket, Status> {
        let json = self.text();
        Status::of(unsafe { sys::model_begin(json.as_ptr(), json.len() as i32) })
    }

    fn text(&self) -> String {
        let mut out = String::from("{\"class\":");
        quote(&mut out, self.class);
        out.push_str(",\"messages\":[");
        for (i, (role, content)) in self.messages.iter().enumerate() {
            out.push_str(if i == 0 { "{\"role\":\"" } else { ",{\"role\":\"" });
            out.push_str(role);
            out.push_str("\",\"content\":");
            quote(&mut out, content);
            out.push('}');
        }
        out.push(']');
        if let Some(most) = self.max_tokens {
            out.push_str(&format!(",\"max_tokens\":{}", most));
        }
        if let Some(temperature) = self.temperature {
            out.push_str(&format!(",\"temperature\":{}", temperature));
        }
        if self.json {
            out.push_str(",\"response_format\":{\"type\":\"json_object\"}");
        }
        for (i, word) in self.stop.iter().enumerate() {
            out.push_str(if i == 0 { ",\"stop\":[" } else { "," });
            quote(&mut out, word);
        }
        if !self.stop.is_empty() {
            out.push(']');
        }
        if !self.tag.is_empty() {
            out.push_str(",\"tag\":");
            quote(&mut out, self.tag);
        }
        out.push('}');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_one_json_object() {
        assert_eq!(ModelCall::new("small").user("a \"b\"").text(), r#"{"class":"small","messages":[{"role":"user","content":"a \"b\""}]}"#);
        let full = ModelCall::new("small").system("s").user("u").max_tokens(5).temperature(0.5).json().stop("x").stop("y").tag("t");
        assert_eq!(
            full.text(),
            r#"{"class":"small","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}],"max_tokens":5,"temperature":0.5,"response_format":{"type":"json_object"},"stop":["x","y"],"tag":"t"}"#
        );
    }
}
