package io.parley.live.session;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ids of direct conversations by the username that one client uses for them; bounded. */
final class ConversationNames {
  private static final int MAX_NAMES = 200;

  private final Map<String, Long> conversations = new HashMap<>(2);

  @Nullable Long conversation(String name) {
    return conversations.get(name);
  }

  void put(String name, long conversation) {
    if (conversations.size() >= MAX_NAMES) {
      conversations.clear();
    }
    conversations.put(name, conversation);
  }
}
