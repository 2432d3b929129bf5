use crate::output::Ticket;
use crate::state::{next_row, Scan};
use crate::status::{Handled, Status};
use crate::sys;
use crate::tuple::{Row, Tuple};

/// A view of the mission, as of the last commit.
#[derive(Clone, Copy, Debug)]
pub struct View<'a>(pub &'a str);

impl View<'_> {
    /// Its rows from one prefix of its columns to another, both included; no prefix is no bound, twice the same is a look-up.
    /// A row ends with how often it is there.
    pub fn read(&self, low: Option<&Tuple>, high: Option<&Tuple>) -> Result<Scan, Status> {
        let (low, high) = (bytes(low), bytes(high));
        Status::of(unsafe {
            sys::view_read(self.0.as_ptr(), self.0.len() as i32, low.as_ptr(), low.len() as i32, high.as_ptr(), high.len() as i32)
        })
        .map(Scan)
    }

    /// From here on `on_delta` comes when rows that begin with the prefix (none: any row) have changed.
    pub fn subscribe(&self, prefix: Option<&Tuple>) -> Result<Ticket, Status> {
        let prefix = bytes(prefix);
        Status::of(unsafe { sys::subscribe(self.0.as_ptr(), self.0.len() as i32, prefix.as_ptr(), prefix.len() as i32) })
    }
}

pub fn unsubscribe(ticket: Ticket) -> Handled {
    Status::unit(unsafe { sys::unsubscribe(ticket) })
}

/// During `on_delta`: the rows that have changed, each with how many more of it there are as its last field.
pub fn deltas() -> Deltas {
    Deltas
}

pub struct Deltas;

impl Iterator for Deltas {
    type Item = Result<Row, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        next_row(|out, cap| unsafe { sys::delta_next(out, cap) })
    }
}

fn bytes(tuple: Option<&Tuple>) -> &[u8] {
    tuple.map_or(&[], Tuple::as_bytes)
}
