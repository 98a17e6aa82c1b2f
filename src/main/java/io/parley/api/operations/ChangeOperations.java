package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindChanges;
import io.parley.json.JsonBytes;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The list of what changed in a conversation since a revision, by which clients catch up. */
public final class ChangeOperations {
  private static final int MAX_CHANGES = 500;

  private final Bus bus;
  private final ConversationRefs refs;

  public ChangeOperations(Bus bus) {
    this.bus = bus;
    this.refs = new ConversationRefs(bus);
  }

  public Map<String, Operation> operations() {
    return Map.of("listChanges", this::list);
  }

  private Future<Answer> list(Caller caller, Input input) {
    long since = input.number("since");
    return refs.find(caller, input)
        .compose(
            conversation ->
                conversation.isEmpty()
                    ? Future.succeededFuture(
                        Result.done(new ConversationVerbs.Changes(List.of(), 0, since > 0, false)))
                    : bus.request(
                        ConversationVerbs.FIND_CHANGES,
                        new FindChanges(
                            conversation.get(), caller.party().id(), since, MAX_CHANGES)))
        .map(found -> RefusalProblems.answer(found, changes -> Answer.ok(page(changes))));
  }

  private static JsonBytes.Part page(ConversationVerbs.Changes changes) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("data");
      for (TimelineChanged change : changes.events()) {
        json.writeRawValue(new String(change.event(), StandardCharsets.UTF_8));
      }
      json.writeEndArray();
      json.writeNumberField("rev", changes.rev());
      json.writeBooleanField("resync", changes.tooMany());
      if (changes.more()) {
        json.writeBooleanField("more", true);
      }
      json.writeEndObject();
    };
  }
}
