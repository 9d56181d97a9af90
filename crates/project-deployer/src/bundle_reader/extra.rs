use super::error::{BundleError, NameFault, shown};
use super::little_endian::LittleEndian;

/// What counts of the extra fields of an entry.
#[derive(Debug, Default)]
pub(super) struct Extra {
    zip64: Option<Vec<u64>>,
}

impl Extra {
    /// Reads the fields, and refuses those that give the entry another name or make it a link.
    pub(super) fn read(bytes: &[u8], path: &str) -> Result<Self, BundleError> {
        let lie = || BundleError::contradiction_in(path, "its extra fields do not fit");
        let mut extra = Self::default();
        let mut fields = LittleEndian::new(bytes);
        while !fields.is_empty() {
            let (kind, length) = fields.u16().zip(fields.u16()).ok_or_else(lie)?;
            let content = fields.bytes(length.into()).ok_or_else(lie)?;
            match kind {
                0x0001 if extra.zip64.is_some() => return Err(lie()),
                0x0001 => extra.zip64 = Some(zip64(content).ok_or_else(lie)?),
                _ => check_field(kind, content, path)?,
            }
        }
        Ok(extra)
    }

    /// Puts wide values in the place of marked ones. The field holds the marked ones only, or, by
    /// other writers, all of them from the first on; what is told twice has to be the same.
    pub(super) fn widen<const N: usize>(
        &self,
        plain: [u32; N],
        path: &str,
    ) -> Result<[u64; N], BundleError> {
        let lie = || BundleError::contradiction_in(path, "its zip64 field does not fit");
        widened(plain, self.zip64.as_deref()).ok_or_else(lie)
    }
}

fn check_field(kind: u16, content: &[u8], path: &str) -> Result<(), BundleError> {
    let entry = || shown(path);
    match kind {
        // A Unix field ends with the target of a link, after 12 or 14 fixed bytes.
        0x000d if content.len() > 12 => link(entry()),
        0x756e if content.len() > 14 => link(entry()),
        0x7075 => Err(BundleError::UnsafeName { entry: entry(), fault: NameFault::SecondName }),
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
    let only_marked = marked.iter().filter(|mark| **mark).count() == wide.len();
    let mut wide = wide.iter();
    for (value, marked) in values.iter_mut().zip(marked) {
        if marked {
            *value = *wide.next()?;
        } else if !only_marked && wide.next().is_some_and(|again| again != value) {
            return None;
        }
    }
    wide.next().is_none().then_some(values)
}

/// Up to three wide values; the number of a volume may follow.
fn zip64(content: &[u8]) -> Option<Vec<u64>> {
    if content.len() > 28 || !matches!(content.len() % 8, 0 | 4) {
        return None;
    }
    let mut fields = LittleEndian::new(content);
    Some((0..content.len() / 8).map_while(|_| fields.u64()).collect())
}
