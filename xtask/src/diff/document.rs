//! Access to a document that may be malformed: a value of an unexpected kind is treated as absent.

use serde_json::{Map, Value};

use super::Operation;
use crate::structure::METHODS;

/// The location of shared schemas.
pub(super) const SCHEMAS: &str = "#/components/schemas/";

/// An operation and its location.
#[derive(Clone)]
pub(super) struct OperationAt<'a> {
    pub(super) operation: Operation,
    pub(super) value: &'a Value,
}

/// All operations, sorted by path and method.
pub(super) fn operations(root: &Value) -> Vec<OperationAt<'_>> {
    let mut found = Vec::new();
    for (path, item) in object(root.get("paths")).into_iter().flatten() {
        for method in METHODS {
            if let Some(value) = item.get(method).filter(|value| value.is_object()) {
                let id = value.get("operationId").and_then(Value::as_str);
                let area = value.pointer("/tags/0").and_then(Value::as_str);
                found.push(OperationAt {
                    operation: Operation {
                        path: path.clone(),
                        method: method.to_ascii_uppercase(),
                        id: id.map(str::to_owned),
                        area: area.map(str::to_owned),
                    },
                    value,
                });
            }
        }
    }
    found.sort_by(|a, b| a.operation.cmp(&b.operation));
    found
}

/// The value as an object.
pub(super) fn object(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value?.as_object()
}

/// The kind and the name of the component that an object refers to.
pub(super) fn component_of(object: &Map<String, Value>) -> Option<(&str, &str)> {
    let reference = object.get("$ref")?.as_str()?;
    reference.strip_prefix("#/components/")?.split_once('/')
}

/// The end of a chain of references. A chain that does not resolve ends at its last link.
pub(super) fn resolve<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    // References to references are rare; a longer chain is circular.
    const LONGEST: usize = 16;
    let mut value = value;
    for _ in 0..LONGEST {
        let target = value
            .as_object()
            .and_then(component_of)
            .and_then(|(kind, name)| root.get("components")?.get(kind)?.get(name));
        match target {
            Some(target) => value = target,
            None => break,
        }
    }
    value
}

/// The path without the names of its parameters, and these names.
pub(super) fn template(path: &str) -> (String, Vec<&str>) {
    let mut skeleton = String::new();
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        skeleton.push_str(before);
        skeleton.push_str("{}");
        names.push(name);
        rest = after;
    }
    skeleton.push_str(rest);
    (skeleton, names)
}
