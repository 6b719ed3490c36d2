//! Of all documented responses, the success stays, in one kind.

use serde_json::{Value, json};

use super::super::error::Error;
use super::bodies::is_json;
use super::walk;

/// Errors, redirects and everything else that is no success are the facade's (`Error::Api`), and
/// progenitor panics where two successes are of different kinds.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::operations(document, |operation| {
        let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        else {
            return;
        };
        let documented = std::mem::take(responses);
        let mut default = None;
        for (status, response) in documented {
            if status.starts_with('2') {
                responses.insert(status, response);
            } else if status == "default" {
                default = Some(response);
            }
        }
        if let (true, Some(default)) = (responses.is_empty(), default) {
            responses.insert("2XX".to_owned(), default);
        }
        let kinds: Vec<_> = responses.values().map(Kind::of).collect();
        if kinds.windows(2).any(|pair| pair[0] != pair[1]) {
            // No one type fits: the caller gets status and bytes.
            let raw = json!({"description": "", "content": {"*/*": {}}});
            responses.clear();
            responses.insert("2XX".to_owned(), raw);
        }
    });
    Ok(())
}

#[derive(PartialEq)]
enum Kind {
    Empty,
    Json(Value),
    Bytes,
}

impl Kind {
    fn of(response: &Value) -> Self {
        let content = response.get("content").and_then(Value::as_object);
        match content {
            None => Self::Empty,
            Some(content) if content.is_empty() => Self::Empty,
            Some(content) => content
                .iter()
                .find(|(media_type, _)| is_json(media_type))
                .map_or(Self::Bytes, |(_, media)| {
                    Self::Json(media.get("schema").cloned().unwrap_or_default())
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn lowered(responses: Value) -> Value {
        let mut document = json!({"paths": {"/x": {"get": {"responses": responses}}}});
        super::lower(&mut document).unwrap();
        document["paths"]["/x"]["get"]["responses"].take()
    }

    #[test]
    fn errors_and_redirects_are_left_to_the_facade() {
        let audio = json!({"content": {"audio/wav": {}}});
        let responses = json!({"200": audio, "302": {}, "404": {"content": {}}});
        assert_eq!(lowered(responses), json!({"200": audio}));
    }

    #[test]
    fn a_default_stands_for_every_success_where_no_other_is_documented() {
        let bytes = json!({"content": {"*/*": {}}});
        assert_eq!(
            lowered(json!({"default": bytes, "400": {}})),
            json!({"2XX": bytes})
        );
        assert_eq!(
            lowered(json!({"default": bytes, "200": {}})),
            json!({"200": {}})
        );
    }

    #[test]
    fn successes_of_the_same_kind_stay() {
        let json_body = json!({"content": {"application/json": {"schema": {"type": "string"}}}});
        let responses = json!({"200": json_body, "201": json_body});
        assert_eq!(lowered(responses.clone()), responses);
    }

    #[test]
    fn successes_of_different_kinds_become_bytes_with_a_status() {
        let json_body = json!({"content": {"application/json": {"schema": {"type": "string"}}}});
        let raw = json!({"2XX": {"description": "", "content": {"*/*": {}}}});
        assert_eq!(lowered(json!({"200": json_body, "204": {}})), raw);
    }
}
