//! Servers with a relative URL, which OpenAPI resolves against the address of the document. Only here is
//! that known: the generator reads a file.

use serde_json::Value;
use url::Url;

use crate::structure::METHODS;

/// Makes the URLs of all servers absolute. `base` is where people read the document.
pub fn resolve(document: &mut Value, base: &Url) {
    in_holder(document, base);
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        in_holder(item, base);
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                in_holder(operation, base);
            }
        }
    }
}

fn in_holder(holder: &mut Value, base: &Url) {
    let servers = holder.get_mut("servers").and_then(Value::as_array_mut);
    for server in servers.into_iter().flatten() {
        if let Some(Value::String(url)) = server.get_mut("url")
            && let Some(absolute) = absolute(url, base)
        {
            *url = absolute;
        }
    }
}

/// `None` if it is absolute, or begins with a variable, which may be a scheme.
fn absolute(url: &str, base: &Url) -> Option<String> {
    let is_relative = Url::parse(url) == Err(url::ParseError::RelativeUrlWithoutBase);
    if !is_relative || url.starts_with('{') {
        return None;
    }
    let joined = base.join(url).ok()?;
    // Variables are in braces, which are not part of a URL.
    Some(joined.as_str().replace("%7B", "{").replace("%7D", "}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_relative_server_is_resolved_against_the_address_of_the_document() {
        let base = Url::parse("https://docs.example/reference/calls").unwrap();
        for (url, expected) in [
            ("/v1", "https://docs.example/v1"),
            ("v1/", "https://docs.example/reference/v1/"),
            ("../{version}", "https://docs.example/{version}"),
            ("//api.example", "https://api.example/"),
            ("https://api.example/v1", "https://api.example/v1"),
            ("{scheme}://api.example", "{scheme}://api.example"),
            ("https://{host}/v1", "https://{host}/v1"),
        ] {
            let servers = |url: &str| json!([{"url": url}]);
            let document = |url: &str| {
                json!({
                    "servers": servers(url),
                    "paths": {"/a": {"servers": servers(url), "get": {"servers": servers(url)}}},
                })
            };
            let mut resolved = document(url);
            resolve(&mut resolved, &base);
            assert_eq!(resolved, document(expected), "{url}");
        }
    }
}
