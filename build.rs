//! Generates the client from `openapi/ultravox.yaml` into `OUT_DIR`. All of it is in `codegen/`.

fn main() {
    ultravox_codegen::build_script();
}
