package io.parley.bench;

import org.HdrHistogram.Histogram;

/** Searches, analytics, deliveries and lists of conversations. */
final class ScaleReads {
  private final ScaleOperations to;

  ScaleReads(ScaleOperations to) {
    this.to = to;
  }

  void add() {
    search();
    insight();
    deliveries();
    lists();
  }

  private void search() {
    to.get("search, ordinary user", "6 → 200–320", n -> "/api/search?q=meeting", to.node::user);
    to.get(
        "search, member of the group of 10 000",
        "21 → 1 900",
        n -> "/api/search?q=the",
        n -> to.giant);
    to.get(
        "search, common word, busy user",
        "20 → 3 600–6 500",
        n -> "/api/search?q=the",
        n -> to.busy);
    to.get(
        "search, common word, agent", "20 → 3 600–6 500", n -> "/api/search?q=the", n -> to.agent);
    int words = to.node.world().accounts() / 2;
    to.get(
        "search, rare word, busy user",
        "",
        n -> "/api/search?q=%22ref" + Integer.toHexString(words - 1 - n * 7 % (words / 2)) + "%22",
        n -> to.busy);
    to.get(
        "search, beginning of many rare words, busy user",
        "",
        n -> "/api/search?q=ref" + Integer.toHexString(n * 7 % words),
        n -> to.busy);
    to.get("search, no hit, agent", "", n -> "/api/search?q=zzzqxy", n -> to.agent);
  }

  private void insight() {
    String[] ranges = {
      "", "?start=2026-10-01", "?start=2026-11-01T10:00:00Z&end=2026-11-18T15:30:00Z"
    };
    analytics("users", ranges);
    analytics("conversations", ranges);
  }

  private void analytics(String what, String[] ranges) {
    to.add(
        to.operation(
                "analytics, " + what,
                "7 → 1 300–5 500",
                ScaleOperations.DATA,
                n ->
                    HttpText.get(
                        "/api/analytics/" + what + ranges[n % ranges.length], to.node.user(n)))
            .exemptFromPlans());
  }

  private void deliveries() {
    to.get(
        "deliveries, rare state",
        "5 → 20 000",
        n -> "/api/deliveries?state=sending",
        n -> to.agent);
    to.get(
        "deliveries, expired", "5 → 20 000", n -> "/api/deliveries?state=expired", n -> to.agent);
    to.get(
        "deliveries, unknown provider",
        "2 → 2 150",
        n -> "/api/deliveries?provider=nobody",
        n -> to.agent);
    to.get(
        "deliveries, failed of a provider",
        "",
        n -> "/api/deliveries?state=failed&provider=sms-backup",
        n -> to.agent);
    to.add(new ScaleOperation("deliveries, one step of redriving", "503", seconds -> redrive()));
    to.add(
        "deliveries, counts",
        "",
        "\"failed\"",
        n -> HttpText.get("/api/deliveries/counts", to.agent));
  }

  // once, for it takes two seconds, and then back, so that the next run finds as many
  private Histogram redrive() {
    String request = HttpText.send("POST", "/api/deliveries/redrive?state=failed", to.agent, "");
    Histogram latency =
        to.load.closed(1, 0, new RequestCycle("\"redriven\"", n -> request)).latency();
    to.node.execute(
        """
        delete from outbox o using delivery d where d.id = o.delivery and d.redrives > 0;
        update delivery set state = 'failed', redrives = 0 where state = 'queued' and redrives > 0;
        """);
    return latency;
  }

  private void lists() {
    to.get("agent's list", "", n -> "/api/conversations", n -> to.agent);
    to.get(
        "agent's list, kind=group", "8 → 357", n -> "/api/conversations?kind=group", n -> to.agent);
    conversations("agent's list, search without a hit", "8 → 658", "zzzq", to.agent);
    conversations("agent's list, search of a common name", "", "maria", to.agent);
    to.get("20 000 conversations: page", "18 → 124", n -> "/api/conversations", n -> to.busy);
    conversations("20 000 conversations: search without a hit", "18 → 250", "zzzq", to.busy);
    conversations("20 000 conversations: search of a common name", "18 → 250", "maria", to.busy);
    to.get("ordinary user's list", "", n -> "/api/conversations", to.node::user);
  }

  private void conversations(String what, String before, String text, String caller) {
    to.get(what, before, n -> "/api/conversations?search=" + text, n -> caller);
  }
}
