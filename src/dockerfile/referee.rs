//! Reads a Dockerfile with another parser than the one that edits are made by, to judge those edits.
//!
//! Says where each instruction is and what it says on one line. Shares no code with [`super::read`], on purpose.

use std::ops::Range;

use parse_dockerfile::{Flag, Instruction, Source};

use super::mask::mask;

/// An instruction, as the other parser has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// From its keyword to where the next one begins, or the text ends.
    pub range: Range<usize>,
    /// What it says on one line: its keyword in capitals, and each word after one blank.
    pub says: String,
    /// What it takes from the build context, as written.
    pub takes: Vec<String>,
}

/// Why the other parser does not take a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In its words.
    pub message: String,
    /// On which line it found that, from 1.
    pub line: usize,
}

/// What is wrong with a text, if [`read`] does not take it.
#[must_use]
pub fn fault(text: &str) -> Option<Fault> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let error = parse_dockerfile::parse(&mask(bare).text).err()?;
    Some(Fault { message: format!("{error:#}"), line: error.line().max(1) })
}

/// The instructions of a text; `None` where it is nothing that the other parser takes.
#[must_use]
pub fn read(text: &str) -> Option<Vec<Said>> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - bare.len();
    let masked = mask(bare);
    let parsed = parse_dockerfile::parse(&masked.text).ok()?;
    let escape = parsed.parser_directives.escape.as_ref().map_or('\\', |escape| escape.value.value);
    let starts: Vec<usize> = parsed.instructions.iter().map(start).collect();
    let ends = starts.iter().skip(1).copied().chain([bare.len()]);
    let ranges = starts.iter().zip(ends);
    let said = parsed.instructions.iter().zip(ranges).map(|(instruction, (&start, end))| Said {
        range: start + shift..end + shift,
        says: one_line(bare.get(start..end).unwrap_or_default(), escape),
        takes: takes(instruction),
    });
    Some(said.collect())
}

/// The words of some lines, with one blank between them; without what continues lines, and comments.
#[must_use]
pub fn one_line(lines: &str, escape: char) -> String {
    let lines = lines.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let mut joined = String::new();
    for line in lines {
        let continued = line.strip_suffix(escape);
        joined.push_str(continued.unwrap_or(line));
        // a word may go on in the next line only where that begins without a blank, which nobody writes
        joined.push(' ');
    }
    let mut words: Vec<&str> = joined.split_whitespace().collect();
    let keyword = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    if let Some(first) = words.first_mut() {
        *first = &keyword;
    }
    words.join(" ")
}

fn takes(instruction: &Instruction<'_>) -> Vec<String> {
    match instruction {
        Instruction::Copy(copy) => of_sources(&copy.options, &copy.src),
        Instruction::Add(add) => of_sources(&add.options, &add.src),
        Instruction::Run(run) => run.options.iter().filter_map(mounted).collect(),
        Instruction::Onbuild(onbuild) => takes(&onbuild.instruction),
        _ => Vec::new(),
    }
}

fn of_sources(options: &[Flag<'_>], sources: &[Source<'_>]) -> Vec<String> {
    if options.iter().any(|flag| flag.name.value == "from") {
        return Vec::new();
    }
    let paths = sources.iter().filter_map(|source| match source {
        Source::Path(path) => Some(path.value.to_string()),
        _ => None,
    });
    paths.filter(|path| !path.contains("://")).collect()
}

/// The source of a bind mount of the context.
fn mounted(flag: &Flag<'_>) -> Option<String> {
    let value = flag.value.as_ref().filter(|_| flag.name.value == "mount")?;
    let pairs: Vec<(&str, &str)> = value.value.split(',').filter_map(|pair| pair.split_once('=')).collect();
    let of = |names: &[&str]| pairs.iter().find(|(name, _)| names.contains(name)).map(|(_, value)| *value);
    if of(&["from"]).is_some() || of(&["type"]).is_some_and(|kind| kind != "bind") {
        return None;
    }
    of(&["source", "src"]).map(str::to_owned)
}

fn start(instruction: &Instruction<'_>) -> usize {
    let keyword = match instruction {
        Instruction::Add(it) => &it.add,
        Instruction::Arg(it) => &it.arg,
        Instruction::Cmd(it) => &it.cmd,
        Instruction::Copy(it) => &it.copy,
        Instruction::Entrypoint(it) => &it.entrypoint,
        Instruction::Env(it) => &it.env,
        Instruction::Expose(it) => &it.expose,
        Instruction::From(it) => &it.from,
        Instruction::Healthcheck(it) => &it.healthcheck,
        Instruction::Label(it) => &it.label,
        Instruction::Maintainer(it) => &it.maintainer,
        Instruction::Onbuild(it) => &it.onbuild,
        Instruction::Run(it) => &it.run,
        Instruction::Shell(it) => &it.shell,
        Instruction::Stopsignal(it) => &it.stopsignal,
        Instruction::User(it) => &it.user,
        Instruction::Volume(it) => &it.volume,
        Instruction::Workdir(it) => &it.workdir,
        _ => return 0,
    };
    keyword.span.start
}
