use super::entry_name;
use super::error::{BundleError, NameFault, shown};
use super::little_endian::LittleEndian;
use super::unicode_path;

/// The relevant extra fields of an entry.
#[derive(Debug, Default)]
pub(super) struct Extra {
    zip64: Option<Vec<u64>>,
    /// The zip64 field has a size that Java's directory reader refuses.
    unusual: bool,
}

impl Extra {
    /// Reads the fields of an entry whose name was checked, and refuses those that give it another name
    /// or make it a link.
    pub(super) fn read(bytes: &[u8], name: &str) -> Result<Self, BundleError> {
        let misfit =
            || BundleError::contradiction_in(entry_name::path(name), "its extra fields do not fit");
        let mut extra = Self::default();
        let mut fields = LittleEndian::new(bytes);
        while !fields.is_empty() {
            let (kind, length) = fields.u16().zip(fields.u16()).ok_or_else(misfit)?;
            let content = fields.bytes(length.into()).ok_or_else(misfit)?;
            match kind {
                0x0001 if extra.zip64.is_some() => return Err(misfit()),
                0x0001 => {
                    extra.zip64 = Some(zip64(content).ok_or_else(misfit)?);
                    extra.unusual = !matches!(content.len(), 0 | 8 | 16 | 24 | 28);
                }
                _ => check_field(kind, content, name)?,
            }
        }
        Ok(extra)
    }

    /// Replaces marked values by the 64-bit ones. The field contains only the marked values, or,
    /// from other writers, all values from the first on. If both readings are possible, they must
    /// agree.
    pub(super) fn widen<const N: usize>(
        &self,
        plain: [u32; N],
        path: &str,
    ) -> Result<[u64; N], BundleError> {
        let misfit = || BundleError::contradiction_in(path, "its zip64 field does not fit");
        widened(plain, self.zip64.as_deref()).ok_or_else(misfit)
    }

    /// Whether a directory reader may refuse the zip64 field because of its size.
    pub(super) fn is_unusual(&self) -> bool {
        self.unusual
    }

    /// Whether the field of a local header omits one of the two sizes; it must have both.
    pub(super) fn lacks_a_size(&self) -> bool {
        self.zip64.as_ref().is_some_and(|values| values.len() == 1)
    }
}

fn check_field(kind: u16, content: &[u8], name: &str) -> Result<(), BundleError> {
    let entry = || shown(entry_name::path(name));
    match kind {
        // A Unix field ends with the target of a link, after 12 or 14 fixed bytes.
        0x000d if content.len() > 12 => link(entry()),
        0x756e if content.len() > 14 => link(entry()),
        0x7075 if !unicode_path::repeats(name.as_bytes(), content) => {
            Err(BundleError::UnsafeName { entry: entry(), fault: NameFault::SecondName })
        }
        0x9901 => Err(BundleError::Encrypted { entry: entry() }),
        _ => Ok(()),
    }
}

fn link(entry: String) -> Result<(), BundleError> {
    Err(BundleError::NotAFile { entry, what: "a link" })
}

fn widened<const N: usize>(plain: [u32; N], wide: Option<&[u64]>) -> Option<[u64; N]> {
    let mut values = plain.map(u64::from);
    let marked = plain.map(|value| value == u32::MAX);
    let Some(wide) = wide else { return (!marked.contains(&true)).then_some(values) };
    let mut next = wide.iter();
    for (value, _) in values.iter_mut().zip(marked).filter(|(_, marked)| *marked) {
        *value = *next.next()?;
    }
    // More values than markers: the field may contain all sizes, in order.
    let all_from_the_first = || values.starts_with(wide);
    (next.len() == 0 || all_from_the_first()).then_some(values)
}

/// Up to three 64-bit values; a volume number may follow.
fn zip64(content: &[u8]) -> Option<Vec<u64>> {
    if content.len() > 28 || !matches!(content.len() % 8, 0 | 4) {
        return None;
    }
    let mut fields = LittleEndian::new(content);
    Some((0..content.len() / 8).map_while(|_| fields.u64()).collect())
}
