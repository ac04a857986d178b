//! What was measured, and how it is told.
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A goal for a median.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

impl Bar {
    fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtMost(most) => figure <= most,
            Self::AtLeast(least) => figure >= least,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "(bar: ≤ {most})"),
            Self::AtLeast(least) => write!(f, "(bar: ≥ {least})"),
        }
    }
}

/// A line of the region's report. The order of the variants is the order of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    ApproveP50,
    ApproveP99,
    SearchP50,
    SearchP99,
    SearchRate,
    PurchaseRate,
    PurchaseP50,
    PurchaseP99,
    RawSaleRate,
    RelayRate,
    RawPublishRate,
    Resident,
}

impl Line {
    fn told(self) -> (&'static str, &'static str, Option<Bar>) {
        match self {
            Self::ApproveP50 => ("approve → searchable, p50", "ms", None),
            Self::ApproveP99 => ("approve → searchable, p99", "ms", Some(Bar::AtMost(1000.0))),
            Self::SearchP50 => ("search, p50", "ms", None),
            Self::SearchP99 => ("search, p99", "ms", None),
            Self::SearchRate => ("searches", "/s", None),
            Self::PurchaseRate => ("hold → pay → ticket", "/s", Some(Bar::AtLeast(200.0))),
            Self::PurchaseP50 => ("  one purchase, p50", "ms", None),
            Self::PurchaseP99 => ("  one purchase, p99", "ms", None),
            Self::RawSaleRate => (
                "  beside: bare SQL transaction (UPDATE … remaining > 0, INSERT)",
                "/s",
                None,
            ),
            Self::RelayRate => ("facts published by the relay", "/s", None),
            Self::RawPublishRate => ("  beside: raw JetStream, atomic batches of 500", "/s", None),
            Self::Resident => (
                "all roles in one process, resident",
                "MiB",
                Some(Bar::AtMost(150.0)),
            ),
        }
    }
}

/// Every figure of every round of the region.
#[derive(Debug, Default)]
pub(super) struct Report {
    figures: BTreeMap<Line, Vec<f64>>,
    pub(super) sold: u64,
}

impl Report {
    /// Notes a figure of this round.
    pub(super) fn add(&mut self, line: Line, figure: f64) {
        self.figures.entry(line).or_default().push(figure);
    }

    /// Notes a percentile of these durations in milliseconds.
    pub(super) fn add_percentile(&mut self, line: Line, percent: usize, of: &mut [Duration]) {
        if let Some(duration) = percentile(of, percent) {
            self.add(line, duration.as_secs_f64() * 1000.0);
        }
    }

    /// As it is printed.
    pub(super) fn table(self) -> Table {
        let mut table = Table::new("the region");
        for (line, figures) in self.figures {
            let (name, unit, bar) = line.told();
            for figure in figures {
                table.note(name, unit, bar, figure);
            }
        }
        table.tell(format!(
            "{} purchases, every seat counted afterwards: none sold twice",
            self.sold
        ));
        table
    }
}

/// Lines of figures, in the order in which they were first noted, and what else is to be told.
#[derive(Debug)]
pub(super) struct Table {
    title: &'static str,
    rows: Vec<Row>,
    told: Vec<String>,
}

#[derive(Debug)]
struct Row {
    name: String,
    unit: &'static str,
    bar: Option<Bar>,
    figures: Vec<f64>,
}

impl Table {
    pub(super) fn new(title: &'static str) -> Self {
        Self {
            title,
            rows: Vec::new(),
            told: Vec::new(),
        }
    }

    /// Notes a figure of this round.
    pub(super) fn note(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        bar: Option<Bar>,
        figure: f64,
    ) {
        let name = name.into();
        match self.rows.iter_mut().find(|r| r.name == name) {
            Some(row) => row.figures.push(figure),
            None => self.rows.push(Row {
                name,
                unit,
                bar,
                figures: vec![figure],
            }),
        }
    }

    /// Adds a line of text below the figures, once.
    pub(super) fn tell(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.told.contains(&text) {
            self.told.push(text);
        }
    }
}

/// The smallest of these that covers so many of a hundred.
pub(super) fn percentile(of: &mut [Duration], percent: usize) -> Option<Duration> {
    of.sort_unstable();
    let at = (of.len() * percent).div_ceil(100).saturating_sub(1);
    of.get(at).copied()
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.rows.iter().map(|r| r.figures.len()).min().unwrap_or(0);
        let title = format!("{}, {rounds} rounds", self.title);
        writeln!(
            f,
            "{title:<66} {:>10} {:>10} {:>10}",
            "median", "min", "max"
        )?;
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        for text in &self.told {
            writeln!(f, "{text}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let middle = median(&self.figures);
        let (min, max) = self
            .figures
            .iter()
            .fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
        let bar = self.bar.map(|b| b.to_string()).unwrap_or_default();
        let left = 66_usize.saturating_sub(bar.chars().count());
        write!(
            f,
            "{:<left$}{bar} {} {} {} {}",
            self.name,
            number(middle),
            number(min),
            number(max),
            self.unit
        )?;
        match self.bar.map(|b| b.holds(middle)) {
            Some(true) => f.write_str(" ✓"),
            Some(false) => f.write_str(" ✗"),
            None => Ok(()),
        }
    }
}

/// Small figures need more places.
fn number(figure: f64) -> String {
    let places = if figure.abs() < 10.0 { 2 } else { 1 };
    format!("{figure:>10.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_smallest_that_covers_so_many() {
        let mut of: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut of, 99), Some(Duration::from_millis(99)));
        assert_eq!(percentile(&mut of, 50), Some(Duration::from_millis(50)));
        assert_eq!(percentile(&mut [], 50), None);
    }

    #[test]
    fn a_median_is_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn a_line_says_whether_its_median_keeps_the_bar() {
        let mut table = Table::new("a part");
        for figure in [1.0, 2.0, 9.0] {
            table.note("kept", "ms", Some(Bar::AtMost(2.0)), figure);
            table.note("missed", "/s", Some(Bar::AtLeast(3.0)), figure);
            table.tell("once");
        }
        let text = table.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("a part, 3 rounds"), "{text}");
        assert!(
            lines[1].contains("(bar: ≤ 2)") && lines[1].ends_with("ms ✓"),
            "{text}"
        );
        assert!(
            lines[2].contains("(bar: ≥ 3)") && lines[2].ends_with("/s ✗"),
            "{text}"
        );
        assert_eq!(lines[3..], ["once"]);
    }
}
