package io.parley.api.operations;

import io.parley.api.auth.Access;
import io.parley.api.auth.Authenticator;
import io.parley.api.auth.Caller;
import io.parley.api.auth.CommonPasswords;
import io.parley.api.auth.Seal;
import io.parley.api.auth.Tokens;
import io.parley.api.contract.Contract;
import io.parley.api.contract.ContractFile;
import io.parley.api.contract.Verb;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.identity.ClientAddress;
import io.parley.settings.AttemptLimits;
import io.parley.settings.AuthSettings;
import io.parley.settings.ChannelSettings;
import io.parley.settings.DatabaseLimits;
import io.parley.settings.DatabaseSettings;
import io.parley.settings.DeliverySettings;
import io.parley.settings.LimitSettings;
import io.parley.store.StoreVerticle;
import io.parley.store.insight.BackgroundJobListener;
import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** One node without edges: a store on a real database, and the operations of identity before it. */
public final class IdentityNode implements AutoCloseable {
  public static final byte[] SECRET =
      "a secret of thirty-two bytes ...".getBytes(StandardCharsets.UTF_8);
  static final AuthSettings AUTH =
      new AuthSettings(
          Duration.ofMinutes(15),
          Duration.ofDays(30),
          2,
          500,
          AttemptLimits.NONE,
          TestGateway.PASSWORD_COST,
          true);

  private static final FileLinks LINKS =
      new FileLinks(
          "http://localhost:8080",
          Seal.of(new byte[32], "links", new SecureRandom()),
          InstantSource.system());

  final Vertx vertx = Vertx.vertx();
  final Bus bus = new Bus(vertx);
  final Tokens tokens;
  final Authenticator authenticator;
  public final Operations operations;

  public IdentityNode(String url) {
    this(url, AUTH);
  }

  public IdentityNode(String url, AuthSettings auth) {
    DatabaseSettings database =
        new DatabaseSettings(
            Optional.of(url),
            Path.of("unused"),
            false,
            new DatabaseLimits(2, 2, 100, 4, 1, 2_000),
            TestDatabase.TIMEOUTS);
    SecureRandom random = new SecureRandom();
    await(
        vertx.deployVerticle(
            new StoreVerticle(
                database,
                auth,
                name -> name,
                DeliverySettings.STANDARD,
                url,
                bus,
                BackgroundJobListener.NONE)));
    tokens = await(Tokens.open(vertx, bus, SECRET, "parley", auth.tokenLifetime(), random));
    authenticator =
        new Authenticator(
            bus,
            tokens,
            Seal.of(SECRET, "credentials", random),
            InstantSource.system(),
            System::nanoTime);
    await(authenticator.refresh());
    operations = operations(vertx, bus, tokens, authenticator);
  }

  public static Operations operations(
      Vertx vertx, Bus bus, Tokens tokens, Authenticator authenticator) {
    IdentityOperations identity =
        new IdentityOperations(
            bus,
            tokens,
            authenticator,
            InstantSource.system(),
            Duration.ofDays(30),
            true,
            CommonPasswords.load());
    ChannelSettings channels = new ChannelSettings("US", Optional.empty(), Optional.empty());
    CallLimits limits = new CallLimits(LimitSettings.NONE, System::nanoTime);
    Contract contract = new Contract(ContractFile.of("http://localhost:8080").document());
    return new Operations(
        contract,
        List.of(
            identity.operations(),
            new UserOperations(bus, true).operations(),
            new KeyOperations(bus, authenticator, new SecureRandom()).operations(),
            new TicketOperations(bus, new SecureRandom()).operations(),
            new ConversationOperations(bus, channels).operations(),
            new MemberOperations(bus).operations(),
            new ChangeOperations(bus).operations(),
            new ItemOperations(bus, LINKS, new AllowedSenders(channels), limits).operations(),
            new FileOperations(bus, LINKS, InstantSource.system()).operations(),
            new InsightOperations(bus, Access.USER, InstantSource.system()).operations(),
            new ChannelOperations(vertx, bus, LINKS, channels).operations(),
            new DeliveryOperations(bus, channels, limits).operations(),
            new ReactionOperations(bus).operations(),
            new NodeOperations(bus, new UUID(0, 0)).operations(),
            new TransferOperations(bus).operations()),
        limits,
        (id, status, nanos) -> {});
  }

  public Answer perform(String operation, Caller caller, Map<String, ?> fields) {
    return await(performing(operation, caller, fields));
  }

  public Future<Answer> performing(String operation, Caller caller, Map<String, ?> fields) {
    return perform(operations, operation, caller, fields);
  }

  public static Future<Answer> perform(
      Operations operations, String operation, Caller caller, Map<String, ?> fields) {
    return perform(operations, operation, ClientAddress.LOCAL, caller, fields);
  }

  static Future<Answer> perform(
      Operations operations,
      String operation,
      ClientAddress client,
      Caller caller,
      Map<String, ?> fields) {
    Verb verb = operations.contract().verbs().get(operation);
    return operations.perform(
        new ApiRequest(
            operations.admit("test", client, verb, caller), () -> new HashMap<>(fields), null));
  }

  /** Signs up; the password is always {@code parley-demo}. */
  public JsonObject signUp(String username) {
    Answer answer =
        perform(
            "createUser",
            Caller.nobody(),
            Map.of(
                "name",
                username,
                "username",
                username,
                "email",
                username + "@example.org",
                "password",
                "parley-demo"));
    if (answer.status() != 201) {
      throw new AssertionError("cannot sign up: " + answer.body());
    }
    return answer.body().toJsonObject();
  }

  public JsonObject signIn(String username, String password) {
    Answer answer =
        perform(
            "issueToken",
            Caller.nobody(),
            Map.of("grant_type", "password", "username", username, "password", password));
    if (answer.status() != 200) {
      throw new AssertionError("cannot sign in: " + answer.body());
    }
    return answer.body().toJsonObject();
  }

  public Caller caller(String authorization) {
    return await(authenticator.authenticate(authorization, ClientAddress.LOCAL));
  }

  /** 200, or the status of the problem that these credentials meet. */
  public int admission(String authorization) {
    return await(
        authenticator
            .authenticate(authorization, ClientAddress.LOCAL)
            .map(200)
            .otherwise(failure -> Problem.of(failure, "test").status()));
  }

  public static String bearer(JsonObject granted) {
    return "Bearer " + granted.getString("access_token");
  }

  public static String basic(String name, String password) {
    byte[] plain = (name + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(plain);
  }

  public static <T> T await(Future<T> future) {
    return Await.result(future);
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
