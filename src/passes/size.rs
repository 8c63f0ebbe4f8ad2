//! Sizes in memory: what the file itself asks for, and neat numbers to write.
