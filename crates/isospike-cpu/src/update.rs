//! One step of the neurons of a piece: drives, current, equations, who spiked.

use crate::block::{BlockState, PieceState};
use crate::deliver::Acc;
use crate::drive;
use crate::number::Number;
use arrayvec::ArrayVec;
use isospike_backend::Plan;
use isospike_backend::plan::{Drive, chunk_len};
use isospike_lane::isa::Isa;
use isospike_lane::{GROUP, Key, Purpose, fill_draws_batch};
use isospike_model::{Block, Column, MAX_SLOTS, Of, Sums};
use std::ops::Range;

/// Room for the slices of a model's slots, without setting them first.
type Slices<T> = ArrayVec<T, MAX_SLOTS>;

/// An accumulator the model's block can read.
pub(crate) trait BlockSums: Acc {
    fn sums<'a, 'b>(ports: &'b mut [&'a mut [Self]]) -> Sums<'a, 'b>;
}
impl BlockSums for i32 {
    fn sums<'a, 'b>(ports: &'b mut [&'a mut [i32]]) -> Sums<'a, 'b> {
        Sums::I32(ports)
    }
}
impl BlockSums for i64 {
    fn sums<'a, 'b>(ports: &'b mut [&'a mut [i64]]) -> Sums<'a, 'b> {
        Sums::I64(ports)
    }
}

/// Advances the neurons of one piece of the block and fills its `spiked`.
pub(crate) fn update<F: Number, A: BlockSums>(
    plan: &Plan,
    isa: Isa,
    keys: &[Key],
    block: &mut BlockState<F, A>,
    piece: usize,
    step: u64,
) {
    let state = &mut block.pieces[piece];
    let place = &plan.layout().pieces[state.id];
    let neurons = plan.populations[place.population].neurons.as_ref().expect("pieces are neurons");
    let batch = plan.batch();
    let (flat, offset) = (place.padded * batch, place.offset * batch);
    let ports = neurons.ports.len();
    let mut sums = Slices::new();
    let all = block.sums.chunks_exact_mut(block.flat).take(ports);
    sums.extend(all.map(|all| &mut all[offset..offset + flat]));
    let base = F::from_f64(neurons.current.at(step));
    // without random words, narrow state and filters nothing needs a second pass over the data, and
    // the piece can be done in one go; else in equal parts
    let one_pass = neurons.draws == 0 && !state.state.is_narrow() && neurons.filters.is_empty();
    let chunk = if one_pass {
        flat
    } else {
        let parts = flat.div_ceil(chunk_len(batch));
        (flat / (GROUP * batch)).div_ceil(parts) * GROUP * batch
    };
    for from in (0..flat).step_by(chunk) {
        let range = from..flat.min(from + chunk);
        let len = range.len();
        for draw in 0..neurons.draws {
            let words = &mut block.draws[draw as usize * chunk..][..len];
            let first = (place.first + from / batch) as u32;
            let draw = Purpose::Update.draw(draw as u16);
            fill_draws_batch(isa, words, keys, step, draw, place.population as u32, first);
        }
        for Drive::Poisson(p) in &neurons.drives {
            let words = &block.draws[p.draw as usize * chunk..][..len];
            let first = place.first + from / batch;
            drive::poisson(isa, p, words, &mut sums[p.port][range.clone()], first, batch);
        }
        let current = if neurons.current.varies() {
            let current = &mut block.current[..len];
            current.fill(base);
            for stimulus in &neurons.current.stimuli {
                drive::stimulate(stimulus, keys, step, place.first + from / batch, current);
            }
            for &(mean, std, draw) in &neurons.current.noise {
                let words = &block.draws[draw as usize * chunk..][..len];
                drive::noise(isa, F::from_f64(mean), F::from_f64(std), words, current);
            }
            Column::Each(&*current)
        } else {
            Column::Uniform(base)
        };
        let own = neurons.first_model_draw() as usize;
        let draws = own..own + neurons.model.draws();
        let mut words = Slices::new();
        words.extend(draws.map(|draw| &block.draws[draw * chunk..][..len]));
        for (k, past) in state.past.iter_mut().enumerate() {
            let out = &mut block.filtered[k * chunk..][..len];
            match past.of {
                Of::Port(port) => {
                    let (sums, scale) = (&sums[port], state.scale[port]);
                    let value = |i: usize| sums[i].to_float::<F>() * scale;
                    past.filter(isa, step, range.clone(), value, out);
                }
                Of::State(slot) => {
                    past.filter(isa, step, range.clone(), |i| state.state.at(slot, i), out);
                }
            }
        }
        let mut filtered = Slices::new();
        filtered.extend((0..state.past.len()).map(|k| &block.filtered[k * chunk..][..len]));
        state.state.widen(range.clone(), &mut block.wide);
        let wide = &mut block.wide[..];
        let chunk =
            Chunk { range: range.clone(), current, draws: &words, filtered: &filtered, wide };
        step_model(neurons.model, isa, state, &mut sums, chunk);
        state.state.narrow(range, &block.wide);
    }
}

/// Elements of a piece that are stepped in one go.
struct Chunk<'a, F> {
    range: Range<usize>,
    current: Column<'a, F>,
    /// The model's own random words.
    draws: &'a [&'a [u32]],
    /// Filtered sums.
    filtered: &'a [&'a [F]],
    /// State that is kept in 16 bits, widened.
    wide: &'a mut [F],
}

fn step_model<F: Number, A: BlockSums>(
    model: isospike_model::ModelRef,
    isa: Isa,
    piece: &mut PieceState<F>,
    sums: &mut [&mut [A]],
    chunk: Chunk<'_, F>,
) {
    let Chunk { range, current, draws, filtered, wide } = chunk;
    let (mut parts, mut consts) = (Slices::new(), Slices::new());
    parts.extend(sums.iter_mut().map(|all| &mut all[range.clone()]));
    let mut state = piece.state.slices(range.clone(), wide);
    consts.extend(piece.consts.iter().map(|c| c.column(range.clone())));
    let block = Block {
        len: range.len(),
        state: &mut state,
        consts: &consts,
        sums: A::sums(&mut parts),
        scale: &piece.scale,
        filtered,
        current,
        draws,
        spiked: &mut piece.spiked[range],
    };
    F::step(model, isa, block);
}

/// The same where neurons can spike more than once: each id as often as `times` says.
pub(crate) fn collect_counted(
    spiked: &[bool],
    times: impl Fn(usize) -> usize,
    first_flat: usize,
    out: &mut [u32],
) -> usize {
    let mut n = 0;
    for (i, _) in spiked.iter().enumerate().filter(|(_, spiked)| **spiked) {
        let times = times(i);
        out[n..n + times].fill((first_flat + i) as u32);
        n += times;
    }
    n
}

/// Writes the flat ids (population-wide) of who spiked, ascending, and says how many.
#[inline]
pub(crate) fn collect(spiked: &[bool], first_flat: usize, out: &mut [u32]) -> usize {
    let mut n = 0;
    for (c, chunk) in spiked.chunks(64).enumerate() {
        if chunk.iter().fold(false, |any, &s| any | s) {
            for (i, &spiked) in chunk.iter().enumerate() {
                // Overwritten by the next if it did not spike: nobody has to guess.
                if let Some(out) = out.get_mut(n) {
                    *out = (first_flat + c * 64 + i) as u32;
                }
                n += usize::from(spiked);
            }
        }
    }
    n
}
