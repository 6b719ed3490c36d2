use crate::tests::{all, document, refusal};

/// A document whose only operation sends and receives the schema `A`.
fn with(schemas: &str) -> String {
    let content = "content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}";
    let operation = format!(
        "operationId: a_update, requestBody: {{{content}}}, \
         responses: {{'200': {{description: '', {content}}}}}"
    );
    document(
        &format!("{{/a: {{put: {{{operation}}}}}}}"),
        &format!("{{{schemas}}}"),
    )
}

/// The lines of `types.rs` that contain this text.
fn lines(schemas: &str, with_text: &str) -> Vec<String> {
    let files = all(&with(schemas)).unwrap().files;
    let lines = files["types.rs"].lines();
    lines
        .filter(|line| line.contains(with_text))
        .map(str::to_owned)
        .collect()
}

/// The end of the only line for a union, after its documentation.
fn union(schemas: &str) -> String {
    let lines = lines(schemas, "tagged_union!");
    let [line] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    line.split_once("] ")
        .unwrap()
        .1
        .strip_suffix(" }")
        .unwrap()
        .to_owned()
}

/// The schema `name`, with these values of `kind`, and a property of its own.
fn variant(name: &str, values: &str) -> String {
    let own = name.to_lowercase();
    format!(
        "{name}: {{type: object, required: [kind, {own}], properties: {{\
         kind: {{type: string{values}}}, {own}: {{type: number}}}}}}"
    )
}

const B: &str = "$ref: '#/components/schemas/B'";
const C: &str = "$ref: '#/components/schemas/C'";

#[test]
fn a_property_with_a_single_value_tells_variants_apart_and_is_no_field() {
    for key in ["oneOf", "anyOf"] {
        let schemas = format!(
            "A: {{{key}: [{{{B}}}, {{{C}}}]}}, {}, {}",
            variant("B", ", enum: [b]"),
            variant("C", ", enum: [the c]")
        );
        assert_eq!(
            union(&schemas),
            "A \"kind\" { B \"b\" B, TheC \"the c\" C, } kept { } from { B B, TheC C, }"
        );
        // Neither an argument, nor a type for its values.
        assert_eq!(
            lines(&schemas, "object! { B "),
            ["object! { B new(b: [into f64], ) others() {"]
        );
        assert!(lines(&schemas, "open_enum!").is_empty());
        assert_eq!(lines(&schemas, "limits! { A "), ["limits! { A | B TheC }"]);
    }
}

#[test]
fn a_discriminator_names_variants_by_its_mapping_or_by_their_schemas() {
    let union_by = |discriminator: &str| {
        union(&format!(
            "A: {{oneOf: [{{{B}}}, {{{C}}}], discriminator: {{propertyName: kind{discriminator}}}}}, {}, {}",
            variant("B", ""),
            variant("C", "")
        ))
    };
    assert_eq!(
        union_by(""),
        "A \"kind\" { B \"B\" B, C \"C\" C, } kept { } from { B B, C C, }"
    );
    assert_eq!(
        union_by(", mapping: {one: B, two: '#/components/schemas/C', three: C}"),
        "A \"kind\" { One \"one\" B, Three \"three\" C, Two \"two\" C, } kept { } from { One B, }"
    );
    // The schema that is not in the mapping goes by its name.
    assert_eq!(
        union_by(", mapping: {one: B}"),
        "A \"kind\" { C \"C\" C, One \"one\" B, } kept { } from { C C, One B, }"
    );
}

#[test]
fn a_variant_that_is_used_elsewhere_keeps_its_tag() {
    let schemas = format!(
        "A: {{type: object, properties: {{one: {{oneOf: [{{{B}}}, {{{C}}}]}}, b: {{{B}}}}}}}, {}, {}",
        variant("B", ", enum: [b]"),
        variant("C", ", enum: [c]")
    );
    assert_eq!(
        union(&schemas),
        "AOne \"kind\" { C \"c\" C, } kept { B \"b\" B, } from { B B, C C, }"
    );
    let new = lines(&schemas, "object! { B ");
    assert!(
        new[0].contains("kind: [into crate::types::BKind]"),
        "{new:?}"
    );
}

#[test]
fn a_variant_that_contains_the_union_itself_is_boxed() {
    let union_with = |property: &str| {
        union(&format!(
            "A: {{oneOf: [{{{B}}}, {{{C}}}]}}, {}, \
             C: {{type: object, required: [kind, inner], properties: {{\
             kind: {{type: string, enum: [c]}}, inner: {property}}}}}, \
             D: {{type: object, required: [a], properties: {{a: {{$ref: '#/components/schemas/A'}}}}}}",
            variant("B", ", enum: [b]")
        ))
    };
    let itself = "{$ref: '#/components/schemas/A'}";
    let boxed =
        "A \"kind\" { B \"b\" B, C \"c\" ::std::boxed::Box<C>, } kept { } from { B B, C C, }";
    assert_eq!(union_with(itself), boxed);
    assert_eq!(union_with("{$ref: '#/components/schemas/D'}"), boxed);
    let list = format!("{{type: array, items: {itself}}}");
    assert_eq!(
        union_with(&list),
        boxed.replace("::std::boxed::Box<C>", "C")
    );
}

#[test]
fn tags_of_any_characters_become_different_variants() {
    let tags = ["unknown", "Unknown", "self", "a-b", "a_b", "a b", "", "3"];
    let mut schemas = String::new();
    let mut members = String::new();
    for (index, tag) in tags.iter().enumerate() {
        members += &format!("{{$ref: '#/components/schemas/V{index}'}}, ");
        schemas += &format!(
            "V{index}: {{type: object, required: [kind], properties: {{kind: {{type: string, enum: [\"{tag}\"]}}}}}}, "
        );
    }
    let union = union(&format!("A: {{anyOf: [{members}]}}, {schemas}"));
    let variants = union.split_once('{').unwrap().1.split_once('}').unwrap().0;
    let mut names: Vec<&str> = variants
        .split(", ")
        .filter_map(|part| part.split(' ').find(|part| !part.is_empty()))
        .collect();
    assert_eq!(names.len(), tags.len(), "{variants}");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), tags.len(), "{names:?}");
    assert!(!names.contains(&"Unknown"), "{names:?}");
}

#[test]
fn objects_that_no_value_of_another_fits_need_no_tag() {
    let schemas = format!(
        "A: {{oneOf: [{{{B}}}, {{{C}}}, {{type: string}}]}}, {}, {}",
        variant("B", ""),
        variant("C", "")
    );
    assert!(lines(&schemas, "tagged_union!").is_empty());
    assert!(all(&with(&schemas)).unwrap().files["client.rs"].contains("pub enum A {"));
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let union = |keywords: &str, b: &str, c: &str| {
        format!(
            "A: {{oneOf: [{{{B}}}, {{{C}}}]{keywords}}}, {}, {}",
            variant("B", b),
            variant("C", c)
        )
    };
    let (by, x) = (", discriminator: {propertyName: kind", ", enum: [x]");
    let same = "type: object, required: [kind], properties: {kind: {type: string, enum: [x]}}";
    for (schemas, expected) in [
        (
            format!("A: {{oneOf: [{{{B}}}, {{{C}}}]}}, B: {{{same}}}, C: {{{same}}}"),
            "a value of `C` fits `B` as well, which comes before it in `oneOf`",
        ),
        (
            format!(
                "A: {{anyOf: [{{{B}}}, {{{C}}}]}}, B: {{type: object}}, {}",
                variant("C", "")
            ),
            "a value of `C` fits `B` as well, which comes before it in `anyOf`",
        ),
        (
            // A tag that may be absent tells nothing.
            format!(
                "A: {{oneOf: [{{{B}}}, {{{C}}}]}}, {}, C: {{type: object, properties: {{\
                kind: {{type: string, enum: [c]}}, b: {{type: number}}}}}}",
                variant("B", ", enum: [b]")
            ),
            "a value of `C` fits `B` as well",
        ),
        (
            // A union of objects is an object of any kind.
            format!(
                "A: {{oneOf: [{{$ref: '#/components/schemas/U'}}, {{{B}}}]}}, U: {{oneOf: [{{{B}}}, {{{C}}}]}}, {}, {}",
                variant("B", ", enum: [b]"),
                variant("C", ", enum: [c]")
            ),
            "a value of `B` fits `U` as well",
        ),
        (
            union(&format!("{by}, mapping: {{x: D}}}}"), "", ""),
            "maps `x` to `D`, which is not one of the alternatives: add it to `oneOf`",
        ),
        (
            union(
                &format!("{by}, mapping: {{x: '#/components/schemas/A'}}}}"),
                "",
                "",
            ),
            "maps `x` to `A`, which is not one of the alternatives",
        ),
        (
            union(&format!("{by}}}"), x, x),
            "`B` and `C` both have the value `x` of `kind`",
        ),
        (
            union(&format!("{by}, mapping: {{y: B}}}}"), x, ""),
            "stands for `B` by the value `y` of `kind`, which the schema does not allow",
        ),
        (
            union(", discriminator: {propertyName: b}", "", ""),
            "stands for `B` by the value `B` of `b`, which the schema does not allow",
        ),
    ] {
        let refused = refusal(&with(&schemas));
        assert!(refused.starts_with("components.schemas.A: "), "{refused}");
        assert!(refused.contains(expected), "{expected}: {refused}");
        assert!(!refused.contains('\n'), "{refused}");
    }
}
