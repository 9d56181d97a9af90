/// An object takes the memory of so many plain values, however few fields it has.
const OBJECT: usize = 10;

/// An upper bound on the values in a JSON text, without reading it: each value but the first stands
/// after one of `,`, `[` and `{`. Values take many times the memory of their text, so text that makes
/// too many is refused before it is read.
pub(super) fn values(text: &[u8]) -> usize {
    let (mut count, mut inside, mut escaped) = (1, false, false);
    for byte in text {
        match (inside, byte) {
            _ if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => inside = !inside,
            (false, b',' | b'[') => count += 1,
            (false, b'{') => count += OBJECT,
            _ => {}
        }
    }
    count
}
