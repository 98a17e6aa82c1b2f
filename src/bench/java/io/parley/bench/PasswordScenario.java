package io.parley.bench;

import de.mkammerer.argon2.Argon2Advanced;
import de.mkammerer.argon2.Argon2Factory;
import de.mkammerer.argon2.Argon2Factory.Argon2Types;
import io.parley.bench.Report.Samples;
import io.parley.settings.PasswordCost;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Processor time and duration of a sign-in, one after the other, beside the same hash by the
 * reference implementation in C.
 */
final class PasswordScenario {
  private static final PasswordCost COST = PasswordCost.STANDARD;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final int WARM_ROUNDS = 2;

  private final BenchContext bench;
  private final Samples signIn = new Samples();
  private final Samples signInCpu = new Samples();
  private final Samples idle = new Samples();
  private final Samples hash = new Samples();
  private final Samples hashCpu = new Samples();

  PasswordScenario(BenchContext bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    String _ = bench.server().user("owner");
    SignInTraffic traffic = new SignInTraffic("owner");
    try (HttpLoad load = new HttpLoad(bench.server().port())) {
      for (int round = 0; round < WARM_ROUNDS; round++) {
        MeasuredRound.Outcome _ = load.closed(1, bench.warmSeconds(), traffic);
        reference(new Samples(), new Samples());
      }
      for (int round = 0; round < bench.rounds(); round++) {
        double before = bench.server().cpu();
        Thread.sleep((long) (bench.readSeconds() * 1e3));
        double idlePerSecond = (bench.server().cpu() - before) / bench.readSeconds();
        idle.add(idlePerSecond / 1e3);
        before = bench.server().cpu();
        MeasuredRound.Outcome outcome = load.closed(1, bench.seconds(), traffic);
        double spent = bench.server().cpu() - before - idlePerSecond * outcome.seconds();
        signInCpu.add(spent / outcome.answered() / 1e3);
        signIn.add(outcome.millis(50));
        reference(hash, hashCpu);
      }
    }
    report(bench.report());
  }

  private void reference(Samples millis, Samples cpuMillis) {
    Argon2Advanced argon2 =
        Argon2Factory.createAdvanced(Argon2Types.ARGON2id, SALT_BYTES, HASH_BYTES);
    byte[] password = GatewayServer.PASSWORD.getBytes(StandardCharsets.UTF_8);
    byte[] salt = new byte[SALT_BYTES];
    int times = (int) (bench.seconds() * 10);
    double[] took = new double[times];
    double before = threadCpu();
    for (int i = 0; i < times; i++) {
      long began = System.nanoTime();
      byte[] _ = argon2.rawHash(COST.passes(), COST.memoryKib(), 1, password, salt);
      took[i] = (System.nanoTime() - began) / 1e6;
    }
    cpuMillis.add((threadCpu() - before) / times);
    Arrays.sort(took);
    millis.add(took[times / 2]);
  }

  private static double threadCpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e6;
  }

  private void report(Report report) {
    report.title(
        "Sign-ins one after the other: Argon2id, %d KiB, %d passes"
            .formatted(COST.memoryKib(), COST.passes()));
    report.row("ms, p50", signIn);
    report.row("CPU ms of the gateway, without what it takes when it is idle", signInCpu);
    report.row("idle, CPU ms a second", idle);
    report.row("the hash in C, ms, p50", hash);
    report.row("the hash in C, CPU ms", hashCpu);
    report.atMost("against the hash in C", signInCpu.median() / hashCpu.median(), 1.3, "×");
  }
}
