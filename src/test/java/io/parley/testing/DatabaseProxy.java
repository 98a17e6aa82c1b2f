package io.parley.testing;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way to PostgreSQL that reads along, and fails at one exact moment: when a transaction that runs
 * a certain statement has been committed.
 *
 * <p>It either ends every connection for reads, so that whatever still has to be read after the
 * commit cannot be; or it loses the reply to the commit.
 */
public final class DatabaseProxy implements AutoCloseable {
  private enum Fault {
    NONE,
    LOSE_READS,
    LOSE_REPLY
  }

  private final Vertx vertx = Vertx.vertx();
  private final NetClient client = vertx.createNetClient();
  private final NetServer server;
  private final URI target;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile Fault fault = Fault.NONE;
  private volatile String statement = "";
  private volatile Runnable onHit = () -> {};
  private volatile boolean hit;
  private volatile boolean readsLost;

  public DatabaseProxy(String url) {
    this.target = URI.create(url);
    this.server = vertx.createNetServer().connectHandler(this::accept);
    Await.result(server.listen(0, "127.0.0.1"));
  }

  /** The url of the database, by way of this proxy. */
  public String url() {
    return target.toString().replace(":" + target.getPort() + "/", ":" + server.actualPort() + "/");
  }

  /** Ends all reads once a transaction with this statement (a part of its SQL) is committed. */
  public void loseReadsAfter(String sql) {
    arm(Fault.LOSE_READS, sql);
  }

  /** Commits the next transaction with this statement (a part of its SQL), and loses the reply. */
  public void loseReplyOf(String sql) {
    loseReplyOf(sql, () -> {});
  }

  /** The same; {@code meanwhile} runs between the commit and whatever follows the loss. */
  public void loseReplyOf(String sql, Runnable meanwhile) {
    onHit = meanwhile;
    arm(Fault.LOSE_REPLY, sql);
  }

  private void arm(Fault wanted, String sql) {
    statement = sql;
    hit = false;
    fault = wanted;
  }

  /** Whether the moment has come. */
  public boolean isHit() {
    return hit;
  }

  public void heal() {
    fault = Fault.NONE;
    readsLost = false;
  }

  private void accept(NetSocket near) {
    near.pause();
    client
        .connect(target.getPort(), target.getHost())
        .onFailure(refused -> near.close())
        .onSuccess(far -> new Link(near, far).open());
  }

  private void loseReads() {
    readsLost = true;
    links.stream().filter(each -> each.reads && each.prepares).forEach(Link::close);
  }

  /** One connection, and which statements it has prepared. */
  private final class Link {
    private final NetSocket near;
    private final NetSocket far;
    private final Map<String, String> prepared = new HashMap<>();
    private Buffer fromClient = Buffer.buffer();
    private Buffer fromServer = Buffer.buffer();
    private boolean started;
    private boolean lane;
    private volatile boolean reads;

    /** The heartbeat does not: it goes on, or the database would count as lost. */
    private volatile boolean prepares;

    private boolean concerned;
    private boolean muted;

    Link(NetSocket near, NetSocket far) {
      this.near = near;
      this.far = far;
    }

    void open() {
      links.add(this);
      near.closeHandler(closed -> close());
      far.closeHandler(closed -> close());
      near.handler(this::clientSent);
      far.handler(this::serverSent);
      near.resume();
    }

    void close() {
      if (links.remove(this)) {
        near.close();
        far.close();
      }
    }

    private void clientSent(Buffer bytes) {
      fromClient.appendBuffer(bytes);
      if (!started && fromClient.length() >= 4 && fromClient.length() >= fromClient.getInt(0)) {
        started = true;
        String options = fromClient.getString(0, fromClient.getInt(0), "ISO-8859-1");
        fromClient = fromClient.slice(fromClient.getInt(0), fromClient.length()).copy();
        lane = options.contains("enable_seqscan");
        reads = options.contains("plan_cache_mode") && !lane;
      }
      if (started) {
        readClientMessages();
      }
      if (readsLost && reads && prepares) {
        close();
      } else {
        far.write(bytes);
      }
    }

    private void readClientMessages() {
      int at = 0;
      while (fromClient.length() - at >= 5
          && fromClient.length() - at > fromClient.getInt(at + 1)) {
        int end = at + 1 + fromClient.getInt(at + 1);
        clientMessage((char) fromClient.getByte(at), fromClient.getBytes(at + 5, end));
        at = end;
      }
      fromClient = fromClient.slice(at, fromClient.length()).copy();
    }

    private void clientMessage(char type, byte[] body) {
      prepares |= type == 'P';
      if (reads) {
        return;
      }
      switch (type) {
        case 'P' -> prepared.put(text(body, 0), text(body, length(body, 0) + 1));
        case 'B' -> runs(prepared.getOrDefault(text(body, length(body, 0) + 1), ""));
        case 'Q' -> queried(text(body, 0));
        default -> {}
      }
    }

    private void runs(String sql) {
      if (fault != Fault.NONE && !hit && sql.contains(statement)) {
        concerned = true;
        muted = lane && fault == Fault.LOSE_REPLY;
      }
    }

    private void queried(String sql) {
      runs(sql);
      if (concerned && sql.equalsIgnoreCase("commit")) {
        muted = fault == Fault.LOSE_REPLY;
      }
    }

    private void serverSent(Buffer bytes) {
      fromServer.appendBuffer(bytes);
      int at = 0;
      while (fromServer.length() - at >= 5
          && fromServer.length() - at > fromServer.getInt(at + 1)) {
        int end = at + 1 + fromServer.getInt(at + 1);
        boolean idle = fromServer.getByte(at) == 'Z' && fromServer.getByte(at + 5) == 'I';
        if (idle && concerned) {
          committed();
        }
        at = end;
      }
      fromServer = fromServer.slice(at, fromServer.length()).copy();
      if (!muted) {
        near.write(bytes);
      }
    }

    private void committed() {
      concerned = false;
      hit = true;
      if (fault == Fault.LOSE_READS) {
        loseReads();
      } else {
        onHit.run();
        close();
      }
    }

    private static int length(byte[] body, int from) {
      int end = from;
      while (body[end] != 0) {
        end++;
      }
      return end;
    }

    private static String text(byte[] body, int from) {
      return new String(body, from, length(body, from) - from, StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    Await.result(vertx.close());
  }
}
