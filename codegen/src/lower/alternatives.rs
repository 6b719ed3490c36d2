//! `oneOf` and `anyOf` that describe one type.

use serde_json::{Map, Value, json};

use super::schema::{component, composed, is, is_annotation};
use super::walk;
use crate::error::Error;
use crate::prose::code;

/// Progenitor makes an untagged enum of a `oneOf`, of which the first variant that fits wins, and a struct
/// of flattened members of an `anyOf`, which can only hold objects. This pass leaves it neither where the
/// alternatives are one type:
///
/// - Groups of `required` properties of one object are that object.
/// - Strings, among them at least one enum, are one enum: enums are open, and hold any other string.
/// - Of other scalars of one type in an `anyOf`, the type itself stays.
/// - Anything, beside whatever else, is anything.
///
/// `not` says which values there are not, which the server checks: progenitor takes few of them, and leaves
/// out the properties that some others name.
///
/// An `anyOf` of anything but objects becomes a `oneOf`. Alternatives of null are left to the pass `nulls`,
/// which comes next.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let known = composed(document);
    walk::schemas(document, |schema| {
        groups(schema, &known);
        if let Some(object) = schema.as_object_mut() {
            object.remove("not");
            for key in ["oneOf", "anyOf"] {
                alternatives(object, key, &known);
            }
        }
    });
    Ok(())
}

/// The alternatives may only say which properties of the schema are there together.
fn groups(schema: &mut Value, known: &Map<String, Value>) {
    for key in ["oneOf", "anyOf"] {
        let Some(members) = schema.get(key).and_then(Value::as_array) else {
            continue;
        };
        let own = own_properties(schema, known);
        if members.is_empty() || !members.iter().all(|member| is_group(member, &own)) {
            continue;
        }
        let groups: Vec<Vec<&str>> = members.iter().map(required).collect();
        let in_all = |name: &&str| groups.iter().all(|group| group.contains(name));
        let always: Vec<Value> = groups[0]
            .iter()
            .copied()
            .filter(in_all)
            .map(Value::from)
            .collect();
        let listed: Vec<_> = groups
            .iter()
            .filter(|group| !group.is_empty())
            .map(|group| {
                let names: Vec<_> = group.iter().map(|name| code(name)).collect();
                names.join(" and ")
            })
            .collect();
        let which = if key == "oneOf" {
            "Exactly one"
        } else {
            "At least one"
        };
        let sentence = format!("{which} of these is set: {}.", listed.join("; "));
        if listed.len() > 1 {
            walk::describe(schema, &sentence);
        }
        if let Some(object) = schema.as_object_mut() {
            object.remove(key);
            if !always.is_empty() {
                let required = object.entry("required").or_insert_with(|| json!([]));
                let required = required.as_array_mut().into_iter();
                required.for_each(|required| {
                    let new = always.iter().filter(|name| !required.contains(name));
                    let new: Vec<_> = new.cloned().collect();
                    required.extend(new);
                });
            }
        }
    }
}

/// Whether a schema describes no property that is not among the `own`.
fn is_group(member: &Value, own: &[&str]) -> bool {
    let is_own = |name: &String| own.contains(&name.as_str());
    member.as_object().is_some_and(|member| {
        member.contains_key("required")
            && member.iter().all(|(key, value)| match key.as_str() {
                "required" | "title" => true,
                "type" => value == "object",
                "properties" => value.as_object().is_some_and(|p| p.keys().all(is_own)),
                key => is_annotation(key),
            })
    })
}

/// The names of the properties of `schema`, and of what it is composed of.
fn own_properties<'a>(schema: &'a Value, known: &'a Map<String, Value>) -> Vec<&'a str> {
    let (mut names, mut open, mut seen) = (Vec::new(), vec![schema], Vec::new());
    while let Some(schema) = open.pop() {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            if !seen.contains(&reference) {
                seen.push(reference);
                open.extend(component(reference).and_then(|name| known.get(&name)));
            }
            continue;
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        names.extend(
            properties
                .into_iter()
                .flat_map(Map::keys)
                .map(String::as_str),
        );
        let members = schema.get("allOf").and_then(Value::as_array);
        open.extend(members.into_iter().flatten());
    }
    names
}

fn required(schema: &Value) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn alternatives(schema: &mut Map<String, Value>, key: &str, known: &Map<String, Value>) {
    let Some(Value::Array(members)) = schema.get_mut(key) else {
        return;
    };
    if members
        .iter()
        .any(|member| is_anything(resolved(member, known)))
    {
        schema.remove(key);
        return;
    }
    for kind in ["string", "number", "boolean"] {
        let is_of_kind = |member: &Value| kind_of(resolved(member, known)) == Some(kind);
        let (of_kind, others): (Vec<_>, Vec<_>) = members
            .iter()
            .cloned()
            .partition(|member| is_of_kind(member));
        let has_enum = || {
            let mut of_kind = of_kind.iter();
            kind == "string" && of_kind.any(|member| resolved(member, known).get("enum").is_some())
        };
        if of_kind.len() < 2 || key == "oneOf" && !has_enum() {
            continue;
        }
        let mut merged = vec![merge(&of_kind, kind, known)];
        merged.extend(others);
        *members = merged;
    }
    let is_object = |member: &Value| {
        let member = resolved(member, known);
        let is_composed = ["allOf", "oneOf", "anyOf"]
            .iter()
            .any(|key| member.get(key).is_some());
        is_composed || member["type"] == "object" || member.get("properties").is_some()
    };
    let has_others = !members.iter().all(is_object);
    let to = match members.len() {
        1 => "allOf",
        _ if has_others => "oneOf",
        _ => return,
    };
    if !schema.contains_key(to)
        && let Some(members) = schema.remove(key)
    {
        schema.insert(to.to_owned(), members);
    }
}

/// One schema for all values of `members`, which are scalars of this kind.
fn merge(members: &[Value], kind: &str, known: &Map<String, Value>) -> Value {
    let mut values: Vec<Value> = Vec::new();
    let mut nullable = false;
    let mut only_integers = true;
    for member in members {
        let member = resolved(member, known);
        nullable |= is(member, "nullable");
        only_integers &= member["type"] == "integer";
        let of_member = member.get("enum").and_then(Value::as_array);
        for value in of_member.into_iter().flatten() {
            nullable |= value.is_null();
            if value.is_string() && !values.contains(value) {
                values.push(value.clone());
            }
        }
    }
    let ty = match kind {
        "number" if only_integers => "integer",
        kind => kind,
    };
    let mut merged = json!({"type": ty});
    if !values.is_empty() {
        merged["enum"] = Value::Array(values);
    }
    if nullable {
        merged["nullable"] = json!(true);
    }
    merged
}

/// The kind of a scalar. Every integer is a number.
fn kind_of(schema: &Value) -> Option<&'static str> {
    let is_text = |value: &Value| value.is_string() || value.is_null();
    let values = schema.get("enum").and_then(Value::as_array);
    match (schema.get("type").and_then(Value::as_str), values) {
        (Some("string"), _) if schema["format"] != "binary" => Some("string"),
        (Some("integer" | "number"), _) => Some("number"),
        (Some("boolean"), _) => Some("boolean"),
        (None, Some(values))
            if values.iter().all(is_text) && values.iter().any(Value::is_string) =>
        {
            Some("string")
        }
        _ => None,
    }
}

/// Whether the schema allows any JSON. `{nullable: true}` is a spelling of null.
fn is_anything(schema: &Value) -> bool {
    let object = schema.as_object();
    object.is_some_and(|object| {
        object
            .keys()
            .all(|key| is_annotation(key) || key == "title")
    }) && !is(schema, "nullable")
}

/// The schema at the end of a chain of references.
fn resolved<'a>(mut schema: &'a Value, known: &'a Map<String, Value>) -> &'a Value {
    // Longer chains are circular.
    for _ in 0..16 {
        let reference = schema.get("$ref").and_then(Value::as_str);
        match reference
            .and_then(component)
            .and_then(|name| known.get(&name))
        {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    /// A property of an object, lowered in a document with some components.
    fn lowered(property: Value) -> Value {
        let mut document = json!({"components": {"schemas": {
            "E": {"type": "string", "enum": ["a", "b"]},
            "Blank": {"enum": [""]},
            "Object": {"type": "object", "properties": {"x": {"type": "string"}}},
            "Any": {"description": "Any JSON."},
            "Holder": {"type": "object", "properties": {"p": property}},
        }}});
        super::lower(&mut document).unwrap();
        document["components"]["schemas"]["Holder"]["properties"]["p"].take()
    }

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    #[test]
    fn an_enum_or_any_other_string_is_the_enum() {
        let merged = json!({"type": "string", "enum": ["a", "b"]});
        let text = json!({"type": "string"});
        for key in ["oneOf", "anyOf"] {
            for members in [json!([reference("E"), text]), json!([text, reference("E")])] {
                assert_eq!(lowered(json!({key: members})), json!({"allOf": [merged]}));
            }
            let members = json!([reference("E"), reference("Blank")]);
            let all = json!({"type": "string", "enum": ["a", "b", ""]});
            assert_eq!(lowered(json!({key: members})), json!({"allOf": [all]}));
            let members = json!([reference("E"), text, {"type": "integer"}]);
            let expected = json!({"oneOf": [merged, {"type": "integer"}]});
            assert_eq!(lowered(json!({key: members})), expected);
        }
        let or_null = json!({"type": "string", "enum": ["a", null]});
        let merged = json!({"type": "string", "enum": ["a"], "nullable": true});
        let property = json!({"anyOf": [or_null, text]});
        assert_eq!(lowered(property), json!({"allOf": [merged]}));
    }

    #[test]
    fn scalars_of_one_type_are_the_type() {
        let uuid = json!({"type": "string", "format": "uuid"});
        let mail = json!({"type": "string", "format": "email"});
        let property = json!({"anyOf": [uuid, mail]});
        assert_eq!(lowered(property), json!({"allOf": [{"type": "string"}]}));
        let property = json!({"anyOf": [{"type": "integer"}, {"type": "number"}]});
        assert_eq!(lowered(property), json!({"allOf": [{"type": "number"}]}));
        // Each value fits one of these, and the enum of them knows which.
        let property = json!({"oneOf": [uuid, mail]});
        assert_eq!(lowered(property.clone()), property);
    }

    #[test]
    fn anything_beside_something_is_anything() {
        for anything in [json!({}), reference("Any")] {
            let property = json!({"description": "d", "oneOf": [reference("Object"), anything]});
            assert_eq!(lowered(property), json!({"description": "d"}));
        }
        let null = json!({"anyOf": [reference("Object"), {"nullable": true}]});
        assert!(lowered(null).get("oneOf").is_some());
    }

    #[test]
    fn any_of_some_lists_is_one_of_them() {
        let members = json!([
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"type": "integer"}},
        ]);
        assert_eq!(
            lowered(json!({"anyOf": members})),
            json!({"oneOf": members})
        );
        let objects = json!({"anyOf": [reference("Object"), {"type": "object", "properties": {}}]});
        assert_eq!(lowered(objects.clone()), objects);
    }

    #[test]
    fn what_is_excluded_is_left_to_the_server() {
        let property = json!({"not": {"required": ["a"]}, "properties": {"a": {"not": {}}}});
        assert_eq!(lowered(property), json!({"properties": {"a": {}}}));
    }

    #[test]
    fn groups_of_required_properties_are_one_object() {
        let properties = json!({"a": {}, "b": {}, "c": {}});
        let object = |key: &str, groups: Value| {
            lowered(json!({"type": "object", "properties": properties, key: groups}))
        };
        let lowered = object("oneOf", json!([{"required": ["a"]}, {"required": ["b"]}]));
        assert_eq!(
            lowered,
            json!({"type": "object", "properties": properties,
                "description": "Exactly one of these is set: `a`; `b`."})
        );
        let lowered = object(
            "anyOf",
            json!([
                {"required": ["c", "a"]},
                {"required": ["c", "b"], "not": {"required": ["a"]}, "properties": {"b": {"minLength": 1}}},
            ]),
        );
        assert_eq!(lowered["required"], json!(["c"]));
        assert_eq!(
            lowered["description"],
            "At least one of these is set: `c` and `a`; `c` and `b`."
        );
        // These add properties.
        let more = json!([
            {"required": ["a"]},
            {"required": ["d"], "properties": {"d": {"type": "string"}}},
        ]);
        assert_eq!(object("oneOf", more.clone())["oneOf"], more);
    }
}
