package io.parley.http;

import io.parley.api.auth.Caller;
import io.parley.api.contract.Verb;
import io.parley.api.operations.Admitted;
import io.parley.api.operations.FileLinks;
import io.parley.api.operations.Operations;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.file.FileVerbs;
import io.parley.file.FileVerbs.FindFiles;
import io.parley.file.FileVerbs.StoredFile;
import io.parley.flow.KeyedSlots;
import io.parley.flow.Slots;
import io.parley.json.MalformedText;
import io.parley.settings.FileSettings;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Uploads and downloads, which stream a chunk at a time. Confined to its event loop. */
final class FileEdge {
  private static final String UPLOAD = "uploadAttachment";
  private static final int MAX_UPLOADS = 50;

  private final Vertx vertx;
  private final Bus bus;
  private final RestEdge rest;
  private final ClientConnections connections;
  private final FileLinks links;
  private final Operations operations;
  private final FileSettings space;
  private final Slots uploads = new Slots(MAX_UPLOADS);
  private final KeyedSlots<String> downloads;

  FileEdge(
      Vertx vertx,
      Bus bus,
      RestEdge rest,
      ClientConnections connections,
      Operations operations,
      FileLinks links,
      KeyedSlots<String> downloads,
      FileSettings space) {
    this.vertx = vertx;
    this.bus = bus;
    this.rest = rest;
    this.connections = connections;
    this.operations = operations;
    this.links = links;
    this.downloads = downloads;
    this.space = space;
  }

  void handle(HttpExchange exchange, Verb verb, Map<String, String> path) throws MalformedText {
    String operation = verb.id();
    long start = System.nanoTime();
    exchange
        .request()
        .response()
        .endHandler(
            end -> {
              connections.ended(exchange.request());
              operations.performed(
                  operation, status(exchange.request().response()), System.nanoTime() - start);
            });
    // the body is bytes, which no schema describes
    Map<String, @Nullable Object> fields = RequestFields.of(exchange.request(), verb, path, null);
    Optional<Problem> invalid = operations.invalid(verb, fields);
    if (invalid.isPresent()) {
      exchange.answer(invalid.get());
    } else if (operation.equals(UPLOAD)) {
      upload(
          exchange,
          verb,
          Operations.key(verb, fields, exchange.request().getHeader(RestEdge.IDEMPOTENCY_KEY)));
    } else {
      download(exchange, verb, path.getOrDefault("attachment", ""));
    }
  }

  // a client that goes away before the answer counts as a bad request
  private static int status(HttpServerResponse response) {
    return response.headWritten() ? response.getStatusCode() : 400;
  }

  // refuses before a byte of the body is read
  private void upload(HttpExchange exchange, Verb verb, Optional<String> key) throws MalformedText {
    HttpServerRequest request = exchange.request();
    request.pause();
    Map<String, String> query = query(request);
    rest.withCaller(
        exchange,
        caller -> {
          Optional<Problem> refusal =
              rest.admit(exchange, verb, caller).refusal().or(() -> RequestBody.wrapped(request));
          if (refusal.isPresent()) {
            exchange.answer(refusal.get());
          } else if (RequestBody.declaredLength(request)
              > FileVerbs.MAX_FILE_BYTES + UploadForm.MAX_OVERHEAD) {
            exchange.answer(Upload.tooLarge());
          } else if (!uploads.tryTake()) {
            exchange.answer(
                Problem.unavailable("Too many uploads at the same time; retry after 1 s."));
          } else {
            connections.bodyRead(request);
            new Upload(vertx, bus, exchange, caller.party(), links, space, key, uploads::release)
                .run(FileName.safe(query.get("name")));
          }
        });
  }

  private static Map<String, String> query(HttpServerRequest request) throws MalformedText {
    return request.query() == null ? Map.of() : PercentEncoding.pairs(request.query());
  }

  private void download(HttpExchange exchange, Verb verb, String text) throws MalformedText {
    Optional<UUID> known = FileVerbs.id(text);
    if (known.isEmpty()) {
      exchange.answer(Problem.notFound());
      return;
    }
    UUID id = known.get();
    Map<String, String> query = query(exchange.request());
    if (query.containsKey("signature") || query.containsKey("expires")) {
      if (isGood(id, query)) {
        findForLink(exchange, verb, id);
      } else {
        exchange.answer(Problem.forbidden("The link is invalid or has expired."));
      }
      return;
    }
    rest.withCaller(
        exchange,
        caller -> {
          Optional<Problem> refusal = rest.admit(exchange, verb, caller).refusal();
          if (refusal.isPresent()) {
            exchange.answer(refusal.get());
          } else {
            find(exchange, id, Optional.of(caller));
          }
        });
  }

  // a link has no caller: its downloads count by the client address
  private void findForLink(HttpExchange exchange, Verb verb, UUID id) {
    Admitted call = rest.admit(exchange, verb, Caller.nobody());
    if (call.isOverLimit()) {
      exchange.answer(call.refusal().orElseThrow());
    } else {
      find(exchange, id, Optional.empty());
    }
  }

  private boolean isGood(UUID id, Map<String, String> query) {
    try {
      return links.isGood(
          id,
          Long.parseLong(query.getOrDefault("expires", "0")),
          query.getOrDefault("signature", ""));
    } catch (NumberFormatException noTime) {
      return false;
    }
  }

  private void find(HttpExchange exchange, UUID id, Optional<Caller> caller) {
    bus.request(
            FileVerbs.FIND_FILES, new FindFiles(List.of(id), caller.map(each -> each.party().id())))
        .onComplete(
            (found, failure) -> {
              if (failure != null) {
                exchange.answer(Problem.of(failure, exchange.id()));
              } else if (found.files().isEmpty()) {
                exchange.answer(Problem.notFound());
              } else {
                send(exchange, found.files().getFirst(), caller);
              }
            });
  }

  /** Without a caller the request came by a signed link, which other sites may embed. */
  private void send(HttpExchange exchange, StoredFile file, Optional<Caller> caller) {
    HttpServerRequest request = exchange.request();
    String holder =
        caller
            .map(each -> "party " + each.party().id())
            .orElseGet(() -> exchange.source().client().countedAs());
    if (!downloads.tryTake(holder)) {
      exchange.answer(Problem.unavailable("Too many downloads at the same time; retry after 1 s."));
      return;
    }
    connections.whenEnded(request, () -> downloads.release(holder));
    boolean linked = caller.isEmpty();
    request
        .response()
        .putHeader(HttpHeaders.ETAG, "\"" + file.sha256() + "\"")
        .putHeader(HttpHeaders.ACCEPT_RANGES, "bytes")
        .putHeader(HttpHeaders.CACHE_CONTROL, "private, max-age=300")
        .putHeader("Content-Security-Policy", "default-src 'none'; sandbox")
        .putHeader("Cross-Origin-Resource-Policy", linked ? "cross-origin" : "same-site")
        .putHeader("Content-Disposition", Download.disposition(file.name()));
    new Download(bus, exchange, file).run();
  }
}
