package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.GatewayExtension;
import io.parley.testing.LogCapture;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Signing up, in and out, on two nodes that share a database. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class IdentityTest {
  private static TestGateway one;
  private static TestGateway two;

  @BeforeAll
  static void start(TestGateway first, TestGateway second) {
    one = first;
    two = second;
  }

  private static JsonObject user(String name) {
    return new JsonObject()
        .put("name", name)
        .put("email", name + "@example.org")
        .put("password", TestGateway.PASSWORD);
  }

  private static String basic(String name, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void derivesAUsernameFromTheEmailAndMakesItUnique() {
    JsonObject first =
        new JsonObject()
            .put("name", "Sam")
            .put("email", "S.am+x@One.Example")
            .put("password", TestGateway.PASSWORD);
    JsonObject second = first.copy().put("email", "s.am+x@two.example");
    JsonObject made = one.post("", "/api/users", first).is(201).json();
    assertThat(made.getString("username")).isEqualTo("s.am-x");
    assertThat(made.getString("email")).isEqualTo("S.am+x@one.example");
    assertThat(made.getString("kind")).isEqualTo("person");

    assertThat(two.post("", "/api/users", second).is(201).json().getString("username"))
        .matches("s\\.am-x[0-9]+");
    one.post("", "/api/users", first).is(409, "taken");
    one.post("", "/api/users", first.copy().put("email", "S.AM+X@ONE.EXAMPLE")).is(409, "taken");
  }

  @Test
  void oneOfAHundredParallelSignUpsWins() {
    List<CompletableFuture<Reply>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      JsonObject wanted = user("racer" + i).put("username", "Racer");
      all.add((i % 2 == 0 ? one : two).sendAsync("POST", "", "/api/users", wanted));
    }
    List<Integer> statuses = all.stream().map(CompletableFuture::join).map(Reply::status).toList();
    assertThat(statuses).containsOnly(201, 409);
    assertThat(statuses.stream().filter(status -> status == 201)).hasSize(1);
  }

  @Test
  void basicAndBearerCredentialsIdentifyTheCaller() {
    String ann = one.signUp("ida", "person");
    JsonObject me = one.get(ann, "/api/users/me").is(200).json();
    assertThat(
            two.get(basic("ida@example.org", TestGateway.PASSWORD), "/api/users/me").is(200).json())
        .isEqualTo(me);
    JsonObject token = one.token("ida");
    assertThat(token.getString("token_type")).isEqualTo("Bearer");
    assertThat(two.get("Bearer " + token.getString("access_token"), "/api/users/me").is(200).json())
        .isEqualTo(me);
    assertThat(two.get(ann, "/api/users/" + me.getLong("id")).is(200).json()).isEqualTo(me);
    assertThat(two.get(ann, "/api/users/IDA/").is(200).json()).isEqualTo(me);
    two.get(ann, "/api/users/999999999999999999999").is(404);
    two.get(ann, "/api/users/nobody-here").is(404);
  }

  @Test
  void tokenErrorsFollowOAuth() {
    for (String wrong :
        List.of(
            "",
            "grant_type=",
            "grant_type=password&username=a",
            "grant_type=password&x=1",
            "a=%")) {
      Reply reply =
          one.send(
              "POST",
              "",
              "/api/auth/token",
              wrong,
              "Content-Type",
              "application/x-www-form-urlencoded");
      assertThat(reply.is(400).json().getString("error")).isEqualTo("invalid_request");
    }
    assertThat(one.post("", "/api/auth/token", new JsonObject()).is(400).json().getString("error"))
        .isEqualTo("invalid_request");
    assertThat(one.post("", "/api/auth/revoke", new JsonObject()).is(400).json().getString("error"))
        .isEqualTo("invalid_request");
    JsonObject other = new JsonObject().put("grant_type", "magic");
    assertThat(one.post("", "/api/auth/token", other).is(400).json().getString("error"))
        .isEqualTo("unsupported_grant_type");
  }

  @Test
  void passwordsAreComparedInUnicodeNormalForm() {
    String composed = "d\u00e9j\u00e0 vu \u00c5";
    String decomposed = "de\u0301ja\u0300 vu A\u030a";
    for (String chosen : List.of(composed, decomposed)) {
      String name = "letters" + chosen.length();
      one.post("", "/api/users", user(name).put("password", chosen)).is(201);
      for (String typed : List.of(composed, decomposed)) {
        one.get(basic(name, typed), "/api/users/me").is(200);
      }
      one.get(basic(name, "deja vu A"), "/api/users/me").is(401);
    }
  }

  @Test
  void invalidCredentialsAreRefused() {
    one.signUp("eve", "person");
    String token = one.token("eve").getString("access_token");
    String[] parts = token.split("\\.", -1);
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    String none =
        encoder.encodeToString(
            "{\"alg\":\"none\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));
    List<String> unsound =
        List.of(
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer " + parts[0] + "." + parts[1] + ".",
            "Bearer " + none + "." + parts[1] + ".",
            "Bearer " + none + "." + parts[1] + "." + parts[2],
            "Bearer "
                + parts[0]
                + "."
                + encoder.encodeToString("{\"sub\":\"1\"}".getBytes(StandardCharsets.UTF_8))
                + "."
                + parts[2],
            "Bearer " + one.token("eve").getString("refresh_token"),
            "Digest x",
            "Basic",
            "Basic !!!",
            "Basic " + Base64.getEncoder().encodeToString("eve".getBytes(StandardCharsets.UTF_8)),
            "Basic " + Base64.getEncoder().encodeToString(new byte[] {(byte) 0xff, ':', 'x'}),
            basic("eve", "wrong password"),
            basic("nobody", TestGateway.PASSWORD),
            basic("", TestGateway.PASSWORD));
    for (String authorization : unsound) {
      Reply reply = one.get(authorization, "/api/users/me").is(401, "unauthorized");
      assertThat(reply.header("WWW-Authenticate")).isEqualTo("Bearer");
    }
    one.get("", "/api/users/me").is(401, "unauthorized");
  }

  private static JsonObject refresh(JsonObject pair) {
    return new JsonObject()
        .put("grant_type", "refresh_token")
        .put("refresh_token", pair.getString("refresh_token"));
  }

  @Test
  void aRefreshWhoseReplyWasLostCanBeRepeatedOnAnyNode() {
    one.signUp("lea", "person");
    JsonObject first = one.token("lea");
    JsonObject lost = one.post("", "/api/auth/token", refresh(first)).is(200).json();
    JsonObject second = two.post("", "/api/auth/token", refresh(first)).is(200).json();
    assertThat(second.getString("refresh_token")).isEqualTo(lost.getString("refresh_token"));
    two.get("Bearer " + second.getString("access_token"), "/api/users/me").is(200);
    one.post("", "/api/auth/token", refresh(second)).is(200);
  }

  @Test
  void reusingARefreshTokenAfterTheNewOneWasUsedEndsTheLogin() {
    one.signUp("rita", "person");
    JsonObject first = one.token("rita");
    JsonObject second = one.post("", "/api/auth/token", refresh(first)).is(200).json();
    JsonObject third = one.post("", "/api/auth/token", refresh(second)).is(200).json();
    String bearer = "Bearer " + third.getString("access_token");
    two.get(bearer, "/api/users/me").is(200);
    assertThat(
            two.post("", "/api/auth/token", refresh(first))
                .is(400, "invalid_grant")
                .json()
                .getString("error"))
        .isEqualTo("invalid_grant");
    two.get(bearer, "/api/users/me").is(401);
    Await.until("the other node knows", () -> one.get(bearer, "/api/users/me").status() == 401);
    two.post("", "/api/auth/token", refresh(third)).is(400, "invalid_grant");
  }

  @Test
  void signsOut() {
    one.signUp("otto", "person");
    JsonObject token = one.token("otto");
    String access = "Bearer " + token.getString("access_token");
    two.get(access, "/api/users/me").is(200);
    one.post("", "/api/auth/revoke", new JsonObject().put("token", token.getString("access_token")))
        .is(200);
    one.get(access, "/api/users/me").is(401);
    Await.until("the other node knows", () -> two.get(access, "/api/users/me").status() == 401);
    one.post("", "/api/auth/revoke", new JsonObject().put("token", "unknown")).is(200);
    one.send(
            "POST",
            "",
            "/api/auth/revoke",
            "token=unknown",
            "Content-Type",
            "application/x-www-form-urlencoded")
        .is(200);
  }

  @Test
  void aPasswordChangeInvalidatesTheOldPasswordAndOtherLogins() {
    String old = one.signUp("paul", "person");
    String other = "Bearer " + two.token("paul").getString("access_token");
    String mine = "Bearer " + one.token("paul").getString("access_token");
    one.get(old, "/api/users/me").is(200);
    two.get(other, "/api/users/me").is(200);
    JsonObject change = new JsonObject().put("password", "another password");
    one.send("PATCH", mine, "/api/users/me", change).is(400, "invalid");
    one.send("PATCH", mine, "/api/users/me", change.copy().put("current_password", "not this one"))
        .is(403);
    one.send(
            "PATCH",
            mine,
            "/api/users/me",
            change.copy().put("current_password", TestGateway.PASSWORD).put("name", "Paula"))
        .is(200);
    one.get(old, "/api/users/me").is(401);
    one.get(basic("paul", "another password"), "/api/users/me").is(200);
    assertThat(one.get(mine, "/api/users/me").is(200).json().getString("name")).isEqualTo("Paula");
    Await.until("the other node knows", () -> two.get(other, "/api/users/me").status() == 401);
    Await.until("the other node knows", () -> two.get(old, "/api/users/me").status() == 401);
  }

  @Test
  void usersAreListedByPage() {
    String me = one.signUp("page-me", "person");
    for (int i = 0; i < 7; i++) {
      one.signUp("page-" + i, i % 2 == 0 ? "person" : "company");
    }
    List<String> names = new ArrayList<>();
    String next = "";
    do {
      Reply page = two.get(me, "/api/users/?search=PAGE-&limit=3" + next).is(200);
      page.data().forEach(each -> names.add(((JsonObject) each).getString("username")));
      assertThat(page.data().size()).isLessThanOrEqualTo(3);
      next =
          page.json().getString("next") == null ? "" : "&cursor=" + page.json().getString("next");
    } while (!next.isEmpty());
    assertThat(names)
        .containsExactly("page-0", "page-1", "page-2", "page-3", "page-4", "page-5", "page-6");
    assertThat(one.get(me, "/api/users?search=page-&kind=company").data().size()).isEqualTo(3);
    assertThat(one.get(me, "/api/users?search=%25").data()).isEqualTo(new JsonArray());
    String cursor = one.get(me, "/api/users?search=page-&limit=1").json().getString("next");
    one.get(me, "/api/users?search=other&cursor=" + cursor).is(400, "invalid");
    one.get(me, "/api/users?cursor=nonsense").is(400, "invalid");
    one.get(me, "/api/users?limit=0").is(400, "invalid");
    one.get(me, "/api/users?limit=201").is(400, "invalid");
  }

  @Test
  void aSearchListsUsernamesThatBeginWithTheTextBeforeTheOthers() {
    String me = one.signUp("order-me", "person");
    for (String name : List.of("z-rank", "rank-b", "a-rank", "m-rank", "rank-a")) {
      one.signUp(name, "person");
    }
    List<String> names = new ArrayList<>();
    String next = "";
    do {
      Reply page = two.get(me, "/api/users?search=Rank&limit=1" + next).is(200);
      names.add(page.data().getJsonObject(0).getString("username"));
      next =
          page.json().getString("next") == null ? "" : "&cursor=" + page.json().getString("next");
    } while (!next.isEmpty());
    assertThat(names).containsExactly("rank-a", "rank-b", "z-rank", "a-rank", "m-rank");
    assertThat(one.get(me, "/api/users?search=rank").is(200).data())
        .extracting(each -> ((JsonObject) each).getString("username"))
        .isEqualTo(names);
  }

  @Test
  void emailAddressesOfOthersAreForAdministratorsOnly() {
    String me = one.signUp("shy-me", "person");
    one.signUp("shy", "person");
    one.post("", "/api/users", user("shy-other").put("email", "hidden@secret.example")).is(201);
    assertThat(one.get(me, "/api/users/shy").is(200).json().containsKey("email")).isFalse();
    assertThat(one.get(me, "/api/users/shy-me").is(200).json().getString("email"))
        .isEqualTo("shy-me@example.org");
    assertThat(one.get(me, "/api/users?search=shy").is(200).data())
        .hasSize(2)
        .allSatisfy(each -> assertThat(((JsonObject) each).containsKey("email")).isFalse());
    assertThat(one.get(me, "/api/users?search=secret.exam").is(200).data()).isEmpty();

    String admin = basic("admin@parley.local", TestGateway.PASSWORD);
    assertThat(one.get(admin, "/api/users/shy").is(200).json().getString("email"))
        .isEqualTo("shy@example.org");
    assertThat(one.get(admin, "/api/users?search=secret.exam").is(200).data()).hasSize(1);
  }

  @Test
  void emailAddressesAreShownToAllWhereTheSettingSaysSo() {
    try (TestGateway open =
        new TestGateway(TestDatabase.fresh(), Map.of("PARLEY_USERS_SHOW_EMAIL", "yes"))) {
      String me = open.signUp("me2", "person");
      open.signUp("shown", "person");
      assertThat(open.get(me, "/api/users/shown").is(200).json().getString("email"))
          .isEqualTo("shown@example.org");
      assertThat(open.get(me, "/api/users?search=shown@exam").is(200).data()).hasSize(1);
    }
  }

  @Test
  void anAdminPasswordThatHasNoEffectIsOneWarning() {
    String url = TestDatabase.fresh();
    try (LogCapture log = new LogCapture()) {
      try (TestGateway first = new TestGateway(url)) {
        first.get(basic("admin", TestGateway.PASSWORD), "/api/users/me").is(200);
      }
      try (TestGateway again =
          new TestGateway(url, Map.of("PARLEY_ADMIN_PASSWORD", "another password"))) {
        Await.until("it warns", () -> !log.warnings("PARLEY_ADMIN_PASSWORD").isEmpty());
        again.get(basic("admin", "another password"), "/api/users/me").is(401);
        again.get(basic("admin", TestGateway.PASSWORD), "/api/users/me").is(200);
      }
      assertThat(log.warnings("PARLEY_ADMIN_PASSWORD"))
          .singleElement()
          .satisfies(line -> assertThat(line.lines()).hasSize(1))
          .asString()
          .doesNotContain("another password");
    }
  }

  @Test
  void anAdministratorWithoutTheRoleIsAnErrorAtTheStart() {
    try (TestGateway first = new TestGateway(TestDatabase.fresh())) {
      new TestDatabase(first.databaseUrl())
          .run(
              "update account set role = 'user' where id = (select id from party where handle = 'admin')");
      try (LogCapture log = new LogCapture();
          TestGateway second = new TestGateway(first.databaseUrl())) {
        Await.until("it says so", () -> !log.warnings("does not have the role admin").isEmpty());
        // it starts all the same: everybody else needs it
        second.get("", "/health/ready").is(200);
      }
    }
  }

  @Test
  void usersWhoseUsernameBeginsWithTheTextAreFoundFirst() {
    String me = one.signUp("quince", "person");
    List.of("a-quince", "quince-b", "quince-a", "b-quince")
        .forEach(name -> one.signUp(name, "person"));
    List<String> names = new ArrayList<>();
    String next = "";
    do {
      Reply page = two.get(me, "/api/users?search=quince&limit=1" + next).is(200);
      page.data().forEach(each -> names.add(((JsonObject) each).getString("username")));
      next =
          page.json().getString("next") == null ? "" : "&cursor=" + page.json().getString("next");
    } while (!next.isEmpty());
    assertThat(names).containsExactly("quince-a", "quince-b", "a-quince", "b-quince");
  }

  @Test
  void closedSignUpIsForAdministratorsOnly() {
    try (TestGateway closed =
        new TestGateway(
            TestDatabase.fresh(), Map.of("PARLEY_SIGNUP", "closed", "PARLEY_METRICS", "admin"))) {
      closed.post("", "/api/users", user("late")).is(403, "forbidden");
      String admin = basic("admin@parley.local", TestGateway.PASSWORD);
      closed.post(admin, "/api/users", user("late")).is(201);
      closed.get("", "/metrics").is(401);
      closed.get(basic("late", TestGateway.PASSWORD), "/metrics").is(403);
      assertThat(closed.get(admin, "/metrics").is(200).body()).contains("parley_operation_seconds");
    }
  }

  @Test
  void commonPasswordsAreRefused() {
    JsonObject user =
        new JsonObject()
            .put("name", "Zoe")
            .put("email", "zoe.common@example.org")
            .put("password", "Password1");
    one.post("", "/api/users", user).is(422, "password_too_common");

    String ann = one.signUp("ann.common", "person");
    JsonObject change =
        new JsonObject().put("current_password", TestGateway.PASSWORD).put("password", "iloveyou");
    one.send("PATCH", ann, "/api/users/me", change).is(422, "password_too_common");
  }
}
