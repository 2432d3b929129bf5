/// Which export was called, as the envelope says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Start,
    Task,
    Resume,
    Timer,
    Delta,
    Reply,
    /// One that this SDK does not know.
    Other,
}

/// What was delivered. Members an event does not have are empty, zero or false.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: Kind,
    pub cell: String,
    pub mission: String,
    /// Unix microseconds, fixed for the event.
    pub now_us: i64,
    /// `extract/r-0001`.
    pub task: String,
    /// Of a mapped task: `r-0001`.
    pub item: Option<String>,
    /// From 1.
    pub attempt: i64,
    /// Of a timer or a request.
    pub tag: String,
    /// Of a timer, a delta or a request.
    pub ticket: i64,
    /// Of a delta; the changes are those after `from`, up to `to`.
    pub view: String,
    pub from: i64,
    pub to: i64,
    /// Of a delta: the view got other SQL, and no rows are told.
    pub reset: bool,
    /// Of a reply: why there is no answer; `None` when there is one.
    pub code: Option<String>,
    /// Of an answer: 200.
    pub status: i64,
    /// Of an answer, in its order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Of an answer: bytes of its body. See [`crate::reply_body`].
    pub length: i64,
    /// Of an answer: where it was found after redirects.
    pub url: Option<String>,
    /// Of a resume: the digest of the module before, where that was well.
    pub replaces: Option<String>,
    /// Of a task.
    pub input: Vec<u8>,
}

impl Event {
    pub fn input_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.input).ok()
    }

    /// The first header of an answer of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The host's envelope; `None` is a bug of the host.
    pub(crate) fn parse(envelope: &[u8], input: Vec<u8>) -> Option<Event> {
        let mut event = Event {
            kind: Kind::Other,
            cell: String::new(),
            mission: String::new(),
            now_us: 0,
            task: String::new(),
            item: None,
            attempt: 0,
            tag: String::new(),
            ticket: 0,
            view: String::new(),
            from: 0,
            to: 0,
            reset: false,
            code: None,
            status: 0,
            headers: Vec::new(),
            length: 0,
            url: None,
            replaces: None,
            input,
        };
        let mut json = Json { text: std::str::from_utf8(envelope).ok()?, at: 0 };
        json.expect('{')?;
        if json.accept('}') {
            return Some(event);
        }
        loop {
            let name = json.string()?;
            json.expect(':')?;
            match name.as_str() {
                "event" => event.kind = kind(&json.string()?),
                "cell" => event.cell = json.string()?,
                "mission" => event.mission = json.string()?,
                "task" => event.task = json.string()?,
                "item" => event.item = Some(json.string()?),
                "tag" => event.tag = json.string()?,
                "view" => event.view = json.string()?,
                "replaces" => event.replaces = Some(json.string()?),
                "now_us" => event.now_us = json.integer()?,
                "attempt" => event.attempt = json.integer()?,
                "ticket" => event.ticket = json.integer()?,
                "from" => event.from = json.integer()?,
                "to" => event.to = json.integer()?,
                "reset" => event.reset = json.skip()? == "true",
                "code" => event.code = Some(json.string()?),
                "status" => event.status = json.integer()?,
                "headers" => event.headers = json.pairs()?,
                "length" => event.length = json.integer()?,
                "url" => event.url = Some(json.string()?),
                _ => drop(json.skip()?),
            }
            if json.accept('}') {
                return Some(event);
            }
            json.expect(',')?;
        }
    }
}

fn kind(word: &str) -> Kind {
    match word {
        "start" => Kind::Start,
        "task" => Kind::Task,
        "resume" => Kind::Resume,
        "timer" => Kind::Timer,
        "delta" => Kind::Delta,
        "reply" => Kind::Reply,
        _ => Kind::Other,
    }
}

/// Reads what a host writes, member by member; for documents of one's own take a JSON library.
struct Json<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Json<'a> {
    fn peek(&mut self) -> Option<char> {
        let rest = self.text[self.at..].trim_start_matches([' ', '\t', '\r', '\n']);
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn accept(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(wanted);
        self.at += if is { wanted.len_utf8() } else { 0 };
        is
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.accept(wanted).then(|| ())
    }

    fn integer(&mut self) -> Option<i64> {
        self.skip()?.parse().ok()
    }

    fn string(&mut self) -> Option<String> {
        self.expect('"')?;
        let mut out = String::new();
        let mut units = Vec::new();
        loop {
            let c = self.next()?;
            if c == '\\' && self.text[self.at..].starts_with('u') {
                let hex = self.text.get(self.at + 1..self.at + 5)?;
                units.push(u16::from_str_radix(hex, 16).ok()?);
                self.at += 5;
                continue;
            }
            out.push_str(&String::from_utf16(&units).ok()?);
            units.clear();
            match c {
                '"' => return Some(out),
                '\\' => out.push(match self.next()? {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                }),
                other => out.push(other),
            }
        }
    }

    /// A list of pairs of strings.
    fn pairs(&mut self) -> Option<Vec<(String, String)>> {
        let mut pairs = Vec::new();
        self.expect('[')?;
        if self.accept(']') {
            return Some(pairs);
        }
        loop {
            self.expect('[')?;
            let name = self.string()?;
            self.expect(',')?;
            pairs.push((name, self.string()?));
            self.expect(']')?;
            if self.accept(']') {
                return Some(pairs);
            }
            self.expect(',')?;
        }
    }

    /// Passes over one value, of any depth, and says its text.
    fn skip(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let from = self.at;
        let mut depth = 0;
        loop {
            match self.peek() {
                Some('"') => drop(self.string()?),
                Some('{' | '[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some('}' | ']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(',' | ':') if depth > 0 => self.at += 1,
                Some(_) => {
                    let word = self.text[self.at..].find(|c: char| ",:]} \t\r\n".contains(c))?;
                    if word == 0 {
                        return None;
                    }
                    self.at += word;
                }
                None => return None,
            }
            if depth == 0 {
                return Some(&self.text[from..self.at]).filter(|_| !matches!(first, ',' | ':'));
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.text[self.at..].chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_any_kind_are_passed_over_and_names_keep_their_escapes() {
        let text = r#" {"new":{"a":[1,{"b":"}\""}],"c":null},"abi":1,"attempt":2,"event":"timer","item":"\u00e9\ud83d\ude00\n","now_us":5,"reset":true,"more":[]} "#;
        let event = Event::parse(text.as_bytes(), vec![1]).unwrap();
        assert_eq!((event.kind, event.attempt, event.now_us, event.reset), (Kind::Timer, 2, 5, true));
        assert_eq!((event.item.as_deref(), event.task.as_str(), event.input), (Some("é😀\n"), "", vec![1]));
    }

    #[test]
    fn an_answer_has_its_headers_in_order() {
        let text = r#"{"event":"reply","headers":[["a","1"],["b",""],["a","\u00e9"]],"length":3,"status":200,"tag":"t","ticket":7,"url":"https://a.example/"}"#;
        let event = Event::parse(text.as_bytes(), vec![]).unwrap();
        assert_eq!((event.kind, event.status, event.length, event.ticket, event.code.is_none()), (Kind::Reply, 200, 3, 7, true));
        assert_eq!((event.header("a"), event.header("b"), event.header("c"), event.headers.len()), (Some("1"), Some(""), None, 3));
        assert_eq!(event.headers[2].1, "é");
        let failed = Event::parse(br#"{"code":"timeout","event":"reply","headers":[]}"#, vec![]).unwrap();
        assert_eq!((failed.code.as_deref(), failed.headers.len()), (Some("timeout"), 0));
        assert!(Event::parse(br#"{"headers":[["a"]]}"#, vec![]).is_none());
    }

    #[test]
    fn half_an_envelope_is_none() {
        for text in ["", "{", "{\"event\"", "{\"event\":\"ta", "{\"now_us\":x}", "{\"a\":,}", "{\"a\":\"\\ud800\"}"] {
            assert!(Event::parse(text.as_bytes(), vec![]).is_none(), "{}", text);
        }
    }
}
