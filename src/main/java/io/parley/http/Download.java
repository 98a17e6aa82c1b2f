package io.parley.http;

import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.file.FileVerbs;
import io.parley.file.FileVerbs.Chunk;
import io.parley.file.FileVerbs.GetChunk;
import io.parley.file.FileVerbs.StoredFile;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One file on its way out. Fetches one chunk ahead of the client, never more. */
final class Download {
  private static final Pattern RANGE = Pattern.compile("(?i)bytes=([0-9]*)-([0-9]*)");
  private static final int LONGEST_NUMBER = 18;

  private final Bus bus;
  private final HttpExchange exchange;
  private final StoredFile file;
  private final HttpServerResponse response;
  private @Nullable Future<Chunk> ahead;
  private long at;
  private long end;

  Download(Bus bus, HttpExchange exchange, StoredFile file) {
    this.bus = bus;
    this.exchange = exchange;
    this.file = file;
    this.response = exchange.request().response();
    this.end = file.size();
  }

  /** The Content-Disposition header: an ASCII name for old clients, and the full name. */
  static String disposition(String name) {
    String plain = name.replaceAll("[^\\x20-\\x7e]", "_").replace("\"", "_").replace("\\", "_");
    String full = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + full;
  }

  void run() {
    HttpServerRequest request = exchange.request();
    String known = request.getHeader("If-None-Match");
    String tag = "\"" + file.sha256() + "\"";
    if (known != null && (known.equals("*") || known.contains(tag))) {
      response.setStatusCode(304).end();
      return;
    }
    String wanted = request.getHeader("Range");
    String condition = request.getHeader("If-Range");
    boolean part = wanted != null && (condition == null || condition.equals(tag));
    if (part && !isRange(wanted)) {
      return;
    }
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, file.mimeType())
        .putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(end - at));
    if (HttpMethod.HEAD.equals(request.method())) {
      response.end();
    } else {
      next();
    }
  }

  /**
   * Whether there is something to send. Multiple or malformed ranges are ignored: the whole file is
   * sent.
   */
  private boolean isRange(String wanted) {
    Matcher range = RANGE.matcher(wanted.strip());
    if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
      return true;
    }
    long size = file.size();
    long first;
    long last = size - 1;
    if (range.group(1).isEmpty()) {
      first = Math.max(0, size - number(range.group(2)));
    } else {
      first = number(range.group(1));
      long wantedLast = range.group(2).isEmpty() ? Long.MAX_VALUE : number(range.group(2));
      if (wantedLast < first) {
        return true;
      }
      last = Math.min(last, wantedLast);
    }
    if (first >= size) {
      exchange.answer(
          Problem.of(
                  416,
                  "range_not_satisfiable",
                  "Range not satisfiable",
                  "The range starts beyond the end of the file.")
              .header("Content-Range", "bytes */" + size));
      return false;
    }
    at = first;
    end = last + 1;
    response
        .setStatusCode(206)
        .putHeader("Content-Range", "bytes " + first + "-" + last + "/" + size);
    return true;
  }

  /** A number too long to parse lies beyond every file. */
  private static long number(String digits) {
    return digits.length() > LONGEST_NUMBER ? Long.MAX_VALUE : Long.parseLong(digits);
  }

  private void next() {
    if (response.closed() || response.ended()) {
      return;
    }
    if (at >= end) {
      response.end();
      return;
    }
    Future<Chunk> wanted = ahead == null ? fetched() : ahead;
    ahead = null;
    wanted.onComplete(
        (chunk, failure) -> {
          if (failure == null && chunk.bytes().length() > 0) {
            write(chunk.bytes());
          } else if (!response.closed()) {
            // the headers are sent: only closing the connection can signal a truncated file
            exchange.request().connection().close();
          }
        });
  }

  private Future<Chunk> fetched() {
    int number = (int) (at / FileVerbs.CHUNK_BYTES);
    return bus.request(FileVerbs.GET_CHUNK, new GetChunk(file.id(), number));
  }

  private void write(Buffer chunk) {
    int from = (int) (at % FileVerbs.CHUNK_BYTES);
    int until = (int) Math.min(chunk.length(), from + end - at);
    if (response.closed()) {
      return;
    }
    at += until - from;
    if (at < end) {
      ahead = fetched();
    }
    response.write(from == 0 && until == chunk.length() ? chunk : chunk.slice(from, until));
    if (response.writeQueueFull()) {
      response.drainHandler(
          drained -> {
            response.drainHandler(null);
            next();
          });
    } else {
      next();
    }
  }
}
