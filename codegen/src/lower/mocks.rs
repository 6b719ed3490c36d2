//! The copy of the lowered document that the mocks are generated from.

use serde_json::{Value, json};

use super::schema::target;

/// Progenitor's mocks compare a query parameter by its `Display`, which lists and maps do not implement
/// and which formats a date-time differently from how it is sent. Here such parameters are strings, as
/// the server sees them. A map is left out: no parameter that a server sees has its name.
pub fn lower(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(|paths| paths.values_mut());
    let operations = items
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.values_mut());
    for operation in operations {
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        let Some(parameters) = parameters else {
            continue;
        };
        let shape = |parameter: &Value| match target(&parameter["schema"]) {
            Some(name) => schemas[&name].clone(),
            None => parameter["schema"].clone(),
        };
        parameters
            .retain(|parameter| parameter["in"] != "query" || shape(parameter)["type"] != "object");
        for parameter in parameters {
            let shape = shape(parameter);
            let is_text = shape["type"] == "array" || shape["format"] == "date-time";
            if parameter["in"] == "query" && is_text {
                parameter["schema"] = json!({"type": "string"});
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_list_in_the_query_is_a_string_and_a_map_is_left_out() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let text = json!({"type": "string"});
        let mut document = json!({"paths": {"/x": {"get": {"parameters": [
            {"name": "a", "in": "query", "schema": list},
            {"name": "b", "in": "query", "schema": {"type": "integer"}},
            {"name": "c", "in": "query", "schema": {"type": "string", "format": "date-time"}},
            {"name": "d.*", "in": "query", "schema": {"type": "object"}},
        ]}}}});
        super::lower(&mut document);
        let parameters = &document["paths"]["/x"]["get"]["parameters"];
        assert_eq!(parameters[0]["schema"], text);
        assert_eq!(parameters[1]["schema"], json!({"type": "integer"}));
        assert_eq!(parameters[2]["schema"], text);
        assert_eq!(parameters.as_array().unwrap().len(), 3);
    }
}
