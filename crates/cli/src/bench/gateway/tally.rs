//! What became of an attacker's connections.
use std::collections::BTreeMap;
use std::fmt;

use super::wire::{End, Wire};

/// Connections, and how the other side ended them.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) sent: u64,
    connections: u64,
    resets: u64,
    ends: BTreeMap<Option<End>, u64>,
}

impl Tally {
    /// Of one connection, which is let go.
    pub(super) async fn of(wire: Wire) -> Self {
        let resets = wire.resets();
        Self {
            sent: 0,
            connections: 1,
            resets,
            ends: BTreeMap::from([(wire.end().await, 1)]),
        }
    }

    /// Counts these too.
    pub(super) fn add(&mut self, other: Self) {
        self.connections += other.connections;
        self.resets += other.resets;
        for (end, count) in other.ends {
            *self.ends.entry(end).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sent, connections) = (self.sent, self.connections);
        write!(f, "{sent} sent on {connections} connections")?;
        if self.resets > 0 {
            write!(f, ", {} streams reset", self.resets)?;
        }
        for (end, count) in &self.ends {
            match end {
                Some(End::Away(code)) => {
                    write!(f, ", {count} × GOAWAY {:?}", h2::Reason::from(*code))?;
                }
                Some(End::Closed) => write!(f, ", {count} × closed")?,
                None => write!(f, ", {count} × kept")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_connections_is_told_by_kind() {
        let tally = Tally {
            sent: 7,
            connections: 3,
            resets: 2,
            ends: BTreeMap::from([(None, 1), (Some(End::Away(11)), 2)]),
        };
        assert_eq!(
            tally.to_string(),
            "7 sent on 3 connections, 2 streams reset, 1 × kept, 2 × GOAWAY ENHANCE_YOUR_CALM"
        );
    }
}
