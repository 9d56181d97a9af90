//! R16: names that lead outside, and names that collide.

use super::*;

/// The positions of hostile names: alone, as a directory, below the directory that contains
/// everything.
fn bundles_with_name(name: &[u8]) -> [Vec<u8>; 3] {
    let directory = [name, b"/"].concat();
    let below = [b"wrapper/", name].concat();
    let wrapped = CraftedEntry::file("wrapper/export-manifest.json", MANIFEST);
    [
        bundle_with(CraftedEntry::file(name, "x")).build(),
        bundle_with(CraftedEntry::file(directory, "")).build(),
        Crafted::new([wrapped, CraftedEntry::file(below, "x")]).build(),
    ]
}

#[track_caller]
fn assert_name_refused(name: &[u8], archive: &[u8], fault: NameFault) {
    let case = String::from_utf8_lossy(name);
    match assert_refused(&case, archive, "unsafe-name") {
        BundleError::UnsafeName { fault: found, .. } => assert_eq!(found, fault, "{case}"),
        other => panic!("{case}: {other}"),
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused_wherever_they_stand() {
    let names: [(&[u8], NameFault); 27] = [
        (b"../evil", NameFault::GoesUp),
        (b"../../../../etc/cron.d/evil", NameFault::GoesUp),
        (b"project_config/../../evil", NameFault::GoesUp),
        (b"project_config/../export-manifest.json", NameFault::GoesUp),
        (b"a/..", NameFault::GoesUp),
        (b"..", NameFault::GoesUp),
        (b"a/b/c/../../../../evil", NameFault::GoesUp),
        (b"..\\evil", NameFault::Backslash),
        (b"..\\..\\windows\\evil", NameFault::Backslash),
        (b"a\\b", NameFault::Backslash),
        (b"\\evil", NameFault::Backslash),
        (b"\\\\server\\share\\evil", NameFault::Backslash),
        (b"C:\\evil", NameFault::Backslash),
        (b"evil\0.json", NameFault::ControlCharacter),
        (b"\0", NameFault::ControlCharacter),
        (b"project_config/params.json\0.txt", NameFault::ControlCharacter),
        (b"a\nb", NameFault::ControlCharacter),
        (b"a\x1b[2Jb", NameFault::ControlCharacter),
        (b"a\x7f", NameFault::ControlCharacter),
        ("a\u{85}".as_bytes(), NameFault::ControlCharacter),
        (b"x/./evil", NameFault::Roundabout),
        (b"a/./evil", NameFault::Roundabout),
        (b"a//evil", NameFault::Roundabout),
        (b"a/.", NameFault::Roundabout),
        (b"\xff\xfe", NameFault::NotUtf8),
        (b"caf\x82.csv", NameFault::NotUtf8),
        (b"\xc0\xae\xc0\xae/evil", NameFault::NotUtf8),
    ];
    for (name, fault) in names {
        for archive in bundles_with_name(name) {
            assert_name_refused(name, &archive, fault);
        }
    }
}

#[test]
fn a_name_that_begins_here_is_taken_without_its_beginning() {
    let here = CraftedEntry::file("./", "").mode(0o040_755);
    let files = ["./export-manifest.json", "./a/", "./a/b", "c"];
    let files = files.map(|name| {
        let text = if name.ends_with("json") { MANIFEST } else { "" };
        CraftedEntry::file(name, text)
    });
    let entries = [here.clone()].into_iter().chain(files.clone());
    assert!(read(&Crafted::new(entries.clone()).build()).is_ok());
    for name in ["a/b", "./A/b", "C", "./", "./export-manifest.json"] {
        let again = CraftedEntry::file(name, "");
        let archive = Crafted::new(entries.clone().chain([again])).build();
        assert_refused(name, &archive, "colliding-names");
    }
    for name in [".", "././a", ".//a", "./.", "./../a", "./C:/a"] {
        let archive = bundle_with(CraftedEntry::file(name, "")).build();
        assert_refused(name, &archive, "unsafe-name");
    }
}

#[test]
fn names_that_begin_elsewhere_are_refused() {
    for name in ["/etc/passwd", "//server/share", "/", "/.."] {
        let archive = bundle_with(CraftedEntry::file(name, "")).build();
        assert_name_refused(name.as_bytes(), &archive, NameFault::Absolute);
    }
    for name in ["C:/evil", "c:evil", "Z:"] {
        let archive = bundle_with(CraftedEntry::file(name, "x")).build();
        assert_name_refused(name.as_bytes(), &archive, NameFault::DriveLetter);
    }
    let archive = bundle_with(CraftedEntry::file("", "x")).build();
    assert_name_refused(b"", &archive, NameFault::Empty);
}

#[test]
fn a_second_name_in_an_extra_field_of_either_header_is_refused() {
    let field = craft::extra(0x7075, b"\x01\0\0\0\0../evil");
    let both = CraftedEntry::file("data", "x").extra(0x7075, b"\x01\0\0\0\0../evil");
    let local = CraftedEntry::file("data", "x").with(|entry| entry.local.extra = field.clone());
    let central = CraftedEntry::file("data", "x").with(|entry| entry.central.extra = field.clone());
    for entry in [both, local, central] {
        assert_name_refused(b"data", &bundle_with(entry).build(), NameFault::SecondName);
    }
}

#[test]
fn a_second_name_that_is_the_first_is_taken() {
    let field = |name: &str, of: &str| {
        let sum = craft::checksum(of.as_bytes()).to_le_bytes();
        [&[1], &sum[..], name.as_bytes()].concat()
    };
    for name in ["data", "café"] {
        let entry = CraftedEntry::file(name, "x").extra(0x7075, &field(name, name));
        assert!(read(&bundle_with(entry).build()).is_ok(), "{name}");
    }
    for (case, content) in [
        ("another name", field("datb", "data")),
        ("a longer name", field("data/", "data")),
        ("the checksum of another name", field("data", "datb")),
        ("another version", [&[2], &field("data", "data")[1..]].concat()),
        ("no name", Vec::new()),
    ] {
        let entry = CraftedEntry::file("data", "x").extra(0x7075, &content);
        assert_name_refused(case.as_bytes(), &bundle_with(entry).build(), NameFault::SecondName);
    }
}

#[test]
fn a_name_of_its_own_in_the_local_header_is_refused() {
    for name in ["../../evil", "datb", "dat", "data/", "data2"] {
        let entry = CraftedEntry::file("data", "x").with(|it| it.local.name = name.into());
        assert_refused(name, &bundle_with(entry).build(), "contradiction");
    }
}

#[test]
fn names_that_become_one_file_somewhere_are_refused() {
    let pairs = [
        ("data", "data"),
        ("Data.csv", "data.CSV"),
        ("a/b", "A/b"),
        ("d/", "D/"),
        ("d/", "d"),
        ("d", "d/e"),
        ("d", "D/e/f"),
        ("d/", "D/e"),
        ("d/e", "D/f"),
        ("d/e/f", "d/E/g/h"),
        ("project_config/recipes/a.json", "project_confiG/params.json"),
        ("a/b", "a/b/c/d"),
        ("É", "é"),
        ("ſecret", "Secret"),
        ("K", "\u{212a}"),
        // Composed and decomposed, which are equal on some file systems; then in another case too.
        ("caf\u{e9}", "cafe\u{301}"),
        ("CAF\u{c9}/a", "cafe\u{301}/b"),
        ("\u{1f80}", "\u{3b1}\u{345}\u{313}"),
        ("\u{ac01}", "\u{1100}\u{1161}\u{11a8}"),
        ("\u{212b}", "a\u{30a}"),
        ("Straße", "STRASSE"),
        ("export-manifest.json", "other"),
        ("Export-Manifest.json", "other"),
        ("export-manifest.json/", "other"),
        ("export-manifest.json/below", "other"),
    ];
    for (first, second) in pairs {
        for (first, second) in [(first, second), (second, first)] {
            let case = format!("{first} and {second}");
            // A name with other characters between the two in every order.
            let entries = [first, "d-", "d.", "d0", "a/b-", second];
            let entries = entries.map(|name| CraftedEntry::file(name, ""));
            let archive = Crafted::new([manifest()].into_iter().chain(entries)).build();
            assert_refused(&case, &archive, "colliding-names");
        }
    }
}

#[test]
fn names_that_only_look_alike_are_fine() {
    let alike = ["d/", "d/e", "d/e.json", "d-", "de", "d0/e", "..a/b..", "...", "é/ü", "C"];
    // Folders of a project contain the files of users, such as partitions by hour. Only Windows
    // refuses these names.
    let elsewhere = ["2026-01-01T10:00", "ab:c", "aux.csv", "CON", "nul", "COM1.txt", "Inc.", "a "];
    let elsewhere = elsewhere.into_iter().chain(["what?", "a|b", "<a>", "*", "\"a\""]);
    let names = alike.into_iter().chain(elsewhere);
    let entries = names.map(|name| CraftedEntry::file(name, ""));
    let archive = Crafted::new([manifest()].into_iter().chain(entries)).build();
    assert_eq!(read(&archive).unwrap().project_key.as_str(), "CHURN");
}

#[test]
fn an_error_shows_a_long_name_shortened_and_escaped() {
    let name = format!("..\\\u{1b}{}", "x".repeat(900));
    let error =
        assert_refused("long", &bundle_with(CraftedEntry::file(name, "")).build(), "unsafe-name");
    let message = error.to_string();
    assert!(
        message.len() < 250 && message.contains("\\u{1b}") && message.contains('…'),
        "{message}"
    );
}
