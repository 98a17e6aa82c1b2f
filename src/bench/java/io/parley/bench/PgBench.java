package io.parley.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** PostgreSQL's own benchmark tool, with scripts that do only what a request needs. */
final class PgBench {
  static final String MISSING = "NOT MEASURED: install pgbench (Debian: postgresql-contrib)";

  /** The plain way: bump the counter, insert, commit. */
  static final String BUMP_AND_INSERT =
      """
      \\set c random(1, 1000)
      begin;
      update talk set last_seq = last_seq + 1 where id = :c returning last_seq as seq \\gset
      insert into said (talk, seq, author, key, body)
        values (:c, :seq, 1, gen_random_uuid(), repeat('x', 256));
      commit;
      """;

  /** The best way with one message in a commit: one statement, one round trip. */
  static final String ONE_STATEMENT =
      """
      \\set c random(1, 1000)
      with b as (update talk set last_seq = last_seq + 1 where id = :c returning last_seq)
      insert into said (talk, seq, author, key, body)
        select :c, last_seq, 1, gen_random_uuid(), repeat('x', 256) from b;
      """;

  private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");
  private static final Pattern COUNT = Pattern.compile("actually processed: ([0-9]+)");

  /** CPU is microseconds per transaction: of the server, and of pgbench itself. */
  record Outcome(double perSecond, double serverCpu, double clientCpu, Histogram latency) {}

  private final BenchPostgres postgres;
  private final String program;

  private PgBench(BenchPostgres postgres, String program) {
    this.postgres = postgres;
    this.program = program;
  }

  /** Nothing when this machine has no pgbench. */
  static Optional<PgBench> on(BenchPostgres postgres) {
    Optional<String> program = program();
    if (program.isEmpty()) {
      System.out.println("pgbench: " + MISSING);
    }
    return program.map(found -> new PgBench(postgres, found));
  }

  // the newest of Debian's versions; what is in /usr/bin there may be an empty wrapper
  private static Optional<String> program() {
    List<Path> places = new ArrayList<>();
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      versions
          .sorted(Comparator.comparing(version -> -numeric(version.getFileName().toString())))
          .forEach(version -> places.add(version.resolve("bin/pgbench")));
    } catch (IOException none) {
      // not Debian's layout
    }
    places.add(Path.of("/usr/bin/pgbench"));
    places.add(Path.of("/usr/local/bin/pgbench"));
    return places.stream().filter(Files::isExecutable).map(Path::toString).findFirst();
  }

  private static double numeric(String version) {
    return version.matches("[0-9.]+") ? Double.parseDouble(version) : 0;
  }

  /** As fast as it can. */
  Outcome run(String database, String script, int clients, double seconds) {
    return run(database, script, clients, seconds, List.of());
  }

  /** At a rate, with latencies from the scheduled moment. */
  Outcome paced(String database, String script, int clients, double seconds, double perSecond) {
    String log = folder().resolve("log").toString();
    return run(
        database,
        script,
        clients,
        seconds,
        List.of("-R", Long.toString(Math.round(perSecond)), "-l", "--log-prefix=" + log));
  }

  private Outcome run(
      String database, String script, int clients, double seconds, List<String> more) {
    try {
      Path file = Files.writeString(emptied(folder()).resolve("script.sql"), script);
      List<String> command = new ArrayList<>(List.of(program, "-n", "-M", "prepared", "-j", "2"));
      command.addAll(List.of("-h", "127.0.0.1", "-p", Integer.toString(postgres.port())));
      command.addAll(List.of("-U", postgres.user(), "-f", file.toString()));
      command.addAll(List.of("-c", Integer.toString(clients)));
      command.addAll(List.of("-T", Long.toString(Math.max(1, Math.round(seconds)))));
      command.addAll(more);
      command.add(database);
      double server = postgres.cpu();
      double client = ProcessCpu.endedChildren();
      String output = output(command, seconds);
      double count = number(output, COUNT);
      return new Outcome(
          number(output, RATE),
          (postgres.cpu() - server) / count,
          (ProcessCpu.endedChildren() - client) / count,
          latencies());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private String output(List<String> command, double seconds) throws IOException {
    Path output = folder().resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("PGPASSWORD", postgres.password());
    Process process = builder.start();
    try {
      boolean ended = process.waitFor((long) seconds + 30, TimeUnit.SECONDS);
      String text = Files.readString(output, StandardCharsets.UTF_8);
      if (!ended || process.exitValue() != 0) {
        throw new IllegalStateException("pgbench failed: " + text);
      }
      return text;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Path folder() {
    try {
      return Files.createDirectories(Path.of("target", "pgbench").toAbsolutePath());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path emptied(Path folder) throws IOException {
    try (Stream<Path> old = Files.list(folder)) {
      for (Path each : old.toList()) {
        Files.delete(each);
      }
    }
    return folder;
  }

  // a line of its log: client, transaction, microseconds from the scheduled moment on, …
  private static Histogram latencies() throws IOException {
    Histogram latency = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    try (Stream<Path> files = Files.list(folder())) {
      for (Path file :
          files.filter(path -> path.getFileName().toString().startsWith("log")).toList()) {
        for (String line : Files.readAllLines(file)) {
          latency.recordValue(Long.parseLong(line.split(" ", -1)[2]) * 1_000);
        }
      }
    }
    return latency;
  }

  private static double number(String output, Pattern pattern) {
    Matcher matcher = pattern.matcher(output);
    if (!matcher.find()) {
      throw new IllegalStateException("pgbench said: " + output);
    }
    return Double.parseDouble(matcher.group(1));
  }
}
