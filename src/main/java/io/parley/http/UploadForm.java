package io.parley.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A multipart form that must hold exactly one file and be complete. The framework does not report a
 * form that breaks off, so its end is compared with the last boundary. Confined to one event loop.
 */
final class UploadForm {
  /** The bytes that a form may need around its file. */
  static final long MAX_OVERHEAD = 64 * 1024;

  private static final Pattern BOUNDARY = Pattern.compile("(?i)boundary=\"?([^\";,\\s]{1,200})");
  private static final int TAIL = 1_024;

  /** Receives what becomes of the form. */
  interface Listener {
    /** The file, paused. */
    void fileBegan(HttpServerFileUpload file);

    void formEnded();

    void invalid(String reason);
  }

  private final HttpServerRequest request;
  private final Listener listener;
  private Buffer tail = Buffer.buffer();
  private boolean hasFile;

  UploadForm(HttpServerRequest request, Listener listener) {
    this.request = request;
    this.listener = listener;
  }

  static boolean isSentBy(HttpServerRequest request) {
    String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    return type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data");
  }

  void read() {
    Matcher boundary = BOUNDARY.matcher(request.getHeader(HttpHeaders.CONTENT_TYPE));
    if (!boundary.find()) {
      listener.invalid("The Content-Type of the form lacks a boundary.");
      return;
    }
    String lastBoundary = "--" + boundary.group(1) + "--";
    try {
      request.setExpectMultipart(true);
    } catch (RuntimeException unreadable) {
      // the framework's parser of this header fails in several ways
      listener.invalid("The Content-Type of the form cannot be read.");
      return;
    }
    request.uploadHandler(this::begin);
    request.handler(this::keepTail);
    request.endHandler(end -> end(lastBoundary));
    request.resume();
  }

  private void begin(HttpServerFileUpload file) {
    if (hasFile) {
      listener.invalid("The form must contain one file only.");
    } else {
      hasFile = true;
      file.pause();
      listener.fileBegan(file);
    }
  }

  private void keepTail(Buffer part) {
    int length = Math.min(TAIL, part.length());
    tail.appendBuffer(part, part.length() - length, length);
    tail = tail.getBuffer(Math.max(0, tail.length() - TAIL), tail.length());
  }

  private void end(String lastBoundary) {
    if (!hasFile) {
      listener.invalid("The form must contain a file.");
    } else if (!tail.toString(StandardCharsets.ISO_8859_1).contains(lastBoundary)) {
      listener.invalid("The form ends before its last boundary.");
    } else {
      listener.formEnded();
    }
  }
}
