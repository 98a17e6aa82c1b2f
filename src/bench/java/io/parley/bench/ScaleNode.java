package io.parley.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * A gateway on one of the worlds, and those who call it. Their logins and passwords are inserted as
 * rows.
 */
final class ScaleNode implements AutoCloseable {
  static final long BUSY = 3;
  static final long GIANT = 4;
  static final long AGENT = 5;
  static final long CROWD = 26;

  /** Ordinary users with a login, and those after them with a password; persons all of them. */
  private static final long FIRST = 101;

  static final int USERS = 50;
  private static final int WITH_PASSWORD = 750;

  private static final String PERSONS =
      """
      select string_agg(id || ':' || handle, ' ' order by id)
      from (select id, handle from party where id >= %d and kind = 'person' order by id limit %d) p
      """
          .formatted(FIRST, USERS + WITH_PASSWORD);

  private final ScaleWorld world;
  private final BenchPostgres postgres;
  private final GatewayServer server;
  private final SignedTokens tokens;
  private final List<Long> ids = new ArrayList<>();
  private final List<String> handles = new ArrayList<>();

  ScaleNode(ScaleWorld world, BenchPostgres postgres) {
    this.world = world;
    this.postgres = postgres;
    // the keys of an earlier run may be sealed under another secret
    execute("delete from signing_key");
    this.server = GatewayServer.start(postgres, world.database());
    try {
      insertCallers();
      this.tokens = SignedTokens.of(postgres, world.database());
      for (String user : one(PERSONS).split(" ", -1)) {
        String[] parts = user.split(":", 2);
        ids.add(Long.valueOf(parts[0]));
        handles.add(parts[1]);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void insertCallers() {
    execute(
        """
        insert into login (id, account, expires_at)
        select md5('scale' || id)::uuid, id, now() + interval '1 day' from account where id < %1$d + 100
        on conflict (id) do update set expires_at = excluded.expires_at;
        update account set password_hash = (select password_hash from account where email = 'admin@parley.local')
        where id between %1$d and %2$d;
        """
            .formatted(FIRST, FIRST + 899));
  }

  String token(long account) {
    return tokens.token(account, SignedTokens.login("scale" + account));
  }

  /** The token of an ordinary user, another one for each number up to fifty. */
  String user(int number) {
    return token(userId(number));
  }

  long userId(int number) {
    return ids.get(number % USERS);
  }

  /** The username of somebody who has a password. */
  String withPassword(int number) {
    return handles.get(USERS + number % WITH_PASSWORD);
  }

  /** The username of an ordinary user. */
  String handle(int number) {
    return handles.get(number % handles.size());
  }

  ScaleWorld world() {
    return world;
  }

  GatewayServer server() {
    return server;
  }

  void execute(String sql) {
    postgres.execute(world.database(), sql);
  }

  String one(String sql) {
    return postgres.one(world.database(), sql);
  }

  long number(String sql) {
    return postgres.number(world.database(), sql);
  }

  @Override
  public void close() {
    server.close();
  }
}
