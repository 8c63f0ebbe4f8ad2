//! How a service will be started, in words.

use crate::image::{Image, RootReason, Start};
use crate::plan::{Decision, ServicePlan};

/// Who the service starts as once the plan is carried out.
pub(super) fn words(image: &Image, plan: &ServicePlan) -> String {
    let written =
        plan.decisions.iter().any(|(pass, made)| *pass == "user" && matches!(made, Decision::Apply(_)));
    match &image.start {
        Start::Unknown => "it is not known how the service starts".to_owned(),
        Start::File => "as the user that the file names".to_owned(),
        Start::Image(user) => format!("the image itself starts as {user}"),
        Start::Named => "the image itself starts as a user other than root".to_owned(),
        Start::User(user) if written => format!("as {user}, which `user` writes"),
        Start::User(user) => format!("as root, which steps down; {user} would do, and `user` is not written"),
        Start::Root(reason) => format!("as root: {}", because(reason)),
    }
}

fn because(reason: &RootReason) -> String {
    match reason {
        RootReason::SaidInFile => "the file says so".to_owned(),
        RootReason::BindMount(target) => format!("who owns what is mounted on `{target}` is not known"),
        RootReason::Shared(volume) => format!("another image writes to the volume `{volume}`, too"),
        RootReason::Keys(target) => format!("it reads `{target}` before it steps down"),
        RootReason::Socket(target) => format!("only root opens the socket `{target}`"),
        RootReason::Capabilities(name) => {
            format!("the file gives it `{name}`, which another user does not get")
        }
        RootReason::Image(why) => why.to_string(),
        RootReason::LowPort(port) => format!("it listens on port {port} of the host"),
        RootReason::NotWritten => "`user` is not written".to_owned(),
    }
}
