//! `import`: a platform's own list of cameras as a camera list of ours.
//!
//! WVP-GB28181 answers `GET /api/device/query/devices/ID/channels` and `GET /api/common/channel/list` with
//! pages of channels; an export is one such answer, several of them one after the other, or the bare list.
//! Versions name the same things differently (`channelId`, `gbDeviceId`, `deviceId`; `name`, `gbName`), so each is
//! looked for under all its names.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use curbwatch_types::CameraId;
use serde_json::{Deserializer, Map, Value};

use crate::failure::Failure;

/// Largest export, bytes.
const EXPORT_BYTES_MAX: u64 = 256 << 20;
/// Longest name, in characters: the configuration takes 200 bytes, and a Chinese character is three of them.
const NAME_CHARS_MAX: usize = 60;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, Subcommand)]
enum From {
    /// Channels of a WVP-GB28181 platform, as its API answers them.
    Wvp {
        /// The export: JSON, one answer or several.
        export: PathBuf,
        /// The camera list; it is written beside its place and renamed when complete.
        #[arg(long)]
        out: PathBuf,
        /// Each camera's URL: `{channel}` stands for its id, `{device}` for that of the device it belongs to.
        /// Without it the list has no URLs, and the group's `url_template` gives them.
        #[arg(long, value_name = "URL")]
        url_template: Option<String>,
        /// The group of the cameras.
        #[arg(long)]
        group: Option<String>,
        /// Leave out channels that the platform calls off line.
        #[arg(long)]
        online_only: bool,
    },
}

/// Why a channel is no camera of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LeftOut {
    NoCamera,
    NoId,
    Twice,
    Offline,
}

impl LeftOut {
    fn words(self) -> &'static str {
        match self {
            Self::NoCamera => "no camera by the type in the id (GB/T 28181 annex E: 131 and 132 are)",
            Self::NoId => "without a usable id",
            Self::Twice => "with an id that was there before",
            Self::Offline => "off line",
        }
    }
}

pub(crate) fn import(arguments: &Arguments) -> Result<(), Failure> {
    let From::Wvp {
        export,
        out,
        url_template,
        group,
        online_only,
    } = &arguments.from;
    let mut text = String::new();
    let read = fs::File::open(export).and_then(|file| file.take(EXPORT_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|cause| Failure::Wrong(format!("{}: {cause}", export.display())))?;
    let mut list = List::new(url_template.as_deref(), group.as_deref(), *online_only);
    for answer in Deserializer::from_str(&text).into_iter::<Value>() {
        let answer = answer.map_err(|cause| {
            Failure::Wrong(format!(
                "{}: {cause}; export the answer of the API as it is",
                export.display()
            ))
        })?;
        let channels = channels_of(&answer)
            .map_err(|problem| Failure::Wrong(format!("{}: {problem}", export.display())))?;
        for channel in channels {
            list.take(channel);
        }
    }
    if list.cameras == 0 {
        return Err(Failure::Wrong(format!(
            "{}: no camera in it{}; nothing was written",
            export.display(),
            list.left_out()
        )));
    }
    write(out, &list.text)?;
    eprintln!("{}: {} cameras{}", out.display(), list.cameras, list.left_out());
    Ok(())
}

fn write(out: &Path, text: &str) -> Result<(), Failure> {
    let mut partial = out.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, out));
    written.map_err(|cause| Failure::Environment(format!("{}: {cause}", out.display())))
}

/// The channels of one answer: the bare list, `{"list": []}` or `{"code": 0, "data": {"list": []}}`.
fn channels_of(answer: &Value) -> Result<&Vec<Value>, String> {
    let list = |value: &'_ Value| value.as_array().is_some();
    let data = answer
        .get("data")
        .filter(|data| !data.is_null())
        .unwrap_or(answer);
    let found = [Some(data), data.get("list"), data.get("records")];
    if let Some(channels) = found.into_iter().flatten().find(|value| list(value)) {
        return channels.as_array().ok_or_else(String::new);
    }
    let said = answer
        .get("msg")
        .and_then(Value::as_str)
        .unwrap_or("it holds no list of channels");
    Err(format!("this is no answer with channels: {said}"))
}

/// The camera list as it grows.
struct List<'a> {
    text: String,
    cameras: usize,
    known: HashSet<String>,
    left_out: BTreeMap<LeftOut, usize>,
    url_template: Option<&'a str>,
    group: Option<&'a str>,
    online_only: bool,
}

impl<'a> List<'a> {
    fn new(url_template: Option<&'a str>, group: Option<&'a str>, online_only: bool) -> Self {
        Self {
            text: "id,name,url,group\n".to_owned(),
            cameras: 0,
            known: HashSet::new(),
            left_out: BTreeMap::new(),
            url_template,
            group,
            online_only,
        }
    }

    fn take(&mut self, channel: &Value) {
        match self.row(channel) {
            Ok(row) => {
                self.text.push_str(&row);
                self.cameras += 1;
            }
            Err(why) => *self.left_out.entry(why).or_default() += 1,
        }
    }

    fn row(&mut self, channel: &Value) -> Result<String, LeftOut> {
        let channel = channel.as_object().ok_or(LeftOut::NoId)?;
        // In versions that have a `channelId`, `deviceId` is the device it belongs to.
        let (id, device) = match text(channel, &["channelId"]) {
            Some(id) => (id, text(channel, &["deviceId", "parentId"])),
            None => (
                text(channel, &["gbDeviceId", "deviceId"]).ok_or(LeftOut::NoId)?,
                text(channel, &["parentDeviceId", "gbParentId", "parentId"]),
            ),
        };
        if !is_camera(&id) {
            return Err(LeftOut::NoCamera);
        }
        CameraId::new(&id).map_err(|_| LeftOut::NoId)?;
        if self.online_only && is_offline(channel) {
            return Err(LeftOut::Offline);
        }
        if !self.known.insert(id.clone()) {
            return Err(LeftOut::Twice);
        }
        let name = text(channel, &["gbName", "name"]).unwrap_or_default();
        let url = self.url_template.map(|template| {
            template
                .replace("{channel}", &id)
                .replace("{device}", device.as_deref().unwrap_or(&id))
        });
        let mut row = String::new();
        let fields = [&id, &name, url.as_deref().unwrap_or(""), self.group.unwrap_or("")];
        for (n, field) in fields.into_iter().enumerate() {
            let _ = write!(row, "{}{}", if n == 0 { "" } else { "," }, field_of(field));
        }
        row.push('\n');
        Ok(row)
    }

    /// `, left out 3: ...`.
    fn left_out(&self) -> String {
        let rows = self
            .left_out
            .iter()
            .map(|(why, count)| format!("; left out {count} {}", why.words()));
        rows.collect()
    }
}

/// The first of these keys that holds text or a number.
fn text(channel: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| match channel.get(*key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Digits 11 to 13 of a 20-digit id say what it is; other ids say nothing.
fn is_camera(id: &str) -> bool {
    let coded = id.len() == 20 && id.bytes().all(|b| b.is_ascii_digit());
    !coded || matches!(&id[10..13], "131" | "132")
}

/// `status` is `ON` or `OFF`, in older versions a flag or 0; `online` a flag.
fn is_offline(channel: &Map<String, Value>) -> bool {
    ["status", "gbStatus", "online"]
        .iter()
        .any(|key| match channel.get(*key) {
            Some(Value::String(word)) => word.eq_ignore_ascii_case("off"),
            Some(Value::Bool(on)) => !on,
            Some(Value::Number(number)) => number.as_i64() == Some(0),
            _ => false,
        })
}

/// One CSV field (RFC 4180 2): one line, quoted where it has to be.
fn field_of(text: &str) -> String {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_CHARS_MAX.max(url_chars(text)))
        .collect();
    if clean.contains([',', '"', ';', '\t', '#']) {
        format!("\"{}\"", clean.replace('"', "\"\""))
    } else {
        clean
    }
}

/// URLs are not shortened: one that is too long is refused by the configuration, by name.
fn url_chars(text: &str) -> usize {
    if text.starts_with("rtsp://") {
        text.len()
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str, online_only: bool) -> (String, BTreeMap<LeftOut, usize>) {
        let mut list = List::new(
            Some("rtsp://gateway:554/rtp/{device}_{channel}"),
            Some("north"),
            online_only,
        );
        for answer in Deserializer::from_str(text).into_iter::<Value>() {
            for channel in channels_of(&answer.expect("JSON")).expect("channels") {
                list.take(channel);
            }
        }
        (list.text, list.left_out)
    }

    #[test]
    fn channels_are_cameras_whatever_the_version_calls_them() {
        // A page of a device's channels (2.6), one of the common list (2.7), a bare list.
        let pages = r#"
            {"code":0,"msg":"ok","data":{"total":3,"list":[
                {"channelId":"34020000001320000001","deviceId":"34020000001110000001","name":"东门, 北","status":"ON"},
                {"channelId":"34020000002160000001","deviceId":"34020000001110000001","name":"a folder","status":"ON"},
                {"channelId":"34020000001320000002","deviceId":"34020000001110000001","name":"x\ny","status":"OFF"}]}}
            {"code":0,"data":{"list":[
                {"gbId":7,"gbDeviceId":"34020000001310000009","gbName":"桥 \"1\"","gbParentId":"34020000002000000001","gbStatus":"ON"},
                {"gbDeviceId":"34020000001320000001","gbName":"again"}, {"gbName":"nameless"}, 5]}}
            [{"deviceId":"gate-2","name":""}]"#;
        let (text, left_out) = list(pages, false);
        assert_eq!(
            text,
            "id,name,url,group\n\
             34020000001320000001,\"东门, 北\",rtsp://gateway:554/rtp/34020000001110000001_34020000001320000001,north\n\
             34020000001320000002,xy,rtsp://gateway:554/rtp/34020000001110000001_34020000001320000002,north\n\
             34020000001310000009,\"桥 \"\"1\"\"\",rtsp://gateway:554/rtp/34020000002000000001_34020000001310000009,north\n\
             gate-2,,rtsp://gateway:554/rtp/gate-2_gate-2,north\n"
        );
        let want = [(LeftOut::NoCamera, 1), (LeftOut::NoId, 2), (LeftOut::Twice, 1)];
        assert_eq!(left_out, BTreeMap::from(want));
        assert_eq!(list(pages, true).1.get(&LeftOut::Offline), Some(&1));
    }

    #[test]
    fn what_is_no_list_says_what_the_platform_said() {
        let rows = [
            (
                r#"{"code":401,"msg":"please log in","data":null}"#,
                "please log in",
            ),
            ("{}", "no list of channels"),
        ];
        for (text, want) in rows {
            let answer: Value = serde_json::from_str(text).expect("JSON");
            let problem = channels_of(&answer).expect_err("no channels");
            assert!(problem.contains(want), "{problem}");
        }
    }
}
