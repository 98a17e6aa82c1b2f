package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.flow.Outage;
import io.parley.settings.InvalidSettings;
import io.parley.store.embedded.EmbeddedPostgres;
import io.parley.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

@Tag("integration")
class DatabaseAddressTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgresql://ann:pw@localhost:5433/parley | localhost | 5433 | parley | ann | pw",
        "postgres://ann:pw@db/parley | db | 5432 | parley | ann | pw",
        "postgresql://ann:pw@my_db-1.example:1/parley | my_db-1.example | 1 | parley | ann | pw",
        "postgresql://ann:p%40w%2F%25+x@db/parley | db | 5432 | parley | ann | p@w/%+x",
        "postgresql://ann:p@w:#/x?y@db/parley | db | 5432 | parley | ann | p@w:#/x?y",
        "postgresql://a%40b:%C3%BC@[::1]:5432/a%20b | ::1 | 5432 | a b | a@b | ü",
      })
  void parsesCommonUrls(
      String url, String host, int port, String database, String user, String password) {
    assertThat(DatabaseAddress.of(url))
        .isEqualTo(new DatabaseAddress(host, port, database, user, password, "disable", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "mysql://ann:hush@db/parley",
        "jdbc:postgresql://ann:hush@db/parley",
        "postgresql://db/parley",
        "postgresql://:hush@db/parley",
        "postgresql://ann:hush@db",
        "postgresql://ann:hush@db/",
        "postgresql://ann:hush@db:port/parley",
        "postgresql://ann:hush@db:0/parley",
        "postgresql://ann:hush@db:65536/parley",
        "postgresql://ann:hush%zz@db/parley",
        "postgresql://ann:hush@db/parley?sslmode=maybe",
        "postgresql://ann:hush@db/parley?sslmode",
        "postgresql://ann:hush@db/parley?verify=1",
        "postgresql://ann:hush@db/parley?sslmode=verify-full",
      })
  void refusesTheRestWithoutTellingThePassword(String url) {
    assertThatThrownBy(() -> DatabaseAddress.of(url))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("database.url")
        .message()
        .doesNotContain("hush");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://ann:pw@db/parley",
        "postgresql://ann:pw@db/parley?sslmode=prefer",
        "postgresql://ann:pw@128.0.0.1/parley"
      })
  void whereTlsIsRequiredARemoteDatabaseIsRefusedUnlessItsUrlInsistsOnIt(String url) {
    assertThatThrownBy(() -> DatabaseChecks.prepare(DatabaseAddress.of(url), true))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("PARLEY_DATABASE_TLS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://ann:pw@127.0.0.1:1/parley",
        "postgresql://ann:pw@localhost:1/parley?sslmode=prefer"
      })
  void whereTlsIsRequiredOthersAreTried(String url) {
    assertThatThrownBy(() -> DatabaseChecks.prepare(DatabaseAddress.of(url), true))
        .isInstanceOf(Outage.class);
  }

  @Test
  void neverShowsThePassword() {
    assertThat(DatabaseAddress.of("postgresql://ann:hush@db/parley").toString())
        .isEqualTo("ann@db:5432/parley");
  }

  /** The url with another ending. */
  private static DatabaseAddress of(String url, String query) {
    return DatabaseAddress.of(url.replace("127.0.0.1", "localhost") + query);
  }

  private static void speaks(Vertx vertx, DatabaseAddress address) throws Exception {
    try (Connection connection = Migrations.connect(address);
        Statement statement = connection.createStatement()) {
      statement.execute("select 1");
    }
    String encrypted =
        PgConnection.connect(vertx, address.forVertx())
            .compose(
                connection ->
                    connection
                        .query("select ssl::text from pg_stat_ssl where pid = pg_backend_pid()")
                        .execute()
                        .eventually(connection::close))
            .map(rows -> rows.iterator().next().getString(0))
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    assertThat(encrypted).isEqualTo("true");
  }

  @Test
  void connectionsAreEncryptedAndTheServerVerified(@TempDir Path folder) throws Exception {
    Path certificate = folder.resolve("server.crt");
    Path other = folder.resolve("other.crt");
    certify(certificate, folder.resolve("server.key"));
    certify(other, folder.resolve("other.key"));
    Vertx vertx = Vertx.vertx();
    try (EmbeddedPostgres server = EmbeddedPostgres.start(folder.resolve("data"))) {
      String url = server.superuserUrl();
      try (Connection connection = Migrations.connect(DatabaseAddress.of(url));
          Statement statement = connection.createStatement()) {
        statement.execute("alter system set ssl_cert_file = '" + certificate + "'");
        statement.execute("alter system set ssl_key_file = '" + folder.resolve("server.key") + "'");
        statement.execute("alter system set ssl = on");
        statement.execute("select pg_reload_conf()");
      }
      speaks(vertx, of(url, "?sslmode=prefer"));
      speaks(vertx, of(url, "?sslmode=require"));
      speaks(vertx, of(url, "?sslmode=verify-ca&sslrootcert=" + certificate));
      speaks(vertx, of(url, "?sslmode=verify-full&sslrootcert=" + certificate));
      DatabaseAddress stranger = of(url, "?sslmode=verify-full&sslrootcert=" + other);
      assertThatThrownBy(() -> speaks(vertx, stranger)).isInstanceOf(Exception.class);
      assertThatThrownBy(
              () ->
                  PgConnection.connect(vertx, stranger.forVertx())
                      .toCompletionStage()
                      .toCompletableFuture()
                      .get(10, TimeUnit.SECONDS))
          .hasStackTraceContaining("SSL handshake failed");
    } finally {
      Await.result(vertx.close());
    }
  }

  private static void certify(Path certificate, Path key) throws Exception {
    Process openssl;
    try {
      openssl =
          new ProcessBuilder(
                  "openssl",
                  "req",
                  "-x509",
                  "-newkey",
                  "rsa:2048",
                  "-nodes",
                  "-days",
                  "2",
                  "-subj",
                  "/CN=localhost",
                  "-addext",
                  "subjectAltName=DNS:localhost",
                  "-keyout",
                  key.toString(),
                  "-out",
                  certificate.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException none) {
      throw new TestAbortedException("needs openssl", none);
    }
    assertThat(openssl.waitFor(30, TimeUnit.SECONDS)).isTrue();
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
  }
}
