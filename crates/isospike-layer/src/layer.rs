//! A layer: a neuron, its parameters, its rule, its surrogate.

use crate::rule::{Firing, Rule};
use crate::{LayerError, NeuronRef, Real, Surrogate, SurrogateDef, surrogates::Atan};
use isospike_model::ParamInfo;
use std::sync::Arc;

/// What all neurons of a layer have in common.
#[derive(Clone, Debug)]
pub struct Layer {
    neuron: NeuronRef,
    params: Vec<f64>,
    rule: Rule,
    surrogate: Arc<dyn SurrogateDef>,
}

impl Layer {
    /// A layer with the neuron's default parameters, the default [`Rule`] and [`Atan`].
    pub fn new(neuron: NeuronRef) -> Layer {
        let params = neuron.params().iter().map(|p| p.default).collect();
        let surrogate = Arc::new(Atan::default());
        Layer { neuron, params, rule: Rule::default(), surrogate }
    }

    /// The same with another value of a parameter.
    ///
    /// # Errors
    /// If there is no such parameter, or the value is out of its range.
    pub fn param(mut self, name: &str, value: f64) -> Result<Layer, LayerError> {
        self.set(name, value)?;
        Ok(self)
    }

    /// The same under another rule.
    ///
    /// # Errors
    /// If a value of the rule is not finite.
    pub fn rule(mut self, rule: Rule) -> Result<Layer, LayerError> {
        rule.check()?;
        self.rule = rule;
        Ok(self)
    }

    /// The same with another surrogate.
    ///
    /// # Errors
    /// What [`Surrogate::check`] says.
    pub fn surrogate(mut self, surrogate: impl Surrogate) -> Result<Layer, LayerError> {
        surrogate.check()?;
        self.surrogate = Arc::new(surrogate);
        Ok(self)
    }

    /// Sets a parameter, as an optimiser does with those that are learned.
    ///
    /// # Errors
    /// As [`Layer::param`]; nothing is changed then.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), LayerError> {
        let (index, info) = self.find(name)?;
        if !info.range.contains(value) {
            return Err(LayerError::value(info.name, value, format!("must be {}", info.range)));
        }
        if !info.range.contains(f64::from(value as f32)) {
            let allowed = format!("must be {} when it is rounded to f32, too", info.range);
            return Err(LayerError::value(info.name, value, allowed));
        }
        self.params[index] = value;
        Ok(())
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// If there is no such parameter.
    pub fn value(&self, name: &str) -> Result<f64, LayerError> {
        self.find(name).map(|(index, _)| self.params[index])
    }

    fn find(&self, name: &str) -> Result<(usize, &'static ParamInfo), LayerError> {
        let infos = self.neuron.params();
        let found = infos.iter().enumerate().find(|(_, p)| p.name == name);
        found.ok_or_else(|| {
            let names: Vec<_> = infos.iter().map(|p| p.name).collect();
            let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let neuron = self.neuron.name();
            LayerError::Parameter { neuron, name: name.to_owned(), has }
        })
    }

    /// The neuron.
    pub fn neuron(&self) -> NeuronRef {
        self.neuron
    }

    /// The surrogate.
    pub fn slope(&self) -> &dyn SurrogateDef {
        &*self.surrogate
    }

    /// Where neurons begin: where a hard reset goes, else 0.
    pub fn rest(&self) -> f64 {
        self.rule.rest()
    }

    /// The rule in numbers.
    pub fn firing<F: Real>(&self) -> Firing<F> {
        self.rule.firing()
    }

    /// The derivatives by learned parameters, from sums over all neurons and steps, in the order of
    /// [`NeuronDef::learned`](crate::NeuronDef::learned).
    ///
    /// # Errors
    /// If one is not finite.
    pub fn learn<F: Real>(&self, sums: &[F]) -> Result<Vec<F>, LayerError> {
        let learned = F::rows(self.neuron).learn(&self.consts::<F>(), sums);
        match learned.iter().find(|x| !x.is_finite()) {
            None => Ok(learned),
            Some(x) => {
                let field = "a derivative by a learned parameter";
                Err(LayerError::value(field, x.to_f64(), "must be finite"))
            }
        }
    }

    /// The neuron's constants in slot order.
    pub fn consts<F: Real>(&self) -> Vec<F> {
        let derived = self.neuron.derive(&self.params, self.rest());
        derived.into_iter().map(F::from_f64).collect()
    }
}
