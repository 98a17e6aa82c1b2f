package io.parley.store.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.identity.ClientAddress;
import io.parley.settings.AttemptLimits;
import io.parley.settings.DatabaseLimits;
import io.parley.settings.DatabaseSettings;
import io.parley.store.db.Database;
import io.parley.store.db.DatabaseAddress;
import io.parley.testing.GatewayExtension;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The rows that wrong passwords and sign-ins leave: how many there can be, and when they end. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class PasswordAttemptsTest {
  private static final int BATCH = 1_000;
  private static final int MAX_KNOWN = 100;
  private static TestDatabase sql;
  private static Vertx vertx;
  private static Database database;
  private static PasswordAttempts attempts;

  @BeforeAll
  static void open(TestDatabase fresh) {
    sql = fresh;
    sql.run(
        """
        insert into party (kind, handle, name) select 'person', 'p' || g, 'P' from generate_series(1, 3) g;
        insert into account (id, role) select id, 'user' from party;
        """);
    DatabaseSettings settings =
        new DatabaseSettings(
            Optional.of(sql.url()),
            Path.of("unused"),
            false,
            new DatabaseLimits(2, 2, 100, 4, 1, 2_000),
            TestDatabase.TIMEOUTS);
    vertx = Vertx.vertx();
    database = new Database(vertx, settings, DatabaseAddress.of(sql.url()), Map.of());
    attempts = new PasswordAttempts(database, new AttemptLimits(10, 100, 3, false));
  }

  @AfterAll
  static void close() {
    TestStore.get(database.close());
    TestStore.get(vertx.close());
  }

  @BeforeEach
  void empty() {
    sql.run("delete from attempt_count; delete from known_address");
  }

  @Test
  void countsThatHaveExpiredAreDeletedInBatches() {
    sql.run(
        """
        insert into attempt_count (key, attempts, since, expires_at)
          select 'name:' || g, 1, now() - interval '1 hour', now() - interval '1 minute'
          from generate_series(1, 1500) g;
        insert into attempt_count (key, attempts, since, expires_at)
          select 'account:' || g, 1, now(), now() + interval '5 minutes' from generate_series(1, 7) g;
        """);

    assertThat(TestStore.get(attempts.sweepCounts())).isEqualTo(BATCH);
    assertThat(TestStore.get(attempts.sweepCounts())).isEqualTo(500);
    assertThat(TestStore.get(attempts.sweepCounts())).isZero();
    assertThat(sql.one("select count(*) from attempt_count where key like 'account:%'"))
        .isEqualTo("7");
  }

  @Test
  void addressesThatWereNotUsedForAMonthAreDeletedInBatches() {
    sql.run(
        """
        insert into known_address (account, address, signed_in_at)
          select 1, 'old ' || g, now() - interval '31 days' from generate_series(1, 1200) g;
        insert into known_address (account, address, signed_in_at)
          select 2, 'new ' || g, now() - interval '29 days' from generate_series(1, 5) g;
        """);

    assertThat(TestStore.get(attempts.sweepAddresses())).isEqualTo(BATCH);
    assertThat(TestStore.get(attempts.sweepAddresses())).isEqualTo(200);
    assertThat(TestStore.get(attempts.sweepAddresses())).isZero();
    assertThat(sql.one("select count(*) from known_address")).isEqualTo("5");
  }

  private static void signIn(long account, String address) {
    Optional<ClientAddress> client = ClientAddress.of(address);
    assertThat(TestStore.get(attempts.settle(account, "", client, true))).isEmpty();
  }

  private static List<String> known(String where) {
    return sql.rows("select address from known_address where " + where).stream()
        .map(List::getFirst)
        .toList();
  }

  @Test
  void anAccountHasAHundredKnownAddressesAtMostThoseThatWereUsedLast() {
    sql.run(
        """
        insert into known_address (account, address, signed_in_at)
          select 1, '192.0.2.' || g, now() - g * interval '1 hour' from generate_series(1, 120) g;
        insert into known_address (account, address, signed_in_at) values (2, '192.0.2.200', now() - interval '9 days');
        """);
    signIn(1, "192.0.2.120");
    assertThat(known("account = 1")).hasSize(120);

    signIn(1, "198.51.100.1");

    assertThat(known("account = 1"))
        .hasSize(MAX_KNOWN)
        .contains("198.51.100.1", "192.0.2.1", "192.0.2.120")
        .doesNotContain("192.0.2.119", "192.0.2.100");
    assertThat(known("account = 2")).containsExactly("192.0.2.200");
  }

  @Test
  void anAddressIsWrittenOnceADayAtMost() {
    signIn(3, "192.0.2.1");
    String first = sql.one("select signed_in_at from known_address where account = 3");
    signIn(3, "192.0.2.1");
    assertThat(sql.one("select signed_in_at from known_address where account = 3"))
        .isEqualTo(first);

    sql.run("update known_address set signed_in_at = now() - interval '25 hours'");
    signIn(3, "192.0.2.1");
    assertThat(
            sql.one(
                "select signed_in_at > now() - interval '1 hour' from known_address where account = 3"))
        .isEqualTo("t");
  }
}
