package io.parley;

import io.parley.channel.BreakerState;
import io.parley.cluster.NodeVerticle;
import io.parley.dispatch.ProviderListener;
import io.parley.live.SocketObserver;
import io.parley.ops.Metrics;
import io.parley.store.insight.BackgroundJobListener;

/** Feeds what rooms report into the metrics, which no room may import. */
final class MetricAdapters {
  private MetricAdapters() {}

  static SocketObserver sockets(Metrics metrics) {
    return new SocketObserver() {
      @Override
      public void sockets(int more) {
        metrics.sockets(more);
      }

      @Override
      public void closed(int code) {
        metrics.socketClosed(code);
      }
    };
  }

  static ProviderListener providers(Metrics metrics) {
    return new ProviderListener() {
      @Override
      public void attempted(String provider, String outcome, long nanos) {
        metrics.attempted(provider, outcome, nanos);
      }

      @Override
      public void breakerChanged(String provider, BreakerState breaker) {
        metrics.breaker(provider, breaker != BreakerState.CLOSED);
      }
    };
  }

  static BackgroundJobListener backgroundJobs(Metrics metrics) {
    return new BackgroundJobListener() {
      @Override
      public void progressed(String job, int waiting, double behindSeconds) {
        metrics.backgroundJob(job, waiting, behindSeconds);
      }

      @Override
      public void skipped(String job, int count) {
        metrics.backgroundJobSkipped(job, count);
      }
    };
  }

  static Metrics.NewsFigures news(NodeVerticle node) {
    return new Metrics.NewsFigures() {
      @Override
      public long received() {
        return node.news().received();
      }

      @Override
      public long gaps() {
        return node.news().gaps();
      }

      @Override
      public long repaired() {
        return node.news().repaired();
      }

      @Override
      public int liveNodes() {
        return node.liveNodes();
      }

      @Override
      public boolean isComplete() {
        return node.clusterState().equals("up");
      }
    };
  }
}
