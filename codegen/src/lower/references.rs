//! Inlines references to parameters, bodies, responses, headers and path items.

use serde_json::{Map, Value};

use super::walk;
use crate::document::{METHODS, each_object, is_path};
use crate::error::Error;

/// The kinds of components that are inlined, and removed afterwards.
const INLINED: [&str; 8] = [
    "parameters",
    "requestBodies",
    "responses",
    "headers",
    "examples",
    "links",
    "callbacks",
    "pathItems",
];

/// The later passes expect the parts of an operation inline, and progenitor follows references only in
/// some locations. References to schemas stay: these become types.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    // References lead to components alone.
    walk::paths_with_rest(document, in_paths)?;
    if let Some(components) = document
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        components.retain(|kind, _| !INLINED.contains(&kind.as_str()));
    }
    only_to_schemas(document)
}

fn in_paths(root: &Value, paths: &mut Value) -> Result<(), Error> {
    let Some(paths) = paths.as_object_mut() else {
        return Ok(());
    };
    paths.retain(|path, _| is_path(path));
    for (path, item) in paths {
        let location = format!("paths.{path}");
        resolve(root, item, &location)?;
        let Some(item) = item.as_object_mut() else {
            continue;
        };
        list(root, item.get_mut("parameters"), &location)?;
        for (method, operation) in item {
            if METHODS.contains(&method.as_str())
                && let Some(operation) = operation.as_object_mut()
            {
                in_operation(root, operation, &format!("{location}.{method}"))?;
            }
        }
    }
    Ok(())
}

fn in_operation(
    root: &Value,
    operation: &mut Map<String, Value>,
    location: &str,
) -> Result<(), Error> {
    // Nothing is generated from either.
    operation.remove("callbacks");
    list(root, operation.get_mut("parameters"), location)?;
    if let Some(body) = operation.get_mut("requestBody") {
        resolve(root, body, &format!("{location}.requestBody"))?;
    }
    let responses = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        let location = format!("{location}.responses.{status}");
        resolve(root, response, &location)?;
        if let Some(response) = response.as_object_mut() {
            response.remove("links");
        }
        let headers = response.get_mut("headers").and_then(Value::as_object_mut);
        for (name, header) in headers.into_iter().flatten() {
            resolve(root, header, &format!("{location}.headers.{name}"))?;
        }
    }
    Ok(())
}

fn list(root: &Value, values: Option<&mut Value>, location: &str) -> Result<(), Error> {
    for (index, value) in values
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .enumerate()
    {
        resolve(root, value, &format!("{location}.parameters.{index}"))?;
    }
    Ok(())
}

/// Replaces `value`, if it is a reference, by the end of its chain of references.
fn resolve(root: &Value, value: &mut Value, location: &str) -> Result<(), Error> {
    let mut seen = Vec::new();
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let reference = reference.to_owned();
        let target = reference.strip_prefix('#').and_then(|p| root.pointer(p));
        // `document::check` has checked that the target exists.
        let Some(target) = target.filter(|_| !seen.contains(&reference)) else {
            let reason = format!("the reference {reference} refers back to itself");
            return Err(Error::at(location, reason));
        };
        *value = target.clone();
        seen.push(reference);
    }
    Ok(())
}

/// Refuses references to anything but a schema.
fn only_to_schemas(document: &Value) -> Result<(), Error> {
    each_object(document, "", &mut Vec::new(), &mut |object, location| {
        let Some(Value::String(reference)) = object.get("$ref") else {
            return Ok(());
        };
        let name = reference.strip_prefix("#/components/schemas/");
        if name.is_some_and(|name| !name.contains('/')) {
            return Ok(());
        }
        let reason = format!(
            "the reference {reference} leads to no schema of its own; only those under \
             #/components/schemas/ become types"
        );
        Err(Error::at(location.join("."), reason))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn lowered(document: Value) -> Result<Value, String> {
        let mut document = document;
        super::lower(&mut document).map_err(|e| e.to_string())?;
        Ok(document)
    }

    #[test]
    fn what_an_operation_refers_to_is_inlined() {
        let schema = json!({"$ref": "#/components/schemas/A"});
        let document = lowered(json!({
            "paths": {"/x/{id}": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "post": {
                    "parameters": [{"$ref": "#/components/parameters/Alias"}],
                    "requestBody": {"$ref": "#/components/requestBodies/B"},
                    "responses": {"200": {"$ref": "#/components/responses/R"}},
                },
            }},
            "components": {
                "parameters": {
                    "Id": {"name": "id", "in": "path"},
                    "Alias": {"$ref": "#/components/parameters/Page"},
                    "Page": {"name": "page", "in": "query"},
                },
                "requestBodies": {"B": {"content": {"application/json": {"schema": schema}}}},
                "responses": {"R": {"headers": {"h": {"$ref": "#/components/headers/H"}}}},
                "headers": {"H": {"schema": {"type": "string"}}},
                "schemas": {"A": {"type": "object"}},
            },
        }))
        .unwrap();
        assert_eq!(
            document,
            json!({
                "paths": {"/x/{id}": {
                    "parameters": [{"name": "id", "in": "path"}],
                    "post": {
                        "parameters": [{"name": "page", "in": "query"}],
                        "requestBody": {"content": {"application/json": {"schema": schema}}},
                        "responses": {"200": {"headers": {"h": {"schema": {"type": "string"}}}}},
                    },
                }},
                "components": {"schemas": {"A": {"type": "object"}}},
            })
        );
    }

    #[test]
    fn a_reference_that_refers_back_to_itself_is_refused() {
        let circle = json!({"$ref": "#/components/responses/R"});
        let refused = lowered(json!({
            "paths": {"/x": {"get": {"responses": {"200": circle}}}},
            "components": {"responses": {"R": circle}},
        }));
        let line = refused.unwrap_err();
        assert!(line.starts_with("paths./x.get.responses.200: "), "{line}");
        assert!(line.contains("refers back to itself"), "{line}");
    }

    #[test]
    fn a_reference_into_the_middle_of_a_schema_is_refused() {
        let refused = lowered(json!({
            "paths": {},
            "components": {"schemas": {
                "A": {"properties": {"b": {"type": "string"}, "$ref": {"type": "string"}}},
                "C": {"items": {"$ref": "#/components/schemas/A/properties/b"}},
            }},
        }));
        let line = refused.unwrap_err();
        assert!(line.starts_with("components.schemas.C.items: "), "{line}");
    }

    #[test]
    fn a_property_named_like_a_keyword_of_data_is_no_data() {
        let middle = json!({"$ref": "#/components/schemas/A/properties/b"});
        let refused = lowered(json!({
            "paths": {},
            "components": {"schemas": {
                "A": {"properties": {"b": {"type": "string"}, "default": middle}},
            }},
        }));
        let line = refused.unwrap_err();
        let at = "components.schemas.A.properties.default: ";
        assert!(line.starts_with(at), "{line}");
        let data = json!({"paths": {}, "components": {"schemas": {"A": {"default": middle}}}});
        assert_eq!(lowered(data.clone()).unwrap(), data);
    }
}
