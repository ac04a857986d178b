//! Music: strings, waves, pipes.
use std::f32::consts::{PI, TAU};

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    Point, all, arc, blob, disc, polygon, rect, ribbon, ring, rounded, steps, stroke,
};

pub(super) const MUSIC: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av strängar över ett ljudhål",
        en: "A screen print of strings across a sound hole",
        draw: strings,
    },
    Motif {
        sv: "Ett skärmtryck av svängande strängar",
        en: "A screen print of swinging strings",
        draw: waves,
    },
    Motif {
        sv: "Ett skärmtryck av orgelpipor",
        en: "A screen print of organ pipes",
        draw: pipes,
    },
    Motif {
        sv: "Ett skärmtryck av tangenter",
        en: "A screen print of piano keys",
        draw: keys,
    },
    Motif {
        sv: "Ett skärmtryck av en grammofonskiva",
        en: "A screen print of a gramophone record",
        draw: record,
    },
];

fn strings(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Light, Ink::Paper, Ink::Dark]);
    p.fill(ground);
    let middle = (d.within(540.0, 660.0), 400.0);
    let tilt = d.side() * d.within(0.28, 0.5);
    let at = |x: f32, y: f32| (middle.0 + x, middle.1 + y);
    let outline: Vec<Point> = [
        (430.0, 0.0),
        (400.0, 170.0),
        (250.0, 260.0),
        (90.0, 205.0),
        (-60.0, 150.0),
        (-190.0, 180.0),
        (-300.0, 130.0),
        (-340.0, 0.0),
        (-300.0, -130.0),
        (-190.0, -180.0),
        (-60.0, -150.0),
        (90.0, -205.0),
        (250.0, -260.0),
        (400.0, -170.0),
    ]
    .map(|(x, y)| at(x, y))
    .into();
    let body = if ground == Ink::Dark {
        Ink::Mid
    } else {
        d.pick(&[Ink::Accent, Ink::Mid])
    };
    let rim = if body == Ink::Mid {
        Ink::Accent
    } else {
        Ink::Paper
    };
    p.lay(body, &blob(&outline).turned(middle, tilt));
    p.lay(
        Ink::Dark,
        &rect(middle.0 - 900.0, middle.1 - 46.0, 830.0, 92.0).turned(middle, tilt),
    );
    p.lay(rim, &ring(at(10.0, 0.0), 118.0, 100.0).turned(middle, tilt));
    p.lay(Ink::Dark, &disc(at(10.0, 0.0), 94.0).turned(middle, tilt));
    p.lay(
        Ink::Dark,
        &rounded(middle.0 + 252.0, middle.1 - 96.0, 34.0, 192.0, 14.0).turned(middle, tilt),
    );
    let count = d.pick(&[4_usize, 5, 6]);
    for i in 0..count {
        let y = (i as f32 - (count - 1) as f32 / 2.0) * 78.0 / (count - 1) as f32;
        let string = stroke(at(-900.0, y * 0.82), at(268.0, y * 1.6), 5.0);
        p.over(Ink::Paper, &string.turned(middle, tilt));
    }
}

fn waves(p: &mut Print, d: &mut Dice) {
    let night = d.coin();
    p.fill(if night {
        Ink::Dark
    } else {
        d.pick(&[Ink::Paper, Ink::Light])
    });
    let loops = d.pick(&[2.0, 3.0, 3.0]);
    let swing = d.within(190.0, 260.0);
    let moon = (
        (d.below(loops as usize) as f32 + 0.5) / loops * 1200.0,
        400.0,
    );
    p.lay(Ink::Accent, &disc(moon, d.within(96.0, 130.0)));
    let half = 5_i32;
    for i in -half..=half {
        let part = i as f32 / half as f32;
        let line: Vec<Point> = steps(120)
            .map(|t| {
                let x = -40.0 + t * 1280.0;
                (x, 400.0 + swing * part * (x / 1200.0 * PI * loops).sin())
            })
            .collect();
        let ink = if night { Ink::Light } else { Ink::Dark };
        let ink = if i.abs() % 2 == 1 { Ink::Mid } else { ink };
        p.over(ink, &ribbon(&line, |_| 6.0 + 4.0 * (1.0 - part.abs())));
    }
}

fn pipes(p: &mut Print, d: &mut Dice) {
    let night = d.unit() < 0.4;
    p.fill(if night {
        Ink::Dark
    } else {
        d.pick(&[Ink::Paper, Ink::Light])
    });
    let count = d.pick(&[9_usize, 11, 13]);
    let pitch = d.within(880.0, 980.0) / count as f32;
    let wide = pitch * 0.74;
    let valley = d.coin();
    let middle = count / 2;
    for i in 0..count {
        let away = i.abs_diff(middle) as f32 / middle as f32;
        let part = if valley { away } else { 1.0 - away };
        let x = 600.0 + (i as f32 - middle as f32) * pitch;
        let top = 420.0 - 320.0 * part;
        let lip = 590.0 - 40.0 * part;
        let ink = match (i == middle, i.abs_diff(middle) % 2 == 0) {
            (true, _) => Ink::Accent,
            (_, true) => Ink::Mid,
            (_, false) if night => Ink::Light,
            (_, false) => Ink::Dark,
        };
        let body = rect(x - wide / 2.0, top, wide, lip - top + 40.0);
        let foot = polygon(vec![
            (x - wide / 2.0, lip + 38.0),
            (x + wide / 2.0, lip + 38.0),
            (x + 8.0, 726.0),
            (x - 8.0, 726.0),
        ]);
        p.lay(ink, &body.and(foot));
        let mouth = disc((x, lip + 8.0), wide * 0.34).cut((x, lip + 8.0), (0.0, -1.0));
        p.over(if night { Ink::Dark } else { Ink::Paper }, &mouth);
    }
    p.lay(
        if night { Ink::Mid } else { Ink::Dark },
        &rect(-20.0, 716.0, 1240.0, 120.0),
    );
}

fn keys(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Mid, Ink::Light]);
    p.fill(ground);
    let top = d.within(330.0, 380.0);
    let wide = 1200.0 / 9.0;
    p.lay(Ink::Dark, &rect(-20.0, top - 30.0, 1240.0, 30.0));
    let bright = 2 + d.below(5);
    for i in 0..9 {
        let ink = if i == bright { Ink::Accent } else { Ink::Paper };
        p.lay(ink, &rect(i as f32 * wide + 3.0, top, wide - 6.0, 460.0));
    }
    let start = d.below(7);
    let black = (0..10).filter(|i| ![2, 6].contains(&((i + start) % 7)));
    let black = black.map(|i| rect((i + 1) as f32 * wide - 40.0, top - 4.0, 80.0, 250.0));
    p.lay(Ink::Dark, &all(black.collect::<Vec<_>>()));
    let x = (bright as f32 + 0.5) * wide;
    // The tone that was struck goes up as rings.
    for (i, radius) in [36.0, 78.0, 120.0, 162.0_f32].into_iter().enumerate() {
        let ink = if i == 0 { Ink::Accent } else { Ink::Paper };
        let inner = if i == 0 { 0.5 } else { radius - 9.0 };
        let rings = ring((x, top - 30.0), radius, inner);
        p.lay(ink, &rings.cut((0.0, top - 30.0), (0.0, -1.0)));
    }
}

fn record(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Paper, Ink::Light, Ink::Mid]);
    p.fill(ground);
    let side = d.side();
    let at = (600.0 - side * d.within(40.0, 110.0), d.within(400.0, 440.0));
    let outer = d.within(300.0, 330.0);
    p.lay(Ink::Dark, &disc(at, outer));
    let groove = if ground == Ink::Mid {
        Ink::Light
    } else {
        Ink::Mid
    };
    for part in [0.92, 0.82, 0.74, 0.6, 0.54] {
        let begin = d.unit() * TAU;
        let line = arc(at, outer * part, begin, d.within(2.4, 5.4));
        p.over(groove, &ribbon(&line, |_| 5.0));
    }
    p.lay(Ink::Accent, &disc(at, outer * 0.36));
    p.over(ground, &disc(at, 13.0));
    let pivot = (at.0 + side * (outer + 110.0), at.1 - 230.0);
    let needle = (at.0 + side * outer * 0.62, at.1 + outer * 0.34);
    let elbow = (pivot.0 - side * 4.0, at.1 + 60.0);
    let arm = if ground == Ink::Mid {
        Ink::Paper
    } else {
        Ink::Accent
    };
    p.lay(arm, &disc(pivot, 52.0));
    p.over(
        if arm == Ink::Paper {
            Ink::Dark
        } else {
            Ink::Paper
        },
        &disc(pivot, 22.0),
    );
    p.over(arm, &ribbon(&[pivot, elbow, needle], |_| 13.0));
    let head = rounded(needle.0 - 34.0, needle.1 - 17.0, 68.0, 34.0, 8.0);
    p.over(arm, &head.turned(needle, side * -0.55));
}
