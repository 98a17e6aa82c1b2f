package io.parley.store.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.Address;
import io.parley.channel.ChannelVerbs;
import io.parley.channel.ChannelVerbs.ChannelMessage;
import io.parley.channel.ChannelVerbs.SendMessage;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.ExternalMember;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Channel;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Everything that opens conversations with phones and mailboxes, at once on two nodes. */
@Tag("integration")
class OpeningOrderTest {
  private static final int ROUNDS = 60;
  private static final int ADDRESSES = 12;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final TestDatabase database = TestDatabase.create();

  @Test
  void groupsAndExternalConversationsOpenedTogetherNeverDeadlock() {
    System.out.println("seed " + seed + " (-Dseed)");
    try (TestStore one = new TestStore(database.url());
        TestStore two = new TestStore(database.url())) {
      Party agent = one.user("agent", PartyKind.PERSON);
      for (int round = 0; round < ROUNDS; round++) {
        openTogether(agent, round, one, two);
      }
    }
    TimelineInvariants.check(database.url());
    assertThat(
            database.one(
                "select deadlocks from pg_stat_database where datname = current_database()"))
        .describedAs("deadlocks, seed %d", seed)
        .isEqualTo("0");
  }

  // addresses that nobody has seen before: creating their parties is what transactions wait for
  private void openTogether(Party agent, int round, TestStore one, TestStore two) {
    List<Address> addresses =
        IntStream.range(0, ADDRESSES).mapToObj(i -> address(round, i)).toList();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < ADDRESSES; i++) {
      TestStore node = random.nextBoolean() ? one : two;
      all.add(
          random.nextInt(3) == 0
              ? node.ask(ConversationVerbs.CREATE_GROUP, group(agent, "desk" + i, addresses))
              : node.ask(ChannelVerbs.SEND_MESSAGE, message(agent, addresses)));
    }
    Await.result(Future.all(all));
    assertThat(all)
        .describedAs("seed %d", seed)
        .allMatch(each -> each.result() instanceof Result.Done<?>);
  }

  private Address address(int round, int number) {
    String text =
        number % 2 == 0
            ? "+1202%03d%04d".formatted(number, round)
            : "c.%d-%d@example.org".formatted(random.nextInt(10) * 100 + number, round);
    PartyKind kind = number % 2 == 0 ? PartyKind.PHONE : PartyKind.EMAIL;
    return new Address(kind, text, text);
  }

  private CreateGroup group(Party owner, String via, List<Address> addresses) {
    List<Address> shuffled = new ArrayList<>(addresses);
    Collections.shuffle(shuffled, random);
    List<ExternalMember> outside =
        shuffled.subList(0, 4).stream()
            .map(
                each ->
                    new ExternalMember(
                        new Party.Unnamed(each.kind(), each.handle(), each.text()),
                        channel(each),
                        via + "@example.com"))
            .toList();
    return new CreateGroup(owner, via, List.of(), outside, Optional.empty());
  }

  private SendMessage message(Party caller, List<Address> addresses) {
    Address to = addresses.get(random.nextInt(ADDRESSES));
    Address from =
        to.kind() == PartyKind.PHONE
            ? new Address(PartyKind.PHONE, "+12025550000", "+12025550000")
            : new Address(PartyKind.EMAIL, "desk@example.com", "desk@example.com");
    ChannelMessage message =
        new ChannelMessage(
            channel(to),
            from,
            to,
            Optional.empty(),
            Optional.of("hello"),
            Optional.empty(),
            List.of(),
            Optional.empty());
    return new SendMessage(message, caller, Optional.empty());
  }

  private static Channel channel(Address address) {
    return address.kind() == PartyKind.PHONE ? Channel.SMS : Channel.EMAIL;
  }
}
