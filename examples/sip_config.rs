//! Prints the SIP configuration of an account, and where calls to it would go.
//!
//! ```sh
//! cargo run --example sip_config
//! cargo run --example sip_config -- 91.200.160.14 sip:sales@acme.example registration sales
//! ```
//!
//! With `ULTRAVOX_API_KEY` it asks the API. Without, it starts a server of its own on 127.0.0.1 with a
//! sample account, and asks that.

#![allow(
    clippy::print_stderr,
    reason = "a program for the terminal tells its user what it does"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;

use httpmock::MockServer;
use ultravox::Client;
use ultravox::mock::{self, MockServerExt};
use ultravox::sip::Source;
use ultravox::types::{AgentAllowance, SipConfig};

const USAGE: &str = "usage: sip_config [SOURCE TO]..., \
    where SOURCE is an IP address or `registration`, and TO is a user or a SIP URI";

const SAMPLE_ACCOUNT: &str = r#"{
    "domain": "harbor-lights.sip.example",
    "allowedCidrRanges": ["91.200.160.14/32", "10.0.0.0/8"],
    "allowAllAgents": false,
    "allowedAgents": [
        {"agentId": "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11", "toUserPattern": "^sales$"},
        {"agentId": "b3d1f6c4-27a9-4c0e-8f35-90e1d2c3b4a5", "toUserPattern": "^\\+15550100199$"},
        {"agentId": "0c9b8a77-6655-4433-a221-100ffeeddccb"}
    ]
}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", one_line(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let asked = invites_from_command_line()?;
    let config = if std::env::var_os("ULTRAVOX_API_KEY").is_some_and(|key| !key.is_empty()) {
        Client::from_env()?.sip().get().await?
    } else {
        sample_config().await?
    };
    let invites = [sample_invites(&config), asked].concat();
    let text = describe(&config)? + &routings(&config, &invites)?;
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// The same call, to a server that answers as the API does.
async fn sample_config() -> Result<SipConfig, Box<dyn Error>> {
    let account: SipConfig = serde_json::from_str(SAMPLE_ACCOUNT)?;
    let server = MockServer::start_async().await;
    server.sip_retrieve(|_when, then| {
        then.ok(&account);
    });
    let url = server.base_url();
    eprintln!(
        "ULTRAVOX_API_KEY is not set: asking an embedded server at {url}, which has a sample account"
    );
    let client = mock::client(&server)?;
    Ok(client.sip().get().await?)
}

#[derive(Clone)]
struct Invite {
    source: Source,
    to: String,
}

fn invites_from_command_line() -> Result<Vec<Invite>, String> {
    let arguments = std::env::args_os()
        .skip(1)
        .map(|argument| match argument.into_string() {
            Ok(text) => Ok(text),
            Err(other) => Err(format!("{other:?} is not Unicode text; {USAGE}")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    arguments
        .chunks(2)
        .map(|pair| match pair {
            [source, to] => Ok(Invite {
                source: parse_source(source)?,
                to: to.clone(),
            }),
            _ => Err(format!("`{}` has no TO after it; {USAGE}", pair.concat())),
        })
        .collect()
}

fn parse_source(text: &str) -> Result<Source, String> {
    if text == "registration" {
        return Ok(Source::Registration);
    }
    let address = text.parse::<IpAddr>();
    Ok(address
        .map_err(|_| format!("`{text}` is neither an IP address nor `registration`; {USAGE}"))?
        .into())
}

/// One call to each agent, one to nobody, one from elsewhere and one over a registration.
fn sample_invites(config: &SipConfig) -> Vec<Invite> {
    // Kept for documentation (RFC 5737): no account has a reason to allow it.
    let elsewhere = Ipv4Addr::new(203, 0, 113, 1);
    let allowed = config.allowed_cidr_ranges.iter().flatten().next();
    let source = allowed
        .and_then(|range| range.hosts().next())
        .map_or(Source::Registration, Source::from);
    let to = |user: &str| format!("sip:{user}@{}", config.domain);
    let mut users: Vec<String> = config.allowed_agents.iter().map(sample_user).collect();
    let first = users.first().cloned().unwrap_or("anyone".to_owned());
    users.push("nobody".to_owned());
    let direct = users.iter().map(|user| (source, user.as_str()));
    direct
        .chain([
            (elsewhere.into(), first.as_str()),
            (Source::Registration, &first),
        ])
        .map(|(source, user)| Invite {
            source,
            to: to(user),
        })
        .collect()
}

/// What an agent's pattern spells out, such as `sales` for `^sales$`; else the agent's own name.
fn sample_user(agent: &AgentAllowance) -> String {
    let pattern = agent.to_user_pattern.as_deref().unwrap_or_default();
    let inner = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix('$'));
    let literal = inner.map(|inner| inner.replace(r"\+", "+"));
    literal
        .filter(|user| {
            let rest = user.strip_prefix('+').unwrap_or(user);
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric())
        })
        .unwrap_or_else(|| format!("agent_{}", agent.agent_id))
}

fn describe(config: &SipConfig) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let ranges: Vec<String> = config
        .allowed_cidr_ranges
        .iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    let ranges = match ranges.is_empty() {
        true => "none".to_owned(),
        false => ranges.join(", "),
    };
    let all = match config.allow_all_agents {
        Some(true) => "yes",
        _ => "no",
    };
    writeln!(text, "Domain      {}", printable(&config.domain))?;
    writeln!(text, "Ranges      {ranges}")?;
    writeln!(text, "All agents  {all}\n")?;
    let mut rows = vec![["#", "Agent", "Pattern"].map(str::to_owned)];
    for (index, agent) in config.allowed_agents.iter().enumerate() {
        let pattern = agent.to_user_pattern.as_deref().map(printable);
        rows.push([
            index.to_string(),
            agent.agent_id.to_string(),
            pattern.unwrap_or("(its own id)".to_owned()),
        ]);
    }
    table(&mut text, &rows)?;
    Ok(text)
}

fn routings(config: &SipConfig, invites: &[Invite]) -> Result<String, std::fmt::Error> {
    let mut text = "\n".to_owned();
    let mut rows = vec![["From", "To", "Routing"].map(str::to_owned)];
    for Invite { source, to } in invites {
        rows.push([
            source.to_string(),
            printable(to),
            config.route(*source, to).to_string(),
        ]);
    }
    table(&mut text, &rows)?;
    Ok(text)
}

fn table(text: &mut String, rows: &[[String; 3]]) -> std::fmt::Result {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    for [a, b, c] in rows {
        writeln!(text, "{a:first$}  {b:second$}  {c}")?;
    }
    Ok(())
}

/// What comes from the account or the command line must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().fold(String::new(), |mut printable, c| {
        match c.is_control() {
            true => printable.extend(c.escape_default()),
            false => printable.push(c),
        }
        printable
    })
}

fn one_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        // Some messages hold their cause already.
        if !line.contains(&said) {
            line = format!("{line}: {said}");
        }
        source = cause.source();
    }
    printable(&line)
}
