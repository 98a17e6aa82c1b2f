package io.parley.api.operations;

import static io.parley.api.operations.IdentityNode.await;
import static io.parley.api.operations.IdentityNode.basic;
import static io.parley.api.operations.IdentityNode.bearer;
import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.flow.Outage;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.EnsureAccount;
import io.parley.identity.IdentityVerbs.SealedKeys;
import io.parley.identity.IdentityVerbs.SigningKeys;
import io.parley.identity.Role;
import io.parley.settings.AttemptLimits;
import io.parley.settings.AuthSettings;
import io.parley.settings.PasswordCost;
import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The operations of identity on a real database, by the real contract. */
@Tag("integration")
class IdentityOperationsTest {
  private static final String PASSWORD = "parley-demo";
  private final String url = TestDatabase.fresh();
  private IdentityNode node;

  @BeforeEach
  void open() {
    node = new IdentityNode(url);
  }

  @AfterEach
  void close() {
    node.close();
  }

  // ---- signing up

  @Test
  void ofAHundredSignUpsOfOneNameOneSucceeds() {
    List<Integer> statuses =
        statuses(
            i ->
                Map.of(
                    "name",
                    "Ann",
                    "username",
                    "ann",
                    "email",
                    "ann" + i + "@example.org",
                    "password",
                    PASSWORD));
    assertThat(statuses).filteredOn(status -> status == 201).hasSize(1);
    assertThat(statuses).filteredOn(status -> status == 409).hasSize(99);
  }

  @Test
  void ofAHundredSignUpsOfOneEmailOneSucceeds() {
    List<Integer> statuses =
        statuses(
            i ->
                Map.of(
                    "name",
                    "Ann",
                    "username",
                    "ann" + i,
                    "email",
                    i % 2 == 0 ? "ann@example.org" : "Ann@EXAMPLE.org",
                    "password",
                    PASSWORD));
    assertThat(statuses).filteredOn(status -> status == 201).hasSize(1);
    assertThat(statuses).filteredOn(status -> status == 409).hasSize(99);
  }

  @Test
  void namesakesEachGetAUsernameOfTheirOwn() {
    List<Answer> answers =
        signUps(
            30,
            i -> Map.of("name", "Bob", "email", "bob@example" + i + ".org", "password", PASSWORD));
    assertThat(answers).allMatch(answer -> answer.status() == 201);
    Set<String> usernames =
        answers.stream()
            .map(answer -> answer.body().toJsonObject().getString("username"))
            .collect(Collectors.toSet());
    assertThat(usernames).hasSize(30).contains("bob").allMatch(name -> name.startsWith("bob"));
  }

  private List<Integer> statuses(java.util.function.IntFunction<Map<String, ?>> fields) {
    return signUps(100, fields).stream().map(Answer::status).toList();
  }

  private List<Answer> signUps(int count, java.util.function.IntFunction<Map<String, ?>> fields) {
    List<Future<Answer>> all =
        IntStream.range(0, count)
            .mapToObj(i -> node.performing("createUser", Caller.nobody(), fields.apply(i)))
            .toList();
    return all.stream().map(IdentityNode::await).toList();
  }

  @Test
  void tooManyPasswordChecksAtOnceAreRefusedWithARetryTime() {
    AuthSettings tight =
        new AuthSettings(
            Duration.ofMinutes(15),
            Duration.ofDays(30),
            1,
            1,
            AttemptLimits.NONE,
            PasswordCost.STANDARD,
            true);
    try (IdentityNode small = new IdentityNode(url, tight)) {
      List<Future<Answer>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        // nobody has this name: it must cost as much as a known one, and meet the same bound
        Map<String, String> grant =
            Map.of("grant_type", "password", "username", "nobody" + i, "password", PASSWORD);
        all.add(small.performing("issueToken", Caller.nobody(), grant));
      }
      List<Answer> answers = all.stream().map(IdentityNode::await).toList();
      assertThat(answers).allMatch(answer -> answer.status() == 400 || answer.status() == 503);
      assertThat(answers)
          .filteredOn(answer -> answer.status() == 503)
          .isNotEmpty()
          .allMatch(answer -> answer.headers().containsKey("Retry-After"));
    }
  }

  @Test
  void aUsernameIsKeptInLowerCaseAndFoundInAnyCase() {
    Map<String, String> cleo =
        Map.of(
            "name", "Cleo",
            "username", "Cleo.B",
            "email", "Cleo@EXAMPLE.org",
            "password", PASSWORD);
    JsonObject user = node.perform("createUser", Caller.nobody(), cleo).body().toJsonObject();
    assertThat(user.getString("username")).isEqualTo("cleo.b");
    assertThat(user.getString("email")).isEqualTo("Cleo@example.org");
    assertThat(node.admission(basic("CLEO.b", PASSWORD))).isEqualTo(200);
    assertThat(node.admission(basic("cleo@example.ORG", PASSWORD))).isEqualTo(200);
  }

  @Test
  void anEmailWithoutPlainLettersSignsInInAnyCaseToo() {
    Map<String, String> user =
        Map.of("name", "Ann", "email", "ÄÖÉ@example.org", "password", PASSWORD);
    assertThat(node.perform("createUser", Caller.nobody(), user).status()).isEqualTo(201);
    assertThat(node.admission(basic("ÄÖÉ@example.org", PASSWORD))).isEqualTo(200);
    assertThat(node.admission(basic("äöé@EXAMPLE.org", PASSWORD))).isEqualTo(200);
  }

  // ---- finding people

  @Test
  void listsTheOthersInOrderPageByPage() {
    for (String name : List.of("cleo", "ann", "bob", "dora", "emil")) {
      node.signUp(name);
    }
    Caller cleo = node.caller(basic("cleo", PASSWORD));
    List<String> seen = new ArrayList<>();
    Map<String, Object> question = new HashMap<>(Map.of("limit", 2L));
    do {
      JsonObject page = node.perform("listUsers", cleo, question).body().toJsonObject();
      page.getJsonArray("data")
          .forEach(user -> seen.add(((JsonObject) user).getString("username")));
      question.put("cursor", page.getString("next"));
    } while (question.get("cursor") != null);
    assertThat(seen).containsExactly("ann", "bob", "dora", "emil");
  }

  @Test
  void searchesForTextAsItIs() {
    node.signUp("a_b");
    node.signUp("axb");
    Caller axb = node.caller(basic("axb", PASSWORD));
    assertThat(found(axb, "a_b")).containsExactly("a_b");
    assertThat(found(axb, "%")).isEmpty();
    assertThat(found(axb, "\\")).isEmpty();
    assertThat(found(axb, "A_B@EXAMPLE")).containsExactly("a_b");
  }

  private List<String> found(Caller caller, String search) {
    return node
        .perform("listUsers", caller, Map.of("search", search))
        .body()
        .toJsonObject()
        .getJsonArray("data")
        .stream()
        .map(user -> ((JsonObject) user).getString("username"))
        .toList();
  }

  @Test
  void aCursorOfAnotherListOrMadeByHandIsRefused() {
    node.signUp("ann");
    node.signUp("bob");
    Caller someone = node.caller(basic("bob", PASSWORD));
    node.signUp("cleo");
    String next =
        node.perform("listUsers", someone, Map.of("limit", 1L))
            .body()
            .toJsonObject()
            .getString("next");
    Answer otherList = node.perform("listUsers", someone, Map.of("cursor", next, "search", "ann"));
    assertThat(otherList.status()).isEqualTo(400);
    String plain = new String(Base64.getUrlDecoder().decode(next), StandardCharsets.UTF_8);
    byte[] withNul = (plain + "\0").getBytes(StandardCharsets.UTF_8);
    String made = Base64.getUrlEncoder().withoutPadding().encodeToString(withNul);
    assertThat(node.perform("listUsers", someone, Map.of("cursor", made)).status()).isEqualTo(400);
  }

  @Test
  void oneUserIsFoundByIdOrName() {
    JsonObject ann = node.signUp("ann");
    Caller caller = node.caller(basic("ann", PASSWORD));
    for (String ref : List.of("ann", "ANN", Long.toString(ann.getLong("id")))) {
      Answer answer = node.perform("getUser", caller, Map.of("user", ref));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body().toJsonObject()).isEqualTo(ann);
    }
    for (String ref :
        List.of("nobody", "0", "999999999", "9".repeat(64), "-1", "ann@example.org")) {
      assertThat(node.perform("getUser", caller, Map.of("user", ref)).status()).isEqualTo(404);
    }
  }

  // ---- changing the own account

  @Test
  void aNewNameIsVisibleAtOnceToItsUser() {
    node.signUp("ann");
    String credentials = bearer(node.signIn("ann", PASSWORD));
    Caller ann = node.caller(credentials);
    assertThat(node.perform("updateMe", ann, Map.of("name", " Ann B. ")).status()).isEqualTo(200);
    assertThat(node.caller(credentials).account().party().name()).isEqualTo("Ann B.");
  }

  @Test
  void aNewPasswordEndsTheOtherLoginsAndTheOldPassword() {
    node.signUp("ann");
    String other = bearer(node.signIn("ann", PASSWORD));
    String mine = bearer(node.signIn("ann", PASSWORD));
    String old = basic("ann", PASSWORD);
    assertThat(List.of(node.admission(other), node.admission(mine), node.admission(old)))
        .containsOnly(200);
    Answer changed = changePassword(node.caller(mine), PASSWORD, "another-demo");
    assertThat(changed.status()).isEqualTo(200);
    assertThat(node.admission(mine)).isEqualTo(200);
    assertThat(node.admission(other)).isEqualTo(401);
    assertThat(node.admission(old)).isEqualTo(401);
    assertThat(node.admission(basic("ann", "another-demo"))).isEqualTo(200);
  }

  @Test
  void aNewPasswordNeedsTheCurrentOne() {
    node.signUp("ann");
    Caller ann = node.caller(basic("ann", PASSWORD));
    assertThat(changePassword(ann, "not-my-password", "another-demo").status()).isEqualTo(403);
    Answer without = node.perform("updateMe", ann, Map.of("password", "another-demo"));
    assertThat(without.status()).isEqualTo(400);
    assertThat(node.admission(basic("ann", PASSWORD))).isEqualTo(200);
  }

  @Test
  void ofTwoSimultaneousPasswordChangesOneFails() {
    node.signUp("ann");
    Caller ann = node.caller(basic("ann", PASSWORD));
    List<Future<Answer>> both =
        List.of("first-new-demo", "second-new-demo").stream()
            .map(
                password ->
                    node.performing(
                        "updateMe",
                        ann,
                        Map.of("password", password, "current_password", PASSWORD)))
            .toList();
    assertThat(both.stream().map(each -> await(each).status()).toList())
        .containsExactlyInAnyOrder(200, 403);
  }

  @Test
  void aSignInThatMeetsAPasswordChangeDoesNotOutliveIt() throws Exception {
    node.signUp("ann");
    String newHash;
    Map<String, String> bob =
        Map.of("name", "Bob", "email", "bob@example.org", "password", "another-demo");
    assertThat(node.perform("createUser", Caller.nobody(), bob).status()).isEqualTo(201);
    try (Connection change = connect()) {
      newHash = one(change, "select password_hash from account where email like 'bob@%'");
      change.setAutoCommit(false);
      execute(change, "select from account where email like 'ann@%' for update");
      Future<Answer> signIn =
          node.performing(
              "issueToken",
              Caller.nobody(),
              Map.of("grant_type", "password", "username", "ann", "password", PASSWORD));
      awaitLockWaiter();
      execute(
          change, "update account set password_hash = '" + newHash + "' where email like 'ann@%'");
      change.commit();
      assertThat(await(signIn).status()).isEqualTo(400);
    }
  }

  private void awaitLockWaiter() throws Exception {
    try (Connection watch = connect()) {
      Await.until(
          "a session waits for a lock",
          () ->
              !one(
                      watch,
                      "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
                  .equals("0"));
    }
  }

  private Answer changePassword(Caller caller, String current, String wanted) {
    return node.perform(
        "updateMe", caller, Map.of("password", wanted, "current_password", current));
  }

  // ---- tokens

  @Test
  void aRefreshTokenThatWasUsedTwoRotationsAgoEndsTheLogin() {
    node.signUp("ann");
    JsonObject first = node.signIn("ann", PASSWORD);
    JsonObject second = refreshed(first).body().toJsonObject();
    JsonObject third = refreshed(second).body().toJsonObject();
    assertThat(node.admission(bearer(third))).isEqualTo(200);
    Answer again = refreshed(first);
    assertThat(again.status()).isEqualTo(400);
    assertThat(again.body().toJsonObject().getString("error")).isEqualTo("invalid_grant");
    assertThat(node.admission(bearer(third))).isEqualTo(401);
    assertThat(refreshed(third).status()).isEqualTo(400);
  }

  @Test
  void manySimultaneousRefreshesWithOneTokenGetOnePair() {
    node.signUp("ann");
    JsonObject granted = node.signIn("ann", PASSWORD);
    List<Future<Answer>> all =
        IntStream.range(0, 10).mapToObj(i -> refreshing(node, granted)).toList();
    List<Answer> answers = all.stream().map(IdentityNode::await).toList();
    assertThat(answers).allMatch(answer -> answer.status() == 200);
    assertThat(answers)
        .extracting(answer -> answer.body().toJsonObject().getString("refresh_token"))
        .containsOnly(answers.getFirst().body().toJsonObject().getString("refresh_token"));
  }

  private Answer refreshed(JsonObject granted) {
    return await(refreshing(node, granted));
  }

  private static Future<Answer> refreshing(IdentityNode node, JsonObject granted) {
    return node.performing(
        "issueToken",
        Caller.nobody(),
        Map.of("grant_type", "refresh_token", "refresh_token", granted.getString("refresh_token")));
  }

  @Test
  void tokenAnswersForbidCaching() {
    node.signUp("ann");
    Answer answer =
        node.perform(
            "issueToken",
            Caller.nobody(),
            Map.of("grant_type", "password", "username", "ann", "password", PASSWORD));
    assertThat(answer.headers()).containsEntry("Cache-Control", "no-store");
    JsonObject granted = answer.body().toJsonObject();
    assertThat(granted.getString("token_type")).isEqualTo("Bearer");
    assertThat(granted.getLong("expires_in")).isEqualTo(900);
  }

  @Test
  void tokenErrorsCarryOauthCodes() {
    node.signUp("ann");
    assertThat(oauthError(Map.of("grant_type", "password", "username", "ann", "password", "wrong")))
        .isEqualTo("invalid_grant");
    assertThat(oauthError(Map.of("grant_type", "password", "username", "ann")))
        .isEqualTo("invalid_request");
    assertThat(oauthError(Map.of("grant_type", "refresh_token"))).isEqualTo("invalid_request");
    assertThat(oauthError(Map.of("grant_type", "refresh_token", "refresh_token", "made.up.token")))
        .isEqualTo("invalid_grant");
    assertThat(oauthError(Map.of("grant_type", "client_credentials")))
        .isEqualTo("unsupported_grant_type");
  }

  private String oauthError(Map<String, ?> grant) {
    Answer answer = node.perform("issueToken", Caller.nobody(), grant);
    assertThat(answer.status()).isEqualTo(400);
    return answer.body().toJsonObject().getString("error");
  }

  @Test
  void revokingEitherTokenEndsTheLoginAndUnknownOnesAreFine() {
    node.signUp("ann");
    for (String which : List.of("access_token", "refresh_token")) {
      JsonObject granted = node.signIn("ann", PASSWORD);
      JsonObject bystander = node.signIn("ann", PASSWORD);
      assertThat(node.admission(bearer(granted))).isEqualTo(200);
      assertThat(revoke(granted.getString(which))).isEqualTo(200);
      assertThat(node.admission(bearer(granted))).isEqualTo(401);
      assertThat(refreshed(granted).status()).isEqualTo(400);
      assertThat(revoke(granted.getString(which))).isEqualTo(200);
      assertThat(node.admission(bearer(bystander))).isEqualTo(200);
    }
    for (String unknown : List.of("x", "a.b.c", "..", "ü.1.x", ".".repeat(4_000))) {
      assertThat(revoke(unknown)).isEqualTo(200);
    }
  }

  private int revoke(String token) {
    return node.perform("revokeToken", Caller.nobody(), Map.of("token", token)).status();
  }

  // ---- two nodes, one database

  @Test
  void nodesAgreeOnOneSigningKeyHoweverTheyStart() throws Exception {
    try (Connection clean = connect()) {
      execute(clean, "delete from signing_key");
    }
    List<Future<SealedKeys>> all = new ArrayList<>();
    try (IdentityNode other = new IdentityNode(url)) {
      try (Connection clean = connect()) {
        execute(clean, "delete from signing_key");
      }
      for (int i = 0; i < 8; i++) {
        IdentityNode which = i % 2 == 0 ? node : other;
        all.add(
            which.bus.request(
                IdentityVerbs.SIGNING_KEYS, new SigningKeys("key" + i, new byte[] {(byte) i})));
      }
      Set<List<String>> views = new HashSet<>();
      for (Future<SealedKeys> each : all) {
        views.add(await(each).keys().stream().map(IdentityVerbs.SealedKey::id).toList());
      }
      assertThat(views).hasSize(1);
      assertThat(views.iterator().next()).hasSize(1);
    }
  }

  @Test
  void aNodeThatWaitsForAnotherToMakeTheKeyTakesThatKey() throws Exception {
    try (Connection first = connect()) {
      first.setAutoCommit(false);
      execute(first, "delete from signing_key");
      execute(first, "select pg_advisory_xact_lock(7202604)");
      first.commit();
      execute(first, "select pg_advisory_xact_lock(7202604)");
      Future<SealedKeys> second =
          node.bus.request(IdentityVerbs.SIGNING_KEYS, new SigningKeys("second", new byte[] {2}));
      awaitLockWaiter();
      execute(first, "insert into signing_key (kid, sealed) values ('first', '\\x01')");
      first.commit();
      assertThat(await(second).keys())
          .extracting(IdentityVerbs.SealedKey::id)
          .containsExactly("first");
    }
  }

  @Test
  void aTokenOfOneNodeIsGoodOnAnotherUntilItsLoginEndsThere() {
    node.signUp("ann");
    try (IdentityNode other = new IdentityNode(url)) {
      JsonObject granted = node.signIn("ann", PASSWORD);
      String old = basic("ann", PASSWORD);
      assertThat(other.admission(bearer(granted))).isEqualTo(200);
      assertThat(other.admission(old)).isEqualTo(200);
      assertThat(revoke(granted.getString("access_token"))).isEqualTo(200);
      Caller ann = node.caller(old);
      assertThat(changePassword(ann, PASSWORD, "another-demo").status()).isEqualTo(200);
      await(other.authenticator.refresh());
      assertThat(other.admission(bearer(granted))).isEqualTo(401);
      assertThat(other.admission(old)).isEqualTo(401);
    }
  }

  @Test
  void eachChangeIsReportedOnceWhileATransactionStaysOpen() throws Exception {
    node.signUp("ann");
    try (Connection longRunning = connect()) {
      longRunning.setAutoCommit(false);
      execute(longRunning, "select pg_current_xact_id()");
      Caller ann = node.caller(basic("ann", PASSWORD));
      String cursor = changes(Optional.empty()).cursor();
      node.signUp("bob");
      assertThat(node.perform("updateMe", ann, Map.of("name", "Ann B.")).status()).isEqualTo(200);
      IdentityVerbs.Changes first = changes(Optional.of(cursor));
      // a new account is not a change: its credentials cannot be in a cache
      assertThat(first.accounts()).containsExactly(ann.account().id());
      IdentityVerbs.Changes second = changes(Optional.of(first.cursor()));
      assertThat(second.accounts()).isEmpty();
    }
  }

  @Test
  void aChangeCommittedLateIsStillReported() throws Exception {
    node.signUp("ann");
    node.signUp("bob");
    Caller bob = node.caller(basic("bob", PASSWORD));
    try (Connection late = connect()) {
      late.setAutoCommit(false);
      execute(late, "update account set changed = pg_current_xact_id() where email like 'ann@%'");
      assertThat(node.perform("updateMe", bob, Map.of("name", "Bob B.")).status()).isEqualTo(200);
      IdentityVerbs.Changes before = changes(Optional.of(changes(Optional.empty()).cursor()));
      assertThat(before.accounts()).isEmpty();
      late.commit();
      assertThat(changes(Optional.of(before.cursor())).accounts()).hasSize(1);
    }
  }

  @Test
  void aRestoredDumpDoesNotReportOldChangesAgain() throws Exception {
    node.signUp("ann");
    try (Connection restored = connect()) {
      // a dump brings the transaction numbers of the server it was taken from
      execute(restored, "update account set changed = '900000000000'::xid8");
    }
    IdentityVerbs.Changes changes = changes(Optional.of(changes(Optional.empty()).cursor()));
    assertThat(changes.accounts()).isEmpty();
  }

  private IdentityVerbs.Changes changes(Optional<String> cursor) {
    return await(
        node.bus.request(IdentityVerbs.CHANGES_SINCE, new IdentityVerbs.ChangesSince(cursor)));
  }

  // ---- required accounts

  @Test
  void aRequiredAccountIsCreatedOnce() {
    EnsureAccount admin =
        new EnsureAccount("Admin", "admin@example.org", "admin", Optional.of(PASSWORD), Role.ADMIN);
    Set<Long> ids = new HashSet<>();
    List<Future<IdentityVerbs.FoundUser>> all =
        IntStream.range(0, 6)
            .mapToObj(i -> node.bus.request(IdentityVerbs.ENSURE_ACCOUNT, admin))
            .toList();
    all.forEach(each -> ids.add(await(each).account().orElseThrow().id()));
    assertThat(ids).hasSize(1);
    assertThat(node.caller(basic("admin", PASSWORD)).account().role()).isEqualTo(Role.ADMIN);
  }

  @Test
  void aRequiredAccountThatCannotBeCreatedIsReportedAndLeavesNothingBehind() throws Exception {
    node.signUp("ann");
    EnsureAccount admin =
        new EnsureAccount("Admin", "ann@example.org", "admin", Optional.empty(), Role.ADMIN);
    Throwable failure =
        await(
            node.bus
                .request(IdentityVerbs.ENSURE_ACCOUNT, admin)
                .<Throwable>map(made -> new AssertionError("was made: " + made))
                .recover(Future::succeededFuture));
    assertThat(failure).isNotInstanceOf(Outage.class).hasMessageContaining("ann@example.org");
    try (Connection connection = connect()) {
      assertThat(one(connection, "select count(*) from party where handle = 'admin'"))
          .isEqualTo("0");
    }
  }

  private Connection connect() throws SQLException {
    java.net.URI uri = java.net.URI.create(url);
    String[] user = uri.getUserInfo().split(":", 2);
    return DriverManager.getConnection(
        "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(),
        user[0],
        user[1]);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
