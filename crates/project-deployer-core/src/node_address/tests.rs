use super::*;
use proptest::prelude::*;

fn refusal(text: &str) -> NodeAddressError {
    NodeAddress::parse(text).unwrap_err()
}

#[test]
fn a_missing_protocol_says_what_to_write() {
    let message = refusal("auto.example:11200").to_string();
    assert!(message.contains("write `https://auto.example:11200`"), "{message}");
}

#[test]
fn user_information_is_refused_and_never_repeated() {
    // R13: it may be a password.
    for text in [
        "https://mina:canary@auto.example:1",
        "mina:canary@auto.example",
        "https://mina:canary@auto .example",
        "mina:canary@https://auto.example",
        "mina:canary://auto.example",
        "ftp://mina:canary@auto.example",
        "https:///mina:canary@auto.example",
        "https://mina:canary%40auto.example",
        "https://mina:canary\u{ff20}auto.example",
        "https://mina:canary#1@auto.example",
        "https://mina:1/canary?@auto.example",
        "mina:canary?1@auto.example",
    ] {
        let refusal = refusal(text);
        let message = format!("{refusal} {refusal:?}");
        assert!(!message.contains("canary"), "{text}: {message}");
    }
    assert_eq!(refusal("https://a:b@auto.example"), NodeAddressError::UserInformation);
    assert_eq!(refusal("a:b@https://auto.example"), NodeAddressError::UserInformation);
}

#[test]
fn another_protocol_says_what_to_write() {
    let message = refusal("ftp://auto.example:21").to_string();
    assert!(message.contains("`ftp`; write `https://` or `http://` before the host"), "{message}");
}

#[test]
fn query_and_fragment_are_refused() {
    for text in ["https://auto.example:1?x=1", "https://auto.example:1/#top"] {
        assert!(matches!(refusal(text), NodeAddressError::QueryOrFragment { .. }), "{text}");
    }
}

#[test]
fn ports_outside_the_range_are_refused() {
    for port in ["0", "70000", "-1", "", "80a", "+80"] {
        let text = format!("https://auto.example:{port}");
        assert!(matches!(refusal(&text), NodeAddressError::Port { .. }), "{text}");
    }
}

#[test]
fn a_unicode_host_is_refused_with_its_ascii_form() {
    let message = refusal("https://bücher.example:11200").to_string();
    assert!(message.contains("xn--bcher-kva.example"), "{message}");
}

#[test]
fn other_protocols_are_refused() {
    assert!(matches!(refusal("ftp://auto.example:21"), NodeAddressError::Protocol { .. }));
    assert!(matches!(refusal("javascript://auto.example"), NodeAddressError::Protocol { .. }));
}

#[test]
fn a_missing_port_becomes_the_protocols_own_and_is_remembered() {
    let address = NodeAddress::parse("https://auto.example").unwrap();
    assert_eq!((address.port(), address.port_was_written()), (443, false));
    // The URL standard drops a port that is the protocol's own; it was written all the same.
    assert!(NodeAddress::parse("https://auto.example:443").unwrap().port_was_written());
}

#[test]
fn the_protocols_own_port_written_or_not_is_one_address() {
    use std::collections::{BTreeSet, HashSet};
    let spelled = |text| NodeAddress::parse(text).unwrap();
    for (short, long) in [
        ("https://auto.example", "https://auto.example:443"),
        ("http://auto.example/dss", "http://auto.example:80/dss/"),
    ] {
        let both = [spelled(short), spelled(long)];
        assert_eq!(both[0], both[1]);
        assert_eq!(HashSet::from(both.clone()).len(), 1, "{short}");
        assert_eq!(BTreeSet::from(both.clone()).len(), 1, "{short}");
        assert_eq!(both[0].to_string(), short);
        assert_eq!(both[1].to_string(), long.trim_end_matches('/'));
    }
    assert_ne!(spelled("https://auto.example"), spelled("https://auto.example:11200"));
}

#[test]
fn trailing_slashes_go_and_a_path_prefix_stays() {
    let shown = |text| NodeAddress::parse(text).unwrap().to_string();
    assert_eq!(shown("http://127.0.0.1:11200///"), "http://127.0.0.1:11200");
    assert_eq!(shown("http://[::1]:11200/dss/"), "http://[::1]:11200/dss");
}

#[test]
fn loopback_is_recognised_in_its_spellings() {
    for host in [
        "127.0.0.1",
        "0x7f.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "node.localhost.",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let address = NodeAddress::parse(&format!("http://{host}:1")).unwrap();
        assert!(address.is_loopback(), "{host}");
    }
    for host in ["auto.example", "localhost.example", "128.0.0.1", "[::ffff:10.0.0.1]", "[::2]"] {
        let address = NodeAddress::parse(&format!("http://{host}:1")).unwrap();
        assert!(!address.is_loopback(), "{host}");
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_what_parses_is_stable(text in "(https?://)?[\\PC]{0,40}") {
        if let Ok(address) = NodeAddress::parse(&text) {
            let again = NodeAddress::parse(&address.to_string()).unwrap();
            prop_assert_eq!(again.to_string(), address.to_string());
            prop_assert_eq!(again.port_was_written(), address.port_was_written());
            prop_assert_eq!(&again, &address);
            prop_assert!(address.url().username().is_empty() && address.url().query().is_none());
        }
    }

    #[test]
    fn an_address_comes_back_from_its_text_as_it_was_written(
        protocol in "https?",
        host in prop_oneof!["[a-z]{1,8}(\\.[a-z]{1,8}){0,2}\\.?", Just("[::1]".to_owned()), Just("127.0.0.1".to_owned())],
        port in prop::option::of(prop_oneof![Just(80_u16), Just(443), 1..=u16::MAX]),
        path in "(/[a-z0-9@.-]{0,5}){0,3}",
    ) {
        let port_text = port.map(|port| format!(":{port}")).unwrap_or_default();
        let address = NodeAddress::parse(&format!("{protocol}://{host}{port_text}{path}")).unwrap();
        let again = NodeAddress::parse(&address.to_string()).unwrap();
        prop_assert_eq!(&again, &address);
        prop_assert_eq!(again.port_was_written(), port.is_some());
        let start = format!("{protocol}://{host}{port_text}");
        prop_assert!(address.to_string().starts_with(&start), "{} {}", address, start);
    }

    #[test]
    fn no_refusal_repeats_user_information(
        protocol in "(https?://|ftp://|//|)",
        before in "[\\PC]{0,4}",
        after in "[\\PC]{0,12}",
    ) {
        let text = format!("{protocol}mina{before}canary@{after}");
        if let Err(refusal) = NodeAddress::parse(&text) {
            let shown = format!("{refusal} {refusal:?}");
            prop_assert!(!shown.contains("canary"), "{}", shown);
        }
    }
}

#[test]
fn an_address_that_is_too_long_once_it_is_written_is_refused() {
    let refused = NodeAddress::parse(&format!("http://a/{}", "ü".repeat(400))).unwrap_err();
    assert!(matches!(refused, NodeAddressError::TooLong { length } if length > 2000), "{refused}");
}

#[test]
fn a_host_that_no_name_can_be_is_not_proposed() {
    let proposal =
        |host: &str| NodeAddress::parse(&format!("http://{host}")).unwrap_err().to_string();
    assert!(proposal("b\u{fc}cher.example").contains("`xn--bcher-kva.example`"));
    assert!(proposal(&"\u{fc}.".repeat(300)).len() < 500);
}
