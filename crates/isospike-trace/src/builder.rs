//! Recording: the graph under construction, and who may add to it.
//!
//! Operators and literals of a symbolic lane have nowhere to carry a reference to their graph, so
//! that graph sits in a thread-local. It is a stack, because a traced function may itself trace;
//! and every symbol carries the tag of its trace, so that one that strays into another trace is a
//! panic, never a wrong graph.

use crate::graph::{Arg, Graph, Output};
use crate::op::{Node, NodeId, Op, Type};
use crate::sym::Symbol;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};

/// A node of a graph under construction.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    trace: u32,
    id: NodeId,
}

#[derive(Default)]
struct Builder {
    trace: u32,
    nodes: Vec<Node>,
    ids: HashMap<Node, NodeId>,
    names: BTreeMap<NodeId, String>,
    args: Vec<Arg>,
    outputs: Vec<Output>,
}

impl Builder {
    fn push(&mut self, node: Node) -> Handle {
        let next = self.nodes.len();
        let id = *self.ids.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            NodeId(u32::try_from(next).expect("a graph has fewer than 2^32 nodes"))
        });
        Handle { trace: self.trace, id }
    }

    fn name(&mut self, name: &str, h: Handle) {
        let node = self.check(h);
        self.names.entry(node).or_insert_with(|| name.to_owned());
    }

    fn check(&self, h: Handle) -> NodeId {
        assert!(
            h.trace == self.trace,
            "a symbol of another trace was used: symbols are valid only within the `trace` call \
             that made them, and not within one nested in it"
        );
        h.id
    }
}

thread_local! {
    /// The traces running on this thread, innermost last.
    static RUNNING: RefCell<Vec<Builder>> = const { RefCell::new(Vec::new()) };
}

fn innermost<R>(f: impl FnOnce(&mut Builder) -> R) -> R {
    RUNNING.with_borrow_mut(|running| {
        f(running.last_mut().expect("a symbol was used outside of `isospike_trace::trace`"))
    })
}

/// Adds an operation to the innermost trace, or finds the equal one that is already there.
pub(crate) fn push<const K: usize>(
    ty: Type,
    operands: [Handle; K],
    op: impl FnOnce([NodeId; K]) -> Op,
) -> Handle {
    innermost(|b| {
        let operands = operands.map(|h| b.check(h));
        b.push(Node { ty, op: op(operands) })
    })
}

/// Names a temporary of the innermost trace: [`Tracer::name`].
pub(crate) fn name_it<S: Symbol>(name: &str, value: S) -> S {
    innermost(|b| b.name(name, value.handle()));
    value
}

/// Takes the trace off the stack whichever way `trace` is left, so that a panic poisons nothing.
struct Running {
    depth: usize,
}

impl Running {
    fn start() -> (Running, u32) {
        static TAGS: AtomicU32 = AtomicU32::new(0);
        let trace = TAGS.fetch_add(1, Ordering::Relaxed);
        RUNNING.with_borrow_mut(|running| {
            running.push(Builder { trace, ..Builder::default() });
            (Running { depth: running.len() }, trace)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(|running| running.truncate(self.depth - 1));
    }
}

/// Names the arguments and outputs of the function being traced. Handed out by [`trace`].
///
/// A name is an identifier that may have dots inside (`state.V_m`, `draw.0`). Arguments and outputs
/// are two namespaces: `v` may go in and come out.
#[derive(Debug)]
pub struct Tracer {
    trace: u32,
}

impl Tracer {
    /// The next argument: a [`Sym`](crate::Sym), [`SymInt`](crate::SymInt) or
    /// [`SymMask`](crate::SymMask).
    ///
    /// # Panics
    /// If the name is taken or not a name, or inside a nested trace.
    pub fn arg<S: Symbol>(&self, name: &str) -> S {
        check_name(name);
        S::from_handle(self.with(|b| {
            assert!(b.args.iter().all(|a| a.name != name), "two arguments are named `{name}`");
            let index = u32::try_from(b.args.len()).expect("fewer than 2^32 arguments");
            b.args.push(Arg { name: name.to_owned(), ty: S::ty() });
            b.push(Node { ty: S::ty(), op: Op::Arg(index) })
        }))
    }

    /// The next output. Several outputs may be one node; an output may be an argument.
    ///
    /// # Panics
    /// If the name is taken or not a name, if the symbol is of another trace, or inside a nested
    /// trace.
    pub fn output<S: Symbol>(&self, name: &str, value: S) {
        check_name(name);
        self.with(|b| {
            assert!(b.outputs.iter().all(|o| o.name != name), "two outputs are named `{name}`");
            let node = b.check(value.handle());
            b.outputs.push(Output { name: name.to_owned(), ty: S::ty(), node });
        });
    }

    /// Names a temporary, for readers of printed graphs. Where equal operations got several names,
    /// the first stays. Names of temporaries change neither meaning nor [`Graph::content_hash`].
    ///
    /// # Panics
    /// As [`Tracer::output`], but a name may be used twice.
    pub fn name<S: Symbol>(&self, name: &str, value: S) -> S {
        check_name(name);
        self.with(|b| b.name(name, value.handle()));
        value
    }

    fn with<R>(&self, f: impl FnOnce(&mut Builder) -> R) -> R {
        innermost(|b| {
            assert!(b.trace == self.trace, "a tracer was used inside a trace nested in its own");
            f(b)
        })
    }
}

fn check_name(name: &str) {
    let part = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    assert!(
        name.split('.').all(part) && !name.starts_with(|c: char| c.is_ascii_digit()),
        "`{name}` cannot name a symbol: use letters, digits and `_`, dots only between \
         them, no digit first"
    );
}

/// Runs a function on symbols and returns the graph of what it did, without dead nodes.
///
/// The closure takes its arguments from the [`Tracer`] and gives its outputs to it. Both keep their
/// order; an argument that nothing reads stays in [`Graph::args`], so that a signature does not
/// depend on what is used.
///
/// Traces may nest and may run on any number of threads. A panic in the closure passes through and
/// leaves nothing behind.
///
/// # Panics
/// If a symbol is used in a trace other than its own.
pub fn trace(f: impl FnOnce(&Tracer)) -> Graph {
    let (running, trace) = Running::start();
    f(&Tracer { trace });
    let b = innermost(std::mem::take);
    drop(running);
    debug_assert_eq!(b.trace, trace, "inner traces leave the stack as they found it");
    let mut graph = Graph { nodes: b.nodes, names: b.names, args: b.args, outputs: b.outputs };
    graph.drop_dead();
    graph
}
