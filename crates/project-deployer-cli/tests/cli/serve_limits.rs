//! `deployer serve`: its log, its connections, and how it ends.

use std::path::Path;

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::command::NodeProcess;

async fn serve(data: &Path, more: &[&str]) -> (NodeProcess, String) {
    let folder = data.to_str().unwrap();
    let usual = ["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes", "--data", folder];
    let service = NodeProcess::start_command(&[&usual, more].concat()).await;
    let key = std::fs::read_to_string(data.join("admin-key")).unwrap().trim_end().to_owned();
    (service, key)
}

async fn connect(service: &NodeProcess) -> std::io::Result<TcpStream> {
    TcpStream::connect(service.url.strip_prefix("http://").unwrap()).await
}

async fn text(service: &NodeProcess, path: &str, key: &str) -> (StatusCode, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer =
        client.get(format!("{}{path}", service.url)).bearer_auth(key).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_log_in_json_has_the_id_of_each_request_and_no_key() {
    // R13
    let folder = TempDir::new().unwrap();
    let more = ["--log-format", "json", "--log-level", "info"];
    let (mut service, key) = serve(folder.path(), &more).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for key in [key.as_str(), "pdk_canary-4711_x"] {
        let url = format!("{}/public/api/auth/info", service.url);
        let request = client.get(url).bearer_auth(key).header("x-request-id", "build-17");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["x-request-id"], "build-17");
    }
    service.close_input();
    let (status, _, errors) = service.end().await;
    assert!(status.success(), "{errors}");
    assert!(!errors.contains(&key) && !errors.contains("canary-4711"), "{errors}");
    let lines: Vec<Value> =
        errors.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let answered: Vec<_> =
        lines.iter().filter(|line| line["message"] == "a request was answered").collect();
    let statuses: Vec<_> = answered.iter().map(|line| line["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 401], "{errors}");
    for line in &answered {
        assert_eq!(line["span"]["request_id"], "build-17", "{line}");
        assert_eq!(line["span"]["path"], "/public/api/auth/info", "{line}");
    }
    let refused = lines.iter().find(|line| line["message"] == "an attempt was refused").unwrap();
    assert_eq!((&refused["level"], &refused["code"]), (&"WARN".into(), &"key-unknown".into()));
    assert_eq!(refused["span"]["request_id"], "build-17");
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_and_places_come_back() {
    let folder = TempDir::new().unwrap();
    let (service, _) = serve(folder.path(), &["--max-connections-per-address", "2"]).await;
    let ask = async |stream: &mut TcpStream| -> String {
        let request = b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n";
        let mut answer = vec![0; 1024];
        match stream.write_all(request).await {
            Ok(()) => {
                let read = stream.read(&mut answer).await.unwrap_or_default();
                String::from_utf8_lossy(&answer[..read]).into_owned()
            }
            Err(_) => String::new(),
        }
    };
    let (mut one, mut two) = (connect(&service).await.unwrap(), connect(&service).await.unwrap());
    assert!(ask(&mut one).await.starts_with("HTTP/1.1 200"));
    assert!(ask(&mut two).await.starts_with("HTTP/1.1 200"));
    assert_eq!(ask(&mut connect(&service).await.unwrap()).await, "");
    drop(one);
    // The service has to notice it.
    while ask(&mut connect(&service).await.unwrap()).await.is_empty() {}
}

#[cfg(unix)]
#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let folder = TempDir::new().unwrap();
    let (service, key) = serve(folder.path(), &[]).await;
    // A request that does not end within the grace time.
    let mut client = connect(&service).await.unwrap();
    let request = format!(
        "POST /public/api/project-deployer/infras HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n\
         content-length: 9\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    while !text(&service, "/metrics", &key).await.1.contains("deployer_requests_running 2") {}
    service.send_signal("TERM").await;
    // It has begun to stop.
    while connect(&service).await.is_ok() {}
    service.send_signal("TERM").await;
    let (status, _, errors) = service.end().await;
    assert_eq!(status.code(), Some(3), "{errors}");
    assert!(errors.contains("stopped at once"), "{errors}");
}

#[cfg(unix)]
#[tokio::test]
async fn an_open_stream_of_events_ends_when_the_service_stops() {
    let folder = TempDir::new().unwrap();
    let (service, key) = serve(folder.path(), &[]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/api/v1/events", service.url);
    let mut stream = client.get(url).bearer_auth(&key).send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    service.send_signal("TERM").await;
    // It ends as a whole answer does. One that the grace time cuts off is an error.
    while stream.chunk().await.unwrap().is_some() {}
    let (status, _, errors) = service.end().await;
    assert!(status.success() && !errors.contains("have not ended"), "{errors}");
}

#[tokio::test]
async fn health_needs_no_key_and_metrics_do() {
    let folder = TempDir::new().unwrap();
    let (service, key) = serve(folder.path(), &[]).await;
    assert_eq!(text(&service, "/livez", "").await, (StatusCode::OK, "ok".to_owned()));
    assert_eq!(text(&service, "/readyz", "").await, (StatusCode::OK, "ok".to_owned()));
    assert_eq!(text(&service, "/metrics", "x").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(text(&service, "/metrics", &key).await.0, StatusCode::OK);
}
