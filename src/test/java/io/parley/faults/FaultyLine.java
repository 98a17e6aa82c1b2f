package io.parley.faults;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A line to a server that can be cut, or go silent. */
final class FaultyLine {
  private final Vertx vertx = Vertx.vertx();
  private final NetClient client =
      vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
  private final Set<NetSocket> sockets = ConcurrentHashMap.newKeySet();
  private final NetServer server;
  private final int target;
  private volatile boolean refusing;
  private volatile boolean silent;

  FaultyLine(int target) throws Exception {
    this.target = target;
    this.server = vertx.createNetServer().connectHandler(this::connected);
    server
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(5, TimeUnit.SECONDS);
  }

  int port() {
    return server.actualPort();
  }

  /** Every connection ends, and no new one is taken. */
  void cut() {
    refusing = true;
    sockets.forEach(NetSocket::close);
  }

  /** Nothing gets through any more, and nobody is told. */
  void silence() {
    silent = true;
  }

  void heal() {
    refusing = false;
    if (silent) {
      silent = false;
      sockets.forEach(NetSocket::close);
    }
  }

  private void connected(NetSocket near) {
    if (refusing) {
      near.close();
      return;
    }
    near.pause();
    client
        .connect(target, "127.0.0.1")
        .onFailure(refused -> near.close())
        .onSuccess(
            far -> {
              join(near, far);
              join(far, near);
              near.resume();
            });
  }

  private void join(NetSocket from, NetSocket to) {
    sockets.add(from);
    from.handler(
        part -> {
          if (!silent) {
            to.write(part);
          }
        });
    from.closeHandler(
        closed -> {
          sockets.remove(from);
          to.close();
        });
  }

  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
  }
}
