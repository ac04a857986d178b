//! Dance and circus: what moves leaves a line.
use std::f32::consts::{PI, TAU};

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    Point, all, below, brush, curve, disc, ellipse, polygon, rect, ribbon, ring, steps, stroke,
};

pub(super) const DANCE: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av svepande bågar",
        en: "A screen print of sweeping arcs",
        draw: sweep,
    },
    Motif {
        sv: "Ett skärmtryck av ett band i öglor",
        en: "A screen print of a ribbon in loops",
        draw: loops,
    },
    Motif {
        sv: "Ett skärmtryck av dansande figurer",
        en: "A screen print of dancing figures",
        draw: dancers,
    },
];

pub(super) const CIRCUS: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av ett cirkustält",
        en: "A screen print of a circus tent",
        draw: tent,
    },
    Motif {
        sv: "Ett skärmtryck av bollar i luften",
        en: "A screen print of balls in the air",
        draw: juggling,
    },
    Motif {
        sv: "Ett skärmtryck av en trapets i strålkastarljus",
        en: "A screen print of a trapeze in a spotlight",
        draw: trapeze,
    },
];

fn sweep(p: &mut Print, d: &mut Dice) {
    let night = d.unit() < 0.35;
    p.fill(if night {
        Ink::Dark
    } else {
        d.pick(&[Ink::Paper, Ink::Light])
    });
    let side = d.side();
    let middle = 600.0 + side * d.within(20.0, 110.0);
    let at = |x: f32, y: f32| (middle + side * x, y);
    let strong = if night { Ink::Light } else { Ink::Dark };
    let mut inks = [Ink::Mid, strong, Ink::Mid, Ink::Accent];
    if d.coin() {
        inks.swap(1, 3);
    }
    // The skirt lags behind the turn, its last fold most.
    let swing = d.within(0.86, 1.08);
    for (fold, ink) in inks.into_iter().enumerate() {
        let k = fold as f32;
        let hem = at((-500.0 + k * 172.0) * swing, 560.0 + k * 48.0);
        let line = curve(&[
            at(-6.0, 330.0),
            at(30.0 + k * 8.0, 440.0 + k * 10.0),
            at((-150.0 + k * 84.0) * swing, 580.0 + k * 34.0),
            hem,
        ]);
        p.lay(ink, &brush(&line, 92.0 - k * 8.0));
    }
    let reach = d.within(0.9, 1.15);
    let arms = curve(&[
        at(-330.0 * reach, 300.0),
        at(-170.0, 268.0),
        at(0.0, 276.0),
        at(170.0, 200.0),
        at(260.0 * reach, 70.0),
    ]);
    let trunk = curve(&[
        at(20.0, 236.0),
        at(4.0, 300.0),
        at(-8.0, 372.0),
        at(20.0, 450.0),
    ]);
    p.lay(strong, &brush(&arms, 42.0).and(brush(&trunk, 64.0)));
    p.lay(Ink::Accent, &disc(at(44.0, 182.0), 46.0));
}

fn loops(p: &mut Print, d: &mut Dice) {
    let night = d.coin();
    p.fill(if night { Ink::Dark } else { Ink::Paper });
    let side = d.side();
    let count = d.pick(&[2.0, 3.0, 3.0]);
    let rise = d.within(-150.0, 150.0);
    let place = |t: f32| {
        let turn = (t * count + 0.25) * TAU;
        // Larger in the middle, as an arm swings.
        let wide = 0.62 + 0.38 * (t * PI).sin();
        let x = 600.0 + side * ((t - 0.5) * 760.0 + 190.0 * wide * turn.cos());
        (x, 400.0 + rise * (t - 0.5) - 210.0 * wide * turn.sin())
    };
    let line: Vec<Point> = steps(260).map(|t| place(t * 1.04 - 0.02)).collect();
    let shade: Vec<Point> = line.iter().map(|&(x, y)| (x + 26.0, y + 34.0)).collect();
    // A broad pen: wide going down, narrow going across.
    let pen = |t: f32, most: f32| {
        let turn = ((t * 1.04 - 0.02) * count + 0.25) * TAU;
        9.0 + most * (0.5 + 0.5 * (turn * 2.0).cos()) * (t * PI).sin().max(0.0)
    };
    p.lay(
        if night { Ink::Mid } else { Ink::Light },
        &ribbon(&shade, |t| pen(t, 30.0)),
    );
    p.lay(
        if night { Ink::Light } else { Ink::Dark },
        &ribbon(&line, |t| pen(t, 44.0)),
    );
    let end = place(1.02);
    p.lay(
        Ink::Accent,
        &disc((end.0, end.1 - 20.0), d.within(50.0, 64.0)),
    );
}

fn dancers(p: &mut Print, d: &mut Dice) {
    let night = d.unit() < 0.4;
    let ground = if night {
        Ink::Dark
    } else {
        d.pick(&[Ink::Light, Ink::Paper])
    };
    p.fill(ground);
    let floor = 690.0;
    let stage = match ground {
        Ink::Dark => Ink::Mid,
        Ink::Light => Ink::Paper,
        _ => Ink::Light,
    };
    p.lay(stage, &ellipse((600.0, floor + 26.0), 520.0, 70.0));
    let count = d.pick(&[2_usize, 3, 3]);
    let mut inks = [
        Ink::Accent,
        if night { Ink::Light } else { Ink::Dark },
        Ink::Mid,
    ];
    inks.rotate_left(d.below(3));
    for (i, ink) in inks.into_iter().take(count).enumerate() {
        let x = 600.0 + (i as f32 - (count - 1) as f32 / 2.0) * 330.0;
        let ink = if ink == Ink::Mid && night {
            Ink::Paper
        } else {
            ink
        };
        dancer(p, d, (x, floor), ink);
    }
}

/// Head, spine into the standing leg, the other leg, a skirt and one long arc for both arms.
fn dancer(p: &mut Print, d: &mut Dice, foot: Point, ink: Ink) {
    let side = d.side();
    let at = |x: f32, y: f32| (foot.0 + side * x, foot.1 - y);
    let lean = d.within(20.0, 70.0);
    let reach = d.within(100.0, 230.0);
    let spine = curve(&[
        at(lean, 392.0),
        at(lean * 0.2, 300.0),
        at(-16.0, 216.0),
        at(10.0, 110.0),
        at(0.0, 0.0),
    ]);
    let leg = curve(&[
        at(-14.0, 226.0),
        at(-80.0, 170.0),
        at(-150.0, reach * 0.7),
        at(-190.0, reach * 0.4 + 40.0),
    ]);
    let up = d.within(60.0, 150.0);
    let arms = curve(&[
        at(lean - 190.0, 350.0 + up),
        at(lean - 90.0, 356.0),
        at(lean, 352.0),
        at(lean + 90.0, 370.0),
        at(lean + 170.0, 380.0 + up),
    ]);
    let figure = all([
        ribbon(&spine, |t| 42.0 * (1.0 - t).powf(0.6) + 11.0),
        ribbon(&leg, |t| 36.0 - 25.0 * t),
        ribbon(&arms, |t| 10.0 + 18.0 * (t * PI).sin()),
        disc(at(lean * 1.25, 442.0), 36.0),
    ]);
    p.lay(ink, &figure);
}

fn tent(p: &mut Print, d: &mut Dice) {
    let night = d.coin();
    p.fill(if night { Ink::Dark } else { Ink::Light });
    let x = d.within(560.0, 640.0);
    let (top, eave, ground) = (d.within(150.0, 190.0), 430.0, 690.0);
    let moon = (x + d.side() * 400.0, d.within(130.0, 180.0));
    p.lay(
        if night { Ink::Light } else { Ink::Paper },
        &disc(moon, 64.0),
    );
    p.lay(
        Ink::Mid,
        &below(|x| ground - 16.0 * (x / 1200.0 * PI).sin()),
    );
    let count = d.pick(&[7_usize, 9]);
    let half = d.within(390.0, 430.0);
    let seam = |k: usize, y: f32| {
        let part = (y - top) / (eave - top);
        let wide = if part < 1.0 {
            0.05 * part + 0.95 * part.powf(1.7)
        } else {
            1.0
        };
        let spread = (k as f32 / count as f32 - 0.5) * 2.0;
        x + spread * half * wide * if part > 1.0 { 0.9 } else { 1.0 }
    };
    let second = Ink::Paper;
    for k in 0..count {
        let ink = if k % 2 == 0 { Ink::Accent } else { second };
        let wall = vec![
            (seam(k, eave + 1.0), eave),
            (seam(k + 1, eave + 1.0), eave),
            (seam(k + 1, eave + 1.0), ground),
            (seam(k, eave + 1.0), ground),
        ];
        p.lay(
            if ink == Ink::Accent {
                second
            } else {
                Ink::Accent
            },
            &polygon(wall),
        );
    }
    let door = curve(&[
        (x - 78.0, ground + 4.0),
        (x - 40.0, ground - 90.0),
        (x, eave + 30.0),
        (x + 40.0, ground - 90.0),
        (x + 78.0, ground + 4.0),
    ]);
    p.lay(Ink::Dark, &polygon(door));
    for k in 0..count {
        let ink = if k % 2 == 0 { Ink::Accent } else { second };
        let heights = || steps(20).map(|t| top + t * (eave - top));
        let other: Vec<Point> = heights().map(|y| (seam(k + 1, y), y)).collect();
        let roof = heights()
            .map(|y| (seam(k, y), y))
            .chain(other.into_iter().rev());
        let wide = half * 2.0 / count as f32;
        let flap = disc(
            ((seam(k, eave) + seam(k + 1, eave)) / 2.0, eave),
            wide / 2.0,
        );
        p.lay(
            ink,
            &polygon(roof.collect()).and(flap.cut((0.0, eave - 1.0), (0.0, 1.0))),
        );
    }
    let pole = if night { Ink::Light } else { Ink::Dark };
    p.over(pole, &stroke((x, top + 12.0), (x, top - 84.0), 7.0));
    let side = d.side();
    p.lay(
        if night { Ink::Accent } else { Ink::Dark },
        &polygon(vec![
            (x, top - 84.0),
            (x + side * 84.0, top - 60.0),
            (x, top - 34.0),
        ]),
    );
}

fn juggling(p: &mut Print, d: &mut Dice) {
    let night = d.coin();
    p.fill(if night {
        Ink::Dark
    } else {
        d.pick(&[Ink::Paper, Ink::Light])
    });
    let count = d.pick(&[5_usize, 6, 7]);
    let top = d.within(120.0, 180.0);
    let wide = d.within(290.0, 360.0);
    let flight = |t: f32| {
        let u = t * 2.0 - 1.0;
        (600.0 + wide * u, top + (560.0 - top) * u * u)
    };
    let dash = |i: u8| {
        let from = f32::from(i) / 30.0;
        stroke(flight(from), flight(from + 0.014), 5.0)
    };
    p.over(Ink::Mid, &all((0..30).map(dash)));
    let strong = if night { Ink::Light } else { Ink::Dark };
    let inks = [strong, Ink::Mid, Ink::Accent];
    let shift = d.below(3);
    for i in 0..count {
        let t = (i as f32 + 0.5) / count as f32;
        let ink = inks[(i + shift) % 3];
        p.lay(ink, &disc(flight(t), 46.0 + 8.0 * (t * PI).sin()));
    }
    let foot = (600.0, 720.0);
    let drum = vec![
        (foot.0 - 130.0, foot.1 - 110.0),
        (foot.0 + 130.0, foot.1 - 110.0),
        (foot.0 + 170.0, foot.1 + 100.0),
        (foot.0 - 170.0, foot.1 + 100.0),
    ];
    p.lay(Ink::Accent, &polygon(drum));
    for i in [-2.0, 0.0, 2.0_f32] {
        let wedge = vec![
            (foot.0 + i * 52.0 - 26.0, foot.1 - 110.0),
            (foot.0 + i * 52.0 + 26.0, foot.1 - 110.0),
            (foot.0 + i * 68.0 + 34.0, foot.1 + 100.0),
            (foot.0 + i * 68.0 - 34.0, foot.1 + 100.0),
        ];
        p.over(Ink::Paper, &polygon(wedge));
    }
    p.lay(strong, &rect(foot.0 - 148.0, foot.1 - 128.0, 296.0, 24.0));
    p.lay(strong, &disc((foot.0, foot.1 - 216.0), 88.0));
    p.over(Ink::Accent, &ring((foot.0, foot.1 - 216.0), 58.0, 44.0));
}

fn trapeze(p: &mut Print, d: &mut Dice) {
    p.fill(d.pick(&[Ink::Dark, Ink::Mid]));
    let spot = (d.within(520.0, 680.0), 430.0);
    p.lay(Ink::Light, &disc(spot, d.within(290.0, 320.0)));
    let swing = d.within(-0.3, 0.3);
    let pivot = (spot.0 - swing * 420.0, -160.0);
    let bar = (spot.0 + swing * 60.0, 250.0);
    let lean = d.side();
    let at = |x: f32, y: f32| (bar.0 + lean * x, bar.1 + y);
    for x in [-112.0, 112.0] {
        p.over(
            Ink::Paper,
            &stroke((pivot.0 + x * 0.9, pivot.1), (bar.0 + x, bar.1), 6.0),
        );
    }
    let arms = [-56.0, 56.0].map(|x| {
        ribbon(
            &curve(&[at(x, 4.0), at(x * 0.86, 70.0), at(x * 0.42, 134.0)]),
            |t| 15.0 + 9.0 * t,
        )
    });
    let trunk = curve(&[
        at(0.0, 112.0),
        at(2.0, 176.0),
        at(-14.0, 244.0),
        at(-60.0, 300.0),
    ]);
    let legs = [0.0, 1.0].map(|k| {
        let line = [
            at(-44.0, 270.0),
            at(-86.0 - k * 44.0, 330.0 - k * 24.0),
            at(-176.0 - k * 24.0, 372.0 - k * 80.0),
        ];
        ribbon(&curve(&line), |t| 34.0 - 24.0 * t)
    });
    let trunk = ribbon(&trunk, |t| 62.0 - 22.0 * t);
    p.lay(Ink::Accent, &all(arms).and(trunk).and(all(legs)));
    p.over(
        Ink::Dark,
        &stroke((bar.0 - 128.0, bar.1), (bar.0 + 128.0, bar.1), 14.0),
    );
    p.lay(Ink::Dark, &disc(at(4.0, 82.0), 33.0));
}
