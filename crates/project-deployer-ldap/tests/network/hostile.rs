//! Bytes that no directory sends. Each is an error; none is a panic, a hang or an empty answer (R12).

use ldap3_proto::proto::LdapResultCode;
use project_deployer_ldap::{Completeness, DirectoryError, PartialReason, SearchResult};

use crate::server::{FakeServer, done, everything, person, short};

/// The result of a search that is answered with these bytes.
async fn answered_with(bytes: Vec<u8>) -> Result<SearchResult, DirectoryError> {
    let server = FakeServer::start(move |mut line| {
        let bytes = bytes.clone();
        async move {
            line.first_search().await;
            line.raw(&bytes).await;
            line.hang().await;
        }
    })
    .await;
    everything(&server.directory(short())).await
}

fn message(operation: &[u8]) -> Vec<u8> {
    let content = [&[0x02, 0x01, 0x02], operation].concat();
    [&[0x30, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
}

#[tokio::test]
async fn messages_that_are_none_are_malformed() {
    for bytes in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        vec![0xff; 64],
        vec![0x30, 0x00],
        vec![0x30, 0x80, 0x00, 0x00],
        vec![0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        // A bind response, an extended response and an unknown one to a search.
        message(&[0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00]),
        message(&[0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00]),
        message(&[0x7e, 0x00]),
        // A complete answer to a request that was not sent.
        vec![0x30, 0x0c, 0x02, 0x01, 0x03, 0x65, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00],
        // A result without a code, and one with an empty code.
        message(&[0x65, 0x04, 0x04, 0x00, 0x04, 0x00]),
        message(&[0x65, 0x06, 0x0a, 0x00, 0x04, 0x00, 0x04, 0x00]),
        // Entries without a name, with a malformed name, without structure.
        message(&[0x64, 0x00]),
        message(&[0x64, 0x07, 0x04, 0x03, b'a', b'b', b'c', 0x30, 0x00]),
        message(&[0x64, 0x05, 0x04, 0x01, 0xff, 0x30, 0x00]),
        message(&[0x64, 0x04, 0x30, 0x00, 0x30, 0x00]),
        message(&[0x64, 0x06, 0x04, 0x00, 0x30, 0x02, 0x04, 0x00]),
        // A referral that is not text.
        message(&[0x73, 0x03, 0x04, 0x01, 0xff]),
    ] {
        let answer = answered_with(bytes.clone()).await;
        assert!(
            matches!(answer, Err(DirectoryError::Malformed { .. })),
            "{bytes:02x?}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_message_that_announces_too_much_is_not_waited_for() {
    let found = answered_with(vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02]).await.unwrap();
    assert!(matches!(found.completeness, Completeness::Partial(PartialReason::OurLimit(_))));
}

#[tokio::test]
async fn a_message_that_is_nested_without_end_does_not_take_the_process_along() {
    let mut deep = Vec::new();
    for _ in 0..100_000 {
        let length = u32::try_from(deep.len()).unwrap().to_be_bytes();
        deep.extend(length.into_iter().rev());
        deep.extend([0x84, 0x30]);
    }
    deep.reverse();
    let answer = answered_with(deep).await;
    assert!(matches!(answer, Err(DirectoryError::Malformed { .. })), "{answer:?}");
}

/// A bind response, an entry and a result, each with one byte changed: the result may be an error or an
/// answer, but no panic inside the library and no hang.
#[tokio::test]
async fn no_single_byte_of_an_answer_brings_the_library_down() {
    use ldap3_proto::LdapCodec;
    use tokio_util::codec::Encoder;

    let mut bytes = tokio_util::bytes::BytesMut::new();
    for op in [person("ann"), done(LdapResultCode::Success)] {
        let message =
            ldap3_proto::proto::LdapMsg { msgid: 2, op, ctrl: crate::server::cookie(b"") };
        LdapCodec::default().encode(message, &mut bytes).unwrap();
    }
    let whole = bytes.to_vec();
    let changed = (0..whole.len()).flat_map(|place| {
        [0x00, 0x01, 0x30, 0x7f, 0x80, 0xff].map(|value| {
            let mut bytes = whole.clone();
            bytes[place] = value;
            bytes
        })
    });
    let tries: Vec<Vec<u8>> = changed.collect();
    assert!(tries.len() > 500);
    for batch in tries.chunks(50) {
        let answers = batch.iter().map(|bytes| answer_then_close(bytes.clone()));
        for answer in futures::future::join_all(answers).await {
            if let Err(error) = answer {
                assert!(!error.to_string().contains("does not survive"), "{error}");
            }
        }
    }
}

async fn answer_then_close(bytes: Vec<u8>) -> Result<SearchResult, DirectoryError> {
    let server = FakeServer::start(move |mut line| {
        let bytes = bytes.clone();
        async move {
            line.first_search().await;
            line.raw(&bytes).await;
        }
    })
    .await;
    server.everything().await
}
