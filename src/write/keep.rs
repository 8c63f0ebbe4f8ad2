//! What a new file takes over from the one that it is to replace: owner, group, attributes and mode.
//!
//! Nobody may be able to read the new file who could not read the old one, not even for a moment: the mode comes last.

use std::fs::{File, Metadata};
use std::io;

/// Makes a new file like the one that it is to replace.
///
/// # Errors
/// When the system refuses; who may read the new file is then not known.
pub(super) fn all(new: &File, old: &File, meta: &Metadata) -> io::Result<()> {
    owner(new, meta)?;
    attributes::copy(old, new)?;
    new.set_permissions(meta.permissions())
}

#[cfg(unix)]
fn owner(new: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = new.metadata()?;
    let uid = (now.uid() != like.uid()).then(|| like.uid());
    let gid = (now.gid() != like.gid()).then(|| like.gid());
    if uid.is_none() && gid.is_none() { Ok(()) } else { fchown(new, uid, gid) }
}

#[cfg(not(unix))]
fn owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Access lists, labels and the user's own notes. Without its access list a file would be open to its group as far as
/// the list's mask went.
#[cfg(target_os = "linux")]
mod attributes {
    use std::fs::File;
    use std::io;

    use rustix::fs::{
        XattrFlags, fgetxattr, fgetxattr_query, flistxattr, flistxattr_query, fremovexattr, fsetxattr,
    };
    use rustix::io::Errno;

    /// The list of those who may read and write a file beside its owner and group.
    const ACCESS: &[u8] = b"system.posix_acl_access";

    /// What decides about access, or is the user's. The rest (labels of security modules, file capabilities) is the
    /// system's: it is taken over where the system lets us.
    fn is_needed(name: &[u8]) -> bool {
        name == ACCESS || name.starts_with(b"user.")
    }

    pub(super) fn copy(old: &File, new: &File) -> io::Result<()> {
        let (wanted, inherited) = (names(old)?, names(new)?);
        // a folder may give each new file an access list
        if inherited.iter().any(|name| name == ACCESS) && !wanted.iter().any(|name| name == ACCESS) {
            fremovexattr(new, ACCESS)?;
        }
        for name in &wanted {
            let set = value(old, name).and_then(|value| fsetxattr(new, &**name, &value, XattrFlags::empty()));
            match set {
                Err(cause) if is_needed(name) => return Err(cause.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn names(file: &File) -> io::Result<Vec<Vec<u8>>> {
        let mut list = Vec::new();
        let read = flistxattr_query(file).and_then(|length| {
            list.resize(length, 0);
            if length == 0 { Ok(0) } else { flistxattr(file, &mut *list) }
        });
        match read {
            Ok(length) => {
                list.truncate(length);
                let names = list.split(|&byte| byte == 0).filter(|name| !name.is_empty());
                Ok(names.map(<[u8]>::to_vec).collect())
            }
            // a file system without attributes has none to keep
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(Vec::new()),
            Err(cause) => Err(cause.into()),
        }
    }

    fn value(file: &File, name: &[u8]) -> rustix::io::Result<Vec<u8>> {
        let mut value = vec![0; fgetxattr_query(file, name)?];
        if !value.is_empty() {
            let length = fgetxattr(file, name, &mut *value)?;
            value.truncate(length);
        }
        Ok(value)
    }
}

#[cfg(not(target_os = "linux"))]
mod attributes {
    use std::fs::File;
    use std::io;

    #[expect(clippy::unnecessary_wraps, reason = "as where there is something to copy")]
    pub(super) fn copy(_: &File, _: &File) -> io::Result<()> {
        Ok(())
    }
}
