use super::*;

const DEFINITIONS: [&str; 7] = [
    "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
    "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: common name(s)' SUP name )",
    "( 1.3.6.1.1.1.1.12 NAME 'memberUid' EQUALITY caseExactIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )",
    "( 2.5.4.31 NAME 'member' SUP distinguishedName )",
    "( 2.5.4.49 NAME 'distinguishedName' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
    "( 2.5.4.20 NAME 'telephoneNumber' EQUALITY telephoneNumberMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.50{32} )",
    "(1.2.3 NAME 'odd' DESC 'EQUALITY caseIgnoreMatch' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15')",
];

fn equality(schema: &ServerSchema, name: &str) -> Equality {
    schema.equality(&AttributeName::parse(name).unwrap())
}

#[test]
fn the_rule_of_an_attribute_is_its_own_or_that_of_the_type_above() {
    let schema = ServerSchema::of(DEFINITIONS.into_iter(), false);
    let expected = [
        ("name", Equality::Caseless),
        ("CommonName", Equality::Caseless),
        ("2.5.4.3", Equality::Caseless),
        ("memberUid", Equality::Exact),
        ("member", Equality::Name),
        ("telephoneNumber", Equality::Other),
        ("odd", Equality::Other),
        ("uid", Equality::Other),
    ];
    for (name, rule) in expected {
        assert_eq!(equality(&schema, name), rule, "{name}");
    }
}

#[test]
fn a_domain_names_syntaxes_instead_of_rules() {
    let schema = ServerSchema::of(DEFINITIONS.into_iter(), true);
    assert_eq!(equality(&schema, "odd"), Equality::Caseless);
}

#[test]
fn without_a_server_only_standard_attributes_have_a_rule() {
    assert_eq!(equality(&ServerSchema::default(), "uid"), Equality::Unknown);
    let schema = ServerSchema::standard();
    assert_eq!(equality(&schema, "UID"), Equality::Caseless);
    assert_eq!(equality(&schema, "member"), Equality::Name);
    assert_eq!(equality(&schema, "memberUid"), Equality::Unknown);
}

#[test]
fn a_class_allows_what_it_or_a_class_above_names_and_extensible_objects_allow_all() {
    let classes = ObjectClasses::of(
        [
            "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY description )",
            "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
            "( 1.1 NAME ( 'shadowAccount' 'shadow' ) SUP top AUXILIARY MAY ( uid$shadowExpire ) )",
            "( 1.2 NAME 'odd' DESC 'MAY ( uid )' SUP ( person $ Shadow ) STRUCTURAL )",
            "( 1.3 NAME 'extensibleObject' SUP top AUXILIARY )",
            "( 1.4 NAME 'lost' SUP unknown )",
        ]
        .into_iter(),
    );
    let allowing = |name: &str| classes.allowing(&[name.to_owned()]);
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<String>>();
    let of_shadow = words("1.1 1.2 1.3 1.4 extensibleobject lost odd shadow shadowaccount");
    assert_eq!(allowing("shadowexpire"), of_shadow);
    assert!(allowing("sn").contains("odd") && !allowing("sn").contains("shadow"));
}

#[test]
fn only_attributes_of_users_depend_on_classes() {
    let mut schema = ServerSchema::of(
        [
            "( 1.1 NAME 'lock' USAGE directoryOperation )",
            "( 1.2 NAME 'expire' USAGE userApplications )",
        ]
        .into_iter(),
        false,
    );
    let classes = ["( 2.1 NAME 'top' )", "( 2.2 NAME 'shadow' MAY expire )"];
    schema.classes = Some(ObjectClasses::of(classes.into_iter()));
    let allowing = |name| schema.classes_allowing(&AttributeName::known(name));
    assert_eq!(allowing("lock"), None);
    assert!(allowing("Expire").is_some_and(|classes| !classes.contains("top")));
}
