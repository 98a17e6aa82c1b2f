package io.parley.bench;

import io.parley.bench.Report.Samples;
import io.parley.testing.ChildProcess;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Uploads and downloads, beside the framework alone, which neither stores durably nor authorizes;
 * and the memory that many large transfers take. Every byte that comes back is compared.
 */
final class FilesScenario {
  private static final int MIB = 1024 * 1024;
  private static final int SIZE = 8 * MIB;
  private static final int LARGEST = 25 * MIB;
  private static final int BUFFER = 64 * 1024;
  private static final int AT_ONCE = 4;
  private static final int MANY = 50;
  private static final int USERS = 2; // their quota is a GiB each
  private static final double GOAL = 0.5;
  private static final int HEAP_MIB = 128;
  private static final double MOST_GROWTH = 200;

  private final BenchContext bench;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final byte[] content = new byte[LARGEST];

  /** One file that was taken: where it is, who may have it, and what it must be. */
  private record Kept(String url, String token, int number, int size) {}

  @FunctionalInterface
  private interface Work<T> {
    T run(int number) throws Exception;
  }

  FilesScenario(BenchContext bench) {
    this.bench = bench;
    new Random(8).nextBytes(content);
  }

  void run() throws Exception {
    int port = ChildProcess.freePort();
    try (BenchProcess _ = BareFileServer.start(port)) {
      beside("http://127.0.0.1:" + port + "/");
    }
    memory();
    http.close();
  }

  private void beside(String bare) throws Exception {
    int files = bench.quick() ? 16 : 48;
    Samples[] samples = new Samples[4];
    Arrays.setAll(samples, each -> new Samples());
    String gateway = "http://127.0.0.1:" + bench.server().port() + "/api/attachments";
    // the first round warms both up
    for (int round = 0; round <= bench.rounds(); round++) {
      String token = bench.server().user("uploader" + round);
      measured(
          round, files, samples[0], samples[1], number -> upload(gateway, token, number, SIZE));
      measured(round, files, samples[2], samples[3], number -> put(bare + number, number));
    }
    Report report = bench.report();
    report.title("Files of 8 MiB, " + AT_ONCE + " at a time, MB/s");
    report.row("in", samples[0]);
    report.row("out", samples[1]);
    report.row("bare Vert.x, to a file on the disk, not flushed", samples[2]);
    report.row("bare Vert.x, from a file in memory", samples[3]);
    report.atLeast("in, against bare", samples[0].median() / samples[2].median(), GOAL, "×");
    report.atLeast("out, against bare", samples[1].median() / samples[3].median(), GOAL, "×");
  }

  private void measured(int round, int files, Samples in, Samples out, Work<Kept> upload)
      throws Exception {
    long began = System.nanoTime();
    List<Kept> kept = each(files, AT_ONCE, upload);
    double takenIn = rate(files, began);
    began = System.nanoTime();
    List<Boolean> _ = each(files, AT_ONCE, number -> compare(kept.get(number)));
    if (round > 0) {
      in.add(takenIn);
      out.add(rate(files, began));
    }
  }

  private static double rate(int files, long began) {
    return (double) files * SIZE / 1e6 / ((System.nanoTime() - began) / 1e9);
  }

  // a large heap is filled before it is cleaned, whatever is in it: a small one tells what is
  // needed
  private void memory() throws Exception {
    int port = ChildProcess.freePort();
    Map<String, String> environment = GatewayServer.external(bench.postgres(), port);
    environment.put("JAVA_TOOL_OPTIONS", "-Xmx" + HEAP_MIB + "m");
    try (BenchProcess small = GatewayServer.process("small", environment)) {
      double _ = small.awaitReady("http://127.0.0.1:" + port + "/health/ready");
      memory(small.pid(), "http://127.0.0.1:" + port + "/api/attachments");
    }
  }

  private void memory(long pid, String url) throws Exception {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < USERS; i++) {
      tokens.add(bench.server().user("hoarder" + i));
    }
    double before = ResidentMemory.of(pid);
    List<Kept> kept = new ArrayList<>();
    double peak = before;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Kept>> all = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        int number = i;
        all.add(threads.submit(() -> upload(url, tokens.get(number % USERS), number, LARGEST)));
      }
      while (!all.stream().allMatch(Future::isDone)) {
        peak = Math.max(peak, ResidentMemory.of(pid));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      for (Future<Kept> one : all) {
        kept.add(one.get());
      }
    }
    List<Boolean> _ = each(MANY, AT_ONCE, number -> compare(kept.get(number)));
    Report report = bench.report();
    report.title(MANY + " files of 25 MiB in at once, with a heap of " + HEAP_MIB + " MiB");
    report.row("resident before, MiB", before / MIB);
    report.row("resident at the most, MiB", peak / MIB);
    report.atMost("growth", (peak - before) / MIB, MOST_GROWTH, " MiB");
  }

  private static <T> List<T> each(int count, int atOnce, Work<T> work) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
      List<Future<T>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        all.add(threads.submit(() -> work.run(number)));
      }
      List<T> done = new ArrayList<>();
      for (Future<T> one : all) {
        done.add(one.get());
      }
      return done;
    }
  }

  private Kept upload(String url, String token, int number, int size) throws Exception {
    HttpResponse<String> response =
        http.send(body(url, number, size, token), BodyHandlers.ofString());
    if (response.statusCode() != 201) {
      throw new IllegalStateException(
          "an upload: " + response.statusCode() + " " + response.body());
    }
    String id = new JsonObject(response.body()).getString("id");
    return new Kept(url + "/" + id, token, number, size);
  }

  private Kept put(String url, int number) throws Exception {
    HttpResponse<Void> response =
        http.send(body(url, number, SIZE, "none"), BodyHandlers.discarding());
    if (response.statusCode() != 201) {
      throw new IllegalStateException("a bare upload: " + response.statusCode());
    }
    return new Kept(url, "none", number, SIZE);
  }

  private HttpRequest body(String url, int number, int size, String token) {
    return HttpRequest.newBuilder(URI.create(url))
        .header("Authorization", token)
        .header("Content-Type", "application/octet-stream")
        .POST(
            BodyPublishers.concat(
                BodyPublishers.ofByteArray(stamp(number)),
                BodyPublishers.ofByteArray(content, 0, size - Long.BYTES)))
        .build();
  }

  // no two files are the same
  private static byte[] stamp(int number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private boolean compare(Kept kept) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(kept.url()))
            .header("Authorization", kept.token())
            .build();
    HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = response.body()) {
      boolean same = Arrays.equals(in.readNBytes(Long.BYTES), stamp(kept.number()));
      int at = 0;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        same &=
            at + read <= content.length && Arrays.equals(buffer, 0, read, content, at, at + read);
        at += read;
      }
      if (!same || at != kept.size() - Long.BYTES) {
        throw new IllegalStateException(kept.url() + " came back other than it went in");
      }
    }
    return true;
  }
}
