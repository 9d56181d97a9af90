use project_deployer_core::accounts::{
    BrokenList, StreamingUserParser, Unreadable, User, UserCollection, UserList,
};
use serde::de::IgnoredAny;

/// The first byte tells how long the pieces are in which the list arrives.
pub fn user_lists(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let piece = usize::from(*first) % 64 + 1;
    let list = read::<UserList>(text, text.len().max(1));
    assert_eq!(list, read::<UserList>(text, piece), "the pieces change what it is");
    let users = read::<Vec<User>>(text, piece);
    let Ok((list, odd)) = list else {
        assert!(users.is_err(), "whole users are read of {users:?}");
        return;
    };
    serde_json::from_slice::<Vec<IgnoredAny>>(text).expect("what is read is a list in JSON");
    // A list passes over what is odd in a field that it does not keep.
    let Ok((users, odd_users)) = users else { return };
    let mut listed = list.iter();
    for user in UserList::from_iter(&users).iter() {
        assert!(listed.any(|found| found == user), "{user:?} is on the list");
    }
    assert_eq!(list.len() + odd.len(), users.len() + odd_users.len(), "nobody is left out");
    for entry in odd_users.iter().filter(|entry| !odd.contains(entry)) {
        for problem in entry.problems.iter() {
            let field = problem.path.split_once("].").map_or("", |(_, field)| field);
            let kept = ["login", "groups", "sourceType", "enabled"];
            assert!(!kept.iter().any(|kept| field.starts_with(kept)), "it is kept: {problem:?}");
        }
    }
}

fn read<C: UserCollection>(text: &[u8], piece: usize) -> Result<(C, Vec<Unreadable>), BrokenList> {
    let mut users = StreamingUserParser::<C>::default();
    for piece in text.chunks(piece) {
        users.take(piece)?;
    }
    users.end()
}
