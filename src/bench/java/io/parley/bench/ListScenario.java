package io.parley.bench;

import io.parley.bench.Report.Samples;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The conversation list of a user who has ten thousand conversations. */
final class ListScenario {
  private static final int LINES = 2;
  private static final int CONVERSATIONS = 10_000;
  private static final String PATH = "/api/conversations";

  private final BenchContext bench;

  ListScenario(BenchContext bench) {
    this.bench = bench;
  }

  void run() throws Exception {
    String token = bench.server().user("popular");
    SeededTimelines.fillList(bench.postgres(), "popular", CONVERSATIONS);
    RepeatedRequest first = RepeatedRequest.get(PATH, token, "\"unread\":2", "\"member_count\":10");
    RepeatedRequest deep =
        RepeatedRequest.get(PATH + "?cursor=" + middle(token), token, "\"unread\":2");
    Samples near = new Samples();
    Samples far = new Samples();
    CpuCosts costs = new CpuCosts(bench);
    try (HttpLoad load = new HttpLoad(bench.server().port())) {
      MeasuredRound.Outcome _ = load.closed(LINES, bench.readSeconds(), first);
      for (int round = 0; round < bench.rounds(); round++) {
        near.add(costs.of(() -> load.closed(LINES, bench.readSeconds(), first)).millis(99));
        far.add(load.closed(LINES, bench.readSeconds(), deep).millis(99));
      }
    }
    Report report = bench.report();
    report.title("listConversations, page of 50 of 10 000, " + LINES + " connections");
    report.row("a page from the middle, p99 ms", far);
    costs.rows(report);
    report.atMost("first page, p99 ms", near.median(), 50, "");
  }

  /** Walks the whole list, which must hold each conversation once; the cursor half-way. */
  private String middle(String token) throws Exception {
    Set<Long> seen = new HashSet<>();
    String middle = "";
    Optional<String> cursor = Optional.of("");
    while (cursor.isPresent()) {
      String from = cursor.get().isEmpty() ? "" : "&cursor=" + cursor.get();
      JsonObject page = bench.server().get(PATH + "?limit=50" + from, token);
      JsonArray previews = page.getJsonArray("data");
      for (int i = 0; i < previews.size(); i++) {
        if (!seen.add(previews.getJsonObject(i).getLong("id"))) {
          throw new IllegalStateException("listed twice: " + previews.getJsonObject(i));
        }
      }
      cursor = Optional.ofNullable(page.getString("next"));
      middle = seen.size() <= CONVERSATIONS / 2 ? cursor.orElse(middle) : middle;
    }
    if (seen.size() != CONVERSATIONS) {
      throw new IllegalStateException(seen.size() + " conversations are listed");
    }
    return middle;
  }
}
