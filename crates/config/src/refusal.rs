//! Why a text was refused, in words that fit behind its key's name.
//!
//! Not for: where it stands. The form that reads the text reports the refusal at its place.

/// Why a text was refused, and the remedy; neither repeats the text.
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Builds a [`Refusal`].
pub(crate) fn refuse<T>(message: impl Into<String>, hint: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        message: message.into(),
        hint: hint.into(),
    })
}
