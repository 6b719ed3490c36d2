//! One media type a request body: JSON stays; a file upload becomes an operation of its own.
//!
//! - Of several media types JSON stays, else a form, else the first in alphabetical order.
//! - `multipart/form-data` with a file in it becomes an operation `<operationId>_upload` at the same
//!   path, beside the one with the JSON body; where it is the only media type, the operation itself
//!   is the upload. Its fields become parameters `in: form`, for progenitor to make setters of; the
//!   pass `parameters` and the step `wire` bring them into the body.
//! - A media type that progenitor does not know is generated as the nearest that it knows;
//!   `x-ultravox-media-type` on the operation says which one is sent.

use serde_json::{Map, Value, json};

use super::super::document::{METHODS, place};
use super::super::error::Error;
use super::schema::{is_of_the_place, target};

/// On an operation: the media type of the body, where it is not the one that progenitor sends.
pub const MEDIA_TYPE: &str = "x-ultravox-media-type";

/// What the name of an upload ends in where another method has the operation's own name.
const UPLOAD: &str = "_upload";

const JSON: &str = "application/json";
/// The media type of a form without files.
pub const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// Progenitor panics on a body with two media types, and knows five in all.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let root = document.clone();
    let mut uploads = Vec::new();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        let shared = item.get("parameters").cloned();
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if METHODS.contains(&method.as_str())
                && let Some(upload) = in_operation(&root, operation, &place(path, method))?
            {
                uploads.push((path.clone(), method.clone(), shared.clone(), upload));
            }
        }
    }
    for (path, method, shared, upload) in uploads {
        // Progenitor takes `//` for `/`: two operations with the same method at the same path.
        let item = &mut document["paths"][format!("/{path}")];
        if let Some(shared) = shared {
            item["parameters"] = shared;
        }
        item[method] = upload;
    }
    Ok(())
}

/// Leaves one media type, and returns the operation that uploads where it is another one.
fn in_operation(root: &Value, operation: &mut Value, place: &str) -> Result<Option<Value>, Error> {
    let Some(content) = operation
        .pointer_mut("/requestBody/content")
        .and_then(Value::as_object_mut)
    else {
        return Ok(None);
    };
    let mut content = std::mem::take(content);
    let multipart = media_type(&content, MULTIPART).and_then(|key| content.remove(&key));
    let Some(kept) = preferred(&content) else {
        match multipart {
            Some(multipart) => make_upload(root, operation, &multipart, place)?,
            None => drop(remove(operation, "requestBody")),
        }
        return Ok(None);
    };
    let upload = match multipart {
        Some(multipart) if has_file(root, &multipart) => {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let mut upload = operation.clone();
            upload["operationId"] = Value::String(upload_id(root, id, place)?);
            make_upload(root, &mut upload, &multipart, place)?;
            Some(upload)
        }
        // A form without a file says what the other media type says.
        _ => None,
    };
    let media = content.remove(&kept).unwrap_or_default();
    let (known, media) = known(root, &kept, media, place)?;
    operation["requestBody"]["content"] = json!({ &known: media });
    if kept != known && !kept.contains('*') {
        operation[MEDIA_TYPE] = Value::String(kept);
    }
    Ok(upload)
}

fn preferred(content: &Map<String, Value>) -> Option<String> {
    media_type(content, JSON)
        .or_else(|| content.keys().filter(|key| is_json(key)).min().cloned())
        .or_else(|| media_type(content, FORM))
        .or_else(|| content.keys().min().cloned())
}

/// The key in `content` that is this media type, with parameters or without.
fn media_type(content: &Map<String, Value>, wanted: &str) -> Option<String> {
    content
        .keys()
        .filter(|key| essence(key) == wanted)
        .min()
        .cloned()
}

fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

pub fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == JSON || essence.starts_with("application/") && essence.ends_with("+json")
}

/// The media type and schema that progenitor generates such a body from.
fn known(
    root: &Value,
    media_type: &str,
    media: Value,
    place: &str,
) -> Result<(String, Value), Error> {
    let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
    Ok(match essence(media_type).as_str() {
        _ if is_json(media_type) => (JSON.to_owned(), json!({ "schema": schema })),
        FORM => {
            if properties(root, &schema).is_empty() {
                let reason = "a form without properties has nothing to be typed by";
                return Err(Error::at(format!("{place}.requestBody"), reason));
            }
            if let Some(name) = styled(&media) {
                let reason = format!(
                    "the encoding of `{name}` asks for a style of its own, which is not supported"
                );
                return Err(Error::at(format!("{place}.requestBody"), reason));
            }
            (FORM.to_owned(), json!({ "schema": schema }))
        }
        text if text.starts_with("text/") => (
            "text/plain".to_owned(),
            json!({"schema": {"type": "string"}}),
        ),
        _ => (
            "application/octet-stream".to_owned(),
            json!({"schema": {"type": "string", "format": "binary"}}),
        ),
    })
}

/// The first property whose encoding is more than a media type.
fn styled(media: &Value) -> Option<&String> {
    let encodings = media.get("encoding").and_then(Value::as_object)?;
    let own = |encoding: &Value| {
        encoding.get("style").is_some_and(|style| style != "form")
            || encoding
                .get("explode")
                .is_some_and(|explode| explode != true)
    };
    encodings
        .iter()
        .find(|(_, encoding)| own(encoding))
        .map(|(name, _)| name)
}

fn upload_id(root: &Value, id: &str, place: &str) -> Result<String, Error> {
    let upload = format!("{id}{UPLOAD}");
    let taken = super::super::document::operations(root)
        .find(|(_, other)| other["operationId"].as_str() == Some(&upload));
    match taken {
        Some((other, _)) => Err(Error::at(
            place,
            format!("its upload would be called `{upload}`, as {other} is"),
        )),
        None => Ok(upload),
    }
}

/// Makes the fields of the form parameters.
fn make_upload(
    root: &Value,
    operation: &mut Value,
    multipart: &Value,
    place: &str,
) -> Result<(), Error> {
    remove(operation, "requestBody");
    let schema = multipart.get("schema").cloned().unwrap_or_default();
    let mut fields = properties(root, &schema);
    fields.retain(|field| field.schema["readOnly"] != true);
    if fields.is_empty() {
        let reason = "multipart/form-data without properties: there is nothing to send";
        return Err(Error::at(format!("{place}.requestBody"), reason));
    }
    let parameters = &mut operation["parameters"];
    if !parameters.is_array() {
        *parameters = json!([]);
    }
    for field in fields {
        let media_type = multipart["encoding"][&field.name]["contentType"].clone();
        let mut parameter = json!({
            "name": field.name,
            "in": "form",
            "required": field.required,
            "schema": field.schema,
            "x-ultravox-content-type": media_type,
        });
        if let Some(description) = field.schema.get("description") {
            parameter["description"] = description.clone();
        }
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(parameter);
        }
    }
    Ok(())
}

fn has_file(root: &Value, media: &Value) -> bool {
    let schema = media.get("schema").cloned().unwrap_or_default();
    properties(root, &schema)
        .iter()
        .any(|field| is_file(&field.schema) || is_file(&field.schema["items"]))
}

/// Whether a schema is that of a file.
pub fn is_file(schema: &Value) -> bool {
    schema["type"] == "string" && schema["format"] == "binary"
}

struct Property {
    name: String,
    schema: Value,
    required: bool,
}

/// The properties of an object, through references and `allOf`.
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
        required.extend(
            schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        );
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

/// The schema of a form's field: one that leads to a file, or to an array of files, becomes that.
fn field(root: &Value, schema: &Value) -> Value {
    let end = followed(root, schema);
    let file = json!({"type": "string", "format": "binary"});
    let mut found = if is_file(end) {
        file
    } else if end["type"] == "array" && is_file(followed(root, &end["items"])) {
        json!({"type": "array", "items": file})
    } else {
        return schema.clone();
    };
    for (key, value) in [schema, end]
        .into_iter()
        .filter_map(Value::as_object)
        .flatten()
    {
        if is_of_the_place(key) && found.get(key).is_none() {
            found[key] = value.clone();
        }
    }
    found
}

/// The schema at the end of references and of `allOf` with one member.
fn followed<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    // Longer chains go in a circle.
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

fn remove(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut()?.remove(key)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn lowered(content: Value) -> Result<Value, String> {
        let mut document = json!({
            "paths": {"/x/{id}": {
                "parameters": [{"name": "id", "in": "path"}],
                "post": {"operationId": "x_create", "requestBody": {"content": content}},
            }},
            "components": {"schemas": {"Sample": {
                "allOf": [{"properties": {"file": {"type": "string", "format": "binary"}}}],
                "properties": {"id": {"type": "string", "readOnly": true}},
                "required": ["file", "id"],
            }}},
        });
        super::lower(&mut document).map_err(|e| e.to_string())?;
        Ok(document["paths"].take())
    }

    fn body(content: Value) -> Value {
        lowered(content).unwrap()["/x/{id}"]["post"]["requestBody"]["content"].take()
    }

    fn file() -> Value {
        json!({"type": "string", "format": "binary"})
    }

    #[test]
    fn json_is_kept_of_several_media_types() {
        let content =
            json!({"application/x-www-form-urlencoded": {}, "application/json": {"schema": {}}});
        assert_eq!(body(content), json!({"application/json": {"schema": {}}}));
        let content = json!({"text/csv": {}, "application/merge-patch+json": {}});
        assert_eq!(body(content), json!({"application/json": {"schema": {}}}));
    }

    #[test]
    fn a_media_type_that_progenitor_does_not_know_is_noted_beside_the_nearest_that_it_knows() {
        let table = [
            ("application/vnd.api+json", "application/json"),
            ("audio/wav", "application/octet-stream"),
            ("text/csv", "text/plain"),
        ];
        for (media_type, known) in table {
            let mut paths = lowered(json!({media_type: {"schema": {"type": "string"}}})).unwrap();
            let operation = paths["/x/{id}"]["post"].take();
            assert_eq!(operation[super::MEDIA_TYPE], media_type);
            assert!(
                operation["requestBody"]["content"][known].is_object(),
                "{operation}"
            );
        }
        let any = lowered(json!({"*/*": {}})).unwrap();
        assert_eq!(any["/x/{id}"]["post"].get(super::MEDIA_TYPE), None);
    }

    #[test]
    fn a_form_with_a_file_becomes_an_operation_beside_the_one_with_json() {
        let form = json!({"schema": {"$ref": "#/components/schemas/Sample"}});
        let paths = lowered(json!({"multipart/form-data": form, "application/json": {}})).unwrap();
        assert_eq!(paths["/x/{id}"]["post"]["operationId"], "x_create");
        let upload = &paths["//x/{id}"]["post"];
        assert_eq!(upload["operationId"], "x_create_upload");
        assert_eq!(upload.get("requestBody"), None);
        assert_eq!(
            upload["parameters"],
            json!([{
                "name": "file", "in": "form", "required": true, "schema": file(),
                "x-ultravox-content-type": null,
            }])
        );
        assert_eq!(
            paths["//x/{id}"]["parameters"],
            paths["/x/{id}"]["parameters"]
        );
    }

    #[test]
    fn a_form_that_is_the_only_media_type_is_the_operation_itself() {
        let properties = json!({"name": {"type": "string"}});
        let paths = lowered(json!({"multipart/form-data": {"schema": {"properties": properties}}}));
        let paths = paths.unwrap();
        let operation = &paths["/x/{id}"]["post"];
        assert_eq!(operation["operationId"], "x_create");
        assert_eq!(operation["parameters"][0]["in"], "form");
        assert_eq!(paths.as_object().unwrap().len(), 1);
    }

    #[test]
    fn a_file_is_one_behind_references_as_well() {
        let picture = "#/components/schemas/Picture";
        let circle = "#/components/schemas/Circle";
        let properties = json!({
            "a": {"$ref": picture},
            "b": {"description": "The back.", "allOf": [{"$ref": picture}]},
            "c": {"type": "array", "items": {"$ref": picture}},
            "d": {"$ref": circle},
        });
        let mut document = json!({
            "paths": {"/x": {"post": {
                "operationId": "x_create",
                "requestBody": {"content": {"multipart/form-data": {"schema": {"properties": properties}}}},
            }}},
            "components": {"schemas": {
                "Picture": {"type": "string", "format": "binary", "description": "A picture."},
                "Circle": {"$ref": circle},
            }},
        });
        super::lower(&mut document).unwrap();
        let parameters = document["paths"]["/x"]["post"]["parameters"]
            .as_array()
            .unwrap();
        let schemas: Vec<_> = parameters
            .iter()
            .map(|parameter| &parameter["schema"])
            .collect();
        let mut described = file();
        described["description"] = json!("A picture.");
        assert_eq!(schemas[0], &described);
        described["description"] = json!("The back.");
        assert_eq!(schemas[1], &described);
        assert_eq!(schemas[2], &json!({"type": "array", "items": file()}));
        assert_eq!(schemas[3], &json!({"$ref": circle}));
    }

    #[test]
    fn a_form_without_a_file_adds_nothing_to_json() {
        let form = json!({"schema": {"properties": {"name": {"type": "string"}}}});
        let paths = lowered(json!({"multipart/form-data": form, "application/json": {}})).unwrap();
        assert_eq!(paths.as_object().unwrap().len(), 1);
    }

    #[test]
    fn what_a_form_cannot_say_is_refused_with_the_operation() {
        let encoding = json!({"a": {"style": "deepObject"}});
        let properties = json!({"properties": {"a": {}}});
        let form = json!({"schema": properties, "encoding": encoding});
        let line = lowered(json!({"application/x-www-form-urlencoded": form})).unwrap_err();
        assert!(
            line.starts_with("paths./x/{id}.post.requestBody: "),
            "{line}"
        );
        assert!(line.contains("`a`"), "{line}");
        let line = lowered(json!({"multipart/form-data": {}})).unwrap_err();
        assert!(line.contains("nothing to send"), "{line}");
    }
}
