//! Cells in Rust, over ABI `vx`, version 1. docs/abi.md has the contract, docs/cells.md a start.
//!
//! ```ignore
//! use voxeltron::{cell, complete, Event, Handled};
//!
//! fn task(event: &Event) -> Handled {
//!     complete(&event.input)
//! }
//!
//! cell! { on_task = task }
//! ```
//!
//! A handler that returns `Ok` has done its part; what it wrote is committed. One that returns `Err`, or panics, aborts the event:
//! nothing it wrote remains, the cell is discarded, and a fresh one gets the event again as the mission's retry rule says. A refusal
//! that no retry would change is [`fail`], and `Ok`. The reason of an abort is logged.
//!
//! Memory is a cache: a cell may be discarded between any two events, so a `static` that must last belongs into a [`Table`].
//! Compile for `wasm32-unknown-unknown` as a `cdylib` with `panic=abort`; there is nothing else to link.

mod decimal;
mod envelope;
#[doc(hidden)]
pub mod export;
mod gate;
mod model;
mod output;
mod request;
mod state;
mod status;
/// The imports as they are: numbers in, a number out.
pub mod sys;
mod tuple;
mod view;

pub use decimal::{decimal_text, parse_decimal};
pub use envelope::{Event, Kind};
pub use gate::{is_approved, Gate};
pub use model::ModelCall;
pub use output::{complete, emit, fail, log, now, random, timer, Level, Ticket};
pub use request::{reply_body, reply_read, Request};
pub use state::{Scan, Table};
pub use status::{Handled, Status};
pub use tuple::{Row, Tuple, Value};
pub use view::{deltas, unsubscribe, Deltas, View};
