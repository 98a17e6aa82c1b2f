package io.parley.http;

import io.parley.api.operations.FileLinks;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.file.FileVerbs;
import io.parley.file.FileVerbs.DiscardFile;
import io.parley.file.FileVerbs.FileCreated;
import io.parley.file.FileVerbs.FileKeyReused;
import io.parley.file.FileVerbs.FileReplayed;
import io.parley.file.FileVerbs.FileStarted;
import io.parley.file.FileVerbs.FinishFile;
import io.parley.file.FileVerbs.OverQuota;
import io.parley.file.FileVerbs.PutChunk;
import io.parley.file.FileVerbs.StartFile;
import io.parley.file.FileVerbs.StorageFull;
import io.parley.file.FileVerbs.StoredFile;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.settings.FileSettings;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One file on its way in. At most two chunks are being stored at a time, and the sender is paused
 * while more are waiting. A sender that stays silent is disconnected, and a file that does not
 * become complete is removed. Confined to one event loop.
 */
final class Upload implements UploadForm.Listener {
  private static final long MAX_SILENCE_MS = 20_000;
  private static final long MAX_DURATION_MS = TimeUnit.MINUTES.toMillis(15);
  private static final long CHECK_MS = 1_000;
  private static final int MAX_STORING = 2;

  private final Vertx vertx;
  private final Bus bus;
  private final HttpExchange exchange;
  private final Party owner;
  private final FileLinks links;
  private final FileSettings space;
  private final Optional<String> key;
  private final Runnable whenDone;
  private final long beganAt = now();
  private final ChunkBuffer chunks = new ChunkBuffer();
  private long heardAt = beganAt;
  private long timer;
  private @Nullable UUID id;
  private @Nullable ReadStream<Buffer> source;
  private String name = "";
  private int openStreams = 1;
  private int sent;
  private int storing;
  private boolean ended;
  private boolean done;

  Upload(
      Vertx vertx,
      Bus bus,
      HttpExchange exchange,
      Party owner,
      FileLinks links,
      FileSettings space,
      Optional<String> key,
      Runnable whenDone) {
    this.vertx = vertx;
    this.bus = bus;
    this.exchange = exchange;
    this.owner = owner;
    this.links = links;
    this.space = space;
    this.key = key;
    this.whenDone = whenDone;
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  static Problem tooLarge() {
    return Problem.of(
        413,
        "too_large",
        "Payload too large",
        "A file may have at most " + FileVerbs.MAX_FILE_BYTES + " bytes.");
  }

  /** Receives the file; {@code defaultName} is its name unless a form gives another. */
  void run(String defaultName) {
    HttpServerRequest request = exchange.request();
    timer = vertx.setPeriodic(CHECK_MS, tick -> checkTime());
    request.response().closeHandler(closed -> brokenOff(new HttpClosedException("closed")));
    request.exceptionHandler(this::brokenOff);
    if (UploadForm.isSentBy(request)) {
      openStreams = 2; // the file and its form
      new UploadForm(request, this).read();
    } else {
      begin(defaultName, request);
    }
  }

  @Override
  public void fileBegan(HttpServerFileUpload file) {
    begin(FileName.safe(file.filename()), file);
  }

  @Override
  public void formEnded() {
    streamEnded();
  }

  @Override
  public void invalid(String reason) {
    answer(Problem.malformed(reason));
  }

  private void begin(String fileName, ReadStream<Buffer> stream) {
    source = stream;
    name = fileName;
    StartFile wanted =
        new StartFile(owner.id(), name, declaredSize(), space.quota(), space.total(), key);
    bus.request(FileVerbs.START_FILE, wanted)
        .onSuccess(
            start -> {
              switch (start) {
                case FileStarted started -> began(started.id(), stream);
                case OverQuota over -> answer(overQuota());
                case StorageFull full -> answer(storageFull());
              }
            })
        .onFailure(this::fail);
  }

  private void began(UUID file, ReadStream<Buffer> stream) {
    if (done) {
      drop(file);
      return;
    }
    id = file;
    stream.handler(this::receive);
    stream.endHandler(end -> streamEnded());
    stream.exceptionHandler(this::brokenOff);
    stream.resume();
  }

  // the file has at most so many bytes: in a form it is a little shorter; 0 if nobody knows
  private long declaredSize() {
    return Math.min(
        FileVerbs.MAX_FILE_BYTES, Math.max(0, RequestBody.declaredLength(exchange.request())));
  }

  private static Problem overQuota() {
    return Problem.rule("quota_exceeded", "Your files exceed the space that one user may use.");
  }

  private static Problem storageFull() {
    return Problem.of(
        507,
        "storage_full",
        "Insufficient storage",
        "The gateway has no space for more files; ask its operator.");
  }

  private void receive(Buffer part) {
    if (done) {
      return;
    }
    heardAt = now();
    if (chunks.size() + part.length() > FileVerbs.MAX_FILE_BYTES) {
      answer(tooLarge());
      return;
    }
    chunks.append(part);
    store();
    if (chunks.hasFull() && source != null) {
      source.pause();
    }
  }

  private void streamEnded() {
    ended = --openStreams == 0;
    if (ended) {
      chunks.end();
    }
    store();
  }

  /** Stores full chunks, as many at a time as allowed, and completes the file after the last. */
  private void store() {
    UUID file = id;
    if (done || file == null) {
      return;
    }
    while (storing < MAX_STORING) {
      Buffer chunk = chunks.poll();
      if (chunk == null) {
        break;
      }
      put(file, chunk);
    }
    if (storing == 0 && ended) {
      finish(file);
    }
  }

  private void put(UUID file, Buffer chunk) {
    storing++;
    bus.request(FileVerbs.PUT_CHUNK, new PutChunk(file, sent++, chunk))
        .onComplete(
            (put, failure) -> {
              storing--;
              if (failure != null) {
                fail(failure);
                return;
              }
              store();
              if (!chunks.hasFull() && source != null && !ended && !done) {
                source.resume();
              }
            });
  }

  private void finish(UUID file) {
    if (chunks.size() == 0) {
      answer(Problem.malformed("The file is empty."));
      return;
    }
    bus.request(
            FileVerbs.FINISH_FILE,
            new FinishFile(
                file, owner.id(), name, chunks.size(), chunks.hash(), chunks.mimeType(), key))
        .onSuccess(
            result -> {
              id = null; // kept, or removed already
              answer(
                  switch (result) {
                    case FileCreated kept -> Answer.created(json(kept.file()));
                    case FileReplayed kept -> Answer.replayed(json(kept.file()));
                    case OverQuota over -> overQuota();
                    case FileKeyReused reused -> Problem.keyReused();
                  });
            })
        .onFailure(this::fail);
  }

  private Buffer json(StoredFile file) {
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

  private void checkTime() {
    long now = now();
    boolean silent = storing == 0 && now - heardAt > MAX_SILENCE_MS;
    if (silent || now - beganAt > MAX_DURATION_MS) {
      answer(
          Problem.of(408, "too_slow", "Request time-out", "The upload did not complete in time."));
    }
  }

  private void fail(Throwable failure) {
    answer(Problem.of(failure, exchange.id()));
  }

  /** The sender went away, or sent what cannot be read. */
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
    whenDone.run();
    UUID incomplete = id;
    if (incomplete != null) {
      drop(incomplete);
    }
    if (source != null && !ended) {
      // discard what is still on its way
      source.handler(rest -> {});
      source.resume();
    }
    exchange.answer(answer);
  }

  private void drop(UUID incomplete) {
    bus.request(FileVerbs.DISCARD_FILE, new DiscardFile(incomplete));
  }
}
