//! One text in, the number of its lines out, and kept in a table. docs/abi.md of the fabric says what else a cell may do.
use voxeltron::{cell, complete, fail, Event, Handled, Table, Tuple};

fn task(event: &Event) -> Handled {
    if event.input.is_empty() {
        return fail("empty", "there is no text");
    }

    let lines = event.input.iter().filter(|&&byte| byte == b'\n').count() as i64;
    let item = event.item.as_deref().unwrap_or("");
    Table("line_count").put(&Tuple::new().text(item).int(lines))?;
    complete(lines.to_string())
}

cell! { on_task = task }
