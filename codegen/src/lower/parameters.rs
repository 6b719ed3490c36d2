//! Parameters as progenitor takes them; what it cannot say of how they are sent is noted for the
//! step `wire`.
//!
//! - Parameters of a path item become those of each of its operations.
//! - Cookies, the fields of an upload's form, and every style but the usual ones are parameters in
//!   the query to progenitor; [`WIRE`] says where they go, under which name, and in which style.
//! - A name that would collide in Rust gets where the parameter stands as a suffix: the query
//!   parameter `id` beside the path parameter `id` is set with `id_query`.
//! - `default` becomes a sentence of the documentation: what is not set is not sent.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::document::{METHODS, place};
use super::super::error::Error;
use super::super::idents;
use super::super::prose::code;
use super::bodies::{is_file, is_json};
use super::walk;

/// On a parameter: `name`, `in` and `style` as the document has them, where progenitor is told
/// something else. A form's field also has `contentType`, and `file` where it is one.
pub const WIRE: &str = "x-ultravox-wire";

/// What the generated builders and mocks have as methods and variables beside the parameters.
const TAKEN: [&str; 17] = [
    "body",
    "body_map",
    "client",
    "clone",
    "encode_path",
    // A keyword of the edition 2024, which progenitor does not know.
    "gen",
    "header_map",
    "info",
    "into_inner",
    "new",
    "pages",
    "request",
    "response",
    "result",
    "send",
    "send_location",
    "stream",
];

/// What OpenAPI says of headers that other parts of a document describe.
const IGNORED_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// Progenitor refuses cookies and most styles, loses one of two parameters with the same name in
/// different places, and panics on a path parameter that is not required.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let root = document.clone();
    inherit(document);
    walk::operations(document, |place, operation| {
        let Some(parameters) = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
        else {
            return Ok(());
        };
        parameters.retain(|parameter| !is_ignored(&root, parameter));
        for parameter in parameters.iter_mut() {
            one(place, parameter)?;
        }
        name(place, parameters)
    })?;
    operations_have_their_path_parameters(document)
}

/// Gives the parameters of a path item to its operations, unless they have their own.
fn inherit(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths
        .into_iter()
        .flatten()
        .filter_map(|(_, item)| item.as_object_mut())
    {
        let Some(Value::Array(shared)) = item.remove("parameters") else {
            continue;
        };
        for (_, operation) in item
            .iter_mut()
            .filter(|(key, _)| METHODS.contains(&key.as_str()))
        {
            let own = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let is_own = |shared: &Value| {
                own.iter()
                    .any(|own| own["name"] == shared["name"] && own["in"] == shared["in"])
            };
            let inherited = shared.iter().filter(|shared| !is_own(shared)).cloned();
            operation["parameters"] = inherited.chain(own.clone()).collect();
        }
    }
}

fn is_ignored(root: &Value, parameter: &Value) -> bool {
    let name = parameter["name"].as_str().unwrap_or_default();
    let is_key = |scheme: &Value| {
        scheme["type"] == "apiKey"
            && scheme["in"] == parameter["in"]
            && scheme["name"]
                .as_str()
                .is_some_and(|key| key.eq_ignore_ascii_case(name))
    };
    let schemes = root.pointer("/components/securitySchemes");
    // The client attaches the key by itself.
    schemes
        .and_then(Value::as_object)
        .is_some_and(|schemes| schemes.values().any(is_key))
        || parameter["in"] == "header"
            && IGNORED_HEADERS
                .iter()
                .any(|ignored| ignored.eq_ignore_ascii_case(name))
}

fn one(place: &str, parameter: &mut Value) -> Result<(), Error> {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let location = parameter["in"].as_str().unwrap_or_default().to_owned();
    let refused = |reason: &str| {
        Err(Error::at(
            place,
            format!("the parameter `{name}` in {location}: {reason}"),
        ))
    };
    if name.is_empty() {
        return refused("it has no name");
    }
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if matches!(location.as_str(), "header" | "cookie") && !name.chars().all(is_token) {
        return refused("the name holds a character that no header can carry");
    }
    let Some(parameter) = parameter.as_object_mut() else {
        return refused("it is no object");
    };
    let mut wire = json!({"name": name, "in": location});
    let mut style = style(parameter, &location);
    if let Some(Value::Object(content)) = parameter.remove("content") {
        let Some((media_type, media)) = content.into_iter().next() else {
            return refused("its content names no media type");
        };
        if !is_json(&media_type) && !media_type.starts_with("text/") {
            return refused(&format!(
                "its content is {media_type}; only JSON and text are supported"
            ));
        }
        if is_json(&media_type) {
            style = Some("json");
        }
        let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
        parameter.insert("schema".to_owned(), schema);
    }
    let Some(style) = style else {
        return refused("its style is not supported");
    };
    parameter.remove("style");
    parameter.remove("explode");
    parameter.remove("examples");
    let content_type = parameter.remove("x-ultravox-content-type");
    let schema = parameter
        .entry("schema")
        .or_insert_with(|| json!({"type": "string"}));
    let mut file = is_file(schema);
    if location == "form" {
        let items = schema["items"].clone();
        file |= is_file(&items);
        if is_file(&items) {
            *schema = json!({"type": "array", "items": upload()});
        } else if file {
            *schema = upload();
        }
        wire["contentType"] = content_type.unwrap_or_default();
        wire["file"] = Value::Bool(file);
    }
    if let Some(said) = default(schema) {
        let text = parameter.entry("description").or_insert_with(|| json!(""));
        let before = text.as_str().unwrap_or_default();
        let gap = if before.is_empty() { "" } else { "\n\n" };
        *text = Value::String(format!("{before}{gap}{said}"));
    }
    if location == "path" {
        parameter.insert("required".to_owned(), Value::Bool(true));
    }
    let is_usual = match location.as_str() {
        "path" | "header" => style == "comma",
        "query" => style == "form",
        _ => false,
    };
    if !is_usual {
        wire["style"] = json!(style);
        parameter.insert(WIRE.to_owned(), wire);
        if !matches!(location.as_str(), "path" | "header") {
            parameter.insert("in".to_owned(), json!("query"));
        }
    }
    Ok(())
}

/// How the value is written, `None` if it cannot be.
fn style(parameter: &serde_json::Map<String, Value>, location: &str) -> Option<&'static str> {
    let style = parameter.get("style").and_then(Value::as_str);
    let explode = parameter.get("explode").and_then(Value::as_bool);
    Some(match (location, style) {
        ("path" | "header", None | Some("simple")) if explode == Some(true) => "pairs",
        ("path" | "header", None | Some("simple")) => "comma",
        // Exploding a cookie would be several cookies of one name: there is no such thing.
        ("cookie", None | Some("form")) => "comma",
        ("query", None | Some("form")) if explode == Some(false) => "comma",
        ("query", None | Some("form")) => "form",
        ("query", Some("spaceDelimited" | "pipeDelimited")) if explode == Some(true) => "form",
        ("query", Some("spaceDelimited")) => "space",
        ("query", Some("pipeDelimited")) => "pipe",
        ("query", Some("deepObject")) => "deep",
        ("form", None) => "form",
        _ => return None,
    })
}

/// The schema whose Rust type is the facade's.
fn upload() -> Value {
    json!({
        "type": "string",
        "format": "binary",
        "x-rust-type": {"crate": "ultravox", "version": "*", "path": "ultravox::Upload"},
    })
}

/// Takes the default out of a schema, as a sentence.
fn default(schema: &mut Value) -> Option<String> {
    let default = schema.as_object_mut()?.remove("default")?;
    match default {
        Value::Null => None,
        Value::String(text) => Some(format!("Default: {}.", code(&text))),
        other => Some(format!("Default: {}.", code(&other.to_string()))),
    }
}

/// Renames parameters until each is an identifier of its own.
fn name(place: &str, parameters: &mut [Value]) -> Result<(), Error> {
    let mut taken: BTreeSet<String> = TAKEN.iter().map(|&name| name.to_owned()).collect();
    // The ones that are set most keep their names.
    let mut order: Vec<usize> = (0..parameters.len()).collect();
    order.sort_by_key(|&index| {
        let parameter = &parameters[index];
        let name = parameter["name"].as_str().unwrap_or_default();
        let location = location(parameter);
        (
            location != "path",
            location != "query",
            location.to_owned(),
            name.to_owned(),
        )
    });
    for index in order {
        let parameter = &mut parameters[index];
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        if taken.insert(idents::method(&name)) {
            continue;
        }
        let location = location(parameter).to_owned();
        if location == "path" {
            // It is what the template of the path calls it.
            let reason = format!(
                "the path parameter `{name}` would be set by a method whose name another one of its builder has"
            );
            return Err(Error::at(place, reason));
        }
        let base = format!("{}_{location}", idents::method(&name));
        let mut renamed = base.clone();
        let mut number = 2;
        while !taken.insert(idents::method(&renamed)) {
            renamed = format!("{base}_{number}");
            number += 1;
        }
        if parameter.get(WIRE).is_none() {
            let style = if location == "query" { "form" } else { "comma" };
            parameter[WIRE] = json!({"name": name, "in": location, "style": style});
        }
        parameter["name"] = Value::String(renamed);
    }
    Ok(())
}

/// Where a parameter stands in the document.
fn location(parameter: &Value) -> &str {
    let noted = parameter.get(WIRE).and_then(|wire| wire["in"].as_str());
    noted.or(parameter["in"].as_str()).unwrap_or_default()
}

/// The template of a path and its parameters must agree: progenitor panics otherwise.
fn operations_have_their_path_parameters(document: &Value) -> Result<(), Error> {
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let in_template: BTreeSet<&str> = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect();
        for (method, operation) in item.as_object().into_iter().flatten() {
            if !METHODS.contains(&method.as_str()) {
                continue;
            }
            let described: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            if let Some(name) = in_template.symmetric_difference(&described).next() {
                let reason = format!(
                    "`{name}` stands only in one of the two: the path and its parameters in path"
                );
                return Err(Error::at(place(path, method), reason));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::WIRE;

    fn lowered(path: &str, item: Value) -> Result<Value, String> {
        let mut document = json!({
            "paths": {path: item},
            "components": {"securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            }},
        });
        super::lower(&mut document).map_err(|e| e.to_string())?;
        Ok(document["paths"][path].take())
    }

    fn parameters(parameters: Value) -> Vec<Value> {
        let item = lowered("/x", json!({"get": {"parameters": parameters}})).unwrap();
        item["get"]["parameters"].as_array().unwrap().clone()
    }

    fn refusal(parameter: Value) -> String {
        lowered("/x", json!({"get": {"parameters": [parameter]}})).unwrap_err()
    }

    #[test]
    fn a_parameter_of_the_path_is_one_of_each_operation_unless_it_has_its_own() {
        let shared = json!({"name": "id", "in": "path", "schema": {"type": "string"}});
        let own = json!({"name": "id", "in": "path", "schema": {"format": "uuid"}});
        let item = json!({"parameters": [shared], "get": {}, "put": {"parameters": [own]}});
        let item = lowered("/x/{id}", item).unwrap();
        assert_eq!(item.get("parameters"), None);
        assert_eq!(item["get"]["parameters"][0]["schema"]["type"], "string");
        assert_eq!(item["get"]["parameters"][0]["required"], true);
        assert_eq!(item["put"]["parameters"].as_array().unwrap().len(), 1);
        assert_eq!(item["put"]["parameters"][0]["schema"]["format"], "uuid");
    }

    #[test]
    fn the_usual_styles_need_no_note() {
        let lowered = parameters(json!([
            {"name": "a", "in": "query", "style": "form", "explode": true},
            {"name": "b", "in": "header", "schema": {"type": "integer"}},
        ]));
        assert!(
            lowered
                .iter()
                .all(|parameter| parameter.get(WIRE).is_none())
        );
        assert_eq!(lowered[0].get("style"), None);
    }

    #[test]
    fn another_style_is_noted_and_progenitor_sees_a_query_parameter() {
        let table = [
            (json!({"in": "query", "explode": false}), "comma"),
            (json!({"in": "query", "style": "pipeDelimited"}), "pipe"),
            (
                json!({"in": "query", "style": "spaceDelimited", "explode": false}),
                "space",
            ),
            (json!({"in": "query", "style": "deepObject"}), "deep"),
            (
                json!({"in": "query", "content": {"application/json": {}}}),
                "json",
            ),
            (json!({"in": "cookie"}), "comma"),
        ];
        for (mut parameter, style) in table {
            let location = parameter["in"].clone();
            parameter["name"] = json!("a");
            let lowered = parameters(json!([parameter]));
            assert_eq!(lowered[0]["in"], "query");
            assert_eq!(lowered[0].get("content"), None);
            let wire = json!({"name": "a", "in": location, "style": style});
            assert_eq!(lowered[0][WIRE], wire);
        }
    }

    #[test]
    fn a_file_of_a_form_has_the_type_of_the_facade() {
        let file = json!({"type": "string", "format": "binary"});
        let lowered = parameters(json!([
            {"name": "one", "in": "form", "schema": file},
            {"name": "many", "in": "form", "schema": {"type": "array", "items": file}},
            {"name": "text", "in": "form", "schema": {"type": "string"}},
        ]));
        let path = |schema: &Value| schema["x-rust-type"]["path"].clone();
        assert_eq!(path(&lowered[0]["schema"]), "ultravox::Upload");
        assert_eq!(path(&lowered[1]["schema"]["items"]), "ultravox::Upload");
        assert_eq!(path(&lowered[2]["schema"]), Value::Null);
        let files: Vec<_> = lowered.iter().map(|field| &field[WIRE]["file"]).collect();
        assert_eq!(files, [true, true, false]);
    }

    #[test]
    fn names_that_collide_say_where_they_stand() {
        let lowered = parameters(json!([
            {"name": "pageSize", "in": "query"},
            {"name": "page_size", "in": "query"},
            {"name": "Page-Size", "in": "header"},
            {"name": "send", "in": "query"},
        ]));
        let names: Vec<_> = lowered
            .iter()
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "pageSize",
                "page_size_query",
                "page_size_header",
                "send_query"
            ]
        );
        assert_eq!(lowered[1][WIRE]["name"], "page_size");
        assert_eq!(lowered[2][WIRE]["in"], "header");
        assert_eq!(lowered[3][WIRE]["name"], "send");
    }

    #[test]
    fn headers_that_other_parts_describe_and_the_key_are_left_out() {
        let lowered = parameters(json!([
            {"name": "x-key", "in": "header"},
            {"name": "Authorization", "in": "header"},
            {"name": "x-other", "in": "header"},
        ]));
        assert_eq!(lowered.len(), 1);
        assert_eq!(lowered[0]["name"], "x-other");
    }

    #[test]
    fn a_default_is_said_and_not_sent() {
        let schema = json!({"type": "string", "default": "day"});
        let lowered = parameters(json!([
            {"name": "a", "in": "query", "description": "How.", "schema": schema},
        ]));
        assert_eq!(lowered[0]["schema"], json!({"type": "string"}));
        assert_eq!(lowered[0]["description"], "How.\n\nDefault: `day`.");
    }

    #[test]
    fn what_cannot_be_sent_is_refused_with_the_parameter() {
        let table = [
            (
                json!({"name": "a", "in": "query", "style": "simple"}),
                "style",
            ),
            (json!({"name": "a", "in": "body"}), "style"),
            (
                json!({"name": "a b", "in": "header"}),
                "no header can carry",
            ),
            (json!({"in": "query"}), "no name"),
            (
                json!({"name": "a", "in": "query", "content": {"application/xml": {}}}),
                "application/xml",
            ),
        ];
        for (parameter, reason) in table {
            let line = refusal(parameter);
            assert!(line.starts_with("paths./x.get: the parameter `"), "{line}");
            assert!(line.contains(reason), "{line}");
        }
    }

    #[test]
    fn a_path_and_its_parameters_agree() {
        let line = lowered("/x/{id}", json!({"get": {}})).unwrap_err();
        assert!(line.starts_with("paths./x/{id}.get: `id`"), "{line}");
        let line = refusal(json!({"name": "id", "in": "path"}));
        assert!(line.contains("`id`"), "{line}");
    }
}
