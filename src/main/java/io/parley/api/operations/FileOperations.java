package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.file.FileVerbs;
import io.parley.file.FileVerbs.FindFiles;
import io.parley.file.FileVerbs.StoredFile;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.timeline.Attachment;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** The operations on uploaded files; the HTTP edge transfers their bytes. */
public final class FileOperations {
  private static final Duration LINK_LIFETIME = Duration.ofMinutes(5);

  private final Bus bus;
  private final FileLinks links;
  private final InstantSource clock;

  public FileOperations(Bus bus, FileLinks links, InstantSource clock) {
    this.bus = bus;
    this.links = links;
    this.clock = clock;
  }

  public Map<String, Operation> operations() {
    return Map.of("linkAttachment", this::link);
  }

  private Future<Answer> link(Caller caller, Input input) {
    UUID id =
        FileVerbs.id(input.text("attachment"))
            .orElseThrow(() -> new Problem.Refused(Problem.notFound()));
    return find(bus, List.of(id), caller)
        .map(
            files -> {
              if (files.isEmpty()) {
                return Problem.notFound();
              }
              Instant until = clock.instant().truncatedTo(ChronoUnit.SECONDS).plus(LINK_LIFETIME);
              return Answer.ok(
                  JsonBytes.object(
                      json -> {
                        json.writeStringField("url", links.link(id, until));
                        json.writeStringField("expires_at", Times.text(until));
                      }));
            });
  }

  public static Future<List<StoredFile>> find(Bus bus, List<UUID> ids, Caller caller) {
    return bus.request(FileVerbs.FIND_FILES, new FindFiles(ids, Optional.of(caller.party().id())))
        .map(FileVerbs.Files::files);
  }

  /** The attachment that refers to {@code file}. */
  static Attachment attachment(StoredFile file, FileLinks links) {
    return new Attachment(
        Optional.of(file.id().toString()),
        links.url(file.id()),
        Optional.of(file.name()),
        Optional.of(file.mimeType()),
        OptionalLong.of(file.size()));
  }
}
