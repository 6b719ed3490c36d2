//! Every check, in both directions of time, in a request and in a response, with and without a
//! comparison of the public APIs. The judgements are repeated here, so that the table of the checks is
//! tested as well. What compiles is tested in `api`.

mod documents;
mod operations;
mod schemas;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Check, Directions, Severity, found, wire, with_operation, with_schema};
use crate::diff::Check::{RedirectAdded, RustApiChanged, TaggedMemberAdded, Unrecognized};
use crate::diff::Subject;
use Judged::Documentation;
pub(super) use documents::documents;
pub(super) use operations::operations;
pub(super) use schemas::schemas;

/// What a check says of requests and responses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::diff::tests) enum Judged {
    Documentation,
    /// As `Documentation` if the public APIs are compared, and as `Breaking` if they cannot be.
    Rust,
    Additive,
    Breaking,
}

impl Judged {
    fn severity(self, apis_compared: bool) -> Severity {
        match self {
            Self::Documentation => Severity::Documentation,
            Self::Rust if apis_compared => Severity::Documentation,
            Self::Additive => Severity::Additive,
            Self::Rust | Self::Breaking => Severity::Breaking,
        }
    }
}

/// A check with its judgement in a request and in a response.
type Expected = (Check, Judged, Judged);

/// A check with its judgement where there is one direction, or none.
type Found = (Check, Judged);

#[test]
fn every_change_of_a_schema_is_judged_for_requests_and_responses_both_ways() {
    for (old, new, forth, back) in schemas() {
        for (old, new, (check, request, response)) in [(&old, &new, forth), (&new, &old, back)] {
            for (sent, received, judged) in [
                (true, false, vec![request]),
                (false, true, vec![response]),
                (true, true, vec![request, response]),
                // Nothing is generated from it.
                (false, false, vec![Documentation]),
            ] {
                for compared in [true, false] {
                    let severity = judged.iter().map(|of| of.severity(compared)).max();
                    let changes = wire(
                        &with_schema(old, sent, received),
                        &with_schema(new, sent, received),
                        compared,
                    );
                    assert_eq!(
                        found(&changes),
                        [(check, severity.unwrap())],
                        "{old} -> {new}, sent: {sent}, received: {received}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_change_of_an_operation_is_found_both_ways() {
    for (old, new, forth, back) in operations() {
        for (old, new, expected) in [(&old, &new, forth), (&new, &old, back)] {
            for compared in [true, false] {
                let changes = wire(&with_operation(old), &with_operation(new), compared);
                let expected = (expected.0, expected.1.severity(compared));
                assert_eq!(found(&changes), [expected], "{old} -> {new}");
            }
        }
    }
}

/// A document with another value of a key.
pub(super) fn with_key(key: &str, value: &Value) -> Value {
    let mut document = with_operation(&json!({}));
    document[key] = value.clone();
    document
}

#[test]
fn every_change_of_the_document_is_found_both_ways() {
    for (key, old, new, forth, back) in documents() {
        for (old, new, expected) in [(&old, &new, forth), (&new, &old, back)] {
            for compared in [true, false] {
                let changes = wire(&with_key(key, old), &with_key(key, new), compared);
                let expected = (expected.0, expected.1.severity(compared));
                assert_eq!(found(&changes), [expected], "{key}: {old} -> {new}");
            }
        }
    }
}

#[test]
fn no_check_is_without_a_test_here() {
    let tested: BTreeSet<_> = schemas()
        .iter()
        .flat_map(|(_, _, forth, back)| [forth.0, back.0])
        .chain(
            operations()
                .iter()
                .flat_map(|(_, _, forth, back)| [forth.0, back.0]),
        )
        .chain(
            documents()
                .iter()
                .flat_map(|(.., forth, back)| [forth.0, back.0]),
        )
        // What depends on the method or on the public API has tests of its own.
        .chain([RustApiChanged, RedirectAdded, TaggedMemberAdded])
        .collect();
    let untested: Vec<_> = Check::ALL
        .iter()
        .filter(|check| !tested.contains(check))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn names_of_checks_are_distinct_and_each_is_explained() {
    let names: BTreeSet<_> = Check::ALL.iter().map(|check| check.name()).collect();
    assert_eq!(names.len(), Check::ALL.len());
    for check in Check::ALL {
        for directions in [Directions::REQUEST, Directions::RESPONSE, Directions::BOTH] {
            let explanation = check.explanation(directions);
            assert!(!explanation.is_empty() && !explanation.contains('\n'));
        }
    }
}

#[test]
fn a_change_of_responses_alone_does_not_speak_of_requests_and_the_other_way_round() {
    for (old, new, forth, back) in schemas() {
        for (old, new, (check, ..)) in [(&old, &new, forth), (&new, &old, back)] {
            for (sent, other) in [(true, "response"), (false, "request")] {
                let changes = wire(
                    &with_schema(old, sent, !sent),
                    &with_schema(new, sent, !sent),
                    true,
                );
                let explanation = changes.changes[0].explanation();
                assert!(!explanation.contains(other), "{check:?}: {explanation}");
            }
        }
    }
}

#[test]
fn a_change_that_nobody_sees_claims_no_effect() {
    for (old, new, forth, back) in schemas() {
        for (old, new, (check, ..)) in [(&old, &new, forth), (&new, &old, back)] {
            if check.explanation(Directions::BOTH).starts_with("only ") || check == Unrecognized {
                continue;
            }
            let unused = wire(
                &with_schema(old, false, false),
                &with_schema(new, false, false),
                true,
            );
            assert_eq!(
                unused.changes[0].explanation(),
                "no request and no response has this, so no program sees the change"
            );
            let used_by_now = wire(
                &with_schema(old, false, false),
                &with_schema(new, false, true),
                true,
            );
            let change = used_by_now.changes.iter().find(|change| {
                change.check == check && matches!(change.subject, Subject::Component { .. })
            });
            assert_eq!(
                change.unwrap().explanation(),
                "no operation has used this until now, so no program sees the change"
            );
        }
    }
}
