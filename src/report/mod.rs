//! Renders a plan. Computes nothing, decides nothing, writes nothing.
