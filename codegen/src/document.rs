//! Reading the OpenAPI document: YAML to a value, checks that progenitor leaves out, and the typed
//! `openapiv3` form. Lowering is not done here.

use openapiv3::OpenAPI;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::Error;

/// The keys of a path item that hold an operation.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// What the facade needs to know of the service as a whole.
pub struct Service {
    /// The first server's URL, without a slash at the end.
    pub base_url: String,
    /// The name of the header that carries the API key.
    pub api_key_header: String,
}

/// Reads YAML (or JSON, which is YAML) into a value. Keys are strings, whatever YAML took them for.
pub fn parse(text: &str) -> Result<Value, Error> {
    let yaml: serde_yaml::Value =
        serde_yaml::from_str(text).map_err(|e| Error::whole(format!("not YAML: {e}")))?;
    json(yaml, &mut Vec::new())
}

fn json(yaml: serde_yaml::Value, place: &mut Vec<String>) -> Result<Value, Error> {
    use serde_yaml::Value as Yaml;
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => serde_json::to_value(&number)
            .ok()
            .filter(Value::is_number)
            .ok_or_else(|| {
                Error::at(
                    place.join("."),
                    format!("{number} is not a number in OpenAPI"),
                )
            })?,
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => {
            let mut array = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                place.push(index.to_string());
                array.push(json(item, place)?);
                place.pop();
            }
            Value::Array(array)
        }
        Yaml::Mapping(mapping) => {
            let mut object = Map::new();
            for (key, value) in mapping {
                let key = match key {
                    Yaml::String(key) => key,
                    Yaml::Number(key) => key.to_string(),
                    Yaml::Bool(key) => key.to_string(),
                    Yaml::Null => "null".to_owned(),
                    _ => return Err(Error::at(place.join("."), "a key that is not a scalar")),
                };
                place.push(key.clone());
                let value = json(value, place)?;
                place.pop();
                if object.insert(key.clone(), value).is_some() {
                    return Err(Error::at(place.join("."), format!("duplicate key `{key}`")));
                }
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => {
            return Err(Error::at(
                place.join("."),
                format!("the YAML tag {} has no meaning in OpenAPI", tagged.tag),
            ));
        }
    })
}

/// Refuses what would make progenitor panic or go wrong silently: another version of OpenAPI,
/// references that do not resolve, operations without an id of their own.
pub fn check(document: &Value) -> Result<(), Error> {
    let version = match document.get("openapi") {
        Some(Value::String(version)) => version,
        Some(other) => {
            return Err(Error::at(
                "openapi",
                format!("expected a version, found {other}"),
            ));
        }
        None => {
            return Err(Error::whole(
                "not an OpenAPI document: the key `openapi` is missing",
            ));
        }
    };
    if !version.starts_with("3.0.") {
        return Err(Error::at(
            "openapi",
            format!("OpenAPI {version} is not supported, only 3.0"),
        ));
    }
    check_references(document, document, &mut Vec::new())?;
    check_compositions(document)?;
    check_paths(document)?;
    check_operation_ids(document)
}

/// A schema that consists of itself describes nothing, and would be followed without an end.
fn check_compositions(document: &Value) -> Result<(), Error> {
    fn leads_back<'a>(root: &'a Value, schema: &'a Value, chain: &mut Vec<&'a str>) -> bool {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            if chain.contains(&reference) {
                return true;
            }
            chain.push(reference);
            let target = reference.strip_prefix('#').and_then(|p| root.pointer(p));
            let found = target.is_some_and(|target| leads_back(root, target, chain));
            chain.pop();
            return found;
        }
        ["allOf", "oneOf", "anyOf"]
            .iter()
            .filter_map(|key| schema.get(key).and_then(Value::as_array))
            .flatten()
            .any(|member| leads_back(root, member, chain))
    }
    for (name, schema) in object(document.pointer("/components/schemas")) {
        if leads_back(document, schema, &mut Vec::new()) {
            return Err(Error::at(
                format!("components.schemas.{name}"),
                "the schema is composed of itself; only a property, an item or a value of a map can \
                 lead back to the schema around it",
            ));
        }
    }
    Ok(())
}

fn check_paths(document: &Value) -> Result<(), Error> {
    match object(document.get("paths")).find(|(path, _)| !is_path(path) && !is_free_form(path)) {
        Some((path, _)) => Err(Error::at(
            format!("paths.{path}"),
            "a path starts with a slash",
        )),
        None => Ok(()),
    }
}

/// Whether a key beside the paths is one, and no extension.
pub fn is_path(key: &str) -> bool {
    key.starts_with('/')
}

fn check_references(root: &Value, value: &Value, place: &mut Vec<String>) -> Result<(), Error> {
    match value {
        Value::Object(object) => {
            // Under `properties`, `$ref` would be a property's name.
            let is_map_of_names = place.last().is_some_and(|key| key == "properties");
            if let (Some(Value::String(reference)), false) = (object.get("$ref"), is_map_of_names) {
                let target = reference
                    .strip_prefix('#')
                    .and_then(|pointer| root.pointer(pointer));
                if target.is_none() {
                    let reason = if reference.starts_with('#') {
                        format!("the reference {reference} leads nowhere")
                    } else {
                        format!(
                            "the reference {reference} leads out of the document, which is not supported"
                        )
                    };
                    return Err(Error::at(place.join("."), reason));
                }
            }
            for (key, value) in object {
                if is_free_form(key) {
                    continue;
                }
                place.push(key.clone());
                check_references(root, value, place)?;
                place.pop();
            }
        }
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                place.push(index.to_string());
                check_references(root, value, place)?;
                place.pop();
            }
        }
        _ => {}
    }
    Ok(())
}

/// Keys whose values are data, not OpenAPI.
pub fn is_free_form(key: &str) -> bool {
    matches!(key, "example" | "examples" | "default" | "enum") || key.starts_with("x-")
}

fn check_operation_ids(document: &Value) -> Result<(), Error> {
    let mut seen = std::collections::BTreeMap::new();
    for (place, operation) in operations(document) {
        let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
            return Err(Error::at(
                place,
                "the operation has no operationId, which names its method",
            ));
        };
        if let Some(first) = seen.insert(id.to_owned(), place.clone()) {
            return Err(Error::at(
                place,
                format!("the operationId `{id}` is taken by {first}"),
            ));
        }
    }
    Ok(())
}

/// Every operation with its place.
pub fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = object(document.get("paths")).filter(|(path, _)| is_path(path));
    paths.flat_map(|(path, item)| {
        object(Some(item))
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (place(path, method), operation))
    })
}

/// The place of an operation. An operation that lowering adds has a slash more than the one that
/// it is made from, see `lower::bodies`.
pub fn place(path: &str, method: &str) -> String {
    format!("paths.{}.{method}", path.replacen("//", "/", 1))
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// Reads the base URL and the name of the key's header.
pub fn service(document: &Value) -> Result<Service, Error> {
    let base_url = base_url(document)?;
    let api_key_header = api_key_header(document).ok_or_else(|| {
        Error::at(
            "components.securitySchemes",
            "no scheme of type apiKey in a header, the only authentication that the client knows",
        )
    })?;
    Ok(Service {
        base_url: base_url.trim_end_matches('/').to_owned(),
        api_key_header: api_key_header.to_ascii_lowercase(),
    })
}

/// The URL of the first server, its variables at their defaults.
fn base_url(document: &Value) -> Result<String, Error> {
    let server = document.pointer("/servers/0").unwrap_or(&Value::Null);
    let Some(url) = server["url"].as_str() else {
        return Err(Error::at(
            "servers",
            "the document names no server to send requests to",
        ));
    };
    let mut base_url = url.to_owned();
    for (name, variable) in object(server.get("variables")) {
        if let Some(default) = variable["default"].as_str() {
            base_url = base_url.replace(&format!("{{{name}}}"), default);
        }
    }
    let is_absolute = ["https://", "http://"]
        .iter()
        .any(|scheme| base_url.starts_with(scheme));
    if !is_absolute || base_url.contains(['{', '}']) {
        return Err(Error::at(
            "servers.0.url",
            format!("`{url}` is no URL to send requests to: give scheme and host"),
        ));
    }
    Ok(base_url)
}

/// The header of the scheme that the document asks for on every call, else of the first one by name.
fn api_key_header(document: &Value) -> Option<&str> {
    let asked = |name: &str| {
        let requirements = document.get("security").and_then(Value::as_array);
        requirements
            .into_iter()
            .flatten()
            .any(|requirement| requirement.get(name).is_some())
    };
    object(document.pointer("/components/securitySchemes"))
        .filter(|(_, scheme)| scheme["type"] == "apiKey" && scheme["in"] == "header")
        .min_by_key(|(name, _)| (!asked(name), name.as_str()))
        .and_then(|(_, scheme)| scheme["name"].as_str())
}

/// The typed form of the document.
pub fn to_openapi(document: &Value) -> Result<OpenAPI, Error> {
    // `openapiv3` buffers what it flattens and loses the place of an error inside: the parts of a
    // document are read one by one first, so that the error names the part.
    for (place, operation) in operations(document) {
        typed::<openapiv3::Operation>(operation, &place)?;
    }
    for (name, schema) in object(document.pointer("/components/schemas")) {
        typed::<openapiv3::ReferenceOr<openapiv3::Schema>>(
            schema,
            &format!("components.schemas.{name}"),
        )?;
    }
    typed(document, "")
}

fn typed<'a, T: Deserialize<'a>>(value: &'a Value, place: &str) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|e| {
        let inner = e.path().to_string();
        let reason = format!("not OpenAPI 3.0: {}", e.inner());
        match (place, inner.as_str()) {
            ("", ".") => Error::whole(reason),
            ("", inner) => Error::at(inner, reason),
            (place, ".") => Error::at(place, reason),
            (place, inner) => Error::at(format!("{place}.{inner}"), reason),
        }
    })
}
