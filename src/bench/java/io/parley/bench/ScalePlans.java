package io.parley.bench;

import io.parley.testing.PlanLog;
import io.parley.testing.PlanLog.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds operations that read a large table from end to end, by the plans that were executed. */
final class ScalePlans {
  private static final long LARGE_TABLE = 10_000;

  private final BenchPostgres postgres;
  private final ScaleWorld world;

  ScalePlans(BenchPostgres postgres, ScaleWorld world) {
    this.postgres = postgres;
    this.world = world;
  }

  /** The tables that operations read from end to end, with operation and query. */
  List<String> scans() throws Exception {
    Map<String, Long> sizes = sizes();
    List<String> scans = new ArrayList<>();
    postgres.execute(world.database(), PlanLog.enable(world.database()));
    try (ScaleNode node = new ScaleNode(world, postgres);
        HttpLoad load = new HttpLoad(node.server().port())) {
      List<ScaleOperation> operations = ScaleOperations.of(node, load);
      PlanLog log = new PlanLog(postgres.log());
      for (ScaleOperation operation : operations) {
        log.skip();
        var _ = operation.measurement().run(0);
        if (operation.reader()) {
          continue;
        }
        for (Plan plan : log.read()) {
          plan.scanned().stream()
              .filter(table -> sizes.getOrDefault(table, 0L) > LARGE_TABLE)
              .forEach(table -> scans.add(operation.name() + ": " + table + " in " + plan.query()));
        }
      }
    } finally {
      postgres.execute(world.database(), "alter database " + world.database() + " reset all");
    }
    return scans;
  }

  private Map<String, Long> sizes() {
    Map<String, Long> sizes = new TreeMap<>();
    String[] tables =
        postgres
            .one(
                world.database(),
                "select string_agg(relname || ' ' || reltuples::bigint, ',') from pg_class where relkind = 'r'")
            .split(",", -1);
    for (String table : tables) {
      String[] parts = table.split(" ", -1);
      sizes.put(parts[0], Long.parseLong(parts[1]));
    }
    return sizes;
  }
}
