//! One archive for several nodes at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::routing::post;

use super::dev_server::{DevServer, Says, Script, brisk, digest, import, received_archive};
use super::transfers::archive;
use crate::error::NodeErrorKind;
use crate::upload::held::Held;
use crate::upload::{FanOut, PIECE, Upload};

const MIB: usize = 1024 * 1024;
const RECEIVERS: usize = 8;
const AHEAD: usize = 4;

/// A node that fails when it has got this much.
async fn failing_after(limit: usize, got: &Arc<AtomicUsize>) -> DevServer {
    let got = Arc::clone(got);
    let answer = move |archive: Multipart| async move {
        let reading = received_archive(archive, |length| {
            got.fetch_add(length, Ordering::SeqCst);
        });
        let enough = async {
            while got.load(Ordering::SeqCst) < limit {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = reading => StatusCode::OK,
            () = enough => StatusCode::INSUFFICIENT_STORAGE,
        }
    };
    DevServer::start(Router::new().route("/dip/publicapi/something", post(answer))).await
}

#[tokio::test]
async fn sixty_four_mebibytes_reach_seven_of_eight_nodes_and_one_reading_does() {
    // R23
    let bytes = archive(64 * MIB);
    let file = tempfile::NamedTempFile::with_suffix(".zip").unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let (connector, got) = (brisk().build().unwrap(), Arc::default());
    let failing = failing_after(MIB, &got).await;
    let mut well = Vec::new();
    for _ in 1..RECEIVERS {
        well.push(Script::saying(&[Says::Status(200)]).await);
    }
    let mut nodes: Vec<_> =
        well.iter().map(|script| script.server.node_below("", &connector)).collect();
    nodes.insert(3, failing.node_below("", &connector));

    let held = Held::default();
    let archive = held.count(Upload::from_file(file.path()).await.unwrap());
    let ended = FanOut::default()
        .ahead(AHEAD)
        .send(archive, &nodes, |node, archive| async move {
            node.call_with(&import().nothing(), archive).await
        })
        .await;

    for (number, ended) in ended.into_iter().enumerate() {
        let ended = ended.unwrap().map_err(|error| error.kind);
        match ended {
            Ok(()) => assert_ne!(number, 3),
            Err(kind) => {
                let is_its_own = matches!(
                    kind,
                    NodeErrorKind::Failed { status: 507, .. } | NodeErrorKind::Interrupted
                );
                assert!(number == 3 && is_its_own, "{number}: {kind}");
            }
        }
    }
    for script in &well {
        assert_eq!(script.received(), [digest(&bytes)]);
    }
    assert_eq!(held.read(), 64 * MIB, "the file is read once");
    // What is queued, and what the connection of the slowest node has in hand.
    assert!(held.most() <= (AHEAD + 6) * PIECE, "{held:?}");
}
