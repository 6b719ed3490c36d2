//! One spelling for every value that can be null: `nullable` on the schema of the value.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::schema::{self, component, components_mut, composed, is, is_annotation};
use super::walk;
use crate::error::Error;

/// Documents write "a value or null" in many ways: `oneOf` with an enum that contains only null, null
/// among the values of an enum, `nullable` beside a reference or on its target. Progenitor makes an
/// untagged enum of some of these, ignores others, and generates an `Option` only for `nullable`.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let known = composed(document);
    walk::schemas(document, |schema| {
        if let Some(object) = schema.as_object_mut() {
            wrap_reference(object);
            null_out_of_alternatives(object, &known);
            null_out_of_enum(object);
            nullable_out_of_members(object);
            unwrap_single(object);
        }
    });
    nullable_to_its_uses(document);
    walk::operations(document, |_, operation| {
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            null_out_of_parameter(parameter);
        }
        Ok(())
    })
}

/// A URL or header cannot express null: a parameter is set or not.
fn null_out_of_parameter(parameter: &mut Value) {
    if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) {
        schema.remove("nullable");
        unwrap_single(schema);
    }
}

/// In OpenAPI 3.0, and in progenitor, keywords beside `$ref` are ignored.
fn wrap_reference(schema: &mut Map<String, Value>) {
    if schema.len() > 1
        && let Some(Value::String(reference)) = schema.remove("$ref")
    {
        schema.retain(|key, _| is_annotation(key));
        schema.insert("allOf".to_owned(), json!([{"$ref": reference}]));
    }
}

fn null_out_of_alternatives(schema: &mut Map<String, Value>, known: &Map<String, Value>) {
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(members)) = schema.get_mut(key) else {
            continue;
        };
        let before = members.len();
        members.retain(|member| !is_only_null(resolve(member, known)));
        if members.is_empty() {
            *schema = Map::from_iter([("enum".to_owned(), json!([null]))]);
            return;
        }
        let removed = members.len() < before;
        if members.len() == 1 {
            let members = schema.remove(key).unwrap_or_default();
            schema.insert("allOf".to_owned(), members);
        }
        if removed {
            schema.insert("nullable".to_owned(), json!(true));
        }
    }
}

fn null_out_of_enum(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && values.iter().any(Value::is_null)
        && !values.iter().all(Value::is_null)
    {
        values.retain(|value| !value.is_null());
        schema.insert("nullable".to_owned(), json!(true));
    }
}

/// A single member of `allOf` needs no merging: a reference stays, alone or with annotations, and
/// anything else moves up.
fn unwrap_single(schema: &mut Map<String, Value>) {
    let Some([member]) = schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    else {
        return;
    };
    let Some(member) = member.as_object().cloned() else {
        return;
    };
    if member.contains_key("$ref") {
        // A `type` only repeats that of the target, and would make progenitor merge the two.
        if schema
            .keys()
            .all(|key| is_annotation(key) || key == "allOf" || key == "type")
        {
            schema.remove("type");
            if schema.len() == 1 {
                *schema = member;
            }
        }
    } else {
        // What both say is composed by the pass `inline`.
        let differs = |(key, value): (&String, &Value)| {
            !is_annotation(key) && schema.get(key).is_some_and(|own| own != value)
        };
        if member.iter().any(differs) {
            return;
        }
        schema.remove("allOf");
        for (key, value) in member {
            schema.entry(key).or_insert(value);
        }
    }
}

/// If a member can be null, the whole can be.
fn nullable_out_of_members(schema: &mut Map<String, Value>) {
    let mut found = false;
    for key in ["allOf", "oneOf", "anyOf"] {
        for member in schema
            .get_mut(key)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if is(member, "nullable")
                && let Some(object) = member.as_object_mut()
            {
                found = true;
                object.remove("nullable");
                unwrap_single(object);
            }
        }
    }
    if found {
        schema.insert("nullable".to_owned(), json!(true));
    }
}

/// Moves `nullable` from a component to the references to it: otherwise progenitor wraps an
/// `Option` in a new type.
fn nullable_to_its_uses(document: &mut Value) {
    loop {
        let mut nullable = BTreeSet::new();
        for (name, schema) in components_mut(document).into_iter().flatten() {
            if is(schema, "nullable")
                && let Some(schema) = schema.as_object_mut()
            {
                schema.remove("nullable");
                nullable.insert(name.clone());
            }
        }
        if nullable.is_empty() {
            return;
        }
        walk::schemas(document, |schema| {
            let leads_there = schema::target(schema).is_some_and(|name| nullable.contains(&name));
            if let Some(object) = schema.as_object_mut() {
                if leads_there {
                    object.insert("nullable".to_owned(), json!(true));
                    wrap_reference(object);
                }
                nullable_out_of_members(object);
            }
        });
    }
}

fn resolve<'a>(schema: &'a Value, known: &'a Map<String, Value>) -> &'a Value {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(component)
        .and_then(|name| known.get(&name))
        .unwrap_or(schema)
}

fn is_only_null(schema: &Value) -> bool {
    let nulls = |values: &Vec<Value>| !values.is_empty() && values.iter().all(Value::is_null);
    let object = schema.as_object();
    // `{nullable: true}` allows anything else as well, but beside another alternative it is written for null.
    let is_bare = object.is_some_and(|object| object.keys().all(|key| is_annotation(key)));
    schema["type"] == "null"
        || is_bare && is(schema, "nullable")
        || schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(nulls)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    const E: &str = "#/components/schemas/E";
    const N: &str = "#/components/schemas/N";

    /// A property of an object, lowered in a document with an enum `E`, a null enum `Null` and a
    /// nullable `N`.
    fn lowered(property: Value) -> Value {
        let mut document = json!({"components": {"schemas": {
            "E": {"type": "string", "enum": ["a", "b"]},
            "Null": {"enum": [null]},
            "N": {"type": "object", "nullable": true, "properties": {"x": {"type": "string"}}},
            "O": {"type": "object", "properties": {"p": property}},
        }}});
        super::lower(&mut document).unwrap();
        let schemas = &mut document["components"]["schemas"];
        assert_eq!(schemas["N"].get("nullable"), None);
        schemas["O"]["properties"]["p"].take()
    }

    #[test]
    fn one_of_a_type_and_a_null_enum_is_that_type_or_null() {
        for nothing in [
            json!({"$ref": "#/components/schemas/Null"}),
            json!({"enum": [null]}),
            json!({"type": "null"}),
            json!({"nullable": true}),
        ] {
            for key in ["oneOf", "anyOf"] {
                let property = json!({"readOnly": true, key: [{"$ref": E}, nothing]});
                let expected = json!({"readOnly": true, "nullable": true, "allOf": [{"$ref": E}]});
                assert_eq!(lowered(property), expected);
            }
        }
    }

    #[test]
    fn one_of_a_plain_type_and_null_is_that_type_or_null() {
        let property =
            json!({"description": "d", "oneOf": [{"type": "integer"}, {"enum": [null]}]});
        let expected = json!({"description": "d", "type": "integer", "nullable": true});
        assert_eq!(lowered(property), expected);
    }

    #[test]
    fn null_among_the_values_of_an_enum_is_nullable() {
        assert_eq!(
            lowered(json!({"type": "string", "enum": ["a", null]})),
            json!({"type": "string", "enum": ["a"], "nullable": true})
        );
    }

    #[test]
    fn annotations_beside_a_reference_are_kept() {
        assert_eq!(
            lowered(json!({"$ref": E, "nullable": true, "description": "d", "type": "string"})),
            json!({"allOf": [{"$ref": E}], "nullable": true, "description": "d"})
        );
        assert_eq!(lowered(json!({"allOf": [{"$ref": E}]})), json!({"$ref": E}));
        assert_eq!(
            lowered(json!({"type": "string", "nullable": true, "allOf": [{"$ref": E}]})),
            json!({"nullable": true, "allOf": [{"$ref": E}]})
        );
    }

    #[test]
    fn a_nullable_component_is_nullable_where_it_is_used() {
        assert_eq!(
            lowered(json!({"$ref": N})),
            json!({"allOf": [{"$ref": N}], "nullable": true})
        );
        assert_eq!(
            lowered(json!({"type": "array", "items": {"$ref": N}})),
            json!({"type": "array", "items": {"allOf": [{"$ref": N}], "nullable": true}})
        );
        assert_eq!(
            lowered(json!({"oneOf": [{"$ref": N}, {"type": "string"}]})),
            json!({"oneOf": [{"$ref": N}, {"type": "string"}], "nullable": true})
        );
    }

    #[test]
    fn a_parameter_is_never_null() {
        let parameter = |schema| json!({"name": "p", "in": "query", "schema": schema});
        let mut document = json!({
            "paths": {"/x": {"get": {"parameters": [
                parameter(json!({"type": "integer", "nullable": true})),
                parameter(json!({"type": "string", "enum": ["a", null]})),
                parameter(json!({"$ref": N})),
            ]}}},
            "components": {"schemas": {"N": {"type": "string", "enum": ["a", null]}}},
        });
        super::lower(&mut document).unwrap();
        let parameters = &document["paths"]["/x"]["get"]["parameters"];
        assert_eq!(parameters[0]["schema"], json!({"type": "integer"}));
        assert_eq!(
            parameters[1]["schema"],
            json!({"type": "string", "enum": ["a"]})
        );
        assert_eq!(parameters[2]["schema"], json!({"$ref": N}));
    }

    #[test]
    fn alternatives_without_null_stay() {
        let property = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
        assert_eq!(lowered(property.clone()), property);
    }
}
