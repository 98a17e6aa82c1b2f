package io.parley.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The groups, the traffic and the final read-back that the sending scenarios share. */
final class SendLoad implements AutoCloseable {
  static final int LINES = 64;
  private static final int READERS = 4;

  private final BenchContext bench;
  private final LoadGroups groups;
  private final SendTraffic traffic;
  private final HttpLoad load;

  SendLoad(BenchContext bench) throws Exception {
    this.bench = bench;
    this.groups = new LoadGroups(bench);
    this.traffic =
        new SendTraffic(
            LINES,
            group -> "/api/conversations/" + groups.conversation(group) + "/messages",
            groups);
    this.load = new HttpLoad(bench.server().port());
  }

  LoadGroups groups() {
    return groups;
  }

  MeasuredRound.Outcome closed(double seconds) {
    return load.closed(LINES, seconds, traffic);
  }

  MeasuredRound.Outcome open(double seconds, double perSecond) {
    return load.open(LINES, seconds, perSecond, traffic);
  }

  /** Every acknowledged message is read back over the API, once, in dense order. */
  void readBack() throws Exception {
    try (ExecutorService readers = Executors.newFixedThreadPool(READERS)) {
      List<Future<Integer>> kept = new ArrayList<>();
      for (int group = 1; group <= LoadGroups.COUNT; group++) {
        int each = group;
        kept.add(readers.submit(() -> readBack(each)));
      }
      long all = 0;
      for (Future<Integer> group : kept) {
        all += group.get();
      }
      bench.report().title("Read back");
      bench.report().row("acknowledged, all of them kept", (double) traffic.acknowledged());
      bench.report().row("kept, each once and numbered without a hole", (double) all);
    }
  }

  private int readBack(int group) throws Exception {
    Set<Long> kept = new HashSet<>();
    String path = "/api/conversations/" + groups.conversation(group) + "/messages?limit=200";
    String cursor = "";
    long seq = 0;
    do {
      JsonObject page = bench.server().get(path + cursor, groups.token(group, 0));
      JsonArray items = page.getJsonArray("data");
      for (int i = 0; i < items.size(); i++) {
        JsonObject item = items.getJsonObject(i);
        seq++;
        if (item.getLong("seq") != seq || !kept.add(Long.valueOf(item.getString("client_id")))) {
          throw new IllegalStateException("a hole or a repeat at " + item.getString("id"));
        }
      }
      cursor = page.getString("next") == null ? "" : "&cursor=" + page.getString("next");
    } while (!cursor.isEmpty());
    for (Long id : traffic.acknowledgedIn(group)) {
      if (!kept.contains(id)) {
        throw new IllegalStateException("acknowledged and not there: " + id + " in " + path);
      }
    }
    return kept.size();
  }

  @Override
  public void close() {
    load.close();
  }
}
