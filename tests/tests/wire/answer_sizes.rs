//! Each kind of call takes as much of an answer as it needs, and no more (R6).

use project_deployer_client::request::AnswerSize;
use project_deployer_client::{
    AutomationNode as _, HttpNode, NodeAccounts as _, NodeError, NodeErrorKind,
};
use project_deployer_tests::{RawServer, Reply, http_answer};

use crate::asking::node_at;

const MIB: usize = 1024 * 1024;

/// A JSON list of one text of so many MiB.
fn list_of(mib: usize) -> Vec<u8> {
    [b"[\"", vec![b'x'; mib * MIB].as_slice(), b"\"]"].concat()
}

/// Says how long it is.
fn announced(status: &str, body: &[u8]) -> Reply {
    Reply::Bytes(http_answer(status, "content-type: application/json\r\n", body))
}

/// Says nothing of its length.
fn unannounced(body: &[u8]) -> Reply {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    Reply::Bytes([head.as_slice(), body].concat())
}

async fn asked<T>(
    reply: Reply,
    ask: impl AsyncFn(&HttpNode) -> Result<T, NodeError>,
) -> NodeErrorKind {
    let server = RawServer::saying(reply).await;
    ask(&node_at(&server.url())).await.err().unwrap().kind
}

#[tokio::test]
async fn a_document_is_not_read_beyond_the_size_of_one() {
    let too_large = NodeErrorKind::TooLarge(AnswerSize::Document.bytes());
    let body = list_of(17);
    for reply in [announced("200 OK", &body), unannounced(&body)] {
        let kind = asked(reply, async |node| node.instance_info().await).await;
        assert_eq!(kind, too_large);
    }
    assert!(too_large.to_string().starts_with("the response is larger than 16777216 bytes; "));
}

#[tokio::test]
async fn a_list_of_everybody_may_be_larger_than_a_document() {
    let kind = asked(unannounced(&list_of(17)), async |node| node.users().await).await;
    assert!(matches!(kind, NodeErrorKind::Malformed(_)), "it was read: {kind}");
}

#[tokio::test]
async fn an_error_in_the_place_of_a_list_is_no_longer_than_a_document() {
    let reply = announced("500 Internal Server Error", &list_of(17));
    let kind = asked(reply, async |node| node.users().await).await;
    assert_eq!(kind, NodeErrorKind::TooLarge(AnswerSize::Document.bytes()));
}

#[tokio::test]
async fn what_is_compressed_counts_as_it_is_read() {
    // 17 MiB of one letter in 17 KB: sizes that are announced say nothing.
    let packed = include_bytes!("answer_sizes/17_mib.json.gz");
    let head = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let reply = Reply::Bytes(http_answer("200 OK", head, packed));
    let kind = asked(reply, async |node| node.instance_info().await).await;
    assert_eq!(kind, NodeErrorKind::TooLarge(AnswerSize::Document.bytes()));
}
