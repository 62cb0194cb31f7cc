//! `poll` and `select`.

/// `struct pollfd`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Pollfd {
    pub fd: i32,
    pub events: u16,
    pub revents: u16,
}
layout!(Pollfd, 8);

pub const POLLIN: u16 = 1;
pub const POLLPRI: u16 = 2;
pub const POLLOUT: u16 = 4;
pub const POLLERR: u16 = 8;
pub const POLLHUP: u16 = 16;
pub const POLLNVAL: u16 = 32;
pub const POLLRDNORM: u16 = 0x40;
pub const POLLWRNORM: u16 = 0x100;

/// Bits in an `fd_set`.
pub const FD_SETSIZE: usize = 1024;
