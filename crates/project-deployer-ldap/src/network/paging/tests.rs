use ldap3::controls::RawControl;

use super::*;

fn page(rc: u32, cookie: Option<&[u8]>) -> LdapResult {
    let control = |cookie: &[u8]| PagedResults { size: 0, cookie: cookie.to_vec() };
    let raw = cookie.map(|cookie| Control(None, RawControl::from(control(cookie))));
    LdapResult {
        rc,
        matched: String::new(),
        text: String::new(),
        refs: vec![],
        ctrls: raw.into_iter().collect(),
    }
}

fn gain(new: usize, repeated: usize) -> Gain {
    Gain { new, repeated }
}

fn after(paging: &mut Paging, page: &LdapResult, gain: Gain) -> Result<Next, Fault> {
    paging.after(page, gain, &Dn::root())
}

#[test]
fn pages_go_on_until_the_cookie_is_empty() {
    let mut paging = Paging::new(Some(2));
    assert_eq!(after(&mut paging, &page(0, Some(b"one")), gain(2, 0)), Ok(Next::Ask));
    assert_eq!(paging.control().unwrap().cookie, b"one");
    // 389 Directory Server: the cookie numbers the search.
    assert_eq!(after(&mut paging, &page(0, Some(b"one")), gain(2, 0)), Ok(Next::Ask));
    assert_eq!(after(&mut paging, &page(0, Some(b"")), gain(1, 0)), Ok(Next::Whole));
}

#[test]
fn a_directory_without_pages_gives_everything_at_once() {
    let mut paging = Paging::new(Some(2));
    assert_eq!(after(&mut paging, &page(0, None), gain(9, 0)), Ok(Next::Whole));
    let mut refused = Paging::new(Some(2));
    assert_eq!(after(&mut refused, &page(12, None), gain(0, 0)), Ok(Next::Ask));
    assert!(refused.control().is_none());
    assert_eq!(after(&mut refused, &page(0, None), gain(9, 0)), Ok(Next::Whole));
}

#[test]
fn pages_that_are_too_large_become_smaller_and_then_none() {
    let mut paging = Paging::new(Some(500));
    for size in [100, 20] {
        assert_eq!(after(&mut paging, &page(11, None), gain(0, 0)), Ok(Next::Ask));
        assert_eq!(paging.control().unwrap().size, size);
    }
    assert_eq!(after(&mut paging, &page(11, None), gain(0, 0)), Ok(Next::Ask));
    assert!(paging.control().is_none());
    let limit = Fault::Cut(crate::directory::PartialReason::AdministrativeLimit);
    assert_eq!(after(&mut paging, &page(11, None), gain(0, 0)), Err(limit));
}

#[test]
fn a_first_page_that_a_size_limit_cut_is_read_again_in_smaller_pages() {
    // R10: 389 Directory Server cuts a page that is as large as the limit, here of 150
    let mut paging = Paging::new(Some(500));
    assert_eq!(after(&mut paging, &page(4, None), gain(150, 0)), Ok(Next::Ask));
    assert_eq!(paging.control().unwrap().size, 100);
    assert!(paging.control().unwrap().cookie.is_empty());
    assert_eq!(after(&mut paging, &page(0, Some(b"one")), gain(0, 100)), Ok(Next::Ask));
    assert_eq!(after(&mut paging, &page(0, Some(b"one")), gain(50, 50)), Ok(Next::Ask));
    assert!(after(&mut paging, &page(0, Some(b"one")), gain(0, 1)).is_err());
}

#[test]
fn a_limit_that_smaller_pages_do_not_meet_is_a_cut_answer() {
    // R10: OpenLDAP counts the entries of all pages
    let limit = || Err(Fault::Cut(crate::directory::PartialReason::SizeLimit));
    let mut small = Paging::new(Some(500));
    for size in [100, 20] {
        assert_eq!(after(&mut small, &page(4, None), gain(5, 0)), Ok(Next::Ask));
        assert_eq!(small.control().unwrap().size, size);
    }
    assert_eq!(after(&mut small, &page(4, None), gain(0, 5)), limit());
    let mut later = Paging::new(Some(500));
    assert_eq!(after(&mut later, &page(4, None), gain(150, 0)), Ok(Next::Ask));
    assert_eq!(after(&mut later, &page(0, Some(b"one")), gain(0, 100)), Ok(Next::Ask));
    assert_eq!(after(&mut later, &page(4, None), gain(0, 50)), limit());
}

#[test]
fn pages_that_lead_nowhere_are_an_error_and_not_an_end() {
    // R10
    let mut looping = Paging::new(Some(2));
    assert_eq!(after(&mut looping, &page(0, Some(b"one")), gain(2, 0)), Ok(Next::Ask));
    assert!(after(&mut looping, &page(0, Some(b"two")), gain(0, 2)).is_err());
    let mut silent = Paging::new(Some(2));
    assert_eq!(after(&mut silent, &page(0, Some(b"one")), gain(2, 0)), Ok(Next::Ask));
    assert!(after(&mut silent, &page(0, None), gain(1, 0)).is_err());
    let mut empty = Paging::new(Some(2));
    let asked = std::iter::repeat_with(|| after(&mut empty, &page(0, Some(b"on")), gain(0, 0)));
    assert_eq!(asked.take_while(Result::is_ok).take(1_000).count(), EMPTY_LIMIT);
}

#[test]
fn a_control_that_is_none_is_refused() {
    for value in [None, Some(vec![]), Some(vec![0x30, 0x00]), Some(vec![0x30, 0x05, 0x02])] {
        let mut result = page(0, Some(b"one"));
        result.ctrls[0].1.val = value;
        assert!(after(&mut Paging::new(Some(2)), &result, gain(2, 0)).is_err());
    }
}
