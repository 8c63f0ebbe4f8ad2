//! What was typed (clap types), and what it means.
