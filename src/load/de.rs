//! A serde deserialiser over the effective view of the tree.
