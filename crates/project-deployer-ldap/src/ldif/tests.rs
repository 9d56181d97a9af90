use proptest::prelude::*;

use super::*;

fn fault(text: &str) -> (usize, String) {
    let error = LdifDirectory::parse(text.as_bytes()).unwrap_err();
    (error.line(), error.to_string())
}

#[test]
fn folded_lines_comments_base64_and_crlf_are_read() {
    let text = "version: 1\r\n\r\n# people\r\n #  go on\r\ndn: uid=ann,\r\n dc=test\r\nuid: ann\r\n\
                # between\r\ncn:: QW5uIExp\r\ncn;lang-de: Anna\r\njpegPhoto:: /w==\r\nnote:\r\n\r\n\r\n\
                dn:: dWlkPWLDuCxkYz10ZXN0\r\nuid:  b\u{f8}";
    let directory = LdifDirectory::parse(text.as_bytes()).unwrap();
    let [ann, bo] = directory.entries() else { panic!("two entries") };
    let values =
        |entry: &Entry, name: &str| entry.values(&AttributeName::parse(name).unwrap()).to_vec();
    assert_eq!(ann.dn, Dn::parse("uid=ann,dc=test").unwrap());
    assert_eq!(values(ann, "CN"), [AttributeValue::from("Ann Li")]);
    assert_eq!(values(ann, "jpegphoto"), [AttributeValue::from(vec![0xff])]);
    assert_eq!(values(ann, "note"), [AttributeValue::from("")]);
    assert_eq!(bo.dn, Dn::parse("uid=b\u{f8},dc=test").unwrap());
    assert_eq!(values(bo, "uid"), [AttributeValue::from("b\u{f8}")]);
}

#[test]
fn every_fault_names_its_line_and_what_to_write() {
    for (text, line, part) in [
        ("version: 2\n", 1, "only version 1"),
        (" uid: ann\n", 1, "continues no line"),
        ("dn: uid=ann,dc=test\nuid\n", 2, "no `:`"),
        ("uid: ann\n", 1, "`dn:` first"),
        ("dn: uid=a,dc=t\n\nsearch: 2\nresult: 0 Success\n", 3, "-LLL"),
        ("dn: uid=a,dc=t\ndn: uid=b,dc=t\n", 2, "empty line between"),
        ("dn: nonsense\n", 1, "no `=`"),
        ("dn: uid=a,dc=t\n\ndn: UID=A, dc=t\n", 3, "is in the text twice"),
        ("dn: uid=a,dc=t\nu)d: x\n", 2, "not the name of an attribute"),
        ("dn: uid=a,dc=t\ncn:: QW5\n", 2, "not base64"),
        ("dn: uid=a,dc=t\ncn:: QW5=uIExp\n", 2, "not base64"),
        ("dn: uid=a,dc=t\ncn:: QQ==QQ==\n", 2, "not base64"),
        ("dn: uid=a,dc=t\ncn:: QR==\n", 2, "not base64"),
        ("dn: uid=a,dc=t\njpegPhoto:< file:///etc/passwd\n", 2, "by URL"),
        ("dn: uid=a,dc=t\nchangetype: delete\n", 2, "change record"),
        ("# one\n# two\ndn: uid=a,\n dc=t\ncn:: *\n", 5, "not base64"),
    ] {
        let (found, message) = fault(text);
        assert_eq!(found, line, "{text:?}: {message}");
        assert!(message.contains(part), "{text:?}: {message}");
    }
    let error = LdifDirectory::parse(b"dn: uid=a,dc=t\ncn: \xff\n").unwrap_err();
    assert_eq!((error.line(), error.fault()), (2, &LdifFault::NotText));
}

fn encoded(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sign = |bits: u32| char::from(SIGNS[(bits & 63) as usize]);
    bytes
        .chunks(3)
        .map(|chunk| {
            let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            let mut text: String = [18, 12, 6, 0].map(|shift| sign(bits >> shift)).iter().collect();
            text.truncate(chunk.len() + 1);
            format!("{text:=<4}")
        })
        .collect()
}

proptest! {
    #[test]
    fn any_bytes_survive_base64_and_folding(bytes in prop::collection::vec(any::<u8>(), 0..60), width in 1_usize..20) {
        let line: Vec<char> = format!("cn:: {}", encoded(&bytes)).chars().collect();
        let folded: Vec<String> = line.chunks(width).map(|part| part.iter().collect()).collect();
        let text = format!("dn: uid=a,dc=t\n{}\n", folded.join("\n "));
        let directory = LdifDirectory::parse(text.as_bytes()).unwrap();
        let values = directory.entries()[0].values(&AttributeName::parse("cn").unwrap()).to_vec();
        prop_assert_eq!(values, [AttributeValue::from(bytes)]);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(dn|cn|version|[ #]|::?<?|[a=, 1\n\r]){0,30}") {
        // R20
        let _ = LdifDirectory::parse(&bytes);
        let _ = LdifDirectory::parse(text.as_bytes());
    }
}
