//! The IR: the generated operations and types, in the terms of the API.
//!
//! [`read`](read::read) builds it once, from the lowered document and progenitor's tokens. The emitters
//! read nothing else, and none of them edits what progenitor returned.

mod code;
mod operations;
mod read;
mod rust;
mod schemas;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::Service;

pub use read::{read, read_items};
pub use rust::{Shape, with_paths};

/// A generated client.
#[derive(Debug)]
pub struct Api {
    /// In the order of their ids.
    pub operations: Vec<Operation>,
    /// By name.
    pub types: BTreeMap<String, Type>,
    /// The enums of strings.
    pub enums: Vec<Enum>,
    /// The unions of objects that a property distinguishes.
    pub unions: Vec<Union>,
    /// By name.
    pub schemas: Vec<Schema>,
    /// By name.
    pub samples: Vec<Sample>,
    pub service: Service,
}

/// A method of the generated client, and how users call it.
#[derive(Debug)]
pub struct Operation {
    /// As the document has it.
    pub id: String,
    /// The method of the generated client, and the name of the type of its calls.
    pub function: String,
    pub call: String,
    /// Such as `POST` and `/api/agents/{agent_id}/calls`.
    pub verb: String,
    pub path: String,
    /// The handles that lead to it from `Client`, and its name there.
    pub handles: Vec<String>,
    pub method: String,
    /// In the order of the parameters of the generated method.
    pub arguments: Vec<Argument>,
    pub body: Option<Body>,
    pub answer: Answer,
    /// The page that it returns, if it lists something page by page.
    pub page: Option<Page>,
    /// The tags of the document.
    pub areas: Vec<String>,
    pub deprecated: bool,
    /// Whether it documents a redirect.
    pub redirects: bool,
    /// The media type to ask for, if it is not `application/json`.
    pub accept: Option<String>,
    /// Markdown: the description, and a line for each documented error.
    pub docs: String,
    pub errors: Vec<String>,
    /// Where it is documented upstream.
    pub url: Option<String>,
}

/// A parameter in the path, the query or a header.
#[derive(Debug)]
pub struct Argument {
    pub name: String,
    /// As the document has it.
    pub wire: String,
    pub location: String,
    pub required: bool,
    /// The type that a call holds.
    pub ty: String,
    pub shape: Shape,
    /// How it is passed to the generated method.
    pub lend: Lend,
    pub docs: String,
    pub deprecated: bool,
    /// The limits, as in [`Field::limits`].
    pub limits: Value,
}

/// How a value that a call holds is passed to the generated method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lend {
    Copy,
    Ref,
    Str,
    OptionCopy,
    OptionRef,
    OptionStr,
}

/// What a request carries.
#[derive(Debug)]
pub enum Body {
    /// JSON of this type.
    Json(String),
    /// A form that uploads.
    Form(Vec<FormField>),
    /// Either of the two.
    JsonOrForm(String, Vec<FormField>),
}

/// A field of a form.
#[derive(Debug)]
pub struct FormField {
    pub name: String,
    pub wire: String,
    pub required: bool,
    pub ty: String,
    pub shape: Shape,
    pub media_type: Option<String>,
    pub docs: String,
}

/// The body of a successful response.
#[derive(Debug)]
pub enum Answer {
    Nothing,
    Bytes,
    /// A value of this type.
    Value(String),
}

/// The type of a page of a list, and its fields.
#[derive(Clone, Debug)]
pub struct Page {
    /// The type, without its path.
    pub ty: String,
    pub items: String,
    pub items_optional: bool,
    pub item: String,
    pub next: String,
    pub next_optional: bool,
}

/// A struct of the generated types.
#[derive(Debug)]
pub struct Type {
    pub name: String,
    /// The name of its schema in the document, if there is one.
    pub schema: Option<String>,
    pub kind: Kind,
    /// The type that is received instead.
    pub received_as: Option<String>,
    /// What progenitor's code has beside the fields.
    pub code: Code,
}

/// What programs can rely on in progenitor's code for a type, beside its fields.
#[derive(Debug, Default)]
pub struct Code {
    /// Whether programs must expect further fields or variants.
    pub non_exhaustive: bool,
    /// The variants of an enum, with the types that they contain.
    pub variants: Vec<(String, Vec<String>)>,
    /// The traits, as in `Clone` and `From<Part>`, and the conversions into other types, as in
    /// `From<Self> for String`.
    pub traits: BTreeSet<String>,
}

#[derive(Debug)]
pub enum Kind {
    Struct(Vec<Field>),
    /// A struct around one value of this type.
    Wrapper(String, Shape),
    /// An enum with a value in each variant.
    OneOf,
}

/// A property.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    /// Its name in JSON.
    pub wire: String,
    pub presence: Presence,
    /// The type of the value, without the wrapper that follows from [`presence`](Self::presence).
    pub ty: String,
    pub shape: Shape,
    /// Whether the value is in a `Box`.
    pub boxed: bool,
    pub docs: String,
    pub deprecated: bool,
    /// The limits: `{"maxLength": 3, "each": {…}}`, null if there are none.
    pub limits: Value,
}

/// Whether a property is required, and whether it can be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// `T`
    Required,
    /// `Option<T>` that is required: null is a value.
    Nullable,
    /// `Option<T>`
    Optional,
    /// `Option<Patch<T>>`
    Patch,
    /// A map of the properties that the schema does not name.
    Others,
}

/// An enum of strings.
#[derive(Debug)]
pub struct Enum {
    pub name: String,
    /// The name of its schema in the document, or of the first if several have the same values.
    pub schema: Option<String>,
    /// Names of variants, with their values.
    pub variants: Vec<(String, String)>,
    pub docs: String,
}

/// A union of objects that a property, the tag, distinguishes.
#[derive(Debug)]
pub struct Union {
    pub name: String,
    /// The name of its schema in the document, if there is one.
    pub schema: Option<String>,
    /// The tag, as the document has it.
    pub tag: String,
    pub variants: Vec<Variant>,
    pub docs: String,
}

/// A variant of a union.
#[derive(Debug)]
pub struct Variant {
    pub name: String,
    /// The value of the tag.
    pub value: String,
    /// The name of the type.
    pub ty: String,
    /// Whether the value is in a `Box`.
    pub boxed: bool,
    /// Whether the type has the tag as a field.
    pub has_tag: bool,
}

/// A schema of the published document, and the paths of its types outside the client.
#[derive(Debug)]
pub struct Schema {
    pub name: String,
    pub received: String,
    pub sent: String,
}

/// A value of a type, as JSON.
#[derive(Debug)]
pub struct Sample {
    pub name: String,
    pub json: String,
}

impl Api {
    /// The fields of a struct, by the name of its type.
    pub fn fields(&self, ty: &str) -> Option<&[Field]> {
        match &self.types.get(ty.strip_prefix(TYPES).unwrap_or(ty))?.kind {
            Kind::Struct(fields) => Some(fields),
            _ => None,
        }
    }

    /// A union, by its name.
    pub fn union(&self, name: &str) -> Option<&Union> {
        self.unions.iter().find(|union| union.name == name)
    }
}

/// Where the emitted code finds the generated types.
pub const TYPES: &str = "crate::types::";
