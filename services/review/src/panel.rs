//! Who sits in a panel: experts in one of the applicant's fields, those with the least to do first.
use region::covers;
use uuid::Uuid;

/// Somebody who may be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reviewer {
    /// The account.
    pub(crate) account_id: Uuid,
    /// The art fields they are experts in.
    pub(crate) art_fields: Vec<String>,
    /// In how many undecided applications they sit.
    pub(crate) open_cases: i64,
}

/// Draws so many reviewers, or as many as there are. `barred` are the applicant and everybody who sits or ever sat
/// in this panel: who left for a conflict never comes back. The same situation always draws the same people.
pub(crate) fn draw(
    reviewers: &[Reviewer],
    art_fields: &[String],
    barred: &[Uuid],
    seats: usize,
) -> Vec<Uuid> {
    let expert = |r: &&Reviewer| art_fields.iter().any(|field| covers(&r.art_fields, field));
    let mut free: Vec<&Reviewer> = reviewers
        .iter()
        .filter(|r| !barred.contains(&r.account_id))
        .filter(expert)
        .collect();
    free.sort_by_key(|r| (r.open_cases, r.account_id));
    free.into_iter().take(seats).map(|r| r.account_id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reviewer(id: u128, fields: &[&str], open_cases: i64) -> Reviewer {
        let art_fields = fields.iter().map(|f| (*f).to_owned()).collect();
        Reviewer {
            account_id: Uuid::from_u128(id),
            art_fields,
            open_cases,
        }
    }

    fn drawn(reviewers: &[Reviewer], fields: &[&str], barred: &[u128], seats: usize) -> Vec<u128> {
        let fields: Vec<String> = fields.iter().map(|f| (*f).to_owned()).collect();
        let barred: Vec<Uuid> = barred.iter().copied().map(Uuid::from_u128).collect();
        draw(reviewers, &fields, &barred, seats)
            .into_iter()
            .map(|id| id.as_u128())
            .collect()
    }

    #[test]
    fn those_with_the_least_to_do_are_drawn_first_and_ties_go_by_id() {
        let reviewers = [
            reviewer(3, &["stage"], 1),
            reviewer(2, &["stage"], 1),
            reviewer(1, &["stage"], 5),
            reviewer(4, &["stage"], 0),
        ];
        assert_eq!(drawn(&reviewers, &["stage.music"], &[], 3), [4, 2, 3]);
    }

    #[test]
    fn an_expert_in_one_of_the_fields_is_enough_and_others_are_not_drawn() {
        let reviewers = [
            reviewer(1, &["film"], 0),
            reviewer(2, &["stage.dance"], 9),
            reviewer(3, &["visual"], 9),
        ];
        assert_eq!(
            drawn(&reviewers, &["stage.music", "visual.craft"], &[], 3),
            [3]
        );
        assert_eq!(drawn(&reviewers, &["stage.dance"], &[], 3), [2]);
    }

    #[test]
    fn the_applicant_and_who_has_left_the_panel_are_never_drawn() {
        let reviewers = [reviewer(1, &["film"], 0), reviewer(2, &["film"], 0)];
        assert_eq!(drawn(&reviewers, &["film"], &[1], 2), [2]);
        assert_eq!(drawn(&reviewers, &["film"], &[1, 2], 2), [0u128; 0]);
    }

    proptest! {
        #[test]
        fn the_draw_does_not_depend_on_the_order_of_the_reviewers(loads in proptest::collection::vec(0i64..4, 0..9), seats in 0usize..5) {
            let reviewers: Vec<Reviewer> = (1..).zip(&loads).map(|(id, load)| reviewer(id, &["film"], *load)).collect();
            let mut reversed = reviewers.clone();
            reversed.reverse();
            let panel = drawn(&reviewers, &["film"], &[2], seats);
            prop_assert_eq!(&panel, &drawn(&reversed, &["film"], &[2], seats));
            prop_assert!(panel.len() <= seats && !panel.contains(&2));
        }
    }
}
