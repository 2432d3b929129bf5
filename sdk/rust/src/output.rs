use crate::status::{Handled, Status};
use crate::sys;

/// What a timer, a subscription or a request is called, from 1.
pub type Ticket = i32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error = 1,
    Warning = 2,
    Information = 3,
    Debug = 4,
}

/// Ends the task with a result. Once per task.
pub fn complete(result: impl AsRef<[u8]>) -> Handled {
    let result = result.as_ref();
    Status::unit(unsafe { sys::complete(result.as_ptr(), result.len() as i32) })
}

/// Ends the task with a final, named refusal, instead of [`complete`]. The code is `[a-z0-9_]{1,64}`.
pub fn fail(code: &str, message: &str) -> Handled {
    Status::unit(unsafe { sys::fail(code.as_ptr(), code.len() as i32, message.as_ptr(), message.len() as i32) })
}

/// The name is `[a-z0-9_.-]{1,64}`.
pub fn emit(name: &str, value: impl AsRef<[u8]>) -> Handled {
    let value = value.as_ref();
    Status::unit(unsafe { sys::emit(name.as_ptr(), name.len() as i32, value.as_ptr(), value.len() as i32) })
}

/// One line, up to 4 KiB; bytes that are no UTF-8 become U+FFFD.
pub fn log(level: Level, text: impl AsRef<[u8]>) -> Handled {
    let text = text.as_ref();
    Status::unit(unsafe { sys::log(level as i32, text.as_ptr(), text.len() as i32) })
}

/// Unix microseconds, fixed for the event.
pub fn now() -> i64 {
    unsafe { sys::now() }
}

/// A deterministic stream, the same on replay: for sampling and ids, never for keys.
pub fn random(out: &mut [u8]) -> Handled {
    Status::unit(unsafe { sys::random(out.as_mut_ptr(), out.len() as i32) })
}

/// `on_timer` comes not before `now` + delay, with the tag `[a-z0-9_.-]{0,64}`.
pub fn timer(delay_us: i64, tag: &str) -> Result<Ticket, Status> {
    Status::of(unsafe { sys::timer_begin(delay_us, tag.as_ptr(), tag.len() as i32) })
}
