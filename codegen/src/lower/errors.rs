//! Turns documented errors into documentation: at run time they are `ultravox::Error::Api`.

use serde_json::Value;

use super::bodies::is_json;
use super::walk;
use crate::error::Error;
use crate::prose::markdown;

/// On an operation: a line of Markdown for each documented error.
pub const X_ERRORS: &str = "x-ultravox-errors";

/// Progenitor would generate an error type for each operation, and panics where two errors of one
/// operation differ. This runs after the passes that name types: it documents the type of the body.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::operations(document, |_, operation| {
        let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        else {
            return Ok(());
        };
        let (successes, others) = std::mem::take(responses)
            .into_iter()
            .partition(|(status, _)| status.starts_with('2'));
        *responses = successes;
        let mut errors: Vec<_> = serde_json::Map::into_iter(others)
            .filter(|(status, _)| !status.starts_with(['1', '3']))
            .map(|(status, response)| line(&status, &response))
            .collect();
        errors.sort();
        if !errors.is_empty() {
            operation[X_ERRORS] = errors.into();
        }
        Ok(())
    })
}

fn line(status: &str, response: &Value) -> String {
    let status = match status {
        "default" => "any other status",
        status => status,
    };
    let mut line = format!("- {status}");
    let said = response["description"].as_str().unwrap_or_default();
    // A code block cannot span a single line.
    let said = markdown(&said.split_whitespace().collect::<Vec<_>>().join(" "));
    if !said.is_empty() {
        line.push_str(": ");
        line.push_str(said.trim_end_matches('.'));
    }
    let media = response["content"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(media_type, _)| is_json(media_type))
        .min_by_key(|(media_type, _)| media_type.as_str());
    if let Some((_, media)) = media {
        match media["schema"]["$ref"]
            .as_str()
            .and_then(|r| r.rsplit('/').next())
        {
            Some(name) => line.push_str(&format!(
                "; its [`json`](crate::ApiError::json) is a [`{name}`](crate::types::{name})"
            )),
            None => line.push_str("; its body is JSON"),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn lowered(operation: Value) -> Value {
        let mut document = json!({"paths": {"/x": {"get": operation}}});
        super::lower(&mut document).unwrap();
        document["paths"]["/x"]["get"].take()
    }

    #[test]
    fn errors_and_redirects_are_left_to_the_facade() {
        let audio = json!({"content": {"audio/wav": {}}});
        let operation = lowered(json!({"responses": {"200": audio, "302": {}, "default": {}}}));
        assert_eq!(operation["responses"], json!({"200": audio}));
    }

    #[test]
    fn the_method_says_which_errors_there_are_and_of_which_type() {
        let typed = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
        let operation = lowered(json!({
            "responses": {
                "200": {},
                "409": {"description": "Already\n done.", "content": {"application/json": typed}},
                "400": {"content": {"application/problem+json": {"schema": {}}}},
                "404": {"description": ""},
            },
        }));
        let expected = json!([
            "- 400; its body is JSON",
            "- 404",
            "- 409: Already done; its [`json`](crate::ApiError::json) is a \
                [`Problem`](crate::types::Problem)",
        ]);
        assert_eq!(operation[super::X_ERRORS], expected);
    }

    #[test]
    fn an_operation_without_documented_errors_says_none() {
        let operation = lowered(json!({"responses": {"200": {}, "302": {}}}));
        assert_eq!(operation.get(super::X_ERRORS), None);
    }
}
