package io.parley.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Clients that mean harm, from addresses of their own: each repeats its attack at a fixed pace
 * until the end. That the gateway refuses or disconnects them is what they expect.
 */
final class HostileClients implements AutoCloseable {
  private static final int CONNECT_MS = 5_000;
  private static final int READ_MS = 40_000;
  private static final int SMALL_BUFFER = 4_096;

  /** One turn of an attack; {@code client} tells the clients of an attack apart. */
  @FunctionalInterface
  interface Attack {
    void run(int client) throws Exception;
  }

  private final int port;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, LongAdder> turns = new TreeMap<>();
  private volatile boolean over;

  HostileClients(int port) {
    this.port = port;
  }

  /** Runs {@code attack} by so many clients, each with a pause between its turns. */
  void begin(String name, int clients, long pauseMs, Attack attack) {
    LongAdder count = turns.computeIfAbsent(name, any -> new LongAdder());
    for (int i = 0; i < clients; i++) {
      int client = i;
      var _ = threads.submit(() -> repeat(attack, client, pauseMs, count));
    }
  }

  private void repeat(Attack attack, int client, long pauseMs, LongAdder count) {
    try {
      TimeUnit.MILLISECONDS.sleep(client * pauseMs / 100); // not all at once
      while (!over) {
        try {
          attack.run(client);
        } catch (IOException refused) {
          // disconnected: the next turn connects anew
        }
        count.increment();
        TimeUnit.MILLISECONDS.sleep(pauseMs);
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    } catch (Exception wrong) {
      System.err.println("an attack ended early: " + wrong);
    }
  }

  boolean isOver() {
    return over;
  }

  /** A connection from a loopback address of the attacker's own, with small buffers. */
  Socket connect(int client) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setReceiveBufferSize(SMALL_BUFFER);
      socket.setSoTimeout(READ_MS);
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.1." + (1 + client % 200)), 0));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MS);
      return socket;
    } catch (IOException refused) {
      socket.close();
      throw refused;
    }
  }

  /** Sends one request on a connection of its own, and reads what comes until the end. */
  void ask(int client, String request) throws IOException {
    try (Socket socket = connect(client)) {
      write(socket, request);
      drain(socket.getInputStream());
    }
  }

  static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void drain(InputStream in) throws IOException {
    byte[] part = new byte[SMALL_BUFFER];
    int read = in.read(part);
    while (read >= 0) {
      read = in.read(part);
    }
  }

  /** How many turns each attack has had. */
  Map<String, LongAdder> turns() {
    return turns;
  }

  @Override
  public void close() {
    over = true;
    threads.shutdownNow();
    threads.close();
  }
}
