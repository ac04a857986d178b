//! A buyer's question to a producer. Neither sees the other's address before the producer has answered; that rule
//! is [`Enquiry::addresses_shown`], and everything that leaves the service asks it.
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::error::Error;

/// How long a buyer may take to confirm an address.
pub(crate) const CONFIRM_WITHIN: Duration = Duration::days(7);
/// Most messages of an enquiry; whoever writes more has the other's address by now.
pub(crate) const MOST_MESSAGES: usize = 100;

/// An enquiry, as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Enquiry {
    pub id: Uuid,
    pub profile_id: Uuid,
    pub offer_id: Option<Uuid>,
    /// `None`: the buyer has no account.
    pub buyer_account: Option<Uuid>,
    pub buyer_kind: String,
    pub buyer_name: String,
    pub buyer_email: String,
    /// In which the buyer is written to.
    pub language: String,
    pub state: State,
    pub revision: i64,
    pub created_at: OffsetDateTime,
    /// When the producer got it.
    pub sent_at: Option<OffsetDateTime>,
}

/// What became of an enquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub(crate) enum State {
    Unconfirmed,
    Sent,
    Answered,
    Declined,
}

/// Who wrote, or who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub(crate) enum Side {
    Buyer,
    Producer,
}

/// One text in an enquiry.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub enquiry_id: Uuid,
    pub side: Side,
    pub text: String,
    pub at: OffsetDateTime,
}

impl Enquiry {
    /// Whether each side sees the other's address.
    pub(crate) fn addresses_shown(&self) -> bool {
        self.state == State::Answered
    }

    /// The buyer's address is confirmed, so the producer gets it. `false`: that had happened already.
    pub(crate) fn confirm(&mut self, now: OffsetDateTime) -> Result<bool, Error> {
        match self.state {
            State::Unconfirmed if now - self.created_at > CONFIRM_WITHIN => {
                Err(Error::NotFound("enquiry"))
            }
            State::Unconfirmed => {
                self.state = State::Sent;
                self.sent_at = Some(now);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The producer answers.
    pub(crate) fn answer(&mut self) -> Result<(), Error> {
        self.decide(State::Answered)
    }

    /// The producer declines.
    pub(crate) fn decline(&mut self) -> Result<(), Error> {
        self.decide(State::Declined)
    }

    fn decide(&mut self, to: State) -> Result<(), Error> {
        match self.state {
            State::Unconfirmed => Err(Error::NotFound("enquiry")),
            State::Answered => Err(Error::EnquiryAnswered),
            State::Declined => Err(Error::EnquiryDeclined),
            State::Sent => {
                self.state = to;
                Ok(())
            }
        }
    }

    /// Whether either side may go on writing.
    pub(crate) fn may_reply(&self, messages: usize) -> Result<(), Error> {
        match self.state {
            State::Unconfirmed | State::Sent => Err(Error::NotAnswered),
            State::Declined => Err(Error::EnquiryDeclined),
            State::Answered if messages >= MOST_MESSAGES => Err(Error::TooManyMessages),
            State::Answered => Ok(()),
        }
    }

    /// On which side an account stands, if on any. A producer knows nothing of an unconfirmed enquiry.
    pub(crate) fn side_of(&self, account: Uuid, owner: Uuid) -> Option<Side> {
        if account == owner && self.state != State::Unconfirmed {
            Some(Side::Producer)
        } else if self.buyer_account == Some(account) {
            Some(Side::Buyer)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn enquiry(state: State) -> Enquiry {
        Enquiry {
            id: Uuid::from_u128(1),
            profile_id: Uuid::from_u128(2),
            offer_id: None,
            buyer_account: None,
            buyer_kind: "school".to_owned(),
            buyer_name: "Skolan".to_owned(),
            buyer_email: "skola@exempel.se".to_owned(),
            language: "sv".to_owned(),
            state,
            revision: 0,
            created_at: NOW,
            sent_at: None,
        }
    }

    #[test]
    fn an_address_is_confirmed_once_and_within_a_week() {
        let mut new = enquiry(State::Unconfirmed);
        assert!(
            new.clone()
                .confirm(NOW + CONFIRM_WITHIN + Duration::SECOND)
                .is_err()
        );
        assert!(new.confirm(NOW + CONFIRM_WITHIN).expect("in time"));
        assert_eq!(new.state, State::Sent);
        assert!(!new.confirm(NOW + Duration::days(30)).expect("again"));
    }

    #[test]
    fn a_producer_does_not_know_of_an_unconfirmed_enquiry() {
        let owner = Uuid::from_u128(9);
        assert_eq!(enquiry(State::Unconfirmed).side_of(owner, owner), None);
        assert_eq!(
            enquiry(State::Sent).side_of(owner, owner),
            Some(Side::Producer)
        );
        assert_eq!(
            enquiry(State::Sent).side_of(Uuid::from_u128(8), owner),
            None
        );
    }

    proptest! {
        #[test]
        fn addresses_are_shown_only_after_the_producer_answered(steps in prop::collection::vec(0..3u8, 0..12)) {
            let mut enquiry = enquiry(State::Unconfirmed);
            let mut answered = false;
            for step in steps {
                match step {
                    0 => drop(enquiry.confirm(NOW)),
                    1 => answered |= enquiry.answer().is_ok(),
                    _ => drop(enquiry.decline()),
                }
                prop_assert_eq!(enquiry.addresses_shown(), answered);
                prop_assert_eq!(enquiry.may_reply(0).is_ok(), answered);
                prop_assert!(enquiry.may_reply(MOST_MESSAGES).is_err());
            }
        }
    }
}
