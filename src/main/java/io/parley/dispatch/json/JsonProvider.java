package io.parley.dispatch.json;

import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.dispatch.Provider;
import io.parley.dispatch.Transcript;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.settings.ProviderSettings;
import io.parley.timeline.Attachment;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.PoolOptions;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import io.vertx.ext.web.client.impl.WebClientInternal;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * An adapter that posts a message as one JSON object to {@code <url>/sms} or {@code <url>/email}.
 * The outcome is unknown whenever the request may have been written and no answer was read.
 */
public final class JsonProvider implements Provider {
  private static final CharSequence IDEMPOTENCY_KEY =
      HttpHeaders.createOptimized("Idempotency-Key");
  private static final long MAX_CONNECT_MS = 2_000;

  private final ProviderSettings settings;
  private final WebClient client;

  public JsonProvider(Vertx vertx, ProviderSettings settings) {
    this.settings = settings;
    this.client =
        WebClient.create(
            vertx,
            new WebClientOptions()
                .setUserAgent("parley")
                .setFollowRedirects(false)
                .setDecompressionSupported(false)
                .setTcpNoDelay(true)
                .setKeepAliveTimeout(10)
                .setConnectTimeout((int) connectMs()),
            new PoolOptions().setHttp1MaxSize(settings.concurrency() + 1));
    ((WebClientInternal) client).addInterceptor(BoundedBody::attach);
  }

  private long connectMs() {
    return Math.max(50, Math.min(MAX_CONNECT_MS, settings.timeout().toMillis() / 2));
  }

  @Override
  public Future<Outcome> send(OutgoingMessage message, Transcript transcript) {
    String url = settings.url() + (message.channel() == Channel.EMAIL ? "/email" : "/sms");
    HttpRequest<Buffer> request =
        client
            .postAbs(url)
            .timeout(settings.timeout().toMillis())
            .putHeader(HttpHeaders.CONTENT_TYPE.toString(), "application/json")
            .putHeader(IDEMPOTENCY_KEY.toString(), message.key());
    BoundedBody body = new BoundedBody();
    Buffer encoded = encode(message);
    transcript.requested("POST " + url, request.headers(), encoded);
    return request
        .as(body)
        .sendBuffer(encoded)
        // the client's own time-out starts again with each byte of a slow reply
        .timeout(settings.timeout().toMillis() + 500, TimeUnit.MILLISECONDS)
        .map(response -> outcome(response, transcript))
        .otherwise(failure -> outcomeOfBrokenReply(body, failure, transcript));
  }

  // a reply that is too long is judged by its status and first bytes
  private static Outcome outcomeOfBrokenReply(
      BoundedBody body, Throwable failure, Transcript transcript) {
    body.abandon();
    body.response()
        .ifPresent(reply -> transcript.answered(reply.statusCode(), reply.headers(), body.soFar()));
    return body.response()
        .filter(reply -> body.isTooLong())
        .map(reply -> outcome(reply.statusCode(), reply.headers(), body.soFar()))
        .orElseGet(() -> Replies.withoutReply(failure));
  }

  private static Outcome outcome(HttpResponse<Buffer> response, Transcript transcript) {
    Buffer body = response.body() == null ? Buffer.buffer() : response.body();
    transcript.answered(response.statusCode(), response.headers(), body);
    return outcome(response.statusCode(), response.headers(), body);
  }

  private static Outcome outcome(int status, MultiMap headers, Buffer body) {
    return Replies.outcome(status, headers.get(HttpHeaders.RETRY_AFTER), body, Instant.now());
  }

  private static Buffer encode(OutgoingMessage message) {
    return JsonBytes.object(
        json -> {
          json.writeStringField("from", message.from());
          json.writeStringField("to", message.to());
          if (message.channel() != Channel.EMAIL) {
            json.writeStringField("type", message.channel().text());
          } else if (message.subject().isPresent()) {
            json.writeStringField("subject", message.subject().get());
          }
          json.writeStringField("body", message.body());
          json.writeArrayFieldStart("attachments");
          for (Attachment attachment : message.attachments()) {
            json.writeString(attachment.url());
          }
          json.writeEndArray();
          json.writeStringField("timestamp", Times.text(message.sentAt()));
          json.writeStringField("reference", Long.toString(message.delivery()));
        });
  }
}
