//! Many networks, each on its own, side by side.

use crate::devices::{CPU, DeviceOptions, backends};
use crate::{AUTO, Network, Options, Simulation};
use isospike_backend::{Plan, Result};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};

/// Networks that have nothing to do with each other, run together: different ones, or one with
/// other parameters or seeds.
///
/// A member is its own plan and its own session with its own seeds, so its result is that of a
/// [`Simulation`] of its own, bit for bit, whatever else is in the ensemble. On the CPU members run
/// side by side, one per thread while there are at least as many as threads; fewer members share
/// the threads. A member on another device has the machine to itself while it runs.
///
/// A memory budget ([`Options::memory_limit`], else the memory of the machine) decides how many are
/// alive at a time: their planned bytes never add up to more.
///
/// Where one set of connections is meant, and runs differ in their seeds of a run (noise, initial
/// state), in parameters ([`isospike_net::Value::PerLane`]) or in who gets a stimulus
/// ([`isospike_net::Stimulus::lanes`]), the lanes of a batch
/// ([`isospike_net::NetworkBuilder::batch`]) do better: they share the synapses and are stepped
/// together. An ensemble is for everything else: other sizes, models, filters or connections.
///
/// ```
/// use isospike::{Ensemble, Network, Options};
/// use std::ops::ControlFlow;
///
/// let mut ensemble = Ensemble::new(Options::default());
/// for current in [300.0, 400.0, 500.0] {
///     let network = Network::build("one")
///         .population("E", 1, "iaf_psc_exp", |p| p.param("I_e", current))
///         .finish()?;
///     ensemble.add(format!("I_e = {current}"), network);
/// }
/// let mut counts = Vec::new();
/// ensemble.run(
///     |_, simulation| {
///         let mut n = 0;
///         simulation.run(100.0, |spikes| n += spikes.len())?;
///         Ok(n)
///     },
///     |_, n| {
///         counts.push(n);
///         ControlFlow::Continue(())
///     },
/// )?;
/// assert!(counts.is_sorted() && counts[2] > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Ensemble<'a> {
    options: Options,
    at_once: usize,
    members: Vec<Member<'a>>,
}

struct Member<'a> {
    name: String,
    network: Box<dyn Fn() -> Result<Arc<Network>> + Send + Sync + 'a>,
}

/// What a member takes while it is alive.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Need {
    bytes: u64,
    threads: usize,
}

impl<'a> Ensemble<'a> {
    /// Without members. The options hold for all together: the threads, the memory.
    pub fn new(options: Options) -> Ensemble<'a> {
        Ensemble { options, at_once: usize::MAX, members: Vec::new() }
    }

    /// Runs at most this many members at a time, at least 1; as many as there are threads if it is
    /// not said.
    #[must_use]
    pub fn at_once(mut self, members: usize) -> Ensemble<'a> {
        self.at_once = members.max(1);
        self
    }

    /// Adds a network. Errors say the name.
    pub fn add(&mut self, name: impl Into<String>, network: impl Into<Arc<Network>>) {
        let network = network.into();
        self.add_made(name, move || Ok(network.clone()));
    }

    /// Adds a network that is made when it is needed, twice: to be measured, and when its turn
    /// comes. For networks that hold much, so that those that wait take no memory.
    pub fn add_made(
        &mut self,
        name: impl Into<String>,
        network: impl Fn() -> Result<Arc<Network>> + Send + Sync + 'a,
    ) {
        self.members.push(Member { name: name.into(), network: Box::new(network) });
    }

    /// Members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Measures all members, then builds them in turn and gives each to `work`, with its number;
    /// `work` is called from many threads. `done` gets what comes of it on the thread that called,
    /// in the order of the members, and can end the run: what it is too early for is kept until
    /// then, members that are under way are waited for.
    ///
    /// # Errors
    /// As [`Simulation::new`] and what `work` returns, of the first member in order, with its name;
    /// `done` has had all before it. A network that is wrong or does not fit into the memory budget
    /// on its own is refused before any runs.
    pub fn run<T: Send>(
        &self,
        work: impl Fn(usize, &mut Simulation) -> Result<T> + Sync,
        mut done: impl FnMut(usize, T) -> ControlFlow<()>,
    ) -> Result<()> {
        let room = self.room()?;
        let at_once = self.at_once.min(room.threads).min(self.len());
        let mut needs = Vec::new();
        in_order(
            at_once,
            self.len(),
            |i| self.named(i, self.need(i, at_once, &room)),
            |_, need| {
                needs.push(need);
                ControlFlow::Continue(())
            },
        )?;
        let member = |i: usize| {
            let Need { threads, .. } = needs[i];
            let Some(_alive) = room.enter(i, needs[i]) else { return Ok(None) };
            let options = self.options(threads, &room);
            let mut simulation = Simulation::new((self.members[i].network)()?, &options)?;
            work(i, &mut simulation).map(Some)
        };
        let member = |i: usize| {
            let result = self.named(i, member(i));
            if result.is_err() {
                room.close();
            }
            result
        };
        in_order(at_once, self.len(), member, |i, result| {
            // members without a result come after the one that closed
            let flow = result.map_or(ControlFlow::Break(()), |result| done(i, result));
            if flow.is_break() {
                room.close();
            }
            flow
        })
    }

    /// What there is for all: where `auto` decides for each member, by the first backend.
    fn room(&self) -> Result<Turns> {
        let mut options = self.options.clone();
        let all = backends(&DeviceOptions::default());
        if let (AUTO, Some(first)) = (&*options.device, all.first()) {
            options.device = first.name().to_owned();
        }
        let (_device, host) = options.open()?;
        Ok(Turns::new(host.memory_limit.unwrap_or(u64::MAX), host.threads))
    }

    /// What a member takes, as one of `at_once` at a time: where the memory is for fewer of its
    /// size, each of them gets more threads.
    fn need(&self, i: usize, at_once: usize, room: &Turns) -> Result<Need> {
        let network = (self.members[i].network)()?;
        let (chosen, _) = self.options(room.threads, room).decide(&network)?;
        let measure = |threads: usize| -> Result<Need> {
            let options = Options { threads: Some(threads), ..chosen.clone() };
            let (_device, options) = options.open()?;
            let bytes = Plan::measure(network.clone(), &options)?.memory.total_bytes();
            Ok(Need { bytes, threads })
        };
        if !is_cpu(&chosen) {
            return measure(room.threads);
        }
        let need = measure(room.threads / at_once)?;
        let fit = (room.bytes / need.bytes.max(1)).clamp(1, at_once as u64) as usize;
        match room.threads / fit {
            more if more > need.threads => Ok(measure(more).unwrap_or(need)),
            _ => Ok(need),
        }
    }

    fn options(&self, threads: usize, room: &Turns) -> Options {
        let memory_limit = match is_cpu(&self.options) {
            true => Some(room.bytes),
            false => self.options.memory_limit,
        };
        Options { threads: Some(threads), memory_limit, ..self.options.clone() }
    }

    fn named<T>(&self, i: usize, result: Result<T>) -> Result<T> {
        result.map_err(|e| e.with("member", &self.members[i].name))
    }
}

fn is_cpu(options: &Options) -> bool {
    options.device.split(':').next() == Some(CPU)
}

/// Memory and threads, taken in the order of the members, so that none waits forever.
struct Turns {
    bytes: u64,
    threads: usize,
    used: Mutex<Used>,
    changed: Condvar,
}

#[derive(Default)]
struct Used {
    /// The member that may enter next.
    next: usize,
    /// No member may enter any more.
    closed: bool,
    alive: usize,
    bytes: u64,
    threads: usize,
}

/// What was taken, until it is dropped.
struct Alive<'r> {
    room: &'r Turns,
    need: Need,
}

impl Turns {
    fn new(bytes: u64, threads: usize) -> Turns {
        Turns { bytes, threads, used: Mutex::default(), changed: Condvar::new() }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nobody in from now on: those who wait go without.
    fn close(&self) {
        self.used().closed = true;
        self.changed.notify_all();
    }

    /// Waits until it is the turn of member `i` and there is room for it; nothing if it is closed
    /// first. There is always room for one.
    fn enter(&self, i: usize, need: Need) -> Option<Alive<'_>> {
        let full = |u: &Used| {
            let bytes = u.bytes.saturating_add(need.bytes);
            u.alive > 0 && (bytes > self.bytes || u.threads + need.threads > self.threads)
        };
        let wait = self.changed.wait_while(self.used(), |u| !u.closed && (u.next != i || full(u)));
        let mut used = wait.unwrap_or_else(PoisonError::into_inner);
        if used.closed {
            return None;
        }
        used.next += 1;
        used.alive += 1;
        used.bytes += need.bytes;
        used.threads += need.threads;
        self.changed.notify_all();
        Some(Alive { room: self, need })
    }
}

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        let mut used = self.room.used();
        used.alive -= 1;
        used.bytes -= self.need.bytes;
        used.threads -= self.need.threads;
        self.room.changed.notify_all();
    }
}

/// Calls `work` with 0 to n - 1, begun in order, on so many threads, and on this one `done` with
/// what comes of it, in order, until it breaks or work fails: nothing is begun then.
fn in_order<T: Send>(
    threads: usize,
    n: usize,
    work: impl Fn(usize) -> Result<T> + Sync,
    mut done: impl FnMut(usize, T) -> ControlFlow<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let one = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < n);
    let (sender, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, one, work) = (sender.clone(), &one, &work);
            scope.spawn(move || {
                while let Some(i) = one() {
                    if sender.send((i, work(i))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let (mut early, mut wanted) = (BTreeMap::new(), 0);
        for (i, result) in results {
            if result.is_err() {
                next.fetch_max(n, Ordering::Relaxed);
            }
            early.insert(i, result);
            while let Some(result) = early.remove(&wanted) {
                if done(wanted, result?).is_break() {
                    return Ok(());
                }
                wanted += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_the_first_error_is_the_first_in_order() {
        use isospike_backend::{Error, ErrorKind};
        let fails = |i: usize| match i {
            7 | 9 => Err(Error::new(ErrorKind::Invalid, format!("{i}"))),
            _ => Ok(i),
        };
        for threads in [1, 2, 3, 20] {
            let mut seen = Vec::new();
            let error = in_order(threads, 12, fails, |i, x| {
                assert_eq!(i, x);
                seen.push(i);
                ControlFlow::Continue(())
            });
            assert_eq!(error.unwrap_err().to_string(), "7");
            assert_eq!(seen, (0..7).collect::<Vec<_>>());
            let mut last = 0;
            let stop = |i: usize, _| {
                last = i;
                if i == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            in_order(threads, 12, Ok, stop).unwrap();
            assert_eq!(last, 3);
        }
    }

    #[test]
    fn threads_are_shared_by_how_many_fit() {
        let network = || Network::build("n").population("E", 1000, "iaf_psc_exp", |p| p).finish();
        let need = |members: usize, threads: usize, times: f64| {
            let mut ensemble = Ensemble::new(Options::default());
            (0..members).for_each(|i| ensemble.add(format!("{i}"), network().unwrap()));
            let alone = ensemble.need(0, 1, &Turns::new(u64::MAX, 1)).unwrap().bytes;
            let room = Turns::new((alone as f64 * times) as u64, threads);
            ensemble.need(0, members.min(threads), &room).unwrap().threads
        };
        assert_eq!([need(8, 4, 100.0), need(2, 4, 100.0), need(1, 4, 100.0)], [1, 2, 4]);
        // there is memory for two at a time, and for one
        assert_eq!([need(8, 4, 2.5), need(8, 4, 1.5)], [2, 4]);
    }

    #[test]
    fn who_waits_when_it_ends_goes_without() {
        let turns = Turns::new(10, 4);
        let need = Need { bytes: 8, threads: 1 };
        let first = turns.enter(0, need).expect("there is room for one");
        std::thread::scope(|scope| {
            let second = scope.spawn(|| turns.enter(1, need).is_some());
            turns.close();
            assert!(!second.join().unwrap(), "it waited for room and got it");
        });
        drop(first);
        assert!(turns.enter(1, need).is_none());
    }
}
