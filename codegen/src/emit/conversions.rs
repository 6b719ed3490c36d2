//! Emits conversions from received types to sent ones.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::ir::{Answer, Api, Body, Field, Presence, Shape, TYPES};

/// Conversions from received types to sent ones, so that a value can be read, changed and sent
/// back. A conversion neither invents nor drops values: there is none if the request requires a
/// field that is not received, or does not have a field that is.
pub fn conversions(api: &Api, text: &mut String) {
    let pairs = converted(api);
    for (received, sent) in &pairs {
        if let Some(fields) = conversion(api, (received, sent), &pairs) {
            let _ = writeln!(text, "conversion! {{ {received} {sent} {{ {fields}}} }}");
        }
    }
}

/// The names of the types with a conversion from one to the other.
pub fn converted(api: &Api) -> BTreeSet<(&str, &str)> {
    let mut pairs: BTreeSet<(&str, &str)> = BTreeSet::new();
    for ty in api.types.values() {
        if let Some(received) = &ty.received_as {
            pairs.insert((received, &ty.name));
        }
    }
    for operation in &api.operations {
        let (Some(Body::Json(sent) | Body::JsonOrForm(sent, _)), Answer::Value(received)) =
            (&operation.body, &operation.answer)
        else {
            continue;
        };
        if let (Some(sent), Some(received)) =
            (sent.strip_prefix(TYPES), received.strip_prefix(TYPES))
            && sent != received
        {
            pairs.insert((received, sent));
        }
    }
    // A conversion that turns out to be impossible can make others impossible.
    loop {
        let possible: BTreeSet<_> = pairs
            .iter()
            .copied()
            .filter(|pair| conversion(api, *pair, &pairs).is_some())
            .collect();
        if possible.len() == pairs.len() {
            return pairs;
        }
        pairs = possible;
    }
}

/// The fields of the sent type, with how each is converted from the received field.
fn conversion(
    api: &Api,
    (received, sent): (&str, &str),
    pairs: &BTreeSet<(&str, &str)>,
) -> Option<String> {
    let (from, to) = (api.fields(received)?, api.fields(sent)?);
    let mut text = String::new();
    for field in to {
        let Some(twin) = from.iter().find(|twin| twin.wire == field.wire) else {
            if field.presence == Presence::Required {
                return None;
            }
            let _ = write!(text, "{} none; ", field.name);
            continue;
        };
        let how = match (twin.presence, field.presence) {
            (Presence::Others, Presence::Others) => "plain",
            (Presence::Required, Presence::Required) => "plain",
            (Presence::Required, Presence::Patch) => "some_patch",
            (Presence::Required, _) => "some",
            (_, Presence::Required) => return None,
            (Presence::Nullable | Presence::Optional, Presence::Patch) => "patch",
            _ => "option",
        };
        let value = value_of(twin, field, pairs)?;
        let boxed = |field: &Field| if field.boxed { "boxed" } else { "bare" };
        let _ = write!(
            text,
            "{} {how} {value} {} {}; ",
            field.name,
            boxed(twin),
            boxed(field)
        );
    }
    Some(text)
}

/// How a value is converted: it stays the same, it converts, or each item of a list or map does.
fn value_of(twin: &Field, field: &Field, pairs: &BTreeSet<(&str, &str)>) -> Option<&'static str> {
    if twin.ty == field.ty {
        return Some("same");
    }
    let converts = |from: &str, to: &str| {
        let pair = (from.strip_prefix(TYPES)?, to.strip_prefix(TYPES)?);
        pairs.contains(&pair).then_some(())
    };
    match (&twin.shape, &field.shape) {
        (Shape::List(from), Shape::List(to)) => converts(from, to).map(|()| "each"),
        (Shape::Map(from), Shape::Map(to)) => converts(from, to).map(|()| "each_value"),
        _ if field.presence == Presence::Others => {
            converts(&twin.ty, &field.ty).map(|()| "each_value")
        }
        _ => converts(&twin.ty, &field.ty).map(|()| "into"),
    }
}

#[cfg(test)]
mod tests {
    use crate::emit::types::tests::{A_FOR_B, lines};

    #[test]
    fn a_received_type_converts_if_nothing_is_invented_and_nothing_lost() {
        let conversions = |a: &str, b: &str| {
            let object = |schema: &str| format!("{{type: object, {schema}}}");
            let schemas = format!("{{A: {}, B: {}}}", object(a), object(b));
            lines(A_FOR_B, &schemas, "conversion!")
        };
        let text = "properties: {a: {type: string}}";
        let required = "required: [a], properties: {a: {type: string}}";
        assert_eq!(
            conversions(text, required),
            ["conversion! { B A { a some same bare bare; } }"]
        );
        assert_eq!(
            conversions(text, text),
            ["conversion! { B A { a option same bare bare; } }"]
        );
        // It would have to be invented.
        assert!(conversions(required, text).is_empty());
        assert!(conversions(required, "properties: {b: {type: string}}").is_empty());
        // The types differ.
        assert!(conversions(text, "properties: {a: {type: integer}}").is_empty());
    }
}
