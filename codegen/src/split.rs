//! One file of generated code becomes many: each type and each operation gets a file of its own.
//!
//! rustc tells by file, line and column whether code is where it was. In one file, a change moves
//! everything below it, and all of that is checked and compiled again.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::{File, Item, ItemMod, Type, parse_quote};

/// The files of `NAME.rs`: itself, and in the folder `NAME` what it includes.
pub fn split(name: &str, mut file: File) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    for item in &mut file.items {
        if let Item::Mod(module) = item {
            split_module(module, &format!("{name}/"), &mut parts);
        }
    }
    parts.insert(format!("{name}.rs"), file);
    let text = |(path, file)| (path, prettyplease::unparse(&file));
    parts.into_iter().map(text).collect()
}

/// Takes what `module` holds about one name into a file of its own, and leaves an `include!` of it.
fn split_module(module: &mut ItemMod, outer: &str, parts: &mut BTreeMap<String, File>) {
    let path = format!("{outer}{}.", module.ident);
    let Some((_, items)) = &mut module.content else {
        return;
    };
    for mut item in std::mem::take(items) {
        if let Item::Mod(inner) = &mut item {
            split_module(inner, &path, parts);
        }
        let Some(subject) = subject(&item) else {
            items.push(item);
            continue;
        };
        // Names that differ only in case share a file: on some systems they would be one.
        let path = format!("{path}{}.rs", subject.to_lowercase());
        let part = parts.entry(path.clone()).or_insert_with(|| {
            let path = format!("/{path}");
            items.push(parse_quote! {
                ::std::include!(::std::concat!(::std::env!("OUT_DIR"), #path));
            });
            parse_quote!()
        });
        part.items.push(item);
    }
}

/// The name of the type that an item makes, or adds to.
fn subject(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Impl(item) => match &*item.self_ty {
            Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
            _ => None,
        },
        Item::Macro(item) => first_name(item.mac.tokens.clone()),
        _ => None,
    }
}

/// The macros of the facade begin with the name of the type that they write.
fn first_name(tokens: TokenStream) -> Option<String> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_one_name_shares_a_file_and_the_rest_stays() {
        let file: File = parse_quote! {
            pub struct Client;
            impl Client {}
            pub mod types {
                use super::Client;
                pub struct Box(u8);
                impl From<u8> for Box {}
                pub enum BOX {}
                crate::enums::open_enum! { Colour { Red = "red", } }
                impl<T> Whole for T {}
                pub mod builder {
                    crate::builders::builder! { "Builds a [`Box`]." Box build {} }
                }
            }
        };
        let files = split("client", file);
        let paths: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            [
                "client.rs",
                "client/types.box.rs",
                "client/types.builder.box.rs",
                "client/types.colour.rs",
                "client/types.t.rs",
            ]
        );
        assert_eq!(
            files["client/types.box.rs"],
            "pub struct Box(u8);\nimpl From<u8> for Box {}\npub enum BOX {}\n"
        );
        assert!(files["client/types.builder.box.rs"].starts_with("crate::builders::builder! {"));
        let main = &files["client.rs"];
        for kept in ["pub struct Client;", "impl Client {}", "use super::Client;"] {
            assert!(main.contains(kept), "{main}");
        }
        let include =
            r#"::std::include!(::std::concat!(::std::env!("OUT_DIR"), "/client/types.box.rs"));"#;
        assert_eq!(main.matches(include).count(), 1, "{main}");
    }
}
