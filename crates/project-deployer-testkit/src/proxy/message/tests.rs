use std::io::Cursor;

use super::*;

async fn read(bytes: &[u8]) -> io::Result<(Head, Vec<u8>)> {
    let mut reader = Reader::new(Cursor::new(bytes.to_vec()));
    let head = reader.head().await?.unwrap();
    let body = reader.body(&head).await?;
    Ok((head, body))
}

#[tokio::test]
async fn a_body_is_as_long_as_its_head_says() {
    let (head, body) = read(b"POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\nabc").await.unwrap();
    assert_eq!((head.word(0), head.word(1), body.as_slice()), ("POST", "/x", b"ab".as_slice()));
    let cut_off = read(b"POST /x HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc").await;
    assert_eq!(cut_off.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn chunks_end_with_an_empty_one_and_its_trailers() {
    let head = b"POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for chunks in [
        b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n".as_slice(),
        b"3\r\nabc\r\na\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
    ] {
        let (_, body) = read(&[&head, chunks, b"more"].concat()).await.unwrap();
        assert_eq!(body, chunks);
        assert_eq!(content_of_chunks(&body).unwrap(), b"abc0123456789");
    }
}

#[tokio::test]
async fn what_is_no_chunk_is_an_error() {
    let head = b"POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for chunks in [b"zz\r\n".as_slice(), b"ffffffffffffffff\r\n", b"3\r\nab", b"0\r\n"] {
        assert!(read(&[&head, chunks].concat()).await.is_err(), "{chunks:?}");
        assert_eq!(content_of_chunks(chunks), (chunks == b"0\r\n").then(Vec::new));
    }
}
