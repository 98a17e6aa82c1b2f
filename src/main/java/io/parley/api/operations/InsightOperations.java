package io.parley.api.operations;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.bus.Endpoint;
import io.parley.identity.Scope;
import io.parley.insight.InsightVerbs;
import io.parley.insight.InsightVerbs.Found;
import io.parley.insight.InsightVerbs.Position;
import io.parley.insight.InsightVerbs.Rank;
import io.parley.insight.InsightVerbs.Ranking;
import io.parley.insight.InsightVerbs.SearchItems;
import io.parley.insight.InsightVerbs.StepCount;
import io.parley.insight.InsightVerbs.StepCounts;
import io.parley.insight.InsightVerbs.Top;
import io.parley.insight.Range;
import io.parley.insight.Steps;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.timeline.Item;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The operations for numbers of messages, and for full-text search. */
public final class InsightOperations {
  private static final int POSITION_PARTS = 3;
  private static final Duration USUAL_HOURS = Duration.ofDays(1);
  private static final Duration USUAL_DAYS = Duration.ofDays(30);

  private final Bus bus;
  private final ConversationRefs refs;
  private final Access analytics;
  private final InstantSource clock;

  /** {@code analytics}: the callers that may call the analytics operations. */
  public InsightOperations(Bus bus, Access analytics, InstantSource clock) {
    this.bus = bus;
    this.refs = new ConversationRefs(bus);
    this.analytics = analytics;
    this.clock = clock;
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "topUsers",
        (caller, input) -> top(InsightVerbs.TOP_USERS, "user", caller, input),
        "topConversations",
        (caller, input) -> top(InsightVerbs.TOP_CONVERSATIONS, "conversation", caller, input),
        "messagesOverTime",
        this::overTime,
        "searchItems",
        this::search);
  }

  private Future<Answer> top(
      Endpoint<Top, Ranking> endpoint, String what, Caller caller, Input input) {
    Optional<Problem> stopped = caller.stopped(analytics, Set.of(Scope.ANALYTICS));
    if (stopped.isPresent()) {
      return Future.succeededFuture(stopped.get());
    }
    Top question =
        new Top(
            range(input), (int) input.number("limit"), input.number("offset"), caller.party().id());
    return bus.request(endpoint, question)
        .map(ranking -> Answer.ok(ranking(what, ranking, question)));
  }

  private static Range range(Input input) {
    Range range = new Range(moment(input, "start"), moment(input, "end"));
    if (range.isInverted()) {
      throw new Problem.Refused(Problem.invalid("end", "must not be before start"));
    }
    return range;
  }

  private static Optional<Instant> moment(Input input, String field) {
    Optional<String> text = input.optionalText(field);
    Optional<Instant> moment = text.flatMap(Range::moment);
    if (text.isPresent() && moment.isEmpty()) {
      throw new Problem.Refused(
          Problem.invalid(
              field, "must be a date, or a date and time with its offset, such as 2026-01-31"));
    }
    return moment;
  }

  private static JsonBytes.Part ranking(String what, Ranking ranking, Top question) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("data");
      for (Rank rank : ranking.ranks()) {
        json.writeStartObject();
        json.writeObjectFieldStart(what);
        json.writeNumberField("id", rank.id());
        writeName(json, rank);
        json.writeEndObject();
        json.writeNumberField("messages", rank.messages());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeNumberField("limit", question.limit());
      json.writeNumberField("offset", question.offset());
      json.writeEndObject();
    };
  }

  private static void writeName(JsonGenerator json, Rank rank) throws IOException {
    if (rank.name().isPresent()) {
      json.writeStringField("name", rank.name().get());
    } else {
      json.writeNullField("name");
    }
  }

  private Future<Answer> overTime(Caller caller, Input input) {
    Optional<Problem> stopped = caller.stopped(analytics, Set.of(Scope.ANALYTICS));
    if (stopped.isPresent()) {
      return Future.succeededFuture(stopped.get());
    }
    return bus.request(InsightVerbs.COUNT_MESSAGES, steps(input))
        .map(counts -> Answer.ok(stepCounts(counts)));
  }

  private Steps steps(Input input) {
    Range range = range(input);
    Steps.Length length = Steps.Length.valueOf(input.text("step").toUpperCase(Locale.ROOT));
    Duration usual =
        switch (length) {
          case HOUR -> USUAL_HOURS;
          case DAY -> USUAL_DAYS;
        };
    Instant end =
        range
            .end()
            .orElseGet(() -> later(clock.instant().truncatedTo(ChronoUnit.MILLIS), range.start()));
    Steps steps = new Steps(range.start().orElseGet(() -> end.minus(usual)), end, length);
    if (steps.count() > Steps.MOST) {
      throw new Problem.Refused(
          Problem.invalid("start", "must be at most " + Steps.MOST + " steps before end"));
    }
    if (!Times.isTold(steps.beginning(steps.first()))) {
      throw new Problem.Refused(Problem.invalid("start", "must be in the year 1 or later"));
    }
    return steps;
  }

  private static Instant later(Instant now, Optional<Instant> start) {
    return start.filter(each -> each.isAfter(now)).orElse(now);
  }

  private static JsonBytes.Part stepCounts(StepCounts counts) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("data");
      for (StepCount count : counts.counts()) {
        json.writeStartObject();
        json.writeStringField("at", Times.text(count.at()));
        json.writeNumberField("messages", count.messages());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    };
  }

  private Future<Answer> search(Caller caller, Input input) {
    if (!input.has("ref")) {
      return search(caller, input, Optional.empty());
    }
    return refs.find(caller, input)
        .compose(
            conversation ->
                conversation.isPresent()
                    ? search(caller, input, conversation)
                    : Future.succeededFuture(
                        Answer.ok(
                            found(
                                new Found(List.of(), Optional.empty(), 0, true),
                                Optional.empty()))));
  }

  private Future<Answer> search(Caller caller, Input input, Optional<Long> conversation) {
    String words = input.text("q");
    String list = "search " + conversation.map(String::valueOf).orElse("") + " " + words;
    SearchItems question =
        new SearchItems(
            caller.party().id(),
            words,
            conversation,
            input.optionalText("cursor").map(text -> position(text, list)),
            (int) input.number("limit"));
    return bus.request(InsightVerbs.SEARCH_ITEMS, question).map(result -> answer(result, list));
  }

  private static Answer answer(Result<Found> result, String list) {
    return RefusalProblems.answer(
        result,
        found ->
            found.asked()
                ? Answer.ok(found(found, found.next().map(next -> cursor(next, list))))
                : Problem.invalid("q", "must contain a word to find, not only words to exclude"));
  }

  private static Cursor cursor(Position position, String list) {
    return new Cursor(
        list,
        List.of(
            Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, position.createdAt())),
            Long.toString(position.conversation()),
            Long.toString(position.seq())));
  }

  private static Position position(String text, String list) {
    List<String> parts = Cursor.read(text, list, POSITION_PARTS);
    return new Position(
        Instant.EPOCH.plus(Cursor.number(parts.get(0)), ChronoUnit.MICROS),
        Cursor.number(parts.get(1)),
        Cursor.number(parts.get(2)));
  }

  private static JsonBytes.Part found(Found found, Optional<Cursor> next) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("data");
      for (Item item : found.items()) {
        item.writeTo(json);
      }
      json.writeEndArray();
      if (next.isPresent()) {
        json.writeStringField("next", next.get().text());
      } else {
        json.writeNullField("next");
      }
      json.writeNumberField("behind", found.behind());
      json.writeEndObject();
    };
  }
}
