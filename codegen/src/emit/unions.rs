//! Emits the enums of unions, and the checks of their variants' limits.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::attributes;
use crate::ir::{Api, Union, Variant};

/// A line for each union.
pub fn types(api: &Api, text: &mut String) {
    for union in &api.unions {
        let docs = match union.docs.as_str() {
            "" => "One of these objects, or one that this version of the crate does not know.",
            docs => docs,
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "tagged_union! {{ {}{} {:?} {{ {}}} kept {{ {}}} from {{ {}}} }}",
            attributes(docs, false),
            union.name,
            union.tag,
            each(union, |variant| !variant.has_tag, held),
            each(union, |variant| variant.has_tag, held),
            each(union, |variant| is_only(union, variant), converted),
        );
    }
}

/// A line for each union that a request can contain.
pub fn checks(api: &Api, sent: &BTreeSet<String>, text: &mut String) {
    for union in api.unions.iter().filter(|union| sent.contains(&union.name)) {
        let variants = each(union, |_| true, |variant| format!("{} ", variant.name));
        let _ = writeln!(text, "limits! {{ {} | {variants}}}", union.name);
    }
}

fn each(union: &Union, of: impl Fn(&Variant) -> bool, line: impl Fn(&Variant) -> String) -> String {
    let variants = union.variants.iter().filter(|variant| of(variant));
    variants.map(line).collect()
}

/// `Circle "circle" Circle, `
fn held(variant: &Variant) -> String {
    let Variant {
        name, value, ty, ..
    } = variant;
    match variant.boxed {
        true => format!("{name} {value:?} ::std::boxed::Box<{ty}>, "),
        false => format!("{name} {value:?} {ty}, "),
    }
}

fn converted(variant: &Variant) -> String {
    format!("{} {}, ", variant.name, variant.ty)
}

/// Whether the type of the variant says which variant it is.
pub fn is_only(union: &Union, variant: &Variant) -> bool {
    let alike = union.variants.iter().filter(|other| other.ty == variant.ty);
    alike.count() == 1
}
