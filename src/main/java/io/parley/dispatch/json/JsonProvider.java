package io.parley.dispatch.json;

import io.parley.channel.Channel;
import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.dispatch.Provider;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.settings.ProviderSettings;
import io.vertx.core.Future;
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
 * Sends a message as one JSON object to {@code <url>/sms} or {@code <url>/email}. Heeds that the
 * far side may have taken it whenever the request may have been written and no answer was read.
 */
public final class JsonProvider implements Provider {
  private static final CharSequence IDEMPOTENCY_KEY =
      HttpHeaders.createOptimized("Idempotency-Key");
  private static final long LONGEST_CONNECT_MS = 2_000;

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
    ((WebClientInternal) client).addInterceptor(BoundedBody::met);
  }

  private long connectMs() {
    return Math.max(50, Math.min(LONGEST_CONNECT_MS, settings.timeout().toMillis() / 2));
  }

  @Override
  public Future<Outcome> send(OutgoingMessage message) {
    String path = message.channel() == Channel.EMAIL ? "/email" : "/sms";
    HttpRequest<Buffer> request =
        client
            .postAbs(settings.url() + path)
            .timeout(settings.timeout().toMillis())
            .putHeader(HttpHeaders.CONTENT_TYPE.toString(), "application/json")
            .putHeader(IDEMPOTENCY_KEY.toString(), message.key());
    BoundedBody body = new BoundedBody();
    return request
        .as(body)
        .sendBuffer(written(message))
        // a reply that trickles is silence too
        .timeout(settings.timeout().toMillis() + 500, TimeUnit.MILLISECONDS)
        .map(JsonProvider::told)
        .otherwise(failure -> cut(body, failure));
  }

  // what was said before it went on too long counts: a refusal is one however many words it has
  private static Outcome cut(BoundedBody body, Throwable failure) {
    body.abandon();
    return body.begun()
        .filter(reply -> body.isTooLong())
        .map(
            reply ->
                Replies.outcome(
                    reply.statusCode(),
                    reply.getHeader(HttpHeaders.RETRY_AFTER),
                    body.soFar(),
                    Instant.now()))
        .orElseGet(() -> Replies.withoutReply(failure));
  }

  private static Outcome told(HttpResponse<Buffer> response) {
    return Replies.outcome(
        response.statusCode(),
        response.getHeader(HttpHeaders.RETRY_AFTER),
        response.body() == null ? Buffer.buffer() : response.body(),
        Instant.now());
  }

  private static Buffer written(OutgoingMessage message) {
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
          for (String url : message.attachments()) {
            json.writeString(url);
          }
          json.writeEndArray();
          json.writeStringField("timestamp", Times.text(message.sentAt()));
          json.writeStringField("reference", Long.toString(message.delivery()));
        });
  }
}
