//! YUV pictures to detections: model manifests, preprocessing, ONNX Runtime, output layouts.
