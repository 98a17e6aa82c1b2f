package io.parley.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What nodes accept from each other. */
@Tag("fast")
class NewsSealTest {
  private static final byte[] BODY = "news".getBytes(StandardCharsets.UTF_8);

  private final NewsSeal seal = new NewsSeal(new byte[32]);

  @Test
  void nodesWithOneSecretUnderstandEachOther() {
    NewsSeal other = new NewsSeal(new byte[32]);

    assertThat(other.open(seal.seal(BODY))).contains(BODY);
    assertThat(other.open(seal.seal(new byte[0]))).contains(new byte[0]);
  }

  @Test
  void whatASenderWithoutTheSecretWritesIsIgnored() {
    byte[] secret = new byte[32];
    secret[0] = 1;

    assertThat(seal.open(new NewsSeal(secret).seal(BODY))).isEmpty();
  }

  @Test
  void noByteCanBeChanged() {
    byte[] sealed = seal.seal(BODY);
    for (int i = 0; i < sealed.length; i++) {
      byte[] changed = sealed.clone();
      changed[i]++;

      assertThat(seal.open(changed)).describedAs("byte %d", i).isEmpty();
    }
    assertThat(seal.open(new byte[0])).isEmpty();
    assertThat(seal.open(new byte[10])).isEmpty();
    assertThat(seal.open(new byte[NewsSeal.MAX_BYTES + 1])).isEmpty();
  }

  @Test
  void messagesOfALaterVersionAreUnderstood() throws Exception {
    record News(String topic, long number, byte[] event, String added) {}
    record Later(UUID node, long sentAt, List<News> news, Map<String, Long> numbers, int added) {}
    UUID node = UUID.randomUUID();
    byte[] encoded =
        new com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper()
            .writeValueAsBytes(
                new Later(node, 5, List.of(new News("a", 7, new byte[] {1}, "x")), null, 1));

    NodeMessage message = NodeMessage.decode(encoded).orElseThrow();

    assertThat(message.node()).isEqualTo(node);
    assertThat(message.numbers()).isNull();
    assertThat(message.news().getFirst().number()).isEqualTo(7);
    assertThat(message.news().getFirst().event()).containsExactly(1);
  }

  @Test
  void whatCannotBeUnderstoodIsIgnored() {
    assertThat(NodeMessage.decode(new byte[] {1, 2, 3})).isEmpty();
    assertThat(NodeMessage.decode(new byte[0])).isEmpty();
  }

  @Test
  void aHeartbeatArrivesAsItWasSent() {
    NodeMessage heartbeat =
        NodeMessage.heartbeat(UUID.randomUUID(), 12, Map.of("timeline.changed", 1L << 40), "inbox");

    assertThat(NodeMessage.decode(heartbeat.encode())).contains(heartbeat);
  }
}
