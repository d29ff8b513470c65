//! Weights that many places of a picture share: convolutions, and layers that see everything at
//! once.

use crate::LayerError;
use std::ops::Range;

/// How rows of weights meet rows of numbers: a window of `kernel` places slides over a picture of
/// `height` x `width` places with `channels` numbers each, and gives `outputs` numbers wherever it
/// stops. All that a window sees at once, `[ky, kx, channel]`, is a row of its inputs, and weights
/// are `[inputs, outputs]`. Pictures are `[rows, height, width, channels]`.
///
/// A layer that connects all to all has a picture of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Places of the picture from top to bottom.
    pub height: usize,
    /// Places of the picture from left to right.
    pub width: usize,
    /// Numbers at a place.
    pub channels: usize,
    /// Places that a window sees, down and across.
    pub kernel: [usize; 2],
    /// Places from one stop to the next, down and across.
    pub stride: [usize; 2],
    /// Places outside the picture, all zeros, above and below, left and right.
    pub padding: [usize; 2],
    /// Numbers that a window gives.
    pub outputs: usize,
}

impl Window {
    /// Connects all to all.
    pub fn all(inputs: usize, outputs: usize) -> Window {
        let (kernel, stride, padding) = ([1; 2], [1; 2], [0; 2]);
        Window { height: 1, width: 1, channels: inputs, kernel, stride, padding, outputs }
    }

    /// # Errors
    /// If something is zero that must not be, or the kernel is larger than the padded picture.
    pub fn check(&self) -> Result<(), LayerError> {
        let [down, across] = self.kernel;
        let at_least_1 = [
            ("height", self.height),
            ("width", self.width),
            ("channels", self.channels),
            ("kernel height", down),
            ("kernel width", across),
            ("stride down", self.stride[0]),
            ("stride across", self.stride[1]),
            ("outputs", self.outputs),
        ];
        if let Some((field, _)) = at_least_1.into_iter().find(|(_, n)| *n == 0) {
            return Err(LayerError::value(field, 0.0, "must be at least 1"));
        }
        let [above, left] = self.padding;
        for (field, kernel, most) in [
            ("kernel height", down, self.height + 2 * above),
            ("kernel width", across, self.width + 2 * left),
        ] {
            if kernel > most {
                let allowed = format!("must be at most {most}, the padded picture");
                return Err(LayerError::value(field, kernel as f64, allowed));
            }
        }
        Ok(())
    }

    /// Stops of the window, down and across.
    pub fn stops(&self) -> [usize; 2] {
        let places = [self.height, self.width];
        [0, 1].map(|k| (places[k] + 2 * self.padding[k] - self.kernel[k]) / self.stride[k] + 1)
    }

    /// Numbers of a picture that is seen.
    pub fn seen(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Numbers of the picture that is given.
    pub fn given(&self) -> usize {
        let [down, across] = self.stops();
        down * across * self.outputs
    }

    /// Numbers that a window sees: rows of the weights.
    pub fn inputs(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.channels
    }

    /// Writes some of what a window sees at a stop of one picture, zeros where it looks past the
    /// edge.
    pub fn look<F: Copy + Default>(
        &self,
        picture: &[F],
        [y, x]: [usize; 2],
        inputs: Range<usize>,
        mut seen: &mut [F],
    ) {
        let across = self.kernel[1] * self.channels;
        let mut next = inputs.start;
        while next < inputs.end {
            // what is seen of a row of the picture lies side by side
            let (ky, first) = (next / across, next % across);
            let n = (across - first).min(inputs.end - next);
            let (row, rest) = seen.split_at_mut(n);
            let place = (y * self.stride[0] + ky).checked_sub(self.padding[0]);
            match place.filter(|&y| y < self.height) {
                None => row.fill(F::default()),
                Some(y) => {
                    let width = self.width * self.channels;
                    let at = (x * self.stride[1] * self.channels + first) as isize
                        - (self.padding[1] * self.channels) as isize;
                    copy_part(&picture[y * width..(y + 1) * width], at, row);
                }
            }
            (next, seen) = (next + n, rest);
        }
    }

    /// Writes what was given at the stops that saw a place of the picture: `[down, across, output]`
    /// of the [`kernel`](Self::kernel), stops upwards, so the last tap first; zeros where there was
    /// no stop.
    pub fn look_back<F: Copy + Default>(&self, given: &[F], [y, x]: [usize; 2], outputs: &mut [F]) {
        let (n, kernel) = (self.outputs, self.kernel);
        let [down, across] = self.stops();
        let stop = |axis: usize, place: usize, k: usize, stops: usize| {
            let (stride, padding) = (self.stride[axis], self.padding[axis]);
            let first = (place + padding).checked_sub(k)?;
            first.is_multiple_of(stride).then_some(first / stride).filter(|&s| s < stops)
        };
        for (i, row) in outputs.chunks_mut(kernel[1] * n).enumerate() {
            let Some(y) = stop(0, y, kernel[0] - 1 - i, down) else {
                row.fill(F::default());
                continue;
            };
            let given = &given[y * across * n..(y + 1) * across * n];
            if self.stride[1] == 1 {
                let at = (x + self.padding[1]) as isize - (kernel[1] - 1) as isize;
                copy_part(given, at * n as isize, row);
                continue;
            }
            for (j, taps) in row.chunks_mut(n).enumerate() {
                match stop(1, x, kernel[1] - 1 - j, across) {
                    None => taps.fill(F::default()),
                    Some(x) => taps.copy_from_slice(&given[x * n..(x + 1) * n]),
                }
            }
        }
    }
}

/// Copies from a place on, which may lie before the beginning; zeros where there is nothing.
fn copy_part<F: Copy + Default>(from: &[F], at: isize, to: &mut [F]) {
    let before = (-at).clamp(0, to.len() as isize) as usize;
    let first = (at + before as isize) as usize;
    let n = from.len().saturating_sub(first).min(to.len() - before);
    to[..before].fill(F::default());
    to[before..before + n].copy_from_slice(&from[first.min(from.len())..][..n]);
    to[before + n..].fill(F::default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_back_finds_who_looked() {
        for (stride, padding, stops) in
            [([2, 2], [1, 1], [3, 3]), ([1, 2], [0, 1], [3, 3]), ([3, 1], [2, 0], [3, 3])]
        {
            let window = Window {
                height: 5,
                width: 4,
                channels: 1,
                kernel: [3, 2],
                stride,
                padding,
                outputs: 1,
            };
            window.check().expect("it fits");
            assert_eq!(window.stops(), stops, "{window:?}");
            who_looked(window);
        }
    }

    fn who_looked(window: Window) {
        let [_, across] = window.stops();
        // who sees whom, by marking one place at a time
        for place in 0..window.seen() {
            let mut picture = vec![0.0; window.seen()];
            picture[place] = 1.0;
            let mut forwards = Vec::new();
            for stop in 0..window.given() {
                let mut inputs = vec![0.0; window.inputs()];
                let all = 0..window.inputs();
                window.look(&picture, [stop / across, stop % across], all, &mut inputs);
                forwards
                    .extend(inputs.iter().enumerate().filter(|t| *t.1 == 1.0).map(|t| (t.0, stop)));
            }
            let stops: Vec<f64> = (0..window.given()).map(|stop| (stop + 1) as f64).collect();
            let mut outputs = vec![0.0; window.kernel[0] * window.kernel[1]];
            window.look_back(&stops, [place / 4, place % 4], &mut outputs);
            let found = outputs.iter().rev().enumerate().filter(|t| *t.1 > 0.0);
            let backwards: Vec<_> = found.map(|(k, stop)| (k, *stop as usize - 1)).collect();
            forwards.sort_unstable();
            assert_eq!(forwards, backwards);
        }
    }
}
