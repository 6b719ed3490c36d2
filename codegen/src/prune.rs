//! Removes what the enabled areas do not need.
//!
//! An area is a tag of the document and a cargo feature. This runs after lowering, so that the types of
//! an area have the same names and fields regardless of which other areas are enabled.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::METHODS;

/// Removes the operations of areas that are not enabled, and the components that only those
/// operations reach. An operation without tags stays.
pub fn prune(document: &mut Value, enabled: &dyn Fn(&str) -> bool) {
    retain(document, |operation| stays(operation, enabled));
}

/// Removes the operations that are not kept, and the components that only those reach.
pub fn retain(document: &mut Value, keep: impl Fn(&Value) -> bool) {
    let before = reachable(document);
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            item.retain(|key, value| !METHODS.contains(&key.as_str()) || keep(value));
        }
        paths.retain(|_, item| METHODS.iter().any(|method| item.get(method).is_some()));
    }
    let after = reachable(document);
    for component in before.difference(&after) {
        let Some((kind, name)) = component.split_once('/') else {
            continue;
        };
        if let Some(of_kind) = components_mut(document).and_then(|all| all.get_mut(kind)) {
            let name = name.replace("~1", "/").replace("~0", "~");
            of_kind.as_object_mut().and_then(|all| all.remove(&name));
        }
    }
}

fn stays(operation: &Value, enabled: &dyn Fn(&str) -> bool) -> bool {
    match operation.get("tags").and_then(Value::as_array) {
        Some(tags) if !tags.is_empty() => tags.iter().filter_map(Value::as_str).any(enabled),
        _ => true,
    }
}

fn components_mut(document: &mut Value) -> Option<&mut Map<String, Value>> {
    document.get_mut("components")?.as_object_mut()
}

/// The components, as `kind/name`, that the operations reach.
fn reachable(document: &Value) -> BTreeSet<String> {
    reached_from(document, document.get("paths").into_iter().collect())
}

/// Whether `part` of the document needs this component, given as `kind/name`.
pub fn reaches(document: &Value, part: &Value, component: &str) -> bool {
    reached_from(document, vec![part]).contains(component)
}

fn reached_from<'a>(document: &'a Value, mut open: Vec<&'a Value>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(object) => {
                if let Some(component) = object
                    .get("$ref")
                    .and_then(Value::as_str)
                    .and_then(|reference| reference.strip_prefix("#/components/"))
                    && reached.insert(component.to_owned())
                {
                    open.extend(document.pointer(&format!("/components/{component}")));
                }
                open.extend(object.values());
            }
            Value::Array(array) => open.extend(array),
            _ => {}
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn document() -> Value {
        let answer = |schema: &str| json!({"200": {"content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}}});
        json!({
            "paths": {
                "/calls": {
                    "get": {"tags": ["calls"], "responses": answer("Call")},
                    "post": {"tags": ["agents", "calls"], "responses": answer("Agent")},
                },
                "/tools": {"get": {"tags": ["tools"], "responses": answer("Tool")}},
                "/health": {"get": {"responses": {}}},
            },
            "components": {"schemas": {
                "Agent": {},
                "Call": {"properties": {"medium": {"$ref": "#/components/schemas/Medium"}}},
                "Medium": {"properties": {"call": {"$ref": "#/components/schemas/Call"}}},
                "Tool": {"items": {"$ref": "#/components/schemas/Agent"}},
                "Event": {},
            }},
        })
    }

    fn pruned(areas: &[&str]) -> Value {
        let mut document = document();
        super::prune(&mut document, &|area| areas.contains(&area));
        document
    }

    fn keys(value: &Value) -> Vec<&str> {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().map(|k| &**k).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn an_area_enables_its_operations_and_what_they_reach() {
        let document = pruned(&["calls"]);
        assert_eq!(keys(&document["paths"]), ["/calls", "/health"]);
        assert_eq!(keys(&document["paths"]["/calls"]), ["get", "post"]);
        let schemas = keys(&document["components"]["schemas"]);
        assert_eq!(schemas, ["Agent", "Call", "Event", "Medium"]);
    }

    #[test]
    fn an_operation_of_two_areas_comes_with_either() {
        let document = pruned(&["agents"]);
        assert_eq!(keys(&document["paths"]["/calls"]), ["post"]);
        let schemas = keys(&document["components"]["schemas"]);
        assert_eq!(schemas, ["Agent", "Event"]);
    }

    #[test]
    fn with_all_areas_nothing_is_removed() {
        assert_eq!(pruned(&["agents", "calls", "tools"]), document());
    }

    #[test]
    fn components_that_no_operation_ever_reached_stay() {
        let document = pruned(&[]);
        assert_eq!(keys(&document["paths"]), ["/health"]);
        assert_eq!(keys(&document["components"]["schemas"]), ["Event"]);
    }
}
