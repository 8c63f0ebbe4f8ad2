//! Other files that belong to the project and were not read.
