package io.parley.api.operations;

import io.parley.api.auth.Access;
import io.parley.api.auth.Authenticator;
import io.parley.api.auth.Caller;
import io.parley.api.auth.CommonPasswords;
import io.parley.api.auth.Tokens;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.CreateUser;
import io.parley.identity.IdentityVerbs.EndLogin;
import io.parley.identity.IdentityVerbs.FieldTaken;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.IdentityVerbs.OpenLogin;
import io.parley.identity.IdentityVerbs.Registered;
import io.parley.identity.IdentityVerbs.RotateLogin;
import io.parley.identity.IdentityVerbs.SignedIn;
import io.parley.identity.IdentityVerbs.TooManyAttempts;
import io.parley.identity.IdentityVerbs.UpdateUser;
import io.parley.identity.IdentityVerbs.Updated;
import io.parley.identity.IdentityVerbs.WrongPassword;
import io.parley.identity.PartyKind;
import io.parley.identity.Usernames;
import io.parley.json.JsonBytes;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The operations on one's own account, on logins and on tokens. */
public final class IdentityOperations {
  private final Bus bus;
  private final Tokens tokens;
  private final Authenticator authenticator;
  private final InstantSource clock;
  private final Duration refreshLifetime;
  private final boolean signupOpen;
  private final CommonPasswords commonPasswords;

  public IdentityOperations(
      Bus bus,
      Tokens tokens,
      Authenticator authenticator,
      InstantSource clock,
      Duration refreshLifetime,
      boolean signupOpen,
      CommonPasswords commonPasswords) {
    this.bus = bus;
    this.tokens = tokens;
    this.authenticator = authenticator;
    this.clock = clock;
    this.refreshLifetime = refreshLifetime;
    this.signupOpen = signupOpen;
    this.commonPasswords = commonPasswords;
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "createUser", this::createUser,
        "getMe", (caller, input) -> Future.succeededFuture(Answer.ok(caller.account())),
        "updateMe", this::updateMe,
        "issueToken", this::issueToken,
        "revokeToken", this::revokeToken);
  }

  private Future<Answer> createUser(Caller caller, Input input) {
    if (!signupOpen && !isAdmin(caller)) {
      return Future.succeededFuture(
          Problem.forbidden("Sign-up is closed; ask an administrator for an account."));
    }
    Optional<String> username = input.optionalText("username").map(IdentityOperations::username);
    if (commonPasswords.contains(input.text("password"))) {
      return tooCommon();
    }
    CreateUser wanted =
        new CreateUser(
            input.text("name").strip(),
            input.text("email"),
            input.text("password"),
            username,
            input.optionalText("kind").map(PartyKind::of).orElse(PartyKind.PERSON),
            isAdmin(caller) ? Optional.empty() : Optional.of(input.client()));
    return bus.request(IdentityVerbs.CREATE_USER, wanted)
        .map(
            created ->
                switch (created) {
                  case Registered registered -> Answer.created(JsonBytes.of(registered.account()));
                  case FieldTaken taken ->
                      Problem.conflict("taken", "The " + taken.field() + " is taken.");
                  case TooManyAttempts tooMany -> Problem.tooManySignUps(tooMany.retryAfter());
                });
  }

  private static boolean isAdmin(Caller caller) {
    return caller.stopped(Access.ADMIN).isEmpty();
  }

  private static Future<Answer> tooCommon() {
    return Future.succeededFuture(
        Problem.rule(
            "password_too_common",
            "This password is among the most common ones, which are tried first; choose another."));
  }

  private static String username(String text) {
    return Usernames.normalised(text)
        .orElseThrow(
            () ->
                new Problem.Refused(
                    Problem.invalid("username", "must not consist of digits only or be \"me\"")));
  }

  private Future<Answer> updateMe(Caller caller, Input input) {
    Account me = caller.account();
    boolean newPassword = input.has("password");
    if (newPassword && !input.has("current_password")) {
      return Future.succeededFuture(
          Problem.invalid("current_password", "is required to change the password"));
    }
    if (newPassword && commonPasswords.contains(input.text("password"))) {
      return tooCommon();
    }
    Optional<UUID> keep = caller instanceof Caller.User user ? user.login() : Optional.empty();
    UpdateUser change =
        new UpdateUser(
            me.id(),
            input.optionalText("name").map(String::strip),
            input.optionalText("password"),
            input.optionalText("current_password"),
            keep,
            input.client());
    return bus.request(IdentityVerbs.UPDATE_USER, change)
        .map(
            changed -> {
              authenticator.forget(me.id());
              return switch (changed) {
                case Updated updated -> Answer.ok(updated.account());
                case WrongPassword wrong -> Problem.forbidden("The current password is wrong.");
                case TooManyAttempts tooMany -> Problem.tooManyPasswords(tooMany.retryAfter());
              };
            });
  }

  private Future<Answer> issueToken(Caller caller, Input input) {
    return switch (input.text("grant_type")) {
      case "password" -> signIn(input);
      case "refresh_token" -> refreshLogin(input);
      default -> noToken("unsupported_grant_type", "grant_type must be password or refresh_token.");
    };
  }

  private Future<Answer> signIn(Input input) {
    if (!input.has("username") || !input.has("password")) {
      return noToken("invalid_request", "username and password are required for this grant.");
    }
    OpenLogin wanted =
        new OpenLogin(
            input.text("username"),
            input.text("password"),
            clock.instant().plus(refreshLifetime),
            input.client());
    return bus.request(IdentityVerbs.OPEN_LOGIN, wanted)
        .compose(
            opened ->
                switch (opened) {
                  case SignedIn signedIn -> Future.succeededFuture(granted(signedIn.login()));
                  case WrongPassword wrong ->
                      noToken("invalid_grant", "The username or password is wrong.");
                  case TooManyAttempts tooMany ->
                      Future.succeededFuture(Problem.tooManyPasswords(tooMany.retryAfter()));
                });
  }

  private Future<Answer> refreshLogin(Input input) {
    if (!input.has("refresh_token")) {
      return noToken("invalid_request", "refresh_token is required for this grant.");
    }
    Optional<Tokens.Refresh> refresh = tokens.refresh(input.text("refresh_token"));
    if (refresh.isEmpty()) {
      return noToken("invalid_grant", "The refresh token is invalid.");
    }
    Tokens.Refresh token = refresh.get();
    RotateLogin wanted =
        new RotateLogin(token.login(), token.generation(), clock.instant().plus(refreshLifetime));
    return bus.request(IdentityVerbs.ROTATE_LOGIN, wanted)
        .compose(
            rotated -> {
              if (rotated.login().isPresent()) {
                return Future.succeededFuture(granted(rotated.login().get()));
              }
              authenticator.forget(token.login());
              return noToken("invalid_grant", "The login has ended; sign in again.");
            });
  }

  private Answer granted(Login login) {
    return Answer.ok(
            json -> {
              json.writeStartObject();
              json.writeStringField("access_token", tokens.access(login));
              json.writeStringField("token_type", "Bearer");
              json.writeNumberField("expires_in", tokens.lifetime().toSeconds());
              json.writeStringField("refresh_token", tokens.refresh(login));
              json.writeEndObject();
            })
        .with("Cache-Control", "no-store");
  }

  private static Future<Answer> noToken(String error, String detail) {
    return Future.succeededFuture(
        Problem.of(400, error, "Token not issued", detail).with("error", error));
  }

  private Future<Answer> revokeToken(Caller caller, Input input) {
    String token = input.text("token");
    Optional<Tokens.Refresh> refresh = tokens.refresh(token);
    if (refresh.isPresent()) {
      return end(refresh.get().login());
    }
    return tokens
        .verified(token)
        .transform(
            (access, invalid) ->
                invalid == null ? end(access.login()) : Future.succeededFuture(emptyObject()));
  }

  private Future<Answer> end(UUID login) {
    return bus.request(IdentityVerbs.END_LOGIN, new EndLogin(login))
        .map(
            ended -> {
              authenticator.forget(login);
              return emptyObject();
            });
  }

  private static Answer emptyObject() {
    return Answer.ok(
        json -> {
          json.writeStartObject();
          json.writeEndObject();
        });
  }
}
