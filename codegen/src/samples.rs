//! Sample values of the document's schemas: what a client could send, or a server answer.
//!
//! A sample is valid against its schema, looks like real data, and depends on nothing but the schema
//! and on what is asked for. Only what the schema says is used: `example` and `default` are prose here.
//!
//! The document may be the published one or the lowered one: the notes that passes leave are read as
//! what they stand for. Tests compile this module as well, so it uses nothing of the generator.

mod pattern;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The name of the property that no schema knows, in samples of [`Shape::Unknown`].
pub const UNKNOWN_PROPERTY: &str = "addedTomorrow";

/// The value that no enum knows, in samples of [`Shape::Foreign`].
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
    /// All optional properties, lists and maps with an entry.
    Full,
    /// Required properties only.
    Bare,
    /// All optional properties, lists and maps empty where they may be.
    Empty,
    /// All optional properties, null where it is allowed.
    Null,
    /// As `Full`, with a value in every enum of strings that the document does not list.
    Foreign,
    /// As `Full`, with a property in every object that the document does not list.
    Unknown,
}

/// What a sample is to be.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Without one, `readOnly` and `writeOnly` count for nothing.
    pub direction: Option<Direction>,
    /// How full the value is.
    pub shape: Shape,
    /// Which of several alternatives: the values of an enum, the members of a `oneOf` or `anyOf`.
    pub choice: usize,
}

/// A value of `schema`, which stands in `document`; `name` is what its place is called. `None` where
/// no finite value exists, or none that this module can think of.
pub fn sample(document: &Value, schema: &Value, name: &str, wanted: Wanted) -> Option<Value> {
    // A schema that leads to the next one twice doubles what there is at each level: where that gets out
    // of hand, fewer levels are as good a sample.
    let depths = std::iter::successors(Some(DEPTH), |depth| Some(depth / 2));
    for depth in depths.take_while(|depth| *depth > 0) {
        let mut sampler = Sampler {
            document,
            wanted,
            depth,
            steps: STEPS,
            open: Vec::new(),
        };
        let value = sampler.value(&[schema], Place::top(name));
        if sampler.steps > 0 {
            return value;
        }
    }
    None
}

/// How many choices it takes to see every alternative that stands in the schema itself. What it
/// refers to is not followed.
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

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'n> {
    name: &'n str,
    /// The value tells the members of a `oneOf` apart, so it is the document's own in every shape.
    tag: bool,
    /// The value as a whole, which is never null for the sake of the shape.
    top: bool,
    /// Tells the items of a list apart.
    number: usize,
}

impl<'n> Place<'n> {
    fn top(name: &'n str) -> Self {
        Self {
            name,
            tag: false,
            top: true,
            number: 0,
        }
    }
}

/// A schema with its references followed and the members of its `allOf` put together.
#[derive(Clone, Default)]
struct Flat<'a> {
    keywords: BTreeMap<&'a str, &'a Value>,
    /// More than one schema where several members of an `allOf` say something of a property.
    properties: BTreeMap<&'a str, Vec<&'a Value>>,
    required: BTreeSet<&'a str>,
    nullable: bool,
    /// It is a member of a `oneOf` or `anyOf`.
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
    /// How many references may be open.
    depth: usize,
    /// How many more schemas may be looked at.
    steps: usize,
    /// The references that are being followed.
    open: Vec<&'a str>,
}

/// A schema that says nothing.
static ANYTHING: Value = Value::Null;

/// A schema may stand in itself so often in a sample: once shows that it can.
const REPEATS: usize = 2;
/// Bounds what schemas that refer to each other crosswise can grow to.
const DEPTH: usize = 24;
/// Bounds the time that a sample takes.
const STEPS: usize = 4_000;
/// A text or a list that has to be longer has no sample.
const LONGEST: usize = 1_000;

impl<'a> Sampler<'a> {
    fn value(&mut self, schemas: &[&'a Value], place: Place<'_>) -> Option<Value> {
        let before = self.open.len();
        let value = self
            .flatten_all(schemas)
            .and_then(|flat| self.of(flat, place));
        self.open.truncate(before);
        value
    }

    /// Leaves the references that it follows open, for the values inside.
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
        // `true` and what else is no object says nothing.
        let Some(keywords) = schema.as_object() else {
            return Some(flat);
        };
        // What stands beside a reference does not count in OpenAPI 3.0.
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
        // Lowering makes what an update can clear a parameter of the type that says so.
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
                // Lowering puts aside what progenitor would enforce.
                "x-ultravox-limits" => {
                    for (limit, value) in value.as_object().into_iter().flatten() {
                        flat.keywords.insert(limit, value);
                    }
                }
                "x-ultravox-enum" => {
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

    fn of(&mut self, mut flat: Flat<'a>, place: Place<'_>) -> Option<Value> {
        if flat.nullable && !place.top && self.wanted.shape == Shape::Null {
            return Some(Value::Null);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(members) = flat.schemas(key) {
                flat.keywords.remove(key);
                return self.alternative(&flat, members, place);
            }
        }
        if let Some(values) = flat.schemas("enum") {
            return self.enumerated(values, place);
        }
        match flat.text("type") {
            Some("object") => self.object(&flat),
            Some("array") => self.array(&flat, place),
            Some("string") => self.string(&flat, place),
            Some("integer") => Some(integer(&flat, place.number)),
            Some("number") => Some(number(&flat, place.number)),
            Some("boolean") => Some(Value::Bool(!self.wanted.choice.is_multiple_of(2))),
            Some(_) => None,
            None if !flat.properties.is_empty()
                || flat.keywords.contains_key("additionalProperties") =>
            {
                self.object(&flat)
            }
            None if flat.keywords.contains_key("items") => self.array(&flat, place),
            None => Some(json!({"key": ["any", 1, true, null]})),
        }
    }

    /// A value of one member, which what stands beside the members applies to as well.
    fn alternative(
        &mut self,
        beside: &Flat<'a>,
        members: &'a [Value],
        place: Place<'_>,
    ) -> Option<Value> {
        let count = members.len();
        let of_member = |this: &mut Self, index: usize| {
            let member = &members[index % count];
            let before = this.open.len();
            let value = this.flatten(member).and_then(|flat| {
                let mut together = beside.clone();
                // A member that is nullable makes null a value, as it is one by itself.
                together.nullable = flat.nullable;
                together.add(flat);
                together.alternative = true;
                this.of(together, place)
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
            // For the sake of the shape null comes first, otherwise last.
            let is_null = value.as_ref().is_some_and(Value::is_null);
            let wants_null = self.wanted.shape == Shape::Null && !place.top;
            if value.is_some() && is_null == wants_null {
                return value;
            }
            first = first.or(value);
        }
        first
    }

    fn enumerated(&self, values: &[Value], place: Place<'_>) -> Option<Value> {
        let null = values.iter().any(Value::is_null);
        let known: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
        if known.is_empty() || null && self.wanted.shape == Shape::Null && !place.top {
            return null.then_some(Value::Null);
        }
        let strings = known.iter().all(|value| value.is_string());
        if self.wanted.shape == Shape::Foreign && strings && !place.tag {
            return Some(FOREIGN_VALUE.into());
        }
        let index = (self.wanted.choice + place.number) % known.len();
        known.get(index).map(|value| (**value).clone())
    }

    fn object(&mut self, flat: &Flat<'a>) -> Option<Value> {
        let shape = self.wanted.shape;
        let mut object = Map::new();
        for (name, schemas) in &flat.properties {
            let required = flat.required.contains(name);
            if shape == Shape::Bare && !required || self.is_not_for_this_direction(schemas) {
                continue;
            }
            let place = Place {
                name,
                tag: flat.alternative && required,
                top: false,
                number: 0,
            };
            match self.value(schemas, place) {
                Some(value) => {
                    object.insert((*name).to_owned(), value);
                }
                None if required => return None,
                None => {}
            }
        }
        // Names that are required and that no schema describes.
        for name in &flat.required {
            if !flat.properties.contains_key(name) {
                let value = self.additional(flat, name)?;
                object.insert((*name).to_owned(), value);
            }
        }
        let is_map = match flat.keywords.get("additionalProperties") {
            None => flat.properties.is_empty(),
            Some(Value::Bool(allowed)) => *allowed && flat.properties.is_empty(),
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

    fn is_not_for_this_direction(&mut self, schemas: &[&'a Value]) -> bool {
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
                let place = Place {
                    top: false,
                    ..Place::top(name)
                };
                self.value(&[schema], place)
            }
            _ => Some("any value".into()),
        }
    }

    fn array(&mut self, flat: &Flat<'a>, place: Place<'_>) -> Option<Value> {
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
            let place = Place {
                name: place.name,
                tag: false,
                top: false,
                number,
            };
            array.extend(self.value(&[items], place));
        }
        (array.len() >= least).then_some(Value::Array(array))
    }

    fn string(&self, flat: &Flat<'a>, place: Place<'_>) -> Option<Value> {
        if let Some(pattern) = flat.text("pattern") {
            return pattern::matching(pattern).map(Value::String);
        }
        if let Some(text) = flat
            .text("format")
            .and_then(|format| formatted(format, self.wanted.choice + place.number))
        {
            return Some(text.into());
        }
        let mut text = words(place.name);
        if place.number > 0 {
            text += &format!(" {}", place.number + 1);
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

/// The property that names the member, and the member's name in it.
fn discriminator<'a>(beside: &Flat<'a>, member: &'a Value) -> Option<(&'a str, &'a str)> {
    let discriminator = beside.keywords.get("discriminator")?;
    let property = discriminator.get("propertyName")?.as_str()?;
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

/// A value of a format; `number` tells several apart.
fn formatted(format: &str, number: usize) -> Option<String> {
    let small = number % 100;
    Some(match format {
        "date-time" => format!("2025-03-14T09:26:{:02}.589793Z", number % 60),
        "date" => format!("2025-03-{:02}", 1 + number % 28),
        "time" => format!("09:26:{:02}.589793", number % 60),
        "uuid" => format!("6f0c4b1e-93d2-4c57-8a6b-2f1d5e7a90{small:02}"),
        "uri" | "url" => format!("https://example.com/files/{number}?part=a%20b"),
        "ipv4-cidr" | "cidr" => format!("203.0.{small}.0/24"),
        "ipv6-cidr" => format!("2001:db8:{number:x}::/48"),
        "ipv4" | "ip" => format!("203.0.113.{small}"),
        "ipv6" => format!("2001:db8::{:x}", number + 1),
        "email" => format!("ada.{number}@example.com"),
        "hostname" => format!("host-{number}.example.com"),
        "byte" => "UklGRg==".to_owned(),
        "duration" => "PT3.5S".to_owned(),
        _ => return None,
    })
}

/// `systemPrompt`, `system_prompt` → `system prompt`.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut was_lower = false;
    for character in name.chars() {
        if character.is_alphanumeric() {
            if was_lower && character.is_uppercase() {
                words.push(' ');
            }
            words.extend(character.to_lowercase());
            was_lower = character.is_lowercase() || character.is_numeric();
        } else if !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
            was_lower = false;
        }
    }
    let words = words.trim_end();
    if words.is_empty() { "text" } else { words }.to_owned()
}

/// The least and the largest value, without those that an exclusive limit takes away.
fn bounds(flat: &Flat<'_>, step: f64) -> (Option<f64>, Option<f64>) {
    let bound = |limit: &str, exclusive: &str, step: f64| {
        let limit = flat.number(limit)?;
        Some(if flat.flag(exclusive) {
            limit + step
        } else {
            limit
        })
    };
    (
        bound("minimum", "exclusiveMinimum", step),
        bound("maximum", "exclusiveMaximum", -step),
    )
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "limits of a document are far inside of i64, and one outside gives an invalid sample at worst"
)]
fn integer(flat: &Flat<'_>, number: usize) -> Value {
    let step = flat.number("multipleOf").unwrap_or(1.0).max(1.0);
    let value = between(bounds(flat, 1.0), 7.0 + number as f64, step);
    Value::from(value as i64)
}

fn number(flat: &Flat<'_>, number: usize) -> Value {
    let step = flat.number("multipleOf").unwrap_or(0.25);
    Value::from(between(bounds(flat, step), 0.5 + number as f64, step))
}

fn between((least, most): (Option<f64>, Option<f64>), wish: f64, step: f64) -> f64 {
    // The sum of the least and some steps is as precise as the limits are written.
    let whole = |value: f64| (value / step).ceil() * step;
    let value = whole(least.map_or(wish, |least| least.max(wish)));
    match most {
        Some(most) if value > most => {
            let lowest = least.map_or((most / step).floor() * step, whole);
            if lowest <= most { lowest } else { most }
        }
        _ => value,
    }
}
