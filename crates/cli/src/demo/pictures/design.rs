//! Design: what is cut, hung and lit.
use std::f32::consts::PI;

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    Point, blob, curve, disc, ellipse, leaf, polar, polygon, rect, ribbon, sector, stroke,
};

pub(super) const DESIGN: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av bitar klippta ur cirklar",
        en: "A screen print of pieces cut from circles",
        draw: tiles,
    },
    Motif {
        sv: "Ett skärmtryck av en mobil",
        en: "A screen print of a mobile",
        draw: mobile,
    },
    Motif {
        sv: "Ett skärmtryck av en lampa över ett bord",
        en: "A screen print of a lamp above a table",
        draw: lamp,
    },
];

fn tiles(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Paper, Ink::Light]);
    p.fill(ground);
    let side = 200.0;
    let bright = (1 + d.below(4), 1 + d.below(2));
    let slope = d.side();
    for row in 0..4 {
        for column in 0..6 {
            let (x, y) = (column as f32 * side, row as f32 * side);
            if (column, row) == bright {
                p.lay(
                    Ink::Accent,
                    &disc((x + side / 2.0, y + side / 2.0), side / 2.0),
                );
                continue;
            }
            // Emptier towards two corners.
            let far = (column as f32 - 2.5) * slope + (row as f32 - 1.5) * 1.4;
            if d.unit() < 0.08 + far.abs() * 0.22 {
                continue;
            }
            let ink = d.pick(&[
                Ink::Dark,
                Ink::Mid,
                Ink::Mid,
                if ground == Ink::Light {
                    Ink::Paper
                } else {
                    Ink::Light
                },
            ]);
            tile(p, d, (x, y), side, ink);
        }
    }
}

fn tile(p: &mut Print, d: &mut Dice, (x, y): Point, side: f32, ink: Ink) {
    let corner = d.below(4);
    let at = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)][corner];
    let turn = corner as f32 * PI / 2.0;
    match d.below(5) {
        0 | 1 => p.lay(ink, &sector(at, (0.0, side), turn, PI / 2.0)),
        2 => {
            let middle = (x + side / 2.0, y + side / 2.0);
            let edge = polar(middle, side / 2.0, turn);
            p.lay(ink, &sector(edge, (0.0, side / 2.0), turn + PI / 2.0, PI));
        }
        3 => {
            let far = (x + x + side - at.0, y + y + side - at.1);
            p.lay(ink, &leaf(at, far, 0.3));
        }
        _ => p.lay(ink, &sector(at, (side / 2.0, side), turn, PI / 2.0)),
    }
}

fn mobile(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Paper, Ink::Light, Ink::Mid]);
    p.fill(ground);
    let mut hook = (d.within(560.0, 640.0), -10.0);
    let mut side = d.side();
    let wire = Ink::Dark;
    let pale = if ground == Ink::Paper {
        Ink::Mid
    } else {
        Ink::Paper
    };
    let inks = [Ink::Dark, Ink::Accent, pale, Ink::Dark];
    let mut drop = 100.0;
    for (level, ink) in inks.into_iter().enumerate() {
        let long = 420.0 - level as f32 * 66.0;
        let pin = (hook.0, hook.1 + drop);
        p.over(wire, &stroke(hook, pin, 5.0));
        let tilt = d.within(-0.12, 0.2) * side;
        let short = long * d.within(0.34, 0.44);
        let weight = (pin.0 + side * long * 0.72, pin.1 + 30.0 + tilt * 90.0);
        let next = (pin.0 - side * short, pin.1 + 30.0 - tilt * 60.0);
        let beam = curve(&[
            weight,
            (pin.0 + side * long * 0.3, pin.1 + 4.0),
            pin,
            (pin.0 - side * short * 0.5, pin.1 + 8.0),
            next,
        ]);
        p.over(wire, &ribbon(&beam, |_| 5.0));
        let size = 92.0 + (3 - level) as f32 * 16.0;
        let low = (weight.0 + side * 14.0, weight.1 + 16.0);
        match (level + d.below(2)) % 3 {
            0 => p.lay(
                ink,
                &leaf(
                    weight,
                    (low.0 + side * size * 1.3, low.1 + size * 0.9),
                    0.26,
                ),
            ),
            1 => p.lay(ink, &disc((weight.0, weight.1 + size * 0.62), size * 0.62)),
            _ => p.lay(
                ink,
                &blob(&[
                    (weight.0, weight.1 - 6.0),
                    (weight.0 + size * 0.7, weight.1 + size * 0.5),
                    (weight.0 + size * 0.1, weight.1 + size * 1.3),
                    (weight.0 - size * 0.66, weight.1 + size * 0.6),
                ]),
            ),
        }
        hook = next;
        side = -side;
        drop = d.within(64.0, 92.0);
    }
    p.over(wire, &stroke(hook, (hook.0, hook.1 + 60.0), 5.0));
    p.lay(Ink::Accent, &disc((hook.0, hook.1 + 100.0), 48.0));
}

fn lamp(p: &mut Print, d: &mut Dice) {
    let night = d.coin();
    p.fill(if night { Ink::Dark } else { Ink::Mid });
    let x = d.within(480.0, 720.0);
    let rim = d.within(300.0, 340.0);
    let wide = d.within(150.0, 190.0);
    let table = 640.0;
    let glow = polygon(vec![
        (x - wide + 10.0, rim),
        (x + wide - 10.0, rim),
        (x + wide * 2.3, table + 4.0),
        (x - wide * 2.3, table + 4.0),
    ]);
    p.lay(Ink::Light, &glow);
    p.over(Ink::Paper, &ellipse((x, rim), wide - 8.0, 20.0));
    p.over(
        if night { Ink::Mid } else { Ink::Dark },
        &stroke((x, -10.0), (x, rim - 150.0), 6.0),
    );
    let shade = ellipse((x, rim), wide, wide * d.within(0.8, 1.05)).cut((x, rim), (0.0, -1.0));
    p.lay(Ink::Accent, &shade);
    p.glaze(Ink::Light, &shade.cut((x + wide * 0.3, 0.0), (1.0, 0.0)));
    p.lay(Ink::Paper, &rect(-20.0, table, 1240.0, 200.0));
    p.lay(
        if night { Ink::Mid } else { Ink::Dark },
        &rect(-20.0, table + 30.0, 1240.0, 200.0),
    );
    let bowl = x + d.side() * d.within(40.0, 120.0);
    let form = disc((bowl, table - 88.0), 92.0).cut((0.0, table - 80.0), (0.0, 1.0));
    p.lay(
        if night { Ink::Mid } else { Ink::Dark },
        &form.cut((0.0, table), (0.0, -1.0)),
    );
    p.lay(
        Ink::Accent,
        &disc((bowl - 30.0, table - 102.0), 30.0).cut((0.0, table - 84.0), (0.0, -1.0)),
    );
    p.lay(
        Ink::Accent,
        &disc((bowl + 32.0, table - 98.0), 30.0).cut((0.0, table - 84.0), (0.0, -1.0)),
    );
}
