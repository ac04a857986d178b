//! An order: seats held for some minutes, then paid or given back. What it costs is settled when the seats are held.
use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::error::Error;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Seats are set aside.
    Held,
    /// Paid; its lines are tickets.
    Paid,
    /// Not paid in time, or given back.
    Lapsed,
}

impl State {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Paid => "paid",
            Self::Lapsed => "lapsed",
        }
    }

    /// From how it is stored; the table's check lets nothing else in.
    pub fn stored(text: &str) -> Self {
        match text {
            "held" => Self::Held,
            "paid" => Self::Paid,
            _ => Self::Lapsed,
        }
    }
}

/// Where a numbered seat is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The seat.
    pub seat_id: i32,
    /// Its section.
    pub section: String,
    /// Its row.
    pub row: String,
    /// Its number.
    pub number: String,
}

/// One seat of an order. Once the order is paid, a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id, and the ticket's.
    pub id: Uuid,
    /// Key of the price category.
    pub category: String,
    /// Key of the ticket type.
    pub ticket_type: String,
    /// The seat; `None` with free seating.
    pub seat: Option<Label>,
    /// The price, VAT included.
    pub price: i64,
    /// The VAT rate when the seat was held.
    pub vat_permille: u16,
    /// The VAT in the price.
    pub vat: i64,
    /// Which code of the ticket counts.
    pub generation: u16,
    /// When it was let in.
    pub checked_in_at: Option<OffsetDateTime>,
}

/// A hold may be kept for so many times its usual length in all.
const LONGEST: i32 = 6;

/// Seats that one buyer holds or has bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: Uuid,
    /// The performance.
    pub performance_id: Uuid,
    /// Where it stands.
    pub state: State,
    /// When the hold began, by the database's clock.
    pub held_at: OffsetDateTime,
    /// When the hold ends, by the database's clock.
    pub held_until: OffsetDateTime,
    /// Currency of all its prices.
    pub currency: String,
    /// One line for each seat.
    pub lines: Vec<Line>,
    /// When it was paid.
    pub paid_at: Option<OffsetDateTime>,
    /// Facts published.
    pub revision: i64,
}

impl Order {
    /// Pays it. From its last moment on a hold belongs to whoever comes next.
    pub fn pay(self, now: OffsetDateTime) -> Result<Self, Error> {
        match self.state {
            State::Held if now < self.held_until => Ok(Self {
                state: State::Paid,
                paid_at: Some(now),
                revision: self.revision + 1,
                ..self
            }),
            State::Held | State::Lapsed => Err(Error::HoldLapsed),
            State::Paid => Err(Error::AlreadyPaid),
        }
    }

    /// Keeps it for its usual length from now on, within [`Order::latest`].
    pub fn extend(self, now: OffsetDateTime, hold: Duration) -> Result<Self, Error> {
        match self.state {
            State::Held if now < self.held_until => {}
            State::Held | State::Lapsed => return Err(Error::HoldLapsed),
            State::Paid => return Err(Error::AlreadyPaid),
        }
        let latest = self.latest(hold);
        if self.held_until >= latest {
            return Err(Error::HoldCannotGrow(latest));
        }
        Ok(Self {
            held_until: (now + hold).clamp(self.held_until, latest),
            ..self
        })
    }

    /// How long it can be kept.
    pub fn latest(&self, hold: Duration) -> OffsetDateTime {
        self.held_at + hold * LONGEST
    }

    /// Gives its seats back, because time is up or the buyer wants to. Twice is harmless.
    pub fn give_back(self) -> Result<Self, Error> {
        match self.state {
            State::Held => Ok(Self {
                state: State::Lapsed,
                revision: self.revision + 1,
                ..self
            }),
            State::Lapsed => Ok(self),
            State::Paid => Err(Error::AlreadyPaid),
        }
    }

    /// What is to be paid.
    pub fn total(&self) -> i64 {
        self.lines.iter().map(|l| l.price).sum()
    }

    /// The VAT in it.
    pub fn vat(&self) -> i64 {
        self.lines.iter().map(|l| l.vat).sum()
    }

    /// How many seats.
    pub fn seats(&self) -> i32 {
        i32::try_from(self.lines.len()).unwrap_or(i32::MAX)
    }

    /// The numbered seats, in the one order in which they are ever locked.
    pub fn seat_ids(&self) -> Vec<i32> {
        let mut ids: Vec<i32> = self
            .lines
            .iter()
            .filter_map(|l| l.seat.as_ref().map(|s| s.seat_id))
            .collect();
        ids.sort_unstable();
        ids
    }

    /// How many places of each category, in the one order in which counters are ever locked.
    pub fn places(&self) -> BTreeMap<String, i32> {
        let mut places = BTreeMap::new();
        for line in self.lines.iter().filter(|l| l.seat.is_none()) {
            *places.entry(line.category.clone()).or_insert(0) += 1;
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::performance::tests::NOW;
    use crate::pricing::tests::held;

    #[test]
    fn a_hold_can_be_paid_until_its_last_moment_and_not_in_it() {
        let paid = held().pay(NOW - Duration::MILLISECOND).expect("in time");
        assert_eq!((paid.state, paid.revision), (State::Paid, 2));
        assert!(matches!(held().pay(NOW), Err(Error::HoldLapsed)));
        assert!(matches!(paid.clone().pay(NOW), Err(Error::AlreadyPaid)));
        assert!(matches!(paid.give_back(), Err(Error::AlreadyPaid)));
    }

    #[test]
    fn a_hold_can_be_kept_up_to_six_times_its_length_and_no_longer() {
        let hold = Duration::minutes(10);
        let mut order = Order {
            held_at: NOW - hold,
            ..held()
        };
        let began = order.held_at;
        for minutes in [19, 28, 37, 46, 55, 60] {
            let now = order.held_until - Duration::MINUTE;
            order = order.extend(now, hold).expect("there is time left");
            assert_eq!(order.held_until, began + Duration::minutes(minutes));
        }
        let latest = order.latest(hold);
        assert_eq!(latest, began + Duration::HOUR);
        assert!(
            matches!(order.clone().extend(latest - hold, hold), Err(Error::HoldCannotGrow(t)) if t == latest)
        );
        assert!(matches!(order.extend(latest, hold), Err(Error::HoldLapsed)));
    }

    #[test]
    fn a_hold_is_never_made_shorter_and_one_that_is_over_is_not_revived() {
        let order = Order {
            held_at: NOW - Duration::HOUR,
            ..held()
        };
        let kept = order
            .clone()
            .extend(NOW - Duration::HOUR, Duration::minutes(30));
        assert_eq!(kept.expect("still held").held_until, order.held_until);
        assert!(matches!(
            held().extend(NOW, Duration::HOUR),
            Err(Error::HoldLapsed)
        ));
        let paid = held().pay(NOW - Duration::MILLISECOND).expect("in time");
        assert!(matches!(
            paid.extend(NOW - Duration::HOUR, Duration::HOUR),
            Err(Error::AlreadyPaid)
        ));
    }

    #[test]
    fn what_was_given_back_cannot_be_paid_and_is_given_back_once() {
        let lapsed = held().give_back().expect("held");
        assert_eq!((lapsed.state, lapsed.revision), (State::Lapsed, 2));
        assert!(matches!(
            lapsed.clone().pay(NOW - Duration::DAY),
            Err(Error::HoldLapsed)
        ));
        assert_eq!(lapsed.clone().give_back().expect("harmless"), lapsed);
    }
}
