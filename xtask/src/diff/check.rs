//! The checks: a name, a judgement for each direction, and an explanation, which can differ by direction.
//!
//! They judge requests and responses. A schema that is both sent and received is judged in both
//! directions, and the worse judgement counts. This is a table; it does not read documents.

use super::{Change, Directions, Severity, Subject};

macro_rules! checks {
    ($(
        $variant:ident $name:literal $request:ident $response:ident
        $($both:literal $(, $sent:literal / $received:literal)?)?
        $(/ $sent_alone:literal / $received_alone:literal)?;
    )*) => {
        /// A kind of change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check {
            $(#[doc = $name] $variant,)*
        }

        impl Check {
            /// Every check.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name, as reports spell it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What a change of this kind means in any direction, in a request and in a response; empty
            /// where it means nothing of its own there.
            const fn meanings(self) -> [&'static str; 3] {
                match self {
                    $(Self::$variant => [
                        concat!($($both)?),
                        concat!($($($sent)?)? $($sent_alone)?),
                        concat!($($($received)?)? $($received_alone)?),
                    ],)*
                }
            }

            /// The judgement in a request and in a response.
            const fn judgements(self) -> (Judgement, Judgement) {
                match self { $(Self::$variant => (Judgement::$request, Judgement::$response),)* }
            }
        }
    };
}

/// What a check says by itself.
#[derive(PartialEq, Eq)]
enum Judgement {
    /// See [`Severity::Breaking`].
    Breaking,
    /// See [`Severity::Additive`].
    Additive,
    /// See [`Severity::Documentation`].
    Documentation,
    /// Requests and responses stay as they are for the Rust that is generated from the old document,
    /// unless its public API differs: comparing the APIs decides. Breaking if they cannot be compared.
    Rust,
}

impl Judgement {
    const fn severity(self, apis_compared: bool) -> Severity {
        match self {
            Self::Breaking => Severity::Breaking,
            Self::Additive => Severity::Additive,
            Self::Documentation => Severity::Documentation,
            Self::Rust if apis_compared => Severity::Documentation,
            Self::Rust => Severity::Breaking,
        }
    }
}

impl Check {
    /// What a change of this kind means to a program where data travels in `directions`.
    pub fn explanation(self, directions: Directions) -> String {
        let [both, request, response] = self.meanings();
        [
            Some(both),
            directions.request.then_some(request),
            directions.response.then_some(response),
        ]
        .into_iter()
        .flatten()
        .filter(|meaning| !meaning.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
    }

    /// The same, of those directions alone in which it is as severe as `severity`; of all if it is in none.
    pub fn explanation_of(self, severity: Severity, directions: Directions) -> String {
        let as_severe = [Directions::REQUEST, Directions::RESPONSE]
            .into_iter()
            .map(|one| one.and(directions))
            .filter(|one| !one.is_none())
            .filter(|one| {
                // Whether or not the public APIs were compared.
                [true, false]
                    .map(|compared| self.severity(*one, compared))
                    .contains(&severity)
            })
            .fold(Directions::NONE, Directions::or);
        let none = as_severe.is_none();
        self.explanation(if none { directions } else { as_severe })
    }

    /// Whether a change of this kind concerns what is written about the API, and not the API.
    fn is_prose(self) -> bool {
        self.judgements() == (Judgement::Documentation, Judgement::Documentation)
    }

    /// The severity for requests and responses, where data travels in `directions`. A program cannot see
    /// what is neither sent nor received.
    pub(super) fn severity(self, directions: Directions, apis_compared: bool) -> Severity {
        let (request, response) = self.judgements();
        let sent = directions.request.then(|| request.severity(apis_compared));
        let received = directions
            .response
            .then(|| response.severity(apis_compared));
        sent.max(received).unwrap_or(Severity::Documentation)
    }
}

impl Check {
    /// Whether the Rust that is generated can differ because of such a change. It does not because of
    /// prose or of a limit, but for a pattern, which can make a text a duration.
    pub(super) fn can_change_types(self) -> bool {
        let never = [
            Self::TitleChanged,
            Self::SummaryChanged,
            Self::DescriptionChanged,
            Self::ExampleChanged,
            Self::ExternalDocsChanged,
            Self::InfoChanged,
            Self::TagDescriptionChanged,
            Self::ExtensionChanged,
            Self::OperationDeprecated,
            Self::OperationUndeprecated,
            Self::Deprecated,
            Self::Undeprecated,
        ];
        let limits = [
            "minimum",
            "maximum",
            "min-",
            "max-",
            "multiple-",
            "unique-",
            "default-",
        ];
        !never.contains(&self) && !limits.iter().any(|of| self.name().starts_with(of))
    }

    /// Whether an operation has another name, place or feature because of such a change, or appears or
    /// disappears.
    pub(super) fn is_of_name(self) -> bool {
        self.name().starts_with("operation-") || self == Self::RustApiChanged
    }
}

impl Change {
    /// What the change means to a program, in the directions in which it is reached. If nobody is affected,
    /// this is what it says.
    pub fn explanation(&self) -> String {
        match self.unaffected() {
            Some(reason) => reason.to_owned(),
            None => self.check.explanation(self.directions),
        }
    }

    /// Why no program is affected, if that is so.
    pub(crate) fn unaffected(&self) -> Option<&'static str> {
        let reached = match self.subject {
            Subject::Operation(_) => !self.directions.is_none(),
            Subject::Component { .. } => !self.operations.is_empty() && !self.directions.is_none(),
            // Without operations there can be changes that concern all of them.
            Subject::Document => !self.directions.is_none(),
        };
        if reached || self.check.is_prose() || self.check == super::Check::Unrecognized {
            None
        } else if self.joined.is_empty() {
            Some("no request and no response has this, so no program sees the change")
        } else {
            Some("no operation has used this until now, so no program sees the change")
        }
    }
}

// The columns: name, judgement in a request, judgement in a response, explanation. For what concerns
// a whole operation or the document the two are the same. Nothing here says what compiles: that follows
// from the public APIs. An explanation is what the change means in both
// directions, and after it (with a comma if there is one) `in a request / in a response`.
checks! {
    OperationAdded "operation-added" Additive Additive
        "a new operation can be called";
    OperationRemoved "operation-removed" Breaking Breaking
        "calls of the operation fail";
    OperationMoved "operation-moved" Breaking Breaking
        "the operation answers at another method or path: calls to the old one fail";
    OperationRenamed "operation-renamed" Rust Rust
        "the operation has another `operationId`, which the name of its method can follow from";
    OperationDeprecated "operation-deprecated" Additive Additive
        "the operation works as before, and its users are told to leave it";
    OperationUndeprecated "operation-undeprecated" Additive Additive
        "the operation is no longer deprecated";
    OperationTagAdded "operation-tag-added" Documentation Documentation
        "the operation has one more tag; a tag of an area is a cargo feature that brings it in";
    OperationTagRemoved "operation-tag-removed" Rust Rust
        "the operation has a tag less; a tag of an area is a cargo feature that brings it in";
    OperationFirstTagged "operation-first-tagged" Rust Rust
        "the operation has its first tag; a tag of an area is a cargo feature that it then needs";
    OperationUntagged "operation-untagged" Documentation Documentation
        "the operation has no tag any more, and needs no cargo feature";
    TagAdded "tag-added" Documentation Documentation
        "only the list of tags changed; those of an operation are compared with it";
    TagRemoved "tag-removed" Documentation Documentation
        "only the list of tags changed; those of an operation are compared with it";

    ParameterAddedOptional "parameter-added-optional" Additive Additive
        "calls can set a new parameter, and work without it";
    ParameterAddedRequired "parameter-added-required" Breaking Breaking
        "calls that do not set the new parameter are refused";
    ParameterRemoved "parameter-removed" Breaking Breaking
        "calls that set the parameter can be refused";
    ParameterRenamed "parameter-renamed" Rust Rust
        "a parameter in the path has another name; its argument is told by its position";
    ParameterLocationChanged "parameter-location-changed" Breaking Breaking
        "the parameter is expected in another part of the request";
    ParameterBecameRequired "parameter-became-required" Breaking Breaking
        "calls that leave the parameter out are refused";
    ParameterBecameOptional "parameter-became-optional" Additive Additive
        "calls may leave the parameter out";
    ParameterSerializationChanged "parameter-serialization-changed" Breaking Breaking
        "the value is written in another form";

    RequestBodyAddedOptional "request-body-added-optional" Additive Additive
        "calls can send a body, and work without it";
    RequestBodyAddedRequired "request-body-added-required" Breaking Breaking
        "calls without a body are refused";
    RequestBodyRemoved "request-body-removed" Breaking Breaking
        "calls that send a body can be refused";
    RequestBodyBecameRequired "request-body-became-required" Rust Rust
        "a request without a body is refused; the client always sends one";
    RequestBodyBecameOptional "request-body-became-optional" Additive Additive
        "calls may leave the body out";
    MediaTypeAdded "media-type-added" Additive Additive
        / "requests can be of one more media type" / "responses can be of one more media type";
    MediaTypeRemoved "media-type-removed" Breaking Rust
        / "requests of this media type are refused" / "responses are no longer of this media type";
    EncodingChanged "encoding-changed" Breaking Documentation
        / "the parts of a form are written in another way" / "what is said of the parts of a form concerns no response";

    SuccessStatusAdded "success-status-added" Breaking Breaking
        "a call can succeed with a status that an older program takes for a failure";
    SuccessStatusDetailed "success-status-detailed" Rust Rust
        "a success that older programs take already is described on its own";
    SuccessStatusRemoved "success-status-removed" Rust Rust
        "the call no longer succeeds with this status";
    RedirectAdded "redirect-added" Additive Additive
        "the call can be redirected, which older programs follow";
    ErrorStatusAdded "error-status-added" Additive Additive
        "one more failure is documented; every failure has been an `Error` with its status before";
    ErrorStatusRemoved "error-status-removed" Additive Additive
        "one failure less is documented; every failure stays an `Error` with its status";
    HeaderAdded "header-added" Additive Additive
        "a response carries one more header";
    HeaderRemoved "header-removed" Additive Additive
        / "nothing sends the headers of parts" / "nothing is generated from headers, so that only `headers()` can lack it";
    HeaderBecameRequired "header-became-required" Breaking Additive
        / "parts without the header are refused" / "the header is always there";
    HeaderBecameOptional "header-became-optional" Additive Additive
        / "parts need not have the header" / "nothing is generated from headers, so that only `headers()` can lack it";
    HeaderChanged "header-changed" Additive Additive
        / "nothing sends the headers of parts" / "the value of the header is of another form; programs read it as text, as before";

    SchemaAdded "schema-added" Additive Additive
        "there is a new type";
    SchemaRemoved "schema-removed" Rust Rust
        "the schema is gone, and its type with it";
    SchemaRenamed "schema-renamed" Rust Rust
        "the schema has another name, which the name of its type can follow from";
    ComponentAdded "component-added" Documentation Documentation
        "a shared part was added; what uses it is compared where it is used";
    ComponentRemoved "component-removed" Documentation Documentation
        "a shared part is gone; what used it is compared where it was used";

    PropertyAddedOptional "property-added-optional" Additive Additive
        "there is a new field", "requests may leave it out" / "responses may lack it";
    PropertyAddedRequired "property-added-required" Breaking Additive
        "there is a new field", "requests without it are refused" / "responses always hold it";
    PropertyRemoved "property-removed" Breaking Rust
        "the field is gone", "requests with it can be refused" / "responses no longer hold it";
    PropertyBecameRequired "property-became-required" Breaking Additive
        / "requests that leave the field out are refused" / "responses always hold the field";
    PropertyBecameOptional "property-became-optional" Additive Breaking
        / "requests may leave the field out" / "older programs cannot read responses that lack the field";
    PropertyBecameReadOnly "property-became-read-only" Breaking Documentation
        / "requests no longer have the field" / "responses hold the field as before";
    PropertyBecameWritable "property-became-writable" Additive Documentation
        / "requests can set the field, which was read-only" / "responses hold the field as before";
    RequiredPropertyBecameWritable "required-property-became-writable" Breaking Documentation
        / "requests must set the field, which was read-only" / "responses hold the field as before";
    PropertyBecameWriteOnly "property-became-write-only" Documentation Rust
        / "requests have the field as before" / "responses no longer have the field";
    PropertyBecameReadable "property-became-readable" Documentation Additive
        / "requests have the field as before" / "responses hold the field, which was write-only";

    TypeChanged "type-changed" Breaking Rust
        "the value is of another type";
    TypeLoosened "type-loosened" Rust Rust
        "the value can be of more types than before";
    FormatChanged "format-changed" Breaking Rust
        "the value has another format", "requests in the old format can be refused" / "responses use the new format";
    FormatRemoved "format-removed" Rust Rust
        "the value need not have a certain format any more";
    BecameNullable "became-nullable" Additive Rust
        / "requests may send null" / "responses may hold null";
    BecameNotNullable "became-not-nullable" Rust Rust
        / "requests that send null are refused" / "responses never hold null";
    SchemaReferenceChanged "schema-reference-changed" Breaking Rust
        "the value is described by another schema, which says something else";
    SchemaReferenceRenamed "schema-reference-renamed" Rust Rust
        "the value is described by another schema, which says the same";
    SchemaExtracted "schema-extracted" Rust Rust
        "the schema of the value moved to a component of its own, which says the same";
    SchemaInlined "schema-inlined" Rust Rust
        "the schema of the value, a component before, is now written where it is used";
    EnumValueAdded "enum-value-added" Additive Additive
        "there is a new value", "requests can send it" / "enums are open, so older programs read it as an unknown value";
    EnumValueRemoved "enum-value-removed" Breaking Rust
        / "requests with this value are refused" / "responses no longer hold this value";
    EnumIntroduced "enum-introduced" Breaking Rust
        / "requests with other than the listed values are refused" / "responses only hold the listed values";
    EnumLifted "enum-lifted" Rust Rust
        "any value is possible";

    MinimumTightened "minimum-tightened" Breaking Additive
        / "smaller numbers are refused in requests" / "responses hold no smaller numbers";
    MinimumLoosened "minimum-loosened" Additive Additive
        / "requests can send smaller numbers" / "responses can hold smaller numbers";
    MaximumTightened "maximum-tightened" Breaking Additive
        / "greater numbers are refused in requests" / "responses hold no greater numbers";
    MaximumLoosened "maximum-loosened" Additive Additive
        / "requests can send greater numbers" / "responses can hold greater numbers";
    MultipleOfTightened "multiple-of-tightened" Breaking Additive
        / "numbers that are not a multiple of this are refused in requests" / "responses only hold multiples of this number";
    MultipleOfLoosened "multiple-of-loosened" Additive Additive
        / "requests can send more numbers" / "responses can hold more numbers";
    MinLengthTightened "min-length-tightened" Breaking Additive
        / "shorter strings are refused in requests" / "responses hold no shorter strings";
    MinLengthLoosened "min-length-loosened" Additive Additive
        / "requests can send shorter strings" / "responses can hold shorter strings";
    MaxLengthTightened "max-length-tightened" Breaking Additive
        / "longer strings are refused in requests" / "responses hold no longer strings";
    MaxLengthLoosened "max-length-loosened" Additive Additive
        / "requests can send longer strings" / "responses can hold longer strings";
    MinItemsTightened "min-items-tightened" Breaking Additive
        / "shorter lists are refused in requests" / "responses hold no shorter lists";
    MinItemsLoosened "min-items-loosened" Additive Additive
        / "requests can send shorter lists" / "responses can hold shorter lists";
    MaxItemsTightened "max-items-tightened" Breaking Additive
        / "longer lists are refused in requests" / "responses hold no longer lists";
    MaxItemsLoosened "max-items-loosened" Additive Additive
        / "requests can send longer lists" / "responses can hold longer lists";
    UniqueItemsRequired "unique-items-required" Breaking Additive
        / "lists with equal items are refused in requests" / "responses hold no lists with equal items";
    UniqueItemsLifted "unique-items-lifted" Additive Additive
        / "requests can send lists with equal items" / "responses can hold lists with equal items";
    MinPropertiesTightened "min-properties-tightened" Breaking Additive
        / "smaller maps are refused in requests" / "responses hold no smaller maps";
    MinPropertiesLoosened "min-properties-loosened" Additive Additive
        / "requests can send smaller maps" / "responses can hold smaller maps";
    MaxPropertiesTightened "max-properties-tightened" Breaking Additive
        / "greater maps are refused in requests" / "responses hold no greater maps";
    MaxPropertiesLoosened "max-properties-loosened" Additive Additive
        / "requests can send greater maps" / "responses can hold greater maps";
    PatternAdded "pattern-added" Breaking Additive
        / "strings that do not match are refused in requests" / "responses only hold strings that match";
    PatternChanged "pattern-changed" Breaking Additive
        / "strings that matched the old pattern can be refused in requests" / "responses hold strings that match another pattern";
    PatternRemoved "pattern-removed" Additive Additive
        / "requests can send any string" / "responses can hold any string";
    DefaultAdded "default-added" Additive Documentation
        / "it is now documented what requests that leave the value out mean" / "responses are not affected";
    DefaultChanged "default-changed" Breaking Documentation
        / "requests that leave the value out mean something else" / "responses are not affected";
    DefaultRemoved "default-removed" Breaking Documentation
        / "requests that leave the value out can mean something else" / "responses are not affected";
    DefaultOfRequiredChanged "default-of-required-changed" Documentation Documentation
        "only the default of a value that is always given changed, which has no effect";

    AdditionalPropertiesClosed "additional-properties-closed" Breaking Additive
        / "requests with fields beyond the named ones are refused" / "responses hold no fields beyond the named ones";
    AdditionalPropertiesOpened "additional-properties-opened" Additive Additive
        / "requests can have fields beyond the named ones" / "responses can hold fields beyond the named ones";
    MapClosed "map-closed" Breaking Rust
        "an object that had any properties has none";
    MapOpened "map-opened" Rust Rust
        "an object that had no properties can have any";
    AdditionalPropertiesTyped "additional-properties-typed" Breaking Rust
        "fields beyond the named ones must be of one type";
    AdditionalPropertiesUntyped "additional-properties-untyped" Rust Rust
        "fields beyond the named ones are no longer of one type";
    UnionKindChanged "union-kind-changed" Rust Rust
        "`oneOf`, `anyOf` and `allOf` make different types";
    UnionMemberAdded "union-member-added" Additive Breaking
        "there is one more kind of value", "requests can send it" / "older programs cannot read it";
    TaggedMemberAdded "tagged-member-added" Additive Additive
        "there is one more kind of value, with a tag of its own", "requests can send it" / "older programs read it as an unknown kind";
    UnionMemberRemoved "union-member-removed" Breaking Rust
        "there is one kind of value less", "requests with it are refused" / "responses no longer hold it";
    AllOfMemberAdded "all-of-member-added" Breaking Rust
        / "requests must fit one more schema" / "responses fit one more schema";
    AllOfMemberRemoved "all-of-member-removed" Rust Rust
        "the value need not fit this schema any more, and its fields are gone";
    AllOfRearranged "all-of-rearranged" Rust Rust
        "a property is described in another part of an `allOf`, and is the same as before";
    NotChanged "not-changed" Breaking Rust
        "other values are excluded";
    NotLifted "not-lifted" Rust Rust
        "no values are excluded any more";
    DiscriminatorChanged "discriminator-changed" Breaking Rust
        "another property, or none, tells the kinds of value apart";
    DiscriminatorMappingAdded "discriminator-mapping-added" Additive Additive
        "one more name for a kind of value is possible";
    DiscriminatorMappingChanged "discriminator-mapping-changed" Breaking Rust
        "a name stands for another kind of value";
    DiscriminatorMappingRemoved "discriminator-mapping-removed" Breaking Rust
        "a name no longer stands for a kind of value";
    Deprecated "deprecated" Additive Additive
        "it works as before, and its users are told to leave it";
    Undeprecated "undeprecated" Additive Additive
        "it is no longer deprecated";

    SecurityIntroduced "security-introduced" Breaking Breaking
        "calls without credentials are refused";
    SecurityLifted "security-lifted" Additive Additive
        "calls need no credentials";
    SecurityAlternativeAdded "security-alternative-added" Additive Additive
        "there is one more way to authenticate";
    SecurityScopeLifted "security-scope-lifted" Additive Additive
        "credentials need fewer scopes";
    SecurityChanged "security-changed" Breaking Breaking
        "credentials that were enough can be refused";
    SecuritySchemeAdded "security-scheme-added" Additive Additive
        "there is a new kind of credentials";
    SecuritySchemeRemoved "security-scheme-removed" Breaking Breaking
        "a kind of credentials is gone";
    SecuritySchemeChanged "security-scheme-changed" Breaking Breaking
        "credentials are sent in another way";
    ServerAdded "server-added" Additive Additive
        "the API answers at one more address";
    ServerRemoved "server-removed" Breaking Breaking
        "the API no longer answers at this address";
    ServerChanged "server-changed" Breaking Breaking
        "the address of the API is put together in another way";
    DefaultServerChanged "default-server-changed" Breaking Breaking
        "a client that is given no address sends its requests, with the API key, to another one";
    OpenapiVersionChanged "openapi-version-changed" Rust Rust
        "the document is of another edition of OpenAPI, in which the same words can mean other things";
    OpenapiPatchVersionChanged "openapi-patch-version-changed" Documentation Documentation
        "the document names another patch release of the same edition of OpenAPI";

    RustApiChanged "rust-api-changed" Documentation Documentation
        "the generated Rust differs, although nothing else changed here";
    TitleChanged "title-changed" Documentation Documentation
        "only prose changed";
    SummaryChanged "summary-changed" Documentation Documentation
        "only prose changed";
    DescriptionChanged "description-changed" Documentation Documentation
        "only prose changed";
    ExampleChanged "example-changed" Documentation Documentation
        "only examples changed";
    ExternalDocsChanged "external-docs-changed" Documentation Documentation
        "only a link to further documentation changed";
    ExtensionChanged "extension-changed" Documentation Documentation
        "only an extension that the generator does not read changed";
    InfoChanged "info-changed" Documentation Documentation
        "only what the document says about itself changed";
    TagDescriptionChanged "tag-description-changed" Documentation Documentation
        "only what the documentation says about a tag changed";
    Unrecognized "unrecognized" Breaking Breaking
        "no check knows what this means, so the worst is assumed";
}
