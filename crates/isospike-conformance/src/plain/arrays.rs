//! Arrays, one number at a time: the definition of what is done to them.

use super::layers::PlainLayers;
use isospike_layer::compute::{
    Array, ArrayBackward, ArrayForward, Compute, Format, Kept, MapDef, MapRows, Pooling,
};
use isospike_layer::{
    Backward, Forward, Layer, LayerError, Passes, Real, Saved, Shape, Spikes, State, Stored,
    Window, tree,
};
use isospike_trace::{Evaluator, Scalar};
use std::any::Any;

/// The memory of an array: its numbers, whatever they are stored in.
struct Numbers<F>(Vec<F>);

/// Arrays of the host.
pub(super) struct PlainArrays;

fn all<F: Real>(array: &Array<F>) -> &[F] {
    &array.memory::<Numbers<F>>().0
}

fn all_mut<F: Real>(array: &mut Array<F>) -> &mut Vec<F> {
    &mut array.memory_mut::<Numbers<F>>().0
}

/// What a window sees of a tap at a place: the number of it, if it is inside the picture.
fn seen(window: &Window, place: usize, tap: usize, channel: usize) -> Option<usize> {
    let [down, across] = window.stops();
    let (picture, stop) = (place / (down * across), place % (down * across));
    let inside = |stop: usize, tap: usize, stride: usize, padding: usize, places: usize| {
        (stop * stride + tap).checked_sub(padding).filter(|&at| at < places)
    };
    let (stride, padding) = (window.stride, window.padding);
    let y = inside(stop / across, tap / window.kernel[1], stride[0], padding[0], window.height)?;
    let x = inside(stop % across, tap % window.kernel[1], stride[1], padding[1], window.width)?;
    Some(((picture * window.height + y) * window.width + x) * window.channels + channel)
}

fn taps(window: &Window) -> usize {
    window.kernel[0] * window.kernel[1]
}

type Done = Result<(), LayerError>;

impl<F: Real + Scalar> Compute<F> for PlainArrays {
    fn name(&self) -> String {
        "plain".to_owned()
    }

    /// Not a number, so that nobody reads what nobody has written.
    fn room(&self, _: Format, len: usize) -> Result<Box<dyn Any + Send>, LayerError> {
        Ok(Box::new(Numbers(vec![F::from_f64(f64::NAN); len])))
    }

    fn write(&self, to: &mut Array<F>, at: usize, numbers: &[F]) -> Done {
        all_mut(to)[at..at + numbers.len()].copy_from_slice(numbers);
        Ok(())
    }

    fn read(&self, from: &Array<F>, at: usize, numbers: &mut [F]) -> Done {
        numbers.copy_from_slice(&all(from)[at..at + numbers.len()]);
        Ok(())
    }

    fn copy(&self, from: (&Array<F>, usize), to: (&mut Array<F>, usize), n: usize) -> Done {
        let numbers = all(from.0)[from.1..from.1 + n].to_vec();
        self.write(to.0, to.1, &numbers)
    }

    fn pack(&self, from: &Array<F>, to: &mut Array<F>) -> Done {
        let format = to.format();
        for (to, &x) in all_mut(to).iter_mut().zip(all(from)) {
            *to = match format {
                Format::Full => x,
                Format::Bytes | Format::Bits => F::from_f64(f64::from(u8::from(x != F::default()))),
                Format::Half(half) => {
                    let mut bits = [0];
                    F::encode(half, &[x], &mut bits);
                    F::from_f64(half.decode(bits[0]).into())
                }
            };
        }
        Ok(())
    }

    fn unpack(&self, from: &Array<F>, to: &mut Array<F>) -> Done {
        all_mut(to).copy_from_slice(all(from));
        Ok(())
    }

    fn map(
        &self,
        what: &dyn MapDef,
        numbers: &[F],
        reads: &[&Array<F>],
        changes: &mut [&mut Array<F>],
    ) -> Done {
        let graph = MapRows::<F>::graph(F::map_rows(what));
        let mut evaluator = Evaluator::new(&graph);
        let place = |name: &str| -> (String, usize) {
            let (kind, k) = name.split_once('.').expect("kind.K");
            (kind.to_owned(), k.parse().expect("a number"))
        };
        for i in 0..changes[0].len() {
            for (k, arg) in graph.args().iter().enumerate() {
                let x = match place(&arg.name) {
                    (kind, n) if kind == "number" => numbers[n],
                    (kind, n) if kind == "read" => all(reads[n])[i % reads[n].len()],
                    (_, n) => all(changes[n])[i],
                };
                evaluator.set(k, x);
            }
            evaluator.run();
            for (k, output) in graph.outputs().iter().enumerate() {
                all_mut(changes[place(&output.name).1])[i] = evaluator.get(k);
            }
        }
        Ok(())
    }

    fn weigh(
        &self,
        window: &Window,
        x: &Array<F>,
        weights: &Array<F>,
        bias: Option<&Array<F>>,
        out: &mut Array<F>,
    ) -> Done {
        let (x, weights, n) = (all(x), all(weights), window.outputs);
        for (i, out) in all_mut(out).iter_mut().enumerate() {
            let (place, o) = (i / n, i % n);
            let mut sum = F::default();
            for k in 0..window.inputs() {
                let (tap, channel) = (k / window.channels, k % window.channels);
                let x = seen(window, place, tap, channel).map_or(F::default(), |at| x[at]);
                sum = sum + x * weights[k * n + o];
            }
            *out = bias.map_or(sum, |bias| sum + all(bias)[o]);
        }
        Ok(())
    }

    fn weigh_back(
        &self,
        window: &Window,
        by_out: &Array<F>,
        weights: &Array<F>,
        by_x: &mut Array<F>,
    ) -> Done {
        let (by_out, weights, n) = (all(by_out), all(weights), window.outputs);
        let by_x = all_mut(by_x);
        by_x.fill(F::default());
        // places upwards meet every number of a picture in the order of stops, the last tap first
        for place in 0..by_out.len() / n {
            for k in 0..window.inputs() {
                let (tap, channel) = (k / window.channels, k % window.channels);
                let Some(at) = seen(window, place, tap, channel) else { continue };
                for o in 0..n {
                    by_x[at] = by_x[at] + by_out[place * n + o] * weights[k * n + o];
                }
            }
        }
        Ok(())
    }

    fn weigh_learn(
        &self,
        window: &Window,
        x: &Array<F>,
        by_out: &Array<F>,
        by_weights: &mut Array<F>,
    ) -> Done {
        let (x, by_out, n) = (all(x), all(by_out), window.outputs);
        for (i, by_weight) in all_mut(by_weights).iter_mut().enumerate() {
            let (k, o) = (i / n, i % n);
            let (tap, channel) = (k / window.channels, k % window.channels);
            let product = |place: usize| {
                let x = seen(window, place, tap, channel).map_or(F::default(), |at| x[at]);
                x * by_out[place * n + o]
            };
            let products: Vec<F> = (0..by_out.len() / n).map(product).collect();
            *by_weight = tree::pairs(tree::blocks(&products).collect());
        }
        Ok(())
    }

    fn pool(
        &self,
        window: &Window,
        pooling: Pooling,
        x: &Array<F>,
        y: &mut Array<F>,
        mut which: Option<&mut Array<F>>,
    ) -> Done {
        let (x, c) = (all(x), window.channels);
        for (i, y) in all_mut(y).iter_mut().enumerate() {
            let look = |tap| seen(window, i / c, tap, i % c).map_or(F::default(), |at| x[at]);
            let places = (0..taps(window)).map(look);
            if pooling != Pooling::Max {
                let sum = places.fold(F::default(), |sum, x| sum + x);
                *y = sum * pooling.factor(taps(window));
                continue;
            }
            let first = (0, look(0));
            let (tap, most) =
                places.enumerate().fold(first, |most, new| if new.1 > most.1 { new } else { most });
            *y = most;
            if let Some(which) = which.as_deref_mut() {
                all_mut(which)[i] = F::from_f64(tap as f64);
            }
        }
        Ok(())
    }

    fn pool_back(
        &self,
        window: &Window,
        pooling: Pooling,
        by_y: &Array<F>,
        which: Option<&Array<F>>,
        by_x: &mut Array<F>,
    ) -> Done {
        let (by_y, c) = (all(by_y), window.channels);
        let by_x = all_mut(by_x);
        by_x.fill(F::default());
        for (i, &g) in by_y.iter().enumerate() {
            for tap in 0..taps(window) {
                let chosen = which.is_none_or(|which| all(which)[i] == F::from_f64(tap as f64));
                match seen(window, i / c, tap, i % c) {
                    Some(at) if chosen || pooling != Pooling::Max => {
                        by_x[at] = by_x[at] + g * pooling.factor(taps(window));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn column_sums(&self, x: &Array<F>, sums: &mut Array<F>) -> Done {
        let columns = sums.len();
        for (c, sum) in all_mut(sums).iter_mut().enumerate() {
            let column: Vec<F> = all(x).iter().skip(c).step_by(columns).copied().collect();
            *sum = tree::pairs(tree::blocks(&column).collect());
        }
        Ok(())
    }

    fn forward(&self, layer: &Layer, pass: ArrayForward<'_, F>) -> Done {
        let shape = pass.shape;
        let mut state = state(layer, shape, pass.state);
        let mut saved = pass.kept.as_ref().map(|kept| saved(shape, kept, false));
        let mut spikes = vec![F::default(); shape.count()];
        let mut v = vec![F::default(); shape.count()];
        let forward = Forward {
            shape,
            x: Stored::Full(all(pass.x)),
            state: &mut state,
            spikes: Some(Spikes::Values(Stored::Full(&mut spikes))),
            v: Some(&mut v),
            saved: saved.as_mut(),
        };
        let done = (&PlainLayers as &dyn Passes).forward(layer, forward);
        put_state(&state, pass.state);
        pass.spikes.into_iter().for_each(|to| all_mut(to).copy_from_slice(&spikes));
        pass.v.into_iter().for_each(|to| all_mut(to).copy_from_slice(&v));
        if let (Some(kept), Some(saved)) = (pass.kept, saved) {
            all_mut(&mut kept.states).copy_from_slice(&saved.states);
            if let (Some(to), Stored::Full(all)) = (&mut kept.potentials, saved.potentials) {
                all_mut(to).copy_from_slice(&all);
            }
        }
        done
    }

    fn backward(&self, layer: &Layer, pass: ArrayBackward<'_, F>) -> Result<Vec<F>, LayerError> {
        let shape = pass.shape;
        let mut by_state = state(layer, shape, pass.by_state);
        let backward = Backward {
            shape,
            saved: &saved(shape, pass.kept, true),
            x: pass.x.map(|x| Stored::Full(all(x))),
            by_spikes: pass.by_spikes.map(|by| Stored::Full(all(by))),
            by_v: pass.by_v.map(|by| all(by)),
            by_state: &mut by_state,
            by_x: Some(Stored::Full(&mut all_mut(pass.by_x)[..])),
        };
        let learned = (&PlainLayers as &dyn Passes).backward(layer, backward);
        put_state(&by_state, pass.by_state);
        learned
    }

    fn finite(&self, field: &str, x: &Array<F>) -> Done {
        match all(x).iter().enumerate().find(|(_, x)| !x.is_finite()) {
            None => Ok(()),
            Some((index, x)) => {
                let (field, value) = (field.to_owned(), x.to_f64());
                Err(LayerError::Number { field, index, value })
            }
        }
    }

    fn settle(&self) -> Done {
        Ok(())
    }
}

fn state<F: Real>(layer: &Layer, shape: Shape, from: &Array<F>) -> State<F> {
    let mut state = State::zero(layer, shape.batch, shape.neurons);
    let slots = [&mut state.v].into_iter().chain(&mut state.hidden);
    slots.zip(all(from).chunks(shape.width())).for_each(|(to, from)| to.copy_from_slice(from));
    state
}

fn put_state<F: Real>(state: &State<F>, to: &mut Array<F>) {
    let slots = [&state.v].into_iter().chain(&state.hidden);
    *all_mut(to) = slots.flatten().copied().collect();
}

fn saved<F: Real>(shape: Shape, kept: &Kept<F>, complete: bool) -> Saved<F> {
    let potentials = kept.potentials.as_ref().map_or(Vec::new(), |h| all(h).to_vec());
    Saved::lent(shape, kept.every, all(&kept.states).to_vec(), potentials, complete)
}
