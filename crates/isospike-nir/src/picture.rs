//! Convolutions and pools in terms of a [`Window`], which has as many zeros before as after.

use crate::shapes::padding;
use crate::{Conv, NirError, Pool};
use isospike_layer::compute::{Array, Category, Computer};
use isospike_layer::{Real, Window};

/// What windows see of a picture `[H, W, C]`.
pub(crate) struct Picture<F> {
    /// What slides over it.
    pub(crate) window: Window,
    /// Where there are not as many zeros before as after: the picture with those around it, zeros
    /// above and to the left, and places of the picture itself, down and across.
    padded: Option<(Array<F>, [usize; 2], [usize; 2])>,
}

/// What a [`Picture`] is made of, down and across.
pub(crate) struct Slide {
    /// Places.
    pub(crate) places: [usize; 2],
    /// Numbers at a place.
    pub(crate) channels: usize,
    /// Places that a window covers.
    pub(crate) span: [usize; 2],
    /// From stop to stop.
    pub(crate) stride: [usize; 2],
    /// Zeros before and after.
    pub(crate) padding: [[usize; 2]; 2],
    /// Numbers that a window gives.
    pub(crate) outputs: usize,
}

impl Slide {
    /// Of a convolution over a picture without channels.
    pub(crate) fn conv(conv: &Conv, input: &[usize]) -> Slide {
        // a line is a picture of one row
        let first = 2 - input.len();
        let mut slide = Slide::default();
        for (axis, &places) in input.iter().enumerate() {
            let at = first + axis;
            slide.places[at] = places;
            slide.span[at] = conv.dilation[axis] * (conv.weight.shape[axis + 2] - 1) + 1;
            slide.stride[at] = conv.stride[axis];
            slide.padding[at] = padding(conv, axis);
        }
        slide.channels = crate::shapes::channels(conv);
        slide.outputs = conv.weight.shape[0];
        slide
    }

    /// Of a pool over a picture `[C, H, W]`.
    pub(crate) fn pool(pool: &Pool, input: &[usize]) -> Slide {
        Slide {
            places: [input[1], input[2]],
            channels: input[0],
            span: pool.kernel,
            stride: pool.stride,
            padding: pool.padding.map(|n| [n; 2]),
            outputs: input[0],
        }
    }
}

impl Default for Slide {
    /// One place.
    fn default() -> Self {
        let [places, span, stride] = [[1; 2]; 3];
        Slide { places, channels: 1, span, stride, padding: [[0; 2]; 2], outputs: 1 }
    }
}

impl<F: Real> Picture<F> {
    /// For so many items.
    pub(crate) fn new(on: &Computer<F>, slide: &Slide, items: usize) -> Result<Self, NirError> {
        let Slide { places, channels, span, stride, padding, outputs } = *slide;
        let around = [0, 1].map(|axis| places[axis] + padding[axis][0] + padding[axis][1]);
        let even = padding.iter().all(|[before, after]| before == after);
        let seen = if even { places } else { around };
        let window = Window {
            height: seen[0],
            width: seen[1],
            channels,
            kernel: span,
            stride,
            padding: if even { padding.map(|[before, _]| before) } else { [0; 2] },
            outputs,
        };
        window.check()?;
        let mut picture = Picture { window, padded: None };
        if !even {
            let zeros = on.zeros(Category::State, items * window.seen())?;
            picture.padded = Some((zeros, [padding[0][0], padding[1][0]], places));
        }
        Ok(picture)
    }

    /// Does something with windows over pictures.
    pub(crate) fn run(
        &mut self,
        on: &Computer<F>,
        x: &Array<F>,
        out: &mut Array<F>,
        work: impl FnOnce(&Window, &Array<F>, &mut Array<F>) -> Result<(), NirError>,
    ) -> Result<(), NirError> {
        let Window { height, width, channels, .. } = self.window;
        let x = match &mut self.padded {
            None => x,
            Some((padded, [above, left], [down, across])) => {
                let row = *across * channels;
                for from in 0..x.len() / row {
                    let (item, y) = (from / *down, from % *down);
                    let to = ((item * height + *above + y) * width + *left) * channels;
                    on.copy((x, from * row), (padded, to), row)?;
                }
                &*padded
            }
        };
        work(&self.window, x, out)
    }
}

/// Weights of a convolution as windows take them, `[ky, kx, channel][output]`: zeros between those
/// of a dilated kernel and between groups.
pub(crate) fn weights(conv: &Conv, slide: &Slide) -> Vec<f64> {
    let [down, across] = slide.span;
    let (shape, outputs) = (&conv.weight.shape, slide.outputs);
    let (inputs, kernel) = (shape[1], &shape[2..]);
    let taps: usize = kernel.iter().product();
    let of_group = outputs / conv.groups;
    let mut weights = vec![0.0; down * across * slide.channels * outputs];
    for (at, &weight) in conv.weight.data.iter().enumerate() {
        let (output, input, tap) = (at / taps / inputs, at / taps % inputs, at % taps);
        let (y, x) = match conv.dilation[..] {
            [step] => (0, tap * step),
            _ => (tap / kernel[1] * conv.dilation[0], tap % kernel[1] * conv.dilation[1]),
        };
        let channel = output / of_group * inputs + input;
        weights[((y * across + x) * slide.channels + channel) * outputs + output] = weight;
    }
    weights
}
