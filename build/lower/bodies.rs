//! Of several media types of a request body, JSON stays.

use serde_json::Value;

use super::super::error::Error;
use super::walk;

/// Progenitor takes one media type a body: JSON, because it is typed and every operation of the API
/// that takes a body takes it. Without JSON the first in alphabetical order stays: whether a map keeps
/// the document's order depends on what other crates ask of serde_json.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    walk::operations(document, |operation| {
        let Some(content) = operation
            .pointer_mut("/requestBody/content")
            .and_then(Value::as_object_mut)
        else {
            return;
        };
        let Some(kept) = content
            .keys()
            .filter(|media_type| is_json(media_type))
            .min()
            .or_else(|| content.keys().min())
            .cloned()
        else {
            return;
        };
        content.retain(|media_type, _| *media_type == kept);
    });
    Ok(())
}

pub fn is_json(media_type: &str) -> bool {
    media_type.split(';').next().map(str::trim) == Some("application/json")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    fn lowered(content: serde_json::Value) -> serde_json::Value {
        let mut document =
            json!({"paths": {"/x": {"post": {"requestBody": {"content": content}}}}});
        super::lower(&mut document).unwrap();
        document["paths"]["/x"]["post"]["requestBody"]["content"].take()
    }

    #[test]
    fn json_is_kept_of_several_media_types() {
        let content = json!({"multipart/form-data": {}, "application/json": {"schema": {}}});
        assert_eq!(
            lowered(content),
            json!({"application/json": {"schema": {}}})
        );
    }

    #[test]
    fn a_single_media_type_is_kept_whatever_it_is() {
        let content = json!({"text/plain": {"schema": {"type": "string"}}});
        assert_eq!(lowered(content.clone()), content);
    }
}
