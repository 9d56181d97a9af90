use std::borrow::Cow;
use std::fmt;

use bytes::BytesMut;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::UnknownFields;

/// Collects unknown fields while JSON text is read: as text, without a value for each, in memory that the
/// next document reuses.
#[derive(Default)]
pub(crate) struct GatheredFields {
    /// The fields of the current document.
    text: Vec<u8>,
    /// The buffer for the next fields. An allocation for each would take as long as reading it.
    shelf: BytesMut,
}

/// The number of bytes of unknown fields in one piece of memory. It lives as long as any of its documents.
const PIECE: usize = 32 * 1024;

impl GatheredFields {
    /// Drops the collected fields.
    pub(crate) fn start(&mut self) {
        self.text.clear();
    }

    /// Takes the value of a field. It may nest as deep as this.
    ///
    /// # Errors
    ///
    /// It nests deeper, or has a fraction, which may change when it is written and read again.
    pub(crate) fn take<'de, A: MapAccess<'de>>(
        &mut self,
        name: &JsonText<'de>,
        fields: &mut A,
        depth: usize,
    ) -> Result<(), A::Error> {
        self.text.push(if self.text.is_empty() { b'{' } else { b',' });
        Copied { text: &mut self.text, depth }.field(name, fields)
    }

    /// The fields that were collected since the start.
    pub(crate) fn end(&mut self) -> UnknownFields {
        if self.text.is_empty() {
            return UnknownFields::default();
        }
        self.text.push(b'}');
        if self.shelf.capacity() < self.text.len() {
            self.shelf = BytesMut::with_capacity(PIECE.max(self.text.len()));
        }
        self.shelf.extend_from_slice(&self.text);
        UnknownFields { text: self.shelf.split().freeze(), ..UnknownFields::default() }
    }
}

/// The fields may be secret.
impl fmt::Debug for GatheredFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatheredFields").finish_non_exhaustive()
    }
}

/// A JSON text, borrowed if it has no escapes.
pub(crate) struct JsonText<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for JsonText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = JsonText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(JsonText(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(JsonText(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Writes a value as text while it is read.
struct Copied<'t> {
    text: &'t mut Vec<u8>,
    depth: usize,
}

impl Copied<'_> {
    fn word<E: Error>(self, word: impl Serialize) -> Result<(), E> {
        serde_json::to_writer(self.text, &word).map_err(E::custom)
    }

    /// A text without escapes in the JSON, which needs none.
    fn quoted(&mut self, text: &str) {
        self.text.push(b'"');
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'"');
    }

    fn field<'de, A>(mut self, name: &JsonText<'de>, fields: &mut A) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
    {
        match &name.0 {
            Cow::Borrowed(name) => self.quoted(name),
            Cow::Owned(name) => {
                serde_json::to_writer(&mut *self.text, name).map_err(A::Error::custom)?;
            }
        }
        self.text.push(b':');
        fields.next_value_seed(self)
    }

    fn below<E: Error>(&self) -> Result<usize, E> {
        self.depth.checked_sub(1).ok_or_else(|| E::custom("it nests too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Copied<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Copied<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.word(())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.text.extend_from_slice(if flag { b"true" } else { b"false" });
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.word(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.word(number)
    }

    fn visit_borrowed_str<E: Error>(mut self, text: &'de str) -> Result<(), E> {
        self.quoted(text);
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.word(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let depth = self.below()?;
        self.text.push(b'[');
        // Each item is followed by a comma, of which the last one becomes the end of the list.
        while items.next_element_seed(Copied { text: self.text, depth })?.is_some() {
            self.text.push(b',');
        }
        end(self.text, b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let depth = self.below()?;
        self.text.push(b'{');
        while let Some(name) = fields.next_key()? {
            Copied { text: self.text, depth }.field(&name, &mut fields)?;
            self.text.push(b',');
        }
        end(self.text, b'}');
        Ok(())
    }
}

fn end(text: &mut Vec<u8>, bracket: u8) {
    match text.last_mut() {
        Some(last) if *last == b',' => *last = bracket,
        Some(_) | None => text.push(bracket),
    }
}
