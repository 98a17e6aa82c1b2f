package io.parley.bench;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What hostile clients do at the same time: floods without credentials over HTTP and SockJS, slow
 * readers and writers, mails that are hard to index, heavy searches, a locked conversation, and
 * guessed passwords.
 */
final class HostileAttacks {
  private static final String GET_ME =
      "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer none\r\n\r\n";
  private static final String CLOSE = "Connection: close\r\n";
  private static final int PIPELINED = 10;
  private static final int SLOW_CLIENTS = 100;
  private static final int LOCKED_MS = 2_000;
  private static final int LONG_WORD = 200;

  private final HostileClients clients;
  private final BenchContext bench;
  private final String tinyMessages = "[\"x\"" + ",\"x\"".repeat(320_000) + "]";
  private final String largeMessages =
      "[\"x\"" + (",\"" + "x".repeat(60_000) + "\"").repeat(20) + "]";
  private final AtomicLong numbers = new AtomicLong();

  HostileAttacks(HostileClients clients, BenchContext bench) {
    this.clients = clients;
    this.bench = bench;
  }

  /**
   * Begins all of them.
   *
   * @param searchers what some users authenticate with, who search
   * @param conversation one that is locked again and again, and that {@code writer} writes to
   */
  void begin(String[] searchers, long conversation, String writer) {
    clients.begin("anonymous requests: 100 pipelines of 10", 10, 100, this::flood);
    clients.begin("anonymous SockJS messages of 1.2 MB", 2, 1_000, this::floodSockJs);
    clients.begin("answers of 20 requests never read", SLOW_CLIENTS, 500, this::neverRead);
    clients.begin("bodies sent at a byte a second", SLOW_CLIENTS, 500, this::sendSlowly);
    clients.begin("poisoned mails", 1, 1_000, client -> poison());
    clients.begin(
        "heavy searches",
        searchers.length,
        1_000,
        client -> clients.ask(client, search(searchers[client])));
    clients.begin("locks of a conversation", 1, 8_000, client -> lock(conversation));
    clients.begin(
        "messages to the locked conversation",
        4,
        100,
        client -> clients.ask(client, message(conversation, writer, numbers.incrementAndGet())));
    clients.begin("guessed passwords", 5, 2_000, this::guess);
  }

  private void flood(int client) throws IOException, InterruptedException {
    try (Socket socket = clients.connect(client)) {
      Thread reader = Thread.ofVirtual().start(() -> readAll(socket));
      String burst = GET_ME.repeat(PIPELINED);
      for (int i = 0; i < 100 && !clients.isOver(); i++) {
        HostileClients.write(socket, burst);
        TimeUnit.MILLISECONDS.sleep(100);
      }
      reader.interrupt();
    }
  }

  private static void readAll(Socket socket) {
    byte[] part = new byte[8_192];
    try {
      int read = socket.getInputStream().read(part);
      while (read >= 0) {
        read = socket.getInputStream().read(part);
      }
    } catch (IOException closed) {
      // the turn is over
    }
  }

  private void floodSockJs(int client) throws IOException {
    String session = "/eventbus/0/h" + numbers.incrementAndGet();
    clients.ask(client, post(session + "/xhr", CLOSE, ""));
    clients.ask(
        client, post(session + "/xhr_send", CLOSE, client % 2 == 0 ? tinyMessages : largeMessages));
  }

  private void neverRead(int client) throws IOException, InterruptedException {
    try (Socket socket = clients.connect(client)) {
      for (int i = 0; i < 20; i++) {
        HostileClients.write(socket, "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
      }
      awaitEnd(socket, 0);
    }
  }

  private void sendSlowly(int client) throws IOException, InterruptedException {
    try (Socket socket = clients.connect(client)) {
      HostileClients.write(
          socket,
          """
          POST /api/auth/token HTTP/1.1\r
          Host: localhost\r
          Content-Type: application/json\r
          Content-Length: 100000\r
          \r
          """);
      awaitEnd(socket, ' ');
    }
  }

  /** Writes a byte each second, or none, until the gateway has ended the connection. */
  private void awaitEnd(Socket socket, int each) throws IOException, InterruptedException {
    for (int seconds = 0; seconds < 120 && !clients.isOver(); seconds++) {
      TimeUnit.SECONDS.sleep(1);
      if (each != 0) {
        socket.getOutputStream().write(each);
      }
    }
  }

  /** Words that become several times as long when their compatibility characters are folded. */
  private void poison() throws IOException {
    long number = numbers.incrementAndGet();
    StringBuilder body = new StringBuilder();
    for (int word = 0; word < 960; word++) {
      body.append("\\u3316".repeat(LONG_WORD)).append(word).append(' ');
    }
    String mail =
        "{\"from\":\"p%d@example.org\",\"to\":\"us@example.com\",\"xillio_id\":\"p%d\",\"body\":\"%s\",\"attachments\":null,\"timestamp\":\"2026-01-31T12:00:00Z\"}"
            .formatted(number, number, body);
    String head = new SignedWebhook(GatewayServer.WEBHOOK_SECRET).head("/api/webhooks/email", mail);
    clients.ask(0, head.substring(0, head.length() - 2) + CLOSE + "\r\n" + mail);
  }

  private String search(String authorization) {
    String words = "x%20" + Long.toString(numbers.incrementAndGet(), 36) + "%20OR%20xx";
    return "GET /api/search?limit=200&q="
        + words
        + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
        + authorization
        + "\r\n"
        + CLOSE
        + "\r\n";
  }

  private void lock(long conversation) throws SQLException, InterruptedException {
    try (Connection connection = bench.postgres().connect(GatewayServer.DATABASE);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      var _ =
          statement.execute("select from conversation where id = " + conversation + " for update");
      TimeUnit.MILLISECONDS.sleep(LOCKED_MS);
      connection.rollback();
    }
  }

  private static String message(long conversation, String authorization, long number) {
    return post(
        "/api/conversations/" + conversation + "/messages",
        "Authorization: " + authorization + "\r\nContent-Type: application/json\r\n" + CLOSE,
        "{\"body\":\"held\",\"client_id\":\"" + -number + "\"}");
  }

  private void guess(int client) throws IOException {
    long number = numbers.incrementAndGet();
    String guess =
        "{\"grant_type\":\"password\",\"username\":\"sender%d\",\"password\":\"guess %d\"}"
            .formatted(number % 64, number);
    clients.ask(
        50 + client, post("/api/auth/token", "Content-Type: application/json\r\n" + CLOSE, guess));
  }

  private static String post(String path, String headers, String body) {
    return "POST %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(path, headers, body.getBytes(StandardCharsets.UTF_8).length, body);
  }

  /** What was done, for the report. */
  void report(Report report) {
    clients
        .turns()
        .forEach((name, count) -> report.row(name, String.format(Locale.ROOT, "%,d", count.sum())));
  }
}
