//! Whether JSON stayed the same.

use serde_json::Value;

use ultravox_codegen::samples::UNKNOWN_PROPERTY;

/// Whether a property that is null may come back absent.
#[derive(Clone, Copy, PartialEq)]
pub enum Nulls {
    SameAsAbsent,
    Distinct,
}

/// Every location where `got` is not `expected`; the property that no schema has is ignored in
/// both.
pub fn differences(expected: &Value, got: &Value, nulls: Nulls) -> Vec<String> {
    let mut found = Vec::new();
    compare(expected, got, nulls, "", &mut found);
    found
}

fn compare(expected: &Value, got: &Value, nulls: Nulls, location: &str, found: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (name, value) in expected {
                let location = format!("{location}.{name}");
                match got.get(name) {
                    _ if name == UNKNOWN_PROPERTY => {}
                    Some(got) => compare(value, got, nulls, &location, found),
                    None if value.is_null() && nulls == Nulls::SameAsAbsent => {}
                    None => found.push(format!("{location}: {value} got lost")),
                }
            }
            for (name, value) in got {
                if !expected.contains_key(name) && name != UNKNOWN_PROPERTY {
                    found.push(format!("{location}.{name}: {value} was not there"));
                }
            }
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare(expected, got, nulls, &format!("{location}[{index}]"), found);
            }
        }
        // 1 and 1.0 are one number.
        (Value::Number(expected), Value::Number(got)) if expected.as_f64() == got.as_f64() => {}
        (expected, got) if expected == got => {}
        _ => {
            let location = if location.is_empty() { "." } else { location };
            found.push(format!("{location}: {expected} became {got}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_lost_added_or_changed_is_found_where_it_is() {
        let before = json!({"a": [{"b": 1}], "c": "x", "n": null, "same": 1});
        let after = json!({"a": [{"b": 2}], "d": [], "same": 1.0});
        assert_eq!(
            differences(&before, &after, Nulls::Distinct),
            [
                ".a[0].b: 1 became 2",
                ".c: \"x\" got lost",
                ".n: null got lost",
                ".d: [] was not there",
            ]
        );
        assert_eq!(differences(&before, &after, Nulls::SameAsAbsent).len(), 3);
    }

    #[test]
    fn null_is_not_made_of_what_was_absent() {
        let (before, after) = (json!({}), json!({"n": null}));
        assert_eq!(differences(&before, &after, Nulls::SameAsAbsent).len(), 1);
    }

    #[test]
    fn the_unknown_property_is_put_aside() {
        let (with, without) = (json!({"addedTomorrow": 1, "a": 1}), json!({"a": 1}));
        assert!(differences(&with, &without, Nulls::Distinct).is_empty());
        assert!(differences(&without, &with, Nulls::Distinct).is_empty());
    }
}
