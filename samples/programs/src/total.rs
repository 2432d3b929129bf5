// Sums lines "name,amount" by name, amounts in cents exact. An ordinary Rust program: it reads standard input, writes standard
// output, and knows nothing of cells. Exit code 2: a line is not like that; standard error says which.
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::process::exit;

fn cents(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    if part.len() != 2 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let part: i64 = part.parse().ok()?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(sign * part)
}

fn main() {
    let mut totals = BTreeMap::new();
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let parsed = line.ok().and_then(|line| {
            let (name, amount) = line.split_once(',')?;
            Some((name.to_string(), cents(amount.trim())?))
        });
        let total = parsed.and_then(|(name, amount)| {
            let total: &mut i64 = totals.entry(name).or_default();
            *total = total.checked_add(amount)?;
            Some(())
        });
        if total.is_none() {
            eprintln!("line {}: not a name and an amount", number + 1);
            exit(2);
        }
    }
    let mut out = io::stdout().lock();
    for (name, total) in totals {
        let sign = if total < 0 { "-" } else { "" };
        writeln!(out, "{},{}{}.{:02}", name, sign, total.unsigned_abs() / 100, total.unsigned_abs() % 100).expect("standard output");
    }
}
