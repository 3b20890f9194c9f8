-- What was used on each day (UTC), by all units together.

CREATE TABLE days (id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
