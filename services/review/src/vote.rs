//! Votes, and when they decide.
//!
//! A vote stands, because from then on its giver sees the others'. Only an answer of the applicant that came after
//! it opens it again: then there is something new to judge.
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::eligibility::{Criterion, Outcome};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "review.verdict", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Reject,
}

/// How a panel member judges one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assessment {
    /// Which criterion.
    pub(crate) criterion: Criterion,
    /// Whether it is met.
    pub(crate) outcome: Outcome,
    /// In words; may be empty.
    pub(crate) note: String,
}

/// A panel member's vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vote {
    /// Whose.
    pub(crate) account_id: Uuid,
    /// Which way.
    pub(crate) verdict: Verdict,
    /// Criterion by criterion.
    pub(crate) assessments: Vec<Assessment>,
    /// Why.
    pub(crate) reasons: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) cast_at: OffsetDateTime,
}

/// What the votes so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tally {
    /// Somebody's vote is still to come.
    Open,
    /// One side has the quorum.
    Decided(Verdict),
    /// All have voted and neither side has it: another reviewer is drawn, or the administrator decides.
    Split,
}

/// Counts the votes of a panel that now has so many members.
pub(crate) fn tally(votes: &[Vote], members: usize, quorum: usize) -> Tally {
    let of = |verdict| votes.iter().filter(|v| v.verdict == verdict).count();
    if of(Verdict::Approve) >= quorum {
        Tally::Decided(Verdict::Approve)
    } else if of(Verdict::Reject) >= quorum {
        Tally::Decided(Verdict::Reject)
    } else if votes.is_empty() || votes.len() < members {
        Tally::Open
    } else {
        Tally::Split
    }
}

/// True if somebody who voted at `cast_at` may vote again.
pub(crate) fn reopened(cast_at: OffsetDateTime, answered_at: Option<OffsetDateTime>) -> bool {
    answered_at.is_some_and(|answered| cast_at < answered)
}

/// The reasons of the side that decided, one after the other, without saying whose they are.
pub(crate) fn reasons(votes: &[Vote], verdict: Verdict) -> String {
    let side = votes
        .iter()
        .filter(|v| v.verdict == verdict)
        .map(|v| v.reasons.trim());
    side.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Approve, Reject};
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn votes(verdicts: &[Verdict]) -> Vec<Vote> {
        let vote = |(id, verdict): (u128, &Verdict)| Vote {
            account_id: Uuid::from_u128(id),
            verdict: *verdict,
            assessments: Vec::new(),
            reasons: format!("Skäl {id}."),
            cast_at: NOW,
        };
        (1..).zip(verdicts).map(vote).collect()
    }

    #[test]
    fn the_quorum_decides_and_not_a_vote_less() {
        assert_eq!(tally(&votes(&[]), 3, 2), Tally::Open);
        assert_eq!(tally(&votes(&[Approve]), 3, 2), Tally::Open);
        assert_eq!(tally(&votes(&[Approve, Reject]), 3, 2), Tally::Open);
        assert_eq!(
            tally(&votes(&[Approve, Reject, Reject]), 3, 2),
            Tally::Decided(Reject)
        );
        assert_eq!(
            tally(&votes(&[Approve, Approve]), 3, 2),
            Tally::Decided(Approve)
        );
    }

    #[test]
    fn a_panel_that_has_voted_without_a_quorum_is_split() {
        assert_eq!(tally(&votes(&[Approve, Reject]), 2, 2), Tally::Split);
        assert_eq!(
            tally(&votes(&[Approve, Approve, Reject, Reject]), 4, 3),
            Tally::Split
        );
        assert_eq!(
            tally(&votes(&[Approve]), 1, 2),
            Tally::Split,
            "the others left for conflicts"
        );
        assert_eq!(
            tally(&votes(&[]), 0, 2),
            Tally::Open,
            "nobody has read it: it waits for reviewers"
        );
    }

    #[test]
    fn a_vote_is_opened_again_by_a_later_answer_alone() {
        assert!(!reopened(NOW, None));
        assert!(!reopened(NOW, Some(NOW)) && !reopened(NOW, Some(NOW - time::Duration::DAY)));
        assert!(reopened(NOW, Some(NOW + time::Duration::SECOND)));
    }

    #[test]
    fn the_reasons_are_those_of_the_deciding_side() {
        assert_eq!(
            reasons(&votes(&[Approve, Reject, Approve]), Approve),
            "Skäl 1.\n\nSkäl 3."
        );
    }

    proptest! {
        #[test]
        fn both_sides_never_have_it_and_order_changes_nothing(approving in proptest::collection::vec(any::<bool>(), 0..7), quorum in 1usize..5) {
            let mut verdicts: Vec<Verdict> = approving.iter().map(|a| if *a { Approve } else { Reject }).collect();
            // Votes come one by one and the first quorum ends it, so no more than this can be there.
            let of = |v| verdicts.iter().filter(|o| **o == v).count();
            prop_assume!(of(Approve).min(of(Reject)) < quorum);
            let first = tally(&votes(&verdicts), 7, quorum);
            verdicts.reverse();
            prop_assert_eq!(first, tally(&votes(&verdicts), 7, quorum));
        }
    }
}
