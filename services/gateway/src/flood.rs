//! Frames of HTTP/2 that carry nothing: each is answered or thrown away at once, so no other limit ever sees them.
use std::time::Duration;

use tokio::time::Instant;

/// A connection may send so many at once …
const BURST: u32 = 1_000;
/// … and one more in each of these.
const EACH: Duration = Duration::from_millis(30);

const HEAD: usize = 9;
const DATA: u8 = 0;
const PRIORITY: u8 = 2;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;

/// Counts the idle frames of a connection, behind its preface.
pub(crate) struct Flood {
    head: [u8; HEAD],
    known: usize,
    left: usize,
    allowed: u32,
    since: Instant,
}

impl Flood {
    pub(crate) fn new() -> Self {
        Self {
            head: [0; HEAD],
            known: 0,
            left: 0,
            allowed: BURST,
            since: Instant::now(),
        }
    }

    /// Looks at what came. True: it is a flood.
    pub(crate) fn comes_with(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.left > 0 {
                let passed = self.left.min(bytes.len());
                self.left -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            let more = (HEAD - self.known).min(bytes.len());
            self.head[self.known..self.known + more].copy_from_slice(&bytes[..more]);
            self.known += more;
            bytes = &bytes[more..];
            if self.known < HEAD {
                break;
            }
            self.known = 0;
            let [high, middle, low, kind, ..] = self.head;
            self.left = u32::from_be_bytes([0, high, middle, low]) as usize;
            let idle = match kind {
                DATA => self.left == 0,
                PRIORITY | SETTINGS | PING => true,
                kind => kind > CONTINUATION,
            };
            if idle && !self.allow() {
                return true;
            }
        }
        false
    }

    fn allow(&mut self) -> bool {
        let earned = self.since.elapsed().as_millis() / EACH.as_millis();
        if earned > 0 {
            let earned = u32::try_from(earned).unwrap_or(BURST);
            self.allowed = self.allowed.saturating_add(earned).min(BURST);
            self.since = Instant::now();
        }
        match self.allowed.checked_sub(1) {
            Some(left) => self.allowed = left,
            None => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, size: usize) -> Vec<u8> {
        let length = u32::try_from(size).expect("small").to_be_bytes();
        let mut frame = [&length[1..], &[kind, 0, 0, 0, 0, 1]].concat();
        frame.resize(HEAD + size, 7);
        frame
    }

    /// How many of these frames pass, cut anywhere.
    fn pass(frame: &[u8], most: usize, cut: usize) -> usize {
        let mut flood = Flood::new();
        let all = frame.repeat(most);
        let passed = all.chunks(cut).take_while(|c| !flood.comes_with(c));
        passed.map(<[u8]>::len).sum::<usize>() / frame.len()
    }

    #[tokio::test(start_paused = true)]
    async fn frames_that_carry_something_pass_and_idle_ones_up_to_a_point() {
        for cut in [1, 7, 4096] {
            for (kind, size) in [(0, 5), (1, 30), (3, 4), (8, 4), (9, 100)] {
                assert_eq!(pass(&frame(kind, size), 3_000, cut), 3_000, "{kind}");
            }
            for (kind, size) in [(0, 0), (2, 5), (4, 0), (4, 6), (6, 8), (77, 3)] {
                let passed = pass(&frame(kind, size), 3_000, cut);
                assert!((500..=1_000).contains(&passed), "{kind}: {passed}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_pings_now_and_then_may_do_so_for_ever() {
        let mut flood = Flood::new();
        for _ in 0..10_000 {
            assert!(!flood.comes_with(&frame(PING, 8)));
            tokio::time::sleep(EACH).await;
        }
    }
}
