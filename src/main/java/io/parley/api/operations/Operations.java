package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.contract.Contract;
import io.parley.api.contract.Verb;
import io.parley.api.problem.Answer;
import io.parley.api.problem.InputError;
import io.parley.api.problem.Problem;
import io.parley.flow.Outage;
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
  private final Listener listener;

  /** Fails unless the contract and the operations name the same ids. */
  public Operations(Contract contract, List<Map<String, Operation>> groups, Listener listener) {
    this.contract = contract;
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

  /** Why {@code caller} may not call {@code verb}; empty if they may. */
  public Optional<Problem> refusal(Verb verb, Caller caller) {
    return verb.refuses(caller);
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
      answer = admit(request);
    } catch (RuntimeException failure) {
      answer = Future.failedFuture(failure);
    }
    return answer
        .otherwise(failure -> problem(request, failure))
        .onSuccess(
            given ->
                listener.performed(request.verb().id(), given.status(), System.nanoTime() - start));
  }

  // a read changes nothing, so its outcome is never unknown
  private static Problem problem(ApiRequest request, Throwable failure) {
    boolean isRead = request.verb().method().equals("GET");
    boolean outcomeUnknown = failure instanceof Outage outage && !outage.isRetryable();
    return Problem.of(
        isRead && outcomeUnknown ? Outage.unavailable("not answered", failure) : failure,
        request.id());
  }

  private Future<Answer> admit(ApiRequest request) {
    Optional<Problem> refusal = refusal(request.verb(), request.caller());
    return refusal.isPresent() ? Future.succeededFuture(refusal.get()) : read(request);
  }

  private Future<Answer> read(ApiRequest request) {
    Map<String, @Nullable Object> fields;
    try {
      fields = request.fields().read();
    } catch (MalformedText malformed) {
      return Future.succeededFuture(request.verb().worded(Problem.malformed(malformed.reason())));
    } catch (Problem.Refused refused) {
      return Future.succeededFuture(request.verb().worded(refused.problem()));
    }
    Optional<Problem> invalid = invalid(request.verb(), fields);
    return invalid.isPresent() ? Future.succeededFuture(invalid.get()) : perform(request, fields);
  }

  private Future<Answer> perform(ApiRequest request, Map<String, @Nullable Object> fields) {
    Verb verb = request.verb();
    Input input =
        new Input(fields, key(verb, fields, request.key()), request.id(), request.client());
    return Objects.requireNonNull(operations.get(verb.id())).perform(request.caller(), input);
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
