//! Reads bytes and makes text of them. The one place where user files are opened.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::path::canonical;
use super::{Error, Options, Texts};
use crate::compose::Bytes;

/// Reads a regular file as UTF-8.
pub(super) fn file(path: &Path, options: &Options) -> Result<String, Error> {
    decode(path, bytes(path, options)?)
}

/// Reads a regular file.
pub(super) fn bytes(path: &Path, options: &Options) -> Result<Vec<u8>, Error> {
    let failed = |cause: String, help: Option<&str>| fault(path, cause, help);
    let kind = look(path)?;
    if kind.is_dir() {
        return Err(failed("it is a directory".into(), Some("name the file in it")));
    }
    if !kind.is_file() {
        return Err(failed(
            "it is not a regular file".into(),
            Some("to read from a pipe, use `-` and standard input"),
        ));
    }
    if kind.len() > options.max_bytes {
        return Err(too_large(path, options));
    }
    #[expect(clippy::disallowed_methods, reason = "`load` is the module that reads user files")]
    let bytes = fs::read(path);
    bytes.map_err(|error| failed(reason(&error), None))
}

/// What kind of file a path leads to.
pub(super) fn look(path: &Path) -> Result<fs::Metadata, Error> {
    fs::metadata(path).map_err(|error| fault(path, reason(&error), None))
}

/// The new text of a file, or the file itself.
pub(super) fn file_or(path: &Path, options: &Options, texts: &Texts<'_>) -> Result<String, Error> {
    let by_place = || if texts.is_empty() { None } else { texts.get(canonical(path).as_path()) };
    let known = texts.get(path).or_else(by_place);
    match known {
        Some(text) => Ok((*text).to_owned()),
        None => file(path, options),
    }
}

/// Reads all of standard input as UTF-8.
pub(super) fn stdin(options: &Options) -> Result<String, Error> {
    decode(Path::new("-"), stdin_bytes(options)?)
}

/// Reads all of standard input.
pub(super) fn stdin_bytes(options: &Options) -> Result<Vec<u8>, Error> {
    let path = Path::new("-");
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(options.max_bytes + 1).read_to_end(&mut bytes);
    read.map_err(|error| fault(path, reason(&error), None))?;
    if bytes.len() as u64 > options.max_bytes {
        return Err(too_large(path, options));
    }
    Ok(bytes)
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let help = "convert it first: `iconv -f UTF-16 -t UTF-8`";
        return Err(fault(
            path,
            "it is UTF-16, and only UTF-8 can be edited byte by byte".into(),
            Some(help),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let line = before.split(|&byte| byte == b'\n').count();
        fault(path, format!("line {line} is not UTF-8"), Some("save it as UTF-8"))
    })
}

fn too_large(path: &Path, options: &Options) -> Error {
    let limit = Bytes(options.max_bytes);
    fault(path, format!("it is larger than the limit of {limit}"), Some("`--max-size` raises the limit"))
}

fn fault(path: &Path, cause: String, help: Option<&str>) -> Error {
    Error::Read { path: path.to_owned(), cause, help: help.map(str::to_owned) }
}

/// The operating system's words without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = innermost(error).to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// What the system said, without what libraries have put around it.
fn innermost(error: &io::Error) -> &io::Error {
    let inner = error.get_ref().and_then(|error| error.source()).and_then(|error| error.downcast_ref());
    inner.map_or(error, innermost)
}
