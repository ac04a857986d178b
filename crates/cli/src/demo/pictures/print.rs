//! A sheet of paper and the inks that are pressed on it, one after the other, none quite in its place.
use std::ops::Range;

use image::RgbImage;

use super::dice::Dice;
use super::palette::{Colour, Palette};
use super::shapes::{Point, Shape};

/// Pixels across.
pub(super) const WIDTH: usize = 1200;
/// Pixels down.
pub(super) const HEIGHT: usize = 800;
/// Scan lines per row of pixels, for smooth edges.
const LINES: usize = 5;
/// Pixels across and down after which the grain repeats.
const GRAIN: usize = 192;

/// What a shape is printed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// None: the paper shows.
    Paper,
    /// The palest ink.
    Light,
    /// The one between.
    Mid,
    /// The one nearest to black.
    Dark,
    /// The one that draws the eye.
    Accent,
}

/// A picture that is being printed.
pub(super) struct Print {
    pixels: Vec<Colour>,
    palette: &'static Palette,
    slips: [Point; 5],
}

impl Print {
    /// An empty sheet.
    pub(super) fn new(palette: &'static Palette, dice: &mut Dice) -> Print {
        let mut slip = || {
            (
                dice.side() * dice.within(2.0, 4.6),
                dice.side() * dice.within(1.2, 3.6),
            )
        };
        Print {
            pixels: vec![palette.paper; WIDTH * HEIGHT],
            palette,
            slips: [(0.0, 0.0), slip(), slip(), slip(), slip()],
        }
    }

    /// Inks the whole sheet.
    pub(super) fn fill(&mut self, ink: Ink) {
        let colour = self.colour(ink);
        self.pixels.fill(colour);
    }

    /// Prints where room was left for it. The ink lies beside the room by its slip, so that one edge shows paper and
    /// the other both inks.
    pub(super) fn lay(&mut self, ink: Ink, shape: &Shape) {
        self.over(Ink::Paper, shape);
        if ink != Ink::Paper {
            self.glaze(ink, shape);
        }
    }

    /// Prints on top, hiding what is there: for lines too thin to leave room for.
    pub(super) fn over(&mut self, ink: Ink, shape: &Shape) {
        let colour = self.colour(ink);
        self.press(shape, (0.0, 0.0), |run, cover| {
            if cover > 0.996 {
                run.fill(colour);
            } else {
                for pixel in run {
                    *pixel = mix(*pixel, colour, cover);
                }
            }
        });
    }

    /// Prints with ink that lets through what is there.
    pub(super) fn glaze(&mut self, ink: Ink, shape: &Shape) {
        let (colour, paper) = (self.colour(ink), self.palette.paper);
        // Runs of pixels are mostly of one colour, so the last answer is mostly the next one too.
        let (mut under, mut both) = (paper, colour);
        self.press(shape, self.slips[ink as usize], |run, cover| {
            for pixel in run {
                if *pixel != under {
                    under = *pixel;
                    both = glazed(under, colour, paper);
                }
                *pixel = if cover > 0.996 {
                    both
                } else {
                    mix(under, both, cover)
                };
            }
        });
    }

    /// The printed sheet with the grain of its paper, and specks that the ink did not reach.
    pub(super) fn dried(self, dice: &mut Dice) -> RgbImage {
        let tooth = tooth(dice);
        let [red, green, blue] = self.palette.paper;
        let mut bytes = vec![0; WIDTH * HEIGHT * 3];
        let rows = bytes.chunks_exact_mut(WIDTH * 3);
        for (y, (row, inked)) in rows.zip(self.pixels.chunks_exact(WIDTH)).enumerate() {
            let teeth = &tooth[y % GRAIN * GRAIN..][..GRAIN];
            // Shifted from band to band, so that no pattern shows.
            let mut at = y / GRAIN * 67 % GRAIN;
            for (pixel, &[r, g, b]) in row.chunks_exact_mut(3).zip(inked) {
                let (bare, lift) = teeth[at];
                pixel[0] = worn(r, red, bare, lift);
                pixel[1] = worn(g, green, bare, lift);
                pixel[2] = worn(b, blue, bare, lift);
                at = if at + 1 == GRAIN { 0 } else { at + 1 };
            }
        }
        RgbImage::from_raw(WIDTH as u32, HEIGHT as u32, bytes)
            .expect("there are three bytes for every pixel")
    }

    fn colour(&self, ink: Ink) -> Colour {
        match ink {
            Ink::Paper => self.palette.paper,
            Ink::Light => self.palette.light,
            Ink::Mid => self.palette.mid,
            Ink::Dark => self.palette.dark,
            Ink::Accent => self.palette.accent,
        }
    }

    /// Calls `ink` with every run of pixels that the shape covers, and how much it covers them.
    fn press(&mut self, shape: &Shape, slip: Point, mut ink: impl FnMut(&mut [Colour], f32)) {
        let crossings = crossings(shape, slip);
        let mut edges = Vec::new();
        for row in crossings.chunk_by(|a, b| a.line / LINES == b.line / LINES) {
            let y = row[0].line / LINES;
            let pixels = &mut self.pixels[y * WIDTH..][..WIDTH];
            covered(row, &mut edges, |run, cover| ink(&mut pixels[run], cover));
        }
    }
}

/// Where an outline crosses a scan line, and whether it goes down there or up.
struct Crossing {
    line: usize,
    x: f32,
    down: i32,
}

/// All crossings, by line and from left to right.
fn crossings(shape: &Shape, slip: Point) -> Vec<Crossing> {
    let lines = LINES as f32;
    let mut found = Vec::new();
    for contour in &shape.0 {
        for (i, &a) in contour.iter().enumerate() {
            let b = contour[(i + 1) % contour.len()];
            let (top, end, down) = if a.1 < b.1 { (a, b, 1) } else { (b, a, -1) };
            let line_at = |y: f32| ((y + slip.1) * lines - 0.5).ceil().max(0.0) as usize;
            let slope = (end.0 - top.0) / (end.1 - top.1);
            for line in line_at(top.1)..line_at(end.1).min(HEIGHT * LINES) {
                let y = (line as f32 + 0.5) / lines - slip.1;
                let x = top.0 + slip.0 + slope * (y - top.1);
                found.push(Crossing { line, x, down });
            }
        }
    }
    found.sort_unstable_by(|a, b| a.line.cmp(&b.line).then(a.x.total_cmp(&b.x)));
    found
}

/// The runs of one row of pixels that have the same cover. `edges` is room to work in, kept between rows.
fn covered(
    row: &[Crossing],
    edges: &mut Vec<(usize, f32)>,
    mut each: impl FnMut(Range<usize>, f32),
) {
    edges.clear();
    for line in row.chunk_by(|a, b| a.line == b.line) {
        let mut depth = 0;
        for crossing in line {
            let before = depth;
            depth += crossing.down;
            let share = match (before, depth) {
                (0, _) => 1.0 / LINES as f32,
                (_, 0) => -1.0 / LINES as f32,
                _ => continue,
            };
            let x = crossing.x.clamp(0.0, WIDTH as f32);
            let part = x.fract();
            edges.push((x as usize, share * (1.0 - part)));
            edges.push((x as usize + 1, share * part));
        }
    }
    edges.sort_unstable_by_key(|edge| edge.0);
    let (mut from, mut cover) = (0, 0.0_f32);
    for &(to, change) in edges.iter() {
        let to = to.min(WIDTH);
        if to > from && cover > 0.004 {
            each(from..to, cover.min(1.0));
        }
        from = to;
        cover += change;
    }
}

/// The paper's surface, which can be laid edge to edge: of 128 parts, how many the ink left bare, and how much lighter
/// or darker it is.
fn tooth(dice: &mut Dice) -> Vec<(i32, i32)> {
    let noise: Vec<i32> = (0..GRAIN * GRAIN)
        .map(|_| dice.below(41) as i32 - 20)
        .collect();
    let fine = blurred(&blurred(&noise, 1, 1), GRAIN, 1);
    let coarse = blurred(&blurred(&noise, 1, 3), GRAIN, 3);
    let both = fine.into_iter().zip(coarse);
    // Noise that was averaged is fainter, the more the coarser.
    both.map(|(fine, coarse)| (fine * 3 / 2, coarse * 7 / 2))
        .map(|(fine, coarse)| ((coarse * 3 + fine - 46).clamp(0, 40), (fine + coarse) / 6))
        .collect()
}

fn worn(ink: u8, paper: u8, bare: i32, lift: i32) -> u8 {
    let mut level = i32::from(ink) + lift;
    if bare > 0 {
        level += (i32::from(paper) - i32::from(ink)) * bare / 128;
    }
    level.clamp(0, 255) as u8
}

fn blurred(levels: &[i32], step: usize, radius: usize) -> Vec<i32> {
    let count = levels.len();
    let reach = radius * step;
    let window = 2 * radius + 1;
    (0..count)
        .map(|i| {
            let mut sum = 0;
            for k in 0..window {
                sum += levels[(i + count + k * step - reach) % count];
            }
            sum / window as i32
        })
        .collect()
}

fn mix(under: Colour, ink: Colour, part: f32) -> Colour {
    let part = (part * 256.0) as i32;
    let one = |i: usize| {
        let (under, ink) = (i32::from(under[i]), i32::from(ink[i]));
        (under + (ink - under) * part / 256) as u8
    };
    [one(0), one(1), one(2)]
}

/// Ink on ink: each takes from the light what it takes from the paper's.
fn glazed(under: Colour, ink: Colour, paper: Colour) -> Colour {
    let one = |i: usize| {
        let light = u32::from(under[i]) * u32::from(ink[i]) / u32::from(paper[i]);
        light.min(255) as u8
    };
    [one(0), one(1), one(2)]
}
