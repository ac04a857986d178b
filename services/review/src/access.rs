//! Who may see what of an application. To everybody else it does not exist.
use uuid::Uuid;

use crate::application::{Application, State};
use crate::vote::Vote;

/// As whom somebody looks at an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Who applies.
    Applicant,
    /// Who sits in the panel.
    Member,
    /// The region's administrator. Sees no evidence.
    Administrator,
}

/// Somebody's seat in a panel; a declared conflict leaves it for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    /// Whose.
    pub(crate) account_id: Uuid,
    /// The conflict that was declared.
    pub(crate) conflict: Option<String>,
    /// They sit there no longer.
    pub(crate) left: bool,
}

/// As whom this caller may look; `None`: not at all. A conflict goes before every role, and nobody but its author
/// sees a draft.
pub(crate) fn viewer(
    application: &Application,
    seats: &[Seat],
    caller: Uuid,
    administrator: bool,
) -> Option<Viewer> {
    if application.applicant == caller {
        return Some(Viewer::Applicant);
    }
    if application.submitted_at.is_none()
        || seats
            .iter()
            .any(|s| s.account_id == caller && s.conflict.is_some())
    {
        return None;
    }
    if seats.iter().any(|s| s.account_id == caller && !s.left) {
        return Some(Viewer::Member);
    }
    administrator.then_some(Viewer::Administrator)
}

impl Viewer {
    /// Evidence is for the applicant and the panel alone.
    pub(crate) fn sees_evidence(self) -> bool {
        matches!(self, Self::Applicant | Self::Member)
    }

    /// Whether this vote is shown. A member sees the others' after voting, so that everybody judges alone first; an
    /// administrator sees them when a split panel needs a tie broken, or after the decision; the applicant reads the
    /// decision instead.
    pub(crate) fn sees_vote(
        self,
        caller: Uuid,
        vote: &Vote,
        votes: &[Vote],
        state: State,
        split: bool,
    ) -> bool {
        let decided = matches!(state, State::Approved | State::Rejected);
        match self {
            Self::Applicant => false,
            Self::Member => {
                decided || vote.account_id == caller || votes.iter().any(|v| v.account_id == caller)
            }
            Self::Administrator => decided || split,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::tests::draft;
    use crate::vote::Verdict;
    use time::macros::datetime;

    const APPLICANT: Uuid = Uuid::from_u128(3);
    const MEMBER: Uuid = Uuid::from_u128(10);
    const OTHER_MEMBER: Uuid = Uuid::from_u128(11);
    const CONFLICTED: Uuid = Uuid::from_u128(12);
    const REPLACED: Uuid = Uuid::from_u128(13);
    const STRANGER: Uuid = Uuid::from_u128(14);

    fn seats() -> Vec<Seat> {
        let seat = |account_id, conflict: Option<&str>, left| Seat {
            account_id,
            conflict: conflict.map(str::to_owned),
            left,
        };
        vec![
            seat(MEMBER, None, false),
            seat(OTHER_MEMBER, None, false),
            seat(CONFLICTED, Some("släkt"), true),
            seat(REPLACED, None, true),
        ]
    }

    #[test]
    fn an_application_is_seen_by_its_applicant_its_panel_and_the_administrator() {
        let submitted = draft()
            .submit(datetime!(2026-11-21 08:00 UTC))
            .expect("a draft");
        let seen = |who, administrator| viewer(&submitted, &seats(), who, administrator);
        assert_eq!(seen(APPLICANT, false), Some(Viewer::Applicant));
        assert_eq!(
            seen(APPLICANT, true),
            Some(Viewer::Applicant),
            "an administrator's own application"
        );
        assert_eq!(seen(MEMBER, true), Some(Viewer::Member));
        assert_eq!(seen(STRANGER, true), Some(Viewer::Administrator));
        for nobody in [CONFLICTED, REPLACED, STRANGER] {
            assert_eq!(seen(nobody, false), None);
        }
        assert_eq!(
            seen(CONFLICTED, true),
            None,
            "a conflict goes before the role"
        );
    }

    #[test]
    fn a_draft_is_seen_by_its_author_alone() {
        assert_eq!(
            viewer(&draft(), &[], APPLICANT, false),
            Some(Viewer::Applicant)
        );
        assert_eq!(viewer(&draft(), &seats(), MEMBER, true), None);
    }

    #[test]
    fn the_votes_of_others_are_hidden_until_one_has_voted() {
        let vote = |account_id| Vote {
            account_id,
            verdict: Verdict::Approve,
            assessments: Vec::new(),
            reasons: String::new(),
            cast_at: datetime!(2026-11-21 08:00 UTC),
        };
        let (mine, theirs) = (vote(MEMBER), vote(OTHER_MEMBER));
        let see = |viewer: Viewer, votes: &[Vote], state, split| {
            viewer.sees_vote(MEMBER, &theirs, votes, state, split)
        };
        let (before, after) = ([theirs.clone()], [theirs.clone(), mine]);
        assert!(!see(Viewer::Member, &before, State::InReview, false));
        assert!(see(Viewer::Member, &after, State::InReview, false));
        assert!(see(Viewer::Member, &before, State::Approved, false));
        assert!(!see(Viewer::Administrator, &after, State::InReview, false));
        assert!(see(Viewer::Administrator, &after, State::InReview, true));
        assert!(
            !see(Viewer::Applicant, &after, State::Rejected, false),
            "the decision tells the reasons"
        );
    }
}
