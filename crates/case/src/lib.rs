//! Incidents to durable case candidates: evidence, store, outbox, sinks.
