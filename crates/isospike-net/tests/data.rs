//! Data files: every dtype, and no column that is passed over in silence.

mod dir;

use dir::Dir;
use isospike_net::*;
use std::fs::File;
use std::io::Write;
use zip::write::SimpleFileOptions;

/// An array of an archive: its name, and the bytes of its `.npy`.
type Named<'a> = (&'a str, Vec<u8>);

impl Dir {
    /// An archive; every second array is compressed.
    fn npz(&self, name: &str, arrays: &[Named<'_>]) {
        let mut zip = zip::ZipWriter::new(File::create(self.0.join(name)).unwrap());
        for (i, (name, npy)) in arrays.iter().enumerate() {
            let method = [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated][i % 2];
            let options = SimpleFileOptions::default().compression_method(method);
            zip.start_file(format!("{name}.npy"), options).unwrap();
            zip.write_all(npy).unwrap();
        }
        zip.finish().unwrap();
    }

    fn load(&self, text: &str) -> Result<Network, NetError> {
        NetworkFile::parse("test", text, &self.0)?.network()
    }

    /// Loads three neurons whose synapses are in `file`.
    fn edges(&self, file: &str) -> Result<Edges, String> {
        let text = format!(
            "[populations.A]\nmodel = \"iaf_psc_exp\"\nsize = 3\n\
             [[projections]]\nfrom = \"A\"\nto = \"A\"\nedges = \"{file}\"\n"
        );
        let network = self.load(&text).map_err(|e| e.to_string())?;
        match &network.projections[0].connector {
            Connector::Edges(e) => Ok(e.as_ref().clone()),
            _ => panic!(),
        }
    }

    /// Loads three sources whose spikes are in `file`.
    fn spikes(&self, file: &str) -> Result<Vec<(u64, u32)>, String> {
        let text = format!("[populations.S]\nsize = 3\nspikes = \"{file}\"\n");
        match &self.load(&text).map_err(|e| e.to_string())?.populations[0].dynamics {
            Dynamics::Spikes(s) => Ok(s.to_vec()),
            Dynamics::Model(_) => panic!(),
        }
    }
}

/// The bytes of a `.npy` file.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(((header.len() + 1) as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.push(b'\n');
    bytes.extend(data);
    bytes
}

/// A one-dimensional array of the type of `values`.
macro_rules! array {
    ($descr:literal, $values:expr) => {{
        let values = $values;
        let data: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        npy(concat!("'", $descr, "'"), &format!("({},)", values.len()), &data)
    }};
}

fn pre() -> Vec<u8> {
    array!("<u4", [0u32, 1])
}
fn post() -> Vec<u8> {
    array!("<i8", [2i64, 0])
}

#[test]
fn files_of_every_kind() {
    let dir = Dir::new();
    dir.npz(
        "edges.npz",
        &[
            ("pre", array!("|u1", [0u8, 1, 2])),
            ("post", array!("<i8", [2i64, 1, 0])),
            ("weight", array!("<f4", [1.0f32, 2.0, 3.0])),
        ],
    );
    dir.npz(
        "state.npz",
        &[
            ("v0", array!("<f8", [-60.0f64, -61.0, -62.0])),
            ("other", npy("'|b1'", "(1, 2)", &[0, 1])),
        ],
    );
    dir.write("edges.csv", "pre, post, weight, delay\n0,1,2.5,0.3\n2,0,1,1.0\n");
    dir.write("spikes.csv", "id,time\n0,0.1\n1,2.5\n");
    dir.npz("spikes.npz", &[("id", array!("<u2", [1u16, 0])), ("step", array!("<u8", [7u64, 3]))]);
    dir.write("tau.npy", array!("<f4", [10.0f32, 11.0, 12.0]));
    let text = r#"
        [populations.A]
        model = "iaf_psc_exp"
        size = 3
        params = { tau_m = "tau.npy" }
        initial = { V_m = "state.npz:v0" }
        [populations.S]
        size = 2
        spikes = "spikes.csv"
        [populations.T]
        size = 2
        spikes = "spikes.npz"
        [[projections]]
        from = "A"
        to = "A"
        edges = "edges.npz"
        [[projections]]
        from = "A"
        to = "A"
        edges = "edges.csv"
    "#;
    dir.write("net.toml", text);
    let n = Loader::default().load(dir.0.join("net.toml").to_str().unwrap()).unwrap();
    assert_eq!(n.name, "net");
    assert_eq!(n.param(0, "tau_m"), Some(Column::Each(vec![10.0, 11.0, 12.0])));
    assert_eq!(n.initial_table(0, 0)[0], Column::Each(vec![-60.0, -61.0, -62.0]));
    let spikes = |i: usize| match &n.populations[i].dynamics {
        Dynamics::Spikes(s) => s.to_vec(),
        Dynamics::Model(_) => panic!(),
    };
    assert_eq!(spikes(1), [(0, 0), (24, 1)]);
    assert_eq!(spikes(2), [(7, 1), (3, 0)]);
    let edges = |i: usize| match &n.projections[i].connector {
        Connector::Edges(e) => e.as_ref().clone(),
        _ => panic!(),
    };
    assert_eq!(edges(0).pre, [0, 1, 2]);
    assert_eq!(edges(0).weight, Some(vec![1.0, 2.0, 3.0]));
    assert_eq!((edges(0).delay_ms, edges(1).delay_ms), (None, Some(vec![0.3, 1.0])));
    for (from, to, message) in [
        (
            "edges.csv",
            "edges.txt",
            "projections[1].edges = `edges.txt`: must be a .npz or .csv file",
        ),
        (
            "npz:v0",
            "npz:v1",
            "populations.A.initial.V_m: state.npz: unknown array `v1` (did you mean `v0`?); known: v0, other",
        ),
        (
            "npz:v0",
            "npz:other",
            "populations.A.initial.V_m: state.npz: other has shape (1, 2) and type |b1: must be a one-dimensional array of integers or floats (i1 to i8, u1 to u8, f2 to f8)",
        ),
        (
            "tau.npy",
            "tau2.npy",
            "populations.A.params.tau_m: tau2.npy: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(dir.load(&text.replace(from, to)).unwrap_err().to_string(), message);
    }
}

#[test]
fn numbers_of_every_type() {
    let dir = Dir::new();
    // 1.0 and 2.5 as half floats
    let half = || npy("'<f2'", "(2,)", &[0x00, 0x3c, 0x00, 0x41]);
    let of = |weight: Vec<u8>| {
        dir.npz("e.npz", &[("pre", pre()), ("weight", weight), ("post", post())]);
        dir.edges("e.npz").unwrap_or_else(|e| panic!("{e}")).weight.unwrap()
    };
    assert_eq!(of(half()), [1.0, 2.5]);
    assert_eq!(of(array!("<f4", [1.0f32, 2.5])), [1.0, 2.5]);
    assert_eq!(of(array!("<f8", [1.0f64, 2.5])), [1.0, 2.5]);
    assert_eq!(of(npy("'>f4'", "(2,)", &[0x3f, 0x80, 0, 0, 0x40, 0x20, 0, 0])), [1.0, 2.5]);
    assert_eq!(of(array!("|i1", [1i8, -2])), [1.0, -2.0]);
    assert_eq!(of(array!("<i2", [1i16, -2])), [1.0, -2.0]);
    assert_eq!(of(array!("<i4", [1i32, -2])), [1.0, -2.0]);
    assert_eq!(of(array!("<i8", [1i64, -2])), [1.0, -2.0]);
    assert_eq!(of(array!("|u1", [1u8, 2])), [1.0, 2.0]);
    assert_eq!(of(array!("<u2", [1u16, 2])), [1.0, 2.0]);
    assert_eq!(of(array!("<u4", [1u32, 2])), [1.0, 2.0]);
    assert_eq!(of(array!("<u8", [1u64, 2])), [1.0, 2.0]);
}

#[test]
fn many_edges() {
    let dir = Dir::new();
    let n = 100_000u32;
    let ids: Vec<u32> = (0..n).map(|i| i % 3).collect();
    let weights: Vec<f32> = (0..n).map(|i| i as f32).collect();
    let arrays = [
        ("pre", array!("<u4", &ids)),
        ("post", array!("<u4", &ids)),
        ("delay", array!("<f8", vec![1.5f64; n as usize])),
        ("weight", array!("<f4", &weights)),
    ];
    dir.npz("many.npz", &arrays);
    let e = dir.edges("many.npz").unwrap();
    assert_eq!((&e.pre, &e.post), (&ids, &ids));
    assert_eq!(e.weight.unwrap(), weights.into_iter().map(f64::from).collect::<Vec<_>>());
    assert_eq!(e.delay_ms, Some(vec![1.5; n as usize]));
}

#[test]
fn arrays_that_cannot_be_used_are_refused() {
    let dir = Dir::new();
    let numbers =
        "must be a one-dimensional array of integers or floats (i1 to i8, u1 to u8, f2 to f8)";
    let ones = || array!("<f8", [1.0f64, 1.0]);
    let cut = |mut npy: Vec<u8>| {
        npy.pop();
        npy
    };
    let longer = |mut npy: Vec<u8>| {
        npy.push(0);
        npy
    };
    let table = [
        (
            "weight",
            npy("'<f8'", "(1, 1)", &[0; 8]),
            format!("e.npz: weight has shape (1, 1) and type <f8: {numbers}"),
        ),
        (
            "delay",
            npy("'<f8'", "()", &[0; 8]),
            format!("e.npz: delay has shape () and type <f8: {numbers}"),
        ),
        (
            "weight",
            npy("'<c8'", "(1,)", &[0; 8]),
            format!("e.npz: weight has shape (1,) and type <c8: {numbers}"),
        ),
        (
            "weight",
            npy("[('a', '<f8')]", "(1,)", &[0; 8]),
            format!("e.npz: weight has shape (1,) and type [('a', '<f8')]: {numbers}"),
        ),
        (
            "weights",
            ones(),
            "e.npz: unknown array `weights` (did you mean `weight`?); known: pre, post, weight, delay".into(),
        ),
        (
            "delays",
            ones(),
            "e.npz: unknown array `delays` (did you mean `delay`?); known: pre, post, weight, delay".into(),
        ),
        ("weight", cut(ones()), "e.npz: weight: it ends before its 2 elements do".into()),
        ("weight", longer(ones()), "e.npz: weight: it goes on after its 2 elements".into()),
        ("weight", b"text".to_vec(), "e.npz: weight: ".into()),
        (
            "weight",
            npy("'<f8'", "(4611686018427387904,)", &[0; 8]),
            "e.npz: weight: no memory for 4611686018427387904 elements".into(),
        ),
        (
            "delay",
            array!("<f8", [1.0f64, 1.25]),
            "delay[1] = 1.25 ms: must be a multiple of dt = 0.1 ms".into(),
        ),
    ];
    for (name, array, expected) in table {
        dir.npz("e.npz", &[("pre", pre()), ("post", post()), (name, array)]);
        let e = dir.edges("e.npz").expect_err(&expected);
        assert!(e.starts_with("projections[0].edges") && e.contains(&expected), "{e}\n{expected}");
    }
    dir.npz("e.npz", &[("pre", pre()), ("weight", ones())]);
    assert_eq!(dir.edges("e.npz").unwrap_err(), "projections[0].edges: e.npz: needs post");
    dir.npz("e.npz", &[("pre", array!("<f8", [0.5f64, 1.0])), ("post", post())]);
    assert_eq!(
        dir.edges("e.npz").unwrap_err(),
        "projections[0].edges: e.npz: pre[0] = 0.5: must be a whole number between 0 and 4294967295"
    );
    dir.npz("e.npz", &[("pre", pre()), ("post", array!("<i4", [0i32, -1]))]);
    assert_eq!(
        dir.edges("e.npz").unwrap_err(),
        "projections[0].edges: e.npz: post[1] = -1: must be a whole number between 0 and 4294967295"
    );
}

#[test]
fn columns_that_cannot_be_used_are_refused() {
    let dir = Dir::new();
    let known = "known: pre, post, weight, delay";
    let table = [
        (
            "pre,post,weights\n0,1,2\n",
            format!("unknown column `weights` (did you mean `weight`?); {known}"),
        ),
        (
            "pre,post,Delay\n0,1,2\n",
            format!("unknown column `Delay` (did you mean `delay`?); {known}"),
        ),
        ("pre,post,\n0,1,2\n", format!("unknown column ``; {known}")),
        ("pre,post,weight,weight\n0,1,2,3\n", "weight stands twice".into()),
        ("pre,weight\n0,1\n", "needs post".into()),
        ("pre,post\n0,one\n", "line 2: post = `one` is not a number".into()),
        ("pre,post,weight\n0,1,2\n0,2,nan\n", "weight[1] = NaN: must be finite".into()),
        ("pre,post,delay\n0,1,inf\n", "delay[0] = inf: must be finite".into()),
        (
            "pre,post\n0,1\n0,1.5\n",
            "post[1] = 1.5: must be a whole number between 0 and 4294967295".into(),
        ),
    ];
    for (text, expected) in table {
        dir.write("e.csv", text);
        assert_eq!(
            dir.edges("e.csv").unwrap_err(),
            format!("projections[0].edges: e.csv: {expected}")
        );
    }
}

#[test]
fn spike_files_that_cannot_be_used_are_refused() {
    let dir = Dir::new();
    let ids = || array!("<u4", [0u32, 2]);
    let times = || array!("<f8", [0.1f64, 0.2]);
    let table: [(&[Named<'_>], &str); 6] = [
        (
            &[("id", ids()), ("times", times())],
            "unknown array `times` (did you mean `time`?); known: id, time, step",
        ),
        (
            &[("id", ids()), ("time", npy("'<f8'", "(2, 1)", &[0; 16]))],
            "time has shape (2, 1) and type <f8: must be a one-dimensional array of integers or floats (i1 to i8, u1 to u8, f2 to f8)",
        ),
        (&[("id", ids()), ("time", times()), ("step", ids())], "takes only one of time, step"),
        (&[("id", ids())], "needs one of time, step"),
        (&[("step", ids())], "needs id"),
        (
            &[("id", ids()), ("time", array!("<f8", [0.1f64, 0.25]))],
            "time[1] = 0.25: must be a multiple of dt = 0.1 ms, and at least one dt",
        ),
    ];
    for (arrays, expected) in table {
        dir.npz("s.npz", arrays);
        assert_eq!(
            dir.spikes("s.npz").unwrap_err(),
            format!("populations.S.spikes: s.npz: {expected}")
        );
    }
    dir.write("s.csv", "id,time,lane\n0,0.1,0\n");
    assert_eq!(
        dir.spikes("s.csv").unwrap_err(),
        "populations.S.spikes: s.csv: unknown column `lane`; known: id, time, step"
    );
    dir.npz("s.npz", &[("id", ids()), ("step", array!("<u8", [1u64]))]);
    assert_eq!(dir.spikes("s.npz").unwrap_err(), "populations.S.spikes: s.npz: 2 ids but 1 times");
}

/// np.arange(n, dtype=float32) * np.float32(0.1), and the nearest floats.
#[test]
fn times_in_single_precision_mean_steps() {
    let dir = Dir::new();
    let steps: Vec<u32> = (1..1000).chain((1000..3_000_000).step_by(997)).collect();
    let ids = vec![0u8; steps.len()];
    let product: Vec<f32> = steps.iter().map(|&k| k as f32 * 0.1f32).collect();
    let nearest: Vec<f32> = steps.iter().map(|&k| (f64::from(k) * 0.1) as f32).collect();
    for times in [product, nearest] {
        dir.npz("s.npz", &[("id", array!("|u1", &ids)), ("time", array!("<f4", &times))]);
        let got = dir.spikes("s.npz").unwrap_or_else(|e| panic!("{e}"));
        assert!(got.iter().map(|s| s.0 as u32 + 1).eq(steps.iter().copied()));
    }
}

#[test]
fn delays_in_single_precision_mean_steps() {
    let dir = Dir::new();
    let delays = |delay: Vec<u8>| {
        dir.npz("e.npz", &[("pre", pre()), ("post", post()), ("delay", delay)]);
        dir.edges("e.npz").map(|e| e.delay_ms.unwrap())
    };
    assert_eq!(delays(array!("<f4", [10.1f32, 0.3])).unwrap(), [101.0 * 0.1, 3.0 * 0.1]);
    // 0.1 and 1.5 as half floats
    let half = npy("'<f2'", "(2,)", &[0x66, 0x2e, 0x00, 0x3e]);
    assert_eq!(delays(half).unwrap(), [0.1, 15.0 * 0.1]);
    // What is kept in double precision stays as it is.
    assert_eq!(delays(array!("<f8", [10.1f64, 0.3])).unwrap(), [10.1, 0.3]);
    // Rounding to single precision does not excuse more than it does.
    for wrong in [10.11f32, 10.1001, 0.35, 5000.03] {
        let e = delays(array!("<f4", [1.0f32, wrong])).unwrap_err();
        assert!(e.ends_with("must be a multiple of dt = 0.1 ms"), "{e}");
    }
    let e = delays(array!("<f8", [1.0f64, f64::from(10.1f32)])).unwrap_err();
    assert!(e.ends_with("must be a multiple of dt = 0.1 ms"), "{e}");
}
