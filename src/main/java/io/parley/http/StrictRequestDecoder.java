package io.parley.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.Set;

/**
 * Decodes requests, and refuses those of whose body a proxy in front might believe another length
 * than we do: a client could hide a second request in it. The framework's decoder repairs some of
 * them instead: it drops the length of a chunked body, takes any encoding with {@code chunked} in
 * it for chunked and any other for none, and in HTTP/1.0 the first of several lengths. What follows
 * such a request is discarded, and its connection is closed.
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
  private static final String NAME = "httpDecoder";
  private static final Set<String> VERSIONS = Set.of("HTTP/1.1", "HTTP/1.0");

  /** The framing of a request that can be understood in more than one way. */
  static final class AmbiguousLength extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private AmbiguousLength() {
      super("a body must have either one Content-Length or the Transfer-Encoding chunked");
    }
  }

  private int lengths;
  private int encodings;

  StrictRequestDecoder(HttpServerOptions options) {
    super(options);
  }

  /** Puts a strict decoder in the place of the framework's. Must run before anything was read. */
  static void install(HttpConnection connection, HttpServerOptions options) {
    ((ConnectionBase) connection)
        .channelHandlerContext()
        .pipeline()
        .replace(NAME, NAME, new StrictRequestDecoder(options));
  }

  @Override
  protected HttpMessage createMessage(String[] initialLine) {
    lengths = 0;
    encodings = 0;
    if (!VERSIONS.contains(initialLine[2])) {
      // the framework would answer 501, as if something were wrong here
      throw new IllegalArgumentException("another version than HTTP/1.1 and HTTP/1.0");
    }
    return super.createMessage(initialLine);
  }

  // counted here, because the framework merges and removes headers before anybody sees them
  @Override
  protected AsciiString splitHeaderName(byte[] line, int start, int length) {
    AsciiString name = super.splitHeaderName(line, start, length);
    if (length == HttpHeaderNames.CONTENT_LENGTH.length()
        && HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name)) {
      lengths++;
    } else if (length == HttpHeaderNames.TRANSFER_ENCODING.length()
        && HttpHeaderNames.TRANSFER_ENCODING.contentEqualsIgnoreCase(name)) {
      encodings++;
    }
    return name;
  }

  /** Called with the complete head of a request, before the framework decides about its body. */
  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage request) {
    if (lengths + encodings > 1 || (encodings == 1 && !isChunked(request))) {
      throw new AmbiguousLength();
    }
    return super.isContentAlwaysEmpty(request);
  }

  private static boolean isChunked(HttpMessage request) {
    return request.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(
            request.headers().get(HttpHeaderNames.TRANSFER_ENCODING));
  }
}
