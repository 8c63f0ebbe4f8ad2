//! Which services share written lines.
