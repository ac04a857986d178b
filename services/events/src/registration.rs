//! A registration, and the rule of places: never more confirmed than there are places, nobody waits while a place is
//! free, and who registered first moves up first.
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::error::Error;

/// Where a registration is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum State {
    Confirmed,
    Waiting,
    Cancelled,
}

/// A registration; also its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    pub id: Uuid,
    pub gathering_id: Uuid,
    pub seq: i32,
    pub state: State,
    pub account: Option<Uuid>,
    pub name: String,
    pub email: String,
    pub email_key: String,
    pub organisation: String,
    pub role_text: String,
    pub municipality: String,
    pub listed: bool,
    pub language: String,
    pub reminded_at: Option<OffsetDateTime>,
    pub revision: i64,
    pub created_at: OffsetDateTime,
}

impl Registration {
    /// Whether the address may be told again that it is registered: once an hour, so that nobody can flood it.
    pub(crate) fn may_remind(&self, now: OffsetDateTime) -> bool {
        self.reminded_at.unwrap_or(self.created_at) + time::Duration::hours(1) <= now
    }
}

/// The places of a gathering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Places {
    /// How many there are; 0: not limited.
    pub capacity: i32,
    /// How many are taken.
    pub confirmed: i32,
    /// How many people wait for one.
    pub waiting: i32,
}

impl Places {
    /// One more person comes; they get a place if one is free.
    pub(crate) fn take(&mut self) -> State {
        if self.capacity == 0 || self.confirmed < self.capacity {
            self.confirmed += 1;
            State::Confirmed
        } else {
            self.waiting += 1;
            State::Waiting
        }
    }

    /// Somebody who was registered like this does not come. [`Self::move_up`] must follow.
    pub(crate) fn give_back(&mut self, state: State) {
        match state {
            State::Confirmed => self.confirmed -= 1,
            State::Waiting => self.waiting -= 1,
            State::Cancelled => {}
        }
    }

    /// There are more or fewer places from now on. [`Self::move_up`] must follow.
    pub(crate) fn resize(&mut self, capacity: i32) -> Result<(), Error> {
        if capacity != 0 && capacity < self.confirmed {
            return Err(Error::CapacityBelowConfirmed(self.confirmed));
        }
        self.capacity = capacity;
        Ok(())
    }

    /// Gives free places to those who wait; tells to how many. They are the first in the order of registering.
    pub(crate) fn move_up(&mut self) -> i32 {
        let free = if self.capacity == 0 {
            self.waiting
        } else {
            self.capacity - self.confirmed
        };
        let moved = free.min(self.waiting);
        self.confirmed += moved;
        self.waiting -= moved;
        moved
    }
}

/// An address as it is compared: composed and in small letters.
pub(crate) fn email_key(email: &str) -> String {
    email
        .trim()
        .nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Register,
        Cancel(usize),
        Resize(i32),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => Just(Step::Register),
            3 => (0usize..40).prop_map(Step::Cancel),
            1 => (0i32..12).prop_map(Step::Resize),
        ]
    }

    /// A gathering in memory: what the store does with rows, with a list.
    struct Model {
        places: Places,
        states: Vec<State>,
    }

    impl Model {
        fn run(&mut self, step: &Step) {
            match step {
                Step::Register => self.states.push(self.places.take()),
                Step::Cancel(who) => {
                    if let Some(state) = self.states.get_mut(*who) {
                        self.places.give_back(*state);
                        *state = State::Cancelled;
                    }
                }
                Step::Resize(capacity) => {
                    // Fewer places than people who have one are refused, and nothing changes.
                    let _ = self.places.resize(*capacity);
                }
            }
            let moved = usize::try_from(self.places.move_up()).expect("never negative");
            let mut waiting: Vec<&mut State> = self
                .states
                .iter_mut()
                .filter(|s| **s == State::Waiting)
                .collect();
            waiting
                .iter_mut()
                .take(moved)
                .for_each(|s| **s = State::Confirmed);
        }

        fn count(&self, state: State) -> i32 {
            i32::try_from(self.states.iter().filter(|s| **s == state).count()).expect("few")
        }
    }

    proptest! {
        #[test]
        fn places_are_never_oversold_nobody_waits_for_a_free_one_and_order_is_kept(
            capacity in 0i32..8,
            steps in proptest::collection::vec(step(), 0..80),
        ) {
            let mut model = Model { places: Places { capacity, confirmed: 0, waiting: 0 }, states: Vec::new() };
            for step in &steps {
                let before = model.states.clone();
                model.run(step);
                let Places { capacity, confirmed, waiting } = model.places;
                prop_assert_eq!((confirmed, waiting), (model.count(State::Confirmed), model.count(State::Waiting)));
                prop_assert!(capacity == 0 || confirmed <= capacity, "oversold after {:?}", step);
                prop_assert!(waiting == 0 || (capacity > 0 && confirmed >= capacity), "somebody waits for a free place");
                // Whoever moved up had nobody before them in the queue who still waits.
                let moved = |i: &usize| before.get(*i) == Some(&State::Waiting) && model.states[*i] == State::Confirmed;
                if let Some(last) = (0..before.len()).filter(moved).max() {
                    prop_assert!(!model.states[..last].contains(&State::Waiting), "somebody was passed over");
                }
                // Nobody loses a place that they did not give back.
                let lost = (0..before.len()).filter(|i| before[*i] == State::Confirmed && model.states[*i] != State::Confirmed);
                let cancelled = usize::from(matches!(step, Step::Cancel(_)));
                prop_assert!(lost.count() <= cancelled);
            }
        }
    }

    #[test]
    fn addresses_that_differ_in_case_or_in_how_letters_are_composed_are_the_same() {
        assert_eq!(
            email_key("A\u{30A}sa@Example.ORG "),
            email_key("åsa@example.org")
        );
        assert_ne!(email_key("asa@example.org"), email_key("åsa@example.org"));
    }
}
