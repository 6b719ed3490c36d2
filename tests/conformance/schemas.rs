//! Values of every schema are decoded into its types, and encoded to the same values.

use serde_json::Value;

use crate::Row;
use crate::client::{Types, types};
use crate::compare::{Nulls, differences};
use crate::document::{Document, escaped};
use crate::json_schema::Validators;
use ultravox_codegen::samples::{Direction, Shape, Wanted, choices, sample};

/// Every shape that a value can have.
pub const SHAPES: [Shape; 6] = [
    Shape::Full,
    Shape::Bare,
    Shape::Empty,
    Shape::Null,
    Shape::Foreign,
    Shape::Unknown,
];

pub fn check(document: &Document, validators: &mut Validators) -> Vec<Row> {
    let types = types();
    let (sent, received) = (document.sent(&[]), document.received());
    let patched = document.sent(&["PATCH"]);
    let mut rows = Vec::new();
    for (name, schema) in document.schemas() {
        let mut problems = Vec::new();
        match types.iter().find(|types| types.schema == name) {
            Some(types) => {
                let mut check = Check {
                    document,
                    validators: &mut *validators,
                    name,
                    schema,
                    problems: &mut problems,
                };
                if sent.contains(name) {
                    let nulls = if patched.contains(name) {
                        Nulls::Distinct
                    } else {
                        Nulls::SameAsAbsent
                    };
                    check.direction(types, Direction::Sent, nulls);
                }
                // A schema that no operation uses counts as received.
                if received.contains(name) || !sent.contains(name) {
                    check.direction(types, Direction::Received, Nulls::SameAsAbsent);
                }
            }
            None => problems.push("the client has no type for it".to_owned()),
        }
        rows.push(Row {
            kind: "schema",
            name: name.clone(),
            problems,
        });
    }
    rows
}

/// Checks the schemas that have a type here, as received.
pub fn check_received(
    document: &Document,
    validators: &mut Validators,
    types: &[Types],
) -> Vec<Row> {
    let schemas: Vec<_> = document.schemas().collect();
    let rows = types.iter().filter_map(|types| {
        let (name, schema) = schemas.iter().find(|(name, _)| *name == types.schema)?;
        let mut problems = Vec::new();
        let mut check = Check {
            document,
            validators: &mut *validators,
            name,
            schema,
            problems: &mut problems,
        };
        check.direction(types, Direction::Received, Nulls::SameAsAbsent);
        Some(Row {
            kind: "message",
            name: types.schema.to_owned(),
            problems,
        })
    });
    rows.collect()
}

struct Check<'a> {
    document: &'a Document,
    validators: &'a mut Validators,
    name: &'a str,
    schema: &'a Value,
    problems: &'a mut Vec<String>,
}

impl Check<'_> {
    fn direction(&mut self, types: &Types, direction: Direction, nulls: Nulls) {
        for shape in SHAPES {
            // Every alternative is tried once; the other shapes differ in something else.
            let choices = if shape == Shape::Full {
                choices(self.schema)
            } else {
                1
            };
            for choice in 0..choices {
                let wanted = Wanted {
                    direction: Some(direction),
                    shape,
                    choice,
                };
                for problem in self.value(types, wanted, nulls) {
                    let problem = format!("{direction:?}, {shape:?}: {problem}");
                    if !self.problems.contains(&problem) {
                        self.problems.push(problem);
                    }
                }
            }
        }
    }

    fn value(&mut self, types: &Types, wanted: Wanted, nulls: Nulls) -> Vec<String> {
        let Some(value) = sample(&self.document.root, self.schema, self.name, wanted) else {
            return vec!["no value of it was found to try".to_owned()];
        };
        let direction = wanted.direction.unwrap_or(Direction::Received);
        let pointer = format!("/components/schemas/{}", escaped(self.name));
        if wanted.shape != Shape::Foreign
            && let Some(problem) = self.validators.problem(&pointer, direction, &value)
        {
            return vec![format!("the sample {value} is not valid: {problem}")];
        }
        let pass = match direction {
            Direction::Sent => types.sent,
            Direction::Received => types.received,
        };
        let encoded = match pass(&value) {
            Ok(encoded) => encoded,
            Err(reason) => return vec![format!("does not decode: {reason}")],
        };
        let mut problems = differences(&value, &encoded, nulls);
        // A null may be left out only if the property is not required.
        if wanted.shape == Shape::Null && problems.is_empty() {
            problems.extend(self.validators.problem(&pointer, direction, &encoded));
        }
        problems
    }
}
