//! `poll_oneoff`: waiting for descriptors and clocks.

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::ioctl_fionread,
};

use super::{
    Wasi,
    abi::{Errno, GuestMemory, Result},
    process::now,
};

const SUBSCRIPTION_SIZE: u32 = 48;
const EVENT_SIZE: u32 = 32;
const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;
/// The time of a clock subscription is a point, not a length, of time.
const ABSTIME: u16 = 1;
/// Event flag: the peer has closed.
const HANGUP: u16 = 1;

/// What one subscription waits for.
enum Wait {
    /// A point in time of a clock.
    Clock { clock: u32, at: u64 },
    /// A descriptor; its place in the list to poll.
    Descriptor { index: usize },
    /// Nothing: it failed at once.
    Failed(Errno),
}

struct Subscription {
    userdata: u64,
    tag: u8,
    wait: Wait,
}

impl Wasi {
    pub(super) fn poll_oneoff(
        &mut self,
        memory: &mut GuestMemory,
        subscriptions: u32,
        events: u32,
        count: u32,
        out: u32,
    ) -> Result {
        if count == 0 {
            return Err(Errno::INVAL);
        }
        // Also bounds `count` by the size of memory.
        let size = count.checked_mul(SUBSCRIPTION_SIZE).ok_or(Errno::FAULT)?;
        memory.bytes(subscriptions, size)?;
        memory.bytes(events, count * EVENT_SIZE)?;

        let mut polled = Vec::new();
        let mut waits = Vec::with_capacity(count as usize);
        for i in 0..count {
            let at = subscriptions + i * SUBSCRIPTION_SIZE;
            let tag = memory.bytes(at + 8, 1)?[0];
            let wait = match tag {
                CLOCK => clock_wait(memory, at)?,
                FD_READ | FD_WRITE => match self.descriptors.get(memory.read_u32(at + 16)?) {
                    Ok(descriptor) => {
                        let flags = match tag {
                            FD_READ => PollFlags::IN,
                            _ => PollFlags::OUT,
                        };
                        polled.push(PollFd::new(&descriptor.file, flags));
                        let index = polled.len() - 1;
                        Wait::Descriptor { index }
                    }
                    Err(errno) => Wait::Failed(errno),
                },
                _ => return Err(Errno::INVAL),
            };
            let userdata = memory.read_u64(at)?;
            waits.push(Subscription {
                userdata,
                tag,
                wait,
            });
        }

        let mut written = 0;
        while written == 0 {
            let timeout = remaining(&waits)?.map(|nanos| Timespec {
                tv_sec: (nanos / 1_000_000_000) as i64,
                tv_nsec: (nanos % 1_000_000_000) as _,
            });
            match poll(&mut polled, timeout.as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            for subscription in &waits {
                if let Some(event) = event(subscription, &polled)? {
                    memory.write(events + written * EVENT_SIZE, &event)?;
                    written += 1;
                }
            }
        }
        memory.write_u32(out, written)
    }
}

fn clock_wait(memory: &GuestMemory, at: u32) -> Result<Wait> {
    let clock = memory.read_u32(at + 16)?;
    let timeout = memory.read_u64(at + 24)?;
    let flags = memory.bytes(at + 40, 2)?;
    let now = match now(clock) {
        Ok(now) => now,
        Err(errno) => return Ok(Wait::Failed(errno)),
    };
    let at = if u16::from_le_bytes([flags[0], flags[1]]) & ABSTIME != 0 {
        timeout
    } else {
        now.saturating_add(timeout)
    };
    Ok(Wait::Clock { clock, at })
}

/// Nanoseconds until the first clock subscription is due; `None` is for ever.
fn remaining(waits: &[Subscription]) -> Result<Option<u64>> {
    let mut least = None;
    for subscription in waits {
        let time = match subscription.wait {
            Wait::Clock { clock, at } => at.saturating_sub(now(clock)?),
            Wait::Failed(_) => 0,
            Wait::Descriptor { .. } => continue,
        };
        least = Some(least.map_or(time, |l: u64| l.min(time)));
    }
    Ok(least)
}

/// The event of a subscription if it has happened.
fn event(
    subscription: &Subscription,
    polled: &[PollFd<'_>],
) -> Result<Option<[u8; EVENT_SIZE as usize]>> {
    let (mut errno, mut available, mut flags) = (0, 0, 0);
    match subscription.wait {
        Wait::Failed(error) => errno = error.0,
        Wait::Clock { clock, at } => {
            if now(clock)? < at {
                return Ok(None);
            }
        }
        Wait::Descriptor { index } => {
            let fd = &polled[index];
            let ready = fd.revents();
            if ready.is_empty() {
                return Ok(None);
            }
            if ready.contains(PollFlags::NVAL) {
                errno = Errno::BADF.0;
            }
            if ready.intersects(PollFlags::HUP | PollFlags::ERR) {
                flags = HANGUP;
            }
            if subscription.tag == FD_READ {
                available = ioctl_fionread(fd).unwrap_or(0);
            }
        }
    }
    let mut bytes = [0; EVENT_SIZE as usize];
    bytes[0..8].copy_from_slice(&subscription.userdata.to_le_bytes());
    bytes[8..10].copy_from_slice(&errno.to_le_bytes());
    bytes[10] = subscription.tag;
    bytes[16..24].copy_from_slice(&available.to_le_bytes());
    bytes[24..26].copy_from_slice(&flags.to_le_bytes());
    Ok(Some(bytes))
}
