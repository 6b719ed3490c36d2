//! Reads what programs can rely on in progenitor's code for types, beside their fields: variants, traits
//! and conversions.

use std::collections::BTreeMap;

use syn::{Attribute, Item, ItemEnum, ItemImpl, Type, TypePath};

use super::Code;
use super::rust::{argument, text};

/// The code of each type, by its name.
pub fn of(items: &[Item]) -> BTreeMap<String, Code> {
    let mut all: BTreeMap<String, Code> = BTreeMap::new();
    for item in items {
        match item {
            Item::Struct(item) => {
                attributes(all.entry(item.ident.to_string()).or_default(), &item.attrs)
            }
            Item::Enum(item) => {
                let code = all.entry(item.ident.to_string()).or_default();
                attributes(code, &item.attrs);
                code.variants = variants(item);
            }
            Item::Impl(item) => implementation(&mut all, item),
            _ => {}
        }
    }
    all
}

fn attributes(code: &mut Code, attributes: &[Attribute]) {
    for attribute in attributes {
        if attribute.path().is_ident("non_exhaustive") {
            code.non_exhaustive = true;
        } else if attribute.path().is_ident("derive") {
            // Attributes of any other form are of no interest.
            let _ = attribute.parse_nested_meta(|meta| {
                let last = meta.path.segments.last();
                code.traits.extend(last.map(|last| last.ident.to_string()));
                Ok(())
            });
        }
    }
}

fn variants(item: &ItemEnum) -> Vec<(String, Vec<String>)> {
    let variants = item.variants.iter().map(|variant| {
        let types = variant.fields.iter().map(|field| text(&field.ty));
        (variant.ident.to_string(), types.collect())
    });
    variants.collect()
}

/// An `impl` of a trait, for a generated type or for a type that one converts into.
fn implementation(all: &mut BTreeMap<String, Code>, item: &ItemImpl) {
    let Some((path, _)) = &item.trait_ else {
        return;
    };
    let implemented = Type::Path(TypePath {
        attrs: Vec::new(),
        qself: None,
        path: path.clone(),
    });
    let name = |ty: &Type| match ty {
        Type::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    let header = text(&implemented);
    if let Some(code) = name(&item.self_ty).and_then(|name| all.get_mut(&name)) {
        code.traits.insert(header);
    } else if let Some(from) = argument(&implemented, "From").and_then(name)
        && let Some(code) = all.get_mut(&from)
    {
        let into = text(&item.self_ty);
        code.traits.insert(format!("{header} for {into}"));
    }
}
