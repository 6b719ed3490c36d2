//! Checks of the OpenAPI document that progenitor does not do, and its typed `openapiv3` form. `admit`
//! reads the document, and `lower` changes it.

use std::borrow::Cow;

use openapiv3::OpenAPI;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

/// The keys of a path item that hold an operation.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// What the facade needs to know of the service as a whole.
#[derive(Debug, Default)]
pub struct Service {
    /// The first server's URL, without a slash at the end.
    pub base_url: String,
    /// The name of the header that carries the API key.
    pub api_key_header: String,
}

/// Refuses what would make progenitor panic or generate wrong code: another version of OpenAPI,
/// references that do not resolve, operations without a unique id, or with a server or credentials of their own.
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
    if !is_supported(version) {
        return Err(Error::at(
            "openapi",
            format!("OpenAPI {version} is not supported, only 3.0 and 3.1"),
        ));
    }
    check_references(document)?;
    check_operation_ids(document)?;
    check_servers(document)?;
    check_security(document)
}

/// Whether this version of OpenAPI can be read.
pub fn is_supported(version: &str) -> bool {
    ["3.0.", "3.1."]
        .iter()
        .any(|known| version.starts_with(known))
}

/// Whether a key of `paths` is a path and not an extension.
pub fn is_path(key: &str) -> bool {
    key.starts_with('/')
}

fn check_references(document: &Value) -> Result<(), Error> {
    each_object(document, "", &mut Vec::new(), &mut |object, location| {
        let Some(Value::String(reference)) = object.get("$ref") else {
            return Ok(());
        };
        let reason = match reference.strip_prefix('#') {
            Some(pointer) if document.pointer(pointer).is_some() => return Ok(()),
            Some(_) => format!("the reference {reference} does not resolve"),
            None => format!(
                "the reference {reference} points outside the document, which is not supported"
            ),
        };
        Err(Error::at(location.join("."), reason))
    })
}

/// Refuses keywords of schemas that the client would ignore. What no operation reaches may have them.
pub fn check_keywords(document: &Value) -> Result<(), Error> {
    each_object(document, "", &mut Vec::new(), &mut |object, location| {
        let is_empty = |key: &str| object.get(key) == Some(&Value::Array(Vec::new()));
        let reason = if object.get("uniqueItems") == Some(&Value::Bool(true)) {
            "`uniqueItems` is not supported: the client would send a list with duplicates"
                .to_owned()
        } else if let Some(key) = ["allOf", "oneOf", "anyOf"]
            .into_iter()
            .find(|key| is_empty(key))
        {
            format!("`{key}` is empty")
        } else {
            return Ok(());
        };
        Err(Error::at(location.join("."), reason))
    })
}

type Visit<'a> =
    dyn FnMut(&serde_json::Map<String, Value>, &[Cow<'_, str>]) -> Result<(), Error> + 'a;

/// Visits every object of OpenAPI with its location, until one is refused. `parent` is the keyword
/// that `value` belongs to: the keys of some objects are names, and these are not visited.
pub fn each_object<'a>(
    value: &'a Value,
    parent: &str,
    location: &mut Vec<Cow<'a, str>>,
    visit: &mut Visit<'_>,
) -> Result<(), Error> {
    let has_names = matches!(
        parent,
        "properties"
            | "responses"
            | "schemas"
            | "headers"
            | "content"
            | "encoding"
            | "parameters"
            | "requestBodies"
            | "securitySchemes"
            | "callbacks"
            | "links"
            | "mapping"
            | "variables"
    );
    if let (Some(object), false) = (value.as_object(), has_names) {
        visit(object, location)?;
    }
    let mut inside = |key: Cow<'a, str>, parent: &str, value| {
        location.push(key);
        each_object(value, parent, location, visit)?;
        location.pop();
        Ok(())
    };
    for (key, value) in object(Some(value)) {
        let is_data = match parent {
            "properties" | "schemas" => false,
            "responses" => key.starts_with("x-"),
            _ => is_free_form(key),
        };
        // There is nothing to visit in other values, which are most.
        if !is_data && (value.is_object() || value.is_array()) {
            inside(key.into(), if has_names { "" } else { key }, value)?;
        }
    }
    let mut items = value.as_array().into_iter().flatten().enumerate();
    items.try_for_each(|(index, item)| inside(index.to_string().into(), "", item))
}

/// Keys whose values are data, not OpenAPI.
pub fn is_free_form(key: &str) -> bool {
    matches!(key, "example" | "examples" | "default" | "enum") || key.starts_with("x-")
}

fn check_operation_ids(document: &Value) -> Result<(), Error> {
    let mut seen = std::collections::BTreeMap::new();
    for (location, operation) in operations(document) {
        // Progenitor would call a method of this name, which reqwest does not have.
        if let Some(method @ ("options" | "trace")) = location.rsplit('.').next() {
            return Err(Error::at(
                &location,
                format!("operations with the method {method} are not supported"),
            ));
        }
        let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
            return Err(Error::at(
                location,
                "the operation has no operationId, which names its method",
            ));
        };
        if let Some(first) = seen.insert(id.to_owned(), location.clone()) {
            return Err(Error::at(
                location,
                format!("duplicate operationId `{id}`, which {first} has as well"),
            ));
        }
    }
    Ok(())
}

/// Refuses operations at another server than the document's: the client would not send them there.
fn check_servers(document: &Value) -> Result<(), Error> {
    let paths = object(document.get("paths")).filter(|(path, _)| is_path(path));
    let items = paths.map(|(path, item)| (format!("paths.{path}"), item));
    let default = document.pointer("/servers/0/url");
    for (location, part) in items.chain(operations(document)) {
        let own = part.pointer("/servers/0/url");
        if own.is_some() && own != default {
            let reason = "a server of its own is not supported: the client sends every request to the first \
                          server of the document";
            return Err(Error::at(format!("{location}.servers"), reason));
        }
    }
    Ok(())
}

/// Refuses operations that the API key is not enough for.
fn check_security(document: &Value) -> Result<(), Error> {
    let Some(header) = api_key_header(document) else {
        return Ok(());
    };
    let schemes = document.pointer("/components/securitySchemes");
    let is_key = |name: &String| {
        let scheme = schemes.and_then(|schemes| schemes.get(name));
        scheme.is_some_and(|scheme| scheme["in"] == "header" && scheme["name"] == header)
    };
    for (location, operation) in operations(document) {
        let requirements = operation.get("security").and_then(Value::as_array);
        let Some(requirements) = requirements.filter(|of| !of.is_empty()) else {
            continue;
        };
        let mut enough = requirements.iter().filter_map(Value::as_object);
        if !enough.any(|requirement| requirement.keys().all(is_key)) {
            let reason = format!(
                "it needs other credentials than the API key in the header {header}, which is all that the \
                 client sends"
            );
            return Err(Error::at(format!("{location}.security"), reason));
        }
    }
    Ok(())
}

/// Every operation with its location.
pub fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = object(document.get("paths")).filter(|(path, _)| is_path(path));
    paths.flat_map(|(path, item)| {
        object(Some(item))
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (location(path, method), operation))
    })
}

/// The location of an operation.
pub fn location(path: &str, method: &str) -> String {
    format!("paths.{path}.{method}")
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
            "no scheme of type apiKey in a header, the only authentication that is supported",
        )
    })?;
    Ok(Service {
        base_url: base_url.trim_end_matches('/').to_owned(),
        api_key_header: api_key_header.to_ascii_lowercase(),
    })
}

/// The URL of the first server, with the defaults of its variables.
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
            format!("`{url}` is not an absolute URL: give scheme and host"),
        ));
    }
    Ok(base_url)
}

/// The header of the scheme that the document requires for every operation, or else of the first scheme
/// by name.
fn api_key_header(document: &Value) -> Option<&str> {
    let is_required = |name: &str| {
        let requirements = document.get("security").and_then(Value::as_array);
        requirements
            .into_iter()
            .flatten()
            .any(|requirement| requirement.get(name).is_some())
    };
    object(document.pointer("/components/securitySchemes"))
        .filter(|(_, scheme)| scheme["type"] == "apiKey" && scheme["in"] == "header")
        .min_by_key(|(name, _)| (!is_required(name), name.as_str()))
        .and_then(|(_, scheme)| scheme["name"].as_str())
}

/// The typed form of the document.
pub fn to_openapi(document: &Value) -> Result<OpenAPI, Error> {
    if let Ok(openapi) = OpenAPI::deserialize(document) {
        return Ok(openapi);
    }
    // `openapiv3` flattens some structs, and serde loses the location of errors inside these:
    // operations and schemas are read one by one first, so that the error names them.
    for (location, operation) in operations(document) {
        typed::<openapiv3::Operation>(operation, &location)?;
    }
    for (name, schema) in object(document.pointer("/components/schemas")) {
        typed::<openapiv3::ReferenceOr<openapiv3::Schema>>(
            schema,
            &format!("components.schemas.{name}"),
        )?;
    }
    typed(document, "")
}

fn typed<'a, T: Deserialize<'a>>(value: &'a Value, location: &str) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|e| {
        let inner = e.path().to_string();
        let reason = format!("not OpenAPI 3.0: {}", e.inner());
        match (location, inner.as_str()) {
            ("", ".") => Error::whole(reason),
            ("", inner) => Error::at(inner, reason),
            (location, ".") => Error::at(location, reason),
            (location, inner) => Error::at(format!("{location}.{inner}"), reason),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn refusal(result: Result<(), crate::Error>) -> Option<String> {
        result.err().map(|error| error.to_string())
    }

    #[test]
    fn keywords_are_distinguished_from_names_and_from_data() {
        let refused = |schema: Value| {
            let document = json!({"components": {"schemas": {"default": schema}}});
            refusal(super::check_keywords(&document))
                .map(|line| line.split(": ").next().map(str::to_owned))
        };
        let at = |end: &str| Some(Some(format!("components.schemas.default{end}")));
        let unique = || json!({"uniqueItems": true});
        assert_eq!(refused(unique()), at(""));
        assert_eq!(
            refused(json!({"properties": {"properties": {"properties": {"enum": unique()}}}})),
            at(".properties.properties.properties.enum")
        );
        assert_eq!(refused(json!({"allOf": [{}, unique()]})), at(".allOf.1"));
        for accepted in [
            json!({"uniqueItems": false}),
            json!({"properties": {"uniqueItems": {"type": "boolean"}}}),
            json!({"default": unique(), "example": unique(), "x-note": unique()}),
        ] {
            assert_eq!(refused(accepted), None);
        }
    }

    #[test]
    fn an_operation_with_a_server_or_credentials_of_its_own_is_refused() {
        let checked = |item: Value| {
            let document = json!({
                "openapi": "3.0.3",
                "servers": [{"url": "https://a.example"}, {"url": "https://b.example"}],
                "paths": {"/a": item},
                "components": {"securitySchemes": {
                    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                    "token": {"type": "http", "scheme": "bearer"},
                }},
            });
            refusal(super::check(&document))
        };
        let with =
            |key: &str, value: Value| checked(json!({"get": {"operationId": "a", key: value}}));
        let other = json!([{"url": "https://b.example"}]);
        let line = with("servers", other.clone()).unwrap();
        assert!(line.starts_with("paths./a.get.servers: "), "{line}");
        let line = checked(json!({"servers": other, "get": {"operationId": "a"}})).unwrap();
        assert!(line.starts_with("paths./a.servers: "), "{line}");
        assert_eq!(with("servers", json!([{"url": "https://a.example"}])), None);
        for refused in [json!([{"token": []}]), json!([{"key": [], "token": []}])] {
            let line = with("security", refused).unwrap();
            assert!(line.starts_with("paths./a.get.security: "), "{line}");
        }
        for accepted in [
            json!([]),
            json!([{}, {"token": []}]),
            json!([{"key": []}]),
            json!([{"token": []}, {"key": []}]),
        ] {
            assert_eq!(with("security", accepted), None);
        }
    }

    #[test]
    fn references_are_followed_in_the_default_response_and_not_in_data() {
        let nowhere = || json!({"$ref": "#/components/schemas/Nowhere"});
        let refused = |responses: Value| {
            let document = json!({"paths": {"/a": {"get": {"responses": responses}}}});
            refusal(super::check_references(&document))
        };
        let line = refused(json!({"default": nowhere()})).unwrap();
        assert!(
            line.starts_with("paths./a.get.responses.default: "),
            "{line}"
        );
        assert_eq!(refused(json!({"x-note": nowhere()})), None);
        assert_eq!(refused(json!({"200": {"example": nowhere()}})), None);
    }
}
