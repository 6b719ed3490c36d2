//! Sessions over TLS, by the HTTP client's own.

use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ultravox::live::{ConnectError, End, Event, Session};
use ultravox::mock::live::{LiveServer, Script};
use ultravox::reqwest;

use crate::support::all;

/// A certificate for `localhost` that it has signed itself, and its key, both in DER. They are of no use to anybody
/// else, and made by `openssl ca -selfsign`; valid from 2020 to 2120.
const OWN: &[u8] = include_bytes!("localhost.der");
const KEY: &[u8] = include_bytes!("localhost-key.der");

/// A server with a certificate of its own, before one that has none: its URL, and the certificate.
async fn secured(server: &LiveServer) -> (String, reqwest::Certificate) {
    let own = CertificateDer::from(OWN);
    let certificate = reqwest::Certificate::from_der(&own).unwrap();
    let key = PrivateKeyDer::try_from(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = reqwest::Url::parse(&server.join_url()).unwrap();
    let address = format!("127.0.0.1:{}", plain.port().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut outside) = acceptor.accept(stream).await else {
                continue;
            };
            let mut inside = TcpStream::connect(&address).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    let url = format!("wss://localhost:{port}/calls/join?token=s3cr3t-t0ken");
    (url, certificate)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_an_error_of_tls_and_one_that_is_trusted_is_not() {
    let script = Script::new()
        .audio(vec![1; 320])
        .wait_for_text()
        .close(1000, "");
    let server = LiveServer::start(script).await.unwrap();
    let (url, certificate) = secured(&server).await;

    let plain = reqwest::Client::builder().no_proxy();
    let error = Session::builder()
        .reqwest(plain)
        .connect(&url)
        .await
        .unwrap_err();
    let ConnectError::Tls { host, reason } = &error else {
        panic!("{error:?}");
    };
    assert!(host.starts_with("localhost:"), "{host}");
    assert!(reason.contains("certificate"), "{reason}");
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));

    let trusting = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([certificate]);
    let session = Session::builder()
        .reqwest(trusting)
        .connect(&url)
        .await
        .unwrap();
    let (sender, mut events) = session.split();
    assert_eq!(events.next().await, Some(Event::Audio(vec![1; 320].into())));
    sender.text("over TLS").await.unwrap();
    let (_, end) = all(&mut events).await;
    assert!(matches!(end, End::CallEnded(_)), "{end:?}");
}
