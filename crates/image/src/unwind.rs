//! Function ranges and landing-pad tables from `.eh_frame`.
//!
//! Found by its section, or through `PT_GNU_EH_FRAME` when section headers are stripped. Common information entries are parsed once each, so that
//! hostile tables stay linear.

use std::collections::BTreeMap;

use gimli::{
    BaseAddresses, CieOrFde, CommonInformationEntry, EhFrame, EhFrameHdr, EhFrameOffset,
    EndianSlice, LittleEndian, Pointer, UnwindSection,
};

use crate::GuestImage;
use crate::sections::Sections;

/// A function, or part of one, as the unwinder knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fde {
    /// First address.
    pub start: u64,
    /// One past the last address.
    pub end: u64,
    /// Address of the language-specific data (the call-site table with landing pads).
    pub lsda: Option<u64>,
    /// What is thrown by a call in it may be caught in it.
    pub catches: bool,
}

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// All frame descriptions of code in this image, sorted.
pub(crate) fn read(sections: &Sections<'_>, header: Option<u64>, image: &GuestImage) -> Vec<Fde> {
    let section = sections
        .named(".eh_frame")
        .filter(|s| s.addr != 0 && !s.data.is_empty())
        .map(|s| (s.addr, s.data));
    let Some((addr, data)) = section.or_else(|| through_header(header?, image)) else {
        return Vec::new();
    };
    let bases = BaseAddresses::default().set_eh_frame(addr);
    let frame = EhFrame::new(data, LittleEndian);
    let mut cies: BTreeMap<usize, Option<CommonInformationEntry<Slice<'_>>>> = BTreeMap::new();
    let mut found = Vec::new();
    let mut entries = frame.entries(&bases);
    while let Ok(Some(entry)) = entries.next() {
        let CieOrFde::Fde(partial) = entry else {
            continue;
        };
        let parsed = partial.parse(|frame: &EhFrame<Slice<'_>>, bases, offset: EhFrameOffset| {
            let cie = cies
                .entry(offset.0)
                .or_insert_with(|| frame.cie_from_offset(bases, offset).ok());
            cie.clone().ok_or(gimli::Error::NotCieId(offset.0 as u64))
        });
        let Ok(fde) = parsed else { continue };
        let start = fde.initial_address();
        let lsda = match fde.lsda() {
            Some(Pointer::Direct(lsda)) => Some(lsda),
            Some(Pointer::Indirect(place)) => image.pointer_at(place),
            None => None,
        };
        if let Some(end) = start
            .checked_add(fde.len())
            .filter(|&end| start < end && start % 4 == 0 && image.is_code(start))
        {
            let catches = lsda.is_some_and(|addr| crate::lsda::catches(image, addr));
            found.push(Fde {
                start,
                end,
                lsda,
                catches,
            });
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|f| f.start);
    found
}

/// `.eh_frame`'s address, and its bytes up to the end of the segment (a zero terminator ends it).
fn through_header(header: u64, image: &GuestImage) -> Option<(u64, &[u8])> {
    let bases = BaseAddresses::default().set_eh_frame_hdr(header);
    let parsed = EhFrameHdr::new(image.bytes_from(header)?, LittleEndian)
        .parse(&bases, 8)
        .ok()?;
    let addr = match parsed.eh_frame_ptr() {
        Pointer::Direct(addr) => addr,
        Pointer::Indirect(place) => image.read_u64(place)?,
    };
    Some((addr, image.bytes_from(addr)?))
}
