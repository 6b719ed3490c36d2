//! x
extern crate self as ultravox;
