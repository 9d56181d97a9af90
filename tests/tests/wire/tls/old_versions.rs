//! Servers that speak nothing newer than TLS 1.1. Libraries of today cannot, so their words are written
//! by hand (RFC 2246, RFC 4346).

use std::net::SocketAddr;

use project_deployer_client::{AutomationNode as _, Identity, TlsProblem};
use project_deployer_tests::{settings_at, single_attempts};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::assert_refusal;
use crate::asking::KEY;

const TLS_1_0: [u8; 2] = [3, 1];
const TLS_1_1: [u8; 2] = [3, 2];
const HANDSHAKE: u8 = 0x16;
const ALERT: u8 = 0x15;

/// A server that answers the first words of a client so, and hears the rest.
struct OldServer {
    address: SocketAddr,
    heard: JoinHandle<Vec<u8>>,
}

impl OldServer {
    async fn saying(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let hello = record(&mut stream).await;
            assert_eq!(hello[0], HANDSHAKE);
            stream.write_all(&answer).await.unwrap();
            let mut rest = Vec::new();
            // A reset is as good an end as another.
            stream.read_to_end(&mut rest).await.unwrap_or_default();
            rest
        });
        Self { address, heard }
    }

    async fn assert_not_spoken_to(self, trust_all_certificates: bool) {
        let address = format!("https://{}", self.address);
        let settings =
            settings_at(&address, KEY).with_trust_all_certificates(trust_all_certificates);
        let node = single_attempts().build().unwrap().node(&settings, &Identity::ApiKey).unwrap();
        let error = node.instance_info().await.unwrap_err();
        assert_refusal(&error, TlsProblem::Outdated, &address);
        let heard = self.heard.await.unwrap();
        assert!(heard.is_empty() || heard[0] == ALERT, "nothing but a refusal: {heard:?}");
    }
}

async fn record(stream: &mut tokio::net::TcpStream) -> Vec<u8> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.unwrap();
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body).await.unwrap();
    [head.to_vec(), body].concat()
}

/// "We speak this version, with AES in CBC": a ServerHello without a session and without extensions.
fn server_hello(version: [u8; 2]) -> Vec<u8> {
    let body = [&version[..], &[7; 32], &[0], &[0x00, 0x2f], &[0]].concat();
    let message = [&[2, 0, 0, u8::try_from(body.len()).unwrap()][..], &body].concat();
    let length = u8::try_from(message.len()).unwrap();
    [&[HANDSHAKE, version[0], version[1], 0, length][..], &message].concat()
}

/// "We do not speak any of your versions."
fn protocol_version_alert(version: [u8; 2]) -> Vec<u8> {
    vec![ALERT, version[0], version[1], 0, 2, 2, 70]
}

#[tokio::test]
async fn a_server_that_chooses_an_old_version_is_refused() {
    // R15
    for version in [TLS_1_0, TLS_1_1] {
        OldServer::saying(server_hello(version)).await.assert_not_spoken_to(false).await;
    }
}

#[tokio::test]
async fn a_server_that_wants_an_old_version_is_refused() {
    // R15
    for version in [TLS_1_0, TLS_1_1] {
        OldServer::saying(protocol_version_alert(version)).await.assert_not_spoken_to(false).await;
    }
}

#[tokio::test]
async fn an_old_version_is_refused_also_where_any_certificate_will_do() {
    // R15
    for version in [TLS_1_0, TLS_1_1] {
        OldServer::saying(server_hello(version)).await.assert_not_spoken_to(true).await;
    }
}
