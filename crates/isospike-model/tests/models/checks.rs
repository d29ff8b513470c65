//! Tables and parameter checks of all models.
