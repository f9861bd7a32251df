//! Access units to YUV pictures by FFmpeg.
