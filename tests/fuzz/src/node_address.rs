use project_deployer_core::NodeAddress;

use crate::shown::assert_fit_to_show;

/// What is taken as an address follows the rules, and writing it and reading it changes nothing.
pub fn node_address(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let address = match NodeAddress::parse(&text) {
        Ok(address) => address,
        Err(error) => return assert_fit_to_show(&error, 2_000),
    };
    let url = address.url();
    assert!(matches!(url.scheme(), "http" | "https"));
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
    assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
    assert!(url.host_str().is_some_and(|host| !host.is_empty() && host.is_ascii()), "{url}");
    assert!(address.port() > 0, "{url}");
    assert_eq!(address.is_https(), url.scheme() == "https");
    let written = address.to_string();
    assert!(!written.ends_with('/') && !written.contains(char::is_control), "{written}");
    let again = NodeAddress::parse(&written).unwrap();
    assert_eq!(again, address);
    assert_eq!(again.to_string(), written);
    assert_eq!(again.port_was_written(), address.port_was_written());
    assert_eq!(again.is_loopback(), address.is_loopback());
    let json = serde_json::to_string(&address).unwrap();
    assert_eq!(serde_json::from_str::<NodeAddress>(&json).unwrap(), address);
}
