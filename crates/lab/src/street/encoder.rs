//! Pictures into an MP4 file by the program `ffmpeg`, as a surveillance camera would send them: no B pictures,
//! closed groups of fixed length, one thread and bit-exact settings, so that one build of FFmpeg makes the same bytes.
//!
//! Not for: decoding, which is `curbwatch-decode`'s. Input: rendered pictures over a pipe.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde::Deserialize;

use crate::Error;

/// Most of FFmpeg's complaints that a message repeats, in bytes.
const COMPLAINT_BYTES_MAX: u64 = 2000;

/// What a clip is encoded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// H.264, by libx264.
    H264,
    /// H.265, by libx265.
    H265,
}

impl Codec {
    fn encoder(self) -> &'static str {
        match self {
            Self::H264 => "libx264",
            Self::H265 => "libx265",
        }
    }
}

/// What to encode and how.
#[derive(Debug, Clone)]
pub(super) struct EncoderOptions {
    pub(super) ffmpeg: PathBuf,
    pub(super) out: PathBuf,
    pub(super) codec: Codec,
    /// Pixels across and down.
    pub(super) size: (usize, usize),
    pub(super) per_sec: f32,
    /// Pictures from keyframe to keyframe.
    pub(super) keyframe_every: u32,
    pub(super) crf: u8,
}

/// A running `ffmpeg` that takes pictures.
#[derive(Debug)]
pub(super) struct Encoder {
    child: Child,
    pipe: Option<ChildStdin>,
    part: PathBuf,
    out: PathBuf,
}

impl Encoder {
    /// Starts it; see [`offers`] first.
    pub(super) fn start(options: &EncoderOptions) -> Result<Self, Error> {
        let part = options.out.with_extension("mp4.part");
        let mut command = Command::new(&options.ffmpeg);
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]);
        command.args(["-f", "rawvideo", "-pix_fmt", "rgb24"]);
        command.args(["-video_size", &format!("{}x{}", options.size.0, options.size.1)]);
        command.args(["-framerate", &options.per_sec.to_string(), "-i", "pipe:0"]);
        let colours = "scale=out_color_matrix=bt709:out_range=tv:flags=bitexact+accurate_rnd+full_chroma_int";
        command.args(["-vf", colours, "-pix_fmt", "yuv420p"]);
        command.args([
            "-colorspace",
            "bt709",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
        ]);
        let (every, crf) = (options.keyframe_every.to_string(), options.crf.to_string());
        command.args(["-c:v", options.codec.encoder(), "-preset", "medium", "-crf", &crf]);
        command.args(["-g", &every, "-bf", "0", "-threads", "1"]);
        match options.codec {
            Codec::H264 => {
                command.args(["-profile:v", "main", "-keyint_min", &every, "-sc_threshold", "0"]);
            }
            Codec::H265 => {
                let own = format!(
                    "pools=none:frame-threads=1:keyint={every}:min-keyint={every}:scenecut=0:bframes=0:open-gop=0:log-level=error"
                );
                command.args(["-x265-params", &own, "-tag:v", "hvc1"]);
            }
        }
        command.args([
            "-flags:v",
            "+bitexact",
            "-fflags",
            "+bitexact",
            "-map_metadata",
            "-1",
        ]);
        command.args(["-movflags", "+faststart", "-f", "mp4"]);
        command
            .arg(&part)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|source| missing(&options.ffmpeg, &source))?;
        let pipe = child.stdin.take();
        Ok(Self {
            child,
            pipe,
            part,
            out: options.out.clone(),
        })
    }

    /// Hands a picture over: red, green, blue, row by row.
    pub(super) fn write(&mut self, rgb: &[u8]) -> Result<(), Error> {
        let written = self.pipe.as_mut().map(|pipe| pipe.write_all(rgb));
        match written {
            Some(Ok(())) => Ok(()),
            _ => Err(self.failed()),
        }
    }

    /// Waits until the file is whole and gives it its name.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.pipe = None;
        let done = self.child.wait().is_ok_and(|status| status.success());
        if !done {
            return Err(self.failed());
        }
        std::fs::rename(&self.part, &self.out).map_err(|source| Error::File {
            path: self.out.clone(),
            source,
        })
    }

    fn failed(&mut self) -> Error {
        self.pipe = None;
        let mut words = String::new();
        if let Some(said) = self.child.stderr.take() {
            let _ = said.take(COMPLAINT_BYTES_MAX).read_to_string(&mut words);
        }
        Error::Encoder(format!(
            "ffmpeg could not encode {}: {}",
            self.out.display(),
            words.trim()
        ))
    }
}

impl Drop for Encoder {
    /// What was not finished leaves nothing behind.
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.part);
    }
}

/// Refuses a missing program or encoder, before anything is rendered for it.
pub(super) fn offers(ffmpeg: &Path, codec: Codec) -> Result<(), Error> {
    let asked = Command::new(ffmpeg)
        .args(["-hide_banner", "-encoders"])
        .stdin(Stdio::null())
        .output();
    let answer = asked.map_err(|source| missing(ffmpeg, &source))?;
    let name = codec.encoder();
    let listed = String::from_utf8_lossy(&answer.stdout);
    if listed
        .lines()
        .any(|line| line.split_whitespace().nth(1) == Some(name))
    {
        return Ok(());
    }
    let other = match codec {
        Codec::H264 => "h265",
        Codec::H265 => "h264",
    };
    Err(Error::Encoder(format!(
        "{} has no encoder {name}; install an FFmpeg built with it (Debian's package `ffmpeg` is), or choose `--codec {other}`",
        ffmpeg.display()
    )))
}

fn missing(ffmpeg: &Path, source: &std::io::Error) -> Error {
    Error::Encoder(format!(
        "cannot run `{}`: {source}; clips are encoded by FFmpeg: install it (Debian: `apt install ffmpeg`), or name it by `--ffmpeg PATH`",
        ffmpeg.display()
    ))
}
