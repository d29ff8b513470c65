//! Fields on a sphere: a grid on which integrals of spherical harmonics are exact, and diffusion.

use crate::MassError;
use isospike_lane::precise::{cos, sin};
use ndarray::Array2;
use std::f64::consts::PI;

/// A grid of points on the unit sphere: latitudes of Gauss and Legendre, longitudes equally far
/// from each other. Points are `[latitude][longitude]`, from north to south.
///
/// Sums over points times their [areas](Sphere::area) are integrals, exactly so for products of two
/// spherical harmonics up to the degree that the grid resolves: `latitudes - 1`, and less than half
/// the number of longitudes.
///
/// ```
/// use isospike_mass::{Connectome, Network, Sphere, Values, models::Linear};
///
/// // heat on a sphere: nodes that do nothing by themselves, and diffuse
/// let sphere = Sphere::new(8, 16)?;
/// let diffusion = sphere.diffusion(0.1, 7)?;
/// let heights = (0..sphere.points()).map(|i| sphere.position(i)[2]).collect();
/// let heat = Network::new(&Linear, Connectome::new(diffusion.view())?)
///     .param("gamma", Values::from(0.0))?
///     .coupling_param("a", Values::from(1.0))?
///     .initial("x", Values::PerNode(heights))?;
/// assert_eq!(heat.nodes(), 128);
/// # Ok::<(), isospike_mass::MassError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sphere {
    longitudes: usize,
    /// Sines of latitudes, descending.
    heights: Vec<f64>,
    /// Weights of latitudes; their sum is 2.
    weights: Vec<f64>,
}

impl Sphere {
    /// So many latitudes and longitudes.
    ///
    /// # Errors
    /// If there are none, or too many to count.
    pub fn new(latitudes: usize, longitudes: usize) -> Result<Self, MassError> {
        for (name, n) in [("latitudes", latitudes), ("longitudes", longitudes)] {
            if !(1..=4096).contains(&n) {
                return Err(MassError::value(name, n as f64, "from 1 to 4096"));
            }
        }
        let (heights, weights) = (0..latitudes).map(|i| gauss(latitudes, i)).unzip();
        Ok(Sphere { longitudes, heights, weights })
    }

    /// How many points there are.
    pub fn points(&self) -> usize {
        self.heights.len() * self.longitudes
    }

    /// Where a point is: x, y, z.
    pub fn position(&self, point: usize) -> [f64; 3] {
        let z = self.heights[point / self.longitudes];
        let angle = 2.0 * PI * (point % self.longitudes) as f64 / self.longitudes as f64;
        let r = (1.0 - z * z).sqrt();
        [r * cos(angle), r * sin(angle), z]
    }

    /// The area that a point stands for; all of them together are 4 pi.
    pub fn area(&self, point: usize) -> f64 {
        self.weights[point / self.longitudes] * 2.0 * PI / self.longitudes as f64
    }

    /// The operator of diffusion, `[to, from]`: D times the Laplacian of what a field is up to a
    /// degree; higher degrees are taken out. A spherical harmonic of degree l is multiplied by
    /// -D l (l + 1). By the addition theorem,
    /// K_ij = -D sum_l l (l + 1) (2 l + 1) / (4 pi) P_l(x_i . x_j) area_j.
    ///
    /// # Errors
    /// If the grid does not resolve the degree or has more than 2^14 points, or D is not finite.
    pub fn diffusion(&self, d: f64, degree: usize) -> Result<Array2<f64>, MassError> {
        let most = (self.heights.len() - 1).min((self.longitudes - 1) / 2);
        if degree > most {
            let allowed = format!("up to {most}, which the grid resolves");
            return Err(MassError::value("degree", degree as f64, allowed));
        }
        if !d.is_finite() {
            return Err(MassError::value("D", d, "finite"));
        }
        let (n, points) = (self.longitudes, self.points());
        if points > 1 << 14 {
            let allowed = "up to 2^14: the operator is a matrix";
            return Err(MassError::value("points of the sphere", points as f64, allowed));
        }
        let mut all = Array2::zeros((points, points));
        // it depends on longitudes by their difference alone
        for (i, z) in self.heights.iter().enumerate() {
            for (j, other) in self.heights.iter().enumerate() {
                let across = ((1.0 - z * z) * (1.0 - other * other)).sqrt();
                for apart in 0..n {
                    let angle = 2.0 * PI * apart as f64 / n as f64;
                    let cosine = z * other + across * cos(angle);
                    let k = -d * laplacian(cosine, degree) * self.area(j * n);
                    for from in 0..n {
                        all[[i * n + (from + apart) % n, j * n + from]] = k;
                    }
                }
            }
        }
        Ok(all)
    }
}

/// sum_l l (l + 1) (2 l + 1) / (4 pi) P_l(x), up to a degree.
fn laplacian(x: f64, degree: usize) -> f64 {
    let (mut before, mut p, mut sum) = (0.0, 1.0, 0.0);
    for l in 0..=degree {
        let n = l as f64;
        sum += n * (n + 1.0) * (2.0 * n + 1.0) / (4.0 * PI) * p;
        (before, p) = (p, ((2.0 * n + 1.0) * x * p - n * before) / (n + 1.0));
    }
    sum
}

/// The i-th root of the Legendre polynomial of degree n, descending, and its weight: Newton's
/// method from the cosine that lies near it.
fn gauss(n: usize, i: usize) -> (f64, f64) {
    let mut x = cos(PI * (i as f64 + 0.75) / (n as f64 + 0.5));
    let mut slope = 0.0;
    for _ in 0..100 {
        let (mut before, mut p) = (0.0, 1.0);
        for l in 0..n {
            let l = l as f64;
            (before, p) = (p, ((2.0 * l + 1.0) * x * p - l * before) / (l + 1.0));
        }
        slope = n as f64 * (x * p - before) / (x * x - 1.0);
        let step = p / slope;
        x -= step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    (x, 2.0 / ((1.0 - x * x) * slope * slope))
}
