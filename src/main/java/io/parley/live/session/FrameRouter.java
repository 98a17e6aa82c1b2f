package io.parley.live.session;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.json.MalformedText;
import io.parley.live.feed.Subscriber;
import io.parley.live.frame.CloseCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Routes the frames of one client: answers pings, subscribes and unsubscribes its inbox, and passes
 * requests on. What is wrong with a frame goes to its reply address.
 */
final class FrameRouter {
  static final String INBOX = "inbox";
  private static final int MAX_FRAMES_BEFORE_LOGIN = 100;

  private final SessionContext context;
  private final Client client;
  private final String sessionId;
  private final SessionIdentity identity;
  private final InputQueue input;
  private final Inbox inbox;
  private @Nullable OperationCalls calls;
  private int frames;

  FrameRouter(
      SessionContext context,
      Client client,
      String sessionId,
      SessionIdentity identity,
      InputQueue input,
      Inbox inbox) {
    this.context = context;
    this.client = client;
    this.sessionId = sessionId;
    this.identity = identity;
    this.input = input;
    this.inbox = inbox;
  }

  void route(byte[] text) {
    frames++;
    if (frames > MAX_FRAMES_BEFORE_LOGIN && !identity.isKnown()) {
      client.disconnect(CloseCode.NOT_ALLOWED, "too many frames before authentication");
      return;
    }
    try {
      ClientFrame frame = ClientFrame.parse(text);
      route(frame, request(frame.replyAddress()));
    } catch (MalformedText malformed) {
      refuseMalformed(BridgeFrames.replyAddress(text), malformed.reason());
    }
  }

  /** Something arrived that is not a frame. */
  void refuseMalformed(Optional<String> replyAddress, String reason) {
    request(replyAddress).refuse(Problem.malformed(reason));
  }

  private ClientRequest request(Optional<String> replyAddress) {
    return new ClientRequest(client, sessionId + "." + frames, replyAddress);
  }

  private void route(ClientFrame frame, ClientRequest request) {
    try {
      String type = frame.type();
      if (type.equals("ping")) {
        client.send(BridgeFrames.PONG);
      } else {
        routeAddressed(type, frame, request);
      }
    } catch (MalformedText malformed) {
      request.refuse(Problem.malformed(malformed.reason()));
    } catch (RuntimeException failure) {
      request.fail(failure);
    }
  }

  private void routeAddressed(String type, ClientFrame frame, ClientRequest request)
      throws MalformedText {
    String address = frame.address();
    boolean authenticates = type.equals("send") && address.equals(OperationCalls.AUTHENTICATE);
    if (!identity.isKnown() && !authenticates) {
      Optional<String> named = Optional.of(address).filter(any -> !any.isEmpty());
      request(request.replyAddress().or(() -> named))
          .refuse(Problem.unauthorized("Send a token to \"authenticate\" first."));
      return;
    }
    switch (type) {
      case "register" -> register(address);
      case "unregister" -> unregister(address);
      case "send" -> calls().call(address, frame, request);
      case "publish" -> request.deny(address);
      default ->
          throw new MalformedText("type must be send, register, unregister, publish or ping");
    }
  }

  private OperationCalls calls() {
    if (calls == null) {
      calls = new OperationCalls(context, client, identity, input, inbox);
    }
    return calls;
  }

  private void register(String address) {
    if (!address.equals(INBOX)) {
      client.send(BridgeFrames.denied(address));
      return;
    }
    Optional<Problem> stopped = identity.caller().stopped(Access.USER);
    if (stopped.isPresent()) {
      request(Optional.of(INBOX)).refuse(stopped.get());
    } else if (!inbox.isSubscribed()) {
      subscribe();
    }
  }

  private void unregister(String address) {
    if (address.equals(INBOX)) {
      inbox.unsubscribe();
    } else {
      client.send(BridgeFrames.denied(address));
    }
  }

  private void subscribe() {
    ClientRequest request = request(Optional.of(INBOX));
    input.exclusively(
        inbox.subscribe(),
        (subscribed, failure) -> {
          if (failure != null) {
            request.fail(failure);
          }
        });
  }

  /** The client acts as {@code now}: it gets a subscription and an order of its own. */
  void callerChanged(Caller before, Caller now) {
    boolean wasKnown = SessionIdentity.isKnown(before);
    boolean isOther = wasKnown && now.party().id() != before.party().id();
    if (isOther) {
      context.presence().left(before);
    }
    if (isOther || !wasKnown) {
      context.presence().arrived(now);
    }
    if (wasKnown && !Subscriber.isSame(before, now)) {
      startOver();
    }
  }

  private void startOver() {
    calls = null;
    inbox.clearPaused();
    context.presence().unwatch(client);
    context.typing().forget(client);
    if (inbox.isSubscribed()) {
      inbox.unsubscribe();
      subscribe();
    }
  }
}
