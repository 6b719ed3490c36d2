//! Values of enums, properties, limits and patterns.

use super::Outcome::{Accepted, Either, Refused};
use super::{Case, LOCALS, WORDS, case, distinct, enumeration, schema, text};

pub fn enums() -> Vec<Case> {
    vec![
        case(
            "values that differ in case",
            enumeration("Case", "[err, Err, ERR]"),
            Accepted,
        ),
        case(
            "values that are variants of the prelude",
            enumeration("Prelude", "[ok, Ok, err, Err, some, none, None, Some]"),
            Accepted,
        ),
        case(
            "values that are keywords",
            enumeration(
                "Keywords",
                "[self, Self, crate, super, type, async, gen, 'true', 'null']",
            ),
            Accepted,
        ),
        case(
            "values of punctuation",
            enumeration(
                "Punctuation",
                "['', ' ', '-', '+', '*', '*/', '//', '{}', '%', '<b>', '|', a b, a-b, a_b, a.b, aB, AB]",
            ),
            Accepted,
        ),
        case(
            "values of digits",
            enumeration("Digits", "['1', '1.0', '01', '1a', '-1']"),
            Accepted,
        ),
        case(
            "the value that is unknown",
            enumeration("Unknown", "[UnknownValue, unknown_value, Unknown]"),
            Either,
        ),
        case(
            "values that are derived traits",
            enumeration(
                "Derived",
                "[Debug, Clone, Serialize, Default, From, Self_, String, Option, Result, Error]",
            ),
            Accepted,
        ),
        case(
            "an enum of one value",
            enumeration("Single", "[only]"),
            Accepted,
        ),
        case("an enum of null", enumeration("OnlyNull", "[null]"), Either),
        case(
            "the same value twice",
            enumeration("Twice", "[a, a]"),
            Either,
        ),
        case(
            "numbers",
            schema(
                "Numbers",
                "{type: integer, enum: [-1, 0, 9007199254740993]}",
            ),
            Accepted,
        ),
        case(
            "mixed values",
            schema("Mixed", "{enum: [a, 1, true, null]}"),
            Either,
        ),
        case(
            "a quote in a const",
            schema("A", "{type: object, properties: {a: {const: 'a\"b'}}}"),
            Refused("components.schemas.A.properties.a.const", "may contain"),
        ),
        case(
            "a list of types, one of them a directive",
            schema("A", "{type: [string, \"a\\nb\"]}"),
            Refused("components.schemas.A.type.1", "may contain"),
        ),
        case(
            "a value that ends a string",
            enumeration("A", "['a\"b']"),
            Refused("components.schemas.A.enum.0", "may contain"),
        ),
        case(
            "a value that ends a code span",
            enumeration("A", "['a`b']"),
            Refused("components.schemas.A.enum.0", "may contain"),
        ),
        case(
            "a value with a line break",
            enumeration("A", r#"["a\nb"]"#),
            Refused("components.schemas.A.enum.0", "may contain"),
        ),
        case(
            "a value from right to left",
            enumeration("A", r#"["a\u202eb"]"#),
            Refused("components.schemas.A.enum.0", "may contain"),
        ),
        case(
            "a value in other letters",
            enumeration("A", "[größe]"),
            Refused("components.schemas.A.enum.0", "may contain"),
        ),
        case(
            "a value of 245 characters",
            enumeration("A", &format!("[{}]", "a".repeat(245))),
            Refused("components.schemas.A.enum.0", "245 characters"),
        ),
    ]
}

pub fn fields() -> Vec<Case> {
    let object = |name: &str, names: &[&str]| {
        let properties: Vec<_> = names
            .iter()
            .map(|name| format!("'{name}': {{type: string}}"))
            .collect();
        let required: Vec<_> = names
            .iter()
            .step_by(2)
            .map(|name| format!("'{name}'"))
            .collect();
        schema(
            name,
            &format!(
                "{{type: object, required: [{}], properties: {{{}}}}}",
                required.join(", "),
                properties.join(", ")
            ),
        )
    };
    let words: Vec<&str> = WORDS.iter().chain(&LOCALS).copied().collect();
    let mut words = words;
    words.sort_unstable();
    let words = distinct(&words);
    vec![
        case("properties that are one field", object("OneField", &["fooBar", "foo_bar", "FooBar", "foo-bar", "foo bar", "foo.bar", "foo_bar_2"]), Refused("components.schemas.OneField", "would both be the field")),
        case("properties that are words of Rust", object("RustWords", &words), Accepted),
        case("properties of punctuation", object("Signs", &["-", "$", "@type", "type", "_", "__", "1", "2fa", "a[b]", "a/b", "+1", "-1"]), Refused("components.schemas.Signs", "would both be the field")),
        case("a property beside further ones", schema("Further", "{type: object, properties: {extra: {type: string}, additionalProperties: {type: string}}, additionalProperties: {type: integer}}"), Refused("components.schemas.Further", "the field `extra`")),
        case("a required property that is not there", schema("Missing", "{type: object, required: [nope], properties: {a: {type: string}}}"), Either),
        case("a property of nothing", object("A", &[""]), Refused("components.schemas.A", "is empty")),
        case("a property that ends a string", object("A", &["a\"b"]), Refused("components.schemas.A", "may contain")),
        case("a property that ends a code span", object("A", &["a`b"]), Refused("components.schemas.A", "may contain")),
        case("a property in other letters", object("A", &["größe"]), Refused("components.schemas.A", "may contain")),
        case("a property from right to left", schema("A", r#"{type: object, properties: {"a\u2066b": {type: string}}}"#), Refused("components.schemas.A.properties", "may contain")),
        case("a property of 245 characters", object("A", &[&"a".repeat(245)]), Refused("components.schemas.A", "245 characters")),
        case("inline types of one name", schema("Outer", "{type: object, properties: {a_b: {type: object, properties: {c: {type: object, properties: {d: {type: string}}}}}, a: {type: object, properties: {b_c: {type: object, properties: {d: {type: integer}}}}}}}"), Either),
        case("limits of every size", schema("Limits", "{type: object, properties: {a: {type: string, minLength: 0, maxLength: 18446744073709551615}, b: {type: integer, minimum: -9223372036854775808, maximum: 9223372036854775807}, c: {type: number, minimum: -1.7976931348623157e308, maximum: 1.7976931348623157e308}, d: {type: array, minItems: 0, maxItems: 4294967296, items: {type: integer, format: int32, minimum: -1, maximum: 1}}}}"), Either),
        case("limits that nothing is within", schema("Nothing", "{type: object, properties: {a: {type: string, minLength: 5, maxLength: 2}, b: {type: integer, minimum: 5, maximum: 2}, c: {type: integer, multipleOf: 0}}}"), Either),
        case("lengths that are huge", schema("Huge", "{type: object, properties: {a: {type: string, minLength: 1099511627776}, b: {type: array, minItems: 1099511627776, items: {type: integer}}, c: {type: string, pattern: '^a{4000000000}$'}}}"), Accepted),
        case("a negative length", schema("A", "{type: string, maxLength: -1}"), Refused("components.schemas.A", "")),
        text("a number that is none", "x-a: .inf", Refused("", "not YAML")),
        case("defaults of another type", schema("Defaults", "{type: object, properties: {a: {type: integer, default: x}, b: {type: string, default: 3}, c: {type: boolean, default: []}}}"), Either),
        case("a pattern that an engine goes back in", schema("Back", "{type: object, properties: {a: {type: string, pattern: '^(((.*)*)*)*s$'}, b: {type: string, pattern: '('}, c: {type: string, pattern: '(?<=a)\\p{L}'}}}"), Accepted),
        case("a pattern of many groups", schema("A", &format!("{{type: string, pattern: '{}a{}'}}", "(".repeat(400), ")".repeat(400))), Refused("components.schemas.A.pattern", "groups")),
        case("a tagged union of odd names", "paths: {/union: {get: {operationId: get_union, responses: {'200': {description: D., content: {application/json: {schema: {$ref: '#/components/schemas/TaggedUnion'}}}}}}}}
components: {schemas: {TaggedUnion: {oneOf: [{$ref: '#/components/schemas/UnionErr'}, {$ref: '#/components/schemas/UnionOk'}], discriminator: {propertyName: type, mapping: {err: '#/components/schemas/UnionErr', Err: '#/components/schemas/UnionErr', ok: '#/components/schemas/UnionOk'}}},
  UnionErr: {type: object, required: [type], properties: {type: {type: string}}}, UnionOk: {type: object, required: [type], properties: {type: {type: string}}}}}", Either),
        case("a union whose tags are the same identifier", schema("Tags", &union(&["self", "Self", "type", "a-b", "a_b", "a b", "A-B", "Unknown", "unknown", "", "3", "-", "_", "#[doc]", "$crate"])), Accepted),
        case("a union of one tag twice", schema("Tags", &union(&["a", "a"])), Refused("components.schemas.Tags", "fits")),
        case("a union in itself", schema("Nest", "{oneOf: [{type: object, required: [k, a], properties: {k: {type: string, enum: [a]}, a: {$ref: '#/components/schemas/Nest'}}}, {type: object, required: [k], properties: {k: {type: string, enum: [b]}, b: {$ref: '#/components/schemas/Nest'}, c: {type: array, items: {$ref: '#/components/schemas/Nest'}}}}]}"), Accepted),
        case("a union of itself", schema("Nest", "{oneOf: [{$ref: '#/components/schemas/Nest'}, {type: object, required: [k], properties: {k: {type: string, enum: [a]}}}]}"), Either),
        case("a discriminator that maps to nothing", schema("Maps", "{oneOf: [{type: object, properties: {k: {type: string}}}, {type: object, properties: {k: {type: string}}}], discriminator: {propertyName: k, mapping: {a: '#/components/schemas/Nothing'}}}"), Refused("components.schemas.Maps", "maps `a` to `Nothing`")),
        case("a discriminator that maps to text", schema("Maps", "{oneOf: [{type: object, properties: {k: {type: string}}}], discriminator: {propertyName: k, mapping: [a, b]}}"), Either),
        case("properties that are a list", schema("A", "{type: object, properties: [a]}"), Refused("components.schemas.A.properties", "expected a map")),
        case("a property that is a text", schema("A", "{type: object, properties: {a: string}}"), Refused("components.schemas.A.properties.a", "expected a map")),
        case("a response that is a text", "paths: {/x: {get: {operationId: x, responses: {'200': fine}}}}", Refused("paths./x.get.responses.200", "expected a map")),
        case("members that are no list", schema("A", "{allOf: {type: string}}"), Refused("components.schemas.A.allOf", "expected a list of maps")),
        case("a description that is a list", schema("A", "{type: string, description: [a]}"), Refused("components.schemas.A.description", "expected a text")),
    ]
}

/// A union of an object for each value of a tag.
fn union(tags: &[&str]) -> String {
    let tags = tags.iter();
    let members: Vec<String> = tags
        .map(|tag| {
            format!("{{type: object, required: [k], properties: {{k: {{type: string, enum: ['{tag}']}}}}}}")
        })
        .collect();
    format!("{{oneOf: [{}]}}", members.join(", "))
}
