//! Call-site tables of exception handlers (LSDA), as GCC's and LLVM's languages write them; see "C++ exception handling tables", and `unwind-pe.h` for the encodings.
//!
//! Only one question is asked: whether a call in the function may be caught there, or only be cleaned up behind on the way out.

use gimli::{EndianSlice, LittleEndian, Reader};

use crate::GuestImage;

/// Longer tables count as if they caught something.
const MAX_BYTES: u64 = 1 << 16;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// Whether the table at `addr` has a landing pad that is more than a cleanup. So it is if it cannot be read.
pub(crate) fn catches(image: &GuestImage, addr: u64) -> bool {
    image
        .bytes_from(addr)
        .and_then(|bytes| read(EndianSlice::new(bytes, LittleEndian)).ok())
        .unwrap_or(true)
}

fn read(mut table: Slice<'_>) -> gimli::Result<bool> {
    const OMITTED: u8 = 0xff;
    let start = table.read_u8()?;
    if start != OMITTED {
        encoded(&mut table, start)?;
    }
    if table.read_u8()? != OMITTED {
        table.read_uleb128()?;
    }
    let encoding = table.read_u8()?;
    let len = table.read_uleb128()?;
    if len > MAX_BYTES {
        return Ok(true);
    }
    let mut sites = table.split(len as usize)?;
    while !sites.is_empty() {
        encoded(&mut sites, encoding)?;
        encoded(&mut sites, encoding)?;
        let pad = encoded(&mut sites, encoding)?;
        let action = sites.read_uleb128()?;
        if pad != 0 && action != 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A number in an encoding of `.eh_frame`, whatever it is relative to.
fn encoded(table: &mut Slice<'_>, encoding: u8) -> gimli::Result<u64> {
    match encoding & 0x0f {
        0x00 | 0x04 | 0x0c => table.read_u64(),
        0x01 => table.read_uleb128(),
        0x02 | 0x0a => table.read_u16().map(u64::from),
        0x03 | 0x0b => table.read_u32().map(u64::from),
        0x09 => table.read_sleb128().map(|v| v as u64),
        _ => Err(gimli::Error::UnknownPointerEncoding(gimli::DwEhPe(
            encoding,
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catches(bytes: &[u8]) -> bool {
        read(EndianSlice::new(bytes, LittleEndian)).unwrap_or(true)
    }

    #[test]
    fn tells_catches_from_cleanups() {
        // No start, types at 20, uleb128: a site without a pad, one with a cleanup.
        assert!(!catches(&[
            0xff, 0x9b, 20, 0x01, 8, 0, 4, 0, 0, 8, 4, 16, 0
        ]));
        assert!(catches(&[0xff, 0x9b, 20, 0x01, 8, 0, 4, 0, 0, 8, 4, 16, 1]));
        assert!(!catches(&[0xff, 0xff, 0x01, 0]));
        // Cut off, and unknown.
        assert!(catches(&[0xff, 0xff, 0x01, 4, 1, 2]));
        assert!(catches(&[0xff, 0xff, 0x07, 4, 1, 2, 3, 4]));
    }
}
