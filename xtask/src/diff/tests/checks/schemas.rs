//! Changes of a schema.

use serde_json::{Value, json};

use super::Expected;
use super::Judged::{Additive, Breaking, Documentation, Rust};
use crate::diff::Check::*;

/// Two schemas, the change from the first to the second, and the change back.
pub(in crate::diff::tests) fn schemas() -> Vec<(Value, Value, Expected, Expected)> {
    let object = |fields: Value| json!({"type": "object", "properties": fields});
    let string = || json!({"type": "string"});
    let field = |field: Value| json!({"type": "object", "properties": {"a": field}});
    let with = |mut schema: Value, key: &str, value: Value| {
        schema[key] = value;
        schema
    };
    let number = |key: &str, value: Value| with(json!({"type": "number"}), key, value);
    let text = |key: &str, value: Value| with(json!({"type": "string"}), key, value);
    let list = |key: &str, value: Value| with(json!({"type": "array"}), key, value);
    let map = |key: &str, value: Value| with(json!({"type": "object"}), key, value);
    let open = |key: &str, value: Value| {
        with(
            json!({"type": "object", "properties": {"a": {}}}),
            key,
            value,
        )
    };
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let cat = || json!({"type": "object", "properties": {"name": {"type": "string"}}});
    let told_apart = |mapping: Value| {
        json!({
            "oneOf": [to("Cat"), to("Dog")],
            "discriminator": {"propertyName": "name", "mapping": mapping},
        })
    };
    vec![
        (
            object(json!({"a": {"type": "string"}})),
            object(json!({"a": {"type": "string"}, "b": {"type": "string"}})),
            (PropertyAddedOptional, Additive, Additive),
            (PropertyRemoved, Breaking, Rust),
        ),
        (
            object(json!({})),
            with(object(json!({"b": {}})), "required", json!(["b"])),
            (PropertyAddedRequired, Breaking, Additive),
            (PropertyRemoved, Breaking, Rust),
        ),
        (
            field(string()),
            with(field(string()), "required", json!(["a"])),
            (PropertyBecameRequired, Breaking, Additive),
            (PropertyBecameOptional, Additive, Breaking),
        ),
        (
            field(string()),
            field(text("readOnly", json!(true))),
            (PropertyBecameReadOnly, Breaking, Documentation),
            (PropertyBecameWritable, Additive, Documentation),
        ),
        (
            with(field(string()), "required", json!(["a"])),
            with(
                field(text("readOnly", json!(true))),
                "required",
                json!(["a"]),
            ),
            (PropertyBecameReadOnly, Breaking, Documentation),
            (RequiredPropertyBecameWritable, Breaking, Documentation),
        ),
        (
            field(string()),
            field(text("writeOnly", json!(true))),
            (PropertyBecameWriteOnly, Documentation, Rust),
            (PropertyBecameReadable, Documentation, Additive),
        ),
        (
            string(),
            json!({"type": "integer"}),
            (TypeChanged, Breaking, Rust),
            (TypeChanged, Breaking, Rust),
        ),
        (
            string(),
            json!({}),
            (TypeLoosened, Rust, Rust),
            (TypeChanged, Breaking, Rust),
        ),
        (
            json!({"type": "integer"}),
            json!({"type": "number"}),
            (TypeLoosened, Rust, Rust),
            (TypeChanged, Breaking, Rust),
        ),
        (
            json!({"type": "integer"}),
            json!({"type": "number", "maximum": 5}),
            (TypeChanged, Breaking, Rust),
            (TypeChanged, Breaking, Rust),
        ),
        (
            string(),
            text("format", json!("uuid")),
            (FormatChanged, Breaking, Rust),
            (FormatRemoved, Rust, Rust),
        ),
        (
            text("format", json!("date")),
            text("format", json!("date-time")),
            (FormatChanged, Breaking, Rust),
            (FormatChanged, Breaking, Rust),
        ),
        (
            string(),
            text("nullable", json!(true)),
            (BecameNullable, Additive, Rust),
            (BecameNotNullable, Rust, Rust),
        ),
        (
            field(to("Cat")),
            field(to("Dog")),
            (SchemaReferenceChanged, Breaking, Rust),
            (SchemaReferenceChanged, Breaking, Rust),
        ),
        (
            field(to("Cat")),
            field(to("Lion")),
            (SchemaReferenceRenamed, Rust, Rust),
            (SchemaReferenceRenamed, Rust, Rust),
        ),
        (
            field(cat()),
            field(to("Cat")),
            (SchemaExtracted, Rust, Rust),
            (SchemaInlined, Rust, Rust),
        ),
        (
            text("enum", json!(["a"])),
            text("enum", json!(["a", "b"])),
            (EnumValueAdded, Additive, Additive),
            (EnumValueRemoved, Breaking, Rust),
        ),
        (
            string(),
            text("enum", json!(["a"])),
            (EnumIntroduced, Breaking, Rust),
            (EnumLifted, Rust, Rust),
        ),
        (
            number("minimum", json!(1)),
            number("minimum", json!(1.5)),
            (MinimumTightened, Breaking, Additive),
            (MinimumLoosened, Additive, Additive),
        ),
        (
            json!({"type": "number", "minimum": 1}),
            json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
            (MinimumTightened, Breaking, Additive),
            (MinimumLoosened, Additive, Additive),
        ),
        (
            json!({"type": "number"}),
            number("maximum", json!(9)),
            (MaximumTightened, Breaking, Additive),
            (MaximumLoosened, Additive, Additive),
        ),
        (
            number("multipleOf", json!(2)),
            number("multipleOf", json!(4)),
            (MultipleOfTightened, Breaking, Additive),
            (MultipleOfLoosened, Additive, Additive),
        ),
        (
            text("minLength", json!(1)),
            text("minLength", json!(2)),
            (MinLengthTightened, Breaking, Additive),
            (MinLengthLoosened, Additive, Additive),
        ),
        (
            text("maxLength", json!(9)),
            text("maxLength", json!(8)),
            (MaxLengthTightened, Breaking, Additive),
            (MaxLengthLoosened, Additive, Additive),
        ),
        (
            list("items", json!({})),
            list("minItems", json!(1)),
            (MinItemsTightened, Breaking, Additive),
            (MinItemsLoosened, Additive, Additive),
        ),
        (
            list("items", json!({})),
            list("maxItems", json!(1)),
            (MaxItemsTightened, Breaking, Additive),
            (MaxItemsLoosened, Additive, Additive),
        ),
        (
            list("items", json!({})),
            list("uniqueItems", json!(true)),
            (UniqueItemsRequired, Breaking, Additive),
            (UniqueItemsLifted, Additive, Additive),
        ),
        (
            list("items", string()),
            list("items", json!({"type": "integer"})),
            (TypeChanged, Breaking, Rust),
            (TypeChanged, Breaking, Rust),
        ),
        (
            map("minProperties", json!(1)),
            map("minProperties", json!(2)),
            (MinPropertiesTightened, Breaking, Additive),
            (MinPropertiesLoosened, Additive, Additive),
        ),
        (
            map("maxProperties", json!(2)),
            map("maxProperties", json!(1)),
            (MaxPropertiesTightened, Breaking, Additive),
            (MaxPropertiesLoosened, Additive, Additive),
        ),
        (
            string(),
            text("pattern", json!("^a")),
            (PatternAdded, Breaking, Additive),
            (PatternRemoved, Additive, Additive),
        ),
        (
            text("pattern", json!("^a")),
            text("pattern", json!("^b")),
            (PatternChanged, Breaking, Additive),
            (PatternChanged, Breaking, Additive),
        ),
        (
            string(),
            text("default", json!("a")),
            (DefaultAdded, Additive, Documentation),
            (DefaultRemoved, Breaking, Documentation),
        ),
        (
            text("default", json!("a")),
            text("default", json!(null)),
            (DefaultChanged, Breaking, Documentation),
            (DefaultChanged, Breaking, Documentation),
        ),
        (
            open("additionalProperties", json!(true)),
            open("additionalProperties", json!(false)),
            (AdditionalPropertiesClosed, Breaking, Additive),
            (AdditionalPropertiesOpened, Additive, Additive),
        ),
        (
            map("additionalProperties", json!(true)),
            map("additionalProperties", json!(false)),
            (MapClosed, Breaking, Rust),
            (MapOpened, Rust, Rust),
        ),
        (
            open("additionalProperties", json!(true)),
            open("additionalProperties", string()),
            (AdditionalPropertiesTyped, Breaking, Rust),
            (AdditionalPropertiesUntyped, Rust, Rust),
        ),
        (
            map("additionalProperties", string()),
            map("additionalProperties", json!({"type": "integer"})),
            (TypeChanged, Breaking, Rust),
            (TypeChanged, Breaking, Rust),
        ),
        (
            map("additionalProperties", json!({})),
            map("additionalProperties", json!({"description": "Anything"})),
            (DescriptionChanged, Documentation, Documentation),
            (DescriptionChanged, Documentation, Documentation),
        ),
        (
            json!({"oneOf": [to("Cat"), to("Dog")]}),
            json!({"anyOf": [to("Cat"), to("Dog")]}),
            (UnionKindChanged, Rust, Rust),
            (UnionKindChanged, Rust, Rust),
        ),
        (
            json!({"oneOf": [to("Cat"), to("Dog")]}),
            json!({"oneOf": [to("Dog"), string(), to("Cat")]}),
            (UnionMemberAdded, Additive, Breaking),
            (UnionMemberRemoved, Breaking, Rust),
        ),
        (
            json!({"anyOf": [to("Cat"), {"type": "string", "maxLength": 5}]}),
            json!({"anyOf": [{"type": "string", "maxLength": 4}, to("Cat")]}),
            (MaxLengthTightened, Breaking, Additive),
            (MaxLengthLoosened, Additive, Additive),
        ),
        (
            json!({"allOf": [to("Cat"), {"minProperties": 1}]}),
            json!({"allOf": [to("Cat"), {"minProperties": 1}, {"type": "string"}]}),
            (AllOfMemberAdded, Breaking, Rust),
            (AllOfMemberRemoved, Rust, Rust),
        ),
        (
            json!({"allOf": [to("Cat"), {"type": "object", "properties": {"a": {}}}]}),
            json!({"type": "object", "properties": {"a": {}, "name": {"type": "string"}}}),
            (AllOfRearranged, Rust, Rust),
            (AllOfRearranged, Rust, Rust),
        ),
        (
            with(field(string()), "required", json!(["a"])),
            with(field(text("default", json!("b"))), "required", json!(["a"])),
            (DefaultOfRequiredChanged, Documentation, Documentation),
            (DefaultOfRequiredChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("not", json!({"enum": ["a"]})),
            (NotChanged, Breaking, Rust),
            (NotLifted, Rust, Rust),
        ),
        (
            json!({"oneOf": [to("Cat"), to("Dog")]}),
            told_apart(json!({})),
            (DiscriminatorChanged, Breaking, Rust),
            (DiscriminatorChanged, Breaking, Rust),
        ),
        (
            told_apart(json!({})),
            told_apart(json!({"cat": "Cat"})),
            (DiscriminatorMappingAdded, Additive, Additive),
            (DiscriminatorMappingRemoved, Breaking, Rust),
        ),
        (
            told_apart(json!({"cat": "Cat"})),
            told_apart(json!({"cat": "#/components/schemas/Dog"})),
            (DiscriminatorMappingChanged, Breaking, Rust),
            (DiscriminatorMappingChanged, Breaking, Rust),
        ),
        (
            string(),
            text("deprecated", json!(true)),
            (Deprecated, Additive, Additive),
            (Undeprecated, Additive, Additive),
        ),
        (
            string(),
            text("title", json!("A")),
            (TitleChanged, Documentation, Documentation),
            (TitleChanged, Documentation, Documentation),
        ),
        (
            text("description", json!("A")),
            text("description", json!("B")),
            (DescriptionChanged, Documentation, Documentation),
            (DescriptionChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("example", json!("A")),
            (ExampleChanged, Documentation, Documentation),
            (ExampleChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("externalDocs", json!({"url": "https://example.com"})),
            (ExternalDocsChanged, Documentation, Documentation),
            (ExternalDocsChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("x-enum-descriptions", json!({"a": "first"})),
            (ExtensionChanged, Documentation, Documentation),
            (ExtensionChanged, Documentation, Documentation),
        ),
        (
            string(),
            text("xml", json!({"name": "a"})),
            (Unrecognized, Breaking, Breaking),
            (Unrecognized, Breaking, Breaking),
        ),
    ]
}
