//! Neurons on a device.

use crate::kernels::{Cuba, CubaFire, Integrate, IntegrateFire, Leak, LeakFire};
use crate::order::Order;
use crate::{NeuronKind, Neurons, NirError, Options, Reset};
use isospike_layer::Real;
use isospike_layer::compute::{Array, Category, Computer};

/// Neurons of one kind with their state.
pub(crate) struct Cells<F> {
    kind: NeuronKind,
    reset: Reset,
    /// Parameters as the kernels read them, one number for each neuron.
    parameters: Vec<Array<F>>,
    /// Potentials to begin with.
    rest: Array<F>,
    current: Option<Array<F>>,
    v: Array<F>,
}

impl<F: Real> Cells<F> {
    /// For so many items. Potentials begin at `v_leak`, or at 0 without one; currents at 0.
    pub(crate) fn new(
        on: &Computer<F>,
        name: &str,
        neurons: &Neurons,
        options: &Options,
        order: &Order,
        items: usize,
    ) -> Result<Self, NirError> {
        let kind = neurons.kind();
        let mut parameters = Vec::new();
        for field in read_by(kind) {
            let values = &neurons.get(field).data;
            let derived: Vec<f64> = match *field {
                "tau" | "tau_syn" | "tau_mem" => {
                    let part = |tau: &f64| options.part(name, field, *tau);
                    values.iter().map(part).collect::<Result<_, _>>()?
                }
                "r" if matches!(kind, NeuronKind::I | NeuronKind::If) => {
                    values.iter().map(|r| r * options.dt).collect()
                }
                _ => values.clone(),
            };
            parameters.push(numbers(on, name, field, &order.to_device(&derived))?);
        }
        let rest = match kind {
            NeuronKind::I | NeuronKind::If => vec![0.0; order.count()],
            _ => neurons.get("v_leak").data.clone(),
        };
        let rest = numbers(on, name, "v_leak", &order.to_device(&rest).repeat(items))?;
        let n = rest.len();
        let has_current = matches!(kind, NeuronKind::CubaLi | NeuronKind::CubaLif);
        let current = has_current.then(|| on.zeros(Category::State, n)).transpose()?;
        let mut v = on.room(Category::State, n)?;
        on.copy((&rest, 0), (&mut v, 0), n)?;
        Ok(Cells { kind, reset: options.reset, parameters, rest, current, v })
    }

    /// Whether they fire.
    pub(crate) fn fires(&self) -> bool {
        self.kind.fires()
    }

    /// Potentials.
    pub(crate) fn potential(&self) -> &Array<F> {
        &self.v
    }

    /// As it was made.
    pub(crate) fn reset(&mut self, on: &Computer<F>) -> Result<(), NirError> {
        on.copy((&self.rest, 0), (&mut self.v, 0), self.rest.len())?;
        if let Some(current) = &mut self.current {
            on.fill(current, F::default())?;
        }
        Ok(())
    }

    /// A step: spikes of neurons that fire, potentials of others.
    pub(crate) fn step(
        &mut self,
        on: &Computer<F>,
        x: &Array<F>,
        out: &mut Array<F>,
    ) -> Result<(), NirError> {
        let (v, current) = (&mut self.v, &mut self.current);
        let subtract = self.reset == Reset::Subtract;
        match (&self.parameters[..], current) {
            ([rate], None) => on.map(Integrate, [], [rate, x], [v])?,
            ([k, leak, r], None) if self.kind == NeuronKind::Li => {
                on.map(Leak, [], [k, leak, r, x], [v])?;
            }
            ([rate, threshold, reset], None) => {
                let reads = [rate, threshold, reset, x];
                match subtract {
                    true => on.map(IntegrateFire::<true>, [], reads, [v, out])?,
                    false => on.map(IntegrateFire::<false>, [], reads, [v, out])?,
                }
            }
            ([k, leak, r, threshold, reset], None) => {
                let reads = [k, leak, r, threshold, reset, x];
                match subtract {
                    true => on.map(LeakFire::<true>, [], reads, [v, out])?,
                    false => on.map(LeakFire::<false>, [], reads, [v, out])?,
                }
            }
            ([k_syn, w_in, k_mem, leak, r], Some(i)) => {
                on.map(Cuba, [], [k_syn, w_in, k_mem, leak, r, x], [i, v])?;
            }
            ([k_syn, w_in, k_mem, leak, r, threshold, reset], Some(i)) => {
                let reads = [k_syn, w_in, k_mem, leak, r, threshold, reset, x];
                match subtract {
                    true => on.map(CubaFire::<true>, [], reads, [i, v, out])?,
                    false => on.map(CubaFire::<false>, [], reads, [i, v, out])?,
                }
            }
            _ => unreachable!("parameters of a kind"),
        }
        if !self.kind.fires() {
            on.copy((&self.v, 0), (out, 0), self.v.len())?;
        }
        Ok(())
    }
}

/// The parameters of a kind in the order in which its kernel reads them.
fn read_by(kind: NeuronKind) -> &'static [&'static str] {
    match kind {
        NeuronKind::I => &["r"],
        NeuronKind::Li => &["tau", "v_leak", "r"],
        NeuronKind::If => &["r", "v_threshold", "v_reset"],
        NeuronKind::Lif => &["tau", "v_leak", "r", "v_threshold", "v_reset"],
        NeuronKind::CubaLi => &["tau_syn", "w_in", "tau_mem", "v_leak", "r"],
        NeuronKind::CubaLif => {
            &["tau_syn", "w_in", "tau_mem", "v_leak", "r", "v_threshold", "v_reset"]
        }
    }
}

/// Numbers of a node as an array, each rounded once.
///
/// # Errors
/// If one is not finite in this format.
pub(crate) fn numbers<F: Real>(
    on: &Computer<F>,
    node: &str,
    field: &str,
    values: &[f64],
) -> Result<Array<F>, NirError> {
    let rounded: Vec<F> = values.iter().map(|&x| F::from_f64(x)).collect();
    match rounded.iter().position(|x| !x.is_finite()) {
        Some(i) => {
            let needed = format!("finite as {}", F::NAME);
            Err(NirError::field(node, field, values[i], needed))
        }
        None => Ok(on.array(Category::Weights, &rounded)?),
    }
}
