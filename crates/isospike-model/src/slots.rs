//! Named slots: the structs a model computes with, and their tables of names, units and meanings.
//!
//! A struct of lanes is declared once with [`slots!`](crate::slots), a parameter set with
//! [`params!`](crate::params); the tables that the network format, the documentation and the memory
//! plan need come out of the same lines.

/// What a slot is called and what it means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotInfo {
    /// Name in network files and results.
    pub name: &'static str,
    /// Unit, empty for a pure number.
    pub unit: &'static str,
    /// One line.
    pub doc: &'static str,
}

/// A struct of equal lanes that can be walked by index.
pub trait Slots<L>: Copy {
    /// One entry per field, in order.
    const INFO: &'static [SlotInfo];
    /// Builds the struct field by field.
    fn from_fn(f: impl FnMut(usize) -> L) -> Self;
    /// Visits the fields in order.
    fn for_each(self, f: impl FnMut(usize, L));
    /// The field at `index`; free of charge where the index is a constant.
    fn at(&self, index: usize) -> &L;
    /// The field at `index`, to change it.
    fn at_mut(&mut self, index: usize) -> &mut L;
}

/// No slots: the state of a model without memory, the ports of one without synapses.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSlots<L>(std::marker::PhantomData<L>);

impl<L: Copy> Slots<L> for NoSlots<L> {
    const INFO: &'static [SlotInfo] = &[];
    #[inline(always)]
    fn from_fn(_: impl FnMut(usize) -> L) -> Self {
        NoSlots(std::marker::PhantomData)
    }
    #[inline(always)]
    fn for_each(self, _: impl FnMut(usize, L)) {}
    fn at(&self, index: usize) -> &L {
        panic!("no slot {index}: there are none")
    }
    fn at_mut(&mut self, index: usize) -> &mut L {
        panic!("no slot {index}: there are none")
    }
}

/// Which values a parameter may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Any finite number.
    Any,
    /// Greater than zero.
    Positive,
    /// Zero or greater.
    NonNegative,
    /// Greater than a value.
    Above(f64),
    /// Between two values, both allowed.
    Within(f64, f64),
}

impl Range {
    /// Whether the value is allowed; a value that is not finite never is.
    pub fn contains(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Range::Any => true,
                Range::Positive => x > 0.0,
                Range::NonNegative => x >= 0.0,
                Range::Above(lo) => x > lo,
                Range::Within(lo, hi) => lo <= x && x <= hi,
            }
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Range::Any => f.write_str("a finite number"),
            Range::Positive => f.write_str("> 0"),
            Range::NonNegative => f.write_str(">= 0"),
            Range::Above(lo) => write!(f, "> {lo}"),
            Range::Within(lo, hi) => write!(f, "between {lo} and {hi}"),
        }
    }
}

/// A parameter of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamInfo {
    /// Name, NEST's where NEST has it.
    pub name: &'static str,
    /// Default value.
    pub default: f64,
    /// Unit, empty for a pure number.
    pub unit: &'static str,
    /// What is allowed.
    pub range: Range,
    /// One line.
    pub doc: &'static str,
}

/// A struct of parameters with a table.
pub trait ParamSet: Copy {
    /// One entry per field, in order.
    const INFO: &'static [ParamInfo];
    /// From values in table order.
    fn from_values(v: &[f64]) -> Self;
}

/// Declares a struct of lanes: `slots! { /// doc pub struct State { V_m: "mV", "membrane
/// potential"; } }`.
#[macro_export]
macro_rules! slots {
    ($(#[$meta:meta])* pub struct $name:ident { $($field:ident : $unit:literal, $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        #[allow(non_snake_case)]
        pub struct $name<L> { $(#[doc = concat!($doc, " (", $unit, ").")] pub $field: L,)* }
        #[allow(unused, non_snake_case)]
        impl<L: Copy> $crate::Slots<L> for $name<L> {
            const INFO: &'static [$crate::SlotInfo] = &[$($crate::SlotInfo {
                name: stringify!($field), unit: $unit, doc: $doc,
            },)*];
            #[inline(always)]
            fn from_fn(mut f: impl FnMut(usize) -> L) -> Self {
                let mut i = 0;
                $(let $field = f(i); i += 1;)*
                $name { $($field,)* }
            }
            #[inline(always)]
            fn for_each(self, mut f: impl FnMut(usize, L)) {
                let mut i = 0;
                $(f(i, self.$field); i += 1;)*
            }
            #[inline(always)]
            fn at(&self, index: usize) -> &L {
                let mut i = 0;
                $(if i == index { return &self.$field; } i += 1;)*
                panic!("slot {index} of {i}")
            }
            #[inline(always)]
            fn at_mut(&mut self, index: usize) -> &mut L {
                let mut i = 0;
                $(if i == index { return &mut self.$field; } i += 1;)*
                panic!("slot {index} of {i}")
            }
        }
    };
}

/// Declares a parameter set: `params! { pub struct Params { tau_m: 10.0, "ms", Positive, "time
/// constant"; } }`.
#[macro_export]
macro_rules! params {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($field:ident : $default:expr, $unit:literal, $range:expr, $doc:literal;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        #[allow(non_snake_case)]
        pub struct $name { $(#[doc = concat!($doc, " (", $unit, ").")] pub $field: f64,)* }
        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $default,)* }
            }
        }
        impl $crate::ParamSet for $name {
            const INFO: &'static [$crate::ParamInfo] = {
                #[allow(unused_imports)]
                use $crate::Range::*;
                &[$($crate::ParamInfo {
                    name: stringify!($field), default: $default, unit: $unit, range: $range, doc: $doc,
                },)*]
            };
            #[allow(unused, non_snake_case)]
            fn from_values(v: &[f64]) -> Self {
                let mut i = 0;
                $(let $field = v[i]; i += 1;)*
                $name { $($field,)* }
            }
        }
    };
}
