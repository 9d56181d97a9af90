use proptest::prelude::*;

use super::*;

const SEARCH: Expected = Expected { phase: Phase::Searching, id: 5 };

fn done(code: &[u8], behind: &[u8]) -> Vec<u8> {
    let mut result = vec![0x0a, u8::try_from(code.len()).unwrap()];
    result.extend(code);
    result.extend([0x04, 0x00, 0x04, 0x00]);
    let mut message = vec![0x02, 0x01, 0x05, 0x65, u8::try_from(result.len()).unwrap()];
    message.extend(result);
    message.extend(behind);
    message
}

#[test]
fn a_result_is_let_through_in_its_phase_only() {
    let message = done(&[0], &[]);
    assert_eq!(read(&message, SEARCH), Ok(Message::Result(Expected { id: 6, ..SEARCH })));
    assert!(read(&message, Expected { phase: Phase::Binding, ..SEARCH }).is_err());
    assert!(read(&message, Expected { id: 4, ..SEARCH }).is_err());
}

#[test]
fn what_the_library_would_panic_on_or_misread_is_refused() {
    // R12; an empty code would read as success
    let control_without_name = [0xa0, 0x02, 0x30, 0x00];
    let empty_boolean = [0xa0, 0x07, 0x30, 0x05, 0x04, 0x01, b'1', 0x01, 0x00];
    for message in [
        done(&[], &[]),
        done(&[0, 0, 0, 0, 0], &[]),
        done(&[0], &control_without_name),
        done(&[0], &empty_boolean),
        done(&[0], &[0x04, 0x00]),
        vec![0x02, 0x00, 0x65, 0x00],
        vec![0x02, 0x01, 0x05],
        vec![0x02, 0x01, 0x05, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00],
        vec![0x02, 0x01, 0x05, 0x65, 0x08, 0x0a, 0x01, 0x00, 0x04, 0x01, 0xff, 0x04, 0x00],
        vec![0x30, 0x00],
        vec![],
    ] {
        assert!(read(&message, SEARCH).is_err(), "{message:02x?}");
    }
}

#[test]
fn a_notice_of_disconnection_is_understood_in_the_spelling_of_both_families() {
    let oid = b"1.3.6.1.4.1.1466.20036";
    let head = [0x0a, 0x01, 0x34, 0x04, 0x00, 0x04, 0x00];
    let name: Vec<u8> = [&[0x8a, 22][..], oid].concat();
    let standard = [&[0x02, 0x01, 0x00, 0x78, 31][..], &head, &name].concat();
    let active_directory = [&[0x02, 0x01, 0x00, 0x78, 7][..], &head, &name].concat();
    for message in [standard, active_directory] {
        let Ok(Message::Farewell(what)) = read(&message, SEARCH) else {
            panic!("{message:02x?}");
        };
        assert!(what.contains("52"), "{what}");
        assert!(read_start_tls(&message).unwrap().code > 0);
    }
}

proptest! {
    #[test]
    fn no_message_is_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = read(&bytes, SEARCH);
        let _ = read_start_tls(&bytes);
    }
}
