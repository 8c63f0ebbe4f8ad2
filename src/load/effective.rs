//! What a mapping means once `<<`, aliases and `extends` are resolved.
