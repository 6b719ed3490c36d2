//! YAML or JSON text to a value, read as the generator reads a document.

use anyhow::Result;
use serde_json::Value;

/// Reads the single document in `text`; an error names line and column.
pub fn parse(text: &str) -> Result<Value> {
    Ok(ultravox_codegen::admit::parse(text)?)
}
