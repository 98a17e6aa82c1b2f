package io.parley.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code make bench}: all scenarios, or those named; {@code --quick} shortens, {@code --full} deepens. */
public final class Main {
  private static final List<String> ALL = List.of("me", "send", "history", "start");

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Set<String> named = Arrays.stream(arguments).filter(each -> !each.startsWith("--")).collect(Collectors.toSet());
    List<String> flags = Arrays.stream(arguments).filter(each -> each.startsWith("--")).toList();
    if (!ALL.containsAll(named) || !List.of("--quick", "--full").containsAll(flags)) {
      System.err.println("bench: name some of " + ALL + ", and --quick or --full");
      System.exit(2);
    }
    Set<String> wanted = named.isEmpty() ? Set.copyOf(ALL) : named;
    boolean quick = flags.contains("--quick");
    Report report = new Report();
    int status = 0;
    try (Server server = new Server()) {
      run(server, wanted, quick, flags.contains("--full"), report);
    } catch (IllegalStateException wrong) {
      wrong.printStackTrace();
      status = 1;
    }
    report.print();
    System.exit(status);
  }

  private static void run(Server server, Set<String> wanted, boolean quick, boolean full, Report report) throws Exception {
    double seconds = quick ? 2 : 5;
    int rounds = quick ? 1 : 3;
    Optional<PgBench> pgbench = PgBench.on(server);
    ReadScenarios reads = new ReadScenarios(server, seconds, rounds, report);
    if (wanted.contains("me")) {
      reads.me();
    }
    if (wanted.contains("send")) {
      SendScenario sends = new SendScenario(server, seconds, rounds, report);
      sends.prepare();
      Optional<FastifyPeer> fastify = pgbench.isPresent() ? FastifyPeer.start(server) : Optional.empty();
      try {
        double rate = sends.run(pgbench, fastify);
        sends.latency(rate, pgbench);
        sends.check();
      } finally {
        fastify.ifPresent(FastifyPeer::close);
      }
    }
    if (wanted.contains("history")) {
      reads.history(full ? List.of(10_000, 1_000_000, 10_000_000) : List.of(10_000, 1_000_000), pgbench);
      reads.conversations();
    }
    if (wanted.contains("start")) {
      StartScenario.run(server, quick ? 3 : 10, report);
    }
  }
}
