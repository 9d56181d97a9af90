//! One rule for each attribute that blocks a bind. The rules for "disabled" come first, then "expired",
//! then "locked". The first rule that matches is shown.

use project_deployer_core::Timestamp;

use super::BlockKind;
use super::BlockKind::{Disabled, Expired, Locked};
use super::time::{file_time, generalized, start_of_day};
use crate::attribute::AttributeName;
use crate::dn::{Dn, Rdn};
use crate::entry::Entry;

/// The meaning of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    Blocked(BlockKind),
    Unreadable,
}

/// An attribute, and the meaning of its values at a given time. A rule that needs a second attribute reads
/// it from the entry.
pub(super) struct Rule {
    pub(super) attribute: &'static str,
    pub(super) judge: fn(&str, Timestamp, &Entry) -> Verdict,
}

const fn rule(attribute: &'static str, judge: fn(&str, Timestamp, &Entry) -> Verdict) -> Rule {
    Rule { attribute, judge }
}

/// Active Directory's flags of an account (MS-ADTS, 2.2.16 and 3.1.1.4.5.17).
const ACCOUNT_DISABLED: i64 = 0x2;
const LOCKED_OUT: i64 = 0x10;
const PASSWORD_NEVER_EXPIRES: i64 = 0x1_0000;
const SMART_CARD_REQUIRED: i64 = 0x4_0000;
const PASSWORD_EXPIRED: i64 = 0x80_0000;

const FLAGS: &str = "userAccountControl";
/// Computed by the domain controller: whether a lockout is in force and a password has expired.
const COMPUTED_FLAGS: &str = "msDS-User-Account-Control-Computed";

pub(super) const RULES: [Rule; 18] = [
    // Active Directory and Samba
    rule(FLAGS, |value, _, _| flag(value, &[(ACCOUNT_DISABLED, Disabled)])),
    rule("msDS-UserAccountDisabled", |value, _, _| truth(value, Disabled)),
    // 389 Directory Server, FreeIPA
    rule("nsAccountLock", |value, _, _| truth(value, Disabled)),
    rule("nsRoleDN", |value, _, _| disabling_role(value)),
    // eDirectory
    rule("loginDisabled", |value, _, _| truth(value, Disabled)),
    // OpenDJ
    rule("ds-pwp-account-disabled", |value, _, _| truth(value, Disabled)),
    // password policies (draft-behera-ldap-password-policy-10): not valid yet
    rule("pwdStartTime", |value, now, _| at(value, |start| start > now, Disabled)),
    rule("accountExpires", |value, now, _| account_expires(value, now)),
    rule("pwdEndTime", |value, now, _| at(value, |end| end <= now, Expired)),
    rule("krbPrincipalExpiration", |value, now, _| at(value, |end| end <= now, Expired)),
    rule("loginExpirationTime", |value, now, _| at(value, |end| end <= now, Expired)),
    rule("shadowExpire", |value, now, _| shadow_expire(value, now)),
    rule(COMPUTED_FLAGS, |value, _, _| {
        flag(value, &[(PASSWORD_EXPIRED, Expired), (LOCKED_OUT, Locked)])
    }),
    rule("pwdLastSet", |value, _, entry| must_change_password(value, entry)),
    rule("lockoutTime", |value, _, entry| lockout_time(value, entry)),
    rule("pwdAccountLockedTime", |value, _, _| match value {
        "" => Verdict::Fine,
        _ => Verdict::Blocked(Locked),
    }),
    rule("accountUnlockTime", |value, now, _| unlock_time(value, now)),
    rule("lockedByIntruder", |value, _, _| truth(value, Locked)),
];

fn blocked_if(holds: bool, kind: BlockKind) -> Verdict {
    if holds { Verdict::Blocked(kind) } else { Verdict::Fine }
}

/// A boolean. Servers write it in upper or lower case.
fn truth(value: &str, kind: BlockKind) -> Verdict {
    match value {
        value if value.eq_ignore_ascii_case("true") => Verdict::Blocked(kind),
        value if value.eq_ignore_ascii_case("false") || value.is_empty() => Verdict::Fine,
        _ => Verdict::Unreadable,
    }
}

fn flag(value: &str, kinds: &[(i64, BlockKind)]) -> Verdict {
    let Ok(flags) = value.parse::<i64>() else { return Verdict::Unreadable };
    let set = kinds.iter().find(|(bit, _)| flags & bit != 0);
    set.map_or(Verdict::Fine, |(_, kind)| Verdict::Blocked(*kind))
}

fn at(value: &str, holds: impl Fn(Timestamp) -> bool, kind: BlockKind) -> Verdict {
    generalized(value).map_or(Verdict::Unreadable, |time| blocked_if(holds(time), kind))
}

/// 0 and the largest number mean "never" (MS-ADA1, 2.1).
fn account_expires(value: &str, now: Timestamp) -> Verdict {
    match value.parse::<i64>() {
        Ok(0 | i64::MAX) => Verdict::Fine,
        Ok(steps) => blocked_if(file_time(steps) <= now, Expired),
        Err(_) => Verdict::Unreadable,
    }
}

/// A negative number means "never". Programs differ about the day itself and about 0; the earlier end is the
/// safer one.
fn shadow_expire(value: &str, now: Timestamp) -> Verdict {
    match value.parse::<i64>() {
        Ok(days) if days < 0 => Verdict::Fine,
        Ok(days) => blocked_if(start_of_day(days) <= now, Expired),
        Err(_) => Verdict::Unreadable,
    }
}

/// 0 means "change the password at the next login", which a bind cannot do. Some accounts are exempt.
fn must_change_password(value: &str, entry: &Entry) -> Verdict {
    const EXEMPT: i64 = PASSWORD_NEVER_EXPIRES | SMART_CARD_REQUIRED;
    match value.parse::<i64>() {
        Ok(0) => blocked_if(number(entry, FLAGS).unwrap_or(0) & EXEMPT == 0, Expired),
        Ok(_) => Verdict::Fine,
        Err(_) => Verdict::Unreadable,
    }
}

/// The time of a lockout remains after the lockout has ended. The flag that the domain controller computes
/// decides, if the entry has it.
fn lockout_time(value: &str, entry: &Entry) -> Verdict {
    match value.parse::<i64>() {
        Ok(0) => Verdict::Fine,
        Ok(_) => blocked_if(number(entry, COMPUTED_FLAGS).is_none(), Locked),
        Err(_) => Verdict::Unreadable,
    }
}

/// When 389 Directory Server unlocks the account. The beginning of 1970 means never.
fn unlock_time(value: &str, now: Timestamp) -> Verdict {
    at(value, |end| end > now || end == Timestamp::from_millis(0), Locked)
}

/// The roles by which 389 Directory Server disables accounts. Its administration command adds people to
/// these roles.
fn disabling_role(value: &str) -> Verdict {
    const ROLES: [&str; 2] = ["nsmanageddisabledrole", "nsdisabledrole"];
    let Ok(role) = Dn::parse(value) else { return Verdict::Unreadable };
    let names = |name: &str| ROLES.iter().any(|role| name.eq_ignore_ascii_case(role));
    let step = role.leading().and_then(Rdn::leading);
    blocked_if(step.is_some_and(|(_, name)| names(name)), Disabled)
}

fn number(entry: &Entry, attribute: &'static str) -> Option<i64> {
    entry.texts(&AttributeName::known(attribute)).next()?.trim().parse().ok()
}
