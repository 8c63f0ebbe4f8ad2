//! Replaces a file atomically. The only module that writes user files.
