//! How the values of parameters are written: OpenAPI's styles, for paths, queries, headers and
//! cookies.
//!
//! A value is what serde makes of it: a date is written in a query as it is in a body. Maps are
//! written in the order of their keys, and null is not written.

#![allow(
    dead_code,
    reason = "used where the document has such parameters, and by the mocks"
)]

use std::fmt::Write;

use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::Error;

/// How a list or a map is written as text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// One `name=item` for each item, one `key=item` for each entry.
    Form,
    /// The items with this between them; of a map keys and items in turn.
    Delimited(&'static str),
    /// The items with a comma between them, the entries as `key=item`.
    Pairs,
    /// `name[key]=item`.
    Deep,
    /// JSON.
    Json,
}

/// By way of text, because a `Value` has no floats of 32 bits, and would give them more digits.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<Value> {
    serde_json::from_str(&serde_json::to_string(value)?)
}

/// Name and value pairs of a query. Where null is not written, there is none.
pub(crate) fn pairs(
    name: &str,
    style: Style,
    value: &impl Serialize,
) -> serde_json::Result<Vec<(String, String)>> {
    let name = || name.to_owned();
    Ok(match (json(value)?, style) {
        (Value::Null, _) => Vec::new(),
        (value, Style::Json) => vec![(name(), value.to_string())],
        (Value::Array(items), Style::Form | Style::Deep) => {
            items.iter().map(|item| (name(), scalar(item))).collect()
        }
        (Value::Object(map), Style::Form) => entries(map)
            .map(|(key, item)| (key, scalar(&item)))
            .collect(),
        (Value::Object(map), Style::Deep) => entries(map)
            .map(|(key, item)| (format!("{}[{key}]", name()), scalar(&item)))
            .collect(),
        (value, style) => vec![(name(), joined(value, style, scalar))],
    })
}

/// The text of a path parameter. Everything is percent-encoded that is not plain, and what cannot
/// be sent at all is refused: URLs drop `.` and `..`, percent-encoded as well.
pub(crate) fn path(name: &str, value: &impl Serialize) -> Result<String, Error> {
    styled_path(name, Style::Delimited(","), value)
}

/// As [`path`], in this style.
pub(crate) fn styled_path(
    name: &str,
    style: Style,
    value: &impl Serialize,
) -> Result<String, Error> {
    let value = json(value).map_err(|error| unwritable(name, &error))?;
    let text = joined(value, style, |item| encoded(&scalar(item)));
    if matches!(text.as_str(), "" | "." | "..") {
        return Err(Error::invalid_request(format!(
            "`{name}` cannot be `{text}`: it would change the path"
        )));
    }
    Ok(text)
}

/// Appends a header, unless the value is null.
pub(crate) fn header(
    headers: &mut HeaderMap,
    name: &'static str,
    style: Style,
    value: &impl Serialize,
) -> Result<(), Error> {
    if let Some(text) = text(name, style, value)? {
        let value = HeaderValue::try_from(text).map_err(|error| unwritable(name, &error))?;
        let name = HeaderName::try_from(name).map_err(|error| unwritable(name, &error))?;
        headers.append(name, value);
    }
    Ok(())
}

/// Adds a cookie to those that are there, unless the value is null.
pub(crate) fn cookie(
    headers: &mut HeaderMap,
    name: &str,
    style: Style,
    value: &impl Serialize,
) -> Result<(), Error> {
    let Some(text) = text(name, style, value)? else {
        return Ok(());
    };
    let mut cookies = match headers.get(COOKIE).map(HeaderValue::to_str) {
        Some(Ok(others)) => format!("{others}; "),
        _ => String::new(),
    };
    // A cookie holds neither spaces nor `;` nor `,` nor anything but ASCII.
    let _ = write!(cookies, "{name}={}", encoded(&text));
    let value = HeaderValue::try_from(cookies).map_err(|error| unwritable(name, &error))?;
    headers.insert(COOKIE, value);
    Ok(())
}

/// A value on one line, `None` for null.
pub(crate) fn text(
    name: &str,
    style: Style,
    value: &impl Serialize,
) -> Result<Option<String>, Error> {
    let value = json(value).map_err(|error| unwritable(name, &error))?;
    Ok((!value.is_null()).then(|| match style {
        Style::Json => value.to_string(),
        style => joined(value, style, scalar),
    }))
}

fn joined(value: Value, style: Style, write: impl Fn(&Value) -> String) -> String {
    let delimiter = match style {
        Style::Delimited(delimiter) => delimiter,
        _ => ",",
    };
    match value {
        Value::Array(items) => items.iter().map(write).collect::<Vec<_>>().join(delimiter),
        Value::Object(map) => {
            let between = match style {
                Style::Pairs => "=",
                _ => delimiter,
            };
            entries(map)
                .map(|(key, item)| format!("{}{between}{}", write(&key.into()), write(&item)))
                .collect::<Vec<_>>()
                .join(delimiter)
        }
        value => write(&value),
    }
}

/// The entries that are not null, in the order of their keys, whatever order the map has.
fn entries(map: serde_json::Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    let mut entries: Vec<_> = map
        .into_iter()
        .filter(|(_, item)| !item.is_null())
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter()
}

/// A scalar as it is; of what OpenAPI does not define, a list in a list, the JSON.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Percent-encodes all but the unreserved characters: a backslash, too, is a slash to URLs.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn unwritable(name: &str, error: &dyn std::fmt::Display) -> Error {
    Error::invalid_request(format!("`{name}` cannot be sent: {error}"))
}

/// A parameter in the query, as `reqwest` takes it.
pub(crate) struct QueryParam<'a, T> {
    name: &'a str,
    style: Style,
    value: &'a T,
}

impl<'a, T> QueryParam<'a, T> {
    pub(crate) fn new(name: &'a str, value: &'a T) -> Self {
        Self::styled(name, Style::Form, value)
    }

    pub(crate) fn styled(name: &'a str, style: Style, value: &'a T) -> Self {
        Self { name, style, value }
    }
}

impl<T: Serialize> Serialize for QueryParam<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        pairs(self.name, self.style, self.value)
            .map_err(|error| serde::ser::Error::custom(format!("`{}`: {error}", self.name)))?
            .serialize(serializer)
    }
}

/// A body of the type `application/x-www-form-urlencoded`: each property as in a query, and one that
/// is an object as JSON.
pub(crate) fn form(body: &impl Serialize) -> Result<String, Error> {
    let body = json(body).map_err(|error| unwritable("body", &error))?;
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    if let Value::Object(properties) = body {
        for (name, value) in entries(properties) {
            let style = if value.is_object() {
                Style::Json
            } else {
                Style::Form
            };
            let pairs = pairs(&name, style, &value).map_err(|error| unwritable(&name, &error))?;
            form.extend_pairs(pairs);
        }
    }
    Ok(form.finish())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn query(style: Style, value: Value) -> String {
        let pairs = pairs("p", style, &value).unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
        pairs.join("&")
    }

    #[test]
    fn each_style_writes_scalars_lists_and_maps_as_openapi_does() {
        let list = json!(["a", 1, true]);
        let map = json!({"y": "b", "x": 1, "none": null});
        let table = [
            (Style::Form, "p=a&p=1&p=true", "x=1&y=b"),
            (Style::Delimited(","), "p=a,1,true", "p=x,1,y,b"),
            (Style::Delimited("|"), "p=a|1|true", "p=x|1|y|b"),
            (Style::Deep, "p=a&p=1&p=true", "p[x]=1&p[y]=b"),
            (Style::Pairs, "p=a,1,true", "p=x=1,y=b"),
        ];
        for (style, of_list, of_map) in table {
            assert_eq!(query(style, list.clone()), of_list, "{style:?}");
            assert_eq!(query(style, map.clone()), of_map, "{style:?}");
            assert_eq!(query(style, json!("a&b")), "p=a&b");
            assert_eq!(query(style, Value::Null), "");
        }
        assert_eq!(query(Style::Json, list), r#"p=["a",1,true]"#);
    }

    #[test]
    fn a_query_is_encoded_once_and_an_unset_parameter_is_not_in_it() {
        let none: Option<String> = None;
        let request = reqwest::Client::new()
            .get("http://localhost/")
            .query(&QueryParam::new("q", &"a b&c=d"))
            .query(&QueryParam::new("none", &none))
            .query(&QueryParam::styled("ids", Style::Delimited(","), &[1, 2]))
            .build()
            .unwrap();
        assert_eq!(request.url().query(), Some("q=a+b%26c%3Dd&ids=1%2C2"));
    }

    #[test]
    fn a_path_parameter_is_encoded_whatever_it_holds() {
        let table = [
            ("../secret", "..%2Fsecret"),
            (r"..\secret", "..%5Csecret"),
            ("%2e%2e", "%252e%252e"),
            ("a b?c#d", "a%20b%3Fc%23d"),
            ("é\n", "%C3%A9%0A"),
            ("a-b_c.d~", "a-b_c.d~"),
        ];
        for (value, expected) in table {
            let text = path("id", &value).unwrap();
            assert_eq!(text, expected);
            let url = format!("http://localhost/api/{text}/end");
            let url = url::Url::parse(&url).unwrap();
            assert_eq!(url.path(), format!("/api/{expected}/end"));
        }
        let list = path("ids", &["a,b", "c"]).unwrap();
        assert_eq!(list, "a%2Cb,c");
    }

    #[test]
    fn a_path_parameter_that_would_change_the_path_is_refused() {
        for value in ["", ".", ".."] {
            let error = path("id", &value).unwrap_err();
            assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
            assert!(error.to_string().contains("`id`"), "{error}");
        }
    }

    #[test]
    fn headers_and_cookies_are_sent_if_set() {
        let mut headers = HeaderMap::new();
        let comma = Style::Delimited(",");
        header(&mut headers, "X-Ids", comma, &[1, 2]).unwrap();
        header(&mut headers, "X-None", comma, &None::<u8>).unwrap();
        cookie(&mut headers, "a", comma, &"x; y").unwrap();
        cookie(&mut headers, "none", comma, &None::<u8>).unwrap();
        cookie(&mut headers, "b", comma, &2).unwrap();
        assert_eq!(headers["x-ids"], "1,2");
        assert_eq!(headers[COOKIE], "a=x%3B%20y; b=2");
        assert_eq!(headers.len(), 2);
        let error = header(&mut headers, "X-Bad", comma, &"a\nb").unwrap_err();
        assert!(error.to_string().contains("`X-Bad`"), "{error}");
    }

    #[test]
    fn a_form_holds_each_property_that_is_set() {
        let body = json!({"b": ["x", "y z"], "a": 1, "o": {"k": 1}, "none": null});
        let expected = "a=1&b=x&b=y+z&o=%7B%22k%22%3A1%7D";
        assert_eq!(form(&body).unwrap(), expected);
    }
}
