package io.parley;

import io.parley.bus.Bus;
import io.parley.bus.Endpoint;
import io.parley.bus.Readiness;
import io.parley.channel.ChannelVerbs;
import io.parley.channel.DispatchVerbs;
import io.parley.conversation.ConversationVerbs;
import io.parley.file.FileVerbs;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.KeyVerbs;
import io.parley.identity.TicketVerbs;
import io.parley.insight.InsightVerbs;
import io.parley.live.session.Presence;
import io.parley.node.NodeVerbs;
import io.parley.timeline.TimelineVerbs;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The endpoints between rooms, each of which some room of this node has to serve. */
final class ServedEndpoints {
  /** The classes that declare endpoints for other rooms. */
  static final List<Class<?>> DECLARING =
      List.of(
          Readiness.class,
          IdentityVerbs.class,
          KeyVerbs.class,
          TicketVerbs.class,
          TimelineVerbs.class,
          ConversationVerbs.class,
          ChannelVerbs.class,
          DispatchVerbs.class,
          InsightVerbs.class,
          FileVerbs.class,
          NodeVerbs.class,
          Presence.class);

  private ServedEndpoints() {}

  /** Fails when a declared endpoint is not served: its callers would only learn it one by one. */
  static void requireAll(Bus bus) {
    String unserved =
        DECLARING.stream()
            .flatMap(ServedEndpoints::endpoints)
            .filter(endpoint -> !bus.isServed(endpoint))
            .map(Endpoint::address)
            .collect(Collectors.joining(", "));
    if (!unserved.isEmpty()) {
      throw new IllegalStateException("No room serves " + unserved);
    }
  }

  private static Stream<Endpoint<?, ?>> endpoints(Class<?> declaring) {
    return Arrays.stream(declaring.getFields())
        .filter(field -> Modifier.isStatic(field.getModifiers()))
        .filter(field -> field.getType() == Endpoint.class)
        .map(ServedEndpoints::value);
  }

  private static Endpoint<?, ?> value(Field field) {
    try {
      return (Endpoint<?, ?>) field.get(null);
    } catch (IllegalAccessException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
