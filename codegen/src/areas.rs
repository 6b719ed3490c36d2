//! The table of the front page: what there is in each area of the API.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::additions::Operation;

/// What an operation without a tag stands under.
const OTHERS: &str = "(others)";

/// A row for each area, with links to the methods of `Client`.
pub fn table(operations: &[Operation<'_>]) -> String {
    let mut areas: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for operation in operations {
        let mut tags: Vec<_> = operation.tags().collect();
        if tags.is_empty() {
            tags.push(OTHERS);
        }
        for tag in tags {
            let method = &operation.method;
            let link = format!("[`{method}`](Client::{method})");
            areas.entry(tag).or_default().push(link);
        }
    }
    let mut text = "| area | operations |\n|---|---|\n".to_owned();
    for (area, mut links) in areas {
        links.sort();
        // As the cargo feature is called; and a cell of Markdown ends at a bar.
        let area = area.replace('_', "-").replace('|', "\\|");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {area} | {} |", links.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::generate_all;

    #[test]
    fn the_table_has_a_row_for_each_area_with_links_in_order() {
        let answer = json!({"200": {"description": ""}});
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Boxes", "version": "1"},
            "servers": [{"url": "https://boxes.example"}],
            "paths": {
                "/boxes": {
                    "post": {"operationId": "boxes_create", "tags": ["boxes"], "responses": answer},
                    "get": {"operationId": "boxes_list", "tags": ["boxes"], "responses": answer},
                },
                "/about": {"get": {"operationId": "about", "responses": answer}},
                "/all": {"get": {"operationId": "all", "tags": ["boxes", "air"], "responses": answer}},
            },
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}}},
        });
        let generated = generate_all(&document.to_string()).unwrap();
        assert_eq!(
            generated.files["areas.md"],
            "| area | operations |\n|---|---|\n\
             | (others) | [`about`](Client::about) |\n\
             | air | [`all`](Client::all) |\n\
             | boxes | [`all`](Client::all), [`boxes_create`](Client::boxes_create), [`boxes_list`](Client::boxes_list) |\n"
        );
        let mut operations = generated.operations;
        operations.sort();
        assert_eq!(operations, ["about", "all", "boxes_create", "boxes_list"]);
    }
}
