//! The secret that a key refers to: an environment variable, or a file. It is in no message.

use std::io::Read;
use std::path::{Path, PathBuf};

use curbwatch_types::Secret;

use crate::files::in_words;
use crate::form::Placed;
use crate::problem::Context;

/// Longest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 4096;

/// The secret that `NAME_env` or `NAME_file` points at.
pub(crate) fn secret(
    name: &str,
    env: Option<&Placed<String>>,
    file: Option<&Placed<PathBuf>>,
    cx: &mut Context<'_>,
) -> Option<Secret> {
    let (place, found) = match (env, file) {
        (None, None) => return None,
        (Some(env), Some(_)) => {
            let message = format!("both `{name}_env` and `{name}_file` are given");
            cx.report(&env.place, message, "keep one of the two");
            return None;
        }
        (Some(env), None) => {
            let Some(value) = (cx.environment)(&env.value) else {
                let message = format!("the environment variable {} is not set", env.value);
                cx.report(
                    &env.place,
                    message,
                    format!("set it before the start, or use `{name}_file`"),
                );
                return None;
            };
            (&env.place, value)
        }
        (None, Some(file)) => match read_secret(&file.value) {
            Ok(value) => (&file.place, value),
            Err(why) => {
                // The path stays out of the message: somebody may have written the secret itself there.
                let message = format!("the file that `{name}_file` names cannot be read: {why}");
                cx.report(
                    &file.place,
                    message,
                    "name a small text file that this user may read",
                );
                return None;
            }
        },
    };
    let value = found.strip_suffix('\n').unwrap_or(&found);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() || value.chars().any(char::is_control) {
        let message = format!("the {name} referred to here is empty or holds control characters");
        cx.report(place, message, format!("put the {name} there, on one line"));
        return None;
    }
    Some(Secret::new(value))
}

fn read_secret(path: &Path) -> Result<String, String> {
    let found = std::fs::metadata(path).map_err(|why| in_words(&why))?;
    if !found.is_file() {
        return Err("it is no regular file".into());
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|why| in_words(&why))?;
    file.take(SECRET_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|why| in_words(&why))?;
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(format!("it has more than {SECRET_BYTES_MAX} bytes"));
    }
    Ok(text)
}
