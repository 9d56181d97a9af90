use proptest::prelude::*;

use super::*;
use crate::attribute::AttributeValue;

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
        ("dn: uid=a,dc=t\n\nsearch: 2\nresult: done\n", 4, "-LLL"),
        ("dn: uid=a,dc=t\ndn: uid=b,dc=t\n", 2, "empty line between"),
        ("dn: nonsense\n", 1, "no `=`"),
        ("dn: uid=a,dc=t\n\ndn: UID=A, dc=t\n", 3, "is in the text twice"),
        ("dn: uid=a,dc=t\nu)d: x\n", 2, "not the name of an attribute"),
        ("dn: uid=a,dc=t\ncn:: QW5\n", 2, "not base64"),
        ("dn: uid=a,dc=t\ncn:: QW5=uIExp\n", 2, "not base64"),
        ("dn: uid=a,dc=t\ncn:: QQ==QQ==\n", 2, "not base64"),
        ("dn: uid=a,dc=t\ncn:: QR==\n", 2, "not base64"),
        ("dn: uid=a,dc=t\njpegPhoto:< file:///etc/passwd\n", 2, "by URL"),
        ("dn: uid=a,dc=t\nchangetype: delete\n", 2, "`changetype: delete` changes"),
        (
            "dn: uid=a,dc=t\nchangetype: modify\nadd: cn\ncn: x\n-\n",
            2,
            "`changetype: modify` changes",
        ),
        ("# one\n# two\ndn: uid=a,\n dc=t\ncn:: *\n", 5, "not base64"),
    ] {
        let (found, message) = fault(text);
        assert_eq!(found, line, "{text:?}: {message}");
        assert!(message.contains(part), "{text:?}: {message}");
    }
    let error = LdifDirectory::parse(b"dn: uid=a,dc=t\ncn: \xff\n").unwrap_err();
    assert_eq!((error.line(), error.fault()), (2, &LdifFault::NotText));
}

#[test]
fn records_that_add_an_entry_are_entries() {
    // RFC 2849; `ldifde` writes every record so
    let text = "dn: uid=ann,dc=t\r\nchangetype: add\r\nuid: ann\r\n\r\ndn: uid=bob,dc=t\r\nchangetype: Add\r\nuid: bob\r\n";
    let directory = LdifDirectory::parse(text.as_bytes()).unwrap();
    let names: Vec<String> =
        directory.entries()[0].attributes().map(|(name, _)| name.to_string()).collect();
    assert_eq!((directory.entries().len(), names), (2, vec!["uid".to_owned()]));
}

#[test]
fn utf_16_with_and_without_a_mark_is_read() {
    let text = "dn: uid=zo\u{eb},dc=t\r\nuid: zo\u{eb}\r\ncn: \u{1f600}\r\n";
    let plain = LdifDirectory::parse(text.as_bytes()).unwrap();
    for mark in ["", "\u{feff}"] {
        let units: Vec<u16> = format!("{mark}{text}").encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let utf8 = format!("{mark}{text}").into_bytes();
        for bytes in [little, big, utf8] {
            assert_eq!(LdifDirectory::parse(&bytes).unwrap().entries(), plain.entries());
        }
    }
    let mut units: Vec<u16> = format!("\u{feff}{text}").encode_utf16().collect();
    units.extend([0xd800, u16::from(b'x')]);
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let error = LdifDirectory::parse(&bytes).unwrap_err();
    assert_eq!((error.line(), error.fault()), (4, &LdifFault::Utf16));
    let error = LdifDirectory::parse(b"\xff\xfed\0n").unwrap_err();
    assert_eq!((error.line(), error.fault()), (1, &LdifFault::Utf16));
}

/// What `ldapsearch` writes without `-L`, page by page, with this as the last result.
fn pages(result: &str, cookie: &str) -> String {
    format!(
        "# extended LDIF\n#\n# LDAPv3\n#\n\n# ann, t\ndn: uid=ann,dc=t\nuid: ann\n\n# search result\nsearch: 2\n\
         result: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MA0CAQAECAIAAAAAAAAA\n\
         pagedresults: cookie=AgAAAAAAAAA=\n# extended LDIF\n#\n\n# bob, t\ndn: uid=bob,dc=t\nuid: bob\n\n\
         # search result\nsearch: 3\nresult: {result}\nmatchedDN: dc=t\n\
         control: 1.2.840.113556.1.4.319 false MAUCAQAEAA==\npagedresults: cookie={cookie}\n\n# numEntries: 2\n"
    )
}

#[tokio::test]
async fn the_result_of_a_search_says_whether_the_export_was_cut() {
    // R10
    use PartialReason::{AdministrativeLimit, SizeLimit, TimeLimit};
    let parsed = |text: String| LdifDirectory::parse(text.as_bytes()).unwrap();
    let whole = parsed(pages("0 Success", ""));
    assert_eq!((whole.entries().len(), whole.completeness()), (2, Completeness::Complete));
    for (result, reason) in [
        ("4 Size limit exceeded", SizeLimit),
        ("3 Time limit exceeded", TimeLimit),
        ("11 Administrative limit exceeded", AdministrativeLimit),
        (
            "52 Server is unavailable",
            PartialReason::Export("it ends with `52 Server is unavailable`".into()),
        ),
    ] {
        let cut = parsed(pages(result, ""));
        assert_eq!(cut.completeness(), Completeness::Partial(reason.clone()));
        let base = Dn::parse("dc=t").unwrap();
        let filter = Filter::parse("(uid=ann)").unwrap();
        let found = cut.search(&base, Scope::Subtree, &filter, &[]).await.unwrap();
        assert_eq!((found.entries.len(), found.completeness), (1, Completeness::Partial(reason)));
    }
    let more = parsed(pages("0 Success", "AgAAAAAAAAA=")).completeness();
    assert!(
        matches!(&more, Completeness::Partial(reason) if reason.to_string().contains("more pages follow")),
        "{more:?}"
    );
}

#[test]
fn references_to_other_people_make_an_export_partial() {
    // R10: with `-L` a reference is a comment without a colon
    let entry = "version: 1\n\ndn: uid=ann,dc=t\nuid: ann\n\n";
    for (reference, whole) in [
        ("# search reference\nref: ldap://other.test/dc=other,dc=test??sub\n", false),
        ("# refldap://other.test/dc=other,dc=te\n st??sub\n\n", false),
        ("# refldap://ForestDnsZones.e.lan/DC=ForestDnsZones,DC=e,DC=lan\n\n", true),
        ("# Referral\nref: ldap://e.lan/CN=Configuration,DC=e,DC=lan\n", true),
        ("# returned 3 records\n# 3 entries\n# 0 referrals\n", true),
    ] {
        let directory = LdifDirectory::parse(format!("{entry}{reference}").as_bytes()).unwrap();
        let completeness = directory.completeness();
        assert_eq!(completeness == Completeness::Complete, whole, "{reference}: {completeness:?}");
        if !whole {
            let other = "ldap://other.test/dc=other,dc=test??sub".to_owned();
            assert_eq!(completeness, Completeness::Partial(PartialReason::Referral(other)));
        }
    }
}

#[test]
fn ranges_are_joined_and_missing_ones_are_known() {
    // [MS-ADTS] 3.1.1.3.1.3.3
    let member = AttributeName::known("member");
    for (text, values, cut) in [
        ("member;range=0-*: a\nmember;range=0-*: b\n", 2, false),
        ("member;range=0-1: a\nmember;range=0-1: b\nmember;range=2-*: c\n", 3, false),
        ("member;range=2-*: c\nmember;range=0-1: a\nmember;range=0-1: b\n", 3, false),
        ("member;range=0-1499: a\n", 1, true),
        ("member;range=0-1: a\nmember;range=0-1: b\n", 2, true),
        ("member;range=0-1: a\nmember;range=2-*: c\n", 2, true),
        ("member;range=1-*: a\n", 1, true),
        ("member: a\n", 1, false),
    ] {
        let directory =
            LdifDirectory::parse(format!("dn: cn=g,dc=t\ncn: g\n{text}").as_bytes()).unwrap();
        let group = &directory.entries()[0];
        assert_eq!(group.values(&member).len(), values, "{text}");
        assert_eq!(group.cut().contains(&member), cut, "{text}");
        assert_eq!(directory.completeness(), Completeness::Complete);
    }
}

#[tokio::test]
async fn a_member_beyond_a_cut_range_is_unknown_and_not_absent() {
    // R10
    let text = "dn: cn=big,dc=t\ncn: big\nmember;range=0-0: uid=ann,dc=t\n\ndn: cn=small,dc=t\ncn: small\nmember: uid=cid,dc=t\n";
    let directory = LdifDirectory::parse(text.as_bytes()).unwrap();
    let ask = async |filter: &str| {
        let filter = Filter::parse(filter).unwrap();
        let name = [AttributeName::known("cn")];
        directory.search(&Dn::parse("dc=t").unwrap(), Scope::Subtree, &filter, &name).await.unwrap()
    };
    let ann = ask("(member=uid=ann,dc=t)").await;
    assert_eq!((ann.entries.len(), ann.completeness), (1, Completeness::Complete));
    for (filter, found) in [
        ("(member=uid=bob,dc=t)", 0),
        ("(member=uid=cid,dc=t)", 1),
        ("(!(member=uid=bob,dc=t))", 1),
        ("(member=uid=b*)", 0),
    ] {
        let answer = ask(filter).await;
        let attribute = "member".to_owned();
        let cut = PartialReason::CutValues { entry: "cn=big,dc=t".to_owned(), attribute };
        assert_eq!(answer, SearchResult::partial(answer.entries.clone(), cut), "{filter}");
        assert_eq!(answer.entries.len(), found, "{filter}");
    }
    let other = ask("(&(cn=small)(member=uid=bob,dc=t))").await;
    assert_eq!(other, SearchResult::all(Vec::new()));
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
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(dn|cn|version|search|result|ref|;range=|changetype|[ #]|::?<?|[a=, 1\n\r*-]){0,30}") {
        // R20
        let _ = LdifDirectory::parse(&bytes);
        let _ = LdifDirectory::parse(text.as_bytes());
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let _ = LdifDirectory::parse(&units);
    }
}
