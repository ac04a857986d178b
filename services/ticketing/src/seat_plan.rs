//! A hall's numbered seats: each has one place in the plan, one id and one price category.
use std::collections::HashSet;

use contracts::ticketing::v1 as proto;

/// Most numbered seats of a hall.
pub const MOST_SEATS: usize = 5000;

/// A numbered seat of a hall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// 1, 2, 3 … in the order of the plan.
    pub id: i32,
    /// Its section.
    pub section: String,
    /// Its row.
    pub row: String,
    /// Its number.
    pub number: String,
    /// Key of its price category.
    pub category: String,
    /// True if it can be used by somebody in a wheelchair.
    pub accessible: bool,
}

/// The seats of a plan in its order, or every mistake in it with the field that it is in.
pub fn parse(sections: &[proto::Section]) -> Result<Vec<Seat>, Vec<(String, String)>> {
    let (mut seats, mut mistakes, mut taken) = (Vec::new(), Vec::new(), HashSet::new());
    for (s, section) in sections.iter().enumerate() {
        for (r, row) in section.rows.iter().enumerate() {
            for (n, seat) in row.seats.iter().enumerate() {
                let field = format!("sections[{s}].rows[{r}].seats[{n}]");
                let category = if seat.category.is_empty() {
                    &row.category
                } else {
                    &seat.category
                };
                if category.is_empty() {
                    mistakes.push((
                        format!("{field}.category"),
                        "must be given here or for the row".to_owned(),
                    ));
                }
                if !taken.insert((&section.name, &row.label, &seat.number)) {
                    mistakes.push((
                        format!("{field}.number"),
                        "must not stand twice in the row".to_owned(),
                    ));
                }
                seats.push(Seat {
                    id: i32::try_from(seats.len() + 1).unwrap_or(i32::MAX),
                    section: section.name.clone(),
                    row: row.label.clone(),
                    number: seat.number.clone(),
                    category: category.clone(),
                    accessible: seat.accessible,
                });
            }
        }
    }
    if seats.len() > MOST_SEATS {
        mistakes.push((
            "sections".to_owned(),
            format!("must have at most {MOST_SEATS} seats in all"),
        ));
    }
    if mistakes.is_empty() {
        Ok(seats)
    } else {
        Err(mistakes)
    }
}

/// The plan that these seats, in their order, are in.
pub fn to_proto(seats: &[Seat]) -> Vec<proto::Section> {
    let mut sections: Vec<proto::Section> = Vec::new();
    for seat in seats {
        if sections.last().is_none_or(|s| s.name != seat.section) {
            sections.push(proto::Section {
                name: seat.section.clone(),
                rows: Vec::new(),
            });
        }
        let section = sections
            .last_mut()
            .expect("a section was just put there if there was none");
        if section.rows.last().is_none_or(|r| r.label != seat.row) {
            section.rows.push(proto::Row {
                label: seat.row.clone(),
                ..Default::default()
            });
        }
        let row = section
            .rows
            .last_mut()
            .expect("a row was just put there if there was none");
        row.seats.push(proto::Seat {
            id: seat.id,
            number: seat.number.clone(),
            category: seat.category.clone(),
            accessible: seat.accessible,
        });
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, category: &str, numbers: &[&str]) -> proto::Row {
        let seats = numbers.iter().map(|n| proto::Seat {
            number: (*n).to_owned(),
            ..Default::default()
        });
        proto::Row {
            label: label.to_owned(),
            category: category.to_owned(),
            seats: seats.collect(),
        }
    }

    fn section(name: &str, rows: Vec<proto::Row>) -> proto::Section {
        proto::Section {
            name: name.to_owned(),
            rows,
        }
    }

    #[test]
    fn seats_are_numbered_through_the_plan_and_take_the_category_of_their_row() {
        let mut rows = vec![row("1", "a", &["1", "2"]), row("2", "b", &["1"])];
        rows[0].seats[1].category = "c".to_owned();
        let seats = parse(&[
            section("Parkett", rows),
            section("Läktare", vec![row("1", "b", &["1"])]),
        ])
        .expect("whole");
        let short: Vec<_> = seats
            .iter()
            .map(|s| (s.id, s.row.as_str(), s.category.as_str()))
            .collect();
        assert_eq!(
            short,
            [(1, "1", "a"), (2, "1", "c"), (3, "2", "b"), (4, "1", "b")]
        );
        assert_eq!(
            parse(&to_proto(&seats)).expect("whole"),
            seats,
            "a plan that was read back is the same"
        );
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let rows = vec![row("1", "a", &["1", "1"]), row("2", "", &["7"])];
        let fields: Vec<_> = parse(&[section("Parkett", rows)])
            .expect_err("two")
            .into_iter()
            .map(|(f, _)| f)
            .collect();
        assert_eq!(
            fields,
            [
                "sections[0].rows[0].seats[1].number",
                "sections[0].rows[1].seats[0].category"
            ]
        );
    }

    #[test]
    fn a_hall_of_more_than_5000_seats_is_refused() {
        let numbers: Vec<String> = (0..500).map(|n| n.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let rows = |n: usize| (0..n).map(|r| row(&r.to_string(), "a", &numbers)).collect();
        assert_eq!(
            parse(&[section("Parkett", rows(10))])
                .expect("5,000 fit")
                .len(),
            5000
        );
        assert!(parse(&[section("Parkett", rows(11))]).is_err());
    }
}
