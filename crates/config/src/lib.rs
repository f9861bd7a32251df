//! The configuration file: structs, schema, checks, all problems at once.
