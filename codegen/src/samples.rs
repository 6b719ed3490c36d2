//! Sample values of the document's schemas: what a client could send, or a server could respond with.
//!
//! A sample is valid against its schema, looks like real data, and depends only on the schema and on
//! [`Wanted`]. `example` and `default` are ignored.
//!
//! The document can be the published one or the lowered one: the extensions of the passes are read like
//! the keywords that they replace. The conformance tests of the client use this module as well.

mod pattern;
mod scalars;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::lower::enums::X_ENUM;
use crate::lower::limits::X_LIMITS;
use crate::lower::schema::is_annotation;
use crate::lower::unions::{X_TAG, X_UNION};
use crate::messages::X_VALUE;

use scalars::{formatted, integer, number, words};

/// The name of the unknown property in samples of [`Shape::Unknown`].
pub const UNKNOWN_PROPERTY: &str = "addedTomorrow";

/// The unknown value of enums in samples of [`Shape::Foreign`].
pub const FOREIGN_VALUE: &str = "ADDED_TOMORROW";

/// Who writes the value. A `readOnly` property is not sent, a `writeOnly` one is not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// In a request.
    Sent,
    /// In a response.
    Received,
}

/// Which of the values that a schema allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All optional properties, and an entry in each list and map.
    Full,
    /// Required properties only.
    Bare,
    /// All optional properties; lists and maps are empty if allowed.
    Empty,
    /// All optional properties, null if allowed.
    Null,
    /// As `Full`, with an unknown value for every enum of strings.
    Foreign,
    /// As `Full`, with an unknown property in every object.
    Unknown,
}

/// What a sample is to be.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// If `None`, `readOnly` and `writeOnly` are ignored.
    pub direction: Option<Direction>,
    /// How full the value is.
    pub shape: Shape,
    /// Which of several alternatives: the values of an enum, the members of a `oneOf` or `anyOf`.
    pub choice: usize,
}

/// A value of `schema`, which is part of `document`; a string is made of `name`. `None` if there is no
/// finite value, or this module cannot find one.
pub fn sample(document: &Value, schema: &Value, name: &str, wanted: Wanted) -> Option<Value> {
    // A schema that refers to the next one twice doubles the size of the sample at each level. If
    // it gets too large, try again with fewer levels.
    let depths = std::iter::successors(Some(DEPTH), |depth| Some(depth / 2));
    for depth in depths.take_while(|depth| *depth > 0) {
        let mut sampler = Sampler {
            document,
            wanted,
            depth,
            steps: STEPS,
            open: Vec::new(),
        };
        let value = sampler.value(&[schema], Context::top(name));
        if sampler.steps > 0 {
            return value;
        }
    }
    None
}

/// How many choices it takes to see every alternative in the schema itself. References are not
/// followed.
pub fn choices(schema: &Value) -> usize {
    let Some(keywords) = schema.as_object() else {
        return 1;
    };
    let inner = |value: &Value| match value {
        Value::Array(schemas) => schemas.iter().map(choices).max(),
        Value::Object(schemas) => schemas.values().map(choices).max(),
        _ => None,
    };
    keywords
        .iter()
        .filter_map(|(key, value)| match key.as_str() {
            "enum" => value.as_array().map(Vec::len),
            "oneOf" | "anyOf" => inner(value).max(value.as_array().map(Vec::len)),
            "allOf" | "properties" => inner(value),
            "items" | "additionalProperties" => Some(choices(value)),
            _ => None,
        })
        .max()
        .unwrap_or(1)
        .max(1)
}

/// What the sampler knows of the location of a value.
#[derive(Clone, Copy)]
struct Context<'n> {
    name: &'n str,
    /// The value distinguishes the members of a `oneOf`, so it is a known one in every shape.
    tag: bool,
    /// The value as a whole, which is not null even in [`Shape::Null`].
    top: bool,
    /// Distinguishes the items of a list.
    number: usize,
}

impl<'n> Context<'n> {
    fn top(name: &'n str) -> Self {
        Self {
            name,
            tag: false,
            top: true,
            number: 0,
        }
    }
}

/// A schema with its references followed and the members of its `allOf` merged.
#[derive(Clone, Default)]
struct Flat<'a> {
    keywords: BTreeMap<&'a str, &'a Value>,
    /// Several schemas where several members of an `allOf` describe the same property.
    properties: BTreeMap<&'a str, Vec<&'a Value>>,
    required: BTreeSet<&'a str>,
    nullable: bool,
    /// Whether it is a member of a `oneOf` or `anyOf`.
    alternative: bool,
}

impl<'a> Flat<'a> {
    fn add(&mut self, other: Flat<'a>) {
        for (key, value) in other.keywords {
            self.keywords.entry(key).or_insert(value);
        }
        for (name, schemas) in other.properties {
            self.properties.entry(name).or_default().extend(schemas);
        }
        self.required.extend(other.required);
    }

    fn flag(&self, key: &str) -> bool {
        self.keywords.get(key).is_some_and(|value| **value == true)
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.keywords.get(key).and_then(|value| value.as_str())
    }

    fn number(&self, key: &str) -> Option<f64> {
        self.keywords.get(key).and_then(|value| value.as_f64())
    }

    fn size(&self, key: &str) -> Option<usize> {
        let size = self.keywords.get(key)?.as_u64()?;
        usize::try_from(size).ok()
    }

    fn schemas(&self, key: &str) -> Option<&'a [Value]> {
        let schemas = self.keywords.get(key)?.as_array()?;
        Some(schemas.as_slice())
    }
}

struct Sampler<'a> {
    document: &'a Value,
    wanted: Wanted,
    /// How many references may be followed at a time.
    depth: usize,
    /// How many more schemas may be visited.
    steps: usize,
    /// The references that are being followed.
    open: Vec<&'a str>,
}

/// A schema without keywords.
static ANYTHING: Value = Value::Null;

/// How often a schema may occur on one path into a sample: twice shows that it is recursive.
const REPEATS: usize = 2;
/// Bounds the depth of mutually recursive schemas.
const DEPTH: usize = 24;
/// Bounds the time that a sample takes.
const STEPS: usize = 4_000;
/// A string or list that must be longer has no sample.
const LONGEST: usize = 1_000;

impl<'a> Sampler<'a> {
    fn value(&mut self, schemas: &[&'a Value], context: Context<'_>) -> Option<Value> {
        let before = self.open.len();
        let value = self
            .flatten_all(schemas)
            .and_then(|flat| self.of(flat, context));
        self.open.truncate(before);
        value
    }

    /// Leaves the references that it follows in `open`, for the values inside.
    fn flatten_all(&mut self, schemas: &[&'a Value]) -> Option<Flat<'a>> {
        let mut all = Flat {
            nullable: !schemas.is_empty(),
            ..Flat::default()
        };
        for schema in schemas {
            let flat = self.flatten(schema)?;
            all.nullable &= flat.nullable;
            all.add(flat);
        }
        Some(all)
    }

    fn flatten(&mut self, schema: &'a Value) -> Option<Flat<'a>> {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return None;
        }
        let mut flat = Flat::default();
        // `true`, and anything else that is not an object, has no keywords.
        let Some(keywords) = schema.as_object() else {
            return Some(flat);
        };
        // Keywords beside a reference are ignored in OpenAPI 3.0.
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            let repeats = self.open.iter().filter(|open| **open == reference).count();
            if repeats >= REPEATS || self.open.len() >= self.depth {
                return None;
            }
            let pointer = reference.strip_prefix('#')?;
            let target = self.document.pointer(pointer)?;
            self.open.push(reference);
            return self.flatten(target);
        }
        // Lowering moves the schema of a value that an update can clear to the parameter of `Patch`, and
        // one in a type that contains itself to that of `Box`.
        if let Some(inner) = schema.pointer("/x-rust-type/parameters/0") {
            let flat = self.flatten(inner)?;
            return Some(Flat {
                nullable: true,
                ..flat
            });
        }
        for (key, value) in keywords {
            match key.as_str() {
                "allOf" | "required" => {}
                "properties" => {
                    for (name, schema) in value.as_object().into_iter().flatten() {
                        flat.properties.entry(name).or_default().push(schema);
                    }
                }
                // Lowering moves what progenitor would enforce to extensions.
                X_LIMITS | X_UNION => {
                    for (limit, value) in value.as_object().into_iter().flatten() {
                        flat.keywords.insert(limit, value);
                    }
                }
                X_ENUM => {
                    flat.keywords.insert("enum", value);
                }
                key => {
                    flat.keywords.insert(key, value);
                }
            }
        }
        let required = keywords.get("required").and_then(Value::as_array);
        flat.required
            .extend(required.into_iter().flatten().filter_map(Value::as_str));
        flat.nullable = flat.flag("nullable");
        if let Some(members) = keywords.get("allOf").and_then(Value::as_array) {
            let members: Vec<_> = members.iter().collect();
            let together = self.flatten_all(&members)?;
            flat.nullable |= together.nullable;
            flat.add(together);
        }
        Some(flat)
    }

    fn of(&mut self, mut flat: Flat<'a>, context: Context<'_>) -> Option<Value> {
        if flat.nullable && !context.top && self.wanted.shape == Shape::Null {
            return Some(Value::Null);
        }
        if let Some(value) = flat.keywords.get(X_VALUE) {
            return Some((*value).clone());
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(members) = flat.schemas(key) {
                flat.keywords.remove(key);
                return self.alternative(&flat, members, context, key == "oneOf");
            }
        }
        if let Some(values) = flat.schemas("enum") {
            return self.enumerated(values, context);
        }
        match flat.text("type") {
            Some("object") => self.object(&flat),
            Some("array") => self.array(&flat, context),
            Some("string") => self.string(&flat, context),
            Some("integer") => Some(integer(&flat, context.number)),
            Some("number") => Some(number(&flat, context.number)),
            Some("null") => Some(Value::Null),
            Some("boolean") => Some(Value::Bool(!self.wanted.choice.is_multiple_of(2))),
            Some(_) => None,
            None if !flat.properties.is_empty()
                || flat.keywords.contains_key("additionalProperties") =>
            {
                self.object(&flat)
            }
            None if flat.keywords.contains_key("items") => self.array(&flat, context),
            None => Some(json!({"key": ["any", 1, true, null]})),
        }
    }

    /// A value of one member, to which the keywords beside the members apply as well.
    fn alternative(
        &mut self,
        beside: &Flat<'a>,
        members: &'a [Value],
        context: Context<'_>,
        only_one: bool,
    ) -> Option<Value> {
        let count = members.len();
        let required = |member: &'a Value| -> BTreeSet<&'a str> {
            let names = member.get("required").and_then(Value::as_array);
            let names = names.into_iter().flatten();
            names.filter_map(Value::as_str).collect()
        };
        let of_member = |this: &mut Self, index: usize| {
            let member = &members[index % count];
            let before = this.open.len();
            let value = this.flatten(member).and_then(|flat| {
                // `{nullable: true}` allows anything, and is written for null.
                if flat.nullable && flat.keywords.keys().all(|key| is_annotation(key)) {
                    return Some(Value::Null);
                }
                let mut together = beside.clone();
                // A value with the properties that two members require would match both.
                let own = required(member);
                if only_one {
                    let others = members.iter().flat_map(required);
                    let others = others
                        .filter(|name| !own.contains(name) && !beside.required.contains(name));
                    others.for_each(|name| drop(together.properties.remove(name)));
                }
                // Null is a value of the whole if it is one of the member.
                together.nullable = flat.nullable;
                together.add(flat);
                together.alternative = true;
                this.of(together, context)
            });
            this.open.truncate(before);
            let mut value = value?;
            if let (Some((name, tag)), Some(object)) =
                (discriminator(beside, member), value.as_object_mut())
            {
                object.insert(name.to_owned(), tag.into());
            }
            Some(value)
        };
        let mut first = None;
        for index in 0..count {
            let value = of_member(self, self.wanted.choice + index);
            // `Shape::Null` prefers null; the others avoid it.
            let is_null = value.as_ref().is_some_and(Value::is_null);
            let wants_null = self.wanted.shape == Shape::Null && !context.top;
            if value.is_some() && is_null == wants_null {
                return value;
            }
            first = first.or(value);
        }
        first
    }

    fn enumerated(&self, values: &[Value], context: Context<'_>) -> Option<Value> {
        let null = values.iter().any(Value::is_null);
        let known: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
        if known.is_empty() || null && self.wanted.shape == Shape::Null && !context.top {
            return null.then_some(Value::Null);
        }
        let strings = known.iter().all(|value| value.is_string());
        if self.wanted.shape == Shape::Foreign && strings && !context.tag {
            return Some(FOREIGN_VALUE.into());
        }
        let index = (self.wanted.choice + context.number) % known.len();
        known.get(index).map(|value| (**value).clone())
    }

    fn object(&mut self, flat: &Flat<'a>) -> Option<Value> {
        let shape = self.wanted.shape;
        let mut object = Map::new();
        for (name, schemas) in &flat.properties {
            let required = flat.required.contains(name);
            if shape == Shape::Bare && !required || self.belongs_to_the_other_direction(schemas) {
                continue;
            }
            let context = Context {
                name,
                tag: flat.alternative && required,
                top: false,
                number: 0,
            };
            match self.value(schemas, context) {
                Some(value) => {
                    object.insert((*name).to_owned(), value);
                }
                None if required => return None,
                None => {}
            }
        }
        // Required properties without a schema.
        for name in &flat.required {
            if !flat.properties.contains_key(name) {
                let value = self.additional(flat, name)?;
                object.insert((*name).to_owned(), value);
            }
        }
        let is_map = match flat.keywords.get("additionalProperties") {
            None => flat.properties.is_empty(),
            Some(Value::Bool(allowed)) => *allowed,
            Some(_) => true,
        };
        let least = flat.size("minProperties").unwrap_or(0);
        if least > LONGEST {
            return None;
        }
        let has_entry = is_map && !matches!(shape, Shape::Bare | Shape::Empty);
        for number in 0.. {
            if object.len() >= least && (number > 0 || !has_entry) {
                break;
            }
            let name = match number {
                0 => "key".to_owned(),
                number => format!("key{number}"),
            };
            let Some(value) = self.additional(flat, &name) else {
                break;
            };
            object.insert(name, value);
        }
        let closed = flat.keywords.get("additionalProperties") == Some(&&Value::Bool(false));
        if shape == Shape::Unknown && !closed && !is_map {
            object.insert(UNKNOWN_PROPERTY.to_owned(), json!({"is": "unknown"}));
        }
        (object.len() >= least).then_some(Value::Object(object))
    }

    fn belongs_to_the_other_direction(&mut self, schemas: &[&'a Value]) -> bool {
        let flag = match self.wanted.direction {
            Some(Direction::Sent) => "readOnly",
            Some(Direction::Received) => "writeOnly",
            None => return false,
        };
        let before = self.open.len();
        let flat = self.flatten_all(schemas);
        self.open.truncate(before);
        flat.is_some_and(|flat| flat.flag(flag))
    }

    fn additional(&mut self, flat: &Flat<'a>, name: &str) -> Option<Value> {
        match flat.keywords.get("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(Value::Object(schema)) if !schema.is_empty() => {
                let schema = flat.keywords.get("additionalProperties")?;
                let context = Context {
                    top: false,
                    ..Context::top(name)
                };
                self.value(&[schema], context)
            }
            _ => Some("any value".into()),
        }
    }

    fn array(&mut self, flat: &Flat<'a>, context: Context<'_>) -> Option<Value> {
        let least = flat.size("minItems").unwrap_or(0);
        if least > LONGEST {
            return None;
        }
        let most = flat.size("maxItems").unwrap_or(usize::MAX);
        let count = match self.wanted.shape {
            Shape::Bare | Shape::Empty => least,
            _ => least.max(1).min(most),
        };
        let items = flat.keywords.get("items").copied().unwrap_or(&ANYTHING);
        let mut array = Vec::new();
        for number in 0..count {
            let context = Context {
                name: context.name,
                tag: false,
                top: false,
                number,
            };
            array.extend(self.value(&[items], context));
        }
        (array.len() >= least).then_some(Value::Array(array))
    }

    fn string(&self, flat: &Flat<'a>, context: Context<'_>) -> Option<Value> {
        if let Some(pattern) = flat.text("pattern") {
            return pattern::matching(pattern).map(Value::String);
        }
        if let Some(text) = flat
            .text("format")
            .and_then(|format| formatted(format, self.wanted.choice + context.number))
        {
            return Some(text.into());
        }
        let mut text = words(context.name);
        if context.number > 0 {
            text += &format!(" {}", context.number + 1);
        }
        let most = flat.size("maxLength").unwrap_or(usize::MAX);
        let least = flat.size("minLength").unwrap_or(0).min(most);
        if least > LONGEST {
            return None;
        }
        while text.chars().count() < least {
            text.push('.');
        }
        Some(text.chars().take(most).collect::<String>().into())
    }
}

/// The discriminator property, and its value for the member.
fn discriminator<'a>(beside: &Flat<'a>, member: &'a Value) -> Option<(&'a str, &'a str)> {
    let discriminator = beside.keywords.get("discriminator")?;
    let property = discriminator.get("propertyName")?.as_str()?;
    if let Some(tag) = member.get(X_TAG).and_then(Value::as_str) {
        return Some((property, tag));
    }
    let reference = member.get("$ref")?.as_str()?;
    let name = reference.rsplit('/').next()?;
    let mapped = discriminator
        .get("mapping")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .find(|(_, target)| {
            target
                .as_str()
                .is_some_and(|to| to == reference || to == name)
        });
    Some((property, mapped.map_or(name, |(tag, _)| tag)))
}
