package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A database that accepts no writes, as a demoted primary: reads go on, writes get 503. */
@Tag("fault")
class ReadOnlyDatabaseTest {
  private final TestDatabase database = TestDatabase.create();
  private TestGateway node;
  private String ann;
  private long group;

  @BeforeEach
  void start() {
    node = new TestGateway(database.url());
    ann = node.signUp("ann", "person");
    group = node.group(ann, "team");
    node.say(ann, group, "before").is(201);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  // takes effect in new sessions
  private void setReadOnly(boolean readOnly) {
    String name = database.url().substring(database.url().lastIndexOf('/') + 1);
    try (Connection connection = database.connect()) {
      TestDatabase.run(connection, "set default_transaction_read_only = off");
      TestDatabase.run(
          connection,
          "alter database " + name + " set default_transaction_read_only = " + readOnly);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void endSessions() {
    database.run(
        "select pg_terminate_backend(pid) from pg_stat_activity"
            + " where datname = current_database() and pid <> pg_backend_pid()");
  }

  @Test
  void writesAreRefusedReadsGoOnAndItRecovers() {
    setReadOnly(true);
    endSessions();
    Await.until("the node is not ready", () -> ready().status() == 503);
    assertThat(ready().json().getString("database")).isEqualTo("read-only");
    node.say(ann, group, "during").is(503, "unavailable");
    JsonObject name = new JsonObject().put("name", "crew");
    node.send("PATCH", ann, "/api/conversations/" + group, name).is(503, "unavailable");
    node.get(ann, "/api/conversations/" + group).is(200);

    setReadOnly(false);
    Await.until("the node is ready", () -> ready().status() == 200);
    node.say(ann, group, "after").is(201);
    node.send("PATCH", ann, "/api/conversations/" + group, name).is(200);
  }

  @Test
  void theFirstWriteThatIsRefusedIsAlready503() {
    setReadOnly(true);
    // the sessions of lanes and transactions begin anew; the heartbeat has not looked yet
    endSessions();
    Await.until(
        "a write is refused or its connection is lost",
        () -> node.say(ann, group, "during").is(503).status() == 503);
    setReadOnly(false);
    Await.until("the node is ready", () -> ready().status() == 200);
  }

  private TestGateway.Reply ready() {
    return node.get("", "/health/ready");
  }
}
