//! Folds a change into the typed model, so that a later pass sees what an earlier one decided.
