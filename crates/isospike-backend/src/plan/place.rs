//! Where rows are written: a table's arrays, parted among threads.

use super::build::Spec;
use super::storage::Format;
use super::{Index, Synapses};
use bytemuck::cast_slice_mut;
use isospike_lane::huge_zeroed;
use isospike_net::Column;

/// The arrays of a table, yet to be filled.
pub(super) fn empty(spec: &Spec) -> (Synapses, Index) {
    let n = spec.synapses() as usize;
    let multiplier = 1i64 << spec.shift.max(0); // of integers; floats may need a negative shift
    let synapses = match (spec.rule, spec.format) {
        (Some(rule), _) => Synapses::Plastic {
            rule,
            half: spec.format.half(),
            targets: huge_zeroed(n),
            initial: spec.initial.map_or_else(|| Column::Each(huge_zeroed(n)), Column::Uniform),
        },
        (_, Format::Constant { weight }) => Synapses::Constant { weight, targets: huge_zeroed(n) },
        (_, Format::U8 { negative }) => Synapses::U8 {
            multiplier: if negative { -multiplier } else { multiplier },
            targets: huge_zeroed(n),
            weights: huge_zeroed(n),
        },
        (_, Format::I8) => {
            Synapses::I8 { multiplier, targets: huge_zeroed(n), weights: huge_zeroed(n) }
        }
        (_, Format::U16 { negative }) => Synapses::U16 {
            multiplier: if negative { -multiplier } else { multiplier },
            packed: huge_zeroed(n),
        },
        (_, Format::I16) => Synapses::I16 { multiplier, packed: huge_zeroed(n) },
        (_, Format::I32) => {
            Synapses::I32 { multiplier, targets: huge_zeroed(n), weights: huge_zeroed(n) }
        }
        (_, Format::I64) => Synapses::I64 { targets: huge_zeroed(n), weights: huge_zeroed(n) },
        (_, Format::Half(format)) => {
            Synapses::Half { format, shift: spec.shift, packed: huge_zeroed(n) }
        }
    };
    let entries = spec.degrees.len() * spec.stride();
    let index = match spec.short() {
        true => Index::U16(huge_zeroed(entries)),
        false => Index::U32(huge_zeroed(entries)),
    };
    (synapses, index)
}

/// Where some rows go.
pub(super) struct Place<'a> {
    pub(super) synapses: Out<'a>,
    pub(super) index: IndexOut<'a>,
}

impl<'a> Place<'a> {
    /// All rows of a table.
    pub(super) fn of(synapses: &'a mut Synapses, index: &'a mut Index) -> Self {
        Place { synapses: Out::of(synapses), index: IndexOut::of(index) }
    }

    /// Parts the first rows, with so many synapses and index entries, from those behind them.
    pub(super) fn split(self, synapses: usize, entries: usize) -> (Self, Self) {
        let (synapses, synapses_later) = self.synapses.split(synapses);
        let (index, index_later) = self.index.split(entries);
        (Place { synapses, index }, Place { synapses: synapses_later, index: index_later })
    }
}

/// Where synapses go.
pub(super) enum Out<'a> {
    Constant(&'a mut [u16]),
    /// Targets, and weights of either sign.
    Bytes(&'a mut [u16], &'a mut [u8]),
    Packed(&'a mut [u32]),
    I32(&'a mut [u16], &'a mut [i32]),
    I64(&'a mut [u16], &'a mut [i64]),
    /// Targets, and initial weights where they differ.
    Plastic(&'a mut [u16], Option<&'a mut [f64]>),
}

impl<'a> Out<'a> {
    fn of(s: &'a mut Synapses) -> Self {
        match s {
            Synapses::Constant { targets, .. } => Out::Constant(targets),
            Synapses::U8 { targets, weights, .. } => Out::Bytes(targets, weights),
            Synapses::I8 { targets, weights, .. } => Out::Bytes(targets, cast_slice_mut(weights)),
            Synapses::U16 { packed, .. }
            | Synapses::I16 { packed, .. }
            | Synapses::Half { packed, .. } => Out::Packed(packed),
            Synapses::I32 { targets, weights, .. } => Out::I32(targets, weights),
            Synapses::I64 { targets, weights } => Out::I64(targets, weights),
            Synapses::Plastic { targets, initial, .. } => match initial {
                Column::Uniform(_) => Out::Plastic(targets, None),
                Column::Each(weights) => Out::Plastic(targets, Some(weights)),
            },
        }
    }

    fn split(self, n: usize) -> (Self, Self) {
        match self {
            Out::Constant(t) => {
                let (a, b) = t.split_at_mut(n);
                (Out::Constant(a), Out::Constant(b))
            }
            Out::Bytes(t, w) => {
                let ((ta, tb), (wa, wb)) = (t.split_at_mut(n), w.split_at_mut(n));
                (Out::Bytes(ta, wa), Out::Bytes(tb, wb))
            }
            Out::Packed(p) => {
                let (a, b) = p.split_at_mut(n);
                (Out::Packed(a), Out::Packed(b))
            }
            Out::I32(t, w) => {
                let ((ta, tb), (wa, wb)) = (t.split_at_mut(n), w.split_at_mut(n));
                (Out::I32(ta, wa), Out::I32(tb, wb))
            }
            Out::I64(t, w) => {
                let ((ta, tb), (wa, wb)) = (t.split_at_mut(n), w.split_at_mut(n));
                (Out::I64(ta, wa), Out::I64(tb, wb))
            }
            Out::Plastic(t, w) => {
                let (ta, tb) = t.split_at_mut(n);
                let (wa, wb) = w.map(|w| w.split_at_mut(n)).unzip();
                (Out::Plastic(ta, wa), Out::Plastic(tb, wb))
            }
        }
    }
}

/// Where index entries go.
pub(super) enum IndexOut<'a> {
    U16(&'a mut [u16]),
    U32(&'a mut [u32]),
}

impl<'a> IndexOut<'a> {
    fn of(i: &'a mut Index) -> Self {
        match i {
            Index::U16(v) => IndexOut::U16(v),
            Index::U32(v) => IndexOut::U32(v),
        }
    }

    fn split(self, n: usize) -> (Self, Self) {
        match self {
            IndexOut::U16(v) => {
                let (a, b) = v.split_at_mut(n);
                (IndexOut::U16(a), IndexOut::U16(b))
            }
            IndexOut::U32(v) => {
                let (a, b) = v.split_at_mut(n);
                (IndexOut::U32(a), IndexOut::U32(b))
            }
        }
    }

    pub(super) fn set(&mut self, at: usize, offset: usize) {
        match self {
            IndexOut::U16(v) => v[at] = offset as u16,
            IndexOut::U32(v) => v[at] = offset as u32,
        }
    }
}
