//! What conform.rs does not ask of the SDK: events as they come, aborts, memory, decimals. Its input says which; tests/Unit/Cells/SdkTests.cs
//! has the answers, which are those of ../assemblyscript/events.ts too.
use voxeltron::{cell, complete, decimal_text, deltas, fail, parse_decimal, timer, Event, Handled, Row, Status, Value, View};

fn told(event: &Event) -> String {
    format!(
        "{:?} {} {} task={} item={} attempt={} now={} tag={} ticket={} view={} from={} to={} reset={} replaces={} input={}",
        event.kind, event.cell, event.mission, event.task, event.item.as_deref().unwrap_or("-"), event.attempt, event.now_us, event.tag, event.ticket,
        event.view, event.from, event.to, event.reset, event.replaces.as_deref().unwrap_or("-"), event.input.len()
    )
}

fn decimals() -> String {
    let mut said = vec![];
    for (text, scale) in [("12.5", 2), ("-0.05", 2), ("7", 0), ("1.234", 2), ("", 2), ("1.", 2), (".5", 2), ("-", 0), ("1e3", 2), ("170141183460469231731687303715884105727", 0), ("-170141183460469231731687303715884105728", 0), ("170141183460469231731687303715884105728", 0)] {
        said.push(parse_decimal(text, scale).map_or("none".to_string(), |units| decimal_text(units, scale)));
    }
    said.join(" ")
}

fn fields() -> String {
    let mut row = Row::new(
        voxeltron::Tuple::new().null().int(-2).float(1.5).bool(true).text("é").bytes(&[0, 255]).decimal(-1250).timestamp(1).json("{}").opt(None, voxeltron::Tuple::text).as_bytes().to_vec(),
    );
    let mut said = vec![];
    while let Some(Ok(value)) = row.field() {
        said.push(match value {
            Value::Null => "null".to_string(),
            Value::Int(value) | Value::Timestamp(value) => value.to_string(),
            Value::Float(value) => format!("{:.1}", value),
            Value::Bool(value) => value.to_string(),
            Value::Text(value) | Value::Json(value) => value,
            Value::Bytes(value) => value.len().to_string(),
            Value::Decimal(value) => decimal_text(value, 2),
        });
    }
    said.join(" ")
}

fn task(event: &Event) -> Handled {
    match event.input_text().unwrap_or("") {
        "panic" => panic!("as asked"),
        "status" => Err(Status::LIMIT),
        "refuse" => fail("no_luck", "none today"),
        "wait" => timer(5, "later.1").map(|_| ()),
        "follow" => View("amounts").subscribe(None).map(|_| ()),
        "decimals" => complete(decimals()),
        "fields" => complete(fields()),
        "short row" => Row::new(vec![1, 0, 1, 0, 0]).int().map(|_| ()),
        "long field" => Row::new(vec![1, 0, 4, 255, 255, 255, 255, b'x']).text().map(|_| ()),
        // More than a cell may hold, were it kept from event to event.
        "memory" => complete(vec!["x"; 200_000].concat().len().to_string()),
        "too much" => complete(vec![1u8; 64 << 20]),
        _ => complete(told(event)),
    }
}

fn timer_ran_out(event: &Event) -> Handled {
    complete(told(event))
}

fn delta(event: &Event) -> Handled {
    let mut said = told(event);
    for row in deltas() {
        let mut row = row?;
        said.push_str(&format!(" {}:{}:{:+}", row.int()?, row.int()?, row.int()?));
    }
    complete(said)
}

cell! { on_task = task, on_timer = timer_ran_out, on_delta = delta }
