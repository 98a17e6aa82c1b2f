package io.parley.api.auth;

import static io.parley.api.operations.IdentityNode.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.api.operations.IdentityNode;
import io.parley.bus.Bus;
import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.IdentityVerbs.SealedKey;
import io.parley.identity.IdentityVerbs.SealedKeys;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Tokens with keys from a fake store. */
@Tag("integration")
class TokensTest {
  private static final byte[] SECRET = IdentityNode.SECRET;
  private static final Login LOGIN =
      new Login(
          UUID.fromString("00000000-0000-0000-0000-000000000012"),
          3,
          new Account(
              new Party(7, PartyKind.PERSON, "Ann", "ann"),
              "ann@example.org",
              Role.USER,
              Instant.EPOCH));

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final SecureRandom random = new SecureRandom();
  private final List<SealedKey> kept = new ArrayList<>();
  private final Tokens tokens = open();

  private Tokens open() {
    bus.serve(
        IdentityVerbs.SIGNING_KEYS,
        offer -> {
          if (kept.isEmpty()) {
            kept.add(new SealedKey(offer.freshId(), offer.freshSealed()));
          }
          return Future.succeededFuture(new SealedKeys(List.copyOf(kept)));
        });
    return tokens(SECRET);
  }

  private Tokens tokens(byte[] secret) {
    return await(Tokens.open(vertx, bus, secret, "parley", Duration.ofMinutes(15), random));
  }

  @AfterEach
  void close() {
    await(vertx.close());
  }

  @Test
  void anAccessTokenNamesItsAccountLoginAndExpiry() {
    Instant before = Instant.now();
    Tokens.Access access = await(tokens.verified(tokens.access(LOGIN)));
    assertThat(access.account()).isEqualTo(7);
    assertThat(access.login()).isEqualTo(LOGIN.id());
    assertThat(access.expires()).isBetween(before.plusSeconds(895), Instant.now().plusSeconds(901));
  }

  @Test
  void anAccessTokenCarriesTheClaimsThatOthersVerify() {
    String[] parts = tokens.access(LOGIN).split("\\.", -1);
    JsonObject header = decoded(parts[0]);
    JsonObject claims = decoded(parts[1]);
    assertThat(header.getString("alg")).isEqualTo("HS256");
    assertThat(header.getString("kid")).isEqualTo(kept.getFirst().id());
    assertThat(claims.fieldNames()).contains("iss", "aud", "sub", "typ", "sid", "iat", "exp");
  }

  @Test
  void aNodeWithTheSameSecretAndDatabaseUnderstandsThem() {
    assertThat(isGood(tokens(SECRET), tokens.access(LOGIN))).isTrue();
    assertThat(tokens(SECRET).refresh(tokens.refresh(LOGIN))).isPresent();
  }

  @Test
  void theKeyIsSealedAndAnotherSecretDoesNotOpenIt() {
    assertThat(new String(kept.getFirst().sealed(), StandardCharsets.ISO_8859_1))
        .doesNotContain(new String(key(), StandardCharsets.ISO_8859_1));
    byte[] other = SECRET.clone();
    other[0]++;
    assertThatThrownBy(() -> tokens(other))
        .hasStackTraceContaining("secret (PARLEY_SECRET): is not the one");
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatItDidNotSay() {
    String good = tokens.access(LOGIN);
    String[] parts = good.split("\\.", -1);
    String claims = parts[1];
    return Stream.of(
        refused("nothing", ""),
        refused("no token", "no token"),
        refused("dots", ".."),
        refused("a part less", parts[0] + "." + claims),
        refused("a part more", good + ".x"),
        refused("no signature", parts[0] + "." + claims + "."),
        refused("another signature", parts[0] + "." + claims + "." + "A".repeat(43)),
        refused("a refresh token", tokens.refresh(LOGIN)),
        refused("other claims", parts[0] + "." + tampered(claims) + "." + parts[2]),
        refused("no algorithm", header("none") + "." + claims + "."),
        refused("no algorithm, signed", header("none") + "." + claims + "." + parts[2]),
        refused("no algorithm, in capitals", header("NONE") + "." + claims + "."),
        refused("an algorithm we do not use", signed(header("HS512"), claims)),
        refused("an asymmetric algorithm", signed(header("RS256"), claims)),
        refused(
            "another key",
            signed(header("HS256"), claims, "another key".getBytes(StandardCharsets.UTF_8))),
        refused("a header that is no object", encoded("[]") + "." + claims + "." + parts[2]),
        refused("a header that is null", encoded("null") + "." + claims + "." + parts[2]),
        refused("a header that is text", encoded("{") + "." + claims + "." + parts[2]),
        refused("an algorithm that is a number", signed(encoded("{\"alg\":5}"), claims)),
        refused("an algorithm that is null", signed(encoded("{\"alg\":null}"), claims)),
        refused("no algorithm at all", signed(encoded("{}"), claims)),
        refused("a kid that is a number", signed(encoded("{\"alg\":\"HS256\",\"kid\":5}"), claims)),
        refused("claims that are no object", signed(header("HS256"), encoded("[]"))),
        refused("another kid", signed(header("HS256", "another"), claims)),
        forged("another issuer", c -> c.put("iss", "somebody")),
        forged("no issuer", c -> c.remove("iss")),
        forged("another audience", c -> c.put("aud", new JsonArray().add("others"))),
        forged("no audience", c -> c.remove("aud")),
        forged("another type", c -> c.put("typ", "refresh")),
        forged("no type", c -> c.remove("typ")),
        forged("expired", c -> c.put("exp", Instant.now().getEpochSecond() - 1)),
        forged("without an end", c -> c.remove("exp")),
        forged("an end that is no number", c -> c.put("exp", "tomorrow")),
        forged("from the future", c -> c.put("iat", Instant.now().getEpochSecond() + 1_000)),
        forged("not yet", c -> c.put("nbf", Instant.now().getEpochSecond() + 1_000)),
        forged("no subject", c -> c.remove("sub")),
        forged("a subject that is no number", c -> c.put("sub", "ann")),
        forged("no login", c -> c.remove("sid")),
        forged("a login that is none", c -> c.put("sid", "12")));
  }

  @Test
  void theForgerOfTheseTestsCanForgeAValidToken() {
    String claims = tokens.access(LOGIN).split("\\.", -1)[1];
    assertThat(isGood(tokens, signed(header("HS256"), claims))).isTrue();
  }

  @Test
  void aRefreshTokenNamesItsLoginAndGeneration() {
    assertThat(tokens.refresh(tokens.refresh(LOGIN)))
        .contains(new Tokens.Refresh(LOGIN.id(), LOGIN.generation()));
  }

  @TestFactory
  Stream<DynamicTest> refusesRefreshTokensItDidNotMake() {
    String good = tokens.refresh(LOGIN);
    return Stream.of(
            "",
            ".",
            "..",
            "a.b.c",
            "ü.1.ü",
            good + "x",
            good.substring(1),
            good.replace(".3.", ".4."),
            good.replace(".3.", ".99999999999."),
            good.substring(0, good.lastIndexOf('.')),
            good.substring(0, good.lastIndexOf('.') + 1),
            tokens.access(LOGIN))
        .map(
            token ->
                DynamicTest.dynamicTest(
                    "<" + token + ">",
                    () -> assertThat(tokens.refresh(token)).isEqualTo(Optional.empty())));
  }

  private DynamicTest refused(String name, String token) {
    return DynamicTest.dynamicTest(name, () -> assertThat(isGood(tokens, token)).isFalse());
  }

  private DynamicTest forged(String name, Consumer<JsonObject> change) {
    JsonObject claims = decoded(tokens.access(LOGIN).split("\\.", -1)[1]);
    change.accept(claims);
    return refused(name, signed(header("HS256"), encoded(claims)));
  }

  private static boolean isGood(Tokens tokens, String token) {
    return await(tokens.verified(token).map(true).otherwise(false));
  }

  private String tampered(String claims) {
    return encoded(decoded(claims).put("sub", "1"));
  }

  private String header(String algorithm) {
    return header(algorithm, kept.getFirst().id());
  }

  private static String header(String algorithm, String kid) {
    return encoded(new JsonObject().put("typ", "JWT").put("alg", algorithm).put("kid", kid));
  }

  private byte[] key() {
    return Seal.of(SECRET, "signing keys", random).open(kept.getFirst().sealed());
  }

  private String signed(String header, String claims) {
    return signed(header, claims, key());
  }

  private static String signed(String header, String claims, byte[] key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      byte[] signature = mac.doFinal((header + "." + claims).getBytes(StandardCharsets.UTF_8));
      return header + "." + claims + "." + base64(signature);
    } catch (java.security.GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonObject decoded(String part) {
    return new JsonObject(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
  }

  private static String encoded(JsonObject json) {
    return encoded(json.encode());
  }

  private static String encoded(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
