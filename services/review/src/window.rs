//! Days: the window in which activity counts, and how absence lengthens it. Absence is skipped, not counted
//! against anybody: a window holds as many days without absence as its years have.
use serde::{Deserialize, Serialize};
use time::{Date, Duration, Month};

/// Some days on end, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Span {
    /// First day.
    #[serde(with = "crate::content::iso_date")]
    pub(crate) from: Date,
    /// Last day.
    #[serde(with = "crate::content::iso_date")]
    pub(crate) until: Date,
}

impl Span {
    /// The days that both have; `None` if they have none.
    pub(crate) fn common(self, other: Self) -> Option<Self> {
        let both = Self {
            from: self.from.max(other.from),
            until: self.until.min(other.until),
        };
        (both.from <= both.until).then_some(both)
    }

    /// How many days it has.
    pub(crate) fn days(self) -> i64 {
        (self.until - self.from).whole_days() + 1
    }
}

/// The window of an assessment: what lies in it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    /// The days, those of absence included.
    pub(crate) span: Span,
    /// By how many days absence lengthened it.
    pub(crate) skipped_days: i64,
}

/// The window of so many years that ends on `until`, reaching further back by each day of absence in it.
pub(crate) fn window(until: Date, years: u8, absences: &[Span]) -> Window {
    let absences = merged(absences);
    let base = years_back(until, years);
    let mut span = Span { from: base, until };
    loop {
        // A longer window may reach into earlier absence, which lengthens it again. It ends, as absence does.
        let skipped_days = days_within(&absences, span);
        let from = base.saturating_sub(Duration::days(skipped_days));
        if from == span.from {
            return Window { span, skipped_days };
        }
        span.from = from;
    }
}

/// The same days as spans that neither overlap nor touch, in order.
pub(crate) fn merged(spans: &[Span]) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans
        .iter()
        .copied()
        .filter(|s| s.from <= s.until)
        .collect();
    sorted.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for span in sorted {
        match merged.last_mut() {
            Some(last) if span.from <= last.until.saturating_add(Duration::DAY) => {
                last.until = last.until.max(span.until)
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// How many days of these merged spans lie in `within`.
fn days_within(merged: &[Span], within: Span) -> i64 {
    merged
        .iter()
        .filter_map(|s| s.common(within))
        .map(Span::days)
        .sum()
}

/// How many calendar months have a day both in one of the spans and in `within`.
pub(crate) fn months_touched(spans: &[Span], within: Span) -> u32 {
    let month = |day: Date| day.year() * 12 + i32::from(u8::from(day.month()));
    let mut last = i32::MIN;
    let mut months = 0;
    for span in merged(spans).iter().filter_map(|s| s.common(within)) {
        let first = month(span.from).max(last.saturating_add(1));
        last = last.max(month(span.until));
        months += u32::try_from(last - first + 1).unwrap_or(0);
    }
    months
}

/// The same day so many years earlier; 28 February where that year has no 29th.
pub(crate) fn years_back(day: Date, years: u8) -> Date {
    let year = day.year() - i32::from(years);
    day.replace_year(year)
        .or_else(|_| Date::from_calendar_date(year, Month::February, 28))
        .unwrap_or(Date::MIN)
}

/// The same day so many months later; the month's last day where it is shorter.
pub(crate) fn months_on(day: Date, months: u8) -> Date {
    let count = i32::from(u8::from(day.month())) - 1 + i32::from(months);
    let year = day.year() + count / 12;
    let month = Month::December.nth_next(u8::try_from(count % 12 + 1).unwrap_or(1));
    let last = month.length(year);
    Date::from_calendar_date(year, month, day.day().min(last)).unwrap_or(Date::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    pub(crate) const TODAY: Date = date!(2026 - 11 - 21);

    pub(crate) fn span(from: Date, until: Date) -> Span {
        Span { from, until }
    }

    /// Spans around the ten years before today, some of them reaching past either end.
    pub(crate) fn spans() -> impl Strategy<Value = Vec<Span>> {
        let one = (-4500i64..100, 0i64..700).prop_map(|(start, days)| {
            let from = TODAY + Duration::days(start);
            span(from, from + Duration::days(days))
        });
        proptest::collection::vec(one, 0..8)
    }

    #[test]
    fn a_window_without_absence_is_its_years() {
        let window = window(TODAY, 3, &[]);
        assert_eq!(
            (window.span.from, window.skipped_days),
            (date!(2023 - 11 - 21), 0)
        );
    }

    #[test]
    fn a_year_of_parental_leave_lengthens_the_window_by_that_year() {
        let leave = span(date!(2025 - 01 - 01), date!(2025 - 12 - 31));
        let window = window(TODAY, 3, &[leave]);
        assert_eq!(
            (window.span.from, window.skipped_days),
            (date!(2022 - 11 - 21), 365)
        );
    }

    #[test]
    fn absence_that_the_lengthened_window_reaches_is_skipped_too() {
        let recent = span(date!(2025 - 01 - 01), date!(2025 - 12 - 31));
        let earlier = span(date!(2023 - 01 - 01), date!(2023 - 01 - 31));
        let window = window(TODAY, 3, &[recent, earlier]);
        assert_eq!(
            (window.span.from, window.skipped_days),
            (date!(2022 - 10 - 21), 396)
        );
    }

    #[test]
    fn overlapping_absences_count_once_and_those_outside_not_at_all() {
        let ill = span(date!(2025 - 03 - 01), date!(2025 - 03 - 31));
        let part = span(date!(2025 - 03 - 10), date!(2025 - 04 - 09));
        let long_ago = span(date!(2001 - 01 - 01), date!(2002 - 01 - 01));
        assert_eq!(
            window(TODAY, 3, &[ill, part, ill, long_ago]).skipped_days,
            40
        );
    }

    #[test]
    fn leap_days_and_month_ends_are_kept_within_the_calendar() {
        assert_eq!(years_back(date!(2024 - 02 - 29), 3), date!(2021 - 02 - 28));
        assert_eq!(years_back(date!(2024 - 02 - 29), 4), date!(2020 - 02 - 29));
        assert_eq!(years_back(date!(2027 - 02 - 28), 3), date!(2024 - 02 - 28));
        assert_eq!(months_on(date!(2026 - 08 - 31), 6), date!(2027 - 02 - 28));
        assert_eq!(months_on(date!(2027 - 08 - 31), 6), date!(2028 - 02 - 29));
        assert_eq!(months_on(date!(2026 - 12 - 31), 6), date!(2027 - 06 - 30));
        assert_eq!(months_on(date!(2026 - 11 - 30), 1), date!(2026 - 12 - 30));
        assert_eq!(months_on(date!(2026 - 01 - 15), 11), date!(2026 - 12 - 15));
    }

    #[test]
    fn a_month_counts_once_however_many_engagements_touch_it() {
        let year = span(date!(2025 - 01 - 01), date!(2025 - 12 - 31));
        let evening = span(date!(2025 - 05 - 02), date!(2025 - 05 - 02));
        let over_new_year = span(date!(2025 - 12 - 30), date!(2026 - 01 - 02));
        let same_may = span(date!(2025 - 05 - 30), date!(2025 - 06 - 01));
        assert_eq!(months_touched(&[evening], year), 1);
        assert_eq!(months_touched(&[evening, same_may], year), 2);
        assert_eq!(months_touched(&[over_new_year], year), 1);
        assert_eq!(months_touched(&[year, evening, same_may], year), 12);
        assert_eq!(months_touched(&[], year), 0);
    }

    proptest! {
        #[test]
        fn merging_is_order_independent_and_keeps_every_day(spans in spans(), rotate in 0usize..8) {
            let mut other = spans.clone();
            if !other.is_empty() {
                let n = rotate % other.len();
                other.rotate_left(n);
                other.reverse();
            }
            let once = merged(&spans);
            prop_assert_eq!(&once, &merged(&other));
            prop_assert_eq!(&once, &merged(&once));
            for span in &spans {
                prop_assert!(once.iter().any(|m| m.from <= span.from && span.until <= m.until));
            }
            prop_assert!(once.windows(2).all(|w| w[0].until + Duration::DAY < w[1].from));
        }

        #[test]
        fn absence_only_ever_lengthens(absences in spans(), more in spans(), years in 1u8..6) {
            let without = window(TODAY, years, &absences);
            let with = window(TODAY, years, &[absences, more].concat());
            prop_assert!(with.span.from <= without.span.from);
            prop_assert!(with.skipped_days >= without.skipped_days);
        }

        #[test]
        fn a_window_holds_as_many_days_without_absence_as_its_years_have(absences in spans(), years in 1u8..6) {
            let found = window(TODAY, years, &absences);
            let full = span(years_back(TODAY, years), TODAY).days();
            prop_assert_eq!(found.span.days() - days_within(&merged(&absences), found.span), full);
        }

        #[test]
        fn months_are_counted_as_a_plain_list_of_days_counts_them(spans in spans(), within in spans()) {
            for within in within {
                let mut months = std::collections::BTreeSet::new();
                for span in &spans {
                    let mut day = span.from;
                    while day <= span.until {
                        if within.from <= day && day <= within.until {
                            months.insert((day.year(), u8::from(day.month())));
                        }
                        day = day.next_day().expect("far from the end of time");
                    }
                }
                prop_assert_eq!(months_touched(&spans, within) as usize, months.len());
            }
        }
    }
}
