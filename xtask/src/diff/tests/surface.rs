//! What programs can use of generated Rust, read from the files themselves and not from the IR: the measure
//! for the comparison of public APIs.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Fields, Item};

/// One text for each thing that a program can use.
pub(super) fn surface(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    of_progenitor(&files["client.rs"], &mut found);
    for file in ["types.rs", "handles.rs", "operations.rs"] {
        let mut owner = String::new();
        for line in files[file].lines() {
            of_line(&without_attributes(line), &mut owner, &mut found);
        }
    }
    found
}

/// The structs and enums with their fields, variants and traits.
fn of_progenitor(client: &str, found: &mut BTreeSet<String>) {
    let text = |tokens: &dyn ToTokens| tokens.to_token_stream().to_string();
    let file = syn::parse_file(client).unwrap();
    let module = file.items.into_iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content,
        _ => None,
    });
    for item in module.unwrap().1 {
        let (name, attributes) = match &item {
            Item::Struct(item) => {
                for (index, field) in item.fields.iter().enumerate() {
                    let name = field
                        .ident
                        .as_ref()
                        .map_or(index.to_string(), ToString::to_string);
                    found.insert(format!("{}.{name}: {}", item.ident, text(&field.ty)));
                }
                let form = match item.fields {
                    Fields::Unnamed(_) => "tuple struct",
                    _ => "struct",
                };
                (format!("{form} {}", item.ident), &item.attrs)
            }
            Item::Enum(item) => {
                for variant in &item.variants {
                    let (name, fields) = (&variant.ident, text(&variant.fields));
                    found.insert(format!("{}::{name} {fields}", item.ident));
                }
                (format!("enum {}", item.ident), &item.attrs)
            }
            Item::Impl(item) => {
                let of = item.trait_.as_ref().map(|(path, _)| text(path));
                found.extend(of.map(|of| format!("impl {of} for {}", text(&item.self_ty))));
                continue;
            }
            _ => continue,
        };
        for attribute in attributes
            .iter()
            .filter(|each| each.path().is_ident("derive"))
        {
            let list = text(&attribute.meta.require_list().unwrap().tokens);
            let traits = list.split(',').map(|of| format!("{name}: {}", of.trim()));
            found.extend(traits);
        }
        found.insert(name);
    }
}

/// A line without documentation and `#[deprecated]`.
fn without_attributes(line: &str) -> String {
    const DOC: &str = "#[doc = \"";
    let mut rest = line.replace("#[deprecated] ", "");
    while let Some(start) = rest.find(DOC) {
        let mut is_escaped = false;
        let text = &rest[start + DOC.len()..];
        let end = text.find(|c| {
            let ends = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        });
        let end = start + DOC.len() + end.unwrap() + "\"] ".len();
        rest.replace_range(start..end, "");
    }
    rest
}

/// The parts in the outermost braces.
fn braces(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (index, c) in text.char_indices() {
        match c {
            '{' => {
                depth += 1;
                if depth == 1 {
                    start = index + 1;
                }
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    found.push(text[start..index].trim());
                }
            }
            _ => {}
        }
    }
    found
}

fn of_line(line: &str, owner: &mut String, found: &mut BTreeSet<String>) {
    let line = line.trim();
    let Some((makro, rest)) = line.split_once("! { ") else {
        if let Some((name, ty)) = line.strip_suffix(';').and_then(|line| line.split_once(' ')) {
            // Handles below a handle.
            found.insert(format!("{owner}.{name}() {ty}"));
        }
        for part in ["page {", "location {", "body {", "form {"] {
            if line.starts_with(part) {
                // Of a form, its fields are found by their setters and arguments.
                let text = if part == "form {" { part } else { line };
                found.insert(format!("{owner} {text}"));
            }
        }
        return;
    };
    let rest = rest.strip_suffix(" }").unwrap_or(rest);
    let first = rest.split(' ').next().unwrap();
    match makro {
        "limits" => {}
        "open_enum" => {
            found.insert(format!("enum {first}"));
            for variant in braces(rest)[0].split(", ").filter(|part| !part.is_empty()) {
                let name = variant.split(" = ").next().unwrap();
                found.insert(format!("{first}::{name}"));
            }
        }
        "tagged_union" => {
            found.insert(format!("enum {first}"));
            let parts = braces(rest)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>();
            for (index, part) in parts.iter().enumerate() {
                for variant in part
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                {
                    let words: Vec<_> = variant.split(' ').collect();
                    let (name, ty) = (words[0], words[words.len() - 1]);
                    let what = if index == 2 { "from" } else { "variant" };
                    found.insert(format!("{first} {what} {name} {ty}"));
                }
            }
        }
        "object" => {
            first.clone_into(owner);
            let new = rest.split(" others(").next().unwrap();
            found.insert(new.to_owned());
        }
        "conversion" => {
            let types: Vec<_> = rest.split(' ').take(2).collect();
            found.insert(format!("conversion {types:?}"));
        }
        "handle" => first.clone_into(owner),
        "client" => "Client".clone_into(owner),
        "method" => {
            // The name of an argument in the path is told by its position.
            let (start, body) = rest.split_once(" body ").unwrap_or((rest, ""));
            let body = braces(body).first().copied().unwrap_or_default();
            let words: Vec<_> = start.trim().split(' ').collect();
            let named: Vec<_> = words
                .iter()
                .enumerate()
                .filter(|(index, _)| {
                    !words
                        .get(index + 1)
                        .is_some_and(|next| next.starts_with("[id]") || next.starts_with("[name]"))
                })
                .map(|(_, word)| word.trim_start_matches('('))
                .collect();
            found.insert(format!("{owner} method {} {body}", named.join(" ")));
        }
        "operation" => {
            let rest = rest.strip_prefix("#[derive(Clone)] ").unwrap_or(rest);
            let name = rest.split(' ').next().unwrap();
            name.clone_into(owner);
            if line.contains("#[derive(Clone)]") {
                found.insert(format!("{name}: Clone"));
            }
            let output = rest.rsplit(' ').next().unwrap();
            found.insert(format!("call {name} {output}"));
        }
        "setter" => {
            let rest = rest.split_once("] ").unwrap().1;
            let (name, how) = rest.split_once(" => ").unwrap();
            let takes = &how[how.find('[').unwrap()..];
            let clears = how
                .find("set(")
                .map(|start| how[start..].split(')').next().unwrap());
            found.insert(format!("{owner} setter {name} {takes}"));
            found.extend(clears.map(|clear| format!("{owner} {clear}")));
            if how.contains(" others ") {
                found.insert(format!("{owner} setter {name} by name"));
            }
        }
        _ => {
            found.insert(line.to_owned());
        }
    }
}
