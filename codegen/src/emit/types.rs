//! Emits what types have: enums of strings, `new` and setters, limits and pages.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use super::constructors::{constructor_of, constructors, is_one_of, named_constructors};
use super::conversions::conversions;
use super::{attributes, holds, limits, setter_docs, takes, unions};
use crate::ir::{Api, Body, Field, Kind, Operation, Presence, Shape, TYPES, Type};

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

/// The types that a request can contain. Without operations, it is unknown who sends what, so all
/// types count.
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
        Kind::Wrapper(_, Shape::Json) => {
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

#[cfg(test)]
pub mod tests {
    use crate::tests::{all, document};

    /// The lines of `types.rs` that contain this text.
    pub fn lines(paths: &str, schemas: &str, with: &str) -> Vec<String> {
        let files = all(&document(paths, schemas)).unwrap().files;
        let lines = files["types.rs"].lines();
        lines
            .filter(|line| line.contains(with))
            .map(str::to_owned)
            .collect()
    }

    /// An operation that sends the schema `A` and receives the schema `B`.
    pub const A_FOR_B: &str = "{/a: {put: {operationId: a_update, \
        requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}, \
        responses: {'200': {description: '', content: {application/json: \
        {schema: {$ref: '#/components/schemas/B'}}}}}}}}";

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
        // Other properties of B may not be strings.
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
}
