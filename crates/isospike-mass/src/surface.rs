//! Sheets of nodes: vertices of a cortical surface, or points of a field. Vertices of a region send
//! their mean along tracts and receive the same; each also sees its neighbours.

use crate::MassError;
use crate::network::Network;
use std::sync::Arc;

/// Which region each vertex is in, and what vertices are to each other.
///
/// The values of a region are the means of its vertices (their sum, ascending, times 1 over their
/// number). Connectome and coupling function are those of regions. Every vertex receives what its
/// region does, and to that, edge by edge, ascending by neighbour, the values of its neighbours
/// times local weights are added: without delay, in every stage that looks at others. (The Virtual
/// Brain adds local coupling in most of its models where it adds the coupling of regions, too.)
///
/// ```
/// use isospike_mass::{Connectome, Network, Surface, models::Generic2dOscillator};
/// use ndarray::array;
///
/// // two regions of two and three vertices, which see their neighbours
/// let chain = (0..5usize).flat_map(|i| [(i, i + 1), (i + 1, i)]).filter(|e| e.0.max(e.1) < 5);
/// let surface = Surface::new(vec![0, 0, 1, 1, 1]).local(chain.map(|(to, from)| (to, from, 0.1)))?;
/// let weights = array![[0.0, 1.0], [1.0, 0.0]];
/// let network = Network::new(&Generic2dOscillator, Connectome::new(weights.view())?);
/// let network = network.surface(surface)?;
/// assert_eq!(network.nodes(), 5);
/// # Ok::<(), isospike_mass::MassError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    pub(crate) regions: Vec<u32>,
    /// To, from, weight; by target and then by source.
    pub(crate) local: Vec<(u32, u32, f64)>,
}

impl Surface {
    /// Vertices by the region they are in, without local coupling.
    pub fn new(regions: Vec<u32>) -> Self {
        Surface { regions, local: Vec::new() }
    }

    /// With local coupling: to, from, weight. Weights of 0 are left out.
    ///
    /// # Errors
    /// If there is no such vertex, a weight is not finite, or an edge is there twice.
    pub fn local(
        mut self,
        edges: impl IntoIterator<Item = (usize, usize, f64)>,
    ) -> Result<Self, MassError> {
        let vertices = self.regions.len();
        for (to, from, weight) in edges {
            let beyond = to.max(from);
            if beyond >= vertices {
                let allowed = format!("below {vertices}, the number of vertices");
                return Err(MassError::value("vertex of local coupling", beyond as f64, allowed));
            }
            if !weight.is_finite() {
                let field = format!("local weight of {to} from {from}");
                return Err(MassError::value(field, weight, "finite"));
            }
            if weight != 0.0 {
                self.local.push((to as u32, from as u32, weight));
            }
        }
        self.local.sort_by_key(|&(to, from, _)| (to, from));
        let twice =
            self.local.windows(2).find(|pair| pair[0].0 == pair[1].0 && pair[0].1 == pair[1].1);
        match twice {
            None => Ok(self),
            Some(pair) => Err(MassError::Choice(format!(
                "local coupling of {} from {} is there twice",
                pair[0].0, pair[0].1
            ))),
        }
    }

    /// The region of each vertex.
    pub fn regions(&self) -> &[u32] {
        &self.regions
    }

    /// Local coupling: to, from, weight, by target and then by source.
    pub fn edges(&self) -> &[(u32, u32, f64)] {
        &self.local
    }

    /// How many vertices there are.
    pub fn vertices(&self) -> usize {
        self.regions.len()
    }
}

impl Network {
    /// Puts its nodes on a surface: the connectome is then that of regions, parameters, state and
    /// noise are those of vertices.
    ///
    /// # Errors
    /// If a vertex is in no region, or a region has no vertex.
    pub fn surface(mut self, surface: Surface) -> Result<Self, MassError> {
        let regions = self.regions();
        let mut sizes = vec![0u32; regions];
        for (vertex, &region) in surface.regions.iter().enumerate() {
            match sizes.get_mut(region as usize) {
                Some(size) => *size += 1,
                None => {
                    let field = format!("region of vertex {vertex}");
                    let allowed = format!("below {regions}, the number of regions");
                    return Err(MassError::value(field, region, allowed));
                }
            }
        }
        if let Some(region) = sizes.iter().position(|size| *size == 0) {
            return Err(MassError::Choice(format!("region {region} has no vertex")));
        }
        self.surface = Some(Arc::new(surface));
        Ok(self)
    }

    /// How many nodes the connectome has: regions, where nodes lie on a surface.
    pub fn regions(&self) -> usize {
        self.connectome.nodes()
    }

    /// The surface that nodes lie on, if they do.
    pub fn on_surface(&self) -> Option<&Surface> {
        self.surface.as_deref()
    }
}
