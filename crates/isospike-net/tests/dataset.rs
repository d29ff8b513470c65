//! Networks read from files: matrices and lists of edges.

mod dir;

use dir::Dir;
use isospike_net::*;
use ndarray::{Array2, ShapeBuilder, array};
use ndarray_npy::write_npy;
use proptest::collection::vec;
use proptest::prelude::*;

impl Dir {
    fn npy<T: ndarray_npy::WritableElement>(&self, name: &str, matrix: &Array2<T>) {
        write_npy(self.0.join(name), matrix).unwrap();
    }

    fn read(&self, name: &str) -> Result<Connectivity, String> {
        self.read_as(name, DatasetReader::default())
    }

    /// The message of an error without the directory.
    fn read_as(&self, name: &str, reader: DatasetReader) -> Result<Connectivity, String> {
        let start = format!("{}: ", self.0.display());
        reader.read(self.0.join(name)).map_err(|e| {
            let e = e.to_string();
            e.strip_prefix(&start).unwrap_or(&e).to_string()
        })
    }
}

fn edges(list: &[(u32, u32, f64)]) -> Edges {
    Edges {
        pre: list.iter().map(|e| e.0).collect(),
        post: list.iter().map(|e| e.1).collect(),
        weight: Some(list.iter().map(|e| e.2).collect()),
        delay_ms: None,
    }
}

fn network(c: &Connectivity) -> Network {
    Network::build(&c.name)
        .population("A", c.neurons, "iaf_psc_exp", |p| p)
        .project("A", "A", |p| p.edges(c.edges.clone()))
        .finish()
        .expect("valid")
}

#[test]
fn a_folder_is_read_in_natural_order() {
    let dir = Dir::new();
    for i in 0..12u32 {
        let mut m = Array2::<f32>::zeros((3, 3));
        m[[2, 0]] = i as f32 + 0.5;
        m[[0, 1]] = -1.0;
        match i % 3 {
            0 => dir.npy(&format!("{i}.npy"), &m),
            1 => dir.npy(&format!("{i}.npy"), &m.mapv(f64::from)),
            _ => dir.write(&format!("{i}.csv"), format!("0,-1,0\n0,0,0\n{}.5, 0, 0.0\n", i)),
        }
    }
    dir.write("12.csv", "pre,post,weight,delay\n2,0,12.5,1\n");
    dir.write("13.csv", "post,pre\n2,0\n");
    dir.write("README.md", "not data");
    let read = DatasetReader::default().read_folder(&dir.0).unwrap();
    let names: Vec<&str> = read.iter().map(|c| c.name.as_str()).collect();
    let expected: Vec<String> = (0..14).map(|i: u32| i.to_string()).collect();
    assert_eq!(names, expected);
    for (i, c) in read[..12].iter().enumerate() {
        assert_eq!(c.neurons, 3);
        assert_eq!(c.edges, edges(&[(0, 1, -1.0), (2, 0, i as f64 + 0.5)]), "row by row");
        network(c);
    }
    assert_eq!(read[12].edges.delay_ms, Some(vec![1.0]));
    let bare = Edges { pre: vec![0], post: vec![2], ..Edges::default() };
    assert_eq!(read[13], Connectivity { name: "13".into(), neurons: 3, edges: bare });
}

#[test]
fn what_is_no_network_is_refused() {
    let dir = Dir::new();
    dir.npy("wide.npy", &Array2::<f32>::zeros((2, 3)));
    dir.npy("nan.npy", &array![[0.0, 1.0], [f64::NAN, 0.0]]);
    dir.npy("inf.npy", &array![[0.0f32, f32::NEG_INFINITY], [1.0, 0.0]]);
    dir.npy("self.npy", &array![[0.0, 1.0], [0.0, -2.5]]);
    write_npy(dir.0.join("flat.npy"), &array![0.0, 1.0]).unwrap();
    write_npy(dir.0.join("bool.npy"), &array![[true]]).unwrap();
    let mut short = std::fs::read(dir.0.join("self.npy")).unwrap();
    short.pop();
    dir.write("short.npy", short);
    dir.write("wide.csv", "0,1,2\n3,0,4\n");
    dir.write("empty.csv", "\n");
    dir.write("ragged.csv", "0,1\n0\n");
    dir.write("word.csv", "0,1\n0,x\n");
    dir.write("nan.csv", "0,nan\n1,0\n");
    dir.write("self.csv", "0,1\n1,1e-300\n");
    dir.write("list.csv", "pre,post,weight\n0,1,1\n2,2,1\n");
    dir.write("weight.csv", "pre,post,weight\n0,1,1\n2,1,-inf\n");
    dir.write("x.mat", "");
    let table = [
        ("wide.npy", "matrix has shape (2, 3): must be square"),
        ("nan.npy", "matrix: row 1, column 0 = NaN: must be finite"),
        ("inf.npy", "matrix: row 0, column 1 = -inf: must be finite"),
        (
            "self.npy",
            "matrix: row 1, column 1 = -2.5: connects a neuron to itself, which needs autapses = true",
        ),
        (
            "flat.npy",
            "matrix has shape (2,) and type <f8: must be a two-dimensional array of integers or floats (i1 to i8, u1 to u8, f2 to f8)",
        ),
        (
            "bool.npy",
            "matrix has shape (1, 1) and type |b1: must be a two-dimensional array of integers or floats (i1 to i8, u1 to u8, f2 to f8)",
        ),
        ("short.npy", "matrix: it ends before its 4 elements do"),
        (
            "wide.csv",
            "matrix has shape (2, 3): must be square (a list of edges begins with the names of its columns, pre, post, ...)",
        ),
        ("empty.csv", "matrix has shape (0, 0): must have a row"),
        ("ragged.csv", "matrix: row 1 has 1 columns where row 0 has 2"),
        ("word.csv", "matrix: row 1, column 1 = `x`: must be a number"),
        ("nan.csv", "matrix: row 0, column 1 = NaN: must be finite"),
        (
            "self.csv",
            "matrix: row 1, column 1 = 1e-300: connects a neuron to itself, which needs autapses = true",
        ),
        (
            "list.csv",
            "pre[1] = post[1] = 2: connects a neuron to itself, which needs autapses = true",
        ),
        ("weight.csv", "weight[1] = -inf: must be finite"),
    ];
    for (file, expected) in table {
        assert_eq!(dir.read(file).unwrap_err(), format!("{file}: {expected}"));
    }
    let e = dir.read("x.mat").unwrap_err();
    assert!(e.ends_with("= `x.mat`: must be a .npy or .csv file"), "{e}");
    assert!(dir.read("none.npy").unwrap_err().starts_with("none.npy: "));

    let asked = DatasetReader { autapses: true, ..DatasetReader::default() };
    let c = dir.read_as("self.npy", asked).unwrap();
    assert_eq!(c.edges, edges(&[(0, 1, 1.0), (1, 1, -2.5)]));
    assert_eq!(dir.read_as("list.csv", asked).unwrap().neurons, 3);
    let five = DatasetReader { neurons: Some(5), ..asked };
    assert_eq!(dir.read_as("list.csv", five).unwrap().neurons, 5);
    assert_eq!(
        dir.read_as("self.npy", five).unwrap_err(),
        "self.npy: matrix has shape (2, 2): must be (5, 5)"
    );
    let two = DatasetReader { neurons: Some(2), ..asked };
    assert_eq!(dir.read_as("list.csv", two).unwrap_err(), "list.csv: pre[1] = 2: must be below 2");
}

#[test]
fn folders_that_hold_no_networks_are_refused() {
    let dir = Dir::new();
    let read = || {
        let e = DatasetReader::default().read_folder(&dir.0).unwrap_err().to_string();
        e.replace(&dir.0.display().to_string(), "DIR")
    };
    dir.write("notes.txt", "");
    assert_eq!(read(), "dataset: DIR: holds no file that ends in .npy, .csv, .npz");
    dir.write("1.npy", "");
    dir.write("0.pt", "");
    assert_eq!(read(), "dataset: DIR: 0.pt: .pt files are not read; save it as .npy");
    let e = DatasetReader::default().read_folder(dir.0.join("none")).unwrap_err().to_string();
    assert!(e.contains("none"), "{e}");
}

#[test]
fn network_files_name_matrices() {
    let dir = Dir::new();
    dir.npy("w.npy", &array![[0.0f32, 2.0, 0.0], [0.5, 0.0, -1.0], [0.0, 0.0, 0.0]]);
    dir.npy("self.npy", &array![[1.0, 0.0, 0.0], [0.0; 3], [0.0; 3]]);
    dir.write("wide.csv", "1, 0\n0, 0\n0, 4\n");
    let load = |to: &str, body: &str| {
        let text = format!(
            "[populations.A]\nmodel = \"iaf_psc_exp\"\nsize = 3\n\
             [populations.B]\nmodel = \"iaf_psc_exp\"\nsize = 2\n\
             [[projections]]\nfrom = \"A\"\nto = \"{to}\"\n{body}\n"
        );
        let network = NetworkFile::parse("test", &text, &dir.0).and_then(|f| f.network());
        network.map_err(|e| e.to_string())
    };
    let edges_of = |network: &Network| match &network.projections[0].connector {
        Connector::Edges(e) => e.as_ref().clone(),
        other => panic!("{other:?}"),
    };
    let n = load("A", "matrix = \"w.npy\"").unwrap();
    assert_eq!(edges_of(&n), edges(&[(0, 1, 2.0), (1, 0, 0.5), (1, 2, -1.0)]));
    assert!(!n.projections[0].autapses);
    assert_eq!(NetworkFile::parse("test", &n.to_toml(), "").unwrap().network().unwrap(), n);
    // Between two populations a matrix has their sizes, and no diagonal.
    let n = load("B", "matrix = \"wide.csv\"").unwrap();
    assert_eq!(edges_of(&n), edges(&[(0, 0, 1.0), (2, 1, 4.0)]));
    let n = load("A", "matrix = \"self.npy\"\nautapses = true").unwrap();
    assert_eq!(edges_of(&n), edges(&[(0, 0, 1.0)]));
    let table = [
        (
            "A",
            "matrix = \"wide.csv\"\nautapses = true",
            "projections[0].matrix: wide.csv: matrix has shape (3, 2): must be (3, 3): a row per neuron of A, a column per neuron of A",
        ),
        (
            "B",
            "matrix = \"w.npy\"",
            "projections[0].matrix: w.npy: matrix has shape (3, 3): must be (3, 2): a row per neuron of A, a column per neuron of B",
        ),
        (
            "A",
            "matrix = \"self.npy\"",
            "projections[0].matrix: self.npy: matrix: row 0, column 0 = 1: connects a neuron to itself, which needs autapses = true",
        ),
        (
            "A",
            "matrix = \"w.npy\"\nweight = 2",
            "projections[0].weight = 2: edges gives every synapse a weight: leave one of the two out",
        ),
        ("A", "matrix = \"w.npz\"", "projections[0].matrix = `w.npz`: must be a .npy or .csv file"),
    ];
    for (to, body, expected) in table {
        assert_eq!(load(to, body).unwrap_err(), expected);
    }
}

/// A square matrix, about half of it empty; without autapses its diagonal is.
fn matrices(autapses: bool) -> impl Strategy<Value = Array2<f64>> {
    let weight = || prop_oneof![Just(0.0), (-1e3..1e3f64), Just(-0.0), Just(f64::MIN_POSITIVE)];
    (1usize..12).prop_flat_map(move |n| {
        vec(weight(), n * n).prop_map(move |w| {
            let mut m = Array2::from_shape_vec((n, n), w).expect("n rows of n");
            if !autapses {
                m.diag_mut().fill(0.0);
            }
            m
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_matrix_becomes_edges_and_a_matrix_again(m in matrices(true)) {
        let edges = Edges::from_matrix(&m.view()).unwrap();
        let pairs = || edges.pre.iter().zip(&edges.post);
        prop_assert!(pairs().is_sorted_by(|a, b| a < b), "row by row");
        prop_assert_eq!(edges.pre.len(), m.iter().filter(|w| **w != 0.0).count());
        let c = Connectivity { name: "m".into(), neurons: m.nrows() as u32, edges };
        prop_assert_eq!(network(&c).weight_matrix(0).unwrap(), m);
    }

    #[test]
    fn a_matrix_is_the_same_in_every_file(m in matrices(false)) {
        let dir = Dir::new();
        dir.npy("f8.npy", &m);
        // Fortran keeps it column by column
        let mut turned = Array2::zeros(m.raw_dim().f());
        turned.assign(&m);
        dir.npy("fortran.npy", &turned);
        let rows = m.rows().into_iter().map(|r| r.iter().map(f64::to_string).collect::<Vec<_>>().join(","));
        dir.write("m.csv", rows.collect::<Vec<_>>().join("\n"));
        let single = m.mapv(|w| w as f32);
        dir.npy("f4.npy", &single);

        let edges = Edges::from_matrix(&m.view()).unwrap();
        let neurons = m.nrows() as u32;
        for c in DatasetReader::default().read_folder(&dir.0).unwrap() {
            let expected = match c.name.as_str() {
                "f4" => Edges::from_matrix(&single.mapv(f64::from).view()).unwrap(),
                _ => edges.clone(),
            };
            prop_assert_eq!((c.neurons, c.edges), (neurons, expected), "{}", c.name);
        }
    }
}

#[test]
fn a_matrix_must_be_finite() {
    let m = array![[0.0, 1.0], [f64::INFINITY, 0.0]];
    let e = Edges::from_matrix(&m.view()).unwrap_err().to_string();
    assert_eq!(e, "matrix[1, 0] = inf: must be finite");
}
