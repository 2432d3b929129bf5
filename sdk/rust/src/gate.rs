use crate::envelope::Event;
use crate::output::Ticket;
use crate::request::quote;
use crate::status::Status;
use crate::sys;

/// A question to people: `Gate::new("release", "{\"amount\":12}").rows("[{\"key\":[\"r-1\"],\"table\":\"payment\"}]").begin()?`.
#[derive(Clone, Debug)]
pub struct Gate<'a> {
    gate: &'a str,
    subject: &'a str,
    rows: &'a str,
    tag: &'a str,
}

impl<'a> Gate<'a> {
    /// `gate` is one the mission's spec declares, `subject` JSON that people are shown, at most 16 KiB.
    pub fn new(gate: &'a str, subject: &'a str) -> Self {
        Gate { gate, subject, rows: "", tag: "" }
    }

    /// JSON: `[{"key":[…],"table":"…"}…]`, at most 16. Any change of one before the last approval voids the gate.
    pub fn rows(mut self, rows: &'a str) -> Self {
        self.rows = rows;
        self
    }

    /// Told with the answer: `[a-z0-9_.-]{0,64}`.
    pub fn tag(mut self, tag: &'a str) -> Self {
        self.tag = tag;
        self
    }

    /// People are asked when the event is committed, and `on_reply` tells what they said, which may take days; until then the cell may
    /// sleep. [`Status::UNAVAILABLE`] in a mission without gates, [`Status::DENIED`] for a gate it does not declare.
    pub fn begin(&self) -> Result<Ticket, Status> {
        let json = self.json();
        Status::of(unsafe { sys::gate_begin(json.as_ptr(), json.len() as i32) })
    }

    fn json(&self) -> String {
        let mut out = String::from("{\"gate\":");
        quote(&mut out, self.gate);
        if !self.rows.is_empty() {
            out.push_str(",\"rows\":");
            out.push_str(self.rows);
        }
        out.push_str(",\"subject\":");
        out.push_str(self.subject);
        if !self.tag.is_empty() {
            out.push_str(",\"tag\":");
            quote(&mut out, self.tag);
        }
        out.push('}');
        out
    }
}

/// Of the reply to a gate: people approved. Else `event.code` says `gate_denied`, `gate_expired` or `gate_voided` (what was asked about
/// has changed: ask again, if it is still wanted).
pub fn is_approved(event: &Event) -> bool {
    event.code.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_the_host_reads() {
        assert_eq!(Gate::new("g", "1").json(), r#"{"gate":"g","subject":1}"#);
        assert_eq!(
            Gate::new("a\"", "{}").rows("[]").tag("t").json(),
            r#"{"gate":"a\"","rows":[],"subject":{},"tag":"t"}"#
        );
    }
}
