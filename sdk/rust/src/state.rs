use crate::status::{Handled, Status};
use crate::sys;
use crate::tuple::{Row, Tuple};

/// Room for the first try; a longer row is asked for again.
const FIRST: usize = 512;

/// A table of the mission, or `<table>.<index>` to read by an index.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a>(pub &'a str);

impl Table<'_> {
    /// The row under a key, or of a unique index's columns.
    pub fn get(&self, key: &Tuple) -> Result<Option<Row>, Status> {
        let key = key.as_bytes();
        let read = whole(|out, cap| unsafe {
            sys::state_get(self.0.as_ptr(), self.0.len() as i32, key.as_ptr(), key.len() as i32, out, cap)
        });
        match read {
            Ok(bytes) => Ok(Some(Row::new(bytes))),
            Err(Status::NOT_FOUND) => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Inserts the row, or replaces the one of its key.
    pub fn put(&self, row: &Tuple) -> Handled {
        let row = row.as_bytes();
        Status::unit(unsafe { sys::state_put(self.0.as_ptr(), self.0.len() as i32, row.as_ptr(), row.len() as i32) })
    }

    /// Whether there was such a row.
    pub fn delete(&self, key: &Tuple) -> Result<bool, Status> {
        let key = key.as_bytes();
        match Status::of(unsafe { sys::state_delete(self.0.as_ptr(), self.0.len() as i32, key.as_ptr(), key.len() as i32) }) {
            Ok(_) => Ok(true),
            Err(Status::NOT_FOUND) => Ok(false),
            Err(status) => Err(status),
        }
    }

    /// Rows whose first key fields equal the prefix, in key order; an empty prefix is all.
    pub fn scan(&self, prefix: &Tuple) -> Result<Scan, Status> {
        let prefix = prefix.as_bytes();
        Status::of(unsafe { sys::state_scan(self.0.as_ptr(), self.0.len() as i32, prefix.as_ptr(), prefix.len() as i32) }).map(Scan)
    }
}

/// Rows one after the other. At most 16 are open at once; one closes when it is dropped.
#[derive(Debug)]
pub struct Scan(pub(crate) i32);

impl Scan {
    pub fn handle(&self) -> i32 {
        self.0
    }

    /// Leaves the scan open to the event's end.
    pub fn leak(self) -> i32 {
        let handle = self.0;
        std::mem::forget(self);
        handle
    }
}

impl Iterator for Scan {
    type Item = Result<Row, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        next_row(|out, cap| unsafe { sys::scan_next(self.0, out, cap) })
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        unsafe { sys::scan_close(self.0) };
    }
}

/// A row of a cursor, whose end is the length 0.
pub(crate) fn next_row(read: impl Fn(*mut u8, i32) -> i32) -> Option<Result<Row, Status>> {
    match whole(read) {
        Ok(bytes) if bytes.is_empty() => None,
        Ok(bytes) => Some(Ok(Row::new(bytes))),
        Err(status) => Some(Err(status)),
    }
}

/// Reads what the host copies whole or not at all, with more room where it needs more.
fn whole(read: impl Fn(*mut u8, i32) -> i32) -> Result<Vec<u8>, Status> {
    let mut bytes = vec![0; FIRST];
    loop {
        let length = Status::of(read(bytes.as_mut_ptr(), bytes.len() as i32))? as usize;
        if length <= bytes.len() {
            bytes.truncate(length);
            return Ok(bytes);
        }
        bytes = vec![0; length];
    }
}
