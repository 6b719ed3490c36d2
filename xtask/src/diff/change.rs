//! The result of a comparison: changes, each with the check that found it and its severity.

use std::fmt;

use serde_json::Value;

/// What a change does to a program that was written against the old document. Greater is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Only prose, or something that no program can see, changed.
    Documentation,
    /// The program goes on as before, and there is something new to use.
    Additive,
    /// The program can stop compiling, or a call that worked can stop working.
    Breaking,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 3] = [Self::Breaking, Self::Additive, Self::Documentation];

    /// The name, as reports and `--fail-on` spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documentation => "documentation",
            Self::Additive => "additive",
            Self::Breaking => "breaking",
        }
    }

    /// The release that a change of this severity asks for.
    pub const fn bump(self) -> Bump {
        let (since_one, before_one) = match self {
            Self::Documentation => (Part::Patch, Part::Patch),
            Self::Additive => (Part::Minor, Part::Patch),
            Self::Breaking => (Part::Major, Part::Minor),
        };
        Bump {
            since_one,
            before_one,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The part of the crate's version that a release raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bump {
    /// From version 1.0 on.
    pub since_one: Part,
    /// Before version 1.0, where Cargo takes the minor version for the major one.
    pub before_one: Part,
}

/// A part of a semantic version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first number.
    Major,
    /// The second number.
    Minor,
    /// The third number.
    Patch,
}

impl Part {
    /// The name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The direction in which the data at a location travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Directions {
    /// From the program to the API.
    pub request: bool,
    /// From the API to the program.
    pub response: bool,
}

impl Directions {
    /// Neither way.
    pub const NONE: Self = Self::new(false, false);
    /// Only sent.
    pub const REQUEST: Self = Self::new(true, false);
    /// Only received.
    pub const RESPONSE: Self = Self::new(false, true);
    /// Sent and received.
    pub const BOTH: Self = Self::new(true, true);

    const fn new(request: bool, response: bool) -> Self {
        Self { request, response }
    }

    /// In either of the two.
    pub const fn or(self, other: Self) -> Self {
        Self::new(
            self.request || other.request,
            self.response || other.response,
        )
    }

    /// In both of the two.
    pub const fn and(self, other: Self) -> Self {
        Self::new(
            self.request && other.request,
            self.response && other.response,
        )
    }

    /// Whether nothing travels here.
    pub const fn is_none(self) -> bool {
        !self.request && !self.response
    }

    /// The names, in the order request, response.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [(self.request, "request"), (self.response, "response")]
            .into_iter()
            .filter_map(|(present, name)| present.then_some(name))
    }
}

/// An operation, as the old document names it; a new one as the new document does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The path with its parameters in braces.
    pub path: String,
    /// The method in capitals.
    pub method: String,
    /// The `operationId`, where there is one.
    pub id: Option<String>,
    /// Its first tag, where there is one: the area of the API that it belongs to.
    pub area: Option<String>,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The part of the document that a change belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The document as a whole: what concerns no single operation and no single component.
    Document,
    /// One operation.
    Operation(Operation),
    /// Something under `components`, which several operations can share.
    Component {
        /// The key under `components`: `schemas`, `parameters`, …
        kind: String,
        /// The name, in the old document where it has one there.
        name: String,
    },
}

/// One difference between two documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What found it.
    pub check: super::Check,
    /// The worse of the two judgements: [`wire`](Self::wire) and those of [`api`](Self::api).
    pub severity: Severity,
    /// What it does to requests and responses: the worst severity in the directions in which the
    /// location is reached.
    pub wire: Severity,
    /// What it does to the public Rust API, sorted by item. Empty if nothing, or if the APIs of the two
    /// documents were not compared ([`Diff::not_generated`]).
    pub api: Vec<ApiChange>,
    /// The part that it belongs to.
    pub subject: Subject,
    /// The path from the subject to the location, outermost first.
    pub location: Vec<String>,
    /// What the old document says there.
    pub old: Option<Value>,
    /// What the new document says there.
    pub new: Option<Value>,
    /// The directions that the severity was judged for.
    pub directions: Directions,
    /// The operations that the change reaches, sorted: those of the old document, or of the new one for what
    /// is new.
    pub operations: Vec<Operation>,
    /// Those of them that no longer reach it in the new document.
    pub left: Vec<Operation>,
    /// The operations that reach it in the new document, and not in the old one.
    pub joined: Vec<Operation>,
}

/// A change of an item of the public Rust API that is generated from the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiChange {
    /// The item: `types::Voice::preview_url`, `client.agents().create`.
    pub item: String,
    /// Its type or signature in the API of the old document; none if it is new.
    pub old: Option<String>,
    /// The same in the API of the new document; none if the item is gone.
    pub new: Option<String>,
    /// Breaking if a program that uses the item can stop compiling, additive otherwise.
    pub severity: Severity,
}

/// `types::Voice::preview_url: Option<String> → String`.
impl fmt::Display for ApiChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
        write!(
            f,
            "{}: {} → {}",
            self.item,
            text(&self.old),
            text(&self.new)
        )
    }
}

/// Why the public Rust APIs of the two documents were not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotGenerated {
    /// Whether it is the old document that cannot be generated, or else the new one.
    pub old: bool,
    /// What the generator says, on one line: the location and the reason.
    pub reason: String,
}

impl fmt::Display for NotGenerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.old { "old" } else { "new" };
        write!(
            f,
            "judged by requests and responses alone, because no Rust can be generated from the {side} \
             document: {}",
            self.reason
        )
    }
}

/// All differences between two documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// The changes: worst first, then by subject and location.
    pub changes: Vec<Change>,
    /// Why no change says anything about the Rust API, if so. Then a check that depends on it
    /// assumes the worst.
    pub not_generated: Option<NotGenerated>,
}

impl Diff {
    /// Whether the documents say the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The worst severity; none where nothing changed.
    pub fn severity(&self) -> Option<Severity> {
        self.changes.iter().map(|change| change.severity).max()
    }

    /// The release that the changes ask for; none where nothing changed.
    pub fn bump(&self) -> Option<Bump> {
        self.severity().map(Severity::bump)
    }
}
