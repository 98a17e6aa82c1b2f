package io.parley.http;

import io.parley.api.operations.FileLinks;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.file.FileType;
import io.parley.file.FileVerbs;
import io.parley.file.FileVerbs.BeginFile;
import io.parley.file.FileVerbs.DropFile;
import io.parley.file.FileVerbs.EndFile;
import io.parley.file.FileVerbs.Kept;
import io.parley.file.FileVerbs.KeptBefore;
import io.parley.file.FileVerbs.KeyReused;
import io.parley.file.FileVerbs.OverQuota;
import io.parley.file.FileVerbs.PutChunk;
import io.parley.file.FileVerbs.StoredFile;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.ReadStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One file on its way in. Not more of it is in memory than two chunks that are being stored and
 * what has come meanwhile; whoever sends faster waits, whoever sends nothing for long is let go,
 * and what does not become whole leaves nothing.
 */
final class Upload {
  /** What multipart may put around a file. */
  static final long WRAPPING = 64 * 1024;

  private static final long SILENCE_MS = 20_000;
  private static final long LONGEST_MS = TimeUnit.MINUTES.toMillis(15);
  private static final long LOOK_MS = 1_000;
  private static final int AT_ONCE = 2;
  private static final Pattern BOUNDARY = Pattern.compile("(?i)boundary=\"?([^\";,\\s]{1,200})");
  private static final int TAIL = 1_024;

  private final Vertx vertx;
  private final Bus bus;
  private final HttpExchange exchange;
  private final Party owner;
  private final FileLinks links;
  private final long quota;
  private final Optional<String> key;
  private final Runnable over;
  private final MessageDigest digest;
  private final long began = now();
  private long heardAt = began;
  private long timer;
  private final ArrayDeque<Buffer> full = new ArrayDeque<>(AT_ONCE);
  private Buffer gathered = Buffer.buffer();
  private Buffer beginning = Buffer.buffer();
  private @Nullable UUID id;
  private @Nullable ReadStream<Buffer> source;
  private String name = "";
  private Buffer tail = Buffer.buffer();
  private int open = 1;
  private long size;
  private int chunks;
  private int storing;
  private boolean ended;
  private boolean done;

  Upload(
      Vertx vertx,
      Bus bus,
      HttpExchange exchange,
      Party owner,
      FileLinks links,
      long quota,
      Optional<String> key,
      Runnable over) {
    this.vertx = vertx;
    this.bus = bus;
    this.exchange = exchange;
    this.owner = owner;
    this.links = links;
    this.quota = quota;
    this.key = key;
    this.over = over;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  static long declared(HttpServerRequest request) {
    try {
      String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  static Problem tooLarge() {
    return Problem.of(
        413,
        "too_large",
        "Payload too large",
        "A file may have at most " + FileVerbs.LARGEST + " bytes.");
  }

  /** {@code name}: what it is called if the upload itself does not say. */
  void run(String name) {
    HttpServerRequest request = exchange.request();
    timer = vertx.setPeriodic(LOOK_MS, tick -> look());
    request.response().closeHandler(closed -> brokenOff(new HttpClosedException("closed")));
    request.exceptionHandler(this::brokenOff);
    String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    if (type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      Matcher boundary = BOUNDARY.matcher(type);
      if (boundary.find()) {
        multipart(request, "--" + boundary.group(1) + "--");
      } else {
        answer(Problem.malformed("The Content-Type of the form lacks a boundary."));
      }
    } else {
      begin(name, request);
    }
  }

  private void multipart(HttpServerRequest request, String lastBoundary) {
    open = 2; // the file and its form
    request.setExpectMultipart(true);
    request.uploadHandler(
        upload -> {
          if (source == null) {
            upload.pause();
            begin(FileEdge.name(upload.filename()), upload);
          } else {
            answer(Problem.malformed("The form must contain one file only."));
          }
        });
    request.handler(
        part -> {
          int length = Math.min(TAIL, part.length());
          tail.appendBuffer(part, part.length() - length, length);
          tail = tail.getBuffer(Math.max(0, tail.length() - TAIL), tail.length());
        });
    request.endHandler(
        end -> {
          if (source == null) {
            answer(Problem.malformed("The form must contain a file."));
          } else if (!tail.toString(StandardCharsets.ISO_8859_1).contains(lastBoundary)) {
            answer(Problem.malformed("The form ends before its last boundary."));
          } else {
            ended();
          }
        });
    request.resume();
  }

  private void begin(String called, ReadStream<Buffer> stream) {
    source = stream;
    name = called;
    bus.request(FileVerbs.BEGIN_FILE, new BeginFile(owner.id(), name, quota, key))
        .onComplete(
            (begun, failure) -> {
              if (failure != null) {
                fail(failure);
              } else if (begun.id().isEmpty()) {
                answer(overQuota());
              } else if (done) {
                drop(begun.id().get());
              } else {
                id = begun.id().get();
                stream.handler(this::heard);
                stream.endHandler(end -> ended());
                stream.exceptionHandler(this::brokenOff);
                stream.resume();
              }
            });
  }

  private static Problem overQuota() {
    return Problem.rule("quota_exceeded", "Your files exceed the space that one user may use.");
  }

  private void heard(Buffer part) {
    if (done) {
      return;
    }
    heardAt = now();
    size += part.length();
    if (size > FileVerbs.LARGEST) {
      answer(tooLarge());
      return;
    }
    digest.update(((BufferInternal) part).getByteBuf().nioBuffer());
    if (beginning.length() < FileType.LOOK) {
      beginning.appendBuffer(part, 0, Math.min(part.length(), FileType.LOOK - beginning.length()));
    }
    gather(part);
    store();
    if (!full.isEmpty() && source != null) {
      source.pause();
    }
  }

  private void gather(Buffer part) {
    for (int from = 0; from < part.length(); ) {
      int fits = Math.min(FileVerbs.CHUNK - gathered.length(), part.length() - from);
      gathered.appendBuffer(part, from, fits);
      from += fits;
      if (gathered.length() == FileVerbs.CHUNK) {
        full.add(gathered);
        gathered = Buffer.buffer(FileVerbs.CHUNK);
      }
    }
  }

  private void ended() {
    ended = --open == 0;
    if (ended && gathered.length() > 0) {
      full.add(gathered);
    }
    store();
  }

  /** Stores what is full, as much of it as may be under way, and goes on when that is done. */
  private void store() {
    UUID file = id;
    if (done || file == null) {
      return;
    }
    while (storing < AT_ONCE && !full.isEmpty()) {
      put(file, full.poll());
    }
    if (storing == 0 && ended) {
      finish(file);
    }
  }

  private void put(UUID file, Buffer chunk) {
    storing++;
    bus.request(FileVerbs.PUT_CHUNK, new PutChunk(file, chunks++, chunk))
        .onComplete(
            (put, failure) -> {
              storing--;
              if (failure != null) {
                fail(failure);
                return;
              }
              store();
              if (full.isEmpty() && source != null && !ended && !done) {
                source.resume();
              }
            });
  }

  private void finish(UUID file) {
    if (size == 0) {
      answer(Problem.malformed("The file is empty."));
      return;
    }
    bus.request(
            FileVerbs.END_FILE,
            new EndFile(
                file, owner.id(), name, size, digest.digest(), FileType.of(beginning), quota, key))
        .onSuccess(
            what -> {
              id = null; // kept, or gone already
              answer(
                  switch (what) {
                    case Kept kept -> Answer.created(told(kept.file()));
                    case KeptBefore kept -> Answer.replayed(told(kept.file()));
                    case OverQuota much -> overQuota();
                    case KeyReused reused -> Problem.keyReused();
                  });
            })
        .onFailure(this::fail);
  }

  private Buffer told(StoredFile file) {
    return JsonBytes.object(
        json -> {
          json.writeStringField("id", file.id().toString());
          json.writeStringField("url", links.url(file.id()));
          json.writeStringField("name", file.name());
          json.writeStringField("mime_type", file.mimeType());
          json.writeNumberField("size", file.size());
          json.writeStringField("sha256", file.sha256());
        });
  }

  private void look() {
    long now = now();
    boolean silent = storing == 0 && now - heardAt > SILENCE_MS;
    if (silent || now - began > LONGEST_MS) {
      answer(
          Problem.of(408, "too_slow", "Request time-out", "The upload did not complete in time."));
    }
  }

  private void fail(Throwable failure) {
    answer(Problem.of(failure, exchange.id()));
  }

  /** What its sender did not bring to an end. */
  private void brokenOff(Throwable cause) {
    if (!done) {
      answer(RequestBody.brokenOff(cause).problem());
      RequestBody.hangUp(exchange.request());
    }
  }

  private void answer(Answer answer) {
    if (done) {
      return;
    }
    done = true;
    vertx.cancelTimer(timer);
    over.run();
    UUID half = id;
    if (half != null) {
      drop(half);
    }
    if (source != null && !ended) {
      // what is on its way still is not worth keeping
      source.handler(rest -> {});
      source.resume();
    }
    exchange.answer(answer);
  }

  private void drop(UUID half) {
    bus.request(FileVerbs.DROP_FILE, new DropFile(half));
  }
}
