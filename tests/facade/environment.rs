//! Changing the environment of a running test is unsafe: each case runs in its own process.

use std::process::Command;

use ultravox::Client;

use crate::support::*;

const CHILD: &str = "environment::from_env_in_a_process_of_its_own";

async fn from_env(variables: &[(&'static str, String)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([CHILD, "--exact", "--ignored", "--nocapture"])
        .env_remove("ULTRAVOX_API_KEY")
        .env_remove("ULTRAVOX_BASE_URL")
        .env("NO_PROXY", "127.0.0.1")
        .envs(variables.iter().cloned());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let stdout = String::from_utf8(output.unwrap().unwrap().stdout).unwrap();
    assert!(stdout.contains("1 passed"), "{stdout}");
    stdout
}

#[tokio::test]
#[ignore = "the other tests of this module run it"]
#[allow(clippy::print_stdout, reason = "read by the parent")]
async fn from_env_in_a_process_of_its_own() {
    match Client::from_env() {
        Err(error) => println!("refused: {error}"),
        Ok(client) if std::env::var_os("ULTRAVOX_BASE_URL").is_none() => println!("{client:?}"),
        Ok(client) => println!("asked: {:?}", client.sip().get().await),
    }
}

#[tokio::test]
async fn a_key_that_is_missing_or_empty_is_asked_for() {
    for variables in [&[][..], &[("ULTRAVOX_API_KEY", String::new())]] {
        let said = from_env(variables).await;
        assert!(
            said.contains("refused: ULTRAVOX_API_KEY is not set"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn without_a_base_url_the_published_server_is_asked() {
    let said = from_env(&[("ULTRAVOX_API_KEY", KEY.to_owned())]).await;
    assert!(said.contains(ultravox::DEFAULT_BASE_URL), "{said}");
    assert!(!said.contains(KEY), "{said}");
}

#[tokio::test]
async fn the_key_and_the_base_url_of_the_environment_are_used() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    let url = ("ULTRAVOX_BASE_URL", server.url.clone());
    let said = from_env(&[("ULTRAVOX_API_KEY", KEY.to_owned()), url]).await;
    assert!(said.contains("acme.sip.example"), "{said}");
    assert_eq!(header(&server.requests()[0], "x-api-key"), [KEY]);
}

#[tokio::test]
async fn a_base_url_of_the_environment_that_is_none_is_refused() {
    let url = ("ULTRAVOX_BASE_URL", "api.ultravox.ai".to_owned());
    let said = from_env(&[("ULTRAVOX_API_KEY", KEY.to_owned()), url]).await;
    assert!(
        said.contains("refused: the base URL is not usable"),
        "{said}"
    );
}
