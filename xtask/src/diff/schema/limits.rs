//! Compares the limits of values: numbers, lengths, patterns.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::super::Check;
use super::super::walk::{Location, Pair, Walk};

/// A limit that is one number.
struct Limit {
    key: &'static str,
    /// How a new value compares with the old one where fewer values fit than before.
    tighter: Ordering,
    checks: [Check; 2],
}

const LIMITS: &[Limit] = &[
    Limit {
        key: "minLength",
        tighter: Ordering::Greater,
        checks: [Check::MinLengthTightened, Check::MinLengthLoosened],
    },
    Limit {
        key: "maxLength",
        tighter: Ordering::Less,
        checks: [Check::MaxLengthTightened, Check::MaxLengthLoosened],
    },
    Limit {
        key: "minItems",
        tighter: Ordering::Greater,
        checks: [Check::MinItemsTightened, Check::MinItemsLoosened],
    },
    Limit {
        key: "maxItems",
        tighter: Ordering::Less,
        checks: [Check::MaxItemsTightened, Check::MaxItemsLoosened],
    },
    Limit {
        key: "minProperties",
        tighter: Ordering::Greater,
        checks: [Check::MinPropertiesTightened, Check::MinPropertiesLoosened],
    },
    Limit {
        key: "maxProperties",
        tighter: Ordering::Less,
        checks: [Check::MaxPropertiesTightened, Check::MaxPropertiesLoosened],
    },
];

impl Walk<'_> {
    pub(super) fn limits(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        for limit in LIMITS {
            let (old, new) = (pair.0.get(limit.key), pair.1.get(limit.key));
            let ordering = match (old, new) {
                (None, Some(_)) => Some(limit.tighter),
                (Some(_), None) => Some(limit.tighter.reverse()),
                (Some(old), Some(new)) if old != new => compare(new, old),
                _ => continue,
            };
            let [tightened, loosened] = limit.checks;
            self.limit(
                location,
                limit.key,
                pair,
                ordering.map(|ordering| {
                    if ordering == limit.tighter {
                        tightened
                    } else {
                        loosened
                    }
                }),
            );
        }
        let bounds = [
            (
                "minimum",
                "exclusiveMinimum",
                Ordering::Greater,
                [Check::MinimumTightened, Check::MinimumLoosened],
            ),
            (
                "maximum",
                "exclusiveMaximum",
                Ordering::Less,
                [Check::MaximumTightened, Check::MaximumLoosened],
            ),
        ];
        for (key, exclusive, tighter, [tightened, loosened]) in bounds {
            let same = |key| pair.0.get(key) == pair.1.get(key);
            if same(key) && same(exclusive) {
                continue;
            }
            let flag = |object: &Map<String, Value>| match object.get(exclusive) {
                None => Some(false),
                Some(value) => value.as_bool(),
            };
            let (Some(old_exclusive), Some(new_exclusive)) = (flag(pair.0), flag(pair.1)) else {
                // A number, as OpenAPI 3.1 has it.
                for key in [key, exclusive] {
                    if !same(key) {
                        self.emit_key(Check::Unrecognized, &location.at(key), key, pair);
                    }
                }
                continue;
            };
            let ordering = match (pair.0.get(key), pair.1.get(key)) {
                (None, Some(_)) => Some(tighter),
                (Some(_), None) => Some(tighter.reverse()),
                (Some(old), Some(new)) if old != new => compare(new, old),
                // One bound, with or without the number itself.
                _ if new_exclusive => Some(tighter),
                _ => Some(tighter.reverse()),
            };
            let check = ordering.map(|ordering| {
                if ordering == tighter {
                    tightened
                } else {
                    loosened
                }
            });
            let bound = |object: &Map<String, Value>, exclusive: bool| {
                let value = object.get(key).cloned();
                match (value, exclusive) {
                    (Some(value), true) => Some(json!(format!("{value}, exclusive"))),
                    (None, true) => Some(json!("exclusive")),
                    (value, false) => value,
                }
            };
            let (old, new) = (bound(pair.0, old_exclusive), bound(pair.1, new_exclusive));
            match check {
                Some(check) => self.emit(check, location, old, new),
                None => self.emit(Check::Unrecognized, &location.at(key), old, new),
            }
        }
        self.multiple_of(location, pair);
        let unique = [Check::UniqueItemsRequired, Check::UniqueItemsLifted];
        self.flag(location, "uniqueItems", pair, unique);
    }

    fn limit(&mut self, location: &Location<'_>, key: &str, pair: Pair<'_>, check: Option<Check>) {
        match check {
            Some(check) => self.emit_key(check, location, key, pair),
            None => self.emit_key(Check::Unrecognized, &location.at(key), key, pair),
        }
    }

    fn multiple_of(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let key = "multipleOf";
        let check = match (pair.0.get(key), pair.1.get(key)) {
            (old, new) if old == new => return,
            (Some(_), None) => Some(Check::MultipleOfLoosened),
            (None, Some(_)) => Some(Check::MultipleOfTightened),
            (old, new) => {
                let number = |value: Option<&Value>| value.and_then(Value::as_f64);
                let numbers = number(old).zip(number(new));
                numbers.map(|(old, new)| {
                    // Every multiple of the old is one of the new. All else excludes some.
                    if old % new == 0.0 {
                        Check::MultipleOfLoosened
                    } else {
                        Check::MultipleOfTightened
                    }
                })
            }
        };
        self.limit(location, key, pair, check);
    }

    pub(super) fn pattern(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let check = match (pair.0.get("pattern"), pair.1.get("pattern")) {
            (old, new) if old == new => return,
            (None, _) => Check::PatternAdded,
            (_, None) => Check::PatternRemoved,
            _ => Check::PatternChanged,
        };
        self.emit_key(check, location, "pattern", pair);
    }
}

/// How two numbers compare; none where one is no number.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a
            .as_f64()?
            .partial_cmp(&b.as_f64()?)
            .filter(|order| order.is_ne()),
    }
}
