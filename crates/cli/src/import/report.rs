//! What became of every record: on paper and as JSON. The sum is checked, so that nothing is lost silently.
use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::import::lanes::{Done, Outcome};

const OUTCOMES: [(Outcome, &str); 6] = [
    (Outcome::Imported, "imported"),
    (Outcome::Updated, "updated"),
    (Outcome::Unchanged, "unchanged"),
    (Outcome::Merged, "merged duplicate"),
    (Outcome::Refused, "refused"),
    (Outcome::NotSent, "not sent"),
];

type Counts = [u64; OUTCOMES.len()];

fn word(outcome: Outcome) -> &'static str {
    OUTCOMES
        .iter()
        .find(|(o, _)| *o == outcome)
        .map_or("", |(_, word)| word)
}

/// Counts that are not 0, in words.
fn words(counts: &Counts) -> String {
    let some = OUTCOMES
        .iter()
        .zip(counts)
        .filter(|(_, n)| **n > 0)
        .map(|((_, word), n)| format!("{n} {word}"));
    let words = some.collect::<Vec<_>>().join(", ");
    if words.is_empty() {
        "nothing".to_owned()
    } else {
        words
    }
}

fn table(counts: &Counts) -> Value {
    OUTCOMES
        .iter()
        .zip(counts)
        .map(|((_, word), n)| ((*word).replace(' ', "_"), json!(n)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// What became of a file's records.
#[derive(Debug)]
pub(crate) struct FileReport {
    file: String,
    source: String,
    /// How many records were read.
    pub read: u64,
    /// Where and why reading broke off.
    pub unreadable: Option<String>,
    counts: Counts,
    told: Vec<Done>,
}

impl FileReport {
    /// Nothing has been done yet.
    pub(crate) fn new(file: &Path, source: String) -> Self {
        Self {
            file: file.display().to_string(),
            source,
            read: 0,
            unreadable: None,
            counts: Counts::default(),
            told: Vec::new(),
        }
    }

    /// Takes in a record that is done with. What is plain is only counted; the rest is told one by one.
    pub(crate) fn note(&mut self, done: Done) {
        if let Some(at) = OUTCOMES.iter().position(|(o, _)| *o == done.outcome) {
            self.counts[at] += 1;
        }
        let plain = matches!(
            done.outcome,
            Outcome::Imported | Outcome::Updated | Outcome::Unchanged
        );
        if !plain || !done.remarks.is_empty() {
            self.told.push(done);
        }
        self.told.sort_by_key(|d| d.record);
    }

    /// The file's lines: one for each record that needs a word, then the counts.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for done in &self.told {
            let outcome = word(done.outcome);
            let why = std::iter::once(&done.reason)
                .chain(&done.remarks)
                .filter(|r| !r.is_empty())
                .cloned()
                .collect::<Vec<_>>()
                .join("; ");
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "  {outcome}: {} record {} \"{}\": {why}",
                self.source, done.record, done.name
            );
        }
        if let Some(why) = &self.unreadable {
            let _ = writeln!(text, "  unreadable: {}: {why}", self.file);
        }
        let _ = writeln!(
            text,
            "{}: {} records: {}",
            self.source,
            self.read,
            words(&self.counts)
        );
        text
    }

    fn json(&self) -> Value {
        let records = self.told.iter().map(|d| {
            json!({ "record": d.record, "name": d.name, "outcome": word(d.outcome), "reason": d.reason, "remarks": d.remarks })
        });
        json!({
            "file": self.file, "source": self.source, "records": self.read, "outcomes": table(&self.counts),
            "unreadable": self.unreadable, "told": records.collect::<Vec<_>>(),
        })
    }
}

/// What became of everything.
#[derive(Debug, Default)]
pub(crate) struct Total {
    files: Vec<FileReport>,
}

impl Total {
    /// Adds a file.
    pub(crate) fn add(&mut self, file: FileReport) {
        self.files.push(file);
    }

    fn read(&self) -> u64 {
        self.files.iter().map(|f| f.read).sum()
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for file in &self.files {
            counts
                .iter_mut()
                .zip(&file.counts)
                .for_each(|(sum, n)| *sum += n);
        }
        counts
    }

    fn unreadable(&self) -> usize {
        self.files.iter().filter(|f| f.unreadable.is_some()).count()
    }

    /// The last line.
    pub(crate) fn text(&self) -> String {
        let counts = self.counts();
        let sum: u64 = counts.iter().sum();
        let unreadable = match self.unreadable() {
            0 => String::new(),
            n => format!("; {n} of the files could not be read to the end"),
        };
        format!(
            "total: {} records read in {} files = {}; sum {sum}{unreadable}\n",
            self.read(),
            self.files.len(),
            words(&counts)
        )
    }

    /// Fails if a record was read and nothing became of it.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        for file in &self.files {
            let sum: u64 = file.counts.iter().sum();
            anyhow::ensure!(
                sum == file.read,
                "{}: {} records were read, but {sum} are accounted for; this is a mistake in the program",
                file.file,
                file.read
            );
        }
        Ok(())
    }

    /// True if every record stands in the region now.
    pub(crate) fn is_complete(&self) -> bool {
        let lost = |(at, n): (usize, &u64)| {
            matches!(OUTCOMES[at].0, Outcome::Refused | Outcome::NotSent) && *n > 0
        };
        self.unreadable() == 0 && !self.counts().iter().enumerate().any(lost)
    }

    /// The whole as JSON.
    pub(crate) fn json(&self) -> Value {
        json!({
            "records": self.read(), "outcomes": table(&self.counts()), "unreadable_files": self.unreadable(),
            "files": self.files.iter().map(FileReport::json).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(record: i32, outcome: Outcome, reason: &str) -> Done {
        Done {
            record,
            name: "Dans".to_owned(),
            outcome,
            reason: reason.to_owned(),
            remarks: Vec::new(),
        }
    }

    #[test]
    fn each_refused_and_merged_record_is_told_with_file_number_name_and_reason() {
        let mut file = FileReport::new(Path::new("x/torp.yaml"), "torp".to_owned());
        file.read = 3;
        file.note(done(3, Outcome::Refused, "city: must not be blank"));
        file.note(done(
            2,
            Outcome::Merged,
            "the same name, city and day: sunne#4",
        ));
        file.note(done(1, Outcome::Imported, ""));
        assert_eq!(
            file.text(),
            "  merged duplicate: torp record 2 \"Dans\": the same name, city and day: sunne#4\n  \
             refused: torp record 3 \"Dans\": city: must not be blank\n\
             torp: 3 records: 1 imported, 1 merged duplicate, 1 refused\n"
        );
        let mut total = Total::default();
        total.add(file);
        assert!(total.check().is_ok() && !total.is_complete());
        assert_eq!(total.json()["outcomes"]["merged_duplicate"], 1);
    }

    #[test]
    fn a_record_that_nothing_became_of_is_noticed() {
        let mut file = FileReport::new(Path::new("torp.yaml"), "torp".to_owned());
        file.read = 2;
        file.note(done(1, Outcome::Imported, ""));
        let mut total = Total::default();
        total.add(file);
        assert!(
            total
                .check()
                .expect_err("one is missing")
                .to_string()
                .contains("2 records were read, but 1")
        );
    }

    #[test]
    fn a_file_that_broke_off_makes_the_whole_incomplete() {
        let mut file = FileReport::new(Path::new("torp.yaml"), "torp".to_owned());
        file.unreadable = Some("line 7: a quote is missing".to_owned());
        assert!(file.text().contains("line 7"));
        let mut total = Total::default();
        total.add(file);
        assert!(!total.is_complete());
    }
}
