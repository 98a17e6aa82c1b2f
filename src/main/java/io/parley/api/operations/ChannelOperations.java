package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.channel.Address;
import io.parley.channel.ChannelVerbs;
import io.parley.channel.ChannelVerbs.Message;
import io.parley.channel.ChannelVerbs.SendOut;
import io.parley.channel.ChannelVerbs.TakeIn;
import io.parley.channel.ChannelVerbs.Taken;
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

/** What is sent to people outside, and what their providers bring. */
public final class ChannelOperations {
  // never beyond the next bracket: a mail of half tags would be searched again from each of them
  private static final Pattern TAG = Pattern.compile("<[a-zA-Z!/][^<>]*>");
  private static final int SHORT = 4_096;
  private static final int LONGEST_BODY = 1 << 20;
  private static final int MOST_WAITING = 200;

  // +02:00, and +0200 and +02 too
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .parseCaseInsensitive()
          .appendPattern("[XXX][XX][X]")
          .toFormatter(Locale.ROOT);

  // no images: one that is fetched tells its sender that it was read
  private static final PolicyFactory SAFE =
      Sanitizers.FORMATTING
          .and(Sanitizers.BLOCKS)
          .and(Sanitizers.LINKS)
          .and(Sanitizers.TABLES)
          .and(Sanitizers.STYLES);

  private final WorkerExecutor cleaners;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Bus bus;
  private final ChannelSettings settings;
  private final AllowedSenders senders;

  public ChannelOperations(Vertx vertx, Bus bus, ChannelSettings settings) {
    // a mebibyte takes most of a second: such mails wait for each other, and nobody for them
    this.cleaners =
        vertx.createSharedWorkerExecutor(
            "parley-html", Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    this.bus = bus;
    this.settings = settings;
    this.senders = new AllowedSenders(settings);
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
        .compose(
            message -> {
              senders.check(message.from().handle());
              return bus.request(
                      ChannelVerbs.SEND_OUT, new SendOut(message, caller.party().id(), input.key()))
                  .map(RefusalProblems::value)
                  .map(ChannelOperations::sent);
            });
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
        .compose(message -> bus.request(ChannelVerbs.TAKE_IN, new TakeIn(message, id)))
        .map(RefusalProblems::value)
        .map(ChannelOperations::received);
  }

  private static Answer received(Taken taken) {
    return Answer.ok(
        JsonBytes.object(
            json -> {
              json.writeStringField("id", taken.conversation() + ":" + taken.seq());
              json.writeNumberField("conversation_id", taken.conversation());
              json.writeBooleanField("duplicate", taken.duplicate());
            }));
  }

  private Future<Message> message(Input input, Channel channel) {
    Address from = address(input, "from", channel);
    Address to = address(input, "to", channel);
    if (from.handle().equals(to.handle())) {
      throw new Problem.Refused(
          Problem.rule("self_conversation", "A conversation needs two different parties."));
    }
    Optional<String> body = input.optionalText("body");
    if (body.isPresent() && Utf8.length(body.get()) > LONGEST_BODY) {
      throw new Problem.Refused(Problem.invalid("body", "must have at most 1 MiB"));
    }
    List<Attachment> attachments = attachments(input);
    Optional<String> subject = input.optionalText("subject").filter(text -> !Text.isBlank(text));
    Optional<Instant> sentAt = input.optionalText("timestamp").map(ChannelOperations::instant);
    // what comes in may be empty: its sender meant something by it
    boolean nothing = body.isEmpty() && attachments.isEmpty() && subject.isEmpty();
    Optional<String> said = nothing ? Optional.of("") : body;
    return html(channel, body)
        .map(html -> new Message(channel, from, to, subject, said, html, attachments, sentAt));
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
      Instant instant = OffsetDateTime.parse(text, TIME).toInstant();
      if (Times.isTold(instant)) {
        return instant;
      }
    } catch (DateTimeException noTime) {
      // the same refusal as for a year that nobody can write
    }
    throw new Problem.Refused(
        Problem.invalid(
            "timestamp", "must be a date and time with its offset, such as 2026-01-31T12:00:00Z"));
  }

  // what is long is cleaned elsewhere: it would hold up everybody on this event loop
  private Future<Optional<String>> html(Channel channel, Optional<String> body) {
    if (channel != Channel.EMAIL || body.isEmpty() || !TAG.matcher(body.get()).find()) {
      return Future.succeededFuture(Optional.empty());
    }
    return body.get().length() <= SHORT
        ? Future.succeededFuture(Optional.of(SAFE.sanitize(body.get())))
        : cleaned(body.get());
  }

  private Future<Optional<String>> cleaned(String body) {
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      return Future.failedFuture(Outage.unavailable("too many long mails at once"));
    }
    return cleaners
        .executeBlocking(() -> Optional.of(SAFE.sanitize(body)), false)
        .onComplete(done -> waiting.decrementAndGet());
  }
}
