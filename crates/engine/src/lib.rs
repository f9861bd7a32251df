//! The engine: sampler, bounded queues, workers, supervision, metrics, wiring.
