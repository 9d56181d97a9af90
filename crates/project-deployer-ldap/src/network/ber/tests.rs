use proptest::prelude::*;

use super::*;

#[test]
fn elements_end_where_they_say() {
    let mut elements = Elements(&[0x04, 0x02, b'a', b'b', 0x02, 0x81, 0x01, 0x07]);
    assert_eq!(elements.text("text").unwrap(), "ab");
    assert_eq!(elements.expect(tag::INTEGER, "number").unwrap(), [7]);
    assert!(elements.take().unwrap().is_none());
}

#[test]
fn a_length_beyond_the_bytes_or_beyond_reason_is_refused() {
    for bytes in [
        &[0x04][..],
        &[0x04, 0x05, 0x00],
        &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00],
        &[0x04, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0x80, 0x00, 0x00],
        &[0x1f, 0x81, 0x00],
    ] {
        assert!(Elements(bytes).take().is_err(), "{bytes:?}");
    }
}

#[test]
fn depth_is_counted_without_recursion() {
    let mut deep = Vec::new();
    for _ in 0..200_000 {
        let length = u32::try_from(deep.len()).unwrap().to_be_bytes();
        // Built from the inside; reversed once at the end.
        deep.extend(length.into_iter().rev());
        deep.extend([0x84, 0x30]);
    }
    deep.reverse();
    assert_eq!(
        Elements(&deep).well_formed(),
        Err(Malformed("a message that is nested too deeply"))
    );
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Elements(&bytes).well_formed();
        let mut elements = Elements(&bytes);
        while let Ok(Some(element)) = elements.take() {
            prop_assert!(element.content.len() < bytes.len());
        }
    }
}
