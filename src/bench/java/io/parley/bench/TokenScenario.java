package io.parley.bench;

import io.parley.api.auth.Tokens;
import io.parley.bench.Report.Samples;
import io.parley.bus.Bus;
import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.IdentityVerbs.SealedKey;
import io.parley.identity.IdentityVerbs.SealedKeys;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.Role;
import io.parley.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The verification of access tokens that no cache knows, beside their bare signature. */
final class TokenScenario {
  private static final int TOKENS = 1_000;
  private static final int TURNS = 100;
  private static final int WARM_ROUNDS = 5;
  private static final double NANOS_PER_MICRO = 1e3;

  private final Report report;
  private final int rounds;
  private final Samples verification = new Samples();
  private final Samples signature = new Samples();

  TokenScenario(BenchContext bench) {
    this.report = bench.report();
    this.rounds = bench.rounds();
  }

  void run() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Tokens tokens = open(new Bus(vertx), vertx);
      List<String> texts = Stream.generate(() -> tokens.access(login())).limit(TOKENS).toList();
      for (int round = 0; round < WARM_ROUNDS + rounds; round++) {
        double verified = micros(() -> texts.forEach(text -> verify(tokens, text)));
        double signed = micros(() -> sign(texts));
        if (round >= WARM_ROUNDS) {
          verification.add(verified);
          signature.add(signed);
        }
      }
    } finally {
      Await.result(vertx.close());
    }
    report.title("Verification of an access token that no cache knows, one thread");
    report.row("CPU µs", verification);
    report.row("its HMAC-SHA256 alone, CPU µs", signature);
    report.atMost("CPU µs", verification.median(), 15, "");
  }

  private static Tokens open(Bus bus, Vertx vertx) {
    bus.serve(
        IdentityVerbs.SIGNING_KEYS,
        offer ->
            Future.succeededFuture(
                new SealedKeys(List.of(new SealedKey(offer.freshId(), offer.freshSealed())))));
    return Await.result(
        Tokens.open(vertx, bus, new byte[32], "parley", Duration.ofHours(1), new SecureRandom()));
  }

  private static Login login() {
    Party party = new Party(1_234, PartyKind.PERSON, "Ann", "ann");
    Account account = new Account(party, "ann@example.org", Role.USER, Instant.EPOCH);
    return new Login(UUID.randomUUID(), 0, account);
  }

  private static void verify(Tokens tokens, String text) {
    if (!tokens.verified(text).succeeded()) {
      throw new IllegalStateException("not verified: " + text);
    }
  }

  private static void sign(List<String> texts) {
    try {
      SecretKeySpec key = new SecretKeySpec(new byte[32], "HmacSHA256");
      Mac mac = Mac.getInstance("HmacSHA256");
      for (String text : texts) {
        mac.init(key);
        byte[] _ =
            mac.doFinal(
                text.substring(0, text.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double micros(Runnable turn) {
    double before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    for (int i = 0; i < TURNS; i++) {
      turn.run();
    }
    double spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
    return spent / NANOS_PER_MICRO / TURNS / TOKENS;
  }
}
