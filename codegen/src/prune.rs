//! Removes what the enabled areas do not need, and what nothing needs.
//!
//! An area is a tag of the document and a cargo feature. [`prune`] runs after lowering, so that the types
//! of an area have the same names and fields regardless of which other areas are enabled. [`unreached`]
//! runs before: what no operation of the whole document reaches takes no name, and need not be supported.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::document::METHODS;

/// Removes the operations of areas that are not enabled, and the components that they leave alone. An
/// operation without tags stays.
///
/// A component that no operation reaches because lowering has written it out where it was referred to
/// stays, unless it refers to what goes.
pub fn prune(document: &mut Value, enabled: &dyn Fn(&str) -> bool) {
    let before = reachable(document);
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            item.retain(|key, value| !METHODS.contains(&key.as_str()) || stays(value, enabled));
        }
        paths.retain(|_, item| METHODS.iter().any(|method| item.get(method).is_some()));
    }
    let after = reachable(document);
    let gone: BTreeSet<String> = before.difference(&after).cloned().collect();
    let goes: BTreeSet<String> = all_components(document)
        .filter(|(component, value)| {
            let needs_what_is_gone = || !reached_from(document, vec![value]).is_disjoint(&gone);
            gone.contains(component) || !before.contains(component) && needs_what_is_gone()
        })
        .map(|(component, _)| component)
        .collect();
    retain_components(document, |component| !goes.contains(component));
}

/// The components as `kind/name`, with their values.
fn all_components(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let kinds = document.get("components").and_then(Value::as_object);
    kinds.into_iter().flatten().flat_map(|(kind, all)| {
        let all = all.as_object().into_iter().flatten();
        all.map(move |(name, value)| (format!("{kind}/{}", escaped(name)), value))
    })
}

/// Removes the components that no operation reaches.
pub fn unreached(document: &mut Value) {
    let reached = reachable(document);
    retain_components(document, |component| reached.contains(component));
}

/// Removes the components that are not kept, but for security schemes, which nothing refers to. They are
/// given as `kind/name`, as in a reference.
fn retain_components(document: &mut Value, keep: impl Fn(&str) -> bool) {
    let components = document
        .get_mut("components")
        .and_then(Value::as_object_mut);
    for (kind, all) in components.into_iter().flatten() {
        if let (Some(all), false) = (all.as_object_mut(), kind == "securitySchemes") {
            all.retain(|name, _| keep(&format!("{kind}/{}", escaped(name))));
        }
    }
}

fn stays(operation: &Value, enabled: &dyn Fn(&str) -> bool) -> bool {
    match operation.get("tags").and_then(Value::as_array) {
        Some(tags) if !tags.is_empty() => tags.iter().filter_map(Value::as_str).any(enabled),
        _ => true,
    }
}

/// The components, as `kind/name`, that the operations reach.
fn reachable(document: &Value) -> BTreeSet<String> {
    reached_from(document, document.get("paths").into_iter().collect())
}

/// The components, as `kind/name`, that `part` refers to by itself.
pub fn mentioned(part: &Value) -> BTreeSet<String> {
    reached_from(&Value::Null, vec![part])
}

/// The components that reach this one, and the one itself, all given as `kind/name`.
pub fn reaching(document: &Value, component: &str) -> BTreeSet<String> {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (user, value) in all_components(document) {
        for used in mentioned(value) {
            users.entry(used).or_default().push(user.clone());
        }
    }
    let mut reaching = BTreeSet::new();
    let mut open = vec![component.to_owned()];
    while let Some(component) = open.pop() {
        open.extend(users.remove(&component).into_iter().flatten());
        reaching.insert(component);
    }
    reaching
}

/// A name as it is in a reference.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The components, as `kind/name`, that these parts of the document reach.
pub fn reached_from<'a>(document: &'a Value, mut open: Vec<&'a Value>) -> BTreeSet<String> {
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
                // What tells the members of a union apart may name some that are in no `$ref`.
                for schema in mapped(object) {
                    if reached.insert(format!("schemas/{schema}")) {
                        open.extend(document.pointer(&format!("/components/schemas/{schema}")));
                    }
                }
                open.extend(object.values());
            }
            Value::Array(array) => open.extend(array),
            _ => {}
        }
    }
    reached
}

/// The schemas that the `mapping` of a discriminator names, by reference or by their names.
fn mapped(object: &Map<String, Value>) -> impl Iterator<Item = String> {
    let mapping = object.get("discriminator").and_then(|of| of.get("mapping"));
    let targets = mapping.and_then(Value::as_object).into_iter().flatten();
    targets
        .filter_map(|(_, target)| target.as_str())
        .map(
            |target| match target.strip_prefix("#/components/schemas/") {
                Some(name) => name.to_owned(),
                None => escaped(target),
            },
        )
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
                "Event": {"properties": {"call": {"$ref": "#/components/schemas/Call"}}},
            }, "securitySchemes": {"key": {}}},
        })
    }

    fn pruned(areas: &[&str]) -> Value {
        let mut document = document();
        super::unreached(&mut document);
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
        assert_eq!(schemas, ["Agent", "Call", "Medium"]);
    }

    #[test]
    fn an_operation_of_two_areas_comes_with_either() {
        let document = pruned(&["agents"]);
        assert_eq!(keys(&document["paths"]["/calls"]), ["post"]);
        let schemas = keys(&document["components"]["schemas"]);
        assert_eq!(schemas, ["Agent"]);
    }

    #[test]
    fn with_all_areas_only_what_nothing_reaches_goes() {
        let mut expected = document();
        let schemas = expected["components"]["schemas"].as_object_mut();
        schemas.unwrap().remove("Event");
        assert_eq!(pruned(&["agents", "calls", "tools"]), expected);
        assert_eq!(pruned(&[])["components"]["schemas"], json!({}));
        assert_eq!(
            pruned(&[])["components"]["securitySchemes"],
            json!({"key": {}})
        );
    }

    #[test]
    fn what_lowering_has_written_out_stays_if_all_that_it_reaches_does() {
        for (areas, stays) in [(["calls"], true), (["tools"], false)] {
            let mut document = document();
            let reference = json!({"$ref": "#/components/schemas/Event"});
            document["components"]["schemas"]["Log"] = json!({"items": reference});
            super::prune(&mut document, &|area| areas.contains(&area));
            for name in ["Event", "Log"] {
                let found = document["components"]["schemas"].get(name);
                assert_eq!(found.is_some(), stays, "{name} with {areas:?}");
            }
        }
    }

    #[test]
    fn what_a_discriminator_maps_to_stays() {
        let mut document = document();
        let medium = &mut document["components"]["schemas"]["Medium"];
        medium["discriminator"] = json!({"propertyName": "kind", "mapping": {
            "event": "#/components/schemas/Event", "tool": "Tool",
        }});
        let all = document.clone();
        super::unreached(&mut document);
        assert_eq!(document, all);
    }
}
