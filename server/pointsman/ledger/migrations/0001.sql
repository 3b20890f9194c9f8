-- The first schema. Each row is the JSON of its type; the columns beside it are what constraints,
-- look-ups and people with a SQL prompt need. `transitions` is filled from the code's own table.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE transitions (
    source TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (source, target)
) STRICT;

CREATE TABLE units (
    id TEXT PRIMARY KEY,
    chunk TEXT NOT NULL,
    status TEXT NOT NULL,
    attention TEXT,
    blocked INTEGER NOT NULL,
    json TEXT NOT NULL,
    CHECK ((status = 'NEEDS_ATTENTION') = (attention IS NOT NULL)),
    CHECK ((status = 'BLOCKED') = (blocked > 0))
) STRICT;
CREATE UNIQUE INDEX one_live_unit_a_chunk ON units (chunk)
    WHERE status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED');
CREATE TRIGGER legal_transitions_only BEFORE UPDATE OF status ON units
    WHEN old.status <> new.status AND NOT EXISTS (
        SELECT 1 FROM transitions WHERE source = old.status AND target = new.status
    )
BEGIN
    SELECT RAISE(ABORT, 'illegal transition');
END;

CREATE TABLE items (
    id TEXT PRIMARY KEY,
    unit TEXT REFERENCES units (id),
    reason TEXT NOT NULL,
    is_open INTEGER NOT NULL DEFAULT 1,
    json TEXT NOT NULL
) STRICT;

CREATE TABLE answers (
    id TEXT PRIMARY KEY REFERENCES items (id),
    unit TEXT REFERENCES units (id),
    delivery TEXT NOT NULL,
    is_open INTEGER NOT NULL DEFAULT 1,
    json TEXT NOT NULL
) STRICT;

CREATE TABLE conflicts (
    id TEXT PRIMARY KEY,
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    verdict TEXT NOT NULL,
    json TEXT NOT NULL,
    CHECK (a < b),
    UNIQUE (a, b)
) STRICT;

CREATE TABLE processes (
    id TEXT PRIMARY KEY REFERENCES units (id), pid INTEGER NOT NULL, json TEXT NOT NULL
) STRICT;

CREATE TABLE landings (
    id TEXT PRIMARY KEY REFERENCES units (id), state TEXT NOT NULL, json TEXT NOT NULL
) STRICT;

CREATE TABLE claims (id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;

CREATE TABLE settings (id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;

CREATE TABLE attempts (
    id TEXT PRIMARY KEY, unit TEXT NOT NULL REFERENCES units (id), json TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_of_a_unit ON attempts (unit);

CREATE TABLE snapshots (
    id TEXT NOT NULL, unit TEXT NOT NULL REFERENCES units (id), json TEXT NOT NULL,
    PRIMARY KEY (unit, id)
) STRICT;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit TEXT,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_a_unit ON events (unit, seq);
