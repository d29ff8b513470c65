//! Parameters within bounds that bring a rate to a target.
//!
//! A rate is measured in a run and has an error; its derivatives are those of the expected spikes
//! given what was before, so they do not know what a change does by way of the network. So each
//! step is that of Gauss and Newton, the shortest that should bring the rate to its target, and
//! what it did bring corrects the next one.

use isospike_lane::precise::{exp, log};

/// A parameter and its bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounded {
    /// How messages call it.
    pub name: String,
    /// Where it starts; outside its bounds it starts at the nearer one.
    pub start: f64,
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
    /// Whether it must be above 0: then its logarithm is what is moved.
    pub positive: bool,
}

impl Bounded {
    fn check(&self) -> Result<(), TuneError> {
        let Bounded { low, high, .. } = *self;
        let allowed = match () {
            () if !(low.is_finite() && high.is_finite() && low < high) => {
                "must be finite, the lower below the upper"
            }
            () if self.positive && low <= 0.0 => "must be above 0, as the parameter is",
            () => return Ok(()),
        };
        Err(TuneError::Bounds { name: self.name.clone(), low, high, allowed })
    }

    /// The value at a place between the bounds, from 0 to 1.
    fn at(&self, place: f64) -> f64 {
        let value = match self.positive {
            true => self.low * exp(place * self.length()),
            false => self.low + place * self.length(),
        };
        match place {
            0.0 => self.low,
            1.0 => self.high,
            _ => value.clamp(self.low, self.high),
        }
    }

    /// The place of a value.
    fn place(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        match self.positive {
            true => log(value / self.low) / self.length(),
            false => (value - self.low) / self.length(),
        }
    }

    /// From bound to bound, as it is moved.
    fn length(&self) -> f64 {
        if self.positive { log(self.high / self.low) } else { self.high - self.low }
    }

    /// What the value gains by a unit of place.
    fn slope(&self, value: f64) -> f64 {
        if self.positive { value * self.length() } else { self.length() }
    }
}

/// What a run says of a rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The rate, in the unit of the target.
    pub rate: f64,
    /// Its standard error.
    pub error: f64,
    /// Its derivative by each parameter.
    pub gradient: Vec<f64>,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Nothing: the rate is within the tolerance, two standard errors included.
    Reached,
    /// Another run with the values as they are now.
    Run,
    /// A run this many times as long: at these values noise hides how far the target is.
    Longer(f64),
}

/// Why a target is not reached.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TuneError {
    /// Nothing to tune.
    #[error("no parameter to tune; name at least one")]
    Empty,
    /// A target or tolerance that cannot be.
    #[error("{field} = {value}; must be a finite number above 0")]
    Value {
        /// Which.
        field: &'static str,
        /// What it was.
        value: f64,
    },
    /// Bounds that cannot be.
    #[error("bounds of {name} = {low}..{high}; {allowed}")]
    Bounds {
        /// The parameter.
        name: String,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
        /// What they may be.
        allowed: &'static str,
    },
    /// Every parameter that could bring the rate nearer is at its bound.
    #[error(
        "a rate of {target} is out of reach within the bounds: it is {rate:.4} with {values}, and all \
         that would bring it nearer lies beyond"
    )]
    Unreachable {
        /// Target.
        target: f64,
        /// The rate there.
        rate: f64,
        /// The values there.
        values: String,
    },
    /// No parameter changes the rate.
    #[error(
        "the rate, {rate:.4} with {values}, does not change with any of them; begin elsewhere, or tune \
         other parameters"
    )]
    Flat {
        /// The rate there.
        rate: f64,
        /// The values there.
        values: String,
    },
}

/// A search for the values of some parameters: asked for [`values`](Search::values), told what the
/// rate is there.
#[derive(Clone, Debug)]
pub struct Search {
    parameters: Vec<Bounded>,
    target: f64,
    tolerance: f64,
    /// Places between the bounds, from 0 to 1.
    places: Vec<f64>,
    /// The last step: the rate before it, its error, and what the step should have brought.
    last: Option<(Measured, f64)>,
    /// What a step brings of what its derivatives promise.
    ratio: f64,
    /// Longest step.
    radius: f64,
    /// Runs in a row with nowhere to go.
    stuck: u32,
}

/// Longest step, in parts of the way from bound to bound.
const RADIUS: f64 = 0.25;
/// Runs in a row that must find the target out of reach: what else is tuned may still move.
const STUCK: u32 = 3;

impl Search {
    /// A search for a rate above 0, to a tolerance in the same unit.
    ///
    /// # Errors
    /// If there is no parameter, or bounds, target or tolerance cannot be used.
    pub fn new(parameters: Vec<Bounded>, target: f64, tolerance: f64) -> Result<Search, TuneError> {
        if parameters.is_empty() {
            return Err(TuneError::Empty);
        }
        parameters.iter().try_for_each(Bounded::check)?;
        for (field, value) in [("rate", target), ("tolerance", tolerance)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(TuneError::Value { field, value });
            }
        }
        let places = parameters.iter().map(|p| p.place(p.start)).collect();
        let (last, ratio, radius, stuck) = (None, 1.0, RADIUS, 0);
        Ok(Search { parameters, target, tolerance, places, last, ratio, radius, stuck })
    }

    /// The parameters.
    pub fn parameters(&self) -> &[Bounded] {
        &self.parameters
    }

    /// Where the parameters are.
    pub fn values(&self) -> Vec<f64> {
        self.parameters.iter().zip(&self.places).map(|(p, &u)| p.at(u)).collect()
    }

    /// Takes in what a run with these values said, and moves them.
    ///
    /// # Errors
    /// If the target is out of reach, or nothing changes the rate.
    pub fn tell(&mut self, measured: &Measured) -> Result<Next, TuneError> {
        let missing = self.target - measured.rate;
        let noise = 2.0 * measured.error;
        if missing.abs() + noise <= self.tolerance {
            return Ok(Next::Reached);
        }
        if noise > missing.abs()
            || (missing.abs() <= self.tolerance && 2.0 * noise > self.tolerance)
        {
            let wanted = 2.5 * noise / self.tolerance;
            return Ok(Next::Longer((wanted * wanted).clamp(1.5, 8.0)));
        }
        self.learn(measured);
        self.step(measured, missing)
    }

    /// Compares what the last step brought with what it should have.
    fn learn(&mut self, now: &Measured) {
        let Some((before, promised)) = self.last.take() else { return };
        let brought = now.rate - before.rate;
        let error = (now.error * now.error + before.error * before.error).sqrt();
        if brought.abs() < 2.0 * error || promised == 0.0 {
            return;
        }
        let ratio = brought / promised;
        // Past the target and no nearer: the rate bends more than a step can know.
        let missed = [before.rate, now.rate].map(|rate| self.target - rate);
        let worse = missed[1].abs() > 0.5 * missed[0].abs();
        if ratio <= 0.0 || (missed[0] * missed[1] < 0.0 && worse) {
            self.radius *= 0.5;
        } else {
            self.radius = (2.0 * self.radius).min(RADIUS);
        }
        self.ratio = if ratio > 0.0 { ratio.clamp(0.05, 20.0) } else { 1.0 };
    }

    /// The shortest step that should bring what is missing, of those parameters that can make it.
    fn step(&mut self, measured: &Measured, missing: f64) -> Result<Next, TuneError> {
        let values = self.values();
        let slopes = self.parameters.iter().zip(&values).zip(&measured.gradient);
        let slopes: Vec<f64> = slopes.map(|((p, &x), g)| p.slope(x) * g).collect();
        let free = |i: &usize| match self.places[*i] {
            0.0 => slopes[*i] * missing > 0.0,
            1.0 => slopes[*i] * missing < 0.0,
            _ => slopes[*i] != 0.0,
        };
        let free: Vec<usize> = (0..slopes.len()).filter(free).collect();
        if free.is_empty() {
            return self.stop(measured.rate, slopes.iter().all(|s| *s == 0.0));
        }
        self.stuck = 0;
        let square: f64 = free.iter().map(|&i| slopes[i] * slopes[i]).sum();
        let mut length = missing / (self.ratio * square);
        let longest = free.iter().fold(0.0f64, |m, &i| m.max((length * slopes[i]).abs()));
        length *= (self.radius / longest).min(1.0);
        let mut promised = 0.0;
        for i in free {
            let place = (self.places[i] + length * slopes[i]).clamp(0.0, 1.0);
            promised += slopes[i] * (place - self.places[i]);
            self.places[i] = place;
        }
        self.last = Some((measured.clone(), promised));
        Ok(Next::Run)
    }

    /// There is nowhere to go.
    fn stop(&mut self, rate: f64, flat: bool) -> Result<Next, TuneError> {
        self.stuck += 1;
        if self.stuck < STUCK {
            return Ok(Next::Run);
        }
        let shown = self.parameters.iter().zip(self.values());
        let shown: Vec<_> = shown.map(|(p, x)| format!("{} = {x}", p.name)).collect();
        let values = shown.join(", ");
        let target = self.target;
        Err(match flat {
            true => TuneError::Flat { rate, values },
            false => TuneError::Unreachable { target, rate, values },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(name: &str, start: f64, low: f64, high: f64, positive: bool) -> Bounded {
        Bounded { name: name.into(), start, low, high, positive }
    }

    /// Runs a search on a function without noise; returns the values and how many runs it took.
    fn search(
        parameters: Vec<Bounded>,
        target: f64,
        f: impl Fn(&[f64]) -> (f64, Vec<f64>),
    ) -> Result<(Vec<f64>, usize), TuneError> {
        let mut search = Search::new(parameters, target, 1e-6)?;
        for runs in 1..200 {
            let values = search.values();
            for (p, x) in search.parameters().iter().zip(&values) {
                assert!((p.low..=p.high).contains(x), "{} = {x}", p.name);
            }
            let (rate, gradient) = f(&values);
            match search.tell(&Measured { rate, error: 0.0, gradient })? {
                Next::Reached => return Ok((values, runs)),
                Next::Run => {}
                Next::Longer(_) => panic!("there is no noise"),
            }
        }
        panic!("no end");
    }

    #[test]
    fn a_rate_is_found_by_one_parameter_and_by_several() {
        let one = vec![bounded("theta", 5.0, 0.0, 10.0, false)];
        let (values, runs) =
            search(one, 20.0, |x| (1000.0 * exp(-x[0]), vec![-1000.0 * exp(-x[0])]))
                .expect("found");
        assert!((values[0] - log(50.0)).abs() < 1e-6 && runs < 20, "{values:?} in {runs}");
        // start outside the bounds; a positive parameter is moved by its logarithm
        let two =
            vec![bounded("scale", 100.0, 1e-3, 10.0, true), bounded("b", 0.0, -1.0, 1.0, false)];
        let rate = |x: &[f64]| {
            let y = x[0] * exp(2.0 * x[1]);
            (y, vec![y / x[0], 2.0 * y])
        };
        let (values, runs) = search(two, 0.05, rate).expect("found");
        assert!((rate(&values).0 - 0.05).abs() < 1e-6 && runs < 30, "{values:?} in {runs}");
    }

    #[test]
    fn derivatives_that_promise_too_much_or_too_little_are_corrected() {
        for truth in [0.2, 3.0, 8.0] {
            let one = vec![bounded("b", 0.0, -5.0, 5.0, false)];
            let f = |x: &[f64]| (exp(x[0]), vec![exp(x[0]) / truth]);
            let (values, runs) = search(one, 2.0, f).expect("found");
            assert!((values[0] - log(2.0)).abs() < 1e-5 && runs < 60, "{truth}: {runs}");
        }
    }

    #[test]
    fn what_cannot_be_reached_is_said() {
        let one = || vec![bounded("b", 0.0, -1.0, 1.0, false)];
        let e = search(one(), 20.0, |x| (exp(x[0]), vec![exp(x[0])])).expect_err("too far");
        assert!(e.to_string().starts_with("a rate of 20 is out of reach"), "{e}");
        assert!(e.to_string().contains("2.7183 with b = 1,"), "{e}");
        let e = search(one(), 20.0, |_| (0.0, vec![0.0])).expect_err("silent");
        assert!(e.to_string().contains("does not change with any"), "{e}");
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let new = |p: Vec<Bounded>, target, tolerance| {
            Search::new(p, target, tolerance).expect_err("refused").to_string()
        };
        assert_eq!(new(vec![], 1.0, 0.1), "no parameter to tune; name at least one");
        let b = |low, high, positive| vec![bounded("tau", 1.0, low, high, positive)];
        assert!(
            new(b(2.0, 1.0, false), 1.0, 0.1).starts_with("bounds of tau = 2..1; must be finite")
        );
        assert!(new(b(0.0, 1.0, true), 1.0, 0.1).contains("must be above 0"));
        assert!(new(b(0.0, f64::NAN, false), 1.0, 0.1).contains("must be finite"));
        assert!(new(b(0.0, 1.0, false), -1.0, 0.1).starts_with("rate = -1; must be"));
        assert!(new(b(0.0, 1.0, false), 1.0, 0.0).starts_with("tolerance = 0; must be"));
    }

    #[test]
    fn noise_asks_for_longer_runs() {
        let mut search =
            Search::new(vec![bounded("b", 0.0, -1.0, 1.0, false)], 1.0, 0.1).expect("a search");
        let measured = |rate, error| Measured { rate, error, gradient: vec![1.0] };
        assert!(matches!(search.tell(&measured(1.02, 0.2)), Ok(Next::Longer(_))));
        assert_eq!(search.values(), [0.0]);
        assert_eq!(search.tell(&measured(1.02, 0.01)), Ok(Next::Reached));
    }
}
