//! Generates the client from `openapi/ultravox.yaml` into `OUT_DIR`. All of it is in `codegen/`. A server
//! without the client needs nothing of it.

fn main() {
    #[cfg(feature = "client")]
    ultravox_codegen::build_script();
}
