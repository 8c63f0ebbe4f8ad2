//! One readable function per mode.
