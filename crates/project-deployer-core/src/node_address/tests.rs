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
    ] {
        let message = refusal(text).to_string();
        assert!(!message.contains("canary"), "{message}");
    }
    assert_eq!(refusal("https://a:b@auto.example"), NodeAddressError::UserInformation);
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
fn trailing_slashes_go_and_a_path_prefix_stays() {
    let shown = |text| NodeAddress::parse(text).unwrap().to_string();
    assert_eq!(shown("http://127.0.0.1:11200///"), "http://127.0.0.1:11200");
    assert_eq!(shown("http://[::1]:11200/dss/"), "http://[::1]:11200/dss");
}

#[test]
fn loopback_is_recognised_in_its_spellings() {
    for text in ["http://127.0.0.1:1", "http://0x7f.1:1", "http://localhost:1", "http://[::1]:1"] {
        assert!(NodeAddress::parse(text).unwrap().is_loopback(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_what_parses_is_stable(text in "(https?://)?[\\PC]{0,40}") {
        if let Ok(address) = NodeAddress::parse(&text) {
            let again = NodeAddress::parse(&address.to_string()).unwrap();
            prop_assert_eq!(again.to_string(), address.to_string());
            prop_assert!(address.url().username().is_empty() && address.url().query().is_none());
        }
    }
}
