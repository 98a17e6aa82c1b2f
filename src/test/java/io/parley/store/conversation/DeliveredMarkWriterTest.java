package io.parley.store.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.Busy;
import io.parley.conversation.ConversationVerbs.DeliveredMark;
import io.parley.conversation.ConversationVerbs.FindMembers;
import io.parley.conversation.ConversationVerbs.MarkDelivered;
import io.parley.conversation.Member;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.store.delivery.DeliveryFixture;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Channel;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class DeliveredMarkWriterTest {
  private String url;
  private TestStore node;
  private DeliveryFixture database;
  private Party agent;

  @BeforeEach
  void open() {
    url = TestDatabase.fresh();
    node = new TestStore(url);
    database = new DeliveryFixture(url);
    database.write(2, 10);
    agent = node.user("agent", PartyKind.PERSON);
    database.run("update account set role = 'agent' where id = " + agent.id());
    database.run(
        "insert into member (conversation, party, joined_at) values (1, %d, now())"
            .formatted(agent.id()));
  }

  @AfterEach
  void close() {
    database.close();
    node.close();
  }

  private Busy reached(long conversation, long party, long rev) {
    MarkDelivered mark = new MarkDelivered(List.of(new DeliveredMark(conversation, party, rev)));
    return TestStore.get(node.ask(ConversationVerbs.MARK_DELIVERED, mark));
  }

  private long delivered(long conversation, String channel) {
    FindMembers all =
        new FindMembers(conversation, agent.id(), Optional.empty(), Optional.empty(), 50);
    return node.done(ConversationVerbs.FIND_MEMBERS, all).members().stream()
        .filter(member -> Channel.textOf(member.channel()).equals(channel))
        .mapToLong(Member::deliveredSeq)
        .max()
        .orElseThrow();
  }

  @Test
  void aMarkIsAsFarAsTheRevAndNeverGoesBack() {
    assertThat(reached(1, agent.id(), 6).conversations()).isEmpty();
    assertThat(delivered(1, "chat")).isEqualTo(5);
    reached(1, agent.id(), 3);
    assertThat(delivered(1, "chat")).isEqualTo(5);
    reached(1, agent.id(), 1_000);
    assertThat(delivered(1, "chat")).isEqualTo(10);
  }

  @Test
  void readItemsCountAsDeliveredAndFormerMembersAreSkipped() {
    database.run("update member set read_seq = 4 where party = " + agent.id());
    assertThat(delivered(1, "chat")).isEqualTo(4);
    assertThat(reached(2, agent.id(), 9).conversations()).isEmpty();
    assertThat(reached(99, agent.id(), 9).conversations()).isEmpty();
  }

  @Test
  void aRowThatSomebodyHoldsIsLeftForTheNextTime() {
    try (DeliveryFixture other = new DeliveryFixture(url)) {
      other.run("begin");
      other.run("update member set read_seq = 1 where party = " + agent.id());
      assertThat(reached(1, agent.id(), 6).conversations()).containsExactly(1L);
      other.run("rollback");
    }
    assertThat(reached(1, agent.id(), 6).conversations()).isEmpty();
    assertThat(delivered(1, "chat")).isEqualTo(5);
  }

  @Test
  void aPhoneIsMarkedByItsProvidersDeliveries() {
    assertThat(delivered(2, "sms")).isZero();
    database.run(
        "update delivery set state = 'delivered' where conversation = 2 and seq in (2, 4)");
    database.run("update delivery set state = 'sent' where conversation = 2 and seq = 7");
    assertThat(delivered(2, "sms")).isEqualTo(4);
  }
}
