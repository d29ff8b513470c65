//! What launches have been asked to look for, until somebody asks what they found.

use crate::driver::{Arg, Driver};
use crate::layer::{DERIVATIVES, carried, of_device};
use crate::notes::Notes;
use isospike_backend::Result;
use isospike_layer::{Layer, LayerError, Real, Shape};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

/// Launches between two looks.
const SLOTS: usize = 256;

/// What a launch looks at.
pub(super) enum Check {
    /// A forward pass, over what a neuron carries.
    Forward { shape: Shape, carried: Vec<&'static str> },
    /// A backward pass.
    Backward { shape: Shape },
    /// An array, with so many items.
    Array { field: String, items: usize },
}

impl Check {
    pub(super) fn forward(shape: Shape, layer: &Layer) -> Check {
        Check::Forward { shape, carried: carried(layer) }
    }

    /// What the first place that was noted means.
    fn error<F: Real>(&self, place: usize, found: &[F]) -> LayerError {
        let value = |column: usize| found[column].to_f64();
        match self {
            Check::Forward { shape, carried } => {
                let (row, column) = (place / shape.width(), place % shape.width());
                let (step, field) = (row / carried.len(), carried[row % carried.len()]);
                LayerError::not_finite(field, step, column, value(column), *shape)
            }
            Check::Backward { shape } => {
                let (row, column) = (place / shape.width(), place % shape.width());
                let step = shape.steps - 1 - row / DERIVATIVES.len();
                let field = DERIVATIVES[row % DERIVATIVES.len()];
                LayerError::not_finite(field, step, column, value(column), *shape)
            }
            Check::Array { field, items } => {
                let value = value(place % items);
                LayerError::Number { field: field.clone(), index: place, value }
            }
        }
    }
}

/// All that is pending.
pub(super) struct Checks<F, D: Driver> {
    driver: Arc<D>,
    state: Mutex<State<D>>,
    numbers: PhantomData<fn() -> F>,
}

struct State<D: Driver> {
    notes: Notes<D>,
    pending: Vec<Check>,
    /// What was found while room was made for more.
    failed: Option<LayerError>,
}

impl<F: Real, D: Driver> Checks<F, D> {
    pub(super) fn new(driver: Arc<D>) -> Result<Self> {
        let notes = Notes::new::<F>(&*driver, SLOTS, 1)?;
        let state = State { notes, pending: Vec::new(), failed: None };
        Ok(Checks { driver, state: Mutex::new(state), numbers: PhantomData })
    }

    /// Launches something that looks at so many columns.
    pub(super) fn with(
        &self,
        check: Check,
        columns: usize,
        launch: impl FnOnce([Arg<'_, D::Buffer>; 4]) -> Result<()>,
    ) -> Result<()> {
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let larger = columns > state.notes.columns();
        if larger || state.pending.len() == SLOTS {
            let found = self.look(state)?;
            state.failed = state.failed.take().or(found);
        }
        if larger {
            state.notes = Notes::new::<F>(&*self.driver, SLOTS, columns)?;
        }
        launch(state.notes.args(state.pending.len()))?;
        state.pending.push(check);
        Ok(())
    }

    fn look(&self, state: &mut State<D>) -> Result<Option<LayerError>> {
        let pending = std::mem::take(&mut state.pending);
        if pending.is_empty() {
            return Ok(None);
        }
        let noted = state.notes.take::<F>(&*self.driver, pending.len())?;
        Ok(noted.map(|noted| pending[noted.slot].error(noted.place as usize, &noted.found)))
    }

    /// The first of all that was found.
    pub(super) fn settle(&self) -> std::result::Result<(), LayerError> {
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.look(state).map_err(of_device)?;
        match state.failed.take().or(found) {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }
}
