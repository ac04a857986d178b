//! A guidance case: from the first question to an answer, and what its asker says of it.
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Error;

/// Questions and answers that one case holds.
pub(crate) const MOST_MESSAGES: usize = 100;

/// How far a case has come. Stored as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Open = 1,
    Taken = 2,
    Answered = 3,
    Closed = 4,
}

impl State {
    pub(crate) fn read(number: i32) -> Option<Self> {
        [Self::Open, Self::Taken, Self::Answered, Self::Closed]
            .into_iter()
            .find(|s| *s as i32 == number)
    }
}

/// A case without its messages and leads.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) id: Uuid,
    pub(crate) state: State,
    pub(crate) theme: String,
    pub(crate) art_fields: Vec<String>,
    pub(crate) municipalities: Vec<String>,
    pub(crate) asker_name: String,
    pub(crate) asker_email: String,
    pub(crate) language: String,
    pub(crate) adviser: Option<Uuid>,
    pub(crate) helped: bool,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) answered_at: Option<OffsetDateTime>,
    /// Facts published so far.
    pub(crate) revision: i64,
}

impl Case {
    /// An adviser takes it. Somebody else's case is taken over only on purpose. True if that changes anything.
    pub(crate) fn take(&mut self, adviser: Uuid, take_over: bool) -> Result<bool, Error> {
        match (self.state, self.adviser) {
            (State::Closed, _) => Err(Error::Closed),
            (_, Some(had)) if had == adviser => Ok(false),
            (_, Some(_)) if !take_over => Err(Error::TakenByAnother),
            (state, _) => {
                self.adviser = Some(adviser);
                if state == State::Open {
                    self.state = State::Taken;
                }
                Ok(true)
            }
        }
    }

    /// The adviser who took it answers.
    pub(crate) fn answer(&mut self, adviser: Uuid, at: OffsetDateTime) -> Result<(), Error> {
        match (self.state, self.adviser) {
            (State::Closed, _) => Err(Error::Closed),
            (_, Some(had)) if had == adviser => {
                self.state = State::Answered;
                self.answered_at.get_or_insert(at);
                Ok(())
            }
            _ => Err(Error::NotTakenByYou),
        }
    }

    /// The asker asks further: whoever had the case has it again.
    pub(crate) fn ask_further(&mut self) {
        self.state = if self.adviser.is_some() {
            State::Taken
        } else {
            State::Open
        };
    }

    /// The asker says whether it helped. True if that changes anything.
    pub(crate) fn close(&mut self, helped: bool) -> Result<bool, Error> {
        match self.state {
            State::Closed => Ok(false),
            _ if self.answered_at.is_none() => Err(Error::NotAnswered),
            _ => {
                self.state = State::Closed;
                self.helped = helped;
                Ok(true)
            }
        }
    }

    /// Whole hours from the question to the first answer.
    pub(crate) fn hours(&self) -> i32 {
        let until = self.answered_at.unwrap_or(self.created_at);
        i32::try_from((until - self.created_at).whole_hours()).unwrap_or(i32::MAX)
    }

    /// Takes the next revision, for the next fact.
    pub(crate) fn next_revision(&mut self) -> i64 {
        self.revision += 1;
        self.revision
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const ASKED: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
    const ME: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn open() -> Case {
        Case {
            id: Uuid::from_u128(9),
            state: State::Open,
            theme: "funding".to_owned(),
            art_fields: Vec::new(),
            municipalities: Vec::new(),
            asker_name: "Ask".to_owned(),
            asker_email: "ask@example.org".to_owned(),
            language: "sv".to_owned(),
            adviser: None,
            helped: false,
            created_at: ASKED,
            answered_at: None,
            revision: 1,
        }
    }

    #[test]
    fn a_case_goes_from_question_to_answer_to_thanks() {
        let mut case = open();
        assert!(case.take(ME, false).expect("free"));
        case.answer(ME, ASKED + time::Duration::minutes(150))
            .expect("mine");
        assert_eq!((case.state, case.hours()), (State::Answered, 2));
        assert!(case.close(true).expect("answered"));
        assert_eq!((case.state, case.helped), (State::Closed, true));
    }

    #[test]
    fn somebody_elses_case_is_neither_taken_by_mistake_nor_answered() {
        let mut case = open();
        case.take(ME, false).expect("free");
        assert!(matches!(
            case.take(OTHER, false),
            Err(Error::TakenByAnother)
        ));
        assert!(matches!(
            case.answer(OTHER, ASKED),
            Err(Error::NotTakenByYou)
        ));
        assert!(case.take(OTHER, true).expect("on purpose"));
        assert!(matches!(case.answer(ME, ASKED), Err(Error::NotTakenByYou)));
    }

    #[test]
    fn a_further_question_brings_a_closed_case_back_to_its_adviser() {
        let mut case = open();
        case.take(ME, false).expect("free");
        case.answer(ME, ASKED).expect("mine");
        case.close(false).expect("answered");
        case.ask_further();
        assert_eq!((case.state, case.adviser), (State::Taken, Some(ME)));
    }

    #[test]
    fn nothing_can_have_helped_before_there_is_an_answer() {
        assert!(matches!(open().close(true), Err(Error::NotAnswered)));
    }

    proptest! {
        #[test]
        fn whatever_happens_a_case_beyond_open_has_an_adviser_and_the_first_answer_counts(steps in proptest::collection::vec(0..5_u8, 0..30)) {
            let mut case = open();
            let mut first = None;
            for (n, step) in steps.into_iter().enumerate() {
                let at = ASKED + time::Duration::hours(i64::try_from(n).expect("few"));
                match step {
                    0 => drop(case.take(ME, false)),
                    1 => drop(case.take(OTHER, true)),
                    2 => if case.answer(ME, at).is_ok() { first.get_or_insert(at); },
                    3 => case.ask_further(),
                    _ => drop(case.close(true)),
                }
                prop_assert!(case.state == State::Open || case.adviser.is_some());
                prop_assert_eq!(case.answered_at, first);
            }
        }
    }
}
