//! Documents → generator: any document is refused in one line, or becomes Rust that parses, in
//! bounded time, on a small stack.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use ultravox_codegen::{Wanted, generate};
use ultravox_fuzz::{HOSTILE, cases};

const SEEDS: [&str; 3] = [
    include_str!("../seeds/documents/small.yaml"),
    include_str!("../../codegen/tests/sip.yaml"),
    include_str!("../../codegen/tests/schemas.yaml"),
];

/// A change at some location of a document.
#[derive(Clone, Debug)]
enum Change {
    /// A value becomes this one.
    Set(Index, Value),
    /// A key becomes this one.
    Rename(Index, String),
    Remove(Index),
    /// A value becomes a copy of another one.
    Copy(Index, Index),
    /// A value is nested in this many lists or schemas.
    Nest(Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let text = proptest::sample::select(HOSTILE.as_slice()).prop_map(str::to_owned);
    let value = prop_oneof![
        text.clone().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::num::f64::NORMAL.prop_map(Value::from),
        Just(Value::Null),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"$ref": "#/components/schemas/A"})),
        Just(
            json!({"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]})
        ),
        Just(json!({"type": "array", "items": {"$ref": "#/components/schemas/A"}})),
        Just(json!({"type": "string", "pattern": "^(a{9999}){9999}s$", "minLength": 1_u64 << 40})),
        Just(json!({"type": "string", "enum": ["a", "A", "err", "Err", null]})),
    ];
    prop_oneof![
        (at(), value).prop_map(|(at, value)| Change::Set(at, value)),
        (at(), text).prop_map(|(at, key)| Change::Rename(at, key)),
        at().prop_map(Change::Remove),
        (at(), at()).prop_map(|(at, from)| Change::Copy(at, from)),
        (at(), 1_usize..60).prop_map(|(at, levels)| Change::Nest(at, levels)),
    ]
}

/// The pointers to all values but the whole.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut add = |key: &str, value: &Value| {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers(value, &at, found);
        found.push(at);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| add(key, value)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                add(&index.to_string(), item);
            }
        }
        _ => {}
    }
}

fn apply(document: &mut Value, change: &Change) {
    let mut all = Vec::new();
    pointers(document, "", &mut all);
    if all.is_empty() || all.len() > 20_000 {
        return;
    }
    let pointer = |index: &Index| all[index.index(all.len())].clone();
    match change {
        Change::Set(at, value) => *document.pointer_mut(&pointer(at)).unwrap() = value.clone(),
        Change::Copy(at, from) => {
            let value = document.pointer(&pointer(from)).unwrap().clone();
            *document.pointer_mut(&pointer(at)).unwrap() = value;
        }
        Change::Nest(at, levels) => {
            let place = document.pointer_mut(&pointer(at)).unwrap();
            for _ in 0..*levels {
                *place = json!({"type": "array", "items": place.take()});
            }
        }
        Change::Rename(at, _) | Change::Remove(at) => {
            let pointer = pointer(at);
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let key = key.replace("~1", "/").replace("~0", "~");
            if let Some(Value::Object(object)) = document.pointer_mut(parent)
                && let Some(value) = object.remove(&key)
                && let Change::Rename(_, key) = change
            {
                object.insert(key.clone(), value);
            }
        }
    }
}

/// What must be true of any text.
fn check(text: String) -> Result<(), TestCaseError> {
    let start = Instant::now();
    let shown = text.clone();
    // An overflow of the stack ends the process: what it was working on is here.
    let current = std::thread::current();
    let name = current.name().unwrap_or_default().replace(':', "_");
    let last = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.last"));
    std::fs::write(last, &text).unwrap();
    let run = move || {
        let wanted = Wanted {
            area: &|_| true,
            mocks: true,
        };
        generate(&text, wanted)
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let Ok(result) = thread.spawn(run).unwrap().join() else {
        return Err(TestCaseError::fail(format!("a panic for {shown}")));
    };
    prop_assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?} for {shown}",
        start.elapsed()
    );
    match result {
        Ok(generated) => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            for id in &generated.operations {
                prop_assert!(id.chars().all(is_plain), "{id:?}");
            }
            for (name, text) in &generated.files {
                let parts = || name.split('/');
                prop_assert!(parts().all(|part| part.chars().all(is_plain)), "{name:?}");
                prop_assert!(
                    parts().all(|part| !part.starts_with('.') && part.len() < 250),
                    "{name:?}"
                );
                if name.starts_with("client") || name.starts_with("mock") {
                    let parsed = syn::parse_file(text);
                    prop_assert!(parsed.is_ok(), "{name}: {:?} for {shown}", parsed.err());
                    prop_assert!(!text.contains("```rust"), "{name}: {text}");
                }
            }
        }
        Err(error) => {
            let line = error.to_string();
            prop_assert!(!line.is_empty() && line.len() < 6_000, "{line}");
            let bad = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
            prop_assert!(!line.contains(bad), "{line:?}");
            prop_assert!(!line.contains("a panic without"), "{line}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_changed_document_is_refused_in_one_line_or_generates(
        seed in proptest::sample::select(SEEDS.as_slice()),
        changes in proptest::collection::vec(change(), 1..5),
    ) {
        let mut document = serde_yaml::from_str(seed).unwrap();
        for change in &changes {
            apply(&mut document, change);
        }
        check(document.to_string())?;
    }

    #[test]
    fn a_changed_text_is_refused_in_one_line_or_generates(
        seed in proptest::sample::select(SEEDS.as_slice()),
        splices in proptest::collection::vec(
            (any::<Index>(), 0_usize..40, proptest::sample::select(HOSTILE.as_slice())),
            1..4,
        ),
    ) {
        let mut text: Vec<char> = seed.chars().collect();
        for (at, removed, put) in splices {
            let start = at.index(text.len());
            let end = (start + removed).min(text.len());
            text.splice(start..end, put.chars());
        }
        check(text.into_iter().collect())?;
    }
}
