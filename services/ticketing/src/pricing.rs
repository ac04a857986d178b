//! What somebody wants to hold, priced: one line for each seat.
use std::collections::HashSet;

use contracts::ticketing::v1::{HoldSeatsRequest, PlaceChoice, SeatChoice};
use uuid::Uuid;

use crate::error::Error;
use crate::money::vat_included;
use crate::order::{Label, Line};
use crate::performance::Performance;
use crate::plan::FULL;
use crate::seat_plan::Seat;

/// The lines of what somebody wants to hold, or every mistake in the request. `seats` are those of the hall that
/// the request names; `most` is the region's limit for one order.
pub fn lines(
    request: &HoldSeatsRequest,
    performance: &Performance,
    vat_permille: u16,
    seats: &[Seat],
    most: u8,
    new_id: fn() -> Uuid,
) -> Result<Vec<Line>, Error> {
    let mistakes = wrong_kind(request, performance.numbered);
    let mut basket = Basket {
        performance,
        vat_permille,
        new_id,
        lines: Vec::new(),
        mistakes,
    };
    let mut taken = HashSet::new();
    for (i, choice) in request.seats.iter().enumerate() {
        if !taken.insert(choice.seat_id) {
            basket.refuse(format!("seats[{i}].seat_id"), "must not stand twice");
        }
        basket.seat(i, choice, seats);
    }
    for (i, choice) in request.places.iter().enumerate() {
        basket.places(i, choice);
    }
    if basket.lines.len() > usize::from(most) {
        let field = if performance.numbered {
            "seats"
        } else {
            "places"
        };
        basket.refuse(
            field.to_owned(),
            &format!("must be at most {most} seats in one order"),
        );
    }
    if basket.mistakes.is_empty() {
        Ok(basket.lines)
    } else {
        Err(Error::Fields(basket.mistakes))
    }
}

/// What was priced so far, and what is wrong so far.
struct Basket<'a> {
    performance: &'a Performance,
    vat_permille: u16,
    new_id: fn() -> Uuid,
    lines: Vec<Line>,
    mistakes: Vec<(String, String)>,
}

impl Basket<'_> {
    fn seat(&mut self, i: usize, choice: &SeatChoice, seats: &[Seat]) {
        let Some(seat) = seats.iter().find(|s| s.id == choice.seat_id) else {
            return self.refuse(format!("seats[{i}].seat_id"), "is no seat of this hall");
        };
        let label = Label {
            seat_id: seat.id,
            section: seat.section.clone(),
            row: seat.row.clone(),
            number: seat.number.clone(),
        };
        let field = format!("seats[{i}].ticket_type");
        self.add(&seat.category, &choice.ticket_type, Some(label), 1, field);
    }

    fn places(&mut self, i: usize, choice: &PlaceChoice) {
        if self.performance.category(&choice.category).is_none() {
            return self.refuse(
                format!("places[{i}].category"),
                "is no price category of this performance",
            );
        }
        let field = format!("places[{i}].ticket_type");
        self.add(
            &choice.category,
            &choice.ticket_type,
            None,
            choice.count,
            field,
        );
    }

    fn add(
        &mut self,
        category: &str,
        ticket_type: &str,
        seat: Option<Label>,
        count: i32,
        field: String,
    ) {
        let price = self
            .performance
            .category(category)
            .and_then(|c| c.price_of(ticket_type));
        let Some(price) = price else {
            return self.refuse(field, "is no ticket type of this category");
        };
        for _ in 0..count {
            self.lines.push(Line {
                id: (self.new_id)(),
                category: category.to_owned(),
                ticket_type: if ticket_type.is_empty() {
                    FULL
                } else {
                    ticket_type
                }
                .to_owned(),
                seat: seat.clone(),
                price,
                vat_permille: self.vat_permille,
                vat: vat_included(price, self.vat_permille),
                generation: 1,
                checked_in_at: None,
            });
        }
    }

    fn refuse(&mut self, field: String, what: &str) {
        self.mistakes.push((field, what.to_owned()));
    }
}

/// Seats where there are places, places where there are seats, or neither.
fn wrong_kind(request: &HoldSeatsRequest, numbered: bool) -> Vec<(String, String)> {
    let told = |field: &str, what: &str| (field.to_owned(), what.to_owned());
    let mut found = Vec::new();
    match (
        numbered,
        request.seats.is_empty(),
        request.places.is_empty(),
    ) {
        (true, seats_missing, places_missing) => {
            if !places_missing {
                found.push(told(
                    "places",
                    "must be empty: this performance has numbered seats",
                ));
            }
            if seats_missing {
                found.push(told(
                    "seats",
                    "must be given: this performance has numbered seats",
                ));
            }
        }
        (false, seats_missing, places_missing) => {
            if !seats_missing {
                found.push(told(
                    "seats",
                    "must be empty: this performance has free seating",
                ));
            }
            if places_missing {
                found.push(told(
                    "places",
                    "must be given: this performance has free seating",
                ));
            }
        }
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use contracts::ticketing::v1::{PlaceChoice, SeatChoice};
    use proptest::prelude::*;

    use super::*;
    use crate::order::{Order, State};
    use crate::performance::tests::{NOW, category, draft};

    fn hall() -> Vec<Seat> {
        let seat = |id: i32| Seat {
            id,
            section: "Parkett".to_owned(),
            row: "1".to_owned(),
            number: id.to_string(),
            category: if id < 3 { "a" } else { "b" }.to_owned(),
            accessible: false,
        };
        (1..=4).map(seat).collect()
    }

    fn seats(choices: &[(i32, &str)]) -> HoldSeatsRequest {
        let choice = |(seat_id, ticket_type): &(i32, &str)| SeatChoice {
            seat_id: *seat_id,
            ticket_type: (*ticket_type).to_owned(),
        };
        HoldSeatsRequest {
            seats: choices.iter().map(choice).collect(),
            ..Default::default()
        }
    }

    fn places(choices: &[(&str, &str, i32)]) -> HoldSeatsRequest {
        let choice = |(category, ticket_type, count): &(&str, &str, i32)| PlaceChoice {
            category: (*category).to_owned(),
            ticket_type: (*ticket_type).to_owned(),
            count: *count,
        };
        HoldSeatsRequest {
            places: choices.iter().map(choice).collect(),
            ..Default::default()
        }
    }

    fn priced(request: &HoldSeatsRequest, numbered: bool) -> Result<Vec<Line>, Vec<String>> {
        let performance = draft(
            vec![category("a", 25_000, 9), category("b", 10_600, 9)],
            numbered,
        );
        lines(request, &performance, 60, &hall(), 5, Uuid::now_v7).map_err(|e| match e {
            Error::Fields(fields) => fields.into_iter().map(|(f, _)| f).collect(),
            other => panic!("{other}"),
        })
    }

    pub(crate) fn held() -> Order {
        let lines = priced(&seats(&[(4, ""), (1, "reduced")]), true).expect("two free seats");
        Order {
            id: Uuid::from_u128(1),
            performance_id: Uuid::from_u128(2),
            state: State::Held,
            held_at: NOW - time::Duration::minutes(10),
            held_until: NOW,
            currency: "SEK".to_owned(),
            lines,
            paid_at: None,
            revision: 1,
        }
    }

    #[test]
    fn a_line_keeps_price_rate_and_vat_of_its_seat() {
        let order = held();
        let short: Vec<_> = order
            .lines
            .iter()
            .map(|l| (l.category.as_str(), l.ticket_type.as_str(), l.price, l.vat))
            .collect();
        assert_eq!(
            short,
            [("b", "full", 10_600, 600), ("a", "reduced", 12_500, 708)]
        );
        assert_eq!(
            (order.total(), order.vat(), order.seat_ids()),
            (23_100, 1_308, vec![1, 4])
        );
    }

    #[test]
    fn every_mistake_of_a_request_is_named() {
        let wrong =
            priced(&seats(&[(1, ""), (1, ""), (9, ""), (2, "senior")]), true).expect_err("three");
        assert_eq!(
            wrong,
            [
                "seats[1].seat_id",
                "seats[2].seat_id",
                "seats[3].ticket_type"
            ]
        );
        let wrong = priced(&places(&[("c", "", 1), ("a", "senior", 1)]), false).expect_err("two");
        assert_eq!(wrong, ["places[0].category", "places[1].ticket_type"]);
        assert_eq!(
            priced(&places(&[("a", "", 1)]), true).expect_err("numbered"),
            ["places", "seats"]
        );
        assert_eq!(
            priced(&seats(&[(1, "")]), false).expect_err("free seating"),
            ["seats", "places"]
        );
        assert_eq!(
            priced(&places(&[("a", "", 3), ("b", "full", 3)]), false).expect_err("six of five"),
            ["places"]
        );
    }

    proptest! {
        #[test]
        fn the_lines_add_up_to_the_total(counts in prop::collection::vec((0..2_usize, any::<bool>(), 1..=50_i32), 1..5), permille in 0..=300_u16, price in 0..1_000_000_i64) {
            let keys = ["a", "b"];
            let performance = draft(vec![category("a", price, 250), category("b", price / 3, 250)], false);
            let choices: Vec<_> = counts.iter().map(|(c, r, n)| (keys[*c], if *r { "reduced" } else { "" }, *n)).collect();
            let lines = lines(&places(&choices), &performance, permille, &[], 255, Uuid::now_v7).expect("within the limit");
            let order = Order { lines, ..held() };
            prop_assert_eq!(order.places().values().sum::<i32>(), counts.iter().map(|c| c.2).sum::<i32>());
            let expected: i64 = choices.iter().map(|(c, t, n)| performance.category(c).and_then(|c| c.price_of(t)).expect("priced") * i64::from(*n)).sum();
            prop_assert_eq!(order.total(), expected);
            prop_assert_eq!(order.vat(), order.lines.iter().map(|l| vat_included(l.price, permille)).sum::<i64>());
            // Rounding line by line differs from rounding the whole by half a unit per line at most.
            prop_assert!((order.vat() - vat_included(order.total(), permille)).abs() * 2 <= i64::from(order.seats()) + 1);
        }
    }
}
