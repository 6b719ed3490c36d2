//! Strings of a format or a name, and numbers within limits.

use serde_json::Value;

use super::Flat;

/// A value of a format; `number` distinguishes several.
pub fn formatted(format: &str, number: usize) -> Option<String> {
    let small = number % 100;
    Some(match format {
        "date-time" => format!("2025-03-14T09:26:{:02}.589793Z", number % 60),
        "date" => format!("2025-03-{:02}", 1 + number % 28),
        "time" => format!("09:26:{:02}.589793", number % 60),
        "uuid" => format!("6f0c4b1e-93d2-4c57-8a6b-2f1d5e7a90{small:02}"),
        "uri" | "url" => format!("https://example.com/files/{number}?part=a%20b"),
        "ipv4-cidr" | "cidr" => format!("203.0.{small}.0/24"),
        "ipv6-cidr" => format!("2001:db8:{number:x}::/48"),
        "ipv4" | "ip" => format!("203.0.113.{small}"),
        "ipv6" => format!("2001:db8::{:x}", number + 1),
        "email" => format!("ada.{number}@example.com"),
        "hostname" => format!("host-{number}.example.com"),
        "byte" => "UklGRg==".to_owned(),
        "duration" => "PT3.5S".to_owned(),
        _ => return None,
    })
}

/// `systemPrompt`, `system_prompt` → `system prompt`.
pub fn words(name: &str) -> String {
    let mut words = String::new();
    let mut was_lower = false;
    for character in name.chars() {
        if character.is_alphanumeric() {
            if was_lower && character.is_uppercase() {
                words.push(' ');
            }
            words.extend(character.to_lowercase());
            was_lower = character.is_lowercase() || character.is_numeric();
        } else if !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
            was_lower = false;
        }
    }
    let words = words.trim_end();
    if words.is_empty() { "text" } else { words }.to_owned()
}

/// The smallest and the largest value, with exclusive limits taken into account.
fn bounds(flat: &Flat<'_>, step: f64) -> (Option<f64>, Option<f64>) {
    let bound = |limit: &str, exclusive: &str, step: f64| {
        let limit = flat.number(limit)?;
        Some(if flat.flag(exclusive) {
            limit + step
        } else {
            limit
        })
    };
    (
        bound("minimum", "exclusiveMinimum", step),
        bound("maximum", "exclusiveMaximum", -step),
    )
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "limits of a document are well within i64, and one outside gives an invalid sample at worst"
)]
pub fn integer(flat: &Flat<'_>, number: usize) -> Value {
    let step = flat.number("multipleOf").unwrap_or(1.0).max(1.0);
    let value = between(bounds(flat, 1.0), 7.0 + number as f64, step);
    Value::from(value as i64)
}

pub fn number(flat: &Flat<'_>, number: usize) -> Value {
    let step = flat.number("multipleOf").unwrap_or(0.25);
    Value::from(between(bounds(flat, step), 0.5 + number as f64, step))
}

fn between((least, most): (Option<f64>, Option<f64>), wish: f64, step: f64) -> f64 {
    // A multiple of the step, so that the value is no more precise than the limits.
    let whole = |value: f64| (value / step).ceil() * step;
    let value = whole(least.map_or(wish, |least| least.max(wish)));
    match most {
        Some(most) if value > most => {
            let lowest = least.map_or((most / step).floor() * step, whole);
            if lowest <= most { lowest } else { most }
        }
        _ => value,
    }
}
