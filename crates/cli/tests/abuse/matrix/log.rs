//! What the region writes to its log, down to `debug`, and whether anything panicked.
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};

use tracing_subscriber::EnvFilter;

/// Everything of ours; of libraries what an operator may see.
const FILTER: &str = "debug,async_nats=info,sqlx=info,h2=info,hyper=info,hyper_util=info,tower=info,opentelemetry=info";

static LOG: LazyLock<Log> = LazyLock::new(Log::default);

/// The log of this process.
#[derive(Clone, Default)]
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<u8>>>,
    panics: Arc<Mutex<Vec<String>>>,
}

impl Log {
    /// Begins to keep what is logged.
    pub(crate) fn keep() -> Self {
        let log = LOG.clone();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(FILTER))
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .try_init()
            .expect("the log is ours: cargo-nextest gives each test a process of its own");
        let (panics, usual) = (log.panics.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |info| {
            if let Ok(mut panics) = panics.lock() {
                panics.push(info.to_string());
            }
            usual(info);
        }));
        log
    }

    /// The lines that hold this text, and whatever panicked.
    pub(crate) fn leaks(&self, text: &str) -> Vec<String> {
        let lines = self.lines.lock().expect("nobody panics holding it");
        let lines = String::from_utf8_lossy(&lines);
        let leaks = lines.lines().filter(|l| l.contains(text));
        leaks.map(|l| format!("in the log: {l}")).collect()
    }

    /// What panicked since it was last asked.
    pub(crate) fn panics(&self) -> Vec<String> {
        let mut panics = self.panics.lock().expect("nobody panics holding it");
        std::mem::take(&mut *panics)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.lines.lock().map_err(|_| io::ErrorKind::Other)?;
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
