package io.parley.live;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.contract.Contract;
import io.parley.api.operations.ApiRequest;
import io.parley.api.operations.Input;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.identity.Usernames;
import io.parley.json.JsonBytes;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.parley.live.feed.FeedListener;
import io.parley.live.feed.PausedFeeds;
import io.parley.live.feed.Subscriber;
import io.parley.live.frame.CloseCode;
import io.parley.live.frame.SharedFrame;
import io.parley.live.transport.Transport;
import io.parley.live.transport.TransportEvents;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One client, and what it has said so far. Frames take effect in order: what decides how the next
 * are heard (who this is, whether it listens, where it goes on) makes them wait.
 */
final class Session implements TransportEvents, FeedListener {
  private static final String INBOX = "inbox";
  private static final Set<String> OURS = Set.of("resume", "typing", "presence");
  private static final Map<String, Set<String>> FIELDS =
      Map.of(
          "authenticate", Set.of("token"),
          "typing", Set.of("ref", "active"),
          "presence", Set.of("users"));
  private static final int MOST_UNDER_WAY = 64;
  private static final int LONGEST_NUMBER = 18;
  private static final int MOST_BACKLOG = 256 * 1024;

  private final SocketLoop desk;
  private final Transport wire;
  private final String id;
  private final long openedAt;
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>(0);
  private Optional<Supplier<Future<Caller>>> again;
  private Caller caller;
  private long heardAt;
  private long askedAt;
  private int stuckFor;
  private int underWay;
  private int asked;
  private int busy;
  private boolean gone;
  private @Nullable Subscriber entry;
  private @Nullable PausedFeeds holds;
  private List<Long> watched = List.of();
  private @Nullable CommandQueue turns;

  Session(SocketLoop desk, Transport wire, String id, SessionIdentity guest) {
    this.desk = desk;
    this.wire = wire;
    this.id = id;
    this.caller = guest.caller();
    this.again = guest.again();
    this.openedAt = desk.now();
    this.heardAt = openedAt;
    this.askedAt = openedAt;
  }

  Caller caller() {
    return caller;
  }

  @Override
  public boolean admits(Caller visitor) {
    return !isKnown() || caller.party().id() == visitor.party().id();
  }

  SocketLoop desk() {
    return desk;
  }

  boolean isKnown() {
    return !(caller instanceof Caller.Nobody);
  }

  @Override
  public boolean isClosed() {
    return gone;
  }

  /** Names this very frame in the logs. */
  String requestId() {
    return id + "." + asked;
  }

  /** The client is alive. */
  @Override
  public void alive() {
    heardAt = desk.now();
  }

  /** A frame came. */
  @Override
  public void frame(byte[] text) {
    alive();
    if (gone) {
      return;
    }
    if (busy > 0 || underWay >= MOST_UNDER_WAY || !waiting.isEmpty()) {
      waiting.add(text);
      wire.setReading(false);
      return;
    }
    take(text);
  }

  private void take(byte[] text) {
    asked++;
    try {
      if (StrictJson.parse(Buffer.buffer(text)) instanceof Map<?, ?> frame) {
        answered(frame);
      } else {
        throw new MalformedText("a frame must be a JSON object");
      }
    } catch (MalformedText malformed) {
      wrong(BridgeFrames.replyAddress(text), Problem.malformed(malformed.reason()));
    }
  }

  /** Takes a frame; what is wrong with it is told to where its answer would go. */
  private void answered(Map<?, ?> frame) throws MalformedText {
    Optional<String> reply = text(frame, "replyAddress");
    try {
      take(frame, reply);
    } catch (MalformedText malformed) {
      wrong(reply, Problem.malformed(malformed.reason()));
    } catch (RuntimeException failure) {
      wrong(reply, Problem.of(failure, requestId()));
    }
  }

  private void take(Map<?, ?> frame, Optional<String> reply) throws MalformedText {
    String type = text(frame, "type").orElse("");
    if (type.equals("ping")) {
      wire.send(BridgeFrames.PONG);
      return;
    }
    String address = text(frame, "address").orElse("");
    if (!isKnown() && !(type.equals("send") && address.equals("authenticate"))) {
      wrong(
          reply.or(() -> Optional.of(address).filter(any -> !any.isEmpty())),
          Problem.unauthorized("Send a token to \"authenticate\" first."));
      return;
    }
    switch (type) {
      case "register" -> register(address, true);
      case "unregister" -> register(address, false);
      case "send" -> send(address, reply, frame);
      case "publish" -> wire.send(BridgeFrames.denied(reply.orElse(address)));
      default ->
          throw new MalformedText("type must be send, register, unregister, publish or ping");
    }
  }

  private static Optional<String> text(Map<?, ?> frame, String name) throws MalformedText {
    return switch (frame.get(name)) {
      case null -> Optional.empty();
      case String text when text.length() <= BridgeFrames.LONGEST_ADDRESS -> Optional.of(text);
      default ->
          throw new MalformedText(
              name + " must be text of at most " + BridgeFrames.LONGEST_ADDRESS + " characters");
    };
  }

  /** Something came that is no frame. */
  @Override
  public void malformed(String reason) {
    wrong(Optional.empty(), Problem.malformed(reason));
  }

  private void wrong(Optional<String> address, Problem problem) {
    wire.send(BridgeFrames.error(address, problem));
  }

  private void register(String address, boolean on) {
    if (!address.equals(INBOX)) {
      wire.send(BridgeFrames.denied(address));
    } else if (!on) {
      stopListening();
    } else if (entry == null && !stops(Optional.of(INBOX))) {
      alone(Optional.of(INBOX), listen(), done -> {});
    }
  }

  /** What is for people is for keys that may be among them. */
  private boolean stops(Optional<String> reply) {
    Optional<Problem> stopped = caller.stopped(Access.USER);
    stopped.ifPresent(problem -> wrong(reply, problem));
    return stopped.isPresent();
  }

  private Future<Void> listen() {
    return desk.audience().subscribe(this, caller).compose(this::entered);
  }

  private Future<Void> entered(Subscriber found) {
    if (!gone && found.isFor(caller)) {
      entry = found;
      return Future.succeededFuture();
    }
    // it ended meanwhile, or became somebody else
    desk.audience().unsubscribe(this, found);
    return gone ? Future.succeededFuture() : listen();
  }

  private void stopListening() {
    Subscriber left = entry;
    if (left != null) {
      entry = null;
      desk.audience().unsubscribe(this, left);
    }
  }

  /** What follows waits until this is over. */
  private <T> void alone(
      Optional<String> reply, Future<T> work, java.util.function.Consumer<T> done) {
    busy++;
    desk.home(
        work,
        (value, failure) -> {
          busy--;
          if (gone) {
            return;
          }
          if (failure == null) {
            done.accept(value);
          } else {
            wrong(reply, Problem.of(failure, requestId()));
          }
          takeWaiting();
        });
  }

  private void takeWaiting() {
    while (busy == 0 && !gone && underWay < MOST_UNDER_WAY && !waiting.isEmpty()) {
      take(waiting.poll());
    }
    if (busy == 0 && !gone && waiting.isEmpty() && underWay < MOST_UNDER_WAY) {
      wire.setReading(true);
    }
  }

  private void send(String address, Optional<String> reply, Map<?, ?> frame) throws MalformedText {
    Map<String, @Nullable Object> body = object(frame, "body");
    if (OURS.contains(address) && stops(reply)) {
      return;
    }
    refuseUnknown(address, body);
    switch (address) {
      case "authenticate" -> authenticate(reply, body);
      case "resume" ->
          alone(
              reply,
              Resume.of(this, body).run(),
              resumed -> {
                answer(reply, Answer.ok(resumed.body()));
                resumed.goOn();
              });
      case "typing" ->
          change(
              reply,
              body,
              CommandQueue.ALONE,
              () -> desk.typing().perform(this, new Input(body, Optional.empty(), id)));
      case "presence" ->
          change(
              reply,
              CommandQueue.PRESENCE,
              CommandQueue.ALONE,
              () -> desk.presence().perform(this, body));
      default -> operate(address, reply, body, object(frame, "headers"));
    }
  }

  /** Of what is no operation; the contract looks after those. */
  private static void refuseUnknown(String address, Map<String, @Nullable Object> body) {
    Set<String> known = FIELDS.get(address);
    if (known != null) {
      for (String name : body.keySet()) {
        if (!known.contains(name)) {
          throw new Problem.Refused(Problem.invalid(name, "is not known here"));
        }
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> object(Map<?, ?> frame, String name)
      throws MalformedText {
    return switch (frame.get(name)) {
      case null -> new LinkedHashMap<>();
      case Map<?, ?> object -> (Map<String, @Nullable Object>) object;
      default -> throw new MalformedText(name + " must be an object");
    };
  }

  private void operate(
      String address,
      Optional<String> reply,
      Map<String, @Nullable Object> body,
      Map<String, @Nullable Object> headers) {
    Contract.Verb verb = desk.operations().contract().verbs().get(address);
    if (verb == null || verb.httpOnly()) {
      wire.send(BridgeFrames.denied(reply.orElse(address)));
      return;
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    body.forEach((name, value) -> fields.put(name, verb.fromJson(name, value)));
    ApiRequest request = new ApiRequest(requestId(), verb, caller, fields, key(headers));
    if (verb.method().equals("GET")) {
      desk.home(desk.operations().perform(request), performing(reply));
    } else {
      change(
          reply,
          fields,
          CommandQueue.stream(verb, fields),
          () -> desk.operations().perform(request));
    }
  }

  private static @Nullable String key(Map<String, @Nullable Object> headers) {
    for (Map.Entry<String, @Nullable Object> header : headers.entrySet()) {
      if (header.getKey().equalsIgnoreCase("Idempotency-Key")) {
        return switch (header.getValue()) {
          case null -> null;
          case String key -> key;
          case Object _ ->
              throw new Problem.Refused(Problem.invalid("Idempotency-Key", "must be text"));
        };
      }
    }
    return null;
  }

  /** What changes something waits for what was asked before it in the same place. */
  private void change(
      Optional<String> reply,
      Map<String, @Nullable Object> fields,
      String stream,
      Supplier<Future<Answer>> work) {
    Object ref = fields.get("ref");
    if (ref instanceof Long number) {
      change(reply, number, stream, work);
    } else if (!(ref instanceof String name)) {
      change(reply, CommandQueue.place(fields), stream, work);
    } else if (isNumber(name)) {
      change(reply, Long.parseLong(name), stream, work);
    } else {
      changeNamed(reply, name, fields, stream, work);
    }
  }

  private void change(
      Optional<String> reply, long place, String stream, Supplier<Future<Answer>> work) {
    turns().take(place, stream, work, performing(reply));
  }

  static boolean isNumber(String ref) {
    return ref.length() <= LONGEST_NUMBER && Usernames.isDigits(ref);
  }

  /**
   * A user's name stands for a conversation: from here on its number does. Where there is none yet
   * everything waits until there is.
   */
  private void changeNamed(
      Optional<String> reply,
      String name,
      Map<String, @Nullable Object> fields,
      String stream,
      Supplier<Future<Answer>> work) {
    Long known = turns().named(name);
    if (known != null) {
      fields.put("ref", known.toString());
      change(reply, known, stream, work);
      return;
    }
    busy++;
    desk.home(
        desk.conversationWith(caller, name),
        (found, failure) -> {
          busy--;
          if (failure == null && found.isPresent()) {
            turns().name(name, found.get());
            changeNamed(reply, name, fields, stream, work);
          } else {
            alone(reply, work.get(), answer -> answer(reply, answer));
          }
          takeWaiting();
        });
  }

  private CommandQueue turns() {
    if (turns == null) {
      turns = new CommandQueue(desk);
    }
    return turns;
  }

  private Completable<Answer> performing(Optional<String> reply) {
    underWay++;
    if (underWay >= MOST_UNDER_WAY) {
      wire.setReading(false);
    }
    String request = requestId();
    return (answer, failure) -> {
      underWay--;
      if (!gone) {
        answer(reply, failure == null ? answer : Problem.of(failure, request));
        takeWaiting();
      }
    };
  }

  private void answer(Optional<String> reply, Answer answer) {
    if (reply.isPresent()) {
      wire.send(BridgeFrames.reply(reply.get(), answer));
    } else if (answer instanceof Problem problem) {
      wrong(Optional.empty(), problem);
    }
  }

  private void authenticate(Optional<String> reply, Map<String, @Nullable Object> body) {
    if (!(body.get("token") instanceof String token) || token.isEmpty()) {
      answer(reply, Problem.invalid("token", "must be an access token or a key"));
      return;
    }
    String credentials = "Bearer " + token;
    alone(
        reply,
        desk.authenticate(credentials),
        known -> {
          again = Optional.of(() -> desk.authenticate(credentials));
          become(known);
          answer(
              reply,
              Answer.ok(
                  JsonBytes.object(
                      json -> {
                        if (known instanceof Caller.User user) {
                          json.writeFieldName("user");
                          user.account().writeTo(json);
                        } else {
                          json.writeFieldName("party");
                          known.party().writeTo(json);
                        }
                      })));
        });
  }

  /** From here on this is {@code known}; whoever listened as somebody else listens anew. */
  private void become(Caller known) {
    boolean was = isKnown();
    boolean other = was && known.party().id() != caller.party().id();
    boolean changed = other || (was && !Subscriber.isSame(known, caller));
    if (other) {
      desk.presence().went(this);
    }
    caller = known;
    if (other || !was) {
      desk.presence().came(this);
    }
    if (changed) {
      holds = null;
      turns = null;
      watch(List.of());
      desk.typing().forget(this);
      if (entry != null) {
        stopListening();
        alone(Optional.of(INBOX), listen(), done -> {});
      }
    }
  }

  /** What it was let in by may be good no more. */
  void judgeAgain() {
    again.ifPresent(
        judge ->
            desk.home(
                judge.get(),
                (known, failure) -> {
                  if (gone || !again.equals(Optional.of(judge))) {
                    return;
                  }
                  if (failure == null) {
                    become(known);
                  } else if (failure instanceof Problem.Refused) {
                    close(CloseCode.CREDENTIALS_ENDED, "credentials ended");
                  } else {
                    desk.later(this::judgeAgain);
                  }
                }));
  }

  /** Something happened in a conversation that this client sees. */
  @Override
  public void event(long conversation, long rev, SharedFrame news) {
    if (gone || (holds != null && holds.withholds(conversation, rev, news))) {
      return;
    }
    tell(news);
  }

  /** News that has no place in an order, for those who listen. */
  @Override
  public void ephemeral(SharedFrame news) {
    if (!gone && entry != null) {
      tell(news);
    }
  }

  /** News that was kept. */
  void again(byte[] event) {
    SharedFrame news = new SharedFrame(event);
    ephemeral(news);
    news.release();
  }

  private void tell(SharedFrame news) {
    wire.send(news);
    if (wire.backlog() > MOST_BACKLOG) {
      close(CloseCode.TOO_SLOW, "too slow");
    }
  }

  boolean isListening() {
    return entry != null;
  }

  /** The revs of its conversations, if they have been read for it this very moment. */
  Map<Long, Long> justRead() {
    return entry == null ? Map.of() : entry.loadedRevs();
  }

  /** Whether it has been told all there is to tell of {@code conversation}. */
  @Override
  public boolean isUpToDate(long conversation) {
    return holds == null || !holds.isPaused(conversation);
  }

  /** What is being caught up with, made when first needed. */
  PausedFeeds holds() {
    if (holds == null) {
      holds = new PausedFeeds();
    }
    return holds;
  }

  void watch(List<Long> accounts) {
    desk.presence().watch(this, watched, accounts);
    watched = accounts;
  }

  /** Once a second. */
  void sweep(long now) {
    if (busy > 0 || !waiting.isEmpty()) {
      // nothing is read meanwhile: the silence is ours
      heardAt = now;
    }
    if (!isKnown() && now - openedAt > SocketLoop.UNKNOWN_MS) {
      close(CloseCode.CREDENTIALS_ENDED, "no credentials");
    } else if (caller instanceof Caller.User user && desk.isOver(user.until())) {
      close(CloseCode.CREDENTIALS_ENDED, "credentials ended");
    } else if (now - heardAt > SocketLoop.SILENCE_MS) {
      close(CloseCode.NORMAL, "silence");
    } else if (wire.isStuck()) {
      stuckFor++;
      if (stuckFor * SocketLoop.SWEEP_MS >= SocketLoop.STUCK_MS) {
        close(CloseCode.TOO_SLOW, "too slow");
      }
    } else {
      stuckFor = 0;
      if (now - askedAt > SocketLoop.BEAT_MS) {
        askedAt = now;
        wire.ping();
      }
    }
  }

  @Override
  public void disconnect(int code, String reason) {
    close(code, reason);
  }

  void close(int code, String reason) {
    if (!gone) {
      desk.closed(code);
      wire.close(code, reason);
      ended();
    }
  }

  /** It has ended, whoever ended it. */
  @Override
  public void ended() {
    if (!gone) {
      gone = true;
      waiting.clear();
      stopListening();
      watch(List.of());
      desk.typing().forget(this);
      desk.left(this);
    }
  }
}
