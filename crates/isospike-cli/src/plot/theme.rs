//! Colours and round numbers.

use isospike_record::Population;
use plotters::style::RGBColor;

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);
/// Text that explains.
pub(super) const FAINT: RGBColor = RGBColor(110, 110, 110);
/// Grid lines.
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);

/// Excitatory populations.
const COOL: [RGBColor; 6] = [
    RGBColor(31, 95, 168),
    RGBColor(38, 150, 170),
    RGBColor(92, 82, 180),
    RGBColor(30, 130, 90),
    RGBColor(80, 150, 220),
    RGBColor(20, 55, 105),
];
/// Inhibitory populations.
const WARM: [RGBColor; 6] = [
    RGBColor(200, 45, 40),
    RGBColor(226, 125, 20),
    RGBColor(185, 45, 120),
    RGBColor(140, 75, 35),
    RGBColor(240, 105, 95),
    RGBColor(200, 150, 0),
];
/// All others.
const NEUTRAL: [RGBColor; 3] =
    [RGBColor(90, 90, 90), RGBColor(150, 135, 90), RGBColor(120, 140, 150)];

/// A colour for each population: cool ones excite, warm ones inhibit.
pub(super) fn colours(populations: &[Population]) -> Vec<RGBColor> {
    let mut used = [0; 3];
    let pick = |p: &Population| {
        let (kind, palette): (usize, &[RGBColor]) = match p.sign {
            1 => (0, &COOL),
            -1 => (1, &WARM),
            _ => (2, &NEUTRAL),
        };
        used[kind] += 1;
        palette[(used[kind] - 1) % palette.len()]
    };
    populations.iter().map(pick).collect()
}

/// A colour for a line among others.
pub(super) fn lines(k: usize) -> RGBColor {
    COOL[k % COOL.len()]
}

/// Says what the colours mean, if they mean something.
pub(super) fn legend(populations: &[Population]) -> &'static str {
    let has = |sign| populations.iter().any(|p| p.sign == sign);
    if has(1) && has(-1) { "cool colours excite, warm colours inhibit" } else { "" }
}

/// The round number 1, 2 or 5 times a power of ten that is at least `x`.
pub(super) fn round_up(x: f64) -> f64 {
    let mut unit = 1.0;
    while unit * 10.0 < x {
        unit *= 10.0;
    }
    while unit >= x && unit > 1e-12 {
        unit /= 10.0;
    }
    [1.0, 2.0, 5.0, 10.0].map(|m| m * unit).into_iter().find(|r| *r >= x).unwrap_or(10.0 * unit)
}

/// Round numbers from `lo` to `hi`, about `n` of them.
pub(super) fn ticks(lo: f64, hi: f64, n: usize) -> Vec<f64> {
    let step = round_up((hi - lo) / n as f64);
    let first = (lo / step - 1e-9).ceil() as i64;
    let last = (hi / step + 1e-9).floor() as i64;
    (first..=last).map(|k| k as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers() {
        for (x, r) in [(1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (70.0, 100.0), (0.03, 0.05), (0.2, 0.2)]
        {
            assert!((round_up(x) - r).abs() < 1e-9 * r, "{x}: {}", round_up(x));
        }
        assert_eq!(ticks(0.0, 1000.0, 5), [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        assert_eq!(ticks(250.0, 500.0, 3), [300.0, 400.0, 500.0]);
    }
}
