use crate::envelope::Event;
use crate::output::Ticket;
use crate::status::Status;
use crate::sys;

/// Something to ask a server for: `Request::get(url).header("accept", "text/plain").tag("a").begin()?`. What is not said is as the
/// cell's profile has it; what asks for more than that is [`Status::BAD_ARGUMENT`].
#[derive(Clone, Debug)]
pub struct Request<'a> {
    method: &'a str,
    url: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    numbers: [(&'static str, Option<u32>); 3],
    tag: &'a str,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    pub fn new(method: &'a str, url: &'a str) -> Self {
        Request { method, url, headers: Vec::new(), numbers: [("timeout_ms", None), ("response_bytes", None), ("redirects", None)], tag: "", body: &[] }
    }

    pub fn get(url: &'a str) -> Self {
        Request::new("GET", url)
    }

    pub fn post(url: &'a str, body: &'a [u8]) -> Self {
        Request::new("POST", url).body(body)
    }

    /// The name in lower case.
    pub fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// From leaving the fabric to the last byte, redirects included.
    pub fn timeout_ms(mut self, timeout: u32) -> Self {
        self.numbers[0].1 = Some(timeout);
        self
    }

    /// Most of a body that is taken.
    pub fn response_bytes(mut self, most: u32) -> Self {
        self.numbers[1].1 = Some(most);
        self
    }

    /// Followed at most; 0: the redirect itself is the answer.
    pub fn redirects(mut self, most: u32) -> Self {
        self.numbers[2].1 = Some(most);
        self
    }

    /// Told with the answer: `[a-z0-9_.-]{0,64}`.
    pub fn tag(mut self, tag: &'a str) -> Self {
        self.tag = tag;
        self
    }

    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self
    }

    /// It leaves when the event is committed, and `on_reply` tells what came of it; until then the task goes on although its handler
    /// returned. [`Status::UNAVAILABLE`] without egress, [`Status::DENIED`] for a place the profile may not reach.
    pub fn begin(&self) -> Result<Ticket, Status> {
        let json = self.json();
        Status::of(unsafe { sys::http_begin(json.as_ptr(), json.len() as i32, self.body.as_ptr(), self.body.len() as i32) })
    }

    fn json(&self) -> String {
        let mut out = String::from("{\"method\":");
        quote(&mut out, self.method);
        out.push_str(",\"url\":");
        quote(&mut out, self.url);
        for (i, (name, value)) in self.headers.iter().enumerate() {
            out.push_str(if i == 0 { ",\"headers\":[[" } else { ",[" });
            quote(&mut out, name);
            out.push(',');
            quote(&mut out, value);
            out.push(']');
        }
        if !self.headers.is_empty() {
            out.push(']');
        }
        for (name, value) in &self.numbers {
            if let Some(value) = value {
                out.push_str(&format!(",\"{}\":{}", name, value));
            }
        }
        if !self.tag.is_empty() {
            out.push_str(",\"tag\":");
            quote(&mut out, self.tag);
        }
        out.push('}');
        out
    }
}

/// During `on_reply`: the next bytes of the answer's body, as many as fit; 0 at the end.
pub fn reply_read(out: &mut [u8]) -> Result<usize, Status> {
    Status::of(unsafe { sys::reply_read(out.as_mut_ptr(), out.len() as i32) }).map(|length| length as usize)
}

/// What is left of the answer's body; nothing when the event has no answer.
pub fn reply_body(event: &Event) -> Result<Vec<u8>, Status> {
    let mut body = vec![0; event.length as usize];
    let mut at = 0;
    while at < body.len() {
        match reply_read(&mut body[at..])? {
            0 => break,
            length => at += length,
        }
    }
    body.truncate(at);
    Ok(body)
}

pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            _ => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_json_object() {
        assert_eq!(Request::get("https://a.example/").json(), r#"{"method":"GET","url":"https://a.example/"}"#);
        let full = Request::post("https://a.example/\"", b"x").header("a", "1\n").header("b", "\\").timeout_ms(5).response_bytes(0).redirects(2).tag("t");
        assert_eq!(
            full.json(),
            r#"{"method":"POST","url":"https://a.example/\"","headers":[["a","1\u000a"],["b","\\"]],"timeout_ms":5,"response_bytes":0,"redirects":2,"tag":"t"}"#
        );
    }
}
