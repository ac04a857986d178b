//! What was measured, and how it is told.
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A line of the report. The order of the variants is the order of the lines.
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
}

impl Line {
    fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::ApproveP50 => ("approve → searchable, p50", "ms"),
            Self::ApproveP99 => ("approve → searchable, p99      (bar: ≤ 1000)", "ms"),
            Self::SearchP50 => ("search, p50", "ms"),
            Self::SearchP99 => ("search, p99", "ms"),
            Self::SearchRate => ("searches", "/s"),
            Self::PurchaseRate => ("hold → pay → ticket            (bar: ≥ 200)", "/s"),
            Self::PurchaseP50 => ("  one purchase, p50", "ms"),
            Self::PurchaseP99 => ("  one purchase, p99", "ms"),
            Self::RawSaleRate => (
                "  beside: bare SQL transaction (UPDATE … remaining > 0, INSERT)",
                "/s",
            ),
            Self::RelayRate => ("facts published by the relay", "/s"),
            Self::RawPublishRate => ("  beside: raw JetStream, atomic batches of 500", "/s"),
        }
    }
}

/// Every figure of every round.
#[derive(Debug, Default)]
pub(super) struct Report {
    figures: BTreeMap<Line, Vec<f64>>,
    pub(super) resident_mib: Option<f64>,
    pub(super) sold: u64,
}

impl Report {
    /// Notes a figure of this round.
    pub(super) fn add(&mut self, line: Line, figure: f64) {
        self.figures.entry(line).or_default().push(figure);
    }

    /// Notes a percentile of these durations in milliseconds.
    pub(super) fn add_percentile(&mut self, line: Line, percent: usize, of: &mut [Duration]) {
        of.sort_unstable();
        let at = (of.len() * percent).div_ceil(100).saturating_sub(1);
        if let Some(duration) = of.get(at) {
            self.add(line, duration.as_secs_f64() * 1000.0);
        }
    }
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

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.figures.values().map(Vec::len).max().unwrap_or(0);
        writeln!(
            f,
            "{:<66} {:>10} {:>10} {:>10}",
            format!("{rounds} rounds"),
            "median",
            "min",
            "max"
        )?;
        for (line, figures) in &self.figures {
            let (name, unit) = line.told();
            let (min, max) = figures
                .iter()
                .fold((f64::MAX, 0.0_f64), |(a, b), v| (a.min(*v), b.max(*v)));
            writeln!(
                f,
                "{name:<66} {:>10.1} {min:>10.1} {max:>10.1} {unit}",
                median(figures)
            )?;
        }
        if let Some(mib) = self.resident_mib {
            writeln!(
                f,
                "{:<66} {mib:>10.1} {:>10} {:>10} MiB",
                "all roles in one process, resident (bar: ≤ 150)", "", ""
            )?;
        }
        writeln!(
            f,
            "{} purchases, every seat counted afterwards: none sold twice",
            self.sold
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_smallest_that_covers_so_many() {
        let mut of: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        let mut report = Report::default();
        report.add_percentile(Line::SearchP99, 99, &mut of);
        report.add_percentile(Line::SearchP50, 50, &mut of);
        assert_eq!(report.figures[&Line::SearchP99], [99.0]);
        assert_eq!(report.figures[&Line::SearchP50], [50.0]);
    }

    #[test]
    fn a_median_is_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }
}
