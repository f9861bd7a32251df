//! The safe face of FFmpeg: an open decoder, a coded packet, a decoded frame.
//!
//! For: owning FFmpeg's objects, setting a decoder up so that it is bounded and honest, and giving
//! out the samples of a frame as slices.
//! Not for: judging what came out (decoder, stream), reading samples as pictures (fill).
//! Input: bytes chosen by `coded`. All `unsafe` of the workspace is in this file.
//!
//! # Undecoded blocks
//! FFmpeg's H.265 decoder returns a picture, and no error, when slices are missing or end early
//! (`docs/adr/0021`). So every 16x16 block of a fresh luma plane is marked with eight odd bytes, and
//! a frame that still shows a mark was not decoded there ([`Frame::has_undecoded_block`]).

use std::ffi::{CStr, c_char, c_int};
use std::fmt;
use std::io;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Once;

use curbwatch_types::Codec;
use ffmpeg_the_third::ffi;

use crate::{Error, Options};

/// Side of the blocks that are marked: the smallest coding tree block of H.265 and the macroblock.
const BLOCK: usize = 16;
/// Where in a block the mark lies: away from the edges that deblocking its neighbours may change.
const MARK_AT: (usize, usize) = (4, 8);
/// Not a texture: no picture brings these samples side by side but by an accident of 2^-64.
const MARK: [u8; 8] = [0x9e, 0x01, 0xf3, 0x6a, 0x15, 0xe8, 0x2b, 0xc7];

/// A code from FFmpeg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(c_int);

impl Code {
    /// Not of the stream's making: memory.
    pub(crate) fn is_machine(self) -> bool {
        self.kind() == io::ErrorKind::OutOfMemory
    }

    /// FFmpeg's codes for system errors are negative errno.
    fn kind(self) -> io::ErrorKind {
        io::Error::from_raw_os_error(self.0.saturating_neg()).kind()
    }

    pub(crate) fn failed(self, what: &'static str) -> Error {
        Error::Library {
            what,
            text: self.to_string(),
        }
    }
}

fn no_memory(what: &'static str) -> Error {
    Error::Library {
        what,
        text: "out of memory".to_owned(),
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text: [c_char; 128] = [0; 128];
        // SAFETY: `text` is writable and as long as said; FFmpeg terminates what it writes.
        let rc = unsafe { ffi::av_strerror(self.0, text.as_mut_ptr(), text.len() - 1) };
        if rc < 0 {
            return write!(f, "code {}", self.0);
        }
        // SAFETY: the last byte of `text` is 0 in any case.
        let text = unsafe { CStr::from_ptr(text.as_ptr()) };
        f.write_str(&text.to_string_lossy())
    }
}

/// What [`Context::receive`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    /// A frame.
    Frame,
    /// Nothing until more is sent.
    Hungry,
    /// Everything sent has come out.
    Ended,
}

/// What FFmpeg's callbacks of one context share with it.
#[derive(Debug)]
struct Shared {
    width_max: usize,
    height_max: usize,
    refused: Option<(usize, usize)>,
}

/// An open decoder, of one thread, reading nothing but what is sent.
#[derive(Debug)]
pub(crate) struct Context {
    raw: NonNull<ffi::AVCodecContext>,
    /// Lent to FFmpeg as `opaque`; freed after the context.
    shared: NonNull<Shared>,
}

// SAFETY: a codec context may be used from any thread, by one at a time; it is not shared (`&mut`).
unsafe impl Send for Context {}

impl Context {
    pub(crate) fn open(codec: Codec, options: &Options) -> Result<Self, Error> {
        be_quiet();
        let id = match codec {
            Codec::H264 => ffi::AVCodecID::H264,
            Codec::H265 => ffi::AVCodecID::HEVC,
            Codec::Mpeg4 => ffi::AVCodecID::MPEG4,
        };
        let missing = |what| Error::Library {
            what,
            text: codec.name().to_owned(),
        };
        // SAFETY: takes any id, gives a static codec or null.
        let decoder = unsafe { ffi::avcodec_find_decoder(id) };
        if decoder.is_null() {
            return Err(missing("this FFmpeg has no decoder"));
        }
        // SAFETY: `decoder` is a codec; null comes back when memory is out.
        let raw = unsafe { ffi::avcodec_alloc_context3(decoder) };
        let raw = NonNull::new(raw).ok_or_else(|| missing("allocate a context"))?;
        let shared = Box::new(Shared {
            width_max: options.width_max,
            height_max: options.height_max,
            refused: None,
        });
        let mut context = Self {
            raw,
            shared: NonNull::from(Box::leak(shared)),
        };
        context.set_up(codec);
        // SAFETY: context and codec belong together; no options are given.
        let rc = unsafe { ffi::avcodec_open2(raw.as_ptr(), decoder, ptr::null_mut()) };
        if rc < 0 {
            Err(Code(rc).failed("open a decoder"))
        } else {
            Ok(context)
        }
    }

    fn set_up(&mut self, codec: Codec) {
        // SAFETY: `shared` lives as long as the context and no other reference to it exists now.
        let limits = unsafe { self.shared.as_ref() };
        // MPEG-4 works in a picture with edges, 128 wider and 100 taller.
        let [width, height] = [limits.width_max, limits.height_max].map(|n| aligned(n.saturating_add(128)));
        let pixels_max = width.saturating_mul(height);
        // SAFETY: the context is ours alone and not yet open, all its fields may be set.
        let raw = unsafe { self.raw.as_mut() };
        raw.opaque = self.shared.as_ptr().cast();
        raw.get_format = Some(choose_format);
        raw.get_buffer2 = Some(give_marked_buffer);
        raw.max_pixels = i64::try_from(pixels_max).unwrap_or(i64::MAX);
        raw.thread_count = 1;
        raw.thread_type = 0;
        // Crop by ourselves: FFmpeg rounds the left edge to its alignment, the standard does not.
        raw.apply_cropping = 0;
        raw.err_recognition = ffi::AV_EF_CRCCHECK | ffi::AV_EF_BITSTREAM | ffi::AV_EF_BUFFER;
        if codec == Codec::H265 {
            // Without it the decoder passes over broken slices and says nothing.
            raw.err_recognition |= ffi::AV_EF_EXPLODE;
        }
        // Concealment stays on: that it became active is how H.264 and MPEG-4 tell of damage.
    }

    /// Sends a packet, or with `None` the end of the stream.
    pub(crate) fn send(&mut self, packet: Option<&Packet>) -> Result<(), Code> {
        let packet = packet.map_or(ptr::null(), |p| p.raw.as_ptr().cast_const());
        // SAFETY: the context is open; a packet is valid or null; FFmpeg takes its own reference.
        let rc = unsafe { ffi::avcodec_send_packet(self.raw.as_ptr(), packet) };
        if rc < 0 { Err(Code(rc)) } else { Ok(()) }
    }

    /// Takes the next frame, in place of what `frame` held.
    pub(crate) fn receive(&mut self, frame: &mut Frame) -> Result<Received, Code> {
        // SAFETY: the context is open and the frame is ours.
        let rc = unsafe { ffi::avcodec_receive_frame(self.raw.as_ptr(), frame.raw.as_ptr()) };
        match rc {
            0.. => Ok(Received::Frame),
            ffi::AVERROR_EOF => Ok(Received::Ended),
            _ if Code(rc).kind() == io::ErrorKind::WouldBlock => Ok(Received::Hungry),
            _ => Err(Code(rc)),
        }
    }

    /// Forgets all pictures and the end of the stream. Parameter sets stay.
    pub(crate) fn flush(&mut self) {
        // SAFETY: the context is open.
        unsafe { ffi::avcodec_flush_buffers(self.raw.as_ptr()) };
    }

    /// Whether H.264 pictures come out while FFmpeg does not know that all they refer to was seen: at
    /// an I picture without recovery point, or in a stream joined midway. Not so at first.
    pub(crate) fn show_unrecovered(&mut self, show: bool) {
        let flag = ffi::AV_CODEC_FLAG_OUTPUT_CORRUPT as c_int;
        // SAFETY: the context is ours and no call into FFmpeg is under way; the flag is read anew for
        // each picture.
        let raw = unsafe { self.raw.as_mut() };
        raw.flags = if show { raw.flags | flag } else { raw.flags & !flag };
    }

    /// The coded size that was refused since this was last asked.
    pub(crate) fn refused_size(&mut self) -> Option<(usize, usize)> {
        // SAFETY: FFmpeg's callbacks run inside `send` and `receive` alone, so no other reference
        // to `shared` exists now.
        unsafe { self.shared.as_mut() }.refused.take()
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let mut raw = self.raw.as_ptr();
        // SAFETY: the context is ours and is not used again.
        unsafe { ffi::avcodec_free_context(&raw mut raw) };
        // SAFETY: made by `Box::leak` in `open`; the context, which alone knew it, is gone.
        drop(unsafe { Box::from_raw(self.shared.as_ptr()) });
    }
}

/// Coded sizes are whole coding blocks, at most 64 samples wide.
fn aligned(samples: usize) -> usize {
    samples.saturating_add(63) & !63
}

/// Called by FFmpeg when a stream's size or format becomes known, before anything is allocated for it.
unsafe extern "C" fn choose_format(
    context: *mut ffi::AVCodecContext,
    offered: *const ffi::AVPixelFormat,
) -> ffi::AVPixelFormat {
    // SAFETY: FFmpeg calls with the context that `set_up` prepared.
    let known = unsafe { &*context };
    let (width, height, opaque) = (known.coded_width, known.coded_height, known.opaque);
    // SAFETY: `opaque` is the context's own `Shared`, and nobody else looks at it during a callback.
    let shared = unsafe { &mut *opaque.cast::<Shared>() };
    let (width, height) = (width.max(0) as usize, height.max(0) as usize);
    if width > aligned(shared.width_max) || height > aligned(shared.height_max) {
        shared.refused = Some((width, height));
        return ffi::AVPixelFormat::NONE;
    }
    // SAFETY: both pointers as FFmpeg gave them.
    unsafe { ffi::avcodec_default_get_format(context, offered) }
}

/// Called by FFmpeg for every frame it will decode into: the default buffer, with marks.
unsafe extern "C" fn give_marked_buffer(
    context: *mut ffi::AVCodecContext,
    frame: *mut ffi::AVFrame,
    flags: c_int,
) -> c_int {
    // SAFETY: all arguments as FFmpeg gave them.
    let rc = unsafe { ffi::avcodec_default_get_buffer2(context, frame, flags) };
    if rc >= 0 {
        // SAFETY: FFmpeg's frame, exclusively ours during the callback.
        if let Some(mut luma) = unsafe { Luma::of(frame) } {
            luma.each_mark(|mark| {
                // SAFETY: `each_mark` gives eight bytes inside the fresh, writable luma plane.
                unsafe { mark.copy_from_nonoverlapping(MARK.as_ptr(), MARK.len()) };
                true
            });
        }
    }
    rc
}

/// The luma plane of a frame as bytes.
struct Luma {
    base: *mut u8,
    stride: usize,
    width: usize,
    height: usize,
    step: usize,
}

impl Luma {
    /// # Safety
    /// `frame` is a valid frame with buffers, or without data.
    unsafe fn of(frame: *const ffi::AVFrame) -> Option<Self> {
        // SAFETY: by the caller's promise.
        let frame = unsafe { &*frame };
        let step = PixelFormat::of(frame.format)?.components[0].step;
        let (stride, width) = (usize::try_from(frame.linesize[0]).ok()?, frame.width as usize);
        let whole = !frame.data[0].is_null() && width * step <= stride;
        whole.then_some(Self {
            base: frame.data[0],
            stride,
            width,
            height: frame.height as usize,
            step,
        })
    }

    /// Calls `see` with the place of every mark until it returns false; whether it never did.
    fn each_mark(&mut self, mut see: impl FnMut(*mut u8) -> bool) -> bool {
        (0..self.height / BLOCK).all(|row| {
            (0..self.width / BLOCK).all(|column| {
                let y = row * BLOCK + MARK_AT.1;
                let x = (column * BLOCK + MARK_AT.0) * self.step;
                // SAFETY: `x + 8 <= width * step <= stride` and `y < height`.
                see(unsafe { self.base.add(y * self.stride + x) })
            })
        })
    }
}

/// A coded packet.
#[derive(Debug)]
pub(crate) struct Packet {
    raw: NonNull<ffi::AVPacket>,
}

// SAFETY: a packet is plain data with reference-counted buffers that FFmpeg counts atomically.
unsafe impl Send for Packet {}

impl Packet {
    pub(crate) fn new() -> Result<Self, Error> {
        // SAFETY: no arguments; null when memory is out.
        let raw = NonNull::new(unsafe { ffi::av_packet_alloc() });
        raw.map(|raw| Self { raw }).ok_or_else(|| no_memory("a packet"))
    }

    /// Takes fresh room for `size` bytes, padded as decoders want, and lets `write` fill it. `pts` is
    /// handed through to the frame.
    pub(crate) fn fill(&mut self, size: usize, pts: i64, write: impl FnOnce(&mut [u8])) -> Result<(), Error> {
        let too_big = |_| no_memory("fill a packet");
        let size_c = c_int::try_from(size).map_err(too_big)?;
        // SAFETY: the packet is ours.
        unsafe { ffi::av_packet_unref(self.raw.as_ptr()) };
        // SAFETY: the packet is ours and blank.
        let rc = unsafe { ffi::av_new_packet(self.raw.as_ptr(), size_c) };
        if rc < 0 {
            return Err(Code(rc).failed("fill a packet"));
        }
        // SAFETY: the packet is ours.
        let packet = unsafe { self.raw.as_mut() };
        packet.pts = pts;
        // SAFETY: allocated just now with room for `size` bytes, referred to by nobody else. The
        // bytes are uninitialised; `write_bytes` makes them valid before they become a slice.
        unsafe { packet.data.write_bytes(0, size) };
        // SAFETY: as above, now initialised.
        write(unsafe { slice::from_raw_parts_mut(packet.data, size) });
        Ok(())
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        let mut raw = self.raw.as_ptr();
        // SAFETY: the packet is ours and is not used again.
        unsafe { ffi::av_packet_free(&raw mut raw) };
    }
}

/// A decoded frame, or room for one.
#[derive(Debug)]
pub(crate) struct Frame {
    raw: NonNull<ffi::AVFrame>,
}

// SAFETY: a frame is plain data with reference-counted buffers that FFmpeg counts atomically.
unsafe impl Send for Frame {}

impl Frame {
    pub(crate) fn new() -> Result<Self, Error> {
        // SAFETY: no arguments; null when memory is out.
        let raw = NonNull::new(unsafe { ffi::av_frame_alloc() });
        raw.map(|raw| Self { raw }).ok_or_else(|| no_memory("a frame"))
    }

    fn get(&self) -> &ffi::AVFrame {
        // SAFETY: the frame is ours, and `&self` keeps it from changing.
        unsafe { self.raw.as_ref() }
    }

    /// Gives the buffers back to the decoder's pool.
    pub(crate) fn clear(&mut self) {
        // SAFETY: the frame is ours.
        unsafe { ffi::av_frame_unref(self.raw.as_ptr()) };
    }

    /// Exchanges two frames.
    pub(crate) fn swap(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.raw, &mut other.raw);
    }

    /// Coded width and height, before cropping.
    pub(crate) fn coded_size(&self) -> (usize, usize) {
        (
            self.get().width.max(0) as usize,
            self.get().height.max(0) as usize,
        )
    }

    /// Samples to leave away: left, right, top, bottom.
    pub(crate) fn crop(&self) -> [usize; 4] {
        let frame = self.get();
        [
            frame.crop_left,
            frame.crop_right,
            frame.crop_top,
            frame.crop_bottom,
        ]
    }

    pub(crate) fn pixel_format(&self) -> Option<PixelFormat> {
        PixelFormat::of(self.get().format)
    }

    pub(crate) fn range(&self) -> ffi::AVColorRange {
        self.get().color_range
    }

    pub(crate) fn matrix(&self) -> ffi::AVColorSpace {
        self.get().colorspace
    }

    /// The `pts` of the packet it was in.
    pub(crate) fn pts(&self) -> i64 {
        self.get().pts
    }

    /// Whether FFmpeg knows that slices were broken, concealed, or referred to what is missing.
    pub(crate) fn decode_error(&self) -> bool {
        self.get().decode_error_flags != 0
    }

    /// Whether some block still shows its mark: no slice ever reached it.
    pub(crate) fn has_undecoded_block(&self) -> bool {
        // SAFETY: the frame is ours and valid.
        let luma = unsafe { Luma::of(self.raw.as_ptr()) };
        luma.is_some_and(|mut luma| {
            !luma.each_mark(|mark| {
                // SAFETY: `each_mark` gives eight readable bytes, once written by us.
                (unsafe { mark.cast::<[u8; 8]>().read() }) != MARK
            })
        })
    }

    /// `rows` rows of plane `plane` and the bytes from one to the next. `None` when the frame has no
    /// such plane, or it runs bottom-up.
    pub(crate) fn plane(&self, plane: usize, rows: usize) -> Option<(&[u8], usize)> {
        let frame = self.get();
        let data = *frame.data.get(plane)?;
        let stride = usize::try_from(*frame.linesize.get(plane)?).ok()?;
        if data.is_null() || stride == 0 {
            return None;
        }
        // SAFETY: FFmpeg's planes hold at least `linesize` times the plane's rows, and `rows` is no
        // more than those (fill computes it from the frame's own size and format).
        Some((unsafe { slice::from_raw_parts(data, stride * rows) }, stride))
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let mut raw = self.raw.as_ptr();
        // SAFETY: the frame is ours and is not used again.
        unsafe { ffi::av_frame_free(&raw mut raw) };
    }
}

/// Where a component's samples lie in its plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) plane: usize,
    /// Bytes from one sample to the next.
    pub(crate) step: usize,
    /// Bytes before the first sample.
    pub(crate) offset: usize,
    /// Bits below the sample's lowest.
    pub(crate) shift: u32,
    /// Bits of the sample.
    pub(crate) depth: u32,
}

/// How a frame's samples are to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PixelFormat {
    pub(crate) name: &'static CStr,
    /// Luma alone (1), or luma and chroma (3).
    pub(crate) components: [Component; 3],
    pub(crate) component_count: usize,
    /// Chroma is halved this many times across and down.
    pub(crate) chroma_shift: (u32, u32),
    pub(crate) big_endian: bool,
    /// Plain YUV or gray in memory: no RGB, palette, hardware surface, float or packed bits.
    pub(crate) readable: bool,
}

impl PixelFormat {
    fn of(format: c_int) -> Option<Self> {
        let format = ffi::AVPixelFormat(format);
        // SAFETY: takes any value; gives a static description or null.
        let description = unsafe { ffi::av_pix_fmt_desc_get(format) };
        // SAFETY: as just said.
        let description = unsafe { description.as_ref() }?;
        // SAFETY: a description's name is a static string.
        let name = unsafe { CStr::from_ptr(description.name) };
        let components = [0, 1, 2].map(|i| {
            let c = description.comp[i];
            Component {
                plane: c.plane as usize,
                step: c.step as usize,
                offset: c.offset as usize,
                shift: c.shift as u32,
                depth: c.depth as u32,
            }
        });
        let odd = ffi::AV_PIX_FMT_FLAG_RGB
            | ffi::AV_PIX_FMT_FLAG_PAL
            | ffi::AV_PIX_FMT_FLAG_BITSTREAM
            | ffi::AV_PIX_FMT_FLAG_HWACCEL
            | ffi::AV_PIX_FMT_FLAG_BAYER
            | ffi::AV_PIX_FMT_FLAG_FLOAT;
        Some(Self {
            name,
            components,
            component_count: usize::from(description.nb_components),
            chroma_shift: (description.log2_chroma_w.into(), description.log2_chroma_h.into()),
            big_endian: description.flags & ffi::AV_PIX_FMT_FLAG_BE as u64 != 0,
            readable: description.flags & odd as u64 == 0,
        })
    }
}

/// FFmpeg prints to stderr unless told otherwise, once a broken packet and line. What it would say
/// is in the errors.
pub(crate) fn be_quiet() {
    static ONCE: Once = Once::new();
    // SAFETY: sets one integer of the library.
    ONCE.call_once(|| unsafe { ffi::av_log_set_level(ffi::AV_LOG_QUIET) });
}

/// The FFmpeg in use, for reports: its version and libavcodec's.
pub fn library() -> String {
    // SAFETY: no arguments.
    let packed = unsafe { ffi::avcodec_version() };
    // SAFETY: no arguments; gives a static string.
    let release = unsafe { ffi::av_version_info() };
    // SAFETY: as above.
    let release = unsafe { CStr::from_ptr(release) }.to_string_lossy();
    let (major, minor, micro) = (packed >> 16, packed >> 8 & 0xff, packed & 0xff);
    format!("FFmpeg {release} (libavcodec {major}.{minor}.{micro})")
}
