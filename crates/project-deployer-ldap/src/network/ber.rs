//! Decodes messages of a directory without trust in them (BER of X.690, as RFC 4511, 5.1 restricts it).

/// A malformed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// The tags in messages.
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
    /// The name of a response, which Active Directory also writes outside a notice of disconnection.
    pub(in crate::network) const STRAY_NAME: u8 = 0x8a;
}

/// The largest nesting depth of a message. No answer of a directory needs more than seven levels.
const DEPTH_LIMIT: usize = 12;

/// One element: a tag and its content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// A sequence of elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

/// The meaning of the first byte of a length.
pub(super) enum Length {
    /// The length itself.
    Short(usize),
    /// The number of bytes that follow with the length.
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
        const SHORT: Malformed = Malformed("a truncated element");
        let Some((tag, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        if tag & 0x1f == 0x1f {
            return Err(Malformed("a tag that the protocol does not have"));
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

    /// The content of the next element, which must have this tag.
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

    /// Checks that all nested elements are well-formed and that none is nested too deeply. A recursive
    /// reader without a limit would overflow the stack and end the whole process.
    pub(super) fn well_formed(self) -> Result<(), Malformed> {
        let mut open = vec![self];
        while let Some(elements) = open.last_mut() {
            match elements.take()? {
                None => {
                    open.pop();
                }
                Some(element) if element.tag & 0x20 == 0 => {}
                Some(_) if open.len() >= DEPTH_LIMIT => {
                    return Err(Malformed("a message that is nested too deeply"));
                }
                Some(element) => open.push(Self(element.content)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
