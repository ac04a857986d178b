//! Photography: light, and what lets it through.
use std::f32::consts::{PI, TAU};

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    Point, all, arc, curve, disc, ellipse, polar, polygon, rect, ribbon, rounded, stroke,
};

pub(super) const PHOTO: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av en bländare",
        en: "A screen print of an aperture",
        draw: aperture,
    },
    Motif {
        sv: "Ett skärmtryck av en kontaktkarta",
        en: "A screen print of a contact sheet",
        draw: contacts,
    },
    Motif {
        sv: "Ett skärmtryck av fotografier på tork",
        en: "A screen print of photographs hung to dry",
        draw: drying,
    },
];

fn aperture(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Light, Ink::Paper, Ink::Mid]);
    p.fill(ground);
    let at = (d.within(540.0, 660.0), 400.0);
    let blades = d.pick(&[6_usize, 7, 8]);
    let (outer, inner) = (320.0, d.within(110.0, 165.0));
    let turn = d.unit() * TAU;
    let step = TAU / blades as f32;
    p.lay(Ink::Dark, &disc(at, outer + 24.0));
    p.over(Ink::Paper, &disc(at, inner + 10.0));
    let view = ellipse(at, inner, inner);
    p.over(Ink::Light, &view);
    p.over(
        Ink::Accent,
        &disc((at.0 + d.within(-30.0, 30.0), at.1 - 14.0), inner * 0.4),
    );
    p.over(Ink::Mid, &view.cut((at.0, at.1 + inner * 0.25), (0.0, 1.0)));
    // A blade goes from one corner of the opening, past the next, to the rim.
    let rim = |k: usize| {
        let (a, b) = (
            polar(at, inner, turn + step * k as f32),
            polar(at, inner, turn + step * (k + 1) as f32),
        );
        let (dx, dy) = ((b.0 - a.0), (b.1 - a.1));
        let long = dx.hypot(dy);
        let half = long / 2.0;
        let far = half + (outer * outer - inner * inner + half * half).sqrt();
        (a.0 + dx / long * far, a.1 + dy / long * far)
    };
    for k in 0..blades {
        let (from, to) = (rim(k), rim(k + 1));
        let angle = |q: Point| (q.1 - at.1).atan2(q.0 - at.0);
        let edge = arc(at, outer, angle(from), step);
        let mut outline = vec![polar(at, inner, turn + step * (k + 1) as f32)];
        outline.extend(edge);
        outline.push(to);
        outline.push(polar(at, inner, turn + step * (k + 2) as f32));
        let pale = k.is_multiple_of(if blades == 7 { 3 } else { 2 });
        let blade = polygon(outline);
        p.over(if pale { Ink::Mid } else { Ink::Dark }, &blade);
        p.over(
            Ink::Paper,
            &stroke(polar(at, inner - 2.0, turn + step * k as f32), from, 5.0),
        );
    }
}

/// A small landscape for a frame.
fn scene(p: &mut Print, (x, y, wide, high): (f32, f32, f32, f32), time: f32) {
    let frame = rect(x, y, wide, high);
    let horizon = y + high * 0.66;
    p.lay(Ink::Paper, &frame);
    let sun = (
        x + wide * (0.2 + 0.6 * time),
        y + high * (0.62 - 0.36 * (time * PI).sin()),
    );
    p.over(Ink::Accent, &disc(sun, high * 0.18));
    let hill = [0.0, 0.25, 0.5, 0.75, 1.0_f32].map(|t| {
        (
            x + wide * t,
            horizon - high * 0.1 * ((t * 1.3 + time) * PI).sin(),
        )
    });
    let mut outline = curve(&hill);
    outline.extend([(x + wide, y + high), (x, y + high)]);
    p.over(Ink::Mid, &polygon(outline));
}

fn contacts(p: &mut Print, d: &mut Dice) {
    p.fill(Ink::Light);
    let rows = 2_usize;
    let columns = 4_usize;
    let tilt = d.within(-40.0, 40.0);
    for row in 0..rows {
        let shift = if row == 0 { tilt - 60.0 } else { -tilt - 120.0 };
        let y = 96.0 + row as f32 * 320.0;
        p.lay(Ink::Dark, &rect(-30.0, y, 1260.0, 288.0));
        let holes = (0..30).flat_map(|i| {
            let x = -30.0 + shift * 0.3 + i as f32 * 46.0;
            [
                rounded(x, y + 12.0, 22.0, 20.0, 5.0),
                rounded(x, y + 256.0, 22.0, 20.0, 5.0),
            ]
        });
        p.over(Ink::Light, &all(holes.collect::<Vec<_>>()));
        for column in 0..columns {
            let x = shift + column as f32 * 340.0;
            let time = (row * columns + column) as f32 / (rows * columns - 1) as f32;
            scene(p, (x, y + 44.0, 316.0, 200.0), time);
        }
    }
    // The one that was chosen.
    let (row, column) = (d.below(2), 1 + d.below(2));
    let shift = if row == 0 { tilt - 60.0 } else { -tilt - 120.0 };
    let (x, y) = (
        shift + column as f32 * 340.0 + 158.0,
        96.0 + row as f32 * 320.0 + 144.0,
    );
    let hand: Vec<Point> = arc((0.0, 0.0), 100.0, -2.0, TAU + 0.3)
        .into_iter()
        .enumerate()
        .map(|(i, (a, b))| (x + a * (1.86 + i as f32 * 0.002), y + b * 1.3))
        .collect();
    p.over(Ink::Accent, &ribbon(&hand, |t| 9.0 + 5.0 * (t * PI).sin()));
}

fn drying(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Dark, Ink::Mid, Ink::Light]);
    p.fill(ground);
    let line = curve(&[
        (-40.0, 150.0),
        (300.0, 196.0),
        (640.0, 204.0),
        (1240.0, 130.0),
    ]);
    p.over(
        if ground == Ink::Light {
            Ink::Dark
        } else {
            Ink::Light
        },
        &ribbon(&line, |_| 6.0),
    );
    let mut x = d.within(84.0, 110.0);
    let mut time = d.within(0.05, 0.2);
    for _ in 0..4 {
        let upright = d.coin();
        let (wide, high) = if upright {
            (190.0, 254.0)
        } else {
            (228.0, 192.0)
        };
        let y = 196.0 - (x + wide / 2.0 - 600.0).abs() * 0.06;
        p.glaze(Ink::Light, &rect(x + 16.0, y + 20.0, wide, high));
        p.lay(Ink::Paper, &rect(x, y, wide, high));
        let pictured = (x + 16.0, y + 16.0, wide - 32.0, high - 32.0);
        scene(p, pictured, time);
        p.over(
            if ground == Ink::Dark {
                Ink::Mid
            } else {
                Ink::Dark
            },
            &rounded(x + wide / 2.0 - 9.0, y - 22.0, 18.0, 54.0, 5.0),
        );
        x += wide + d.within(36.0, 50.0);
        time += 0.25;
    }
    p.lay(
        if ground == Ink::Dark {
            Ink::Mid
        } else {
            Ink::Dark
        },
        &rect(-20.0, 690.0, 1240.0, 130.0),
    );
    p.lay(
        Ink::Accent,
        &rounded(d.within(240.0, 720.0), 634.0, 260.0, 58.0, 10.0),
    );
}
