//! Reads the generated types from progenitor's code and the lowered document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use syn::{Attribute, Fields, Item, ItemStruct, Lit, Meta};

use super::rust::{argument, map_value, shape, text};
use super::{Enum, Field, Kind, Presence, Type, Union, Variant};
use crate::error::Error;
use crate::lower::directions::X_RECEIVED_AS;
use crate::lower::enums::X_ENUM;
use crate::lower::limits::X_LIMITS;
use crate::lower::schema::{X_SCHEMA, target};
use crate::lower::unions::{self, X_BOXED, X_TAG, X_UNION};
use crate::variants::{variants, variants_beside};

/// The structs and enums in progenitor's module `types`.
pub fn types(
    items: &[Item],
    schemas: &Map<String, Value>,
) -> Result<BTreeMap<String, Type>, Error> {
    let mut types = BTreeMap::new();
    let mut code = super::code::of(items);
    for item in items {
        let schema_of = |name: &syn::Ident| schemas.get(&name.to_string()).unwrap_or(&Value::Null);
        let (ident, kind) = match item {
            Item::Struct(item) => (&item.ident, structure(item, schema_of(&item.ident))?),
            Item::Enum(item) if item.variants.is_empty() => {
                let location = format!("components.schemas.{}", item.ident);
                return Err(Error::at(location, "no value can match all of the schema"));
            }
            Item::Enum(item) => (&item.ident, Kind::OneOf),
            _ => continue,
        };
        let (name, schema) = (ident.to_string(), schema_of(ident));
        types.insert(
            name.clone(),
            Type {
                schema: schema[X_SCHEMA].as_str().map(str::to_owned),
                received_as: schema[X_RECEIVED_AS].as_str().map(str::to_owned),
                kind,
                code: code.remove(&name).unwrap_or_default(),
                name,
            },
        );
    }
    Ok(types)
}

fn structure(item: &ItemStruct, schema: &Value) -> Result<Kind, Error> {
    match &item.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let ty = &fields.unnamed[0].ty;
            Ok(Kind::Wrapper(text(ty), shape(ty)))
        }
        Fields::Named(fields) => fields
            .named
            .iter()
            .map(|field| {
                let read = self::field(field, schema).ok_or_else(|| unknown(item))?;
                // Progenitor's code would send null for an absent value.
                if argument(&field.ty, "Box").is_some_and(|ty| argument(ty, "Option").is_some()) {
                    let reason = format!(
                        "the property `{}` refers back to its own schema, which other schemas have as an \
                         optional property as well; this is not supported",
                        read.wire
                    );
                    return Err(Error::at(
                        format!("components.schemas.{}", item.ident),
                        reason,
                    ));
                }
                Ok(read)
            })
            .collect::<Result<_, _>>()
            .map(Kind::Struct),
        Fields::Unit => Ok(Kind::Struct(Vec::new())),
        Fields::Unnamed(_) => Err(unknown(item)),
    }
}

fn unknown(item: &ItemStruct) -> Error {
    Error::at(
        format!("components.schemas.{}", item.ident),
        "progenitor generated a type for it that the generator does not recognize",
    )
}

fn field(field: &syn::Field, schema: &Value) -> Option<Field> {
    let name = field.ident.as_ref()?.to_string();
    let serde = Serde::of(&field.attrs);
    // Without the `r#` of a raw identifier.
    let plain = name.strip_prefix("r#").unwrap_or(&name);
    let mut wire = serde.rename.unwrap_or_else(|| plain.to_owned());
    let (mut presence, mut ty) = (Presence::Required, &field.ty);
    if let Some(inner) = argument(ty, "Option") {
        presence = if serde.is_required {
            Presence::Nullable
        } else {
            Presence::Optional
        };
        ty = inner;
    }
    if let Some(inner) = argument(ty, "Patch") {
        (presence, ty) = (Presence::Patch, inner);
    }
    let boxed = argument(ty, "Box");
    let mut ty = boxed.unwrap_or(ty);
    let property = &schema["properties"][&wire];
    let mut limits = limits(property);
    if serde.is_flattened
        && let Some(value) = map_value(ty)
    {
        // They are beside the other properties, and have no name of their own.
        wire.clear();
        (presence, ty) = (Presence::Others, value);
        limits = each(&schema["additionalProperties"]);
    }
    Some(Field {
        name,
        presence,
        ty: text(ty),
        shape: shape(ty),
        boxed: boxed.is_some(),
        docs: docs(&field.attrs),
        deprecated: property["deprecated"] == true,
        limits,
        wire,
    })
}

/// The serde attributes of a field.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    is_required: bool,
    is_flattened: bool,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Self {
        let mut serde = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
            // Attributes of any other form are of no interest.
            let _ = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("flatten") {
                    serde.is_flattened = true;
                } else if meta.path.is_ident("rename") {
                    serde.rename = Some(meta.value()?.parse::<syn::LitStr>()?.value());
                } else if let Ok(value) = meta.value() {
                    serde.is_required |= meta.path.is_ident("deserialize_with");
                    let _: Lit = value.parse()?;
                }
                Ok(())
            });
        }
        serde
    }
}

/// The text of `#[doc]` attributes.
fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let Meta::NameValue(meta) = &attribute.meta else {
            return None;
        };
        let syn::Expr::Lit(value) = &meta.value else {
            return None;
        };
        match &value.lit {
            Lit::Str(text) if meta.path.is_ident("doc") => Some(text.value()),
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The limits of a schema: those of the extension, and those of `items` and `additionalProperties`.
/// References are not followed: types have their own limits.
pub fn limits(schema: &Value) -> Value {
    if !schema.is_object() {
        return Value::Null;
    }
    // The schema of a value that an update can clear is the parameter of `Patch`.
    let rust_type = schema.get("x-rust-type");
    if let Some(inner) = rust_type.and_then(|ty| ty.get("parameters")?.get(0)) {
        return limits(inner);
    }
    if let Some([member]) = schema["allOf"].as_array().map(Vec::as_slice)
        && target(schema).is_none()
    {
        return limits(member);
    }
    let mut found = schema[X_LIMITS].as_object().cloned().unwrap_or_default();
    for key in ["items", "additionalProperties"] {
        let inner = limits(&schema[key]);
        if !inner.is_null() {
            found.insert("each".to_owned(), inner);
        }
    }
    match found.is_empty() {
        true => Value::Null,
        false => json!(found),
    }
}

/// The limits of each value of a map.
fn each(schema: &Value) -> Value {
    match limits(schema) {
        Value::Null => Value::Null,
        limits => json!({"each": limits}),
    }
}

/// The enums of strings, which progenitor does not generate.
pub fn enums(schemas: &Map<String, Value>) -> Result<Vec<Enum>, Error> {
    let mut enums = Vec::new();
    for (name, schema) in schemas {
        // Only the schema of the enum itself has the values.
        let Some(values) = schema[X_ENUM].as_array() else {
            continue;
        };
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        let location = || format!("components.schemas.{name}");
        let names = variants(name, &values).map_err(|reason| Error::at(location(), reason))?;
        enums.push(Enum {
            name: name.clone(),
            schema: match &schema[X_SCHEMA] {
                Value::Array(names) => names.first().and_then(Value::as_str),
                name => name.as_str(),
            }
            .map(str::to_owned),
            variants: names
                .into_iter()
                .zip(values.into_iter().map(str::to_owned))
                .collect(),
            docs: schema["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        });
    }
    enums.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(enums)
}

/// The variant of a union for objects that the document does not describe.
const UNKNOWN_VARIANT: &str = "Unknown";

/// The unions of objects, which progenitor does not generate.
pub fn unions(schemas: &Map<String, Value>) -> Result<Vec<Union>, Error> {
    let mut found = Vec::new();
    for (name, schema) in schemas
        .iter()
        .filter(|(_, schema)| schema.get(X_UNION).is_some())
    {
        let tag = schema[X_UNION]["discriminator"]["propertyName"]
            .as_str()
            .unwrap_or_default();
        let references = || unions::variants(schema);
        let values: Vec<&str> = references()
            .filter_map(|variant| variant[X_TAG].as_str())
            .collect();
        let names = variants_beside(UNKNOWN_VARIANT, name, &values)
            .map_err(|reason| Error::at(format!("components.schemas.{name}"), reason))?;
        let variants = names.into_iter().zip(references()).map(|(name, variant)| {
            let ty = target(variant).unwrap_or_default();
            let has_tag = schemas
                .get(&ty)
                .is_some_and(|ty| ty["properties"].get(tag).is_some());
            Variant {
                name,
                value: variant[X_TAG].as_str().unwrap_or_default().to_owned(),
                boxed: variant[X_BOXED] == true,
                has_tag,
                ty,
            }
        });
        found.push(Union {
            name: name.clone(),
            schema: schema[X_SCHEMA].as_str().map(str::to_owned),
            tag: tag.to_owned(),
            variants: variants.collect(),
            docs: schema["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
