//! Cameras and files to access units: RTSP, RTP, SDP, footage manifests.
