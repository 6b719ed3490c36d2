//! What was generated, in the terms of the API: operations, types, and what stands in them.
//!
//! [`read`](read::read) makes it once, of the lowered document and of progenitor's tokens. The
//! emitters read nothing else, and none of them edits what progenitor returned.

mod operations;
mod read;
mod rust;
mod types;

use std::collections::BTreeMap;

use serde_json::Value;

pub use read::read;
pub use rust::Shape;

/// A generated client.
#[derive(Debug)]
pub struct Api {
    /// In the order of their ids.
    pub operations: Vec<Operation>,
    /// By name.
    pub types: BTreeMap<String, Type>,
    /// Names, published names and values of the enums of strings.
    pub enums: Vec<Enum>,
}

/// A method of the generated client, and what a user meets of it.
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
    /// Where it is found from `Client`, and what it is called there.
    pub handles: Vec<String>,
    pub method: String,
    /// In the order in which the method of the generated client takes them.
    pub arguments: Vec<Argument>,
    pub body: Option<Body>,
    pub answer: Answer,
    /// The page that it answers with, if it lists something page by page.
    pub page: Option<Page>,
    /// The tags of the document.
    pub areas: Vec<String>,
    pub deprecated: bool,
    /// It documents a redirect.
    pub redirects: bool,
    /// The media type that it asks for, where it is not `application/json`.
    pub accept: Option<String>,
    /// Markdown: what it does, and a line for each documented error.
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
    pub place: String,
    pub required: bool,
    /// The type that a call holds.
    pub ty: String,
    pub shape: Shape,
    /// How the method of the generated client takes it.
    pub lend: Lend,
    pub docs: String,
    pub deprecated: bool,
    /// The limits of the document, as [`Field::limits`].
    pub limits: Value,
}

/// How a value that a call holds is handed to the generated client.
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
    /// The one or the other.
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

/// What a success carries.
#[derive(Debug)]
pub enum Answer {
    Nothing,
    Bytes,
    /// A value of this type.
    Value(String),
}

/// Fields of the type that a list answers with.
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
    /// What the document calls it, if it does.
    pub schema: Option<String>,
    pub kind: Kind,
    /// The type that is received in its place.
    pub received_as: Option<String>,
}

#[derive(Debug)]
pub enum Kind {
    Struct(Vec<Field>),
    /// A struct around one value of this type.
    Wrapper(String, Shape),
    /// An enum, whose variants hold what they are.
    OneOf,
}

/// A property.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    /// As it is called in JSON.
    pub wire: String,
    pub presence: Presence,
    /// The type of the value, without what [`presence`](Self::presence) puts around it.
    pub ty: String,
    pub shape: Shape,
    /// The value is in a box.
    pub boxed: bool,
    pub docs: String,
    pub deprecated: bool,
    /// The limits of the document: `{"maxLength": 3, "items": {…}}`, null if there are none.
    pub limits: Value,
}

/// Whether a property has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// `T`
    Required,
    /// `Option<T>` that has to be there: null is a value.
    Nullable,
    /// `Option<T>`
    Optional,
    /// `Option<Patch<T>>`
    Patch,
}

/// An enum of strings.
#[derive(Debug)]
pub struct Enum {
    pub name: String,
    /// Variants and values.
    pub variants: Vec<(String, String)>,
    pub docs: String,
}

impl Api {
    /// The fields of a struct, by the name of its type.
    pub fn fields(&self, ty: &str) -> Option<&[Field]> {
        match &self.types.get(ty.strip_prefix(TYPES).unwrap_or(ty))?.kind {
            Kind::Struct(fields) => Some(fields),
            _ => None,
        }
    }
}

/// Where the emitted code finds the generated types.
pub const TYPES: &str = "crate::types::";
