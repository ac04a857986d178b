//! Payments: authorised first, then captured together with the order, or never.
//!
//! The sandbox keeps its ledger in our own database, so authorisation, capture and order are one commit and no
//! payment rests at `Authorised`. A provider over the network would commit its authorisation before it captures.
use uuid::Uuid;

use crate::error::Error;
use crate::order::Order;

/// Who takes payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Takes no money; for demos and tests.
    Sandbox,
}

impl Provider {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
        }
    }
}

/// What the buyer pays with, as the sandbox understands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Covers every amount.
    Good,
    /// Covers nothing.
    Declined,
    /// Covers every amount, but the answer to the first call is lost.
    AnswerLost,
}

impl Means {
    /// What a payment token stands for.
    pub fn parse(token: &str) -> Option<Self> {
        match token {
            "sandbox-ok" => Some(Self::Good),
            "sandbox-declined" => Some(Self::Declined),
            "sandbox-lost" => Some(Self::AnswerLost),
            _ => None,
        }
    }
}

/// How far a payment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The amount is reserved.
    Authorised,
    /// The amount is taken.
    Captured,
    /// The buyer's means do not cover it.
    Declined,
    /// The reservation was lifted; nothing was taken.
    Voided,
}

impl State {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Voided => "voided",
        }
    }
}

/// One try to pay one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// The client's id of the try.
    pub request_id: Uuid,
    /// Who takes it.
    pub provider: Provider,
    /// How much.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
    /// How far it has come.
    pub state: State,
}

impl Payment {
    /// Asks the provider to reserve what the order costs.
    pub fn authorise(
        id: Uuid,
        request_id: Uuid,
        provider: Provider,
        means: Means,
        order: &Order,
    ) -> Self {
        let state = match (provider, means) {
            (Provider::Sandbox, Means::Good | Means::AnswerLost) => State::Authorised,
            (Provider::Sandbox, Means::Declined) => State::Declined,
        };
        let (amount, currency) = (order.total(), order.currency.clone());
        Self {
            id,
            order_id: order.id,
            request_id,
            provider,
            amount,
            currency,
            state,
        }
    }

    /// Takes what was reserved.
    pub fn capture(self) -> Result<Self, Error> {
        match self.state {
            State::Authorised => Ok(Self {
                state: State::Captured,
                ..self
            }),
            State::Captured => Err(Error::AlreadyPaid),
            State::Declined | State::Voided => Err(Error::PaymentDeclined),
        }
    }

    /// Lifts the reservation. What is taken cannot be voided, only refunded.
    pub fn void(self) -> Result<Self, Error> {
        match self.state {
            State::Authorised | State::Voided => Ok(Self {
                state: State::Voided,
                ..self
            }),
            State::Captured => Err(Error::AlreadyPaid),
            State::Declined => Err(Error::PaymentDeclined),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorised() -> Payment {
        Payment {
            id: Uuid::from_u128(1),
            order_id: Uuid::from_u128(2),
            request_id: Uuid::from_u128(3),
            provider: Provider::Sandbox,
            amount: 100,
            currency: "SEK".to_owned(),
            state: State::Authorised,
        }
    }

    #[test]
    fn money_is_taken_once_and_only_after_it_was_reserved() {
        let captured = authorised().capture().expect("reserved");
        assert_eq!(captured.state, State::Captured);
        assert!(matches!(
            captured.clone().capture(),
            Err(Error::AlreadyPaid)
        ));
        assert!(matches!(captured.void(), Err(Error::AlreadyPaid)));
        let voided = authorised().void().expect("reserved");
        assert!(matches!(voided.capture(), Err(Error::PaymentDeclined)));
        let declined = Payment {
            state: State::Declined,
            ..authorised()
        };
        assert!(matches!(
            declined.clone().capture(),
            Err(Error::PaymentDeclined)
        ));
        assert!(matches!(declined.void(), Err(Error::PaymentDeclined)));
    }
}
