package io.parley.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that send SMS over HTTP and retry until acknowledged: without an answer, or after 429 or
 * 503, a client repeats the request at the other gateway under the same key. Each has recipients of
 * its own and one message in flight. On plain sockets, so that the load costs less than the
 * gateway.
 */
final class LoadSenders {
  private static final int CLIENTS = 48;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger askedAgain = new AtomicInteger();
  private final List<Integer> ports;
  private final String run;

  LoadSenders(List<Integer> ports, String run) {
    this.ports = ports;
    this.run = run;
  }

  int accepted() {
    return accepted.get();
  }

  int askedAgain() {
    return askedAgain.get();
  }

  /** Message after message to all recipients; done when every one is accepted. */
  CompletableFuture<Void> start(int recipients, int each) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      int client = i;
      all.add(
          CompletableFuture.runAsync(
              () -> new Client(client).send(recipients, each),
              Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory())));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  private final class Client {
    private final int number;
    private int gateway;
    private Socket socket;
    private InputStream in;

    Client(int number) {
      this.number = number;
      this.gateway = number;
    }

    void send(int recipients, int each) {
      for (int seq = 1; seq <= each; seq++) {
        for (int to = number; to < recipients; to += CLIENTS) {
          while (!isAccepted(to, seq)) {
            askedAgain.incrementAndGet();
            gateway++;
            hangUp();
            LockSupport.parkNanos(PAUSE_NANOS);
          }
          accepted.incrementAndGet();
        }
      }
      hangUp();
    }

    private boolean isAccepted(int to, int seq) {
      int status;
      try {
        status = asked(to, seq);
      } catch (IOException gone) {
        return false;
      }
      if (status >= 400 && status < 500 && status != 429) {
        throw new AssertionError("answered " + status);
      }
      return status == 202 || status == 200;
    }

    private int asked(int to, int seq) throws IOException {
      if (socket == null) {
        socket = new Socket(InetAddress.getLoopbackAddress(), ports.get(gateway % ports.size()));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        in = new BufferedInputStream(socket.getInputStream());
      }
      byte[] body =
          """
          {"from":"+12025550000","to":"+1202%07d","type":"sms","body":"body %d","attachments":null}"""
              .formatted(2_000_000 + to, seq)
              .getBytes(UTF_8);
      String head =
          """
          POST /api/messages/sms HTTP/1.1
          Host: localhost
          Content-Type: application/json
          Idempotency-Key: %s-%d-%d
          Content-Length: %d

          """
              .formatted(run, to, seq, body.length)
              .replace("\n", "\r\n");
      byte[] request = new byte[head.length() + body.length];
      System.arraycopy(head.getBytes(UTF_8), 0, request, 0, head.length());
      System.arraycopy(body, 0, request, head.length(), body.length);
      socket.getOutputStream().write(request);
      return status();
    }

    private int status() throws IOException {
      int status = Integer.parseInt(line().split(" ", 3)[1]);
      int length = 0;
      for (String header = line(); !header.isEmpty(); header = line()) {
        if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(header.substring("content-length:".length()).strip());
        }
      }
      in.skipNBytes(length);
      return status;
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new EOFException();
        }
        if (next != '\r') {
          line.append((char) next);
        }
      }
      return line.toString();
    }

    private void hangUp() {
      try {
        if (socket != null) {
          socket.close();
        }
      } catch (IOException gone) {
        // it is
      }
      socket = null;
    }
  }
}
