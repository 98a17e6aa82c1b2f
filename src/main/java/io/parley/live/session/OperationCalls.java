package io.parley.live.session;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.api.auth.Caller;
import io.parley.api.contract.BusOperation;
import io.parley.api.contract.SocketOrder;
import io.parley.api.contract.Verb;
import io.parley.api.operations.Admitted;
import io.parley.api.operations.ApiRequest;
import io.parley.api.operations.Input;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.identity.Usernames;
import io.parley.json.JsonBytes;
import io.parley.json.MalformedText;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one client: the operations of the contract, and those that exist on the bus only.
 * Reads run as they come; commands keep their order per conversation.
 */
final class OperationCalls {
  static final String AUTHENTICATE = "authenticate";

  /** Where commands queue that belong to no conversation. */
  private static final long NO_CONVERSATION = 0;

  private static final long PRESENCE = -1;
  private static final int MAX_NUMBER_LENGTH = 18;

  private final SessionContext context;
  private final Client client;
  private final SessionIdentity identity;
  private final InputQueue input;
  private final Inbox inbox;
  private final CommandQueue commands;
  private final ConversationNames names = new ConversationNames();

  OperationCalls(
      SessionContext context,
      Client client,
      SessionIdentity identity,
      InputQueue input,
      Inbox inbox) {
    this.context = context;
    this.client = client;
    this.identity = identity;
    this.input = input;
    this.inbox = inbox;
    this.commands = new CommandQueue(context.loop());
  }

  void call(String address, ClientFrame frame, ClientRequest request) throws MalformedText {
    Map<String, @Nullable Object> body = frame.body();
    BusOperation operation = context.contract().busOperations().get(address);
    if (operation == null) {
      perform(address, body, frame.headers(), request);
      return;
    }
    Optional<Problem> problem =
        context
            .operations()
            .refusal(operation, client.caller(), client.address())
            .or(() -> operation.judge(body));
    if (problem.isPresent()) {
      request.refuse(problem.get());
    } else {
      performOnBus(address, body, request);
    }
  }

  private void performOnBus(
      String operation, Map<String, @Nullable Object> body, ClientRequest request) {
    switch (operation) {
      case AUTHENTICATE ->
          authenticate((String) Objects.requireNonNull(body.get("token")), request);
      case "resume" -> resume(body, request);
      case "typing" ->
          command(
              body,
              SocketOrder.ONE_BY_ONE,
              () ->
                  context
                      .typing()
                      .perform(
                          client,
                          new Input(body, Optional.empty(), request.id(), client.address())),
              request);
      case "presence" ->
          command(
              PRESENCE,
              SocketOrder.ONE_BY_ONE,
              () -> context.presence().perform(client, body),
              request);
      default -> throw new IllegalStateException("declared by the contract only: " + operation);
    }
  }

  private void authenticate(String token, ClientRequest request) {
    Supplier<Future<Caller>> check = () -> context.authenticate(token.strip());
    long since = context.loop().now() - Revocations.MAX_CHECK_MS;
    input.exclusively(
        check.get(),
        (known, failure) -> {
          if (failure == null) {
            identity.authenticated(known, since, check);
            request.answer(Answer.ok(JsonBytes.object(json -> writeIdentity(json, known))));
          } else {
            request.fail(failure);
          }
        });
  }

  private static void writeIdentity(JsonGenerator json, Caller known) throws IOException {
    if (known instanceof Caller.User user) {
      json.writeFieldName("user");
      user.account().writeTo(json);
    } else {
      json.writeFieldName("party");
      known.party().writeTo(json);
    }
  }

  private void resume(Map<String, @Nullable Object> body, ClientRequest request) {
    Resume resume = new Resume(context, client, inbox, body);
    input.exclusively(
        resume.run(),
        (done, failure) -> {
          if (failure == null) {
            request.answer(Answer.ok(resume.body()));
            resume.continueFeeds();
          } else {
            request.fail(failure);
          }
        });
  }

  private void perform(
      String operation,
      Map<String, @Nullable Object> body,
      Map<String, @Nullable Object> headers,
      ClientRequest request) {
    Verb verb = context.contract().verbs().get(operation);
    if (verb == null || verb.httpOnly()) {
      request.deny(operation);
      return;
    }
    Admitted call =
        context.operations().admit(request.id(), client.address(), verb, client.caller());
    if (call.refusal().isPresent()) {
      Future<Answer> refused = context.operations().perform(new ApiRequest(call, Map::of, null));
      context.loop().whenDone(refused, answering(request));
      return;
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    body.forEach((name, value) -> fields.put(name, verb.fromJson(name, value)));
    ApiRequest apiRequest = new ApiRequest(call, () -> fields, idempotencyKey(headers));
    Supplier<Future<Answer>> work = () -> context.operations().perform(apiRequest);
    if (verb.method().equals("GET")) {
      context.loop().whenDone(work.get(), answering(request));
    } else {
      command(fields, order(verb, fields), work, request);
    }
  }

  /** Attachments are looked up before the append: such appends could overtake each other. */
  private static SocketOrder order(Verb verb, Map<String, @Nullable Object> fields) {
    return fields.containsKey("attachments") ? SocketOrder.ONE_BY_ONE : verb.order();
  }

  private static @Nullable String idempotencyKey(Map<String, @Nullable Object> headers) {
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

  /** Queues a command behind those of the conversation that its {@code ref} means. */
  private void command(
      Map<String, @Nullable Object> fields,
      SocketOrder order,
      Supplier<Future<Answer>> work,
      ClientRequest request) {
    switch (fields.get("ref")) {
      case Long number -> command(number, order, work, request);
      case String number when isNumber(number) ->
          command(Long.parseLong(number), order, work, request);
      case String name -> commandByName(name, fields, order, work, request);
      case null, default -> command(place(fields), order, work, request);
    }
  }

  private static boolean isNumber(String ref) {
    return ref.length() <= MAX_NUMBER_LENGTH && Usernames.isDigits(ref);
  }

  /** Where a command queues that names two addresses instead of a conversation. */
  private static long place(Map<String, @Nullable Object> fields) {
    return fields.get("from") instanceof String from && fields.get("to") instanceof String to
        ? PRESENCE - 1 - Integer.toUnsignedLong(from.hashCode() ^ to.hashCode())
        : NO_CONVERSATION;
  }

  private void command(
      long conversation, SocketOrder order, Supplier<Future<Answer>> work, ClientRequest request) {
    commands.add(conversation, order, work, answering(request));
  }

  /**
   * A username stands for the direct conversation with that user: look up its id, which never
   * changes, and queue there. While the conversation does not exist yet, the command runs
   * exclusively, since it may create it.
   */
  private void commandByName(
      String name,
      Map<String, @Nullable Object> fields,
      SocketOrder order,
      Supplier<Future<Answer>> work,
      ClientRequest request) {
    Long known = names.conversation(name);
    if (known != null) {
      fields.put("ref", known.toString());
      command(known, order, work, request);
      return;
    }
    input.alwaysExclusively(
        context.conversationWith(client.caller(), name),
        (found, failure) -> {
          if (failure == null && found.isPresent()) {
            names.put(name, found.get());
            commandByName(name, fields, order, work, request);
          } else {
            input.exclusively(work.get(), (answer, broken) -> answer(request, answer, broken));
          }
        });
  }

  private Completable<Answer> answering(ClientRequest request) {
    return input.inProgress((answer, failure) -> answer(request, answer, failure));
  }

  private static void answer(ClientRequest request, Answer answer, Throwable failure) {
    request.answer(failure == null ? answer : Problem.of(failure, request.id()));
  }
}
