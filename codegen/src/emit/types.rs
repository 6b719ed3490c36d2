//! Emits what types have: enums of strings, constructors and setters, limits, pages and conversions.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use super::{attributes, holds, limits, setter_docs, takes, unions};
use crate::idents;
use crate::ir::{Answer, Api, Body, Field, Kind, Operation, Presence, Shape, TYPES, Type};

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

/// Functions that every type has already. A field of such a name has no setter.
const TAKEN: [&str; 3] = ["clone", "maybe", "new"];

/// A macro call for each enum, type, page and conversion.
pub fn types(api: &Api) -> String {
    let mut text = String::new();
    enums(api, &mut text);
    unions::types(api, &mut text);
    let sent = sent(api);
    for ty in sent.iter().filter_map(|name| api.types.get(name)) {
        object(ty, api, &mut text);
    }
    let limited = limited(api);
    for ty in sent.iter().filter_map(|name| api.types.get(name)) {
        checks(ty, &limited, &mut text);
    }
    unions::checks(api, &sent, &mut text);
    pages(api, &mut text);
    conversions(api, &mut text);
    text
}

fn enums(api: &Api, text: &mut String) {
    for of in &api.enums {
        let mut variants = String::new();
        for (variant, value) in &of.variants {
            // Writing to a string cannot fail.
            let _ = write!(variants, "{variant} = {value:?}, ");
        }
        let docs = match of.docs.as_str() {
            "" => "One of these values, or one that this version of the crate does not know.",
            docs => docs,
        };
        let docs = attributes(docs, false);
        let _ = writeln!(text, "open_enum! {{ {docs}{} {{ {variants}}} }}", of.name);
    }
}

/// The types that a request can contain. Without operations, there is no telling who sends what.
pub fn sent(api: &Api) -> BTreeSet<String> {
    let mut open: Vec<String> = api.operations.iter().filter_map(body).collect();
    if api.operations.is_empty() {
        open.extend(api.types.keys().cloned());
        open.extend(api.unions.iter().map(|union| union.name.clone()));
    }
    let mut sent = BTreeSet::new();
    while let Some(name) = open.pop() {
        let mentioned = match (api.types.get(&name), api.union(&name)) {
            (Some(ty), _) => mentions(ty),
            (None, Some(union)) => union
                .variants
                .iter()
                .map(|variant| variant.ty.clone())
                .collect(),
            (None, None) => continue,
        };
        if sent.insert(name) {
            open.extend(mentioned);
        }
    }
    sent
}

fn body(operation: &Operation) -> Option<String> {
    match operation.body.as_ref()? {
        Body::Json(ty) | Body::JsonOrForm(ty, _) => names(ty).next().map(str::to_owned),
        Body::Form(_) => None,
    }
}

fn mentions(ty: &Type) -> Vec<String> {
    let types: Vec<&str> = match &ty.kind {
        Kind::Struct(fields) => fields.iter().map(|field| field.ty.as_str()).collect(),
        Kind::Wrapper(ty, _) => vec![ty],
        Kind::OneOf => Vec::new(),
    };
    types
        .into_iter()
        .flat_map(names)
        .map(str::to_owned)
        .collect()
}

/// The names of the generated types in `ty`.
pub fn names(ty: &str) -> impl Iterator<Item = &str> {
    ty.split(TYPES)
        .skip(1)
        .filter_map(|rest| rest.split(['>', ',']).next())
}

/// `new` with the required fields, and a setter for each field.
fn object(ty: &Type, api: &Api, text: &mut String) {
    let name = &ty.name;
    match &ty.kind {
        Kind::Struct(fields) => {
            let alternatives = is_one_of(ty, fields);
            let (required, others): (Vec<_>, Vec<_>) = fields
                .iter()
                .partition(|field| field.presence == Presence::Required);
            let mut new = String::new();
            for field in in_order(required.iter().copied()) {
                let boxed = if field.boxed { "boxed " } else { "" };
                let _ = write!(
                    new,
                    "{}: {boxed}{}, ",
                    field.name,
                    takes(&field.shape, &field.ty)
                );
            }
            let others: String = others.iter().map(|f| format!("{}, ", f.name)).collect();
            let _ = writeln!(text, "object! {{ {name} new({new}) others({others}) {{");
            if !alternatives {
                let fields: Vec<Field> = settable(fields).cloned().collect();
                setters("", &fields, text);
            }
            text.push_str("} }\n");
            if alternatives {
                constructors(ty, fields, api, text);
            }
            for constructor in named_constructors(ty, fields, api) {
                constructor_of(ty, &constructor, api, text);
            }
        }
        Kind::Wrapper(inner, Shape::Json) if inner == "::serde_json::Value" => {
            let _ = writeln!(text, "wrapper! {{ {name} }}");
        }
        Kind::Wrapper(..) | Kind::OneOf => {}
    }
}

/// The fields of a type that have a setter.
pub fn settable(fields: &[Field]) -> impl Iterator<Item = &Field> {
    fields
        .iter()
        .filter(|field| !TAKEN.contains(&field.name.as_str()))
}

/// Whether values of the type have exactly one of its fields.
pub fn is_one_of(ty: &Type, fields: &[Field]) -> bool {
    let is_listed = |listed: &&str| ty.schema.as_deref() == Some(*listed);
    ALTERNATIVES.iter().any(is_listed)
        && fields
            .iter()
            .all(|field| field.presence != Presence::Required && names(&field.ty).next().is_some())
}

/// The setters of fields, one per line. `way` is the path to the fields.
pub fn setters(way: &str, fields: &[Field], text: &mut String) {
    for field in fields {
        let docs = attributes(&setter_docs(&field.docs, &field.wire), field.deprecated);
        let _ = writeln!(
            text,
            "    setter! {{ [{way}] {docs}{0} => {0} {1} {2} }}",
            field.name,
            holds(field.presence, field.boxed, &field.name),
            takes(&field.shape, &field.ty),
        );
    }
}

/// The order of required fields as arguments: single values first, then by name.
pub fn in_order<'a>(fields: impl Iterator<Item = &'a Field>) -> Vec<&'a Field> {
    let mut fields: Vec<_> = fields.collect();
    let is_whole = |field: &Field| {
        !matches!(field.shape, Shape::Text)
            && (field.ty.contains(TYPES) || !is_single(&field.shape))
    };
    fields.sort_by_key(|field| (is_whole(field), field.name.clone()));
    fields
}

fn is_single(shape: &Shape) -> bool {
    matches!(shape, Shape::Text | Shape::Plain)
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
fn constructors(ty: &Type, fields: &[Field], api: &Api, text: &mut String) {
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

fn constructor_of(ty: &Type, constructor: &Constructor<'_>, api: &Api, text: &mut String) {
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

/// The types with a limit on themselves or on what they contain.
pub fn limited(api: &Api) -> BTreeSet<String> {
    let mut limited = BTreeSet::new();
    loop {
        let more: Vec<String> = api
            .types
            .values()
            .filter(|ty| has_limits(ty, &limited))
            .map(|ty| &ty.name)
            .chain(api.unions.iter().filter_map(|union| {
                let mut variants = union.variants.iter();
                variants
                    .any(|variant| limited.contains(&variant.ty))
                    .then_some(&union.name)
            }))
            .filter(|name| !limited.contains(*name))
            .cloned()
            .collect();
        if more.is_empty() {
            return limited;
        }
        limited.extend(more);
    }
}

fn has_limits(ty: &Type, limited: &BTreeSet<String>) -> bool {
    match &ty.kind {
        Kind::Struct(fields) => fields
            .iter()
            .any(|field| is_limited(&field.ty, &field.limits, limited)),
        Kind::Wrapper(inner, _) => is_limited(inner, &Value::Null, limited),
        Kind::OneOf => false,
    }
}

/// Whether values of this type are checked. A duration has a limit of its own.
pub fn is_limited(ty: &str, limits: &Value, limited: &BTreeSet<String>) -> bool {
    !self::limits(limits).is_empty()
        || ty.contains("SignedDuration")
        || names(ty).any(|name| limited.contains(name))
}

fn checks(ty: &Type, limited: &BTreeSet<String>, text: &mut String) {
    let mut fields = String::new();
    if let Kind::Struct(all) = &ty.kind {
        for field in all {
            if is_limited(&field.ty, &field.limits, limited) {
                let limits = limits(&field.limits);
                let _ = write!(fields, "{} {:?} [{limits}]; ", field.name, field.wire);
            }
        }
    }
    let _ = match &ty.kind {
        Kind::Wrapper(inner, _) if is_limited(inner, &Value::Null, limited) => {
            writeln!(text, "limits! {{ {} 0 }}", ty.name)
        }
        _ => writeln!(text, "limits! {{ {} {{ {fields}}} }}", ty.name),
    };
}

fn pages(api: &Api, text: &mut String) {
    let mut seen = BTreeSet::new();
    for page in api
        .operations
        .iter()
        .filter_map(|operation| operation.page.as_ref())
    {
        if seen.insert(&page.ty) {
            let holds = |optional| if optional { "some" } else { "plain" };
            let _ = writeln!(
                text,
                "page! {{ {} {} {} {}, {} {} }}",
                page.ty,
                page.items,
                holds(page.items_optional),
                page.item,
                page.next,
                holds(page.next_optional),
            );
        }
    }
}

/// Conversions from received types to sent ones, so that a value can be read, changed and sent
/// back. A conversion neither invents nor drops values: there is none if the request requires a
/// field that is not received, or does not have a field that is.
fn conversions(api: &Api, text: &mut String) {
    let pairs = converted(api);
    for (received, sent) in &pairs {
        if let Some(fields) = conversion(api, (received, sent), &pairs) {
            let _ = writeln!(text, "conversion! {{ {received} {sent} {{ {fields}}} }}");
        }
    }
}

/// The names of the types with a conversion from one to the other.
pub fn converted(api: &Api) -> BTreeSet<(&str, &str)> {
    let mut pairs: BTreeSet<(&str, &str)> = BTreeSet::new();
    for ty in api.types.values() {
        if let Some(received) = &ty.received_as {
            pairs.insert((received, &ty.name));
        }
    }
    for operation in &api.operations {
        let (Some(Body::Json(sent) | Body::JsonOrForm(sent, _)), Answer::Value(received)) =
            (&operation.body, &operation.answer)
        else {
            continue;
        };
        if let (Some(sent), Some(received)) =
            (sent.strip_prefix(TYPES), received.strip_prefix(TYPES))
            && sent != received
        {
            pairs.insert((received, sent));
        }
    }
    // A conversion that turns out to be impossible can make others impossible.
    loop {
        let possible: BTreeSet<_> = pairs
            .iter()
            .copied()
            .filter(|pair| conversion(api, *pair, &pairs).is_some())
            .collect();
        if possible.len() == pairs.len() {
            return pairs;
        }
        pairs = possible;
    }
}

/// The fields of the sent type, with how each is converted from the received field.
fn conversion(
    api: &Api,
    (received, sent): (&str, &str),
    pairs: &BTreeSet<(&str, &str)>,
) -> Option<String> {
    let (from, to) = (api.fields(received)?, api.fields(sent)?);
    let mut text = String::new();
    for field in to {
        let Some(twin) = from.iter().find(|twin| twin.wire == field.wire) else {
            if field.presence == Presence::Required {
                return None;
            }
            let _ = write!(text, "{} none; ", field.name);
            continue;
        };
        let how = match (twin.presence, field.presence) {
            (Presence::Others, Presence::Others) => "plain",
            (Presence::Required, Presence::Required) => "plain",
            (Presence::Required, Presence::Patch) => "some_patch",
            (Presence::Required, _) => "some",
            (_, Presence::Required) => return None,
            (Presence::Nullable | Presence::Optional, Presence::Patch) => "patch",
            _ => "option",
        };
        let value = value_of(twin, field, pairs)?;
        let boxed = |field: &Field| if field.boxed { "boxed" } else { "bare" };
        let _ = write!(
            text,
            "{} {how} {value} {} {}; ",
            field.name,
            boxed(twin),
            boxed(field)
        );
    }
    Some(text)
}

/// How a value is converted: it stays the same, it converts, or each item of a list or map does.
fn value_of(twin: &Field, field: &Field, pairs: &BTreeSet<(&str, &str)>) -> Option<&'static str> {
    if twin.ty == field.ty {
        return Some("same");
    }
    let converts = |from: &str, to: &str| {
        let pair = (from.strip_prefix(TYPES)?, to.strip_prefix(TYPES)?);
        pairs.contains(&pair).then_some(())
    };
    match (&twin.shape, &field.shape) {
        (Shape::List(from), Shape::List(to)) => converts(from, to).map(|()| "each"),
        (Shape::Map(from), Shape::Map(to)) => converts(from, to).map(|()| "each_value"),
        _ if field.presence == Presence::Others => {
            converts(&twin.ty, &field.ty).map(|()| "each_value")
        }
        _ => converts(&twin.ty, &field.ty).map(|()| "into"),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{all, document};

    /// The lines of `types.rs` that contain this text.
    fn lines(paths: &str, schemas: &str, with: &str) -> Vec<String> {
        let files = all(&document(paths, schemas)).unwrap().files;
        let lines = files["types.rs"].lines();
        lines
            .filter(|line| line.contains(with))
            .map(str::to_owned)
            .collect()
    }

    /// An operation that sends the schema `A` and receives the schema `B`.
    const A_FOR_B: &str = "{/a: {put: {operationId: a_update, \
        requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}, \
        responses: {'200': {description: '', content: {application/json: \
        {schema: {$ref: '#/components/schemas/B'}}}}}}}}";

    #[test]
    fn a_received_type_converts_if_nothing_is_invented_and_nothing_lost() {
        let conversions = |a: &str, b: &str| {
            let object = |schema: &str| format!("{{type: object, {schema}}}");
            let schemas = format!("{{A: {}, B: {}}}", object(a), object(b));
            lines(A_FOR_B, &schemas, "conversion!")
        };
        let text = "properties: {a: {type: string}}";
        let required = "required: [a], properties: {a: {type: string}}";
        assert_eq!(
            conversions(text, required),
            ["conversion! { B A { a some same bare bare; } }"]
        );
        assert_eq!(
            conversions(text, text),
            ["conversion! { B A { a option same bare bare; } }"]
        );
        // It would have to be invented.
        assert!(conversions(required, text).is_empty());
        assert!(conversions(required, "properties: {b: {type: string}}").is_empty());
        // The types differ.
        assert!(conversions(text, "properties: {a: {type: integer}}").is_empty());
    }

    #[test]
    fn an_open_object_has_a_setter_for_any_other_property() {
        let schemas = "{B: {type: object, properties: {a: {type: string, readOnly: true}}, \
            additionalProperties: true}, A: {type: object, properties: {a: {type: string}}, \
            additionalProperties: {type: string, maxLength: 3}}}";
        let setter =
            "#[doc = \"Sets a property that the schema does not name.\"] extra => extra others";
        assert_eq!(
            lines(A_FOR_B, schemas, "others ["),
            [format!("    setter! {{ [] {setter} [text] }}")]
        );
        assert_eq!(
            lines(A_FOR_B, schemas, "object! { A"),
            ["object! { A new() others(a, extra, ) {"]
        );
        assert_eq!(
            lines(A_FOR_B, schemas, "limits! { A"),
            ["limits! { A { extra \"\" [Each(&[MaxLength(3)])]; } }"]
        );
        // Other properties of B may be no text.
        assert!(lines(A_FOR_B, schemas, "conversion!").is_empty());
        let both = schemas.replace("{type: string, maxLength: 3}", "{}");
        assert_eq!(
            lines(A_FOR_B, &both, "conversion!"),
            ["conversion! { B A { a option same bare bare; extra plain same bare bare; } }"]
        );
    }

    #[test]
    fn each_field_with_limits_has_a_list_of_them() {
        let schemas = "{B: {type: object, properties: {}}, A: {type: object, properties: {\
            text: {type: string, minLength: 1, maxLength: 3, pattern: '^a'}, \
            list: {type: array, maxItems: 2, items: {type: integer, minimum: 1}}, \
            share: {type: number, minimum: 0, exclusiveMinimum: true, maximum: 1.5}, \
            map: {type: object, additionalProperties: {type: string, maxLength: 2}}, \
            free: {type: object}, plain: {type: string}}}}";
        let expected = "limits! { A { \
            free \"free\" [Object]; \
            list \"list\" [Each(&[Minimum(Number::Integer(1))]), MaxItems(2)]; \
            map \"map\" [Each(&[MaxLength(2)])]; \
            share \"share\" [Maximum(Number::Float(1.5)), MoreThan(Number::Integer(0))]; \
            text \"text\" [MaxLength(3), MinLength(1)]; } }";
        assert_eq!(lines(A_FOR_B, schemas, "limits! { A "), [expected]);
    }

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
