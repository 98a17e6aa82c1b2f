package io.parley.live.session;

import io.parley.api.operations.ConversationRefs;
import io.parley.api.operations.Input;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.bus.Topic;
import io.parley.conversation.ConversationEvents;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.FindRevs;
import io.parley.identity.Party;
import io.parley.live.feed.Subscriptions;
import io.parley.live.loop.Loop;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * The operation {@code typing}, and the event of that name. {@link TypingStates} decides what is
 * published.
 */
public final class Typing {
  /** A party began or stopped typing; {@code event} is what the other members receive. */
  public record Changed(long conversation, Party party, boolean active, byte[] event) {}

  public static final Topic<Changed> TOPIC = new Topic<>("live.typing", Changed.class);

  private final Loop loop;
  private final Bus bus;
  private final Subscriptions subscriptions;
  private final ConversationRefs refs;
  private final TypingStates states;
  private final ReceivedTyping received;

  Typing(Loop loop, Bus bus, Subscriptions subscriptions) {
    this.loop = loop;
    this.bus = bus;
    this.subscriptions = subscriptions;
    this.refs = new ConversationRefs(bus);
    this.states = new TypingStates(loop, this::publish);
    this.received = new ReceivedTyping(loop, (id, party) -> deliver(change(id, party, false)));
  }

  /** {@code input}: {@code ref}, and {@code active} unless it is true. */
  Future<Answer> perform(Client client, Input input) {
    boolean active = !Boolean.FALSE.equals(input.fields().get("active"));
    String ref = String.valueOf(input.fields().get("ref"));
    Input byText = new Input(Map.of("ref", ref), input.key(), input.requestId(), input.client());
    return refs.conversation(client.caller(), byText)
        .compose(conversation -> requireMember(client, conversation).map(conversation))
        .map(
            conversation -> {
              states.update(client, conversation, active);
              return Answer.noContent();
            });
  }

  private Future<Void> requireMember(Client client, long conversation) {
    long caller = client.caller().party().id();
    if (subscriptions.isMember(caller, conversation)) {
      return Future.succeededFuture();
    }
    return bus.request(ConversationVerbs.FIND_REVS, new FindRevs(caller, List.of(conversation)))
        .compose(
            found ->
                found.revs().containsKey(conversation)
                    ? Future.succeededFuture()
                    : Future.failedFuture(new Problem.Refused(Problem.notFound())));
  }

  private void publish(long conversation, Party party, boolean active) {
    bus.publish(TOPIC, change(conversation, party, active));
  }

  private Changed change(long conversation, Party party, boolean active) {
    byte[] event = ConversationEvents.typing(conversation, party, active, loop.instant());
    return new Changed(conversation, party, active, event);
  }

  /** Passes a change on to the other members. */
  public void deliver(Changed changed) {
    if (subscriptions.rev(changed.conversation()) > 0) {
      received.accept(changed.conversation(), changed.party(), changed.active());
    }
    subscriptions.publishEphemeral(changed.conversation(), changed.party().id(), changed.event());
  }

  /** The session of {@code client} has ended, or acts as somebody else. */
  void forget(Client client) {
    states.forget(client);
  }

  /** Called once a second: ends what has not been repeated. */
  public void sweep() {
    states.sweep();
    received.sweep();
  }
}
