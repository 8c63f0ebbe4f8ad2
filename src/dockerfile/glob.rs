//! Patterns of paths, as the builder reads them in `.dockerignore` and in the sources of `COPY` and `ADD`.
//!
//! `*` and `?` stay within one name, `**` goes over any number of them. The time is that of the pattern times the
//! path, whatever they are.

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// This character.
    Char(char),
    /// `?`
    One,
    /// `[a-z]`, `[^a]`
    Class(bool, Vec<(char, char)>),
    /// `*`
    Star,
    /// `**` in the middle: nothing, or what follows.
    Folders,
    /// Anything that ends in a slash.
    Inside,
    /// `**` at the end.
    All,
}

/// A pattern of paths, which are taken from the root of the context and have no slash in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(Vec<Part>);

impl Glob {
    /// Reads a pattern; `None` where the builder refuses it.
    #[must_use]
    pub fn parse(pattern: &str) -> Option<Self> {
        let mut chars = pattern.chars().peekable();
        let mut parts = Vec::new();
        while let Some(c) = chars.next() {
            let part = match c {
                '*' if chars.next_if_eq(&'*').is_some() => {
                    chars.next_if_eq(&'/');
                    if chars.peek().is_none() {
                        Part::All
                    } else {
                        parts.push(Part::Folders);
                        Part::Inside
                    }
                }
                '*' => Part::Star,
                '?' => Part::One,
                '[' => class(&mut chars)?,
                '\\' => Part::Char(chars.next()?),
                c => Part::Char(c),
            };
            parts.push(part);
        }
        Some(Self(parts))
    }

    /// Whether it is a path without any sign that stands for something else.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Char(_)))
    }

    /// Whether a path is one of those it stands for.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        if self.is_plain() {
            return path.chars().eq(self.0.iter().filter_map(|part| match part {
                Part::Char(c) => Some(*c),
                _ => None,
            }));
        }
        // before which parts the path read so far may be
        let mut open = vec![false; self.0.len() + 1];
        open.first_mut().into_iter().for_each(|first| *first = true);
        for c in path.chars() {
            self.skip(&mut open);
            open = self.step(&open, c);
        }
        self.skip(&mut open);
        open.last().copied().unwrap_or_default()
    }

    /// Goes over parts that may stand for nothing.
    fn skip(&self, open: &mut [bool]) {
        for (at, part) in self.0.iter().enumerate() {
            let over: &[usize] = match part {
                Part::Star | Part::All => &[1],
                Part::Folders => &[1, 2],
                _ => &[],
            };
            if open.get(at) == Some(&true) {
                for over in over {
                    open.get_mut(at + over).into_iter().for_each(|next| *next = true);
                }
            }
        }
    }

    fn step(&self, open: &[bool], c: char) -> Vec<bool> {
        let mut next = vec![false; open.len()];
        for (at, part) in self.0.iter().enumerate().filter(|(at, _)| open.get(*at) == Some(&true)) {
            let (stays, goes) = match part {
                Part::Char(own) => (false, *own == c),
                Part::One => (false, c != '/'),
                Part::Class(negated, ranges) => {
                    (false, ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated)
                }
                Part::Star => (c != '/', false),
                Part::Folders => (false, false),
                Part::Inside => (true, c == '/'),
                Part::All => (true, true),
            };
            next.get_mut(at).into_iter().for_each(|own| *own |= stays);
            next.get_mut(at + 1).into_iter().for_each(|after| *after |= goes);
        }
        next
    }
}

/// What follows `[`, up to `]`.
fn class(chars: &mut impl Iterator<Item = char>) -> Option<Part> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    let (mut negated, mut first, mut open) = (false, true, false);
    loop {
        let mut c = chars.next()?;
        if first && c == '^' && !negated {
            negated = true;
            continue;
        }
        let is_plain = c != '\\';
        if !is_plain {
            c = chars.next()?;
        }
        match c {
            ']' if is_plain => {
                return (!ranges.is_empty() && !open).then_some(Part::Class(negated, ranges));
            }
            '-' if is_plain && !first && !open => open = true,
            c if open => {
                ranges.last_mut()?.1 = c;
                open = false;
            }
            c => ranges.push((c, c)),
        }
        first = false;
    }
}
