package io.parley.testing;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A way to a server that can be cut, or worse: swallow what is sent and say nothing. */
public final class FlakyNetwork {
  private enum Mood {
    GOOD,
    SILENT,
    REFUSING
  }

  private final NetClient client;
  private final NetServer server;
  private final Set<NetSocket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Integer> swallowed = ConcurrentHashMap.newKeySet();
  private volatile int target;
  private volatile Mood mood = Mood.GOOD;

  public FlakyNetwork(Vertx vertx, int target) throws Exception {
    this.target = target;
    this.client = vertx.createNetClient();
    this.server = vertx.createNetServer().connectHandler(this::accept);
    server
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(5, TimeUnit.SECONDS);
  }

  public int port() {
    return server.actualPort();
  }

  /** How many sockets from our side are open. */
  public int open() {
    return sockets.size();
  }

  public void heal(int newTarget) {
    target = newTarget;
    mood = Mood.GOOD;
  }

  public void heal() {
    mood = Mood.GOOD;
  }

  /** From now on nothing arrives, either way, on old connections and on new ones. */
  public void fallSilent() {
    mood = Mood.SILENT;
  }

  /**
   * From now on nothing arrives, either way, on the one connection that the server sees coming from
   * {@code clientPort}.
   */
  public void swallow(int clientPort) {
    swallowed.add(clientPort);
  }

  public void refuse() {
    mood = Mood.REFUSING;
    sockets.forEach(NetSocket::close);
  }

  public Future<Void> close() {
    return server.close().compose(closed -> client.close());
  }

  private void accept(NetSocket near) {
    sockets.add(near);
    near.closeHandler(closed -> sockets.remove(near));
    switch (mood) {
      case REFUSING -> near.close();
      case SILENT -> near.handler(swallowed -> {});
      case GOOD -> join(near);
    }
  }

  private void join(NetSocket near) {
    near.pause();
    client
        .connect(target, "127.0.0.1")
        .onFailure(gone -> near.close())
        .onSuccess(
            far -> {
              int port = far.localAddress().port();
              near.closeHandler(
                  closed -> {
                    sockets.remove(near);
                    closeUnlessSwallowed(port, far);
                  });
              far.closeHandler(closed -> closeUnlessSwallowed(port, near));
              near.handler(bytes -> pass(port, () -> far.write(bytes)));
              far.handler(bytes -> pass(port, () -> near.write(bytes)));
              near.resume();
            });
  }

  private void closeUnlessSwallowed(int port, NetSocket socket) {
    if (!swallowed.contains(port)) {
      socket.close();
    }
  }

  private void pass(int port, Runnable change) {
    if (mood == Mood.GOOD && !swallowed.contains(port)) {
      change.run();
    }
  }
}
