package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.contract.BusOperation;
import io.parley.api.contract.Contract;
import io.parley.api.contract.Verb;
import io.parley.api.problem.Answer;
import io.parley.api.problem.InputError;
import io.parley.api.problem.Problem;
import io.parley.flow.KeyedBuckets.Level;
import io.parley.flow.Outage;
import io.parley.identity.ClientAddress;
import io.parley.json.MalformedText;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Performs the operations of the contract for every edge: admits the caller, reads and checks the
 * input, performs the operation, and turns every failure into a problem.
 */
public final class Operations {
  private static final Pattern PRINTABLE_KEY = Pattern.compile("[\\x20-\\x7e]{1,128}");

  /** Receives a report of every request; must be cheap. */
  @FunctionalInterface
  public interface Listener {
    void performed(String operationId, int status, long nanos);
  }

  private final Contract contract;
  private final Map<String, Operation> operations;
  private final CallLimits limits;
  private final Listener listener;

  /** Fails unless the contract and the operations name the same ids. */
  public Operations(
      Contract contract,
      List<Map<String, Operation>> groups,
      CallLimits limits,
      Listener listener) {
    this.contract = contract;
    this.limits = limits;
    this.operations = new HashMap<>();
    groups.forEach(operations::putAll);
    this.listener = listener;
    Set<String> unknown = new HashSet<>(operations.keySet());
    unknown.removeAll(contract.verbs().keySet());
    Set<String> missing = new HashSet<>();
    for (Verb verb : contract.verbs().values()) {
      // the HTTP edge performs streamed operations
      if (!verb.streamed() && !operations.containsKey(verb.id())) {
        missing.add(verb.id());
      }
    }
    if (!unknown.isEmpty() || !missing.isEmpty()) {
      throw new IllegalStateException(
          "not in the contract: " + unknown + ", not implemented: " + missing);
    }
  }

  public Contract contract() {
    return contract;
  }

  /** Counts a call, and decides before anything else of it is read whether it is performed. */
  public Admitted admit(String id, ClientAddress client, Verb verb, Caller caller) {
    Level level = limits.take(verb.work(), caller, client);
    Optional<Problem> refusal =
        level == null || level.isGranted()
            ? verb.refuses(caller)
            : Optional.of(CallLimits.problem(verb.work(), level));
    return new Admitted(id, client, verb, caller, refusal, level);
  }

  /** The same for an operation that exists on the event bus only; empty if it is performed. */
  public Optional<Problem> refusal(BusOperation operation, Caller caller, ClientAddress client) {
    Level level = limits.take(operation.work(), caller, client);
    return level == null || level.isGranted()
        ? operation.refuses(caller)
        : Optional.of(CallLimits.problem(operation.work(), level));
  }

  /** What is wrong with the input of {@code verb}; empty if nothing is. */
  public Optional<Problem> invalid(Verb verb, Map<String, @Nullable Object> fields) {
    List<InputError> errors = verb.check(fields);
    return errors.isEmpty() ? Optional.empty() : Optional.of(verb.worded(Problem.invalid(errors)));
  }

  /** Reports an operation that the HTTP edge performed itself. */
  public void performed(String operationId, int status, long nanos) {
    listener.performed(operationId, status, nanos);
  }

  /** Never fails: every failure becomes a problem. */
  public Future<Answer> perform(ApiRequest request) {
    long start = System.nanoTime();
    Future<Answer> answer;
    try {
      Optional<Problem> refusal = request.call().refusal();
      answer = refusal.isPresent() ? Future.succeededFuture(refusal.get()) : read(request);
    } catch (RuntimeException failure) {
      answer = Future.failedFuture(failure);
    }
    return answer
        .otherwise(failure -> problem(request, failure))
        .onSuccess(
            given ->
                listener.performed(
                    request.call().verb.id(), given.status(), System.nanoTime() - start));
  }

  // a read changes nothing, so its outcome is never unknown
  private static Problem problem(ApiRequest request, Throwable failure) {
    boolean isRead = request.call().verb.method().equals("GET");
    boolean outcomeUnknown = failure instanceof Outage outage && !outage.isRetryable();
    return Problem.of(
        isRead && outcomeUnknown ? Outage.unavailable("not answered", failure) : failure,
        request.call().id);
  }

  private Future<Answer> read(ApiRequest request) {
    Map<String, @Nullable Object> fields;
    try {
      fields = request.fields().read();
    } catch (MalformedText malformed) {
      return Future.succeededFuture(
          request.call().verb.worded(Problem.malformed(malformed.reason())));
    } catch (Problem.Refused refused) {
      return Future.succeededFuture(request.call().verb.worded(refused.problem()));
    }
    Optional<Problem> invalid = invalid(request.call().verb, fields);
    return invalid.isPresent() ? Future.succeededFuture(invalid.get()) : perform(request, fields);
  }

  private Future<Answer> perform(ApiRequest request, Map<String, @Nullable Object> fields) {
    Admitted call = request.call();
    Input input = new Input(fields, key(call.verb, fields, request.key()), call.id, call.client);
    return Objects.requireNonNull(operations.get(call.verb.id())).perform(call.caller, input);
  }

  /** The key that makes a request repeatable: from the header, the body, or the same in both. */
  public static Optional<String> key(
      Verb verb, Map<String, @Nullable Object> fields, @Nullable String inHeader) {
    if (!verb.idempotent()) {
      return Optional.empty();
    }
    Object inBody = fields.get("client_id");
    if (inHeader != null && (!PRINTABLE_KEY.matcher(inHeader).matches() || inHeader.isBlank())) {
      throw new Problem.Refused(
          Problem.invalid(
              "Idempotency-Key",
              "must consist of 1 to 128 printable ASCII characters and not be blank"));
    }
    if (inHeader != null && inBody != null && !inHeader.equals(inBody)) {
      throw new Problem.Refused(
          Problem.invalid("client_id", "must equal the Idempotency-Key header"));
    }
    return Optional.ofNullable(inHeader != null ? inHeader : (String) inBody);
  }
}
