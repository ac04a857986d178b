//! `kulturtorg import`: brings in data from elsewhere, record by record, and tells what became of each.
mod lanes;
mod mapping;
mod records;
mod report;
mod session;

use std::collections::HashSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use tokio::sync::mpsc;

use crate::access::Access;
use crate::import::lanes::Done;
use crate::import::report::{FileReport, Total};
use crate::import::session::Session;

/// Brings in data from elsewhere.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Gatherings from YAML files with a list `events`. It can be repeated: nothing is doubled.
    Gatherings(Gatherings),
}

#[derive(Debug, Args)]
struct Gatherings {
    /// The files. A file's name is the name of its calendar: keep it when importing again.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Also writes what became of each record to this file, as JSON.
    #[arg(long)]
    report: Option<PathBuf>,
    #[command(flatten)]
    access: Access,
}

/// Runs the command; fails if anything was refused, could not be sent or could not be read.
pub(crate) async fn run(import: Import) -> anyhow::Result<()> {
    let What::Gatherings(gatherings) = import.what;
    let sources = sources(&gatherings.files)?;
    let session = Session::open(gatherings.access).await?;
    let mut total = Total::default();
    let mut progress = Progress::new();
    for (file, source) in gatherings.files.iter().zip(sources) {
        let report = import_file(&session, file, source, &mut progress).await;
        progress.clear();
        print!("{}", report.text());
        total.add(report);
    }
    print!("{}", total.text());
    if let Some(file) = &gatherings.report {
        let json = serde_json::to_string_pretty(&total.json())?;
        std::fs::write(file, json)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    total.check()?;
    if !total.is_complete() {
        bail!("not everything was imported; the lines above say what is missing and why");
    }
    Ok(())
}

/// The key of each file's calendar. Two files of one name would take each other's records for their own.
fn sources(files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut seen = HashSet::new();
    files
        .iter()
        .map(|file| {
            let source = source(file);
            anyhow::ensure!(
                !source.is_empty(),
                "{} has no name that can name its calendar",
                file.display()
            );
            anyhow::ensure!(
                seen.insert(source.clone()),
                "two files are called {source}; import them one by one or rename one"
            );
            Ok(source)
        })
        .collect()
}

fn source(file: &Path) -> String {
    let stem = file
        .file_stem()
        .map(|s| s.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            c
        } else {
            '-'
        }
    };
    stem.chars().map(plain).take(100).collect()
}

/// Reads a file on a thread of its own while its records are sent; only a few are in memory at a time.
async fn import_file(
    session: &Session,
    file: &Path,
    source: String,
    progress: &mut Progress,
) -> FileReport {
    let (records, waiting) = mpsc::channel(16);
    let (told, mut done) = mpsc::channel::<Done>(64);
    let reader = tokio::task::spawn_blocking({
        let (file, source) = (file.to_owned(), source.clone());
        move || records::read(&file, &source, &records)
    });
    let sender = tokio::spawn(lanes::send(waiting, told, {
        let session = session.clone();
        move |request| {
            let session = session.clone();
            async move { session.import(&request).await }
        }
    }));
    let mut report = FileReport::new(file, source);
    while let Some(one) = done.recv().await {
        report.note(one);
        progress.record();
    }
    report.unreadable = match (reader.await, sender.await) {
        (Ok(Ok(read)), Ok(())) => {
            report.read = read;
            None
        }
        (Ok(Err(broken)), Ok(())) => {
            report.read = broken.read;
            Some(broken.why)
        }
        (reader, sender) => Some(format!(
            "the import broke off: {:?} {:?}",
            reader.err(),
            sender.err()
        )),
    };
    report
}

/// Tells on standard error how far the import is: often on a terminal, else every 200 records.
struct Progress {
    terminal: bool,
    began: Instant,
    last: Instant,
    records: u64,
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            terminal: std::io::stderr().is_terminal(),
            began: now,
            last: now,
            records: 0,
        }
    }

    fn record(&mut self) {
        self.records += 1;
        let due = if self.terminal {
            self.last.elapsed() >= Duration::from_millis(100)
        } else {
            self.records.is_multiple_of(200)
        };
        if due {
            self.last = Instant::now();
            let rate = self.records as f64 / self.began.elapsed().as_secs_f64().max(0.001);
            let (begin, end) = if self.terminal {
                ("\r", "\x1b[K")
            } else {
                ("", "\n")
            };
            eprint!("{begin}  {} records, {rate:.0} a second{end}", self.records);
        }
    }

    fn clear(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_calendar() {
        assert_eq!(source(Path::new("/data/Sweden Umeå.yaml")), "sweden-ume-");
        let twice = [PathBuf::from("a/x.yaml"), PathBuf::from("b/X.yaml")];
        assert!(
            sources(&twice)
                .expect_err("one name")
                .to_string()
                .contains("two files")
        );
    }
}
