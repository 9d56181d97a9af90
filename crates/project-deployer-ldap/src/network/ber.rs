//! Reading of what a directory sends, byte by byte and without trust (X.690, as RFC 4511, 5.1 narrows it).

/// Bytes that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// The tags that occur in messages.
pub(super) mod tag {
    pub(in crate::network) const BOOLEAN: u8 = 0x01;
    pub(in crate::network) const INTEGER: u8 = 0x02;
    pub(in crate::network) const OCTETS: u8 = 0x04;
    pub(in crate::network) const ENUMERATED: u8 = 0x0a;
    pub(in crate::network) const SEQUENCE: u8 = 0x30;
    pub(in crate::network) const SET: u8 = 0x31;
    pub(in crate::network) const BIND_RESPONSE: u8 = 0x61;
    pub(in crate::network) const SEARCH_ENTRY: u8 = 0x64;
    pub(in crate::network) const SEARCH_DONE: u8 = 0x65;
    pub(in crate::network) const SEARCH_REFERENCE: u8 = 0x73;
    pub(in crate::network) const EXTENDED_RESPONSE: u8 = 0x78;
    pub(in crate::network) const INTERMEDIATE: u8 = 0x79;
    pub(in crate::network) const CONTROLS: u8 = 0xa0;
    pub(in crate::network) const REFERRALS: u8 = 0xa3;
    /// The name that Active Directory writes outside of a notice of disconnection.
    pub(in crate::network) const STRAY_NAME: u8 = 0x8a;
}

/// How many levels an answer may be nested; no answer of a directory needs more than seven.
const DEPTH_LIMIT: usize = 12;

/// One element: a tag and what is in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// Elements, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

/// What the first byte of a length says.
pub(super) enum Length {
    /// The length itself.
    Short(usize),
    /// It stands in so many bytes.
    Long(usize),
}

impl Length {
    pub(super) fn of(first: u8) -> Result<Self, Malformed> {
        match first {
            0..=0x7f => Ok(Self::Short(usize::from(first))),
            0x80 => Err(Malformed("a message without a definite length")),
            0x81..=0x84 => Ok(Self::Long(usize::from(first & 0x7f))),
            _ => Err(Malformed("a message longer than any directory sends")),
        }
    }
}

/// A number of at most four bytes.
pub(super) fn unsigned(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

impl<'a> Elements<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The next element; none at the end.
    pub(super) fn take(&mut self) -> Result<Option<Element<'a>>, Malformed> {
        const SHORT: Malformed = Malformed("an element that ends too early");
        let Some((tag, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        if tag & 0x1f == 0x1f {
            return Err(Malformed("a tag that the protocol does not know"));
        }
        let (first, rest) = rest.split_first().ok_or(SHORT)?;
        let (length, rest) = match Length::of(*first)? {
            Length::Short(length) => (length, rest),
            Length::Long(count) => {
                let (bytes, rest) = rest.split_at_checked(count).ok_or(SHORT)?;
                (unsigned(bytes), rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(Some(Element { tag: *tag, content }))
    }

    /// The content of the next element, which has this tag.
    pub(super) fn expect(&mut self, tag: u8, what: &'static str) -> Result<&'a [u8], Malformed> {
        match self.take()? {
            Some(element) if element.tag == tag => Ok(element.content),
            _ => Err(Malformed(what)),
        }
    }

    /// The next element, as text.
    pub(super) fn text(&mut self, what: &'static str) -> Result<&'a str, Malformed> {
        let bytes = self.expect(tag::OCTETS, what)?;
        std::str::from_utf8(bytes).map_err(|_| Malformed(what))
    }

    /// Every element within every element is one, and none lies too deep. A reader that follows them
    /// down without counting ends the whole process on a deep enough answer.
    pub(super) fn well_formed(self) -> Result<(), Malformed> {
        let mut open = vec![self];
        while let Some(elements) = open.last_mut() {
            match elements.take()? {
                None => {
                    open.pop();
                }
                Some(element) if element.tag & 0x20 == 0 => {}
                Some(_) if open.len() >= DEPTH_LIMIT => {
                    return Err(Malformed("a message that is nested too deep"));
                }
                Some(element) => open.push(Self(element.content)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
