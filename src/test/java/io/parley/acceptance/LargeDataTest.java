package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.PlanLog;
import io.parley.testing.PlanLog.Plan;
import io.parley.testing.ScaleData;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * What the database does for each operation when there is much data: it reads no large table from
 * end to end, and no more rows than the operation is about, however many there are.
 */
@Tag("integration")
class LargeDataTest {
  private static final int ACCOUNTS = 12_000;
  private static final long LARGE_TABLE = 10_000;

  /** What an operation does, and how many rows it may read for that. */
  private record Operation(String name, long rows, Runnable call) {}

  private static TestDatabase database;
  private static TestGateway gateway;
  private static PlanLog log;
  private static String busy;
  private static String giant;
  private static String crowd;
  private static String agent;
  private static String plain;

  @BeforeAll
  static void fill() throws Exception {
    database = TestDatabase.create();
    try (Connection connection = database.connect()) {
      ScaleData.fill(connection, ACCOUNTS, (step, seconds) -> {});
    }
    database.run(PlanLog.enable(database.name()));
    gateway = new TestGateway(database.url());
    gateway.signUp("template", "person");
    database.run(
        """
        update account set password_hash = (select a.password_hash from account a join party p using (id) where p.handle = 'template')
        where id <= 101
        """);
    busy = TestGateway.basic("busy");
    giant = TestGateway.basic("giant");
    crowd = TestGateway.basic("crowd");
    agent = TestGateway.basic("agent1");
    plain = TestGateway.basic(database.one("select handle from party where id = 101"));
    List.of(busy, giant, crowd, agent, plain)
        .forEach(each -> gateway.get(each, "/api/users/me").is(200));
    log = new PlanLog(TestDatabase.log());
  }

  @AfterAll
  static void close() {
    gateway.close();
  }

  @TestFactory
  Stream<DynamicTest> operationsReadOnlyWhatTheyAreAbout() {
    Map<String, Long> sizes = new TreeMap<>();
    database
        .rows("select relname, reltuples::bigint from pg_class where relkind = 'r'")
        .forEach(row -> sizes.put(row.getFirst(), Long.parseLong(row.getLast())));
    return operations().stream()
        .map(each -> DynamicTest.dynamicTest(each.name(), () -> check(each, sizes)));
  }

  private static void check(Operation operation, Map<String, Long> sizes) {
    log.skip();
    operation.call().run();
    List<Plan> plans = log.read().stream().filter(plan -> !isBackground(plan)).toList();
    assertThat(plans).isNotEmpty();
    List<String> scans = new ArrayList<>();
    long rows = 0;
    for (Plan plan : plans) {
      rows += plan.rowsRead();
      for (String table : plan.scanned()) {
        if (sizes.getOrDefault(table, 0L) > LARGE_TABLE) {
          scans.add(table + " in " + plan.query());
        }
      }
    }
    assertThat(scans).isEmpty();
    assertThat(rows).isLessThanOrEqualTo(operation.rows());
  }

  private static boolean isBackground(Plan plan) {
    return Stream.of("tally", "texted", "item_text", "xid", "pg_snapshot", "schema_version")
        .anyMatch(plan.query()::contains);
  }

  private static List<Operation> operations() {
    String name = database.one("select handle from party where id = 4711");
    String mail = database.one("select email from account where id = 4711");
    String longGroup = "/api/conversations/2";
    return List.of(
        get("sign in by username", 40, TestGateway.basic("agent2"), "/api/users/me"),
        get(
            "sign in by email",
            40,
            TestGateway.basic(database.one("select email from account where id = 7")),
            "/api/users/me"),
        get("users", 400, plain, "/api/users"),
        get("users of a rare kind", 400, plain, "/api/users?kind=company"),
        get(
            "users by a rare part of a name",
            2_100,
            plain,
            "/api/users?search=" + name.substring(2)),
        get("users by an email address", 2_100, plain, "/api/users?search=" + mail.substring(2)),
        get("users by what nobody is called", 2_100, plain, "/api/users?search=zzzq"),
        get("users by two letters", 400, plain, "/api/users?search=ma"),
        get("users by a part of a common name", 1_500, plain, "/api/users?search=aria"),
        get("users by a name that a fifth has", 400, plain, "/api/users?search=maria"),
        post(
            "a sign-up with a taken name",
            5_000,
            "",
            "/api/users",
            new JsonObject()
                .put("name", "Maria")
                .put("email", "template@example.com")
                .put("password", TestGateway.PASSWORD)),
        get("conversations of one in many", 4_000, busy, "/api/conversations"),
        get(
            "conversations of one in many, by a common name",
            3_000,
            busy,
            "/api/conversations?search=maria"),
        get("conversations of one in many, by name", 4_000, busy, "/api/conversations?search=zzzq"),
        get("conversations of an agent", 4_000, agent, "/api/conversations"),
        get("groups of an agent", 200, agent, "/api/conversations?kind=group"),
        get(
            "conversations of an agent, by a name that nobody has",
            2_000,
            agent,
            "/api/conversations?search=zzzq"),
        get(
            "conversations of an agent, by a name that many users have",
            2_000,
            agent,
            "/api/conversations?search=maria"),
        get("conversations of the owner of the large group", 1_500, giant, "/api/conversations"),
        get("items of the large group", 1_000, giant, longGroup + "/items"),
        get("items of a crowd", 700, crowd, "/api/conversations/3/items"),
        get("members of the large group", 1_000, giant, longGroup + "/members"),
        post(
            "a message to the large group",
            400,
            giant,
            longGroup + "/messages",
            new JsonObject().put("body", "hello")),
        put("a reaction in the large group", 1_000, giant, longGroup + "/items/3/reactions/👍"),
        get("changes of the large group", 2_000, giant, longGroup + "/changes?since=1"));
  }

  private static Operation get(String name, long rows, String caller, String path) {
    return new Operation(name, rows, () -> gateway.get(caller, path).is(200));
  }

  private static Operation put(String name, long rows, String caller, String path) {
    return new Operation(
        name,
        rows,
        () -> gateway.send("PUT", caller, path.replace("👍", "%F0%9F%91%8D"), null).is(200));
  }

  private static Operation post(
      String name, long rows, String caller, String path, JsonObject body) {
    JsonObject keyed = body.copy();
    return new Operation(
        name, rows, () -> assertThat(gateway.post(caller, path, keyed).status()).isIn(201, 409));
  }
}
