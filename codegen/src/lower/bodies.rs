//! Leaves one media type in each request body: JSON, or the form of an upload.
//!
//! - Of several media types JSON stays. A body that is neither JSON nor an upload is refused.
//! - `multipart/form-data` with a file is an upload. Its fields move to [`X_FORM`], because progenitor does
//!   not support them; the facade builds the form.
//! - The body of an operation with an upload is raw bytes to progenitor: see [`raw`].

use serde_json::{Map, Value, json};

use super::schema::{is_annotation, target};
use super::walk;
use crate::error::Error;

/// On a request body: the fields of the upload form, as a list of `name`, `required`, `schema` and
/// `contentType`.
pub const X_FORM: &str = "x-ultravox-form";

/// On a request body of raw bytes: the schema of the JSON that can be sent instead of a form.
pub const X_JSON: &str = "x-ultravox-json";

const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";
const OCTETS: &str = "application/octet-stream";

/// Progenitor panics on a body with two media types, and does not support uploads.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::operations_with_rest(document, |root, location, operation| {
        let Some(body) = operation.get_mut("requestBody") else {
            return Ok(());
        };
        match in_body(root, body) {
            Ok(true) => Ok(()),
            Ok(false) => {
                operation.as_object_mut().map(|o| o.remove("requestBody"));
                Ok(())
            }
            Err(reason) => Err(Error::at(format!("{location}.requestBody"), reason)),
        }
    })
}

/// Leaves one media type in `body`, and returns whether there is one.
fn in_body(root: &Value, body: &mut Value) -> Result<bool, String> {
    let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else {
        return Ok(false);
    };
    let content = std::mem::take(content);
    let Some(first) = content.keys().min() else {
        return Ok(false);
    };
    let first = first.clone();
    let form = match media_type(&content, MULTIPART) {
        Some(multipart) => form(root, multipart)?,
        None => None,
    };
    let json = media_type(&content, JSON);
    let kept = match (json, &form) {
        (Some(media), _) => {
            let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
            json!({JSON: {"schema": schema}})
        }
        (None, Some(_)) => octets(),
        (None, None) => {
            return Err(format!(
                "a body of the media type `{first}` is not supported; only JSON is, and \
                 multipart/form-data with a file"
            ));
        }
    };
    body["content"] = kept;
    if let Some(form) = form {
        body[X_FORM] = form;
    }
    Ok(true)
}

fn octets() -> Value {
    json!({OCTETS: {"schema": {"type": "string", "format": "binary"}}})
}

/// Progenitor generates one method for an operation, with one type of body. Where the body can be
/// JSON or a form, this pass makes it raw bytes, and the facade serializes either. It runs after
/// all passes that look for the schemas of bodies.
pub fn raw(document: &mut Value) -> Result<(), Error> {
    walk::operations(document, |_, operation| {
        let Some(body) = operation.get_mut("requestBody") else {
            return Ok(());
        };
        if body.get(X_FORM).is_some() && body["content"].get(JSON).is_some() {
            let schema = body["content"][JSON]["schema"].take();
            body["content"] = octets();
            body[X_JSON] = schema;
        }
        Ok(())
    })
}

/// The entry of this media type in `content`, with or without parameters.
fn media_type<'a>(content: &'a Map<String, Value>, wanted: &str) -> Option<&'a Value> {
    content
        .iter()
        .filter(|(key, _)| essence(key) == wanted)
        .min_by_key(|(key, _)| key.as_str())
        .map(|(_, media)| media)
}

fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether a response of this media type is JSON.
pub fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == JSON || essence.starts_with("application/") && essence.ends_with("+json")
}

/// The fields of a form with a file. A form without one is only another serialization of the JSON
/// beside it.
fn form(root: &Value, multipart: &Value) -> Result<Option<Value>, String> {
    let schema = multipart.get("schema").cloned().unwrap_or_default();
    let mut fields = properties(root, &schema);
    fields.retain(|field| field.schema["readOnly"] != true);
    if !fields
        .iter()
        .any(|field| is_file(&field.schema) || is_file(&field.schema["items"]))
    {
        return Ok(None);
    }
    let mut form = Vec::new();
    for field in fields {
        let is_files = is_file(&field.schema["items"]);
        let is_scalar = matches!(
            field.schema["type"].as_str(),
            Some("string" | "integer" | "number" | "boolean")
        );
        if !is_scalar && !is_files {
            return Err(format!(
                "the field `{}` of the form is neither a file, a list of files, a string, a number nor \
                 a boolean, which is not supported",
                field.name
            ));
        }
        form.push(json!({
            "name": field.name,
            "required": field.required,
            "schema": field.schema,
            "contentType": multipart["encoding"][&field.name]["contentType"],
        }));
    }
    Ok(Some(form.into()))
}

/// Whether a schema describes a file.
pub fn is_file(schema: &Value) -> bool {
    schema["type"] == "string" && schema["format"] == "binary"
}

struct Property {
    name: String,
    schema: Value,
    required: bool,
}

/// The properties of an object, through references and `allOf`, sorted by name.
fn properties(root: &Value, schema: &Value) -> Vec<Property> {
    let mut found: Vec<Property> = Vec::new();
    let mut required = Vec::new();
    let mut open = vec![schema];
    let mut seen = Vec::new();
    while let Some(schema) = open.pop() {
        if let Some(reference) = schema["$ref"].as_str() {
            if !seen.contains(&reference) {
                seen.push(reference);
                open.extend(root.pointer(reference.trim_start_matches('#')));
            }
            continue;
        }
        open.extend(schema["allOf"].as_array().into_iter().flatten());
        let names = schema["required"].as_array().into_iter().flatten();
        required.extend(names.filter_map(Value::as_str));
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            found.push(Property {
                name: name.clone(),
                schema: field(root, schema),
                required: false,
            });
        }
    }
    for property in &mut found {
        property.required = required.contains(&property.name.as_str());
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.name == b.name);
    found
}

/// The schema of a field of the form, with references inlined.
fn field(root: &Value, schema: &Value) -> Value {
    let mut end = followed(root, schema).clone();
    if let Some(items) = end.get("items") {
        end["items"] = followed(root, items).clone();
    }
    for (key, value) in schema.as_object().into_iter().flatten() {
        if is_annotation(key) {
            end[key] = value.clone();
        }
    }
    end
}

/// The schema at the end of a chain of references and of `allOf`s with one member.
fn followed<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    // Longer chains are circular.
    for _ in 0..16 {
        let only_member = || match schema["allOf"].as_array()?.as_slice() {
            [member] => Some(member),
            _ => None,
        };
        let next = match target(schema) {
            Some(name) => root["components"]["schemas"].get(name),
            None => only_member(),
        };
        match next {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{X_FORM, X_JSON};

    fn lowered(content: Value) -> Result<Value, String> {
        let mut document = json!({
            "paths": {"/x/{id}": {
                "parameters": [{"name": "id", "in": "path"}],
                "post": {"operationId": "x_create", "requestBody": {"content": content}},
            }},
            "components": {"schemas": {"Sample": {
                "type": "object",
                "required": ["scan"],
                "properties": {
                    "scan": {"$ref": "#/components/schemas/Scan"},
                    "note": {"type": "string", "description": "A note."},
                    "id": {"type": "string", "readOnly": true},
                },
            }, "Scan": {"type": "string", "format": "binary"}}},
        });
        super::lower(&mut document).map_err(|error| error.to_string())?;
        super::raw(&mut document).map_err(|error| error.to_string())?;
        Ok(document["paths"]["/x/{id}"]["post"]["requestBody"].take())
    }

    fn sample() -> Value {
        json!({"schema": {"$ref": "#/components/schemas/Sample"}})
    }

    #[test]
    fn json_stays_of_several_media_types() {
        let body = lowered(json!({
            "application/x-www-form-urlencoded": sample(),
            "application/json; charset=utf-8": sample(),
        }));
        assert_eq!(
            body.unwrap()["content"],
            json!({"application/json": sample()})
        );
    }

    #[test]
    fn the_fields_of_an_upload_form_move_to_an_extension() {
        let body = lowered(json!({"multipart/form-data": sample()})).unwrap();
        let file = json!({"type": "string", "format": "binary"});
        let note = json!({"type": "string", "description": "A note."});
        assert_eq!(
            body[X_FORM],
            json!([
                {"name": "note", "required": false, "schema": note, "contentType": null},
                {"name": "scan", "required": true, "schema": file, "contentType": null},
            ])
        );
        assert!(body["content"].get("application/octet-stream").is_some());
        assert_eq!(body.get(X_JSON), None);
    }

    #[test]
    fn json_beside_an_upload_moves_to_an_extension_and_the_body_is_raw() {
        let content = json!({"multipart/form-data": sample(), "application/json": sample()});
        let body = lowered(content).unwrap();
        assert_eq!(body[X_JSON], sample()["schema"]);
        assert!(body[X_FORM].is_array());
        assert!(body["content"].get("application/octet-stream").is_some());
    }

    #[test]
    fn a_form_without_a_file_beside_json_is_dropped() {
        let form = json!({"schema": {"type": "object", "properties": {"a": {"type": "string"}}}});
        let body = lowered(json!({"multipart/form-data": form, "application/json": sample()}));
        let body = body.unwrap();
        assert_eq!(body.get(X_FORM), None);
        assert_eq!(body["content"], json!({"application/json": sample()}));
    }

    #[test]
    fn what_is_neither_json_nor_an_upload_is_refused_with_its_media_type() {
        for media_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "image/png",
        ] {
            let refused = lowered(json!({media_type: sample()})).unwrap_err();
            assert!(
                refused.starts_with("paths./x/{id}.post.requestBody: "),
                "{refused}"
            );
            assert!(refused.contains(media_type), "{refused}");
        }
        let nested = json!({"schema": {"type": "object", "properties": {
            "scan": {"type": "string", "format": "binary"},
            "more": {"type": "object"},
        }}});
        let refused = lowered(json!({"multipart/form-data": nested})).unwrap_err();
        assert!(
            refused.contains("the field `more` of the form"),
            "{refused}"
        );
    }

    #[test]
    fn a_body_without_content_is_no_body() {
        assert_eq!(lowered(json!({})).unwrap(), Value::Null);
    }
}
