//! Words: pages and bars, never letters.
use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{Point, Shape, all, curve, disc, ellipse, polygon, rect, ribbon, rounded};

pub(super) const LITERATURE: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av en uppslagen bok",
        en: "A screen print of an open book",
        draw: book,
    },
    Motif {
        sv: "Ett skärmtryck av bokryggar",
        en: "A screen print of spines of books",
        draw: shelf,
    },
    Motif {
        sv: "Ett skärmtryck av blad som faller",
        en: "A screen print of falling pages",
        draw: pages,
    },
];

pub(super) const JOURNALISM: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av en tidningssida utan ord",
        en: "A screen print of a newspaper page without words",
        draw: columns,
    },
    Motif {
        sv: "Ett skärmtryck av pratbubblor",
        en: "A screen print of speech bubbles",
        draw: voices,
    },
];

fn book(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Mid, Ink::Light, Ink::Dark]);
    p.fill(ground);
    let x = d.within(570.0, 630.0);
    p.lay(
        if ground == Ink::Mid {
            Ink::Light
        } else {
            Ink::Mid
        },
        &disc((x + d.side() * d.within(0.0, 90.0), 390.0), 320.0),
    );
    let (top, high) = (300.0, 330.0);
    let page = |side: f32, lift: f32, inset: f32| {
        let rim = |y: f32| {
            curve(&[
                (x, y + 34.0),
                (x + side * 110.0, y - 22.0 - lift),
                (x + side * 260.0, y - 26.0 - lift),
                (x + side * (410.0 - inset), y + 12.0 - lift * 0.4),
            ])
        };
        let bottom = rim(top + high).into_iter().rev();
        polygon(rim(top).into_iter().chain(bottom).collect())
    };
    let cover = if ground == Ink::Dark {
        Ink::Accent
    } else {
        Ink::Dark
    };
    p.lay(
        cover,
        &all([-1.0, 1.0].map(|side| page(side, -30.0, -26.0))),
    );
    for side in [-1.0, 1.0] {
        p.lay(Ink::Light, &page(side, -12.0, -8.0));
        p.lay(Ink::Paper, &page(side, 8.0, 6.0));
    }
    let bright = (d.side(), 1 + d.below(5));
    for side in [-1.0, 1.0] {
        for row in 0..7_usize {
            let y = top + 42.0 + row as f32 * 38.0;
            let long = if row == 6 { 0.55 } else { d.within(0.86, 1.0) };
            let at = |t: f32| {
                (
                    x + side * (56.0 + 300.0 * t),
                    y + 4.0 - 34.0 * (1.0 - (2.0 * t - 1.1).powi(2)),
                )
            };
            let (from, to) = if side > 0.0 {
                (0.0, long)
            } else {
                (1.0 - long, 1.0)
            };
            let line = [from, (from + to) / 2.0, to].map(at);
            let ink = if (side, row) == bright {
                Ink::Accent
            } else {
                Ink::Mid
            };
            p.over(ink, &ribbon(&curve(&line), |_| 11.0));
        }
    }
    let mark = vec![
        (x + 6.0, top + 34.0),
        (x + 34.0, top + 18.0),
        (x + 34.0, top + high + 86.0),
        (x + 20.0, top + high + 66.0),
        (x + 6.0, top + high + 96.0),
    ];
    p.lay(
        if cover == Ink::Accent {
            Ink::Mid
        } else {
            Ink::Accent
        },
        &polygon(mark),
    );
}

fn shelf(p: &mut Print, d: &mut Dice) {
    let wall = d.pick(&[Ink::Light, Ink::Paper, Ink::Mid]);
    p.fill(wall);
    let board = 640.0;
    p.lay(Ink::Dark, &rect(-20.0, board, 1240.0, 30.0));
    let pale = if wall == Ink::Paper {
        Ink::Light
    } else {
        Ink::Paper
    };
    let other = if wall == Ink::Mid {
        Ink::Light
    } else {
        Ink::Mid
    };
    let inks = [Ink::Dark, other, pale, Ink::Dark, pale, other];
    let count = 8 + d.below(2);
    let bright = 2 + d.below(count - 4);
    let mut x = d.within(150.0, 230.0);
    for i in 0..count {
        let (wide, high) = (d.within(46.0, 96.0), d.within(260.0, 430.0));
        let ink = if i == bright {
            Ink::Accent
        } else {
            inks[(i + bright) % inks.len()]
        };
        let trim = if ink == Ink::Dark || ink == Ink::Accent {
            Ink::Paper
        } else {
            Ink::Dark
        };
        let leaning = i + 1 == count;
        let turn = |shape: Shape| {
            if leaning {
                shape
                    .turned((x + wide, board), -0.2)
                    .moved((high * 0.2, 0.0))
            } else {
                shape
            }
        };
        p.lay(ink, &turn(rect(x, board - high, wide, high)));
        for band in [0.12, 0.17, 0.8_f32].into_iter().take(1 + d.below(3)) {
            p.over(trim, &turn(rect(x, board - high * (1.0 - band), wide, 9.0)));
        }
        if d.coin() {
            p.over(
                trim,
                &turn(rounded(
                    x + wide * 0.34,
                    board - high * 0.68,
                    wide * 0.32,
                    high * 0.3,
                    wide * 0.15,
                )),
            );
        }
        x += wide + 7.0;
    }
}

fn pages(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Mid, Ink::Dark, Ink::Light]);
    p.fill(ground);
    let places = [
        (300.0, 250.0),
        (850.0, 230.0),
        (620.0, 470.0),
        (1010.0, 620.0),
        (200.0, 650.0_f32),
    ];
    let bright = d.below(3);
    let side = d.side();
    for (i, (x, y)) in places.into_iter().enumerate() {
        let at = (
            600.0 + side * (x - 600.0) + d.within(-30.0, 30.0),
            y + d.within(-24.0, 24.0),
        );
        let ink = if i == bright { Ink::Accent } else { Ink::Paper };
        let size = if i < 3 { 1.0 } else { 0.8 };
        sheet(p, d, at, size, ink);
    }
}

fn sheet(p: &mut Print, d: &mut Dice, at: Point, size: f32, ink: Ink) {
    let turn = d.side() * d.within(0.08, 0.5);
    let (wide, high) = (210.0 * size, 280.0 * size);
    let (left, top) = (at.0 - wide / 2.0, at.1 - high / 2.0);
    p.glaze(
        Ink::Light,
        &rect(left + 16.0, top + 22.0, wide, high).turned(at, turn),
    );
    p.lay(ink, &rect(left, top, wide, high).turned(at, turn));
    let text = if ink == Ink::Accent {
        Ink::Paper
    } else {
        Ink::Mid
    };
    let bars = (0..6).map(|row| {
        let long = if row == 5 { 0.4 } else { d.within(0.6, 0.74) };
        rect(
            left + wide * 0.13,
            top + high * (0.16 + row as f32 * 0.12),
            wide * long,
            high * 0.04,
        )
    });
    let bars = all(bars.collect::<Vec<_>>());
    p.over(text, &bars.turned(at, turn));
}

fn columns(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Mid, Ink::Light, Ink::Dark]);
    p.fill(ground);
    let middle = (600.0, 440.0);
    let turn = d.side() * d.within(0.05, 0.16);
    let (left, top, wide, high) = (270.0, 90.0, 660.0, 800.0);
    p.lay(
        if ground == Ink::Light {
            Ink::Mid
        } else {
            Ink::Light
        },
        &rect(left + 26.0, top + 22.0, wide, high).turned(middle, turn * 1.7),
    );
    p.lay(
        Ink::Paper,
        &rect(left, top, wide, high).turned(middle, turn),
    );
    let mut put = |ink: Ink, shape: Shape| p.over(ink, &shape.turned(middle, turn));
    put(Ink::Dark, rect(left + 46.0, top + 50.0, wide - 92.0, 58.0));
    put(Ink::Dark, rect(left + 46.0, top + 126.0, wide - 92.0, 5.0));
    let column = (wide - 92.0 - 56.0) / 3.0;
    let start = d.below(2);
    let bars = |from: usize, y: f32, count: usize, d: &mut Dice| {
        let bars = (0..count).map(|row| {
            let long = if row + 1 == count {
                0.5
            } else {
                d.within(0.9, 1.0)
            };
            rect(
                left + 46.0 + from as f32 * (column + 28.0),
                y + row as f32 * 27.0,
                column * long,
                11.0,
            )
        });
        all(bars.collect::<Vec<_>>())
    };
    let y = top + 162.0;
    let photo = (
        left + 46.0 + start as f32 * (column + 28.0),
        y,
        column * 2.0 + 28.0,
        250.0,
    );
    put(Ink::Accent, rect(photo.0, photo.1, photo.2, photo.3));
    put(
        Ink::Paper,
        disc(
            (photo.0 + photo.2 * d.within(0.3, 0.7), photo.1 + 104.0),
            56.0,
        ),
    );
    put(Ink::Dark, rect(photo.0, photo.1 + 186.0, photo.2, 64.0));
    put(Ink::Mid, bars(if start == 0 { 2 } else { 0 }, y, 16, d));
    put(Ink::Mid, bars(start, y + 280.0, 8, d));
    put(Ink::Mid, bars(start + 1, y + 280.0, 8, d));
}

fn voices(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Paper, Ink::Light, Ink::Dark]);
    p.fill(ground);
    let side = d.side();
    let at = |x: f32, y: f32| (600.0 + side * x, y);
    let bubble = |middle: Point, wide: f32, high: f32, tail: f32| {
        let tip = (middle.0 + tail, middle.1 + high + 96.0);
        let root = (middle.0 + tail * 0.25, middle.1 + high * 0.6);
        ellipse(middle, wide, high).and(polygon(vec![
            (root.0 - 46.0, root.1),
            (root.0 + 46.0, root.1),
            tip,
        ]))
    };
    let strong = if ground == Ink::Dark {
        Ink::Light
    } else {
        Ink::Dark
    };
    let text = if ground == Ink::Dark {
        Ink::Dark
    } else {
        Ink::Paper
    };
    let one = at(-150.0, d.within(270.0, 320.0));
    p.lay(strong, &bubble(one, 290.0, 180.0, -side * 150.0));
    let other = at(250.0, d.within(470.0, 510.0));
    p.lay(Ink::Accent, &bubble(other, 220.0, 140.0, side * 110.0));
    for (middle, count, wide, ink) in [(one, 4_usize, 340.0, text), (other, 3, 250.0, Ink::Paper)] {
        for row in 0..count {
            let y = middle.1 + (row as f32 - (count - 1) as f32 / 2.0) * 48.0;
            let long = wide * d.within(0.62, 1.0);
            p.over(
                ink,
                &rounded(middle.0 - wide / 2.0, y - 9.0, long, 18.0, 9.0),
            );
        }
    }
}
