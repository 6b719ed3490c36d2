//! How long `cargo xtask diff` compares: the vendored document with itself after an update of 40 changes, and
//! documents ten times as large. `cargo bench -p xtask --bench diff`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use xtask::diff::diff;

const VENDORED: &str = include_str!("../../openapi/ultravox.yaml");

/// The same with every operation and every schema `times` times, under other names.
fn enlarged(document: &Value, times: usize) -> Value {
    let mut whole = document.clone();
    for copy in 1..times {
        // References follow their schemas.
        let text = document.to_string();
        let text = text.replace(
            "#/components/schemas/",
            &format!("#/components/schemas/Copy{copy}"),
        );
        let other: Value = serde_json::from_str(&text).unwrap_or_default();
        for (path, item) in other["paths"].as_object().into_iter().flatten() {
            let mut item = item.clone();
            for operation in item
                .as_object_mut()
                .into_iter()
                .flat_map(|item| item.values_mut())
            {
                if let Some(id) = operation["operationId"].as_str() {
                    operation["operationId"] = json!(format!("copy{copy}_{id}"));
                }
            }
            whole["paths"][path.replace("/api/", &format!("/api/copy{copy}/"))] = item;
        }
        for (name, schema) in other["components"]["schemas"]
            .as_object()
            .into_iter()
            .flatten()
        {
            whole["components"]["schemas"][format!("Copy{copy}{name}")] = schema.clone();
        }
    }
    whole
}

/// An update: each of the first 40 objects has one more property, or one of its own as another type.
fn updated(document: &Value) -> Value {
    let mut document = document.clone();
    let schemas = document["components"]["schemas"].as_object_mut();
    let objects = schemas.into_iter().flat_map(|schemas| schemas.values_mut());
    let objects = objects.filter_map(|schema| schema.get_mut("properties")?.as_object_mut());
    for (index, properties) in objects
        .filter(|properties| !properties.is_empty())
        .take(40)
        .enumerate()
    {
        match index % 4 {
            0 => properties
                .values_mut()
                .next()
                .into_iter()
                .for_each(|first| {
                    *first = json!({"type": "boolean", "description": "Changed."});
                }),
            1 => properties
                .values_mut()
                .next()
                .into_iter()
                .for_each(|first| {
                    first["description"] = json!("Other words.");
                }),
            _ => {
                properties.insert(
                    "addedByTheUpdate".to_owned(),
                    json!({"type": "string", "description": "New."}),
                );
            }
        }
    }
    document
}

fn compare(criterion: &mut Criterion) {
    let Ok(document) = xtask::refresh::parse(VENDORED) else {
        return;
    };
    let mut group = criterion.benchmark_group("diff");
    group.sample_size(20);
    for (name, times) in [("whole documents", 1), ("ten times as large", 10)] {
        let old = enlarged(&document, times);
        let new = updated(&old);
        assert_eq!(diff(&old, &new).not_generated, None);
        group.bench_function(name, |bencher| {
            bencher.iter(|| diff(black_box(&old), black_box(&new)))
        });
    }
    group.finish();
}

criterion_group!(benches, compare);
criterion_main!(benches);
