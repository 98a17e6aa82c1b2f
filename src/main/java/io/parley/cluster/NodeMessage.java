package io.parley.cluster;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message from one node to another. Fields that are missing or unknown are no mistake: nodes of
 * two versions talk with each other during an upgrade.
 *
 * @param node the sender, a new id for each start of its process
 * @param sentAt by the clock of the sender, in milliseconds since the epoch
 * @param news what has been published there
 * @param numbers in a heartbeat, the numbers of the last news by topic; null otherwise
 * @param inbox in a heartbeat, the address at which the sender takes news; null otherwise
 */
record NodeMessage(
    UUID node,
    long sentAt,
    List<News> news,
    @Nullable Map<String, Long> numbers,
    @Nullable String inbox) {

  /**
   * An event that was published on the sender, encoded, with its number among those of its topic.
   */
  record News(String topic, long number, byte[] event) {}

  private static final ObjectMapper CBOR =
      CBORMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  NodeMessage {
    news = news == null ? List.of() : news;
  }

  static NodeMessage news(UUID node, long sentAt, List<News> news) {
    return new NodeMessage(node, sentAt, news, null, null);
  }

  static NodeMessage heartbeat(UUID node, long sentAt, Map<String, Long> numbers, String inbox) {
    return new NodeMessage(node, sentAt, List.of(), numbers, inbox);
  }

  byte[] encode() {
    try {
      return CBOR.writeValueAsBytes(this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Empty if it cannot be understood. */
  static Optional<NodeMessage> decode(byte[] encoded) {
    try {
      NodeMessage message = CBOR.readValue(encoded, NodeMessage.class);
      return Optional.ofNullable(message).filter(each -> each.node != null);
    } catch (IOException | IllegalArgumentException notUnderstood) {
      return Optional.empty();
    }
  }
}
