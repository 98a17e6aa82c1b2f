package io.parley.api.operations;

import io.parley.api.auth.Authenticator;
import io.parley.api.auth.Caller;
import io.parley.api.auth.RandomSecret;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.identity.ApiKey;
import io.parley.identity.Fingerprint;
import io.parley.identity.KeyVerbs;
import io.parley.identity.KeyVerbs.CreateKey;
import io.parley.identity.KeyVerbs.EndKey;
import io.parley.identity.KeyVerbs.FindKeys;
import io.parley.identity.KeyVerbs.Keys;
import io.parley.identity.RequestKey;
import io.parley.identity.Scope;
import io.parley.json.JsonBytes;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The operations on API keys, for administrators: create, list, delete. */
public final class KeyOperations {
  private static final String LIST = "keys";

  private final Bus bus;
  private final Authenticator authenticator;
  private final SecureRandom random;

  public KeyOperations(Bus bus, Authenticator authenticator, SecureRandom random) {
    this.bus = bus;
    this.authenticator = authenticator;
    this.random = random;
  }

  public Map<String, Operation> operations() {
    return Map.of("createKey", this::create, "listKeys", this::list, "deleteKey", this::delete);
  }

  private Future<Answer> create(Caller caller, Input input) {
    String secret = RandomSecret.KEY + RandomSecret.fresh(random);
    String name = input.text("name").strip();
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    input.list("scopes").forEach(each -> scopes.add(Scope.of(String.valueOf(each))));
    Optional<RequestKey> request =
        input
            .key()
            .map(
                key -> new RequestKey(key, Fingerprint.of("key\u0000" + name + "\u0000" + scopes)));
    CreateKey wanted =
        new CreateKey(caller.party().id(), name, scopes, RandomSecret.hash(secret), request);
    return bus.request(KeyVerbs.CREATE_KEY, wanted).map(made -> answer(made, secret));
  }

  // only a hash of the secret is stored, so the answer to a repeat lacks it
  private static Answer answer(KeyVerbs.KeyCreation made, String secret) {
    return switch (made) {
      case KeyVerbs.KeyCreated fresh -> Answer.created(withSecret(fresh.key(), secret));
      case KeyVerbs.KeyReplayed again ->
          again
              .key()
              .<Answer>map(key -> Answer.replayed(JsonBytes.of(key)))
              .orElseGet(Problem::notFound);
      case KeyVerbs.RequestKeyReused reused -> Problem.keyReused();
    };
  }

  private static Buffer withSecret(ApiKey key, String secret) {
    return JsonBytes.object(
        json -> {
          key.writeFields(json);
          json.writeStringField("secret", secret);
        });
  }

  private Future<Answer> list(Caller caller, Input input) {
    OptionalLong before =
        input
            .optionalText("cursor")
            .map(text -> OptionalLong.of(Cursor.number(Cursor.read(text, LIST, 1).getFirst())))
            .orElse(OptionalLong.empty());
    return bus.request(KeyVerbs.FIND_KEYS, new FindKeys(before, (int) input.number("limit")))
        .map(found -> Answer.ok(ListEnvelope.of(found.keys(), next(found))));
  }

  private static Optional<Cursor> next(Keys found) {
    return found.more()
        ? Optional.of(new Cursor(LIST, List.of(Long.toString(found.keys().getLast().party().id()))))
        : Optional.empty();
  }

  private Future<Answer> delete(Caller caller, Input input) {
    long id = input.number("key");
    return bus.request(KeyVerbs.END_KEY, new EndKey(id))
        .map(
            done -> {
              authenticator.forget(id);
              return done.ended() ? Answer.noContent() : Problem.notFound();
            });
  }
}
