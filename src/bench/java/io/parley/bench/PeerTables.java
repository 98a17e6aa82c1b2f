package io.parley.bench;

/**
 * The peers' tables: only what a message needs, so that no feature slows them. Two indexes against
 * the gateway's four; no members, no checks.
 */
final class PeerTables {
  static final String DATABASE = "peer";

  private PeerTables() {}

  static void create(BenchPostgres postgres, int groups) {
    postgres.create(DATABASE);
    postgres.execute(
        DATABASE,
        """
        create table talk (id bigint primary key, last_seq bigint not null) with (fillfactor = 70);
        create table said (
          talk bigint, seq bigint, author bigint, key uuid, body text,
          at timestamptz default clock_timestamp(), primary key (talk, seq));
        create unique index on said (talk, key);
        insert into talk select g, 0 from generate_series(1, %d) g;
        """
            .formatted(groups));
    postgres.execute(DATABASE, "vacuum analyze");
  }

  /** How many messages were numbered. */
  static long numbered(BenchPostgres postgres) {
    return postgres.number(DATABASE, "select sum(last_seq)::bigint from talk");
  }
}
