//! The identifiers that progenitor makes of the document's names: to find items in its code, or to
//! prevent clashes there, the generator needs the same names.

use heck::{ToPascalCase, ToSnakeCase};

/// The method of an operation, or the name of a parameter.
pub fn method(name: &str) -> String {
    identifier(name, str::to_snake_case)
}

/// The type of an operation's calls.
pub fn type_name(operation_id: &str) -> String {
    identifier(&method(operation_id), str::to_pascal_case)
}

fn identifier(name: &str, case: fn(&str) -> String) -> String {
    let name = match name {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        name => case(
            &name
                .replace('\'', "")
                .replace(|c: char| !(c.is_alphanumeric() || c == '_'), "-"),
        ),
    };
    let name = match name.chars().next() {
        None => case("x"),
        Some(first) if first.is_alphabetic() => name,
        Some(_) => format!("_{name}"),
    };
    if syn::parse_str::<syn::Ident>(&name).is_ok() {
        name
    } else {
        format!("{name}_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_progenitor_makes_of_them() {
        let table = [
            ("pageSize", "page_size"),
            ("X-Request-ID", "x_request_id"),
            ("type", "type_"),
            ("2fa", "_2fa"),
            ("filter[name]", "filter_name"),
            ("-", "x"),
        ];
        for (name, expected) in table {
            assert_eq!(method(name), expected, "{name}");
        }
        assert_eq!(type_name("calls_list"), "CallsList");
    }
}
