package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.file.FileVerbs;
import io.parley.timeline.Attachment;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The uploads among the attachments of a request. An attachment whose URL is one of ours means the
 * upload, and needs the same access: only what a conversation contains by its id is ever signed for
 * a provider.
 */
final class AttachedFiles {
  private final Bus bus;
  private final FileLinks links;

  AttachedFiles(Bus bus, FileLinks links) {
    this.bus = bus;
    this.links = links;
  }

  /**
   * The attachments with the fields of uploads filled in from the stored file, never from the
   * request; empty if {@code caller} may not send one of them.
   */
  Future<Optional<List<Attachment>>> complete(Caller caller, List<Attachment> requested) {
    List<UUID> ids = requested.stream().flatMap(this::upload).distinct().toList();
    if (ids.isEmpty()) {
      boolean allElsewhere = requested.stream().allMatch(each -> each.id().isEmpty());
      return Future.succeededFuture(allElsewhere ? Optional.of(requested) : Optional.empty());
    }
    return FileOperations.find(bus, ids, caller)
        .map(
            files -> {
              Map<UUID, Attachment> known = new HashMap<>();
              files.forEach(file -> known.put(file.id(), FileOperations.attachment(file, links)));
              List<Attachment> complete =
                  requested.stream().flatMap(each -> complete(each, known)).toList();
              return complete.size() == requested.size() ? Optional.of(complete) : Optional.empty();
            });
  }

  private Stream<Attachment> complete(Attachment attachment, Map<UUID, Attachment> known) {
    Optional<UUID> upload = upload(attachment).findFirst();
    return upload.isPresent()
        ? upload.map(known::get).filter(Objects::nonNull).stream()
        : Stream.of(attachment).filter(each -> each.id().isEmpty());
  }

  private Stream<UUID> upload(Attachment attachment) {
    return attachment.id().isPresent()
        ? attachment.id().flatMap(FileVerbs::id).stream()
        : links.file(attachment.url()).stream();
  }

  static Problem.Refused unknown() {
    return new Problem.Refused(
        Problem.rule(
            "unknown_attachment", "An attachment does not exist, or is not yours to send."));
  }
}
