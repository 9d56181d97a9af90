//! A case as the input of the code under test.

use super::*;
use crate::directory::DirectoryError;

/// The name of a person; every second one has a comma, quotes and parentheses in it.
pub(super) fn dn(number: usize) -> String {
    match number % 2 {
        0 => format!("cn=n{number},dc=t"),
        _ => format!(r#"cn=n{number}\, (\"x\"),dc=t"#),
    }
}

/// The same as groups list it.
fn member(number: usize) -> String {
    match number % 2 {
        0 => format!("CN=N{number}, DC=t"),
        _ => format!("CN=N{number}\\2C  (\\22X\\22), DC=t"),
    }
}

fn ldif(town: &Town) -> String {
    let mut text = "dn: dc=t\nx: y\n\n".to_owned();
    for (number, uids) in town.people.iter().enumerate() {
        text += &format!("dn: {}\nmail: x\n", dn(number));
        for uid in uids {
            text += &format!("uid: {uid}\n");
        }
        for (group, members) in [("ops", &town.ops), ("apps", &town.apps)] {
            if members.contains(&number) {
                text += &format!("memberOf: CN={group}, dc=T\n");
            }
        }
        text += "\n";
    }
    for (group, members) in [("ops", &town.ops), ("apps", &town.apps)] {
        text += &format!("dn: cn={group},dc=t\ncn: {group}\nkind: group\n");
        for member in members {
            text += &format!("member: {}\n", self::member(*member));
            for uid in &town.people[*member] {
                text += &format!("memberUid: {uid}\n");
            }
        }
        if group == "apps" && town.nested {
            text += "member: cn=ops,dc=t\n";
        }
        text += "\n";
    }
    text
}

fn plug_settings(plug: &Plug) -> LdapSettings {
    let rule = |from: &str, to: &str| vec![RemappingRule::new(from, to)];
    settings()
        .with_url(format!("ldap://dir{}.example.test/dc=t", plug.town))
        .with_auto_import_users(plug.import)
        .with_allow_on_demand_users_provisioning(plug.demand)
        .with_authorized_groups(plug.authorized.iter().map(|group| (*group).to_owned()).collect())
        .with_all_groups_filter(Some("(kind=group)".to_owned()))
        .with_group_membership_attribute(Some("memberOf".to_owned()))
        .with_group_filter(match plug.style {
            Style::Direct => Some("(&(kind=group)(member={USERDN}))".to_owned()),
            Style::Chain => Some("(member:1.2.840.113556.1.4.1941:={USERDN})".to_owned()),
            Style::ByUid => Some("(memberUid={USERNAME})".to_owned()),
            Style::OfUser => None,
        })
        .with_remapping_rules(match plug.remap {
            Remap::None => vec![],
            Remap::StripDomain => rule("@.*$", ""),
            Remap::Prefix => rule("^", "p-"),
            Remap::Merge => rule("^(ann|bob)(@x)?$", "cy"),
            Remap::Broken => rule("(", ""),
        })
}

pub(super) fn spot_id(index: usize) -> LocationId {
    if index == 0 { LocationId::Deployer } else { node(&format!("n{index}")) }
}

pub(super) fn match_input(case: &Case) -> MatchInput {
    let silent = || Reason::new("silent");
    let locations = case.spots.iter().enumerate().map(|(index, spot)| {
        let mut location = Location::new(spot_id(index));
        location.users = spot.users.as_ref().map(|users| users.iter().collect()).ok_or_else(silent);
        location.provisions = spot.azure.then_some(SourceType::AzureAd).into_iter().collect();
        location.ldap = match &spot.ldap {
            Ldap::Unknown => Err(silent()),
            Ldap::Off => Ok(None),
            Ldap::On(plug) => {
                let whole = directory(&ldif(&case.towns[plug.town]));
                let answering = match plug.fault {
                    Fault::None => whole,
                    Fault::Error => whole.failing_with(DirectoryError::TimedOut),
                    Fault::Cut => whole.with_size_limit(0),
                };
                Ok(Some(supply(&plug_settings(plug), &answering)))
            }
        };
        location
    });
    let needs = case.needs.iter().map(|text| LoginRequirement {
        login: login(text),
        role: Role::Owner,
        reason: String::new(),
        at: Locations::Everywhere,
    });
    MatchInput {
        locations: locations.collect(),
        needs: needs.collect(),
        group_requirements: Vec::new(),
    }
}
