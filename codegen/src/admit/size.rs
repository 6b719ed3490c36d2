//! Bounds the size of schemas with their references followed: the passes, progenitor and rustc follow
//! references, some recursively, some once for each path to the target.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::prune::escaped;

/// How deep a component may nest, including the components that it refers to. Each is a type inside the
/// one before it, and rustc checks for the outermost whether all of it is `Send`.
const DEEPEST: usize = 100;

/// How many schemas a schema may be composed of, including those that its members are composed of.
const MOST_MEMBERS: usize = 1000;

/// Checks all components of `document`.
pub fn check(document: &Value) -> Result<(), Error> {
    let Some(components) = document.get("components").and_then(Value::as_object) else {
        return Ok(());
    };
    let mut chains = Chains {
        document,
        depths: BTreeMap::new(),
    };
    let mut compositions = Compositions {
        document,
        sizes: BTreeMap::new(),
    };
    for (kind, name, _) in entries(components) {
        let refused = |reason: String| Error::at(format!("components.{kind}.{name}"), reason);
        let reference = format!("#/components/{kind}/{}", escaped(name));
        chains.depth(&reference, DEEPEST).map_err(|TooDeep| {
            refused(format!(
                "a chain of components that refer to the next begins here, in which lists and maps are \
                 nested more than {DEEPEST} levels deep"
            ))
        })?;
        if kind == "schemas" {
            compositions.component(&reference).map_err(refused)?;
        }
    }
    let paths = document.get("paths").and_then(Value::as_object);
    let paths = paths.into_iter().flatten();
    for (location, value) in entries(components)
        .map(|(kind, name, component)| (format!("components.{kind}.{name}"), component))
        .chain(paths.map(|(path, item)| (format!("paths.{path}"), item)))
    {
        let size = compositions.inside(value);
        size.map_err(|reason| Error::at(location, reason))?;
    }
    Ok(())
}

fn entries(components: &Map<String, Value>) -> impl Iterator<Item = (&str, &str, &Value)> {
    components.iter().flat_map(|(kind, of_kind)| {
        let of_kind = of_kind.as_object().into_iter().flatten();
        of_kind.map(move |(name, component)| (kind.as_str(), name.as_str(), component))
    })
}

fn target<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}

/// The references in `value`, with their depth.
fn references<'a>(value: &'a Value, depth: usize, found: &mut Vec<(&'a str, usize)>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                found.push((reference, depth));
            }
            for (_, value) in object.iter().filter(|(key, _)| !is_data(key)) {
                references(value, depth + 1, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                references(item, depth + 1, found);
            }
        }
        _ => {}
    }
}

/// Only extensions are certainly data: a property may be called `default` or `enum`.
fn is_data(key: &str) -> bool {
    key.starts_with("x-")
}

struct TooDeep;

/// How deep each component nests, including the components that it refers to. Each is visited once. A
/// circular reference adds no depth.
struct Chains<'a> {
    document: &'a Value,
    depths: BTreeMap<String, Option<usize>>,
}

impl Chains<'_> {
    /// Recurses no deeper than `most`.
    fn depth(&mut self, reference: &str, most: usize) -> Result<usize, TooDeep> {
        let depth = match self.depths.get(reference) {
            // A circular reference.
            Some(None) => 0,
            Some(Some(depth)) => *depth,
            None => {
                self.depths.insert(reference.to_owned(), None);
                let mut found = Vec::new();
                if let Some(target) = target(self.document, reference) {
                    references(target, 1, &mut found);
                }
                let mut deepest = 1;
                for (reference, depth) in found {
                    let below = most.checked_sub(depth).ok_or(TooDeep)?;
                    deepest = deepest.max(depth + self.depth(reference, below)?);
                }
                self.depths.insert(reference.to_owned(), Some(deepest));
                deepest
            }
        };
        if depth > most {
            Err(TooDeep)
        } else {
            Ok(depth)
        }
    }
}

/// How many schemas a schema is composed of, each counted once for every path to it.
///
/// An `allOf` of several members copies their properties. A property that is itself an `allOf` is
/// copied with all that it is composed of, so that is counted as well.
struct Compositions<'a> {
    document: &'a Value,
    sizes: BTreeMap<String, Option<usize>>,
}

const COMPOSITIONS: [&str; 3] = ["allOf", "oneOf", "anyOf"];

impl<'a> Compositions<'a> {
    fn component(&mut self, reference: &str) -> Result<usize, String> {
        match self.sizes.get(reference) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(
                    "the schema is composed of itself; only a property, an item or a value of a map can \
                     refer back to the enclosing schema, and not as one of several members of an `allOf`"
                        .to_owned(),
                );
            }
            None => {}
        }
        self.sizes.insert(reference.to_owned(), None);
        let size = match target(self.document, reference) {
            Some(schema) => self.schema(schema)?,
            None => 1,
        };
        self.sizes.insert(reference.to_owned(), Some(size));
        Ok(size)
    }

    fn schema(&mut self, schema: &'a Value) -> Result<usize, String> {
        let mut size = match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.component(reference)?,
            None => 1_usize,
        };
        for (key, value) in schema.as_object().into_iter().flatten() {
            let more = match value {
                Value::Array(members) if COMPOSITIONS.contains(&key.as_str()) => {
                    self.sum(members, Self::schema)?
                }
                value if !is_data(key) => self.inside(value)?,
                _ => 0,
            };
            size = size.saturating_add(more);
        }
        if size > MOST_MEMBERS {
            return Err(format!(
                "it is composed of more than {MOST_MEMBERS} schemas, including those that its members are \
                 composed of"
            ));
        }
        Ok(size)
    }

    /// The sum over every `allOf` of several members in `value`. A reference by itself is not
    /// copied, and can be circular.
    fn inside(&mut self, value: &'a Value) -> Result<usize, String> {
        match value {
            Value::Object(object) => {
                let members = object.get("allOf").and_then(Value::as_array);
                if members.is_some_and(|members| members.len() > 1) {
                    return self.schema(value);
                }
                let inner = object.iter().filter(|(key, _)| !is_data(key));
                self.sum(inner.map(|(_, value)| value), Self::inside)
            }
            Value::Array(items) => self.sum(items, Self::inside),
            _ => Ok(0),
        }
    }

    fn sum(
        &mut self,
        values: impl IntoIterator<Item = &'a Value>,
        of: fn(&mut Self, &'a Value) -> Result<usize, String>,
    ) -> Result<usize, String> {
        let mut sum = 0_usize;
        for value in values {
            sum = sum.saturating_add(of(self, value)?);
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(schemas: Value) -> String {
        let document = json!({"components": {"schemas": schemas}});
        check(&document)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// `A0` leads to `A1` and so on, each `times`.
    fn levels(levels: usize, of: impl Fn(Value) -> Value) -> Value {
        let schemas = (0..levels).map(|level| {
            (
                format!("A{level}"),
                of(reference(&format!("A{}", level + 1))),
            )
        });
        let mut schemas: Value = schemas.collect::<serde_json::Map<_, _>>().into();
        schemas[format!("A{levels}")] = json!({"type": "string"});
        schemas
    }

    #[test]
    fn compositions_that_double_at_each_level_are_refused_and_cost_nothing() {
        for levels_ in [18, 30] {
            for key in COMPOSITIONS {
                let line = refused(levels(levels_, |next| json!({key: [next, next]})));
                assert!(line.starts_with("components.schemas.A"), "{line}");
                assert!(line.contains("composed of more than 1000"), "{line}");
                assert_eq!(refused(levels(8, |next| json!({key: [next, next]}))), "");
            }
        }
    }

    #[test]
    fn copies_in_properties_that_double_at_each_level_are_refused() {
        let of = |next: Value| {
            let copy = json!({"allOf": [next, {"properties": {"c": {"type": "string"}}}]});
            json!({"properties": {"a": copy, "b": {"items": copy}}})
        };
        assert_eq!(refused(levels(5, of)), "");
        for count in [12, 16] {
            let line = refused(levels(count, of));
            assert!(line.contains("composed of more than 1000"), "{line}");
        }
    }

    #[test]
    fn long_chains_are_refused_whether_they_end_or_are_circular() {
        let of = |next| json!({"required": ["a"], "properties": {"a": next}});
        assert_eq!(refused(levels(15, of)), "");
        for length in [60, 600, 20_000] {
            let mut schemas = levels(length, of);
            assert!(refused(schemas.clone()).contains("refer to the next"));
            schemas[format!("A{length}")] = of(reference("A0"));
            assert!(refused(schemas).contains("refer to the next"));
        }
    }

    #[test]
    fn many_paths_to_one_component_are_not_a_long_chain() {
        let of = |next| json!({"properties": {"a": next, "b": next, "c": {"items": next}}});
        assert_eq!(refused(levels(12, of)), "");
    }

    #[test]
    fn a_property_can_be_circular_and_a_composition_cannot() {
        let itself = reference("A");
        for schema in [
            json!({"properties": {"a": itself}}),
            json!({"properties": {"a": {"allOf": [itself]}}}),
            json!({"allOf": [{"properties": {"a": {"items": itself}}}]}),
            json!({"properties": {"a": {"oneOf": [itself, {"type": "string"}]}}}),
        ] {
            assert_eq!(refused(json!({"A": schema})), "");
        }
        for schema in [
            itself.clone(),
            json!({"allOf": [itself]}),
            json!({"oneOf": [{"anyOf": [itself]}]}),
            json!({"allOf": [reference("B")]}),
            // A copy of the property would contain itself.
            json!({"properties": {"a": {"allOf": [itself, {"properties": {"b": {}}}]}}}),
            json!({"properties": {"a": {"items": {"allOf": [reference("C"), reference("B")]}}}}),
        ] {
            let line = refused(json!({"A": schema, "B": {"allOf": [reference("A")]}, "C": {}}));
            assert!(
                line.starts_with("components.schemas.A: the schema is composed of itself"),
                "{line}"
            );
        }
    }
}
