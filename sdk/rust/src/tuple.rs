use crate::status::Status;

/// A row, a key or a prefix on its way to the host. Fields are added in order; a new one is the empty tuple, a prefix of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tuple(Vec<u8>);

impl Default for Tuple {
    fn default() -> Self {
        Tuple::new()
    }
}

impl Tuple {
    pub fn new() -> Self {
        Tuple(vec![0, 0])
    }

    /// Bytes as they are, for who has a tuple already.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Tuple(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn as_mut_bytes(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    pub fn null(self) -> Self {
        self.field(0, &[])
    }

    pub fn int(self, value: i64) -> Self {
        self.field(1, &value.to_le_bytes())
    }

    pub fn float(self, value: f64) -> Self {
        self.field(2, &value.to_le_bytes())
    }

    pub fn bool(self, value: bool) -> Self {
        self.field(3, &[value as u8])
    }

    pub fn text(self, value: &str) -> Self {
        self.long(4, value.as_bytes())
    }

    pub fn bytes(self, value: &[u8]) -> Self {
        self.long(5, value)
    }

    /// In units of 10^-scale of the column: 12.50 of scale 2 is 1250. See [`crate::parse_decimal`].
    pub fn decimal(self, units: i128) -> Self {
        self.field(6, &units.to_le_bytes())
    }

    pub fn timestamp(self, unix_us: i64) -> Self {
        self.field(7, &unix_us.to_le_bytes())
    }

    /// One JSON value; it comes back in RFC 8785 form.
    pub fn json(self, value: &str) -> Self {
        self.long(8, value.as_bytes())
    }

    /// `None` is null.
    pub fn opt<T>(self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => add(self, value),
            None => self.null(),
        }
    }

    /// A tag and its bytes, unchecked.
    pub fn field(mut self, tag: u8, value: &[u8]) -> Self {
        let fields = u16::from_le_bytes([self.0[0], self.0[1]]) + 1;
        self.0[..2].copy_from_slice(&fields.to_le_bytes());
        self.0.push(tag);
        self.0.extend_from_slice(value);
        self
    }

    fn long(self, tag: u8, value: &[u8]) -> Self {
        let mut tuple = self.field(tag, &(value.len() as u32).to_le_bytes());
        tuple.0.extend_from_slice(value);
        tuple
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Float(f64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    /// In units of 10^-scale of the column.
    Decimal(i128),
    /// Unix microseconds.
    Timestamp(i64),
    Json(String),
}

/// A row from the host. Fields are read in order; one that is of another type is [`Status::BAD_TUPLE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    bytes: Vec<u8>,
    at: usize,
}

impl Row {
    pub fn new(bytes: Vec<u8>) -> Self {
        Row { bytes, at: 2 }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The next field; `None` behind the last.
    pub fn field(&mut self) -> Option<Result<Value, Status>> {
        (self.at < self.bytes.len()).then(|| self.read())
    }

    pub fn int(&mut self) -> Result<i64, Status> {
        match self.read()? {
            Value::Int(value) => Ok(value),
            _ => Err(Status::BAD_TUPLE),
        }
    }

    pub fn float(&mut self) -> Result<f64, Status> {
        match self.read()? {
            Value::Float(value) => Ok(value),
            _ => Err(Status::BAD_TUPLE),
        }
    }

    pub fn bool(&mut self) -> Result<bool, Status> {
        match self.read()? {
            Value::Bool(value) => Ok(value),
            _ => Err(Status::BAD_TUPLE),
        }
    }

    pub fn text(&mut self) -> Result<String, Status> {
        match self.read()? {
            Value::Text(value) => Ok(value),
            _ => Err(Status::BAD_TUPLE),
        }
    }

    pub fn bytes(&mut self) -> Result<Vec<u8>, Status> {
        match self.read()? {
            Value::Bytes(value) => Ok(value),
            _ => Err(Status::BAD_TUPLE),
        }
    }

    pub fn decimal(&mut self) -> Result<i128, Status> {
        match self.read()? {
            Value::Decimal(value) => Ok(value),
            _ => Err(Status::BAD_TUPLE),
        }
    }

    pub fn timestamp(&mut self) -> Result<i64, Status> {
        match self.read()? {
            Value::Timestamp(value) => Ok(value),
            _ => Err(Status::BAD_TUPLE),
        }
    }

    pub fn json(&mut self) -> Result<String, Status> {
        match self.read()? {
            Value::Json(value) => Ok(value),
            _ => Err(Status::BAD_TUPLE),
        }
    }

    /// Passes over the next field where it is null: `if row.skip_null() { None } else { Some(row.text()?) }`.
    pub fn skip_null(&mut self) -> bool {
        let is_null = self.bytes.get(self.at) == Some(&0);
        self.at += is_null as usize;
        is_null
    }

    fn read(&mut self) -> Result<Value, Status> {
        let tag = self.take(1)?[0];
        Ok(match tag {
            0 => Value::Null,
            1 => Value::Int(i64::from_le_bytes(self.array()?)),
            2 => Value::Float(f64::from_le_bytes(self.array()?)),
            3 => Value::Bool(self.take(1)?[0] != 0),
            4 => Value::Text(self.string()?),
            5 => Value::Bytes(self.long()?.to_vec()),
            6 => Value::Decimal(i128::from_le_bytes(self.array()?)),
            7 => Value::Timestamp(i64::from_le_bytes(self.array()?)),
            8 => Value::Json(self.string()?),
            _ => return Err(Status::BAD_TUPLE),
        })
    }

    fn string(&mut self) -> Result<String, Status> {
        String::from_utf8(self.long()?.to_vec()).map_err(|_| Status::BAD_TUPLE)
    }

    fn long(&mut self) -> Result<&[u8], Status> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        self.take(length)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Status> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn take(&mut self, length: usize) -> Result<&[u8], Status> {
        let from = self.at;
        let to = from.checked_add(length).filter(|&to| to <= self.bytes.len()).ok_or(Status::BAD_TUPLE)?;
        self.at = to;
        Ok(&self.bytes[from..to])
    }
}
