//! Parameters as progenitor takes them: in the path, the query or a header, in the usual style.
//!
//! - Parameters of a path item become those of each of its operations.
//! - Headers that the client or HTTP sets itself (the key, `Accept`, `Content-Type`) are left out.
//! - `default` moves to the documentation: a parameter that is not set is not sent.
//! - A map with `x-map-style: dotted` is sent as `name.key=value` for each entry; its name says so.
//! - What no published operation uses is refused: cookies, other styles, `content` instead of a schema.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::walk;
use crate::document::{METHODS, location};
use crate::error::Error;
use crate::idents;
use crate::prose::code;

/// The extension for a map in the query whose entries are spelled `name.key=value`, for which OpenAPI has
/// no style. Its one value is `dotted`.
pub const MAP_STYLE: &str = "x-map-style";

/// What the name of such a parameter ends with for `QueryParam` of `ultravox`, which spells it: the name is
/// all that progenitor hands on. No published name holds an asterisk.
const DOTTED: &str = ".*";

/// The name of a lowered parameter as the document has it.
pub fn published_name(name: &str) -> &str {
    name.strip_suffix(DOTTED).unwrap_or(name)
}

/// Headers that OpenAPI describes elsewhere: a parameter of this name, in any letter case, is ignored.
pub const IGNORED_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// Names that progenitor's methods and mocks use for something else, or that are keywords of an edition
/// it does not know.
const TAKEN: [&str; 6] = [
    "body",
    "encode_path",
    "gen",
    "header_map",
    "into_inner",
    "new",
];

/// Progenitor refuses cookies and most styles without saying where they are, and gives two parameters
/// the same name.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    inherit(document);
    walk::operations_with_rest(document, |root, location, operation| {
        let Some(parameters) = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
        else {
            return Ok(());
        };
        parameters.retain(|parameter| !is_ignored(root, parameter));
        for parameter in parameters.iter_mut() {
            one(root, location, parameter)?;
        }
        distinct(location, parameters)
    })?;
    operations_have_their_path_parameters(document)
}

/// Gives the parameters of a path item to its operations, unless they have their own.
fn inherit(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(|paths| paths.values_mut());
    for item in items.filter_map(Value::as_object_mut) {
        let Some(Value::Array(shared)) = item.remove("parameters") else {
            continue;
        };
        for (_, operation) in item
            .iter_mut()
            .filter(|(key, _)| METHODS.contains(&key.as_str()))
        {
            let own = operation["parameters"].as_array().cloned();
            let own = own.unwrap_or_default();
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

fn one(root: &Value, location: &str, parameter: &mut Value) -> Result<(), Error> {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let part = parameter["in"].as_str().unwrap_or_default().to_owned();
    let refused = |reason: String| {
        Err(Error::at(
            location,
            format!("the parameter `{name}` in {part}: {reason}"),
        ))
    };
    if name.is_empty() {
        return refused("it has no name".to_owned());
    }
    if !matches!(part.as_str(), "path" | "query" | "header") {
        return refused("only the path, the query and headers are supported".to_owned());
    }
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if part == "header" && !name.chars().all(is_token) {
        return refused("the name holds a character that no header can carry".to_owned());
    }
    if parameter.get("content").is_some() {
        return refused("`content` instead of a schema is not supported".to_owned());
    }
    let exploded = part == "query";
    let usual = if exploded { "form" } else { "simple" };
    if let Some(style) = parameter["style"].as_str().filter(|style| *style != usual) {
        return refused(format!("the style `{style}` is not supported"));
    }
    if parameter["explode"].as_bool().unwrap_or(exploded) != exploded {
        return refused(format!("`explode: {}` is not supported", !exploded));
    }
    let Some(parameter) = parameter.as_object_mut() else {
        return refused("it is not an object".to_owned());
    };
    let is_dotted = match parameter.remove(MAP_STYLE) {
        None => false,
        Some(style) if style == "dotted" => true,
        Some(style) => {
            return refused(format!(
                "`{MAP_STYLE}: {style}` is not supported, only `dotted`"
            ));
        }
    };
    for key in ["style", "explode", "examples"] {
        parameter.remove(key);
    }
    let mut parameter_name = name.clone();
    let schema = parameter
        .entry("schema")
        .or_insert_with(|| json!({"type": "string"}));
    let shape = resolved(root, schema);
    if is_dotted {
        if !exploded || shape["type"] != "object" {
            return refused(format!("`{MAP_STYLE}` is for maps in the query"));
        }
        parameter_name = format!("{name}{DOTTED}");
    }
    let is_sent = match shape["type"].as_str() {
        Some("array") => exploded && is_scalar(root, &shape["items"]),
        Some("object") => {
            exploded
                && shape.get("properties").is_none()
                && is_scalar(root, &shape["additionalProperties"])
        }
        _ => is_scalar(root, shape),
    };
    if !is_sent {
        return refused(
            "its schema should be a string, a number, a boolean or an enum; in the query also an array \
             or a map of these"
                .to_owned(),
        );
    }
    let default = default(schema);
    parameter.insert("name".to_owned(), Value::String(parameter_name));
    if let Some(sentence) = default {
        let text = parameter.entry("description").or_insert_with(|| json!(""));
        let before = text.as_str().unwrap_or_default();
        let gap = if before.is_empty() { "" } else { "\n\n" };
        *text = Value::String(format!("{before}{gap}{sentence}"));
    }
    if part == "path" {
        parameter.insert("required".to_owned(), Value::Bool(true));
    }
    Ok(())
}

/// Whether a value of the schema is a single string on the wire.
fn is_scalar(root: &Value, schema: &Value) -> bool {
    let shape = resolved(root, schema);
    match (shape["type"].as_str(), shape["allOf"].as_array()) {
        (Some(ty), _) => matches!(ty, "string" | "number" | "integer" | "boolean"),
        (None, Some(members)) => members.iter().all(|member| is_scalar(root, member)),
        (None, None) => shape.get("enum").is_some(),
    }
}

/// The schema at the end of a chain of references.
fn resolved<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    for _ in 0..16 {
        match super::schema::target(schema) {
            Some(name) => schema = &root["components"]["schemas"][&name],
            None => break,
        }
    }
    schema
}

/// Removes the default from a schema and returns it as a sentence.
fn default(schema: &mut Value) -> Option<String> {
    let default = schema.as_object_mut()?.remove("default")?;
    match default {
        Value::Null => None,
        Value::String(text) => Some(format!("Default: {}.", code(&text))),
        other => Some(format!("Default: {}.", code(&other.to_string()))),
    }
}

/// Refuses parameters that would share an identifier.
fn distinct(location: &str, parameters: &[Value]) -> Result<(), Error> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap_or_default();
        let ident = idents::method(name);
        let reason = match taken.insert(ident.clone(), name) {
            Some(other) => format!(
                "the parameters `{other}` and `{name}` would both be called `{ident}` in Rust"
            ),
            None if TAKEN.contains(&ident.as_str()) => {
                format!("the parameter `{name}` cannot be called `{ident}` in Rust")
            }
            None => continue,
        };
        return Err(Error::at(location, reason));
    }
    Ok(())
}

/// The path template and the path parameters must name the same parameters: progenitor panics
/// otherwise.
fn operations_have_their_path_parameters(document: &Value) -> Result<(), Error> {
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let in_template = template(path);
        for (method, operation) in item.as_object().into_iter().flatten() {
            if !METHODS.contains(&method.as_str()) {
                continue;
            }
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let described: Vec<&str> = parameters
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            let only = |some: &[&str], others: &[&str]| {
                let mut some = some.iter().filter(|name| !others.contains(name));
                some.next().map(|name| (*name).to_owned())
            };
            if let Some(name) =
                only(&in_template, &described).or_else(|| only(&described, &in_template))
            {
                let reason = format!(
                    "`{name}` must be in both the path template and the path parameters, and is in only one of them"
                );
                return Err(Error::at(location(path, method), reason));
            }
        }
    }
    Ok(())
}

/// The names in the braces of a path, in order.
pub fn template(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn lowered(path: &str, item: Value) -> Result<Value, String> {
        let mut document = json!({
            "paths": {path: item},
            "components": {"securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            }},
        });
        super::lower(&mut document).map_err(|error| error.to_string())?;
        Ok(document["paths"][path]["get"]["parameters"].take())
    }

    fn get(parameters: Value) -> Result<Value, String> {
        lowered("/x", json!({"get": {"parameters": parameters}}))
    }

    #[test]
    fn parameters_of_the_path_are_those_of_its_operations_unless_they_have_their_own() {
        let of = |name: &str, text: &str| {
            json!({"name": name, "in": "path", "required": true, "description": text,
                "schema": {"type": "string"}})
        };
        let parameters = lowered(
            "/x/{a}/{b}",
            json!({
                "parameters": [of("a", "shared"), of("b", "shared")],
                "get": {"parameters": [of("a", "own")]},
            }),
        );
        assert_eq!(
            parameters.unwrap(),
            json!([of("b", "shared"), of("a", "own")])
        );
    }

    #[test]
    fn what_the_client_or_http_sets_is_no_parameter() {
        let header = |name: &str| json!({"name": name, "in": "header"});
        let parameters = get(json!([
            header("x-key"),
            header("Accept"),
            header("content-type"),
            header("Authorization"),
        ]));
        assert_eq!(parameters.unwrap(), json!([]));
    }

    #[test]
    fn a_default_is_documented_and_not_sent() {
        let parameters = get(json!([
            {"name": "a", "in": "query", "description": "A.", "schema": {"type": "string", "default": "x"}},
            {"name": "b", "in": "query", "schema": {"type": "integer", "default": 3}},
        ]))
        .unwrap();
        assert_eq!(parameters[0]["description"], "A.\n\nDefault: `x`.");
        assert_eq!(parameters[1]["description"], "Default: `3`.");
        assert_eq!(parameters[1]["schema"], json!({"type": "integer"}));
    }

    #[test]
    fn a_map_with_dots_says_so_by_its_name() {
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let parameters = get(json!([
            {"name": "a", "in": "query", "schema": map, "x-map-style": "dotted"},
            {"name": "b", "in": "query", "schema": map},
        ]));
        assert_eq!(
            parameters.unwrap(),
            json!([
                {"name": "a.*", "in": "query", "schema": map},
                {"name": "b", "in": "query", "schema": map},
            ])
        );
        assert_eq!(super::published_name("a.*"), "a");
        assert_eq!(super::published_name("b"), "b");
    }

    #[test]
    fn what_cannot_be_sent_is_refused_with_its_name_and_the_reason() {
        let text = json!({"type": "string"});
        let list = json!({"type": "array", "items": text});
        for (parameter, reason) in [
            (
                json!({"name": "a", "in": "cookie"}),
                "only the path, the query and headers",
            ),
            (json!({"name": "", "in": "query"}), "no name"),
            (
                json!({"name": "a b", "in": "header"}),
                "no header can carry",
            ),
            (
                json!({"name": "a", "in": "query", "content": {}}),
                "instead of a schema",
            ),
            (
                json!({"name": "a", "in": "query", "style": "deepObject"}),
                "`deepObject`",
            ),
            (
                json!({"name": "a", "in": "query", "explode": false}),
                "`explode: false`",
            ),
            (
                json!({"name": "a", "in": "header", "explode": true}),
                "`explode: true`",
            ),
            (
                json!({"name": "a", "in": "header", "schema": list}),
                "should be a string",
            ),
            (
                json!({"name": "a", "in": "query", "schema": {"properties": {}}}),
                "should be a string",
            ),
            (
                json!({"name": "a", "in": "query", "schema": list, "x-map-style": "dotted"}),
                "is for maps in the query",
            ),
            (
                json!({"name": "a", "in": "header", "schema": {"type": "object"}, "x-map-style": "dotted"}),
                "is for maps in the query",
            ),
            (
                json!({"name": "a", "in": "query", "schema": {"type": "object"}, "x-map-style": "colon"}),
                "only `dotted`",
            ),
            (
                json!({"name": "body", "in": "query"}),
                "cannot be called `body`",
            ),
            (
                json!({"name": "gen", "in": "query"}),
                "cannot be called `gen`",
            ),
        ] {
            let refused = get(json!([parameter])).unwrap_err();
            assert!(refused.starts_with("paths./x.get: "), "{refused}");
            assert!(refused.contains(reason), "{reason}: {refused}");
        }
        for style in ["label", "matrix"] {
            let parameter = json!({"name": "a", "in": "path", "style": style});
            let refused = lowered("/{a}", json!({"get": {"parameters": [parameter]}}));
            assert!(refused.unwrap_err().contains(style));
        }
    }

    #[test]
    fn two_parameters_of_one_name_are_refused() {
        let same = get(json!([{"name": "a-b", "in": "query"}, {"name": "aB", "in": "header"}]));
        let refused = same.unwrap_err();
        assert!(refused.contains("would both be called `a_b`"), "{refused}");
    }

    #[test]
    fn a_path_and_its_parameters_must_agree() {
        let none = lowered("/{a}", json!({"get": {"parameters": []}})).unwrap_err();
        assert!(none.contains("`a` must be in both"), "{none}");
        let parameter = json!({"name": "b", "in": "path"});
        let other = lowered("/x", json!({"get": {"parameters": [parameter]}})).unwrap_err();
        assert!(other.contains("`b` must be in both"), "{other}");
    }
}
