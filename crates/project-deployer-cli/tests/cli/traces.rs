//! Traces of updates, which `deployer serve` sends to a collector.

use std::sync::{Arc, Mutex};

use project_deployer_testkit::{BundleBuilder, MockGroup, MockNode, MockUser};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::command::{NodeProcess, run_with};

/// The key of the node. It may be in no trace.
const CANARY: &str = "canary-9e41";

/// A collector: it keeps what it receives, and is content.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<u8>>>);

impl Collector {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let this = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(this.clone().receive(stream));
            }
        });
        url
    }

    /// One request after the other, until the client closes.
    async fn receive(self, mut stream: TcpStream) {
        let mut received = Vec::new();
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut part).await {
            received.extend_from_slice(&part[..length]);
            let Some(head) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.unwrap().trim().parse().unwrap();
            if received.len() >= head + 4 + length {
                assert!(text.starts_with("post /v1/traces"), "{text}");
                self.0.lock().unwrap().append(&mut received);
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
        }
    }

    fn has(&self, word: &str) -> bool {
        self.0.lock().unwrap().windows(word.len()).any(|part| part == word.as_bytes())
    }
}

#[tokio::test]
async fn an_update_is_traced_by_its_steps_and_without_secrets() {
    // R13
    let (collector, folder) = (Collector::default(), tempfile::tempdir().unwrap());
    let node = MockNode::builder("auto-prod")
        .admin_api_key(CANARY)
        .group(MockGroup::creators("deployers"))
        .user(MockUser::new("admin").in_group("deployers"))
        .start()
        .await;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (data, zip, key_file) = (path("data"), path("churn.zip"), path("node.key"));
    BundleBuilder::new("CHURN", "v1").write_to(&zip).unwrap();
    std::fs::write(&key_file, CANARY).unwrap();
    let endpoint = collector.start().await;
    let listen = ["--listen", "127.0.0.1:0", "--until-stdin-closes", "--otlp-endpoint", &endpoint];
    let mut service =
        NodeProcess::start_command(&[&["serve", "--data", &data], &listen[..]].concat()).await;
    let key = std::fs::read_to_string(path("data/admin-key")).unwrap().trim().to_owned();
    let environment = [("DKU_DSS_URL", service.url.as_str()), ("DKU_API_KEY", key.as_str())];
    let infra = ["infra", "create", "traced-infra", "--stage", "Production", "--node-url"];
    let infra = [&infra[..], &[node.url(), "--node-key-file", &key_file]].concat();
    let of = ["--infra", "traced-infra", "--project", "CHURN", "--bundle", "v1"];
    let deployment = [&["deployment", "create", "traced-deployment"], &of[..]].concat();
    for arguments in [
        &infra[..],
        &["bundle", "upload", &zip],
        &deployment,
        &["update", "start", "traced-deployment", "--wait"],
    ] {
        let (code, output, errors) = run_with(arguments, &environment, "").await;
        assert_eq!(code, 0, "{arguments:?}: {output}{errors}");
    }
    service.close_input();
    let (status, _, errors) = service.end().await;
    assert!(status.success() && !errors.contains("were not sent"), "{errors}");
    for word in ["update_id", "traced-deployment", "traced-infra", "step", "service.name"] {
        assert!(collector.has(word), "{word}");
    }
    for secret in [CANARY, &key] {
        assert!(!collector.has(secret), "R13");
    }
}
