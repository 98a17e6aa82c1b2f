package io.parley.bench;

import io.parley.bench.Report.Samples;

/** The gateway's send load, put on the Fastify peer. */
final class FastifyTraffic implements AutoCloseable {
  private final BenchContext bench;
  private final FastifyPeer peer;
  private final SendTraffic traffic;
  private final HttpLoad load;

  FastifyTraffic(BenchContext bench, SendLoad sends, FastifyPeer peer) {
    this.bench = bench;
    this.peer = peer;
    this.traffic = new SendTraffic(SendLoad.LINES, group -> "/messages/" + group, sends.groups());
    this.load = new HttpLoad(peer.port());
  }

  void warm(double seconds) {
    MeasuredRound.Outcome _ = load.closed(SendLoad.LINES, seconds, traffic);
  }

  /** Its rate, and microseconds per message of Node.js and PostgreSQL together. */
  void measure(double seconds, Samples rates, Samples cpu) {
    long numbered = PeerTables.numbered(bench.postgres());
    double before = peer.cpu() + bench.postgres().cpu();
    MeasuredRound.Outcome outcome = load.closed(SendLoad.LINES, seconds, traffic);
    rates.add(outcome.perSecond());
    cpu.add((peer.cpu() + bench.postgres().cpu() - before) / outcome.answered());
    if (PeerTables.numbered(bench.postgres()) - numbered != outcome.answered()) {
      throw new IllegalStateException("the peer did not keep what it acknowledged");
    }
  }

  @Override
  public void close() {
    load.close();
  }
}
