//! The stages of a Dockerfile, and which of them the image is made of.

use super::read::{Dockerfile, Instruction};

/// A stage.
#[derive(Debug)]
pub struct Stage<'f> {
    /// Its name, as written.
    pub name: Option<&'f str>,
    /// What it starts from, as written.
    pub base: &'f str,
    /// Its `FROM`, and what follows up to the next.
    pub instructions: Vec<&'f Instruction>,
}

/// The stages in their order; what stands before the first is of none.
#[must_use]
pub fn stages<'f>(file: &'f Dockerfile<'_>) -> Vec<Stage<'f>> {
    let mut stages: Vec<Stage<'f>> = Vec::new();
    for instruction in file.instructions() {
        if instruction.keyword == "FROM" {
            let mut words = instruction.body().split_whitespace();
            let base = words.next().unwrap_or_default();
            let named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"));
            stages.push(Stage { name: words.next().filter(|_| named), base, instructions: Vec::new() });
        }
        if let Some(stage) = stages.last_mut() {
            stage.instructions.push(instruction);
        }
    }
    stages
}

/// The stages whose layers are in the image that is built, the first one first: what others only copy from is not.
#[must_use]
pub fn of_image<'s, 'f>(stages: &'s [Stage<'f>], target: Option<&str>) -> Vec<&'s Stage<'f>> {
    let mut at = match target {
        None => stages.len().checked_sub(1),
        Some(name) => named(stages, name).or_else(|| name.parse().ok()),
    };
    let mut chain = Vec::new();
    while let Some((index, stage)) = at.and_then(|at| Some((at, stages.get(at)?))) {
        chain.push(stage);
        at = named(stages.get(..index).unwrap_or_default(), stage.base);
    }
    chain.reverse();
    chain
}

fn named(stages: &[Stage<'_>], name: &str) -> Option<usize> {
    stages.iter().rposition(|stage| stage.name.is_some_and(|own| own.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::{of_image, stages};

    #[test]
    fn which_stages_are_in_the_image() {
        let text =
            "ARG V\nFROM --platform=x a:${V} AS Base\nRUN 1\nFROM b as build\nFROM base AS last\nFROM last\n";
        let file = read(text);
        let all = stages(&file);
        let bases = |target| -> Vec<&str> { of_image(&all, target).iter().map(|stage| stage.base).collect() };
        assert_eq!(bases(None), ["a:${V}", "base", "last"]);
        assert_eq!(bases(Some("BUILD")), ["b"]);
        assert_eq!(bases(Some("0")), ["a:${V}"]);
        assert!(bases(Some("nowhere")).is_empty());
        assert!(of_image(&stages(&read("RUN a")), None).is_empty());
        assert_eq!(of_image(&stages(&read("FROM x AS x\nFROM x AS x")), None).len(), 2);
    }
}
