//! Groups and users, compared with those of a file. The Deployer always keeps an administrator, and the caller stays one.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::messages::Severity;
use project_deployer_core::{GroupName, Login};

use super::change::{EstateKind, OwnWork, PlannedField, Work};
use super::edit::{Edit, text};
use super::{Draft, PlanNote};
use crate::estate::document::{GroupEntry, OrNone, UserEntry};
use crate::estate::observed::{Reserved, Seen, SeenAccounts, Version};
use crate::session::refuse_reserved;

/// An account as it will be.
struct Planned<T> {
    account: T,
    fields: Vec<PlannedField>,
    /// The version that it changes; none if it is new.
    based_on: Option<Version>,
}

/// The accounts as they will be.
pub(super) struct AccountsAfter {
    pub(super) groups: BTreeMap<GroupName, Group>,
    pub(super) users: BTreeMap<Login, User>,
}

impl AccountsAfter {
    fn of(accounts: &SeenAccounts) -> Self {
        let groups = accounts.groups.iter().map(|(name, seen)| (name.clone(), seen.value.clone()));
        let users = accounts.users.iter().map(|(login, seen)| (login.clone(), seen.value.clone()));
        Self { groups: groups.collect(), users: users.collect() }
    }

    fn is_administrator(&self, user: &User) -> bool {
        let is_admin = |name| self.groups.get(name).is_some_and(|group: &Group| group.admin);
        user.enabled && user.groups.iter().any(is_admin)
    }

    /// One user who is a global administrator.
    pub(super) fn administrator(&self) -> Option<&Login> {
        let mut users = self.users.values();
        users.find(|user| self.is_administrator(user)).map(|user| &user.login)
    }

    fn has_administrator(&self, login: &Login) -> bool {
        self.users.get(login).is_some_and(|user| self.is_administrator(user))
    }
}

impl Draft<'_> {
    /// First what makes administrators, then the rest: between two steps there is always one.
    pub(super) fn plan_accounts(&mut self) {
        let accounts = match &self.observed.accounts {
            Reserved::Seen(accounts) => accounts,
            reserved => {
                let entries = |count: Option<usize>| count.is_some_and(|count| count > 0);
                for (kind, count) in [
                    (EstateKind::Groups, self.estate.groups.as_ref().map(Vec::len)),
                    (EstateKind::Users, self.estate.users.as_ref().map(Vec::len)),
                ] {
                    if entries(count) || self.prunes_section(kind) {
                        self.block_reserved(kind, reserved);
                    }
                }
                return;
            }
        };
        let groups: Vec<_> = self.estate.groups.iter().flatten().collect();
        let groups: Vec<_> = groups.into_iter().map(|it| self.group(it, accounts)).collect();
        let users: Vec<_> = self.estate.users.iter().flatten().collect();
        let users: Vec<_> = users.into_iter().map(|it| self.user(it, accounts)).collect();
        let after = self.accounts_after(accounts, &groups, &users);
        self.heed_administrators(accounts, &after);
        self.heed_groups(&users, &after);
        let loses = |planned: &Planned<Group>| {
            let now = accounts.groups.get(&planned.account.name);
            now.is_some_and(|now| now.value.admin) && !planned.account.admin
        };
        let (late, early): (Vec<_>, Vec<_>) = groups.into_iter().partition(loses);
        let (first, then): (Vec<_>, Vec<_>) =
            users.into_iter().partition(|it| after.is_administrator(&it.account));
        early.into_iter().for_each(|group| self.add_group(group));
        first.into_iter().chain(then).for_each(|user| self.add_user(user));
        late.into_iter().for_each(|group| self.add_group(group));
        self.accounts_after = Some(after);
    }

    fn group(&mut self, entry: &GroupEntry, accounts: &SeenAccounts) -> Planned<Group> {
        let seen = accounts.groups.get(&entry.name);
        let source = entry.source_type.clone();
        let base = match seen {
            Some(seen) => seen.value.clone(),
            None => {
                Group::new(entry.name.clone()).with_source_type(source.clone().unwrap_or_default())
            }
        };
        if let Some(source) = source.filter(|source| *source != base.source_type) {
            self.block_source(EstateKind::Groups, &entry.name, &base.source_type, &source);
        }
        let mut edit = Edit::of(&base);
        if seen.is_none() {
            edit.differs("sourceType".to_owned(), None, Some(base.source_type.to_string()));
        }
        edit_group(&mut edit, entry);
        let Edit { document, fields } = edit;
        let based_on = seen.map(|seen| seen.version.clone());
        Planned { account: document.into_owned(), fields, based_on }
    }

    fn user(&mut self, entry: &UserEntry, accounts: &SeenAccounts) -> Planned<User> {
        let seen = accounts.users.get(&entry.login);
        let source = entry.source_type.clone();
        let base = match seen {
            Some(seen) => seen.value.clone(),
            None => User::new(entry.login.clone(), source.clone().unwrap_or_default()),
        };
        if let Some(source) = source.filter(|source| *source != base.source_type) {
            self.block_source(EstateKind::Users, &entry.login, &base.source_type, &source);
        }
        let mut edit = Edit::of(&base);
        if seen.is_none() {
            edit.differs("sourceType".to_owned(), None, Some(base.source_type.to_string()));
            self.heed_new_user(&base);
        }
        edit_user(&mut edit, entry);
        let Edit { document, fields } = edit;
        let based_on = seen.map(|seen| seen.version.clone());
        Planned { account: document.into_owned(), fields, based_on }
    }

    fn heed_new_user(&mut self, user: &User) {
        if let Err(error) = refuse_reserved(&user.login) {
            self.block(EstateKind::Users, &user.login, error.to_string(), "choose another login");
        }
        if user.source_type == SourceType::Local {
            let what = "it gets no password from a file, so it cannot sign in with one yet";
            let hint = "set its password by the API: `PUT /api/v1/users/{login}/password`";
            let note = PlanNote::new(Severity::Info, EstateKind::Users, &user.login, what, hint);
            self.notes.push(note);
        }
    }

    fn block_source(
        &mut self,
        kind: EstateKind,
        id: &(impl ToString + ?Sized),
        is: &SourceType,
        wanted: &SourceType,
    ) {
        let what = format!("`sourceType` is `{is}` and cannot become `{wanted}`");
        self.block(kind, id, what, "delete it first, or correct the file");
    }

    fn accounts_after(
        &self,
        accounts: &SeenAccounts,
        groups: &[Planned<Group>],
        users: &[Planned<User>],
    ) -> AccountsAfter {
        let mut after = AccountsAfter::of(accounts);
        for name in self.pruned_groups(accounts) {
            after.groups.remove(name);
        }
        for login in self.pruned_users(accounts) {
            after.users.remove(login);
        }
        let groups = groups.iter().map(|it| (it.account.name.clone(), it.account.clone()));
        after.groups.extend(groups);
        let users = users.iter().map(|it| (it.account.login.clone(), it.account.clone()));
        after.users.extend(users);
        after
    }

    /// The engine refuses the change that would remove the last administrator. A plan says so before the first one.
    fn heed_administrators(&mut self, accounts: &SeenAccounts, after: &AccountsAfter) {
        let now = AccountsAfter::of(accounts);
        let (kind, caller) = (EstateKind::Users, &accounts.caller);
        let begins = now.users.is_empty() && !after.users.is_empty();
        if (now.administrator().is_some() || begins) && after.administrator().is_none() {
            let what = "this would leave the Deployer without an administrator";
            let hint = "let the file have an enabled user in a group with `admin: true`";
            return self.block(kind, "", what, hint);
        }
        if now.has_administrator(caller) && !after.has_administrator(caller) {
            // The changes behind that one would be refused.
            let what = "you would no longer be a global administrator, and the rest of the file would be refused";
            self.block(kind, caller, what, "let another administrator apply the file");
        }
    }

    /// Groups that no group here has: they give no right.
    fn heed_groups(&mut self, users: &[Planned<User>], after: &AccountsAfter) {
        for user in users.iter().filter(|user| user.fields.iter().any(|it| it.field == "groups")) {
            let login = &user.account.login;
            for name in user.account.groups.iter().filter(|it| !after.groups.contains_key(*it)) {
                let what = format!("there is no group `{name}`, so it gives no right");
                let hint = "list the group, or correct its name";
                let note = PlanNote::new(Severity::Warning, EstateKind::Users, login, what, hint);
                self.notes.push(note);
            }
        }
    }

    fn add_group(&mut self, Planned { account, fields, based_on }: Planned<Group>) {
        if fields.is_empty() {
            return;
        }
        let id = account.name.to_string();
        let work = match based_on {
            None => OwnWork::CreateGroup(Box::new(account)),
            Some(_) => OwnWork::SaveGroup(Box::new(account)),
        };
        self.save(EstateKind::Groups, &id, fields, Work::Own(work), based_on.as_ref());
    }

    fn add_user(&mut self, Planned { account, fields, based_on }: Planned<User>) {
        if fields.is_empty() {
            return;
        }
        let id = account.login.to_string();
        let work = match based_on {
            None => OwnWork::CreateUser(Box::new(account)),
            Some(_) => OwnWork::SaveUser(Box::new(account)),
        };
        self.save(EstateKind::Users, &id, fields, Work::Own(work), based_on.as_ref());
    }

    /// Users first: a group has no members then.
    pub(super) fn delete_accounts(&mut self) {
        let Some(accounts) = self.observed.accounts.seen() else { return };
        for login in self.pruned_users(accounts) {
            let version = accounts.users.get(login).map(|seen| &seen.version);
            let work = Work::Own(OwnWork::DeleteUser(login.clone()));
            let lost = "API keys that act as it";
            let fields = vec![PlannedField::new(lost, Some("deleted with it".to_owned()), None)];
            self.delete(EstateKind::Users, login, fields, work, version);
        }
        for name in self.pruned_groups(accounts) {
            let seen = accounts.groups.get(name);
            let fields = self.members_left(name);
            let work = Work::Own(OwnWork::DeleteGroup(name.clone()));
            self.delete(EstateKind::Groups, name, fields, work, seen.map(|seen| &seen.version));
        }
    }

    /// Who is in a group that is deleted, and stays.
    fn members_left(&self, name: &GroupName) -> Vec<PlannedField> {
        let after = self.accounts_after.iter().flat_map(|after| after.users.values());
        let members = after.filter(|user| user.groups.contains(name));
        let members: Vec<_> = members.map(|user| user.login.to_string()).collect();
        let members = Some(members.join(", ")).filter(|text| !text.is_empty());
        members
            .map(|members| PlannedField::new("members", Some(members), None))
            .into_iter()
            .collect()
    }

    fn pruned_users<'s>(&self, accounts: &'s SeenAccounts) -> Vec<&'s Login> {
        let entries = self.estate.users.iter().flatten();
        let mentioned: BTreeSet<&Login> = entries.map(|entry| &entry.login).collect();
        pruned(self.prunes_section(EstateKind::Users), &accounts.users, &mentioned)
    }

    pub(super) fn pruned_groups<'s>(&self, accounts: &'s SeenAccounts) -> Vec<&'s GroupName> {
        let entries = self.estate.groups.iter().flatten();
        let mentioned: BTreeSet<&GroupName> = entries.map(|entry| &entry.name).collect();
        pruned(self.prunes_section(EstateKind::Groups), &accounts.groups, &mentioned)
    }
}

fn pruned<'s, K: Ord, T>(
    is_pruned: bool,
    known: &'s BTreeMap<K, Seen<T>>,
    mentioned: &BTreeSet<&K>,
) -> Vec<&'s K> {
    let left_out = known.keys().filter(|id| is_pruned && !mentioned.contains(id));
    left_out.collect()
}

fn edit_group(edit: &mut Edit<'_, Group>, entry: &GroupEntry) {
    edit.set(
        "description",
        entry.description.as_ref(),
        (|it| &it.description, |it| &mut it.description),
        text,
    );
    edit.set("admin", entry.admin.as_ref(), (|it| &it.admin, |it| &mut it.admin), text);
    if let Some(wanted) = &entry.ldap_group_names {
        let now: BTreeSet<&String> = edit.document.ldap_group_names.iter().collect();
        if now != wanted.iter().collect() {
            let (from, to) = (joined(&edit.document.ldap_group_names), joined(wanted));
            edit.differs("ldapGroupNames".to_owned(), from, to);
            edit.document.to_mut().ldap_group_names = wanted.iter().cloned().collect();
        }
    }
    edit.set(
        "mayCreateProjects",
        entry.may_create_projects.as_ref(),
        (|it| &it.may_create_projects, |it| &mut it.may_create_projects),
        text,
    );
    edit.set(
        "mayCreatePublishedProjects",
        entry.may_create_published_projects.as_ref(),
        (|it| &it.may_create_published_projects, |it| &mut it.may_create_published_projects),
        text,
    );
    edit.set(
        "mayWriteInRootProjectFolder",
        entry.may_write_in_root_project_folder.as_ref(),
        (|it| &it.may_write_in_root_project_folder, |it| &mut it.may_write_in_root_project_folder),
        text,
    );
}

fn edit_user(edit: &mut Edit<'_, User>, entry: &UserEntry) {
    edit.set(
        "displayName",
        entry.display_name.as_ref(),
        (|it| &it.display_name, |it| &mut it.display_name),
        text,
    );
    edit_text(edit, "email", entry.email.as_ref(), |it| &mut it.email);
    edit_text(edit, "profile", entry.profile.as_ref(), |it| &mut it.user_profile);
    if let Some(wanted) = &entry.groups {
        let now: BTreeSet<&GroupName> = edit.document.groups.iter().collect();
        if now != wanted.iter().collect() {
            let (from, to) = (joined(&edit.document.groups), joined(wanted));
            edit.differs("groups".to_owned(), from, to);
            edit.document.to_mut().groups = wanted.iter().cloned().collect();
        }
    }
    edit.set("enabled", entry.enabled.as_ref(), (|it| &it.enabled, |it| &mut it.enabled), text);
}

/// Sets a text that may be none. An empty one is none.
fn edit_text(
    edit: &mut Edit<'_, User>,
    name: &str,
    wanted: Option<&OrNone<String>>,
    place: fn(&mut User) -> &mut Option<String>,
) {
    let Some(wanted) = wanted.map(|wanted| wanted.value().cloned()) else { return };
    let mut changed = User::clone(&edit.document);
    let is = place(&mut changed);
    let now = is.clone().filter(|text| !text.is_empty());
    if now != wanted {
        is.clone_from(&wanted);
        edit.differs(name.to_owned(), now, wanted);
        *edit.document.to_mut() = changed;
    }
}

fn joined<'a, T: ToString + 'a>(names: impl IntoIterator<Item = &'a T>) -> Option<String> {
    let names: Vec<String> = names.into_iter().map(ToString::to_string).collect();
    Some(names.join(", ")).filter(|text| !text.is_empty())
}
