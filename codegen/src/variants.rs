//! The names of the variants of an enum, from its values.
//!
//! `xtask` uses it as well: if one more value changes the names of others, programs that use these stop
//! compiling, which a comparison of documents has to report.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use syn::Ident;

/// The variant for values that the document does not list.
pub const UNKNOWN: &str = "UnknownValue";

/// Names the `values` of the enum `of`, which are distinct. A value that would share its name with
/// another is spelled more and more literally until the names differ. The names do not depend on
/// the order of the values, so that a name never changes its meaning.
pub fn variants(of: &str, values: &[&str]) -> Result<Vec<String>, String> {
    variants_beside(UNKNOWN, of, values)
}

/// As [`variants`], for an enum that has a variant `taken` already.
pub fn variants_beside(taken: &str, of: &str, values: &[&str]) -> Result<Vec<String>, String> {
    let prefix = prefix(of, values);
    // A name that results from shortening belongs to the shortened value, lest it change its meaning.
    let shortened: BTreeSet<String> = values
        .iter()
        .filter(|value| !prefix.is_empty() && value.starts_with(&prefix))
        .filter_map(|value| identifier(&short(value, &prefix)))
        .collect();
    let mut spellings = vec![SPELLINGS.as_slice(); values.len()];
    loop {
        let names = values
            .iter()
            .zip(&spellings)
            .map(|(value, spellings)| match spellings {
                // An empty value has nothing to spell.
                [spell, ..] if value.is_empty() => Ok(identifier(&spell("Empty", ""))),
                [spell, ..] => Ok(identifier(&spell(value, &prefix))),
                [] => Err(format!(
                    "no spelling distinguishes the value `{value}` from the others; add one to codegen/src/variants.rs"
                )),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut count = BTreeMap::new();
        for name in &names {
            *count.entry(name).or_insert(0) += 1;
        }
        let clashes = |value: &str, name: &Option<String>| {
            name.as_deref().is_none_or(|name| {
                name == taken || (!value.starts_with(&prefix) && shortened.contains(name))
            }) || count[name] > 1
        };
        let clashing: Vec<bool> = values
            .iter()
            .zip(&names)
            .map(|(value, name)| clashes(value, name))
            .collect();
        if !clashing.contains(&true) {
            return Ok(names.into_iter().flatten().collect());
        }
        for (spellings, clashes) in spellings.iter_mut().zip(clashing) {
            if clashes {
                *spellings = &spellings[1..];
            }
        }
    }
}

/// The prefix that the names of the variants omit. It must be one that a value added later is
/// unlikely to change: `P_` if there is a `P_UNSPECIFIED`, as in enums of protocol buffers;
/// otherwise the common prefix of all values, if it has at least two words, and ends with the name
/// of the enum or is common to at least three values.
fn prefix(of: &str, values: &[&str]) -> String {
    let mut unspecified = values
        .iter()
        .filter_map(|value| value.strip_suffix("UNSPECIFIED"))
        .filter(|prefix| prefix.len() > 1 && prefix.ends_with('_'));
    if let (Some(prefix), None) = (unspecified.next(), unspecified.next()) {
        return prefix.to_owned();
    }
    let [first, others @ ..] = values else {
        return String::new();
    };
    let shouted = |value: &str| !value.contains(char::is_lowercase);
    let mut ends = first.match_indices('_').map(|(at, _)| &first[..=at]);
    let shared = ends
        .rfind(|prefix| {
            prefix.trim_matches('_').contains('_')
                && shouted(prefix)
                && others.iter().all(|value| value.starts_with(prefix))
        })
        .unwrap_or_default();
    let called = |prefix: &str| {
        let name = of.strip_suffix("Enum").unwrap_or(of).to_snake_case();
        let words: Vec<_> = prefix
            .trim_end_matches('_')
            .rsplitn(3, '_')
            .take(2)
            .collect();
        let ending = words.iter().rev().copied().collect::<Vec<_>>().join("_");
        format!("_{name}").ends_with(&format!("_{}", ending.to_lowercase()))
    };
    match values.len() {
        2.. if called(shared) => shared.to_owned(),
        3.. => shared.to_owned(),
        _ => String::new(),
    }
}

const SPELLINGS: [fn(&str, &str) -> String; 5] = [
    short,
    |value, _| plain(value),
    |value, _| spelled(value),
    |value, _| literal(value),
    // The value is spelled like the variant for unknown ones.
    |value, _| literal(value) + "Value",
];

/// `BILLING_STATUS_FREE` is `Free`, where the prefix is `BILLING_STATUS_`.
fn short(value: &str, prefix: &str) -> String {
    let rest = value.strip_prefix(prefix).unwrap_or(value);
    plain(if rest.is_empty() { value } else { rest })
}

/// `call.started` is `CallStarted`.
fn plain(value: &str) -> String {
    value.to_upper_camel_case()
}

/// `-created` is `HyphenCreated`.
fn spelled(value: &str) -> String {
    let words: String = value
        .chars()
        .map(|character| match word(character) {
            Some(word) => format!(" {word} "),
            None => character.to_string(),
        })
        .collect();
    words.to_upper_camel_case()
}

/// `ASC` is `ASC`, and `asc` is `asc`.
fn literal(value: &str) -> String {
    value
        .chars()
        .map(|character| word(character).unwrap_or_else(|| character.to_string()))
        .collect()
}

/// The word for a character that is neither a letter nor a digit, or that an identifier cannot contain.
fn word(character: char) -> Option<String> {
    let word = match character {
        ' ' => "Space",
        '!' => "Exclamation",
        '"' => "Quote",
        '#' => "Hash",
        '$' => "Dollar",
        '%' => "Percent",
        '&' => "And",
        '\'' => "Apostrophe",
        '(' => "Open",
        ')' => "Close",
        '*' => "Star",
        '+' => "Plus",
        ',' => "Comma",
        '-' => "Hyphen",
        '.' => "Dot",
        '/' => "Slash",
        ':' => "Colon",
        ';' => "Semicolon",
        '<' => "Less",
        '=' => "Equal",
        '>' => "Greater",
        '?' => "Question",
        '@' => "At",
        '_' => "Underscore",
        '|' => "Or",
        '~' => "Tilde",
        _ if character.is_alphanumeric() && is_identifier(&format!("x{character}")) => return None,
        _ => return Some(format!("U{:X}", u32::from(character))),
    };
    Some(word.to_owned())
}

/// `name` as an identifier; `None` if it is empty or cannot be one.
fn identifier(name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    // An identifier cannot begin with a digit or be a keyword.
    [name.to_owned(), format!("Value{name}")]
        .into_iter()
        .find(|name| is_identifier(name))
}

fn is_identifier(name: &str) -> bool {
    syn::parse_str::<Ident>(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(values: &[&str]) -> Vec<String> {
        variants("Thing", values).unwrap()
    }

    #[test]
    fn values_are_spelled_as_variants_are() {
        let values = [
            "call.started",
            "BILLING_STATUS_FREE",
            "agentHangup",
            "größe",
        ];
        assert_eq!(
            names(&values),
            ["CallStarted", "BillingStatusFree", "AgentHangup", "Größe"]
        );
    }

    #[test]
    fn values_that_are_not_words_have_names_as_well() {
        assert_eq!(
            names(&["", "1", "null", "self", "type"]),
            ["Empty", "Value1", "Null", "ValueSelf", "Type"]
        );
        assert_eq!(
            names(&["<", "<=", "²", "☃"]),
            ["Less", "LessEqual", "Ub2", "U2603"]
        );
    }

    #[test]
    fn values_that_would_share_a_name_are_spelled_out_whatever_their_order() {
        assert_eq!(names(&["a-b", "a_b"]), ["AHyphenB", "AUnderscoreB"]);
        assert_eq!(names(&["a_b", "a-b"]), ["AUnderscoreB", "AHyphenB"]);
        assert_eq!(
            names(&["created", "-created"]),
            ["Created", "HyphenCreated"]
        );
        assert_eq!(names(&["asc", "ASC", "other"]), ["asc", "ASC", "Other"]);
        assert_eq!(names(&["", "EMPTY"]), ["Empty", "EMPTY"]);
        assert_eq!(
            names(&["unknown_value", "UNKNOWN"]),
            ["UnknownUnderscoreValue", "Unknown"]
        );
    }

    #[test]
    fn the_name_of_the_enum_is_not_repeated() {
        let proto = ["DOOR_STATE_UNSPECIFIED", "DOOR_STATE_OPEN", "AJAR"];
        assert_eq!(names(&proto), ["Unspecified", "Open", "Ajar"]);
        let mut later = proto.to_vec();
        later.push("DOOR_STATE_2");
        later.push("DOOR_OTHER");
        assert_eq!(names(&later)[..3], names(&proto));
        assert_eq!(names(&later)[3..], ["Value2", "DoorOther"]);
        // A value that does share its name with another is spelled out.
        assert_eq!(
            names(&["DOOR_UNSPECIFIED", "DOOR_OPEN", "OPEN"]),
            ["Unspecified", "DoorOpen", "OPEN"]
        );
        assert_eq!(
            names(&["OLD_DOOR_OPEN", "OLD_DOOR_SHUT", "OLD_DOOR_SHUT_TIGHT"]),
            ["Open", "Shut", "ShutTight"]
        );
    }

    #[test]
    fn a_prefix_of_only_two_values_is_kept_unless_it_names_the_enum() {
        let values = ["OLD_DOOR_STATE_OPEN", "OLD_DOOR_STATE_SHUT"];
        assert_eq!(names(&values), ["OldDoorStateOpen", "OldDoorStateShut"]);
        for name in ["DoorState", "DoorStateEnum", "CarDoorState"] {
            assert_eq!(variants(name, &values).unwrap(), ["Open", "Shut"]);
        }
        assert_eq!(
            names(&["free_door_a", "free_door_b", "free_door_c"]),
            ["FreeDoorA", "FreeDoorB", "FreeDoorC"]
        );
    }

    #[test]
    fn values_that_no_spelling_distinguishes_are_refused() {
        let reason = variants("Thing", &["A-B", "AHyphenB", "a-b", "aHyphenB"]).unwrap_err();
        assert!(reason.contains("`A-B`"), "{reason}");
    }
}
