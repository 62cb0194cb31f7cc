//! Who must be looked at again when something becomes known of a value: linked lists, in two arrays, that can be joined at once.

use elfconv_ir::Value;

/// For each value a list of others.
pub(crate) struct Users {
    /// First and last node of a value's list.
    ends: Vec<Option<(u32, u32)>>,
    nodes: Vec<(Value, Option<u32>)>,
}

impl Users {
    /// Empty lists for so many values.
    pub(crate) fn new(values: usize) -> Users {
        Users {
            ends: vec![None; values],
            nodes: Vec::new(),
        }
    }

    /// Adds `user` to the list of `value`.
    pub(crate) fn add(&mut self, value: Value, user: Value) {
        let node = self.nodes.len() as u32;
        let head = self.ends[value.index()];
        self.nodes.push((user, head.map(|(first, _)| first)));
        self.ends[value.index()] = Some((node, head.map_or(node, |(_, last)| last)));
    }

    /// The list of `value`.
    pub(crate) fn of(&self, value: Value) -> impl Iterator<Item = Value> {
        let mut at = self.ends[value.index()].map(|(first, _)| first);
        std::iter::from_fn(move || {
            let (user, next) = self.nodes[at? as usize];
            at = next;
            Some(user)
        })
    }

    /// Adds the list of `from` to that of `to`.
    pub(crate) fn append(&mut self, to: Value, from: Value) {
        let Some((first, last)) = self.ends[from.index()].take() else {
            return;
        };
        let old = self.ends[to.index()];
        self.nodes[last as usize].1 = old.map(|(first, _)| first);
        self.ends[to.index()] = Some((first, old.map_or(last, |(_, last)| last)));
    }
}
