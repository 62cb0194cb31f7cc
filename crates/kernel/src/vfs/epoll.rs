//! Sets of files to wait for. See epoll(7).

use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::RefCell;

use elfconv_abi::Errno;
use elfconv_abi::poll::*;

use super::{Attr, File, OpenFile, Readiness};
use crate::Kernel;
use crate::host::Event;
use crate::sched::file_events;

/// A file in the set.
pub struct Interest {
    pub fd: i32,
    pub file: Weak<OpenFile>,
    /// `EPOLL*` bits; 0 after `EPOLLONESHOT` has told.
    pub events: u32,
    pub data: u64,
    /// [`File::changes`] when it was last told of.
    told: Option<u64>,
}

/// A set.
#[derive(Default)]
pub struct Epoll(RefCell<Vec<Interest>>);

impl Epoll {
    fn position(all: &[Interest], fd: i32, file: &Rc<OpenFile>) -> Option<usize> {
        all.iter()
            .position(|i| i.fd == fd && i.file.as_ptr() == Rc::as_ptr(file))
    }

    /// Adds a file.
    pub fn add(&self, fd: i32, file: &Rc<OpenFile>, events: u32, data: u64) -> Result<(), Errno> {
        let mut all = self.0.borrow_mut();
        all.retain(|i| i.file.strong_count() > 0);
        if Self::position(&all, fd, file).is_some() {
            return Err(Errno::EEXIST);
        }
        all.push(Interest {
            fd,
            file: Rc::downgrade(file),
            events,
            data,
            told: None,
        });
        Ok(())
    }

    /// Changes what is wanted of a file.
    pub fn modify(
        &self,
        fd: i32,
        file: &Rc<OpenFile>,
        events: u32,
        data: u64,
    ) -> Result<(), Errno> {
        let mut all = self.0.borrow_mut();
        let at = Self::position(&all, fd, file).ok_or(Errno::ENOENT)?;
        all[at].events = events;
        all[at].data = data;
        all[at].told = None;
        Ok(())
    }

    /// Removes a file.
    pub fn remove(&self, fd: i32, file: &Rc<OpenFile>) -> Result<(), Errno> {
        let mut all = self.0.borrow_mut();
        let at = Self::position(&all, fd, file).ok_or(Errno::ENOENT)?;
        all.remove(at);
        Ok(())
    }

    /// Events of one file now.
    fn events(k: &Kernel, interest: &Interest) -> u32 {
        let Some(file) = interest.file.upgrade() else {
            return 0;
        };
        if interest.events & !(EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP) == 0 {
            return 0;
        }
        let wanted = interest.events as u16;
        let found = match file_events(k, &file, wanted) {
            Some(found) => found,
            None => {
                let Readiness::Host(fd) = file.file.readiness(k) else {
                    return 0;
                };
                let mut found = 0;
                if wanted & POLLIN != 0 && k.ask_host(&[Event::Readable(fd)])[0] {
                    found |= POLLIN;
                }
                if wanted & POLLOUT != 0 && k.ask_host(&[Event::Writable(fd)])[0] {
                    found |= POLLOUT;
                }
                found
            }
        };
        let edge = interest.events & EPOLLET != 0;
        if edge && interest.told.is_some() && interest.told == file.file.changes() {
            return 0;
        }
        found.into()
    }

    /// Up to `most` files with events: what they are and the caller's data.
    pub fn take(&self, k: &Kernel, most: usize) -> Vec<(u32, u64)> {
        let mut all = self.0.borrow_mut();
        all.retain(|i| i.file.strong_count() > 0);
        let mut found = Vec::new();
        let mut at = 0;
        // Those who were told of go to the end, so that everybody's turn comes.
        for _ in 0..all.len() {
            if found.len() == most {
                break;
            }
            let events = Self::events(k, &all[at]);
            if events == 0 {
                at += 1;
                continue;
            }
            let mut interest = all.remove(at);
            found.push((events, interest.data));
            interest.told = interest.file.upgrade().and_then(|f| f.file.changes());
            if interest.events & EPOLLONESHOT != 0 {
                interest.events = 0;
            }
            all.push(interest);
        }
        found
    }

    /// Files of the host that must be asked for.
    pub fn host_files(&self, k: &Kernel) -> Vec<(Rc<OpenFile>, u16)> {
        self.0
            .borrow()
            .iter()
            .filter_map(|i| Some((i.file.upgrade()?, i.events as u16)))
            .filter(|(f, events)| *events != 0 && matches!(f.file.readiness(k), Readiness::Host(_)))
            .collect()
    }
}

impl File for Epoll {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(Attr {
            dev: 13,
            ino: 10,
            mode: 0o600,
            nlink: 1,
            ..Attr::default()
        })
    }
    fn seekable(&self) -> bool {
        false
    }
    fn readiness(&self, k: &Kernel) -> Readiness {
        Readiness::Known {
            readable: self.0.borrow().iter().any(|i| Self::events(k, i) != 0),
            writable: false,
            hangup: false,
        }
    }
    fn deadline(&self) -> Option<u64> {
        self.0
            .borrow()
            .iter()
            .filter_map(|i| i.file.upgrade()?.file.deadline())
            .min()
    }
    fn as_epoll(&self) -> Option<&Epoll> {
        Some(self)
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(b"anon_inode:[eventpoll]".to_vec())
    }
}
