//! The raster: a dot for each spike, time to the right, neurons in bands by population.

use super::axes::{Axes, LABEL, SMALL, Scale, heading, line, text};
use super::picture::{Align, Mark, Picture};
use super::theme::{FAINT, GRID, INK, colours, legend, round_up};
use crate::failure::Failure;
use crate::summary::rate_hz;
use crate::text::digits;
use isospike::backend::memory::thousands;
use isospike_record::{Header, Reader};

/// More neurons than this are not shown unless asked for: rows would be thinner than half a pixel.
pub(crate) const MOST_NEURONS: u32 = 2500;
/// Where more spikes than this would be shown, the raster shows only the end of the run.
const MOST_SPIKES: f64 = 20_000.0;
const SIZE: (i32, i32) = (1600, 1000);

/// Which part of a run is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    /// Begin (ms).
    pub(crate) from_ms: f64,
    /// End (ms).
    pub(crate) to_ms: f64,
    /// Neurons shown of each population.
    pub(crate) rows: Vec<u32>,
    /// Mean rates over the whole run (spikes/s).
    rates_hz: Vec<f64>,
}

impl View {
    /// Chooses what to show of a run with these spike counts. Without `from` it is as much of the
    /// end of the run as is readable.
    ///
    /// # Errors
    /// If there is nothing between `from` and `to`.
    pub(crate) fn new(
        header: &Header,
        counts: &[u64],
        most_neurons: u32,
        from: Option<f64>,
        to: Option<f64>,
    ) -> Result<View, Failure> {
        let duration = header.duration_ms();
        let to_ms = to.unwrap_or(duration).min(duration);
        let rows = rows(header, most_neurons);
        let batch = header.batch.max(1) as usize;
        let populations = header.populations.iter().zip(counts);
        let rates_hz: Vec<_> =
            populations.map(|(p, &n)| rate_hz(n, p.size, batch, duration)).collect();
        let shown: f64 = rows.iter().zip(&rates_hz).map(|(&r, rate)| f64::from(r) * rate).sum();
        let from_ms = from.unwrap_or_else(|| {
            let readable = 1000.0 * MOST_SPIKES / shown.max(1e-9);
            if readable >= to_ms { 0.0 } else { (to_ms - round_up(readable / 2.0)).max(0.0) }
        });
        if from_ms < 0.0 || from_ms >= to_ms {
            let message =
                format!("from = {from_ms} ms, to = {to_ms} ms; the run is from 0 to {duration} ms");
            return Err(Failure::user(message));
        }
        Ok(View { from_ms, to_ms, rows, rates_hz })
    }
}

/// Neurons to show of each population: in proportion to its size, and enough of the small ones.
fn rows(header: &Header, most: u32) -> Vec<u32> {
    let n = header.n_neurons();
    if n <= u64::from(most) {
        return header.populations.iter().map(|p| p.size).collect();
    }
    let most = f64::from(most);
    let least = (most * 0.03).min(most * 0.6 / header.populations.len() as f64).floor();
    let least: Vec<_> = header.populations.iter().map(|p| f64::from(p.size).min(least)).collect();
    let left = most - least.iter().sum::<f64>();
    let populations = header.populations.iter().zip(&least);
    let rows = populations.map(|(p, least)| {
        let more = left * f64::from(p.size) / n as f64;
        ((least + more) as u32).clamp(1, p.size)
    });
    rows.collect()
}

/// A band of the raster, in parts of its height from the top.
#[derive(Clone, Copy)]
struct Band {
    top: f64,
    height: f64,
}

/// Bands as high as their rows are many, and high enough for a label.
fn bands(rows: &[u32]) -> Vec<Band> {
    let least = 0.035f64.min(0.6 / rows.len() as f64);
    let left = 1.0 - least * rows.len() as f64;
    let all = rows.iter().map(|&r| f64::from(r)).sum::<f64>().max(1.0);
    let mut top = 0.0;
    let band = |&r: &u32| {
        let band = Band { top, height: least + left * f64::from(r) / all };
        top += band.height;
        band
    };
    rows.iter().map(band).collect()
}

/// Draws the raster of lane 0.
pub(crate) struct Raster;

impl Raster {
    /// Reads the spikes that are shown.
    ///
    /// # Errors
    /// If the file is damaged.
    pub(crate) fn read(
        name: &str,
        header: &Header,
        view: View,
        spikes: Reader,
    ) -> Result<Picture, Failure> {
        let axes = Axes {
            left: 190,
            right: 1430,
            top: 105,
            bottom: 920,
            x: Scale::Linear(view.from_ms, view.to_ms),
            // Downwards.
            y: Scale::Linear(1.0, 0.0),
        };
        let bands = bands(&view.rows);
        let mut dots = vec![Vec::new(); bands.len()];
        spikes.for_each(|s| {
            let time = header.time_ms(s.step);
            let Some(p) = header.population_of(s.id).filter(|_| s.lane == 0) else { return };
            if time < view.from_ms || time > view.to_ms {
                return;
            }
            let size = u64::from(header.populations[p].size);
            let (rows, neuron) =
                (u64::from(view.rows[p]), u64::from(s.id - header.populations[p].first_id));
            // The shown neurons are spread evenly: row r is neuron r size / rows.
            let row = (neuron * rows).div_ceil(size);
            if row < rows && row * size / rows == neuron {
                let y = bands[p].top + bands[p].height * (row as f64 + 0.5) / rows as f64;
                dots[p].push((axes.px(time), axes.py(y)));
            }
        })?;
        let shown: u64 = dots.iter().map(|d| d.len() as u64).sum();
        let mut marks = Vec::new();
        heading(name, &explanation(header, &view, shown), &mut marks);
        axes.x_grid(10, &mut marks);
        labels(header, &view, &bands, &axes, &mut marks);
        for (centres, colour) in dots.into_iter().zip(colours(&header.populations)) {
            marks.push(Mark::Dots { centres, colour });
        }
        marks.push(axes.frame());
        axes.x_axis(10, "time (ms)", &mut marks);
        Ok(Picture { files: super::RASTER, size: SIZE, marks })
    }
}

fn explanation(header: &Header, view: &View, shown: u64) -> String {
    let (rows, n) = (view.rows.iter().map(|&r| u64::from(r)).sum::<u64>(), header.n_neurons());
    let neurons = match rows == n {
        true => format!("all {} neurons", thousands(n)),
        false => format!("{} of {} neurons", thousands(rows), thousands(n)),
    };
    let lane =
        if header.batch > 1 { format!(", lane 0 of {}", header.batch) } else { String::new() };
    let meaning = match legend(&header.populations) {
        "" => String::new(),
        text => format!("; {text}"),
    };
    format!("{neurons}{lane}, {} spikes{meaning}", thousands(shown))
}

/// Names to the left, rates to the right, lines in between.
fn labels(header: &Header, view: &View, bands: &[Band], axes: &Axes, marks: &mut Vec<Mark>) {
    let mut last = i32::MIN / 2;
    let colours = colours(&header.populations);
    for (i, (p, band)) in header.populations.iter().zip(bands).enumerate() {
        let [top, middle] = [0.0, 0.5].map(|part| axes.py(band.top + part * band.height));
        if i > 0 {
            marks.push(line(vec![(axes.left, top), (axes.right, top)], GRID));
        }
        if middle - last < LABEL as i32 {
            continue;
        }
        last = middle;
        let high = band.height * f64::from(axes.bottom - axes.top) > 50.0;
        let up = if high { 11 } else { 0 };
        marks.push(text(&p.name, (axes.left - 14, middle - up), LABEL, colours[i], Align::Right));
        let rate = format!("{} spikes/s", digits((view.rates_hz[i] * 100.0).round() / 100.0));
        marks.push(text(rate, (axes.right + 14, middle), LABEL, colours[i], Align::Left));
        if high && view.rows[i] < p.size {
            let of = format!("{} of {}", thousands(view.rows[i].into()), thousands(p.size.into()));
            marks.push(text(of, (axes.left - 14, middle + up), SMALL, FAINT, Align::Right));
        }
    }
    let top = (axes.right + 14, axes.top - 16);
    marks.push(text("mean rate", top, SMALL, FAINT, Align::Left));
    let middle = (axes.top + axes.bottom) / 2;
    marks.push(text("neuron, by population", (24, middle), LABEL, INK, Align::Vertical));
}

#[cfg(test)]
mod tests {
    use super::*;
    use isospike_record::Population;

    fn header(sizes: &[u32]) -> Header {
        let mut first_id = 0;
        let mut populations = Vec::new();
        for &size in sizes {
            populations.push(Population { name: "p".into(), first_id, size, sign: 0 });
            first_id += size;
        }
        Header { dt_ms: 0.1, n_steps: 10_000, batch: 1, populations }
    }

    #[test]
    fn large_networks_are_thinned_out() {
        assert_eq!(rows(&header(&[800, 200]), 2500), [800, 200]);
        let r = rows(&header(&[90_000, 9_000, 500, 10]), 2500);
        assert!(r.iter().sum::<u32>() <= 2500 && r[0] > 1900 && r[2] >= 75 && r[3] == 10, "{r:?}");
    }

    #[test]
    fn a_busy_run_is_shown_in_part() {
        let h = header(&[1000]);
        assert_eq!(View::new(&h, &[1000], 2500, None, None).unwrap().from_ms, 0.0);
        let v = View::new(&h, &[200_000], 2500, None, None).unwrap();
        assert!(v.from_ms > 0.0 && v.to_ms == 1000.0, "{v:?}");
        assert!(View::new(&h, &[1], 2500, Some(500.0), Some(400.0)).is_err());
    }
}
