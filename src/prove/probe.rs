//! What is asked of a service to know that it does its job, beyond what its healthcheck says.
//!
//! Pure data: the judge asks it.

/// A question whose answer is an exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// A shell command.
    pub command: String,
    /// The image that it is run in, on the service's network; inside the service itself without one.
    pub image: Option<String>,
    /// Whether the user asks it. What is only known of the image may ask for what this service has not, such as another
    /// password: then it is left out.
    pub own: bool,
}
