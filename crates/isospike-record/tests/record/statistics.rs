//! Statistics against closed forms, and against plain sums over all spikes.

use crate::support::{bernoulli, header, stream, uniform};
use isospike_backend::Spike;
use isospike_record::stats::{Correlations, Intervals, Psth, Rates, Spectrum, Welch};
use isospike_record::{Filter, Selection};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A result is plain data: it comes back from text as it was, but for the last bit of floats, which
/// the reader of the text may round differently.
fn survives_text<T: Serialize + DeserializeOwned>(result: &T) {
    let text = serde_json::to_string(result).unwrap();
    let back: T = serde_json::from_str(&text).unwrap();
    let [a, b] = [result, &back].map(|x| serde_json::to_value(x).unwrap());
    assert!(same(&a, &b), "{text}");
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let [a, b] = [a, b].map(|x| x.as_f64().unwrap());
            (a - b).abs() <= 4e-16 * b.abs()
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| same(a, b))
        }
        (a, b) => a == b,
    }
}

#[test]
fn rates_are_spikes_over_time() {
    let header = header(&[30, 20, 10], 2);
    let spikes = bernoulli(&header, 2000, 0.05, 10);
    let selection = Selection::all(&header).populations(&header, &["c", "a"]).unwrap();
    let selection = selection.steps(500..1500).unwrap();
    let mut rates = Filter::new(&selection, Rates::new(&header, &selection));
    let _ = stream(&mut rates, &spikes, 2000, 77);
    let result = rates.sink().result();
    survives_text(&result);
    let n = |of: &dyn Fn(&Spike) -> bool| {
        spikes.iter().filter(|s| (500..1500).contains(&s.step) && of(s)).count() as u64
    };
    assert_eq!((result.steps, result.ids.len(), result.lanes.len()), (1000, 40, 2));
    for (i, id) in result.ids.iter().enumerate() {
        for lane in 0..2 {
            let count = n(&|s| s.id == *id && s.lane == lane);
            assert_eq!(result.spikes[2 * i + lane as usize], count);
            // 1000 steps are 100 ms.
            assert_eq!(result.rates_hz[2 * i + lane as usize], count as f64 * 10.0);
        }
    }
    let [a, c] = &result.populations[..] else { panic!("{:?}", result.populations) };
    assert_eq!((a.name.as_str(), a.neurons, a.spikes), ("a", 60, n(&|s| s.id < 30)));
    assert_eq!((c.name.as_str(), c.neurons, c.spikes), ("c", 20, n(&|s| s.id >= 50)));
    assert!((a.rate_hz - 500.0).abs() < 3.0 * 500.0 / (a.spikes as f64).sqrt());
}

/// A clock's intervals do not vary; those of a Bernoulli train of probability p are geometric, with
/// CV sqrt(1 - p), which is that of a Poisson train, 1, as p goes to 0; those of bursts of k spikes
/// in one step and n steps apart are k - 1 times 0, then n: CV sqrt(k - 1).
#[test]
fn intervals_vary_as_they_should() {
    let header = header(&[200, 1, 1], 1);
    let (p, steps) = (0.01, 50_000);
    let mut spikes: Vec<_> =
        bernoulli(&header, steps, p, 11).into_iter().filter(|s| s.id < 200).collect();
    for step in 0..steps {
        let spike = |id| Spike { step, lane: 0, id };
        spikes.extend((step % 70 == 5).then(|| spike(200)));
        spikes.extend(vec![spike(201); if step % 100 == 0 { 5 } else { 0 }]);
    }
    spikes.sort();
    let mut intervals = Intervals::new(&header, &Selection::all(&header));
    let _ = stream(&mut intervals, &spikes, steps, 1234);
    let result = intervals.result();
    survives_text(&result);
    let clock = &result[200];
    assert_eq!((clock.n, clock.mean_ms, clock.cv), (714, Some(70.0 * 0.1), Some(0.0)));
    // 500 bursts, the last of which ends the train.
    let bursts = &result[201];
    let (n, sum, squares) = (2499f64, 49_900f64, 499.0 * 100.0 * 100.0);
    assert_eq!((bursts.n, bursts.mean_ms), (2499, Some(sum / n * 0.1)));
    assert_eq!(bursts.cv, Some((n * squares - sum * sum).sqrt() / sum));
    assert!((bursts.cv.unwrap() - 2.0).abs() < 0.01);
    let all: Vec<_> = result[..200].iter().map(|r| (r.mean_ms.unwrap(), r.cv.unwrap())).collect();
    // 200 trains of some 500 intervals: the standard error of a mean is 1 in sqrt(10^5) of it, and
    // so is that of a CV near 1.
    let mean = |f: fn(&(f64, f64)) -> f64| all.iter().map(f).sum::<f64>() / 200.0;
    let (interval, cv) = (mean(|x| x.0), mean(|x| x.1));
    assert!((interval / 10.0 - 1.0).abs() < 0.013, "{interval} ms");
    assert!((cv - (1.0 - p).sqrt()).abs() < 0.013, "{cv}");
    let nothing = Intervals::new(&header, &Selection::all(&header)).result();
    assert_eq!((nothing[0].n, nothing[0].mean_ms, nothing[0].cv), (0, None, None));
}

#[test]
fn histograms_count_periods_and_what_is_left_of_one() {
    let header = header(&[8, 4], 2);
    let spikes = bernoulli(&header, 1003, 0.1, 12);
    let selection = Selection::all(&header).steps(7..2000).unwrap().every(5).unwrap();
    for (bins, period) in [(6, Some(9)), (6, None), (300, None)] {
        let psth = Psth::new(&header, &selection, bins, period).unwrap();
        let mut psth = Filter::new(&selection, psth);
        let _ = stream(&mut psth, &spikes, 1003, 100);
        let result = psth.sink().result();
        survives_text(&result);
        let bin = |step: u64| {
            let row = (step - 7) / 5;
            period.map_or(row, |p| row % p) as usize
        };
        let mut steps = vec![0; bins];
        (7..1003).map(bin).filter(|b| *b < bins).for_each(|b| steps[b] += 1);
        assert_eq!((result.bin_ms, &result.steps), (0.5, &steps));
        for (p, ids) in [0..8, 8..12].into_iter().enumerate() {
            let mut counts = vec![0; bins];
            let of = spikes.iter().filter(|s| ids.contains(&s.id) && s.step >= 7);
            of.map(|s| bin(s.step)).filter(|b| *b < bins).for_each(|b| counts[b] += 1);
            let found = &result.populations[p];
            assert_eq!(found.spikes, counts);
            for (i, rate) in found.rates_hz.iter().enumerate() {
                let seconds = steps[i] as f64 * 1e-4 * ids.len() as f64 * 2.0;
                let expected = if steps[i] == 0 { 0.0 } else { counts[i] as f64 / seconds };
                assert!((rate - expected).abs() <= 1e-12 * expected, "{rate} is not {expected}");
            }
        }
    }
}

/// In each step a neuron takes part in a common train with probability c, or has its own: two
/// neurons correlate by c².
#[test]
fn correlations_are_those_of_the_trains() {
    let header = header(&[3], 2);
    let (c, p, steps) = (0.6, 0.2, 30_000);
    let mut spikes = Vec::new();
    for step in 0..steps {
        for lane in 0..2 {
            let u = |of: u32| uniform(u64::from(lane), step, of);
            for id in 0..3 {
                let common = id < 2 && u(10 + id) < c;
                if if common { u(0) < p } else { u(20 + id) < p } {
                    spikes.push(Spike { step, lane, id });
                }
            }
        }
    }
    for every in [1u64, 7] {
        let selection = Selection::all(&header).every(every).unwrap();
        let mut correlations = Filter::new(&selection, Correlations::new(&selection));
        let _ = stream(&mut correlations, &spikes, steps, 999);
        let result = correlations.sink().result();
        survives_text(&result);
        let bins = steps / every * 2;
        assert_eq!(result.bins, bins);
        let r = |i: usize, j: usize| result.correlation[3 * i + j].unwrap();
        let error = 4.0 / (bins as f64).sqrt();
        assert!((r(0, 1) - c * c).abs() < error, "{}", r(0, 1));
        assert!(r(0, 2).abs() < error && r(1, 2).abs() < error);
        for i in 0..3 {
            assert_eq!((r(i, i), r(i, 0)), (1.0, r(0, i)));
            let mean = every as f64 * p;
            assert!((result.mean[i] - mean).abs() < error * mean.sqrt());
        }
        // The same from all counts.
        let mut counts = vec![[0f64; 3]; bins as usize];
        for s in spikes.iter().filter(|s| s.step < steps / every * every) {
            counts[(s.step / every * 2) as usize + s.lane as usize][s.id as usize] += 1.0;
        }
        let n = counts.len() as f64;
        let mean = |i: usize| counts.iter().map(|c| c[i]).sum::<f64>() / n;
        let (a, b) = (mean(0), mean(1));
        let cov = counts.iter().map(|c| (c[0] - a) * (c[1] - b)).sum::<f64>() / n;
        assert!((result.covariance[1] - cov).abs() < 1e-12);
    }
    let silent = Correlations::new(&Selection::all(&header)).result();
    assert_eq!((silent.bins, silent.correlation), (0, vec![None; 9]));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an oracle, not a simulation")]
fn a_spectrum_is_the_mean_over_segments() {
    let header = header(&[5], 2);
    let (n, overlap, steps) = (16usize, 5, 200);
    let spikes = bernoulli(&header, steps, 0.2, 13);
    let selection = Selection::all(&header).every(3).unwrap();
    let welch = Welch { segment: n, overlap };
    let spectrum = Spectrum::new(&header, &selection, welch).unwrap();
    let mut spectrum = Filter::new(&selection, spectrum);
    let _ = stream(&mut spectrum, &spikes, steps, 50);
    let result = spectrum.sink().result();
    survives_text(&result);
    let rate = 1000.0 / 0.3;
    let mut power = vec![0f64; n / 2 + 1];
    let mut segments = 0;
    for lane in 0..2 {
        let mut signal = vec![0f64; 66];
        let of = spikes.iter().filter(|s| s.lane == lane && s.step < 198);
        of.for_each(|s| signal[(s.step / 3) as usize] += 1.0);
        for segment in signal.windows(n).step_by(n - overlap) {
            segments += 1;
            let mean = segment.iter().sum::<f64>() / n as f64;
            for (k, power) in power.iter_mut().enumerate() {
                let (mut re, mut im) = (0.0, 0.0);
                for (j, c) in segment.iter().enumerate() {
                    let turn = std::f64::consts::TAU / n as f64;
                    let x = (c - mean) * (0.5 - 0.5 * (turn * j as f64).cos());
                    re += x * (turn * (j * k) as f64).cos();
                    im += x * (turn * (j * k) as f64).sin();
                }
                *power += re * re + im * im;
            }
        }
    }
    assert_eq!(result.segments, segments);
    // The sum of the squares of the window is 3 n/8.
    for (k, power) in power.iter().enumerate() {
        let sides = if k == 0 || k == n / 2 { 1.0 } else { 2.0 };
        let expected = sides * power / (rate * 0.375 * n as f64 * segments as f64);
        assert!((result.density[k] - expected).abs() < 1e-12 * result.density[1], "{k}");
        assert!((result.frequencies_hz[k] - k as f64 * rate / n as f64).abs() < 1e-9);
    }
}

/// Independent trains are white, their power twice the variance over the number of rows a second;
/// a rhythm is a line.
#[test]
fn noise_is_white_and_a_rhythm_is_a_line() {
    let header = header(&[20, 1], 1);
    let (p, steps, n) = (0.1, 120_000, 64usize);
    let mut spikes: Vec<_> =
        bernoulli(&header, steps, p, 14).into_iter().filter(|s| s.id < 20).collect();
    // 8 steps are 0.8 ms: 1250 Hz.
    spikes.extend((0..steps).step_by(8).map(|step| Spike { step, lane: 0, id: 20 }));
    spikes.sort();
    let density = |name: &str| {
        let selection = Selection::all(&header).populations(&header, &[name]).unwrap();
        let spectrum = Spectrum::new(&header, &selection, Welch { segment: n, overlap: 32 });
        let mut spectrum = Filter::new(&selection, spectrum.unwrap());
        let _ = stream(&mut spectrum, &spikes, steps, 5000);
        spectrum.sink().result()
    };
    let white = density("a");
    let expected = 2.0 * 20.0 * p * (1.0 - p) / 10_000.0;
    // Half of some 3750 segments say something new. The mean of a segment was taken off, which the
    // first two frequencies lack.
    for (f, found) in white.frequencies_hz.iter().zip(&white.density).skip(2).take(n / 2 - 2) {
        assert!((found / expected - 1.0).abs() < 4.0 / 1875f64.sqrt(), "{f} Hz: {found}");
    }
    let line = density("b");
    let most = line.density.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
    // Equal to its harmonics, the lowest of which comes last.
    let near = |k: usize| line.density[k] > 0.5 * line.density[most];
    let peaks: Vec<_> = (1..n / 2).filter(|k| near(*k)).map(|k| line.frequencies_hz[k]).collect();
    assert_eq!(peaks, [1250.0, 2500.0, 3750.0]);
}
