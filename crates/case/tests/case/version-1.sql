-- A case store as version 1 of the schema has it: `old` open and waiting for one sink, `done` over.
CREATE TABLE cases (
    case_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    class TEXT NOT NULL,
    camera TEXT NOT NULL,
    view TEXT NOT NULL,
    zone TEXT NOT NULL,
    x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL,
    first_seen_ms INTEGER NOT NULL, first_seen_uncertainty_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL, last_seen_uncertainty_ms INTEGER NOT NULL,
    decided_ms INTEGER NOT NULL,
    present_looks INTEGER NOT NULL,
    best_score REAL NOT NULL,
    stationary_secs INTEGER NOT NULL,
    dwell_secs INTEGER NOT NULL,
    min_score REAL NOT NULL,
    present_looks_min INTEGER NOT NULL,
    model TEXT NOT NULL,
    appearance BLOB,
    supersedes TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_open ON cases (camera, first_seen_ms) WHERE state IN ('opened', 'still');
CREATE INDEX cases_newest ON cases (decided_ms);

CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id TEXT NOT NULL REFERENCES cases (case_id),
    change TEXT NOT NULL,
    decided_ms INTEGER NOT NULL,
    emitted_ms INTEGER NOT NULL,
    event_id TEXT NOT NULL UNIQUE,
    evidence TEXT,
    row_json TEXT NOT NULL,
    event_json TEXT NOT NULL,
    UNIQUE (case_id, change, decided_ms)
) STRICT;
CREATE INDEX changes_evidence ON changes (evidence) WHERE evidence IS NOT NULL;

CREATE TABLE outbox (
    sink TEXT NOT NULL,
    seq INTEGER NOT NULL REFERENCES changes (seq),
    state TEXT NOT NULL CHECK (state IN ('pending', 'parked', 'delivered')),
    attempts INTEGER NOT NULL DEFAULT 0,
    refusals INTEGER NOT NULL DEFAULT 0,
    next_due_ms INTEGER NOT NULL DEFAULT 0,
    delivered_ms INTEGER,
    problem TEXT,
    PRIMARY KEY (sink, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_pending ON outbox (sink, seq) WHERE state = 'pending';
CREATE INDEX outbox_parked ON outbox (sink, seq) WHERE state = 'parked';

CREATE TABLE sinks (
    sink TEXT PRIMARY KEY,
    delivered INTEGER NOT NULL DEFAULT 0,
    path TEXT,
    bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1129464407;
PRAGMA user_version = 1;

INSERT INTO cases VALUES
    ('old', 'opened', 'illegal_motor_parking', '04254', 'base', 'kerb-1', 0.1, 0.2, 0.3, 0.4,
     1489053735215, 250, 1489054035215, 1489054135215, 250, 1489054135215, 3, 0.75, 20, 300, 0.25, 2,
     'nanodet-plus@0159ce94071a', NULL, NULL),
    ('done', 'closed', 'illegal_motor_parking', '04254', 'base', 'kerb-1', 0.1, 0.2, 0.3, 0.4,
     1489053735215, 250, 1489054035215, 1489054135215, 250, 1489054235215, 3, 0.75, 20, 300, 0.25, 2,
     'nanodet-plus@0159ce94071a', NULL, NULL);
INSERT INTO changes (seq, case_id, change, decided_ms, emitted_ms, event_id, evidence, row_json, event_json) VALUES
    (1, 'old', 'opened', 1489054135215, 1489054135255, 'old.opened.1489054135215', NULL,
     '{"case_id":"old","camera":"04254","zone":"kerb-1","class":"illegal_motor_parking","state":"opened","box":[0.1,0.2,0.3,0.4],"first_seen_ms":1489053735215,"due_ms":1489054035215,"emitted_ms":1489054135255,"last_seen_ms":1489054135215,"view":"base","decided_ms":1489054135215,"present_looks":3,"best_score":0.75,"dwell_secs":300,"model":"nanodet-plus@0159ce94071a","supersedes":null,"event_id":"old.opened.1489054135215"}',
     '{}'),
    (2, 'done', 'closed', 1489054235215, 1489054235255, 'done.closed.1489054235215', NULL, '{}', '{}');
INSERT INTO outbox (sink, seq, state, delivered_ms) VALUES
    ('first', 1, 'delivered', 1489054140000), ('second', 1, 'pending', NULL),
    ('first', 2, 'delivered', 1489054240000), ('second', 2, 'delivered', 1489054240000);
INSERT INTO sinks (sink, delivered) VALUES ('first', 2), ('second', 1);
