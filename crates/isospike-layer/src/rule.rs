//! Firing and reset: the same for all neurons.

use crate::LayerError;
use isospike_lane::{Float, Lane, Mask};
use isospike_model::slots;

/// Where the potential of a neuron that fires goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reset {
    /// To this value.
    Hard(f64),
    /// Down by the threshold.
    Soft,
    /// It stays.
    Never,
}

/// When neurons fire and what becomes of those that do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// A neuron fires when its potential is this or more.
    pub threshold: f64,
    /// What becomes of its potential.
    pub reset: Reset,
    /// Whether the backward pass takes the reset for a given, not for something that inputs change.
    pub detach: bool,
}

impl Default for Rule {
    /// Threshold 1, hard reset to 0, not detached: SpikingJelly's.
    fn default() -> Self {
        Rule { threshold: 1.0, reset: Reset::Hard(0.0), detach: false }
    }
}

impl Rule {
    /// Neurons that never fire: the readout of a network is the potential of a leaky neuron under
    /// this rule, v + (x - v) / tau.
    pub const READOUT: Rule = Rule { threshold: f64::INFINITY, reset: Reset::Never, detach: false };

    /// Where the leak of a neuron goes.
    pub fn rest(&self) -> f64 {
        match self.reset {
            Reset::Hard(to) => to,
            Reset::Soft | Reset::Never => 0.0,
        }
    }

    /// # Errors
    /// If a value is not finite. The threshold of neurons that are never reset may be infinite.
    pub(crate) fn check(&self) -> Result<(), LayerError> {
        let endless = self.reset == Reset::Never && self.threshold == f64::INFINITY;
        if !self.threshold.is_finite() && !endless {
            return Err(LayerError::value("threshold", self.threshold, "must be finite"));
        }
        match self.reset {
            Reset::Hard(to) if !to.is_finite() => {
                Err(LayerError::value("reset", to, "must be finite"))
            }
            _ => Ok(()),
        }
    }

    /// The rule in numbers.
    pub fn firing<F: Float>(&self) -> Firing<F> {
        let drop = if self.reset == Reset::Soft { self.threshold } else { 0.0 };
        let flag = |yes| F::from_f64(f64::from(u8::from(yes)));
        Firing {
            threshold: F::from_f64(self.threshold),
            to: F::from_f64(self.rest()),
            drop: F::from_f64(drop),
            hard: flag(matches!(self.reset, Reset::Hard(_))),
            attached: flag(!self.detach),
        }
    }
}

slots! {
    /// A [`Rule`] in numbers, so that one function serves all rules.
    pub struct Firing {
        threshold: "", "the lowest potential that fires";
        to: "", "where a hard reset goes, else 0";
        drop: "", "by how much a soft reset takes the potential down, else 0";
        hard: "", "1 for a hard reset, else 0";
        attached: "", "0 where the reset is detached, else 1";
    }
}

impl<L: Lane> Firing<L> {
    #[inline(always)]
    pub(crate) fn is_hard(&self) -> L::Mask {
        self.hard.gt(L::lit(0.0))
    }

    /// Who fires. Not who is NaN.
    #[inline(always)]
    pub fn fires(&self, h: L) -> L::Mask {
        h.ge(self.threshold)
    }

    /// The potential after the reset.
    #[inline(always)]
    pub fn reset(&self, h: L) -> L {
        let down = L::select(self.is_hard(), self.to, h - self.drop);
        L::select(self.fires(h), down, h)
    }

    /// The derivative of the potential after the reset by h.
    ///
    /// | reset | |
    /// |---|---|
    /// | hard | (1 - s) + (to - h) g |
    /// | soft | 1 - threshold g |
    ///
    /// without the term in g where it is detached.
    #[inline(always)]
    pub fn keeps(&self, h: L, slope: L) -> L {
        let hard = self.is_hard();
        let stays = L::select(self.fires(h).and(hard), L::lit(0.0), L::lit(1.0));
        let jump = L::select(hard, self.to - h, -self.drop);
        stays + jump * (slope * self.attached)
    }
}
