//! The pass `devices`. What it does and why stands in `devices.md`, which `harden explain` prints.
#![doc = include_str!("devices.md")]

use super::findings::Found;
use super::{Context, Meta, Pass, PassKind, Reads, findings, host_path};
use crate::plan::{Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Devices;

const META: Meta = Meta {
    id: "devices",
    summary: "devices of the host",
    kind: PassKind::Advice,
    text: include_str!("devices.md"),
    reads: Reads { keys: &["devices", "device_cgroup_rules"], facts: &[] },
};

/// Memory and ports of the machine.
const MEMORY: [&str; 3] = ["/dev/kmem", "/dev/mem", "/dev/port"];

/// What the kernel says.
const KERNEL_LOG: &str = "/dev/kmsg";

/// Paths, and beginnings of the names, of disks.
const DISKS: [&str; 13] = [
    "/dev/dm-",
    "/dev/disk/",
    "/dev/hd",
    "/dev/loop",
    "/dev/mapper/",
    "/dev/md",
    "/dev/mmcblk",
    "/dev/nbd",
    "/dev/nvme",
    "/dev/sd",
    "/dev/vd",
    "/dev/xvd",
    "/dev/zd",
];

/// Devices that hold nothing.
const HARMLESS: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

const HELP_MEMORY: &str = "remove it: who writes there is root on the host";
const HELP_KERNEL_LOG: &str = "right for a monitor of the host; remove it from anything else";
const HELP_DISK: &str =
    "mount the file system on the host and bind the directory; a disk gives all its files away";
const HELP: &str = "keep only the devices that it is there for";

impl Pass for Devices {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let found: Vec<Found> = listed(context).chain(ruled(context)).collect();
        let Some(worst) = findings::worst(&found) else { return Verdict::Skip(Skip::NotApplicable) };
        findings::verdict(&found, "may use", help(worst))
    }
}

fn help(worst: &Found) -> &'static str {
    match worst.severity {
        _ if MEMORY.contains(&worst.name.as_str()) => HELP_MEMORY,
        Severity::High => HELP_DISK,
        Severity::Medium => HELP_KERNEL_LOG,
        Severity::Low => HELP,
    }
}

fn listed(context: &Context<'_>) -> impl Iterator<Item = Found> {
    context.service.devices.iter().filter_map(|device| {
        let path = host_path::clean(&device.source);
        // what only the environment knows is shown as it is written
        let name = if path.contains('\0') { device.source.clone() } else { path.clone() };
        Some(Found::new(severity(&path)?, name, device.place))
    })
}

fn severity(path: &str) -> Option<Severity> {
    if path.is_empty() || HARMLESS.contains(&path) {
        return None;
    }
    let is_disk = path == "/dev" || DISKS.iter().any(|start| path.starts_with(start));
    Some(match path {
        KERNEL_LOG => Severity::Medium,
        _ if is_disk || MEMORY.contains(&path) => Severity::High,
        _ => Severity::Low,
    })
}

/// `TYPE MAJOR:MINOR PERMISSIONS`, where the type is `a` for all, `b` for disks, or `c`.
fn ruled(context: &Context<'_>) -> impl Iterator<Item = Found> {
    context.service.device_cgroup_rules.iter().map(|rule| {
        let mut words = rule.value.split_whitespace();
        let (kind, numbers) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let severity = match (kind, numbers) {
            ("a" | "b", _) | (_, "*:*") => Severity::High,
            _ => Severity::Low,
        };
        Found::new(severity, rule.value.clone(), rule.place)
    })
}

#[cfg(test)]
mod tests {
    use super::Devices;
    use crate::passes::findings::said;
    use crate::passes::testing::{run, unknown};

    #[test]
    fn disks_are_worse_than_serial_ports() {
        let cases = [
            ("image: x", "-"),
            ("devices: ['/dev/null:/dev/null']", "-"),
            ("devices: ['/dev/ttyUSB0:/dev/ttyUSB0']", "low: may use `/dev/ttyUSB0`"),
            ("devices: ['${STICK:-/dev/ttyACM0}:/dev/ttyACM0:rw']", "low: may use `/dev/ttyACM0`"),
            ("devices: ['${STICK}:/dev/ttyACM0']", "low: may use `${STICK}`"),
            ("devices: ['nvidia.com/gpu=all']", "low: may use `nvidia.com/gpu=all`"),
            ("devices: [/dev/dri]", "low: may use `/dev/dri`"),
            ("devices: [/dev/sda1, /dev/dri]", "high: may use `/dev/dri`, `/dev/sda1`"),
            ("devices: [/dev/kmsg]", "medium: may use `/dev/kmsg`"),
            ("devices: [{source: /dev/mem, target: /dev/mem}]", "high: may use `/dev/mem`"),
            ("devices: ['/dev:/dev']", "high: may use `/dev`"),
            ("devices: [/dev/media0]", "low: may use `/dev/media0`"),
            ("device_cgroup_rules: ['c 189:* rmw']", "low: may use `c 189:* rmw`"),
            ("device_cgroup_rules: ['a *:* rwm']", "high: may use `a *:* rwm`"),
            ("device_cgroup_rules: ['b 8:0 r']", "high: may use `b 8:0 r`"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&run(&Devices, text, &unknown())), expected, "{text}");
        }
    }
}
