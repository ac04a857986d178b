//! Sessions: one sign-in and the refresh tokens that follow each other in it.
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long an access token is good, in seconds.
pub(crate) const ACCESS_SECONDS: i64 = 300;
/// How long a session lasts at most.
pub(crate) const LONGEST: Duration = Duration::days(30);
/// A refresh whose answer was lost may be tried again for so long.
const RETRY_WITHIN: Duration = Duration::seconds(60);

/// A session as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) agent: String,
    pub(crate) began_at: OffsetDateTime,
    pub(crate) used_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
}

/// A refresh token that somebody shows.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) session_id: Uuid,
    pub(crate) session_over: bool,
    pub(crate) used_at: Option<OffsetDateTime>,
    pub(crate) retried: bool,
    /// The token that it was exchanged for.
    pub(crate) successor: Option<Vec<u8>>,
    pub(crate) successor_used: bool,
}

/// What to do about a shown refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Exchange it.
    Rotate,
    /// Its answer was lost: exchange it again and void the token that got lost.
    Retry,
    /// Two hold it, and one of them is a thief: end the session.
    Replay,
    /// The session has ended already.
    Over,
}

impl Shown {
    /// A used token is good once more within a minute, as long as nobody has used what it was exchanged for.
    pub(crate) fn judge(&self, now: OffsetDateTime) -> Verdict {
        let Some(used_at) = self.used_at.filter(|_| !self.session_over) else {
            return if self.session_over {
                Verdict::Over
            } else {
                Verdict::Rotate
            };
        };
        let may_be_lost = self.successor.is_some() && !self.successor_used && !self.retried;
        if may_be_lost && now - used_at <= RETRY_WITHIN {
            Verdict::Retry
        } else {
            Verdict::Replay
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const THEN: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn used() -> Shown {
        Shown {
            session_id: Uuid::nil(),
            session_over: false,
            used_at: Some(THEN),
            retried: false,
            successor: Some(vec![1]),
            successor_used: false,
        }
    }

    #[test]
    fn a_lost_answer_may_be_asked_for_once_more_within_a_minute() {
        assert_eq!(used().judge(THEN + RETRY_WITHIN), Verdict::Retry);
        assert_eq!(
            used().judge(THEN + RETRY_WITHIN + Duration::SECOND),
            Verdict::Replay
        );
        assert_eq!(
            Shown {
                retried: true,
                ..used()
            }
            .judge(THEN),
            Verdict::Replay
        );
        assert_eq!(
            Shown {
                successor_used: true,
                ..used()
            }
            .judge(THEN),
            Verdict::Replay
        );
        assert_eq!(
            Shown {
                successor: None,
                ..used()
            }
            .judge(THEN),
            Verdict::Replay
        );
    }

    proptest! {
        #[test]
        fn an_ended_session_gives_nothing_and_a_used_token_never_rotates(
            session_over: bool, was_used: bool, retried: bool, has_successor: bool, successor_used: bool, seconds in 0i64..1000,
        ) {
            let shown = Shown {
                session_id: Uuid::nil(),
                session_over,
                used_at: was_used.then_some(THEN),
                retried,
                successor: has_successor.then(|| vec![1]),
                successor_used,
            };
            let verdict = shown.judge(THEN + Duration::seconds(seconds));
            prop_assert_eq!(verdict == Verdict::Over, session_over);
            prop_assert_eq!(verdict == Verdict::Rotate, !session_over && !was_used);
        }
    }
}
