//! URL providers of groups: platforms that say where a camera is when they are asked.
//!
//! Not for: asking. `ingest` does, before each session.

use crate::config::UrlProvider;
use crate::form::Placed;
use crate::lists::GroupEntry;
use crate::problem::Context;
use crate::secrets::secret;

/// The provider of a group; keys that mean nothing without one, or beside another, are reported.
pub(crate) fn provider(group: &GroupEntry, cx: &mut Context<'_>) -> Option<UrlProvider> {
    let (env, file) = (group.url_token_env.as_ref(), group.url_token_file.as_ref());
    let Some(url) = &group.url_provider else {
        let alone = [
            ("url_pointer", group.url_pointer.as_ref().map(|key| &key.place)),
            ("url_token_env", env.map(|key| &key.place)),
            ("url_token_file", file.map(|key| &key.place)),
        ];
        for (name, place) in alone {
            if let Some(place) = place {
                let message = format!("there is a `{name}` but no `url_provider`");
                cx.report(place, message, "add `url_provider = \"...\"` beside it");
            }
        }
        return None;
    };
    if let Some(template) = &group.url_template {
        let message = "both `url_template` and `url_provider` are given";
        cx.report(&template.place, message, "keep one of the two");
    }
    Some(UrlProvider {
        url: url.value.clone(),
        pointer: group
            .url_pointer
            .as_ref()
            .map(|pointer: &Placed<String>| pointer.value.clone()),
        token: secret("token", env, file, cx),
    })
}
