package io.parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** PostgreSQL's own benchmark, with scripts that do what a send does, and no more. */
final class PgBench {
  /** The plain way: bump the counter, insert, commit. */
  static final String BUMP_AND_INSERT =
      """
      \\set c random(1, 1000)
      begin;
      update talk set last_seq = last_seq + 1 where id = :c returning last_seq as seq \\gset
      insert into said (talk, seq, author, key, body) values (:c, :seq, 1, gen_random_uuid(), repeat('x', 256));
      commit;
      """;

  /** The best way with one message in a commit: one statement, one round trip. */
  static final String ONE_STATEMENT =
      """
      \\set c random(1, 1000)
      with b as (update talk set last_seq = last_seq + 1 where id = :c returning last_seq)
      insert into said (talk, seq, author, key, body) select :c, last_seq, 1, gen_random_uuid(), repeat('x', 256) from b;
      """;

  record Outcome(double perSecond, double meanMillis, List<Double> latencies) {
    double percentile(double share) {
      List<Double> sorted = latencies.stream().sorted().toList();
      return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1, sorted.size() * share));
    }
  }

  private final Server server;
  private final String database;
  private final String program;

  private PgBench(Server server, String database, String program) {
    this.server = server;
    this.database = database;
    this.program = program;
  }

  /** Nothing when this machine has no pgbench: Debian's is in postgresql-contrib. */
  static Optional<PgBench> on(Server server) {
    Optional<String> program = program();
    program.ifPresent(found -> prepare(server));
    return program.map(found -> new PgBench(server, "peer", found));
  }

  /** The same program on the gateway's own tables. */
  PgBench onGateway() {
    return new PgBench(server, "gateway", program);
  }

  private static Optional<String> program() {
    List<Path> places = new ArrayList<>(List.of(Path.of("/usr/bin/pgbench"), Path.of("/usr/local/bin/pgbench")));
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      versions.map(version -> version.resolve("bin/pgbench")).forEach(places::add);
    } catch (IOException none) {
      // not Debian's layout
    }
    return places.stream().filter(Files::isExecutable).map(Path::toString).findFirst();
  }

  private static void prepare(Server server) {
    server.execute("postgres", "drop database if exists peer with (force)");
    server.execute("postgres", "create database peer");
    server.execute("peer", "create table talk (id bigint primary key, last_seq bigint not null) with (fillfactor = 70)");
    server.execute("peer", "create table said (talk bigint, seq bigint, author bigint, key uuid, body text, at timestamptz default clock_timestamp(), primary key (talk, seq))");
    server.execute("peer", "create unique index on said (talk, key)");
    server.execute("peer", "insert into talk select g, 0 from generate_series(1, 1000) g");
    server.execute("peer", "analyze");
  }

  Outcome run(String script, int clients, double seconds, double rate) {
    try {
      Path folder = Files.createDirectories(Path.of("target", "pgbench").toAbsolutePath());
      try (Stream<Path> old = Files.list(folder)) {
        old.forEach(path -> path.toFile().delete());
      }
      Path file = Files.writeString(folder.resolve("script.sql"), script);
      List<String> command =
          new ArrayList<>(
              List.of(program, "-h", "127.0.0.1", "-p", Integer.toString(server.databasePort()), "-U", "parley", "-n", "-M", "prepared", "-c", Integer.toString(clients), "-j", "2",
                  "-T", Long.toString(Math.round(seconds)), "-f", file.toString(), "-l", "--log-prefix=" + folder.resolve("log")));
      if (rate > 0) {
        command.addAll(List.of("-R", Long.toString(Math.round(rate))));
      }
      command.add(database);
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("PGPASSWORD", server.databasePassword());
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(output);
      }
      return new Outcome(number(output, "tps = ([0-9.]+)"), number(output, "latency average = ([0-9.]+)"), latencies(folder));
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // a line of its log: client, transaction, microseconds, …, and with a rate the lag behind the schedule, in them already
  private static List<Double> latencies(Path folder) throws IOException {
    List<Double> millis = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.getFileName().toString().startsWith("log")).toList()) {
        for (String line : Files.readAllLines(file)) {
          millis.add(Double.parseDouble(line.split(" ", -1)[2]) / 1_000);
        }
      }
    }
    return millis;
  }

  private static double number(String output, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(output);
    return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
  }
}
