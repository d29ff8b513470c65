//! What a sweep of results or of sizes goes through: `E.theta=3,4,5`, `E.theta=0.1..1.0:10`, seeds.

use isospike::lane::precise::{exp, log};

/// Values of one thing that `--set` can change, as it takes them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vary {
    /// What is set.
    pub(crate) name: String,
    /// To what, one after the other.
    pub(crate) values: Vec<String>,
    /// Why a range that was given without a number of values is none; its ends are there.
    pub(crate) open: Option<String>,
}

/// Seeds, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seeds(pub(crate) Vec<u64>);

/// More values than this are a slip.
pub(crate) const MOST: usize = 1_000_000;

/// A range without a number of values has this many where it does not have all.
const SOME: usize = 7;

const VALUES: &str = "must be NAME=VALUES with values a,b,c, a range A..B, or N values A..B:N \
                      (A..B:N:log for equal ratios)";

/// `NAME=VALUES`. The range `A..B` is all whole numbers from A to B.
///
/// # Errors
/// If it is not, or if there are no values.
pub(crate) fn vary(text: &str) -> Result<Vary, String> {
    parse(text, every)
}

/// `NAME=VALUES`. The range `A..B` is [some numbers](some_of) from A to B.
///
/// # Errors
/// If it is not, or if there are no values.
pub(crate) fn some(text: &str) -> Result<Vary, String> {
    let vary = parse(text, some_of)?;
    closed(std::slice::from_ref(&vary))?;
    Ok(vary)
}

/// What the range A..B is.
type Bare = fn(f64, f64) -> Result<Vec<f64>, &'static str>;

fn parse(text: &str, bare: Bare) -> Result<Vary, String> {
    let (name, values) = text.split_once('=').ok_or(VALUES)?;
    let (name, values) = (name.trim(), values.trim());
    if name.is_empty() || values.is_empty() {
        return Err(VALUES.into());
    }
    let (values, open) = match range(values, bare)? {
        Some(found) => found,
        None => (list(values), None),
    };
    if values.iter().any(String::is_empty) {
        return Err(format!("a value of {name} is empty: {VALUES}"));
    }
    Ok(Vary { name: name.into(), values, open })
}

/// `1,2,5` or `1..5`, from 1 to 5.
///
/// # Errors
/// If they are not whole numbers.
pub(crate) fn seeds(text: &str) -> Result<Seeds, String> {
    let allowed = || "must be seeds: 1,2,5 or 1..5".to_owned();
    let seed = |text: &str| text.trim().parse::<u64>().map_err(|_| allowed());
    let Some((first, last)) = text.split_once("..") else {
        return text.split(',').map(seed).collect::<Result<_, _>>().map(Seeds);
    };
    let (first, last) = (seed(first)?, seed(last)?);
    match last.checked_sub(first) {
        Some(n) if n < MOST as u64 => Ok(Seeds((first..=last).collect())),
        Some(_) => Err(format!("at most {MOST} seeds")),
        None => Err(allowed()),
    }
}

/// The parts between commas, but for commas within brackets and quotes.
fn list(text: &str) -> Vec<String> {
    let (mut depth, mut quote, mut parts) = (0, None, vec![String::new()]);
    for c in text.chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            ('[' | '{' | '(', None) => depth += 1,
            (']' | '}' | ')', None) => depth -= 1,
            (',', None) if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.into_iter().map(|p| p.trim().to_owned()).collect()
}

/// Values, and why they are only the ends of a range, if they are.
type Range = (Vec<String>, Option<String>);

/// The values of a range, ends included, if it is one.
fn range(text: &str, bare: Bare) -> Result<Option<Range>, String> {
    let Some((from, rest)) = text.split_once("..") else { return Ok(None) };
    let Ok(from) = from.trim().parse::<f64>() else { return Ok(None) };
    let mut parts = rest.split(':').map(str::trim);
    let to = parts.next().unwrap_or("");
    let Ok(to) = to.parse::<f64>() else {
        return Err(format!("{text}: {to} is not a number; {VALUES}"));
    };
    if !from.is_finite() || !to.is_finite() {
        return Err(VALUES.into());
    }
    let mut open = None;
    let values = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => bare(from, to).unwrap_or_else(|allowed| {
            open = Some(format!("{text}: {allowed}"));
            vec![from, to]
        }),
        (Some(n), by, None) => {
            let n = n.parse().ok().filter(|n| (2..=MOST).contains(n));
            let n = n.ok_or(format!("{text}: a range has at least 2 values, at most {MOST}"))?;
            let by_ratio = match by {
                None => false,
                Some("log") if from > 0.0 && to > 0.0 => true,
                Some("log") => {
                    return Err(format!("{text}: both ends must be > 0 for equal ratios"));
                }
                Some(other) => return Err(format!("{text}: {other} is not known; {VALUES}")),
            };
            spread(from, to, n, by_ratio)
        }
        _ => return Err(VALUES.into()),
    };
    Ok(Some((values.iter().map(f64::to_string).collect(), open)))
}

/// As many values from end to end, in equal steps or equal ratios.
fn spread(from: f64, to: f64, n: usize, by_ratio: bool) -> Vec<f64> {
    // 0.3, not the sum of rounding errors beside it
    let short = |x: f64| format!("{x:.12e}").parse().unwrap_or(x);
    let last = (n - 1) as f64;
    let value = |i: usize| match (i, i as f64 / last) {
        (0, _) => from,
        (i, _) if i + 1 == n => to,
        (_, part) if by_ratio => short(exp(log(from) * (1.0 - part) + log(to) * part)),
        _ => short((from * (last - i as f64) + to * i as f64) / last),
    };
    (0..n).map(value).collect()
}

fn whole(x: f64) -> bool {
    x.fract() == 0.0 && x.abs() < 1e15
}

/// All whole numbers.
fn every(from: f64, to: f64) -> Result<Vec<f64>, &'static str> {
    match whole(from) && whole(to) && from <= to && to - from < MOST as f64 {
        true => Ok((0..=(to - from) as usize).map(|i| from + i as f64).collect()),
        false => Err("only whole numbers in ascending order, not too many, go without :N"),
    }
}

/// A few numbers: in equal ratios where both ends are positive, else in equal steps, with three
/// digits; whole numbers between whole ones that are far apart.
fn some_of(from: f64, to: f64) -> Result<Vec<f64>, &'static str> {
    if from == to {
        return Ok(vec![from]);
    }
    let whole = whole(from) && whole(to) && (to - from).abs() >= SOME as f64;
    let short = |x: f64| format!("{x:.2e}").parse().unwrap_or(x);
    let mut values = spread(from, to, SOME, from > 0.0 && to > 0.0);
    for x in &mut values[1..SOME - 1] {
        *x = if whole { f64::round(short(*x)) } else { short(*x) };
    }
    values.dedup();
    Ok(values)
}

/// Refuses ranges of which nobody said how many values they have.
///
/// # Errors
/// If there is one.
pub(crate) fn closed(all: &[Vary]) -> Result<(), String> {
    all.iter().find_map(|v| v.open.clone()).map_or(Ok(()), Err)
}

/// The values of each member: all combinations, the last name changing fastest, or, `zipped`, the
/// first values of all, the second of all, ...
///
/// # Errors
/// If there are too many, or as zipped not as many of each.
pub(crate) fn members(all: &[Vary], zipped: bool, seeds: usize) -> Result<Vec<Vec<&str>>, String> {
    closed(all)?;
    let few = |n: usize| match n.checked_mul(seeds) {
        Some(n) if n <= MOST => Ok(()),
        _ => Err(format!("a sweep has at most {MOST} members")),
    };
    if zipped {
        let n = all.first().map_or(1, |v| v.values.len());
        if let Some(other) = all.iter().find(|v| v.values.len() != n) {
            return Err(format!(
                "--zip: {} has {} values and {} has {}; there must be as many of each",
                all[0].name,
                n,
                other.name,
                other.values.len()
            ));
        }
        few(n)?;
        return Ok((0..n).map(|i| all.iter().map(|v| &*v.values[i]).collect()).collect());
    }
    let n = all.iter().try_fold(1usize, |n, v| n.checked_mul(v.values.len()));
    let n = n.unwrap_or(usize::MAX);
    few(n)?;
    let member = |i: usize| {
        let mut rest = i;
        let mut values: Vec<_> = all
            .iter()
            .rev()
            .map(|v| {
                let at = rest % v.values.len();
                rest /= v.values.len();
                &*v.values[at]
            })
            .collect();
        values.reverse();
        values
    };
    Ok((0..n).map(member).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let of = |text: &str| vary(text).map(|v| v.values.join("|"));
        assert_eq!(of("E.theta=3, 4,5 mV").as_deref(), Ok("3|4|5 mV"));
        assert_eq!(
            of("E.V_m={ uniform = [-70, -50] },-65").as_deref(),
            Ok("{ uniform = [-70, -50] }|-65")
        );
        assert_eq!(
            of("projections[0].edges=\"a,b.npz\",c.npz").as_deref(),
            Ok("\"a,b.npz\"|c.npz")
        );
        assert_eq!(of("E.size=9..12").as_deref(), Ok("9|10|11|12"));
        assert_eq!(of("w=0.1..1.0:10").as_deref(), Ok("0.1|0.2|0.3|0.4|0.5|0.6|0.7|0.8|0.9|1"));
        assert_eq!(of("w=1e-2..1:3:log").as_deref(), Ok("0.01|0.1|1"));
        assert_eq!(of("w=2..-2:3").as_deref(), Ok("2|0|-2"));
        let of = |text: &str| some(text).map(|v| v.values.join("|"));
        assert_eq!(of("batch=1..64").as_deref(), Ok("1|2|4|8|16|32|64"));
        assert_eq!(of("batch=1..10").as_deref(), Ok("1|2|3|5|7|10"));
        assert_eq!(of("scale=0.1..1:3:log").as_deref(), Ok("0.1|0.3162277660168|1"));
        assert_eq!(of("scale=1..2").as_deref(), Ok("1|1.12|1.26|1.41|1.59|1.78|2"));
        assert_eq!(of("E.I_e=-1..2").as_deref(), Ok("-1|-0.5|0|0.5|1|1.5|2"));
        assert_eq!(of("E.tau_m=15..15").as_deref(), Ok("15"));
        let open = vary("w=0.5..3").unwrap();
        assert!(open.open.is_some() && open.values == ["0.5", "3"] && closed(&[open]).is_err());
        let bad = ["w", "=3", "w=", "w=1,,2", "w=1..2:1", "w=0..1:3:log", "w=1..x:3"];
        for text in bad.into_iter().chain(["w=1..2:3:cubic", "w=1..2:3:log:4", "w=0..inf:3"]) {
            assert!(vary(text).is_err(), "{text}: {:?}", vary(text));
        }
    }

    #[test]
    fn seeds_in_order() {
        assert_eq!(seeds("1..3"), Ok(Seeds(vec![1, 2, 3])));
        assert_eq!(seeds("7, 2"), Ok(Seeds(vec![7, 2])));
        for text in ["", "3..1", "a", "1..", "0..9999999999"] {
            assert!(seeds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn grids_and_rows() {
        let all = [vary("a=1,2").unwrap(), vary("b=x,y").unwrap()];
        let grid = members(&all, false, 1).unwrap();
        assert_eq!(grid, [["1", "x"], ["1", "y"], ["2", "x"], ["2", "y"]]);
        assert_eq!(members(&all, true, 1).unwrap(), [["1", "x"], ["2", "y"]]);
        assert_eq!(members(&[], false, 1).unwrap(), [[""; 0]]);
        assert!(members(&[vary("a=1,2").unwrap(), vary("b=1").unwrap()], true, 1).is_err());
        let many = [vary("a=1..1000").unwrap(), vary("b=1..1000").unwrap()];
        assert!(members(&many, false, 1).is_ok());
        assert!(members(&many, false, 2).unwrap_err().contains("at most"));
    }
}
