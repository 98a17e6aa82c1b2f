package io.parley.bench;

import io.parley.api.operations.Cursor;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.IntFunction;

/** Sign-in, and lists and searches of users. */
final class ScaleUsers {
  private final ScaleOperations to;

  ScaleUsers(ScaleOperations to) {
    this.to = to;
  }

  void add() {
    to.add(
        "sign-in",
        "50 → 2 800–3 900",
        "access_token",
        n -> HttpText.send("POST", "/api/auth/token", "", grant(to.node.withPassword(n))));
    to.add(
        "first Basic",
        "50 → 2 800–3 900",
        "username",
        // those that sign in above come last
        n -> HttpText.get("/api/users/me", basic(to.node.withPassword(200 + n % 550))));
    users("a rare name", "3 → 4 000", n -> to.node.handle(n).substring(2));
    users("a name that a fifth has", "", n -> "maria");
    users("a family name that one in 27 has", "", n -> "keller");
    users("a part of a common name", "", n -> "aria");
    users("part of every third address", "", n -> "studio");
    users("what nobody is called", "3 → 4 000", n -> "zzzq");
    users("two letters", "", n -> "ma");
    String deep = new Cursor("users  ", List.of("victor")).text();
    to.get("users, first page", "3 → 95", n -> "/api/users", to.node::user);
    to.get("users, deep page", "2 → 258", n -> "/api/users?cursor=" + deep, to.node::user);
    to.add("sign-up with a taken name", "46 → 243", "\"id\"", n -> signUp(n));
    IntFunction<String> user = n -> "/api/users/" + to.node.userId(n + 1);
    String[] searched = {"zzzq", "maria", "keller", "aria"};
    Traffic searches =
        new RequestCycle(
            ScaleOperations.DATA,
            n ->
                HttpText.get(
                    "/api/users?search=" + searched[n % searched.length], to.node.user(n)));
    to.add(
        to.operation(
                "a read beside four user searches",
                "3 → 7 100, 503",
                "\"id\"",
                n -> HttpText.get(user.apply(n), to.node.user(n)))
            .besideFour(searches));
  }

  private static String basic(String handle) {
    String both = handle + ":" + GatewayServer.PASSWORD;
    return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  private static String grant(String handle) {
    return new JsonObject()
        .put("grant_type", "password")
        .put("username", handle)
        .put("password", GatewayServer.PASSWORD)
        .encode();
  }

  private String signUp(int number) {
    JsonObject account =
        new JsonObject()
            .put("name", "Maria")
            .put("email", "maria" + to.run + "-" + number + "@example.org")
            .put("password", GatewayServer.PASSWORD);
    return HttpText.send("POST", "/api/users", "", account.encode());
  }

  private void users(String what, String before, IntFunction<String> text) {
    to.get(
        "users?search= " + what,
        before,
        n -> "/api/users?search=" + ScaleOperations.encoded(text.apply(n)),
        to.node::user);
  }
}
