/// Why the host did not do what it was asked. The numbers are the ABI's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(i32);

/// What a handler answers.
pub type Handled = Result<(), Status>;

impl Status {
    /// No row under that key. The wrappers say `None` or `false` instead.
    pub const NOT_FOUND: Status = Status(-1);
    /// The mission declares no table, or no view, of that name.
    pub const NO_TABLE: Status = Status(-2);
    /// The tuple does not fit the table's columns or key; of a [`crate::Row`], that a field is of another type.
    pub const BAD_TUPLE: Status = Status(-3);
    /// A pointer or length outside memory.
    pub const BAD_MEMORY: Status = Status(-4);
    /// One value over its limit.
    pub const TOO_LARGE: Status = Status(-5);
    /// A count or total of this event or mission is used up.
    pub const LIMIT: Status = Status(-6);
    /// Not built in this host, or the cell's profile has no egress.
    pub const UNAVAILABLE: Status = Status(-7);
    /// Not allowed: a name, level, handle, or a second conclusion.
    pub const BAD_ARGUMENT: Status = Status(-8);
    /// Not allowed during this event.
    pub const NOT_ACTIVE: Status = Status(-9);
    /// Another row has that key in a unique index; nothing was written.
    pub const CONFLICT: Status = Status(-10);
    /// The cell's profile may not reach that place.
    pub const DENIED: Status = Status(-11);

    /// The ABI's number, negative.
    pub fn code(self) -> i32 {
        self.0
    }

    /// A host's answer: a status where it is negative.
    pub(crate) fn of(answer: i32) -> Result<i32, Status> {
        if answer < 0 {
            Err(Status(answer))
        } else {
            Ok(answer)
        }
    }

    pub(crate) fn unit(answer: i32) -> Handled {
        Status::of(answer).map(|_| ())
    }
}
