//! What the three kinds of servers can hold, and the filters that nodes may ask them with.

/// What one kind of server can hold, and how nodes may ask it.
pub(super) struct Kind {
    pub(super) login: &'static str,
    pub(super) person: &'static str,
    /// The values of logins in the directory.
    pub(super) values: &'static [&'static str],
    pub(super) more: &'static [&'static str],
    pub(super) groups: &'static [&'static str],
    pub(super) member_by_login: bool,
    pub(super) user_filters: &'static [&'static str],
    pub(super) group_filters: &'static [&'static str],
}

const UNIX_USER_FILTERS: [&str; 17] = [
    "(uid={USERNAME})",
    "(&(objectClass=posixAccount)(uid={USERNAME}))",
    "(&(objectClass=person)(uid={USERNAME}))",
    "(&(objectClass=inetOrgPerson)(!(description=left))(uid={USERNAME}))",
    "(&(uid={USERNAME})(!(nsAccountLock=TRUE)))",
    "(&(|(description=new)(mail=*))(uid={USERNAME}))",
    "(|(uid={USERNAME})(mail={USERNAME}))",
    "(|(uid={USERNAME})(mail={USERNAME}@x.test))",
    "(mail={USERNAME}@x.test)",
    "(uid~={USERNAME})",
    "(uid:={USERNAME})",
    "(uid:caseExactMatch:={USERNAME})",
    "(userid={USERNAME})",
    "(0.9.2342.19200300.100.1.1={USERNAME})",
    "(uid={USERNAME}*)",
    "(description={USERNAME})",
    "(&(uid={USERNAME})(unknownAttribute=*))",
];

const UNIX_GROUP_FILTERS: [&str; 12] = [
    "(&(objectClass=groupOfNames)(member={USERDN}))",
    "(&(objectClass=posixGroup)(memberUid={USERNAME}))",
    "(member={USERDN})",
    "(memberUid={USERNAME})",
    "(&(member={USERDN})(!(description=closed)))",
    "(|(member={USERDN})(memberUid={USERNAME}))",
    "(&(objectClass=groupOfNames)(|(member={USERDN})(cn=staff)))",
    "(&(objectClass=groupOfNames)(member:1.2.840.113556.1.4.1941:={USERDN}))",
    "(2.5.4.31={USERDN})",
    "(|(&(objectClass=2.5.6.9)(member={USERDN}))(memberUid={USERNAME}))",
    "(owner={USERDN})",
    "(cn={USERNAME})",
];

pub(super) const UNIX: Kind = Kind {
    login: "uid",
    person: "objectClass: inetOrgPerson\nobjectClass: posixAccount\nsn: S\nuidNumber: 1\ngidNumber: 1\n\
        homeDirectory: /x\n",
    values: &[
        "ann",
        "Bob",
        "bob",
        "cy",
        "cy",
        "dee",
        "DEE",
        "li-po",
        "a b",
        "o'neil (jr)",
        "eve*",
        "fin",
    ],
    more: &[
        "",
        "",
        "description: left\n",
        "description: new\n",
        "description: ann\n",
        "mail: cy@x.test\n",
    ],
    groups: &["objectClass: groupOfNames\n", "objectClass: posixGroup\ngidNumber: 7\n"],
    member_by_login: true,
    user_filters: &UNIX_USER_FILTERS,
    group_filters: &UNIX_GROUP_FILTERS,
};

pub(super) const OPEN_LDAP: Kind = Kind {
    values: &[
        "ann",
        "Bob",
        "bob",
        "cy",
        "dee",
        "DEE",
        "li-po",
        "a b",
        "eve*",
        "fin",
        "\u{fb01}n",
        "zo\u{eb}",
        "zoe\u{308}",
        "stra\u{df}e",
        "strasse",
        "\u{17f}am",
        "sam",
    ],
    ..UNIX
};

pub(super) const DOMAIN: Kind = Kind {
    login: "sAMAccountName",
    person: "objectClass: user\n",
    values: &["ann", "Bob", "cy", "dee", "li-po", "fin", "zo\u{eb}", "a b", "sam"],
    more: &["", "", "description: left\n", "mail: cy@x.test\n"],
    groups: &["objectClass: group\n"],
    member_by_login: false,
    user_filters: &[
        "(&(objectClass=user)(sAMAccountName={USERNAME}))",
        "(sAMAccountName={USERNAME})",
        "(&(objectCategory=person)(sAMAccountName={USERNAME}))",
        "(&(sAMAccountName={USERNAME})(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
        "(|(sAMAccountName={USERNAME})(userPrincipalName={USERNAME}@x.test))",
        "(userPrincipalName={USERNAME}@x.test)",
        "(&(objectClass=user)(anr={USERNAME}))",
        "(sAMAccountName~={USERNAME})",
        "(1.2.840.113556.1.4.221={USERNAME})",
        "(&(sAMAccountName={USERNAME})(!(description=left)))",
    ],
    group_filters: &[
        "(&(objectClass=group)(member={USERDN}))",
        "(member={USERDN})",
        "(&(objectClass=group)(member:1.2.840.113556.1.4.1941:={USERDN}))",
        "(|(member={USERDN})(cn=staff))",
        "(&(member={USERDN})(groupType:1.2.840.113556.1.4.803:=2))",
        "(cn={USERNAME})",
    ],
};
