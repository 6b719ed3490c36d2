//! Leaves one kind of success response in each operation, and marks operations that document a
//! redirect. The success response of a GET without documented content is bytes.

use serde_json::{Map, Value, json};

use super::bodies::is_json;
use super::walk;
use crate::error::Error;

/// On an operation: it documents a redirect.
pub const X_REDIRECTS: &str = "x-ultravox-redirects";

/// On an operation: the media type to ask for, if it is not `application/json`.
pub const X_ACCEPT: &str = "x-ultravox-accept";

/// Progenitor panics on two success responses of different kinds and on JSON without a schema, and
/// drops a body that is not documented. The documented errors stay for the pass `errors`.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::operations(document, |location, operation| {
        let is_get = location.ends_with(".get");
        if let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        {
            let documented = std::mem::take(responses);
            let lowered = in_operation(documented, operation, is_get);
            operation["responses"] = Value::Object(lowered);
        }
        Ok(())
    })
}

fn in_operation(
    mut responses: Map<String, Value>,
    operation: &mut Value,
    is_get: bool,
) -> Map<String, Value> {
    if is_get {
        for status in ["200", "2XX"] {
            responses.get_mut(status).into_iter().for_each(say_content);
        }
    }
    if responses.keys().any(|status| is_followed(status)) {
        operation[X_REDIRECTS] = Value::Bool(true);
    }
    if !responses.keys().any(|status| is_success(status))
        && !responses.keys().any(|status| status.starts_with('3'))
        && let Some(default) = responses.remove("default")
    {
        responses.insert("2XX".to_owned(), default);
    }
    let successes = responses
        .iter_mut()
        .filter(|(status, _)| is_success(status))
        .map(|(_, response)| response);
    let mut kinds: Vec<Kind> = Vec::new();
    for response in successes {
        let (kind, media_type) = reduce(response);
        if let Some(media_type) = media_type {
            operation[X_ACCEPT] = Value::String(media_type);
        }
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.len() > 1 {
        // No single type fits: the caller gets status and bytes.
        responses.retain(|status, _| !is_success(status));
        let raw = json!({"description": "", "content": {"*/*": {}}});
        responses.insert("2XX".to_owned(), raw);
        remove(operation, X_ACCEPT);
    }
    responses
}

/// A GET that answers 200 has a body, documented or not: without one the document would have a 204.
fn say_content(response: &mut Value) {
    let content = response.get("content").and_then(Value::as_object);
    if content.is_none_or(Map::is_empty) {
        response["content"] = json!({"*/*": {}});
    }
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// Whether the status is a redirect with a `Location`.
fn is_followed(status: &str) -> bool {
    matches!(
        status.to_ascii_uppercase().as_str(),
        "301" | "302" | "303" | "307" | "308" | "3XX"
    )
}

#[derive(PartialEq)]
enum Kind {
    Empty,
    Json(Value),
    Bytes,
}

/// Leaves one of several media types, JSON if possible, and returns it if it is JSON of another name.
fn reduce(response: &mut Value) -> (Kind, Option<String>) {
    let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) else {
        return (Kind::Empty, None);
    };
    if content.is_empty() {
        return (Kind::Empty, None);
    }
    let usual = |media_type: &str| media_type == "application/json";
    let Some(kept) = content
        .keys()
        .filter(|media_type| is_json(media_type))
        .min_by_key(|media_type| (!usual(media_type), media_type.as_str()))
        .cloned()
    else {
        return (Kind::Bytes, None);
    };
    let schema = content[&kept].get("schema").cloned();
    let schema = schema.unwrap_or_else(|| json!({}));
    *content = Map::from_iter([("application/json".to_owned(), json!({"schema": schema}))]);
    (Kind::Json(schema), Some(kept).filter(|kept| !usual(kept)))
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().and_then(|object| object.remove(key));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn lowered(responses: Value) -> (Value, Value) {
        lowered_of("get", responses)
    }

    fn lowered_of(method: &str, responses: Value) -> (Value, Value) {
        let mut document = json!({"paths": {"/x": {method: {"responses": responses}}}});
        super::lower(&mut document).unwrap();
        let mut operation = document["paths"]["/x"][method].take();
        (operation["responses"].take(), operation)
    }

    fn text() -> Value {
        json!({"content": {"application/json": {"schema": {"type": "string"}}}})
    }

    fn raw() -> Value {
        json!({"description": "", "content": {"*/*": {}}})
    }

    #[test]
    fn a_documented_redirect_is_marked() {
        let audio = json!({"content": {"audio/wav": {}}});
        let (responses, operation) = lowered(json!({"200": audio, "302": {}}));
        assert_eq!(responses["200"], audio);
        assert_eq!(operation[super::X_REDIRECTS], true);
        let (_, operation) = lowered(json!({"200": audio, "304": {}}));
        assert_eq!(operation.get(super::X_REDIRECTS), None);
    }

    #[test]
    fn a_default_is_the_success_where_no_other_is_documented() {
        let bytes = json!({"content": {"*/*": {}}});
        let (responses, _) = lowered(json!({"default": bytes, "400": {}}));
        assert_eq!(responses, json!({"2XX": bytes, "400": {}}));
        for other in ["201", "302"] {
            let (responses, _) = lowered(json!({"default": bytes, other: {}}));
            assert_eq!(responses, json!({"default": bytes, other: {}}));
        }
    }

    #[test]
    fn what_a_get_answers_without_saying_so_is_bytes_and_204_is_nothing() {
        for content in [json!({}), json!({"content": {}})] {
            let (responses, _) = lowered(json!({"200": content}));
            assert_eq!(responses, json!({"200": {"content": {"*/*": {}}}}));
            let (responses, _) = lowered_of("delete", json!({"200": content}));
            assert_eq!(responses, json!({"200": content}));
        }
        let (responses, _) = lowered(json!({"204": {}}));
        assert_eq!(responses, json!({"204": {}}));
        let (responses, _) = lowered(json!({"200": {}, "204": {}}));
        assert_eq!(responses, json!({"2XX": raw()}));
    }

    #[test]
    fn successes_of_the_same_kind_stay() {
        let responses = json!({"200": text(), "201": text()});
        assert_eq!(lowered(responses.clone()).0, responses);
    }

    #[test]
    fn successes_of_different_kinds_become_bytes_with_a_status() {
        let audio = json!({"content": {"audio/wav": {}}});
        let (responses, _) = lowered(json!({"200": text(), "202": audio, "404": {}}));
        assert_eq!(responses, json!({"2XX": raw(), "404": {}}));
        let (responses, _) = lowered(json!({"200": text(), "204": {}}));
        assert_eq!(responses, json!({"2XX": raw()}));
    }

    #[test]
    fn json_is_kept_of_several_media_types_and_asked_for_by_its_name() {
        let schema = json!({"type": "object"});
        let content = json!({
            "application/yaml": {},
            "application/json": {"schema": schema},
            "application/a+json": {},
        });
        let expected = json!({"200": {"content": {"application/json": {"schema": schema}}}});
        let (responses, operation) = lowered(json!({"200": {"content": content}}));
        assert_eq!(responses, expected);
        assert_eq!(operation.get(super::X_ACCEPT), None);
        let content = json!({"application/hal+json": {"schema": schema}, "text/html": {}});
        let (responses, operation) = lowered(json!({"200": {"content": content}}));
        assert_eq!(responses, expected);
        assert_eq!(operation[super::X_ACCEPT], "application/hal+json");
    }

    #[test]
    fn json_without_a_schema_is_any_json() {
        let (responses, _) = lowered(json!({"200": {"content": {"application/json": {}}}}));
        assert_eq!(
            responses["200"]["content"]["application/json"],
            json!({"schema": {}})
        );
    }
}
