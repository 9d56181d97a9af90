use std::io::Cursor;

use project_deployer::bundle_reader::{ArrivingData, BundleLimits};

use super::read;

/// The first byte says how long the pieces are in which an archive arrives. What is checked on the way changes nothing: it is taken or
/// refused as by the reader that has all of it at once, for the same reason.
pub fn bundle_arriving(bytes: &[u8]) {
    let Some((first, archive)) = bytes.split_first() else { return };
    let at_once = read(archive).map_err(|error| error.to_string());
    for size in [usize::from(*first) + 1, archive.len().max(1)] {
        let mut arriving = ArrivingData::new();
        archive.chunks(size).for_each(|piece| arriving.take(piece));
        let arrived = arriving.read(Cursor::new(archive), &BundleLimits::default());
        assert_eq!(arrived.map_err(|error| error.to_string()), at_once, "pieces of {size} bytes");
    }
}
