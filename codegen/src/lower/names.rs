//! Names of types, from the keys of component schemas; and a check that no two properties share a
//! field.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::{Map, Value, json};

use super::schema::{self, X_SCHEMA, component, components, components_mut};
use super::walk;
use crate::document::is_free_form;
use crate::error::Error;

/// Types that typify uses without a path.
const TAKEN: [&str; 1] = ["String"];

/// The key of a component schema becomes the name of its type: namespaces (`acme.v1.`) are removed,
/// also inside a name, and the rest is in PascalCase. Names that would clash keep their namespaces,
/// and if they still clash, the document is refused. Progenitor would keep the namespaces, and
/// silently let one type replace another.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let names = type_names(components(document).keys())?;
    let schemas = components_mut(document).map(std::mem::take);
    let renamed = schemas
        .into_iter()
        .flatten()
        .filter_map(|(key, mut schema)| {
            let name = names.get(&key)?;
            schema
                .as_object_mut()?
                .insert(X_SCHEMA.to_owned(), json!(key));
            Some((name.clone(), schema))
        })
        .collect();
    schema::set_components(document, renamed);
    walk::schemas(document, |schema| {
        if let Some(schema) = schema.as_object_mut() {
            // Progenitor would use it as the name of the type.
            schema.remove("title");
        }
    });
    rename_references(document, &names);
    Ok(())
}

/// `name` as progenitor spells the name of a type, so that it keeps it unchanged.
pub fn type_name(name: &str) -> String {
    let spelled = |name: &str| identifier(&words(name).to_upper_camel_case(), "X");
    let mut name = spelled(name);
    // `a.v1.Part` becomes `AV1Part`, and that `Av1Part`.
    loop {
        let again = spelled(&name);
        if again == name {
            return name;
        }
        name = again;
    }
}

/// `name` as progenitor spells the name of a field.
pub fn field_name(name: &str) -> String {
    identifier(&words(name).to_snake_case(), "x")
}

fn words(name: &str) -> String {
    let part_of_word = |c: char| c == '_' || c.is_alphanumeric();
    let words = name.replace('\'', "");
    words.replace(|c| !part_of_word(c), "-")
}

fn identifier(name: &str, prefix: &str) -> String {
    let mut name = name.to_owned();
    if !name.starts_with(char::is_alphabetic) {
        name.insert_str(0, prefix);
    }
    if syn::parse_str::<syn::Ident>(&name).is_err() {
        name.push('_');
    }
    name
}

fn type_names<'a>(
    keys: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, String>, Error> {
    let keys: BTreeSet<&String> = keys.collect();
    let mut namespaces: Vec<&str> = keys.iter().filter_map(|key| namespace(key)).collect();
    // Longest first: `a.b.` before `a.`.
    namespaces.sort_by_key(|namespace| std::cmp::Reverse((namespace.len(), *namespace)));
    namespaces.dedup();

    let mut by_short_name = BTreeMap::<String, Vec<&String>>::new();
    for key in keys {
        let short = namespaces
            .iter()
            .fold(key.clone(), |name, namespace| name.replace(namespace, ""));
        by_short_name
            .entry(type_name(&short))
            .or_default()
            .push(key);
    }
    let mut taken = BTreeMap::<String, &String>::new();
    for (short, keys) in by_short_name {
        for key in &keys {
            let name = match keys.as_slice() {
                [_] => short.clone(),
                _ => type_name(key),
            };
            if TAKEN.contains(&name.as_str()) {
                return Err(Error::at(
                    format!("components.schemas.{key}"),
                    format!(
                        "the type would be called `{name}`, which generated code means another type by: \
                         rename the schema in the document"
                    ),
                ));
            }
            if let Some(other) = taken.insert(name.clone(), key) {
                return Err(Error::at(
                    format!("components.schemas.{key}"),
                    format!(
                        "the type would be called `{name}`, as that of the schema `{other}`: \
                         rename one of the two in the document"
                    ),
                ));
            }
        }
    }
    Ok(taken
        .into_iter()
        .map(|(name, key)| (key.clone(), name))
        .collect())
}

/// The dotted lower-case prefix of a name, such as `acme.v1.`.
fn namespace(key: &str) -> Option<&str> {
    let mut end = 0;
    for (dot, _) in key.match_indices('.') {
        let part = &key[end..dot];
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !part.starts_with(|c: char| c.is_ascii_lowercase()) || !part.chars().all(lower) {
            break;
        }
        end = dot + 1;
    }
    (end > 0 && end < key.len()).then_some(&key[..end])
}

/// Progenitor gives two properties that differ only in case or punctuation the same field. Every object
/// with properties is a component at this point.
pub fn fields(document: &mut Value) -> Result<(), Error> {
    for (component, schema) in components(document) {
        let mut taken = BTreeMap::new();
        // Progenitor keeps additional properties in a field of that name.
        if schema["additionalProperties"].is_object() {
            taken.insert("extra".to_owned(), "additionalProperties".to_owned());
        }
        let properties = schema["properties"].as_object();
        for name in properties.into_iter().flat_map(Map::keys) {
            if let Some(other) = taken.insert(field_name(name), name.clone()) {
                return Err(Error::at(
                    format!("components.schemas.{component}"),
                    format!(
                        "the properties `{other}` and `{name}` would both be the field `{}`, which is \
                         not supported",
                        field_name(name)
                    ),
                ));
            }
        }
    }
    Ok(())
}

pub fn rename_references(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if let (Value::String(reference), "$ref") = (&*value, key.as_str()) {
                    if let Some(name) = component(reference).and_then(|key| names.get(&key)) {
                        *value = schema::reference(name)["$ref"].take();
                    }
                } else if key == "properties" {
                    // Its keys are names, even `example`.
                    walk::each(value, |schema| rename_references(schema, names));
                } else if key.starts_with("x-ultravox-") || !is_free_form(key) {
                    rename_references(value, names);
                }
            }
        }
        Value::Array(array) => array
            .iter_mut()
            .for_each(|value| rename_references(value, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{field_name, type_name};

    fn named(schemas: Value) -> Value {
        let mut document = json!({"components": {"schemas": schemas}});
        super::lower(&mut document).unwrap();
        document["components"]["schemas"].take()
    }

    fn names(keys: &[&str]) -> Vec<String> {
        let schemas = keys
            .iter()
            .map(|key| (key.to_string(), json!({})))
            .collect();
        let named = named(Value::Object(schemas));
        let mut names: Vec<_> = named
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, schema)| {
                format!("{} {name}", schema["x-ultravox-schema"].as_str().unwrap())
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn namespaces_are_removed_at_the_start_and_inside() {
        assert_eq!(
            names(&[
                "acme.v1.Door_KeyHole",
                "Listofacme.v1.Doors",
                "google.type.Date",
                "plain"
            ]),
            [
                "Listofacme.v1.Doors ListofDoors",
                "acme.v1.Door_KeyHole DoorKeyHole",
                "google.type.Date Date",
                "plain Plain",
            ]
        );
    }

    #[test]
    fn names_that_would_clash_keep_their_namespace() {
        assert_eq!(
            names(&["Door", "acme.v1.Door", "acme.v2.Door", "acme.v2.Wall"]),
            [
                "Door Door",
                "acme.v1.Door AcmeV1Door",
                "acme.v2.Door AcmeV2Door",
                "acme.v2.Wall Wall",
            ]
        );
    }

    #[test]
    fn a_name_is_one_that_progenitor_keeps() {
        assert_eq!(
            names(&["Door", "a.v1.Door", "b.v1.DoorID"]),
            ["Door Door", "a.v1.Door Av1Door", "b.v1.DoorID DoorId"]
        );
    }

    #[test]
    fn names_that_still_clash_are_refused() {
        for (keys, name) in [
            (["door_key", "DoorKey"], "`DoorKey`"),
            (["acme.v1.Door", "AcmeV1.Door"], "`AcmeV1Door`"),
        ] {
            let mut schemas = json!({"acme.v2.Door": {}});
            for key in keys {
                schemas[key] = json!({});
            }
            let mut document = json!({"components": {"schemas": schemas}});
            let error = super::lower(&mut document).unwrap_err().to_string();
            for part in keys.iter().chain([&name, &"components.schemas."]) {
                assert!(error.contains(part), "{error}");
            }
        }
    }

    #[test]
    fn references_follow_and_data_does_not() {
        let reference = json!({"$ref": "#/components/schemas/a.v1.B~1c"});
        let schemas = named(json!({
            "a.v1.B/c": {"type": "string", "title": "Something"},
            "a.v1.D": {"properties": {"example": reference, "x": {"example": reference}}},
        }));
        let renamed = json!({"$ref": "#/components/schemas/Bc"});
        assert_eq!(schemas["D"]["properties"]["example"], renamed);
        assert_eq!(schemas["D"]["properties"]["x"]["example"], reference);
        assert_eq!(schemas["Bc"].get("title"), None);
    }

    #[test]
    fn every_name_is_an_identifier() {
        for (name, expected) in [
            ("3d_model", "X3dModel"),
            ("self", "Self_"),
            ("HTTPTool", "HttpTool"),
            ("it's", "Its"),
            ("-", "X"),
        ] {
            assert_eq!(type_name(name), expected);
        }
        for (name, expected) in [
            ("type", "type_"),
            ("self", "self_"),
            ("2fa", "x2fa"),
            ("@id", "id"),
            ("fooBar", "foo_bar"),
            ("", "x"),
        ] {
            assert_eq!(field_name(name), expected);
        }
    }

    fn refused(schema: Value) -> String {
        let mut document = json!({"components": {"schemas": {"O": schema}}});
        super::fields(&mut document).unwrap_err().to_string()
    }

    #[test]
    fn properties_that_would_share_a_field_are_refused() {
        let error = refused(json!({"properties": {"fooBar": {}, "foo_bar": {}}}));
        assert!(error.starts_with("components.schemas.O: "), "{error}");
        assert!(error.contains("`fooBar` and `foo_bar`"), "{error}");
        let error = refused(json!({
            "properties": {"extra": {"type": "string"}},
            "additionalProperties": {"type": "string"},
        }));
        assert!(error.contains("the field `extra`"), "{error}");
    }
}
