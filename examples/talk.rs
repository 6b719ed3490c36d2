//! Takes part in a call: sends the audio of a WAV file, saves the agent's audio in another, and prints who said what
//! during the call.
//!
//! ```sh
//! cargo run --example talk
//! cargo run --example talk -- question.wav answer.wav
//! ULTRAVOX_API_KEY=… cargo run --example talk -- question.wav answer.wav
//! ```
//!
//! With `ULTRAVOX_API_KEY` it creates a call, and joins it: the call is in your account, and billed. Without, it
//! joins a call of an embedded server on 127.0.0.1. Without files, it sends two seconds of a tone.
//!
//! A WAV file here is 16-bit PCM of one channel.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal tells its user what it does"
)]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use ultravox::Client;
use ultravox::live::{Event, SendError, Session, SessionBuilder, Tools};
use ultravox::messages::{HangUp, State, Transcript};
use ultravox::mock::live::{LiveServer, Script};
use ultravox::schemars::{self, JsonSchema};
use ultravox::tools::{ToolResponse, definition};
use ultravox::types::{CallMedium, CallMediumWebSocketMedium, SelectedTool};

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
    let question = match arguments.next() {
        Some(path) => Wav::read(&std::fs::read(&path)?).map_err(|why| format!("{path}: {why}"))?,
        None => Wav::tone(),
    };
    let answer = arguments.next().map_or_else(
        || std::env::temp_dir().join("ultravox-talk.wav"),
        PathBuf::from,
    );
    let hz = question.hz;
    let settings = Session::builder()
        .input_sample_rate(hz)
        .play_in_real_time()
        .tools(tools());

    if std::env::var_os("ULTRAVOX_API_KEY").is_some_and(|key| !key.is_empty()) {
        let session = join(&settings, hz).await?;
        return talk(session, question, answer).await;
    }
    let server = LiveServer::start(sample_call(hz)).await?;
    // Not the whole URL: it grants access.
    let host = ultravox::reqwest::Url::parse(&server.join_url())?;
    let host = host.authority();
    eprintln!("ULTRAVOX_API_KEY is not set: joining a call of an embedded server at http://{host}");
    let session = settings
        .reqwest(ultravox::reqwest::Client::builder().no_proxy())
        .connect(&server.join_url())
        .await?;
    talk(session, question, answer).await
}

/// Looks up where an order is.
#[derive(Deserialize, JsonSchema)]
struct LookUp {
    /// The number on the receipt.
    order: u32,
}

/// The tools that this program runs for the agent.
fn tools() -> Tools {
    Tools::new().tool("look_up", |LookUp { order }| async move {
        println!("        (order {order} is looked up)");
        ToolResponse::json(&json!({"order": order, "state": "on its way"}))
    })
}

/// A call of this account, whose agent has the tool of this program.
async fn join(settings: &SessionBuilder, hz: u32) -> Result<Session, Box<dyn Error>> {
    let client = Client::from_env()?;
    let hz = i32::try_from(hz)?;
    // A large buffer, so that the agent does not stutter; an interruption empties it.
    let medium = CallMediumWebSocketMedium::new()
        .input_sample_rate(hz)
        .client_buffer_size_ms(30_000);
    let tool = definition::client::<LookUp>("look_up")?;
    let call = client
        .calls()
        .create()
        .system_prompt("You answer the phone of a flower shop. Be brief.")
        .medium(CallMedium::from(medium))
        .selected_tools([SelectedTool::temporary(tool)])
        .await?;
    Ok(settings.join(&call).await?)
}

/// Speaks and listens until the call has ended.
async fn talk(session: Session, question: Wav, answer: PathBuf) -> Result<(), Box<dyn Error>> {
    let (sender, mut events) = session.split();
    let hz = question.hz;
    let speaking = tokio::spawn(async move {
        // All of it at once: the session sends it in real time.
        sender.audio(question.samples).await?;
        sender.flush().await?;
        // The agent answers meanwhile.
        tokio::time::sleep(ANSWER).await;
        sender.message(HangUp::new().message("Goodbye!")).await
    });
    let mut heard = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Event::Audio(samples) => heard.extend_from_slice(&samples),
            Event::Utterance(said) => println!("{:<7} {}", format!("{}:", said.role), said.text),
            Event::ToolFailed(failure) => eprintln!("{failure}"),
            Event::Invalid(invalid) => eprintln!("ignored: {invalid}"),
            Event::Ended(end) => println!("{end}"),
            _ => {}
        }
    }
    match speaking.await? {
        // The call ended before everything was sent; how it ended has been printed.
        Ok(()) | Err(SendError::Ended(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let seconds = heard.len() as f64 / 2.0 / f64::from(hz);
    println!("{seconds:.1} s of the agent are in {}", answer.display());
    std::fs::write(answer, Wav { hz, samples: heard }.written())?;
    Ok(())
}

/// How long the agent has for its answer.
const ANSWER: Duration = Duration::from_secs(1);

/// A call as the embedded server plays it.
fn sample_call(hz: u32) -> Script {
    let said =
        |role: &str, ordinal: i64, text: &str| Transcript::new(true, ordinal, role).text(text);
    Script::new()
        .call_started()
        .message(State::new("listening"))
        .wait_for_audio(2 * hz as usize / 2)
        .message(said("user", 1, "Where is order 7?"))
        .call_tool("look_up", "1", json!({"order": 7}))
        .wait_for_result()
        .message(State::new("speaking"))
        .message(Transcript::new(false, 2, "agent").delta("It is "))
        .message(Transcript::new(true, 2, "agent").delta("on its way."))
        .audio_in_real_time(Wav::tone_of(hz, 330.0, 1).samples, hz)
        .wait_for_hang_up()
        .message(said("agent", 3, "Goodbye!"))
        .close(1000, "")
}

/// Audio of 16-bit samples and one channel.
struct Wav {
    hz: u32,
    samples: Vec<u8>,
}

impl Wav {
    /// Two seconds of a tone.
    fn tone() -> Self {
        Self::tone_of(16_000, 440.0, 2)
    }

    fn tone_of(hz: u32, pitch: f64, seconds: u32) -> Self {
        let sample = |index: u32| {
            let turns = f64::from(index) / f64::from(hz) * pitch;
            ((turns * std::f64::consts::TAU).sin() * 8000.0) as i16
        };
        let samples = (0..hz * seconds).flat_map(|index| sample(index).to_le_bytes());
        Self {
            hz,
            samples: samples.collect(),
        }
    }

    fn read(file: &[u8]) -> Result<Self, &'static str> {
        const OTHER: &str = "not a WAV file of 16-bit PCM and one channel";
        let mut rest = file
            .strip_prefix(b"RIFF")
            .and_then(|rest| rest.get(4..)?.strip_prefix(b"WAVE"))
            .ok_or(OTHER)?;
        let mut hz = None;
        while let Some((head, after)) = rest.split_at_checked(8) {
            let (name, length) = head.split_at(4);
            let length = u32::from_le_bytes(length.try_into().map_err(|_| OTHER)?) as usize;
            // The length of a file that was never finished may be too large.
            let (chunk, next) = after.split_at(length.min(after.len()));
            match (name, chunk) {
                // PCM, one channel, the rate, and 16 bits at the end.
                (b"fmt ", [1, 0, 1, 0, a, b, c, d, _, _, _, _, 2, 0, 16, 0, ..]) => {
                    hz = Some(u32::from_le_bytes([*a, *b, *c, *d]));
                }
                (b"fmt ", _) => return Err(OTHER),
                (b"data", _) => {
                    let hz = hz.ok_or(OTHER)?;
                    let samples = chunk.to_vec();
                    return Ok(Self { hz, samples });
                }
                _ => {}
            }
            // A chunk of an odd length has a byte after it.
            rest = next.get(length % 2..).unwrap_or_default();
        }
        Err(OTHER)
    }

    fn written(&self) -> Vec<u8> {
        let length = u32::try_from(self.samples.len()).unwrap_or(u32::MAX);
        let mut file = Vec::with_capacity(44 + self.samples.len());
        file.extend(b"RIFF");
        file.extend(length.saturating_add(36).to_le_bytes());
        file.extend(b"WAVEfmt ");
        file.extend([16, 0, 0, 0, 1, 0, 1, 0]);
        file.extend(self.hz.to_le_bytes());
        file.extend((self.hz * 2).to_le_bytes());
        file.extend([2, 0, 16, 0]);
        file.extend(b"data");
        file.extend(length.to_le_bytes());
        file.extend(&self.samples);
        file
    }
}
