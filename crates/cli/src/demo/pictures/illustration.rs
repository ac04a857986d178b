//! Illustration: cut paper that has come alive.
use std::f32::consts::PI;

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    all, blob, brush, curve, disc, leaf, leaf_halves, polar, polygon, ribbon, sector, stroke,
};

pub(super) const ILLUSTRATION: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av en kvist med bär",
        en: "A screen print of a sprig with berries",
        draw: sprig,
    },
    Motif {
        sv: "Ett skärmtryck av en fågel på en gren",
        en: "A screen print of a bird on a branch",
        draw: bird,
    },
    Motif {
        sv: "Ett skärmtryck av en fisk",
        en: "A screen print of a fish",
        draw: fish,
    },
];

fn sprig(p: &mut Print, d: &mut Dice) {
    let night = d.unit() < 0.35;
    p.fill(if night {
        Ink::Dark
    } else {
        d.pick(&[Ink::Paper, Ink::Light])
    });
    let side = d.side();
    let at = |x: f32, y: f32| (600.0 + side * x, y);
    let bend = d.within(-60.0, 60.0);
    let stem = curve(&[
        at(-330.0, 830.0),
        at(-210.0 + bend, 560.0),
        at(0.0 + bend * 0.4, 360.0),
        at(300.0, 170.0),
    ]);
    let (one, other) = if night {
        (Ink::Light, Ink::Mid)
    } else {
        (Ink::Mid, Ink::Dark)
    };
    let pairs = 6 + d.below(2);
    for i in 0..pairs {
        let part = 0.16 + 0.76 * i as f32 / pairs as f32;
        let k = (part * (stem.len() - 2) as f32) as usize;
        let (a, b) = (stem[k], stem[k + 1]);
        let along = (b.1 - a.1).atan2(b.0 - a.0);
        let long = 200.0 * (1.12 - part * 0.62);
        for turn in [-0.9, 0.9] {
            let tip = polar(a, long, along + turn + d.within(-0.12, 0.12));
            let (upper, lower) = leaf_halves(a, tip, 0.22);
            p.lay(one, &upper);
            p.lay(other, &lower);
        }
    }
    let end = stem[stem.len() - 1];
    p.lay(one, &leaf(end, at(390.0, 110.0), 0.22));
    p.over(other, &ribbon(&stem, |t| 11.0 - 7.0 * t));
    for _ in 0..3 {
        let from = stem[(d.within(0.3, 0.62) * stem.len() as f32) as usize];
        let berry = (
            from.0 + side * d.within(110.0, 190.0),
            from.1 + d.within(90.0, 170.0),
        );
        p.over(
            other,
            &ribbon(
                &curve(&[
                    from,
                    (from.0 + (berry.0 - from.0) * 0.75, from.1 + 20.0),
                    berry,
                ]),
                |_| 5.0,
            ),
        );
        p.lay(Ink::Accent, &disc(berry, d.within(34.0, 44.0)));
    }
}

fn bird(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Light, Ink::Paper, Ink::Mid]);
    p.fill(ground);
    let side = d.side();
    let at = |x: f32, y: f32| (600.0 + side * x, y);
    p.lay(
        if ground == Ink::Paper {
            Ink::Light
        } else {
            Ink::Paper
        },
        &disc(at(d.within(-60.0, 60.0), 380.0), 290.0),
    );
    let branch = curve(&[
        at(-640.0, 650.0),
        at(-250.0, 606.0),
        at(150.0, 622.0),
        at(640.0, 560.0),
    ]);
    p.lay(Ink::Dark, &ribbon(&branch, |t| 26.0 - 10.0 * t));
    for (x, y, tip_x, tip_y) in [
        (330.0, 606.0, 420.0, 500.0),
        (-380.0, 622.0, -470.0, 720.0),
        (430.0, 596.0, 540.0, 660.0),
    ] {
        p.lay(
            if ground == Ink::Mid {
                Ink::Dark
            } else {
                Ink::Mid
            },
            &leaf(at(x, y), at(tip_x, tip_y), 0.24),
        );
    }
    for x in [-24.0, 26.0] {
        p.over(Ink::Dark, &stroke(at(x, 540.0), at(x + 8.0, 616.0), 7.0));
    }
    p.lay(
        Ink::Dark,
        &polygon(vec![
            at(-120.0, 400.0),
            at(-330.0, 560.0),
            at(-300.0, 590.0),
            at(-252.0, 590.0),
            at(-60.0, 500.0),
        ]),
    );
    let body = blob(&[
        at(150.0, 250.0),
        at(196.0, 330.0),
        at(180.0, 440.0),
        at(90.0, 540.0),
        at(-40.0, 548.0),
        at(-150.0, 470.0),
        at(-140.0, 390.0),
        at(-20.0, 330.0),
        at(70.0, 250.0),
    ]);
    p.lay(Ink::Accent, &body);
    let (upper, lower) = leaf_halves(at(86.0, 372.0), at(-220.0, 520.0), 0.22);
    p.lay(Ink::Dark, &upper);
    p.lay(Ink::Dark, &lower);
    for i in 0..3_u8 {
        let i = f32::from(i);
        p.over(
            Ink::Paper,
            &brush(
                &[
                    at(40.0 - i * 50.0, 400.0 + i * 24.0),
                    at(0.0 - i * 50.0, 424.0 + i * 24.0),
                    at(-60.0 - i * 46.0, 446.0 + i * 22.0),
                ],
                9.0,
            ),
        );
    }
    p.over(
        Ink::Dark,
        &polygon(vec![at(180.0, 274.0), at(250.0, 306.0), at(186.0, 322.0)]),
    );
    p.over(Ink::Paper, &disc(at(128.0, 290.0), 17.0));
    p.over(Ink::Dark, &disc(at(131.0, 290.0), 9.0));
}

fn fish(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Mid, Ink::Light, Ink::Dark]);
    p.fill(ground);
    let side = d.side();
    let y = d.within(370.0, 430.0);
    let at = |x: f32, dy: f32| (600.0 + side * x, y + dy);
    let waves = if ground == Ink::Light {
        Ink::Paper
    } else {
        Ink::Light
    };
    for row in [110.0, 690.0_f32] {
        let shift = d.within(-150.0, 150.0);
        for i in 0..3 {
            let x = 300.0 + shift + i as f32 * 300.0;
            p.over(
                waves,
                &brush(
                    &curve(&[
                        (x - 110.0, row),
                        (x - 50.0, row - 16.0),
                        (x, row),
                        (x + 50.0, row + 16.0),
                        (x + 110.0, row),
                    ]),
                    9.0,
                ),
            );
        }
    }
    let (body, trim) = if ground == Ink::Dark {
        (Ink::Accent, Ink::Paper)
    } else {
        (Ink::Dark, Ink::Accent)
    };
    p.lay(
        trim,
        &polygon(vec![
            at(-250.0, 0.0),
            at(-400.0, -120.0),
            at(-360.0, 0.0),
            at(-400.0, 120.0),
        ]),
    );
    p.lay(trim, &leaf(at(-60.0, -120.0), at(-190.0, -190.0), 0.25));
    let form = leaf(at(-290.0, 0.0), at(330.0, 0.0), 0.24);
    p.lay(body, &form);
    p.lay(trim, &all([form.clone()]).cut(at(196.0, 0.0), (side, 0.0)));
    for column in 0..5_usize {
        let x = 120.0 - column as f32 * 74.0;
        let count = if column == 4 { 1 } else { 3 };
        for row in 0..count {
            let dy = (row as f32 - (count - 1) as f32 / 2.0) * 62.0 * (1.0 - column as f32 * 0.1);
            let scale = sector(
                at(x, dy),
                (0.0, 27.0),
                if side > 0.0 { PI / 2.0 } else { -PI / 2.0 },
                PI,
            );
            p.over(Ink::Paper, &scale);
        }
    }
    p.over(Ink::Paper, &disc(at(244.0, -18.0), 19.0));
    p.over(Ink::Dark, &disc(at(247.0, -18.0), 10.0));
}
