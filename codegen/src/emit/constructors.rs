//! Emits constructors other than `new`: those of a table, and one for each property of an object that has
//! exactly one of them.

use std::fmt::Write;

use super::types::{in_order, names};
use super::{attributes, setter_docs, takes};
use crate::idents;
use crate::ir::{Api, Field, Kind, Presence, Type};

/// Constructors in addition to `new`: the published name of the schema, the constructor, and the
/// properties that it takes. They are for properties that the document does not require although a
/// value is useless without them, and for objects that have one of several properties.
/// `in_{location}` is a constructor for each value of the enum `location`, such as `in_body`.
const CONSTRUCTORS: [(&str, &str, &[&str]); 11] = [
    (
        "ultravox.v1.AutomaticParameter",
        "in_{location}",
        &["name", "knownValue"],
    ),
    (
        "ultravox.v1.BaseHttpToolDetails",
        "request",
        &["httpMethod", "baseUrlPattern"],
    ),
    (
        "ultravox.v1.BaseToolDefinition",
        "for_client",
        &["modelToolName", "client"],
    ),
    (
        "ultravox.v1.BaseToolDefinition",
        "for_data_connection",
        &["modelToolName", "dataConnection"],
    ),
    (
        "ultravox.v1.BaseToolDefinition",
        "for_http",
        &["modelToolName", "http"],
    ),
    (
        "ultravox.v1.DynamicParameter",
        "in_{location}",
        &["name", "schema"],
    ),
    ("ultravox.v1.SelectedTool", "named", &["toolName"]),
    ("ultravox.v1.SelectedTool", "temporary", &["temporaryTool"]),
    ("ultravox.v1.SelectedTool", "with_id", &["toolId"]),
    (
        "ultravox.v1.StaticParameter",
        "in_{location}",
        &["name", "value"],
    ),
    (
        "ultravox.v1.TimedMessage",
        "after",
        &["duration", "message"],
    ),
];

/// Schemas whose values have exactly one property, which is an object: there is a constructor for each
/// property, of the same name, and the object converts into the whole.
const ALTERNATIVES: [&str; 3] = [
    "ultravox.v1.CallMedium",
    "ultravox.v1.ExternalVoice",
    "ultravox.v1.FirstSpeakerSettings",
];

/// Whether values of the type have exactly one of its fields.
pub fn is_one_of(ty: &Type, fields: &[Field]) -> bool {
    let is_listed = |listed: &&str| ty.schema.as_deref() == Some(*listed);
    ALTERNATIVES.iter().any(is_listed)
        && fields
            .iter()
            .all(|field| field.presence != Presence::Required && names(&field.ty).next().is_some())
}

/// The fields of an object that has exactly one of them, each with the name of its type and the required
/// fields of that.
pub fn alternatives<'a>(
    fields: &'a [Field],
    api: &'a Api,
) -> impl Iterator<Item = (&'a Field, &'a str, Vec<&'a Field>)> {
    fields.iter().filter_map(|field| {
        let inner = names(&field.ty).next()?;
        let fields = api.fields(inner).unwrap_or_default().iter();
        let required = fields.filter(|field| field.presence == Presence::Required);
        Some((field, inner, in_order(required)))
    })
}

/// A constructor for each property of an object that has exactly one, with the required fields of the
/// property as arguments.
pub fn constructors(ty: &Type, fields: &[Field], api: &Api, text: &mut String) {
    let name = &ty.name;
    for (field, inner, required) in alternatives(fields, api) {
        let mut arguments = String::new();
        for argument in required {
            let _ = write!(
                arguments,
                "{}: {}, ",
                argument.name,
                takes(&argument.shape, &argument.ty)
            );
        }
        let docs = attributes(&setter_docs(&field.docs, &field.wire), field.deprecated);
        let holds = match field.presence {
            Presence::Patch => "set",
            _ => "some",
        };
        let _ = writeln!(
            text,
            "alternative! {{ {docs}{name} {} {holds} {inner}({arguments}) }}",
            field.name
        );
    }
}

/// A constructor of the table.
pub struct Constructor<'a> {
    pub name: String,
    /// The fields that it sets, of which some are arguments.
    taken: Vec<&'a Field>,
    /// A field that it sets to a variant, and the value of that.
    set: Option<(&'a Field, &'a str, &'a str)>,
}

impl<'a> Constructor<'a> {
    /// The fields that are arguments.
    pub fn arguments(&self, api: &Api) -> impl Iterator<Item = &'a Field> {
        self.taken
            .iter()
            .copied()
            .filter(|field| !is_wrapper(field, api))
    }
}

/// Whether the type of a field is a wrapper, which has no required fields, and needs no argument.
fn is_wrapper(field: &Field, api: &Api) -> bool {
    let inner = names(&field.ty)
        .next()
        .and_then(|inner| api.types.get(inner));
    matches!(inner.map(|inner| &inner.kind), Some(Kind::Wrapper(..)))
}

/// The constructors of the table, except those whose properties the document no longer has.
pub fn named_constructors<'a>(
    ty: &Type,
    fields: &'a [Field],
    api: &'a Api,
) -> Vec<Constructor<'a>> {
    let mut found = Vec::new();
    let listed = CONSTRUCTORS
        .iter()
        .filter(|(schema, ..)| ty.schema.as_deref() == Some(*schema));
    for (_, constructor, properties) in listed {
        let field = |wire: &str| fields.iter().find(|field| field.wire == wire);
        let taken: Option<Vec<_>> = properties.iter().map(|wire| field(wire)).collect();
        let Some(taken) = taken else {
            continue;
        };
        let each = constructor
            .split_once('{')
            .and_then(|(start, property)| Some((start, field(property.strip_suffix('}')?)?)));
        let Some((start, chosen)) = each else {
            found.push(Constructor {
                name: (*constructor).to_owned(),
                taken,
                set: None,
            });
            continue;
        };
        let of = api
            .enums
            .iter()
            .find(|of| names(&chosen.ty).any(|ty| ty == of.name));
        for (variant, value) in of.into_iter().flat_map(|of| &of.variants) {
            if variant != "Unspecified" {
                found.push(Constructor {
                    name: idents::method(&format!("{start}{variant}")),
                    taken: taken.clone(),
                    set: Some((chosen, variant.as_str(), value.as_str())),
                });
            }
        }
    }
    found
}

pub fn constructor_of(ty: &Type, constructor: &Constructor<'_>, api: &Api, text: &mut String) {
    let Constructor { name, taken, set } = constructor;
    let wires: Vec<_> = taken
        .iter()
        .map(|field| format!("`{}`", field.wire))
        .collect();
    let mut docs = format!("A value with {}", wires.join(" and "));
    let (mut arguments, mut values) = (String::new(), String::new());
    if let Some((field, variant, value)) = set {
        // Writing to a string cannot fail.
        let _ = write!(docs, ", and with `{value}` as its `{}`", field.wire);
        let _ = write!(values, "{}: {}::{variant}, ", field.name, field.ty);
    }
    docs.push('.');
    for field in taken {
        let _ = match is_wrapper(field, api) {
            true => write!(values, "{}: {}::new(), ", field.name, field.ty),
            false => {
                let takes = takes(&field.shape, &field.ty);
                write!(arguments, "{}: {takes}, ", field.name)
            }
        };
    }
    let docs = attributes(&docs, taken.iter().any(|field| field.deprecated));
    let _ = writeln!(
        text,
        "constructor! {{ {docs}{} {name}({arguments}) {{ {values}}} }}",
        ty.name
    );
}

#[cfg(test)]
mod tests {
    use crate::emit::types::tests::{A_FOR_B, lines};

    #[test]
    fn listed_schemas_have_a_constructor_for_each_alternative() {
        let schemas = "{B: {type: object, properties: {medium: {$ref: '#/components/schemas/ultravox.v1.CallMedium'}}}, \
            A: {type: object, properties: {medium: {$ref: '#/components/schemas/ultravox.v1.CallMedium'}}}, \
            ultravox.v1.CallMedium: {type: object, properties: {\
            sip: {$ref: '#/components/schemas/Sip'}, web: {$ref: '#/components/schemas/Web'}}}, \
            Sip: {type: object, required: [to], properties: {to: {type: string}}}, \
            Web: {type: object, properties: {rate: {type: integer}}}}";
        let found = lines(A_FOR_B, schemas, "alternative!");
        assert_eq!(
            found,
            [
                "alternative! { #[doc = \"In JSON: `sip`.\"] CallMedium sip some Sip(to: [text], ) }",
                "alternative! { #[doc = \"In JSON: `web`.\"] CallMedium web some Web() }",
            ]
        );
    }
}
