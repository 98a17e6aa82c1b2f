package io.parley.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.bus.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a node takes from others, and how it numbers its own. */
@Tag("fast")
class NewsInboxTest implements NewsListener {
  private static final long NOW = 1_800_000_000_000L;

  private final UUID self = UUID.randomUUID();
  private final UUID peer = UUID.randomUUID();
  private final NewsSeal seal = new NewsSeal(new byte[32]);
  private final List<String> published = new ArrayList<>();
  private final List<String> noted = new ArrayList<>();
  private final NewsInbox inbox =
      new NewsInbox(self, seal, this, (topic, event) -> published.add(topic + event[0]));

  @Override
  public void heard(UUID node) {
    noted.add("heard");
  }

  @Override
  public void missed(UUID node, Set<String> topics) {
    noted.add("missed " + topics);
  }

  @Override
  public void memberLeft() {}

  @Override
  public void received(int events) {}

  private byte[] news(UUID node, long number, long at) {
    NodeMessage.News event = new NodeMessage.News("a", number, new byte[] {(byte) number});
    return seal.seal(NodeMessage.news(node, at, List.of(event)).encode());
  }

  private byte[] heartbeat(long number) {
    return seal.seal(NodeMessage.heartbeat(peer, NOW, Map.of("a", number), "there").encode());
  }

  @Test
  void eventsArePublishedOnceAndGapsReported() {
    inbox.accept(heartbeat(0), NOW);
    inbox.accept(news(peer, 1, NOW), NOW);
    inbox.accept(news(peer, 1, NOW), NOW);
    inbox.accept(news(peer, 3, NOW), NOW);

    assertThat(published).containsExactly("a1", "a3");
    assertThat(noted).containsExactly("heard", "missed [a]");
    assertThat(inbox.addresses(NOW)).containsExactly("there");
  }

  @Test
  void ownForgedAndOldMessagesAreIgnored() {
    byte[] forged = news(peer, 1, NOW);
    forged[forged.length - 1]++;

    inbox.accept(forged, NOW);
    inbox.accept(new byte[] {1, 2, 3}, NOW);
    inbox.accept(news(self, 1, NOW), NOW);
    inbox.accept(news(peer, 1, NOW), NOW + NewsInbox.MAX_CLOCK_SKEW_MS + 1);
    inbox.accept(news(peer, 1, NOW), NOW - NewsInbox.MAX_CLOCK_SKEW_MS - 1);

    assertThat(published).isEmpty();
    assertThat(noted).isEmpty();
  }

  @Test
  void aClockThatDiffersByAFewSecondsIsNoReason() {
    inbox.accept(news(peer, 1, NOW + 5_000), NOW);
    inbox.accept(news(peer, 2, NOW - 5_000), NOW);

    assertThat(published).containsExactly("a1", "a2");
  }

  @Test
  void peersThatAreSilentForLongAreForgotten() {
    inbox.accept(heartbeat(0), NOW);

    assertThat(inbox.addresses(NOW + NewsInbox.FORGET_MS + 1)).isEmpty();
  }

  @Test
  void whatIsNotSentHasItsNumber() {
    Topic<String> topic = new Topic<>("a", String.class);
    NewsOutbox outbox = new NewsOutbox();
    List<String> wakes = new ArrayList<>();

    outbox.relay(topic, "while nobody sends");
    outbox.open(() -> wakes.add("woken"));
    outbox.relay(topic, "sent");
    outbox.relay(topic, "sent with it");

    assertThat(wakes).hasSize(1);
    assertThat(outbox.take(10)).extracting(NewsOutbox.Outgoing::number).containsExactly(2L, 3L);
    assertThat(outbox.take(10)).isEmpty();
    outbox.relay(topic, "later");
    assertThat(wakes).hasSize(2);
    for (int i = 0; i < 2 * NewsOutbox.MAX_WAITING; i++) {
      outbox.relay(topic, "too many");
    }
    assertThat(outbox.take(Integer.MAX_VALUE)).hasSize(NewsOutbox.MAX_WAITING);
    assertThat(outbox.numbers()).containsEntry("a", 4L + 2 * NewsOutbox.MAX_WAITING);
  }
}
