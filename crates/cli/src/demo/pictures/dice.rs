//! Chance that falls the same way whenever the same key is thrown.
use sha2::{Digest, Sha256};

/// Dice of one key.
pub(super) struct Dice(u64);

impl Dice {
    /// The dice of this key.
    pub(super) fn of(key: &str) -> Dice {
        let digest = Sha256::digest(key.as_bytes());
        let begin = digest.iter().take(8);
        Dice(begin.fold(0, |seed, byte| seed << 8 | u64::from(*byte)))
    }

    /// From 0 to below 1.
    pub(super) fn unit(&mut self) -> f32 {
        // SplitMix64; the upper 24 bits, for a float holds no more.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// Between two numbers.
    pub(super) fn within(&mut self, from: f32, to: f32) -> f32 {
        from + self.unit() * (to - from)
    }

    /// A whole number below `count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f32) as usize
    }

    /// True half of the time.
    pub(super) fn coin(&mut self) -> bool {
        self.unit() < 0.5
    }

    /// 1 or -1.
    pub(super) fn side(&mut self) -> f32 {
        if self.coin() { 1.0 } else { -1.0 }
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
