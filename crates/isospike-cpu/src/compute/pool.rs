//! Pools, forwards and back.

use crate::layer::Layers;
use isospike_layer::compute::Pooling;
use isospike_layer::{Real, Window};

/// Pictures that a thread takes at a time.
const PICTURES: usize = 8;

pub(super) fn forward<F: Real>(
    on: Layers<'_>,
    window: &Window,
    pooling: Pooling,
    x: &[F],
    y: &mut [F],
    which: Option<&mut [F]>,
) {
    let (c, [_, across]) = (window.outputs, window.stops());
    let places = window.kernel[0] * window.kernel[1];
    let factor = pooling.factor::<F>(places);
    let given = PICTURES * window.given();
    let mut which = which.map(|which| which.chunks_mut(given)).into_iter().flatten();
    let pieces = y.chunks_mut(given).map(|y| (y, which.next())).enumerate().collect();
    let work = |seen: &mut Vec<F>, (i, (y, mut which)): (usize, (&mut [F], Option<&mut [F]>))| {
        seen.resize(window.inputs(), F::default());
        for (k, out) in y.chunks_mut(c).enumerate() {
            let stops = window.given() / c;
            let (picture, stop) = (i * PICTURES + k / stops, k % stops);
            let picture = &x[picture * window.seen()..][..window.seen()];
            window.look(picture, [stop / across, stop % across], 0..window.inputs(), seen);
            for (channel, out) in out.iter_mut().enumerate() {
                let mut all = seen.iter().skip(channel).step_by(c).copied();
                if pooling != Pooling::Max {
                    *out = factor * all.fold(F::default(), |sum, x| sum + x);
                    continue;
                }
                let first = (0, all.next().expect("a window has a place"));
                let (place, most) = all
                    .enumerate()
                    .fold(first, |most, (place, x)| if x > most.1 { (place + 1, x) } else { most });
                *out = most;
                if let Some(which) = &mut which {
                    which[k * c + channel] = F::from_f64(place as f64);
                }
            }
        }
    };
    on.each(pieces, Vec::new, work);
}

pub(super) fn back<F: Real>(
    on: Layers<'_>,
    window: &Window,
    pooling: Pooling,
    by_y: &[F],
    which: Option<&[F]>,
    by_x: &mut [F],
) {
    let c = window.outputs;
    let taps = window.kernel[0] * window.kernel[1];
    let factor = pooling.factor::<F>(taps);
    let places = window.height * window.width;
    let pieces = by_x.chunks_mut(PICTURES * window.seen()).enumerate().collect();
    let work = |rows: &mut [Vec<F>; 2], (i, by_x): (usize, &mut [F])| {
        rows.iter_mut().for_each(|row| row.resize(taps * c, F::default()));
        let [given, whiches] = rows;
        for (k, by_x) in by_x.chunks_mut(c).enumerate() {
            let (picture, place) = (i * PICTURES + k / places, k % places);
            let place = [place / window.width, place % window.width];
            let own = picture * window.given()..(picture + 1) * window.given();
            window.look_back(&by_y[own.clone()], place, given);
            if let Some(which) = which {
                window.look_back(&which[own], place, whiches);
            }
            for (channel, by_x) in by_x.iter_mut().enumerate() {
                *by_x = F::default();
                for tap in 0..taps {
                    let g = given[tap * c + channel];
                    // the last tap comes first
                    let own = F::from_f64((taps - 1 - tap) as f64);
                    if pooling != Pooling::Max || whiches[tap * c + channel] == own {
                        *by_x = *by_x + factor * g;
                    }
                }
            }
        }
    };
    on.each(pieces, || [Vec::new(), Vec::new()], work);
}
