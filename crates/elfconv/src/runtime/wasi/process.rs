//! Arguments, environment, clocks, randomness.

use std::{fs::File, io::Read};

use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

use super::{
    Wasi,
    abi::{Errno, GuestMemory, Result},
};

impl Wasi {
    pub(super) fn args_get(&mut self, memory: &mut GuestMemory, argv: u32, buffer: u32) -> Result {
        write_strings(memory, &self.args, argv, buffer)
    }

    pub(super) fn args_sizes_get(
        &mut self,
        memory: &mut GuestMemory,
        count: u32,
        size: u32,
    ) -> Result {
        write_sizes(memory, &self.args, count, size)
    }

    pub(super) fn environ_get(
        &mut self,
        memory: &mut GuestMemory,
        environ: u32,
        buffer: u32,
    ) -> Result {
        write_strings(memory, &self.env, environ, buffer)
    }

    pub(super) fn environ_sizes_get(
        &mut self,
        memory: &mut GuestMemory,
        count: u32,
        size: u32,
    ) -> Result {
        write_sizes(memory, &self.env, count, size)
    }

    pub(super) fn clock_res_get(
        &mut self,
        memory: &mut GuestMemory,
        clock: u32,
        out: u32,
    ) -> Result {
        let resolution = clock_getres(clock_id(clock)?);
        memory.write_u64(out, nanoseconds(resolution))
    }

    pub(super) fn clock_time_get(
        &mut self,
        memory: &mut GuestMemory,
        clock: u32,
        _precision: u64,
        out: u32,
    ) -> Result {
        memory.write_u64(out, now(clock)?)
    }

    pub(super) fn random_get(&mut self, memory: &mut GuestMemory, buffer: u32, len: u32) -> Result {
        let bytes = memory.bytes_mut(buffer, len)?;
        let source = match &mut self.random {
            Some(source) => source,
            None => self.random.insert(File::open("/dev/urandom")?),
        };
        Ok(source.read_exact(bytes)?)
    }

    pub(super) fn sched_yield(&mut self, _: &mut GuestMemory) -> Result {
        std::thread::yield_now();
        Ok(())
    }

    /// Signals are the guest kernel's business; it exits with a status.
    pub(super) fn proc_raise(&mut self, _: &mut GuestMemory, _signal: u32) -> Result {
        Err(Errno::NOTSUP)
    }
}

/// The host's clock for a clock number.
fn clock_id(clock: u32) -> Result<ClockId> {
    match clock {
        0 => Ok(ClockId::Realtime),
        1 => Ok(ClockId::Monotonic),
        2 => Ok(ClockId::ProcessCPUTime),
        3 => Ok(ClockId::ThreadCPUTime),
        _ => Err(Errno::INVAL),
    }
}

/// The time by a clock, in nanoseconds.
pub fn now(clock: u32) -> Result<u64> {
    Ok(nanoseconds(clock_gettime(clock_id(clock)?)))
}

fn nanoseconds(time: Timespec) -> u64 {
    (time.tv_sec as u64)
        .saturating_mul(1_000_000_000)
        .saturating_add(time.tv_nsec as u64)
}

/// A vector of pointers, and the zero-terminated strings they point at.
fn write_strings(
    memory: &mut GuestMemory,
    strings: &[Vec<u8>],
    pointers: u32,
    buffer: u32,
) -> Result {
    let (mut pointer, mut at) = (pointers, buffer);
    for string in strings {
        memory.write_u32(pointer, at)?;
        memory.write(at, string)?;
        at = at.wrapping_add(string.len() as u32);
        memory.write(at, &[0])?;
        at = at.wrapping_add(1);
        pointer = pointer.wrapping_add(4);
    }
    Ok(())
}

fn write_sizes(memory: &mut GuestMemory, strings: &[Vec<u8>], count: u32, size: u32) -> Result {
    let bytes: usize = strings.iter().map(|s| s.len() + 1).sum();
    memory.write_u32(
        count,
        u32::try_from(strings.len()).map_err(|_| Errno::OVERFLOW)?,
    )?;
    memory.write_u32(size, u32::try_from(bytes).map_err(|_| Errno::OVERFLOW)?)
}
