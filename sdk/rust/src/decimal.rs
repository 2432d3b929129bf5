/// Units of 10^-scale of a plain decimal: `12.5` of scale 2 is 1250. `None` for anything else, more digits behind the point than
/// the scale, or more than 128 bits.
pub fn parse_decimal(text: &str, scale: u32) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || part.len() > scale as usize || digits.ends_with('.') {
        return None;
    }
    let mut units: i128 = 0;
    let zeros = scale as usize - part.len();
    for digit in whole.bytes().chain(part.bytes()).chain(std::iter::repeat(b'0').take(zeros)) {
        let digit = (digit as char).to_digit(10)? as i128;
        // Downwards, where there is one more.
        units = units.checked_mul(10)?.checked_sub(digit)?;
    }
    if negative {
        Some(units)
    } else {
        units.checked_neg()
    }
}

/// The other way: 1250 of scale 2 is `12.50`.
pub fn decimal_text(units: i128, scale: u32) -> String {
    let digits = format!("{:0width$}", units.unsigned_abs(), width = scale as usize + 1);
    let (whole, part) = digits.split_at(digits.len() - scale as usize);
    let sign = if units < 0 { "-" } else { "" };
    if part.is_empty() {
        format!("{}{}", sign, whole)
    } else {
        format!("{}{}.{}", sign, whole, part)
    }
}
