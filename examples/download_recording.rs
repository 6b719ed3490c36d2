//! Saves the recording of a call to a file.
//!
//! ```sh
//! cargo run --example download_recording -- CALL_ID recording.wav
//! ```
//!
//! With `ULTRAVOX_API_KEY` it asks the API. Without, it starts a server of its own on 127.0.0.1 with
//! a sample recording, asks that, and needs no arguments.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use httpmock::MockServer;
use ultravox::Client;
use ultravox::mock::{self, MockServerExt};
use uuid::Uuid;

const USAGE: &str = "usage: download_recording CALL_ID FILE";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if std::env::var_os("ULTRAVOX_API_KEY").is_some_and(|key| !key.is_empty()) {
        let (Some(call_id), Some(path)) = (arguments.next(), arguments.next()) else {
            return Err(USAGE.into());
        };
        let call_id = call_id
            .parse()
            .map_err(|_| format!("`{call_id}` is not the id of a call; {USAGE}"))?;
        return download(&Client::from_env()?, call_id, Path::new(&path)).await;
    }
    let server = MockServer::start_async().await;
    let url = server.base_url();
    eprintln!("ULTRAVOX_API_KEY is not set: asking an embedded server at {url}");
    server.calls_recording_retrieve(|_when, then| {
        then.into_inner()
            .status(200)
            .header("content-type", "audio/wav")
            .body(silence());
    });
    let client = mock::client(&server)?;
    let path = arguments.next().map_or_else(
        || std::env::temp_dir().join("ultravox-sample-recording.wav"),
        Into::into,
    );
    download(&client, Uuid::nil(), &path).await
}

async fn download(client: &Client, call_id: Uuid, path: &Path) -> Result<(), Box<dyn Error>> {
    let mut recording = client.calls().recording(call_id).await?;
    // The file is there once it is complete; until then nothing of that name changes.
    let bytes = recording.save_to(path).await?;
    println!("{bytes} bytes saved to {}", path.display());
    Ok(())
}

/// A second of nothing, at 8 kHz and 8 bits.
fn silence() -> Vec<u8> {
    const RATE: u32 = 8000;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + RATE).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    wav.extend([1, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend(RATE.to_le_bytes());
    // A byte a sample.
    wav.extend([1, 0, 8, 0]);
    wav.extend(b"data");
    wav.extend(RATE.to_le_bytes());
    wav.resize(wav.len() + RATE as usize, 0x80);
    wav
}
