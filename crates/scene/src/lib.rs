//! Observations to incidents: place anchors, zones, dwell; pure and deterministic.
