package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.channel.Address;
import io.parley.channel.ChannelVerbs;
import io.parley.channel.ChannelVerbs.ChannelMessage;
import io.parley.channel.ChannelVerbs.ReceiveMessage;
import io.parley.channel.ChannelVerbs.Received;
import io.parley.channel.ChannelVerbs.SendMessage;
import io.parley.flow.Outage;
import io.parley.json.JsonBytes;
import io.parley.json.Text;
import io.parley.json.Times;
import io.parley.json.Utf8;
import io.parley.settings.ChannelSettings;
import io.parley.timeline.Attachment;
import io.parley.timeline.Channel;
import io.parley.timeline.TimelineVerbs.Appended;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.owasp.html.PolicyFactory;
import org.owasp.html.Sanitizers;

/** The operations that send SMS and email, and the webhooks that receive them. */
public final class ChannelOperations {
  // stops at the next bracket: else a mail of unclosed tags would take quadratic time
  private static final Pattern TAG = Pattern.compile("<[a-zA-Z!/][^<>]*>");
  // in a header of a mail a line break would begin another one
  private static final Pattern LINE_BREAK = Pattern.compile("[\\r\\n\\x0b\\f\\x85\\u2028\\u2029]+");

  private static final int MAX_INLINE_LENGTH = 4_096;
  private static final int MAX_BODY = 1 << 20;
  private static final int MAX_QUEUED = 200;

  // accepts the offsets +02:00, +0200 and +02
  private static final DateTimeFormatter TIMESTAMP =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .parseCaseInsensitive()
          .appendPattern("[XXX][XX][X]")
          .toFormatter(Locale.ROOT);

  // no images: fetching one tells the sender that the mail was read
  private static final PolicyFactory SAFE =
      Sanitizers.FORMATTING
          .and(Sanitizers.BLOCKS)
          .and(Sanitizers.LINKS)
          .and(Sanitizers.TABLES)
          .and(Sanitizers.STYLES);

  private final WorkerExecutor sanitizers;
  private final AtomicInteger queued = new AtomicInteger();
  private final Bus bus;
  private final ChannelSettings settings;
  private final AllowedSenders senders;
  private final AttachedFiles files;

  public ChannelOperations(Vertx vertx, Bus bus, FileLinks links, ChannelSettings settings) {
    // a mebibyte takes most of a second: long mails queue here instead of blocking an event loop
    this.sanitizers =
        vertx.createSharedWorkerExecutor(
            "parley-html", Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    this.bus = bus;
    this.settings = settings;
    this.senders = new AllowedSenders(settings);
    this.files = new AttachedFiles(bus, links);
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "sendSms", (caller, input) -> send(caller, input, Channel.of(input.text("type"))),
        "sendEmail", (caller, input) -> send(caller, input, Channel.EMAIL),
        "receiveSms", (caller, input) -> receiveSms(input),
        "receiveEmail", (caller, input) -> receive(input, Channel.EMAIL, input.text("xillio_id")));
  }

  private Future<Answer> send(Caller caller, Input input, Channel channel) {
    if (input.optionalText("body").filter(text -> !Text.isBlank(text)).isEmpty()
        && input.list("attachments").isEmpty()) {
      throw new Problem.Refused(Problem.invalid("body", "is required without attachments"));
    }
    return message(input, channel)
        .compose(message -> withUploads(caller, message))
        .compose(
            message -> {
              senders.check(message.from().handle());
              return bus.request(
                      ChannelVerbs.SEND_MESSAGE,
                      new SendMessage(message, caller.party(), input.key()))
                  .map(RefusalProblems::value)
                  .map(ChannelOperations::sent);
            });
  }

  private Future<ChannelMessage> withUploads(Caller caller, ChannelMessage message) {
    return files
        .complete(caller, message.attachments())
        .map(complete -> message.with(complete.orElseThrow(AttachedFiles::unknown)));
  }

  private static Answer sent(Appended appended) {
    return appended.replayed()
        ? Answer.replayed(appended.item())
        : new Answer.Done(202, appended.item(), Map.of());
  }

  private Future<Answer> receiveSms(Input input) {
    return receive(
        input,
        Channel.of(input.optionalText("type").orElse("sms")),
        input.text("messaging_provider_id"));
  }

  private Future<Answer> receive(Input input, Channel channel, String id) {
    return message(input, channel)
        .compose(
            message -> bus.request(ChannelVerbs.RECEIVE_MESSAGE, new ReceiveMessage(message, id)))
        .map(RefusalProblems::value)
        .map(ChannelOperations::received);
  }

  private static Answer received(Received received) {
    return Answer.ok(
        JsonBytes.object(
            json -> {
              json.writeStringField("id", received.conversation() + ":" + received.seq());
              json.writeNumberField("conversation_id", received.conversation());
              json.writeBooleanField("duplicate", received.duplicate());
            }));
  }

  private Future<ChannelMessage> message(Input input, Channel channel) {
    Address from = address(input, "from", channel);
    Address to = address(input, "to", channel);
    if (from.handle().equals(to.handle())) {
      throw new Problem.Refused(
          Problem.rule("self_conversation", "A conversation needs two different parties."));
    }
    Optional<String> body = input.optionalText("body");
    if (body.isPresent() && Utf8.length(body.get()) > MAX_BODY) {
      throw new Problem.Refused(Problem.invalid("body", "must have at most 1 MiB"));
    }
    List<Attachment> attachments = attachments(input);
    Optional<String> subject =
        input
            .optionalText("subject")
            .map(text -> LINE_BREAK.matcher(text).replaceAll(" "))
            .filter(text -> !Text.isBlank(text));
    Optional<Instant> sentAt = input.optionalText("timestamp").map(ChannelOperations::instant);
    // a received message may be empty
    boolean isEmpty = body.isEmpty() && attachments.isEmpty() && subject.isEmpty();
    Optional<String> text = isEmpty ? Optional.of("") : body;
    return html(channel, body)
        .map(
            html ->
                new ChannelMessage(channel, from, to, subject, text, html, attachments, sentAt));
  }

  private Address address(Input input, String field, Channel channel) {
    return Address.of(channel, input.text(field), settings.region())
        .orElseThrow(
            () ->
                new Problem.Refused(
                    Problem.invalid(
                        field,
                        channel == Channel.EMAIL
                            ? "must be a mailbox such as ann@example.org"
                            : "must be a phone number such as +12025550123, or a short code")));
  }

  private static List<Attachment> attachments(Input input) {
    return input.list("attachments").stream()
        .map(
            url ->
                new Attachment(
                    Optional.empty(),
                    String.valueOf(url),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalLong.empty()))
        .toList();
  }

  private static Instant instant(String text) {
    try {
      Instant instant = OffsetDateTime.parse(text, TIMESTAMP).toInstant();
      if (Times.isTold(instant)) {
        return instant;
      }
    } catch (DateTimeException noTime) {
      // refused below, like a year out of range
    }
    throw new Problem.Refused(
        Problem.invalid(
            "timestamp", "must be a date and time with its offset, such as 2026-01-31T12:00:00Z"));
  }

  // long bodies are sanitized on a worker: they would block this event loop
  private Future<Optional<String>> html(Channel channel, Optional<String> body) {
    if (channel != Channel.EMAIL || body.isEmpty() || !TAG.matcher(body.get()).find()) {
      return Future.succeededFuture(Optional.empty());
    }
    return body.get().length() <= MAX_INLINE_LENGTH
        ? Future.succeededFuture(Optional.of(SAFE.sanitize(body.get())))
        : sanitizeOnWorker(body.get());
  }

  private Future<Optional<String>> sanitizeOnWorker(String body) {
    if (queued.incrementAndGet() > MAX_QUEUED) {
      queued.decrementAndGet();
      return Future.failedFuture(Outage.unavailable("too many long mails at once"));
    }
    return sanitizers
        .executeBlocking(() -> Optional.of(SAFE.sanitize(body)), false)
        .onComplete(done -> queued.decrementAndGet());
  }
}
