//! Mean-field theory of sparse networks of integrate-and-fire neurons with delta synapses: N.
//! Brunel (2000) J. Comput. Neurosci. 8:183, equations for the stationary rate.

/// The network: all neurons alike, membranes of 20 ms, threshold 20 mV, refractory for 2 ms.
#[derive(Clone, Copy, Debug)]
pub struct Sparse {
    /// Excitatory synapses per neuron from the network, of 0.1 mV; a quarter as many inhibitory
    /// ones.
    pub degree: f64,
    /// Strength of an inhibitory synapse relative to an excitatory one.
    pub g: f64,
    /// Spikes per second from outside, of 0.1 mV.
    pub external_hz: f64,
    /// Reset potential (mV).
    pub reset_mv: f64,
}

const TAU_S: f64 = 0.02;
const JUMP_MV: f64 = 0.1;

impl Sparse {
    /// The stationary rate that sustains itself (spikes/s).
    pub fn rate(&self) -> f64 {
        let (mut low, mut high) = (0.0, 500.0);
        for _ in 0..60 {
            let rate: f64 = 0.5 * (low + high);
            let excitation = self.degree * rate;
            let mean = TAU_S * JUMP_MV * (self.external_hz + excitation * (1.0 - self.g / 4.0));
            let noise = self.external_hz + excitation * (1.0 + self.g * self.g / 4.0);
            let sd = JUMP_MV * (TAU_S * noise).sqrt();
            if self.response(mean, sd) > rate { low = rate } else { high = rate }
        }
        low
    }

    /// Rate of a neuron with white noise (N. Brunel, V. Hakim (1999) Neural Comput. 11:1621, in the
    /// form without error function).
    #[expect(clippy::disallowed_methods, reason = "theory, compared with a tolerance")]
    fn response(&self, mean_mv: f64, sd_mv: f64) -> f64 {
        let (threshold, reset) = ((20.0 - mean_mv) / sd_mv, (self.reset_mv - mean_mv) / sd_mv);
        let h = 0.003;
        let term =
            |u: f64| (-u * u).exp() * ((2.0 * threshold * u).exp() - (2.0 * reset * u).exp()) / u;
        let integral: f64 = (0..5000).map(|i| h * term((f64::from(i) + 0.5) * h)).sum();
        1.0 / (0.002 + TAU_S * integral)
    }
}
