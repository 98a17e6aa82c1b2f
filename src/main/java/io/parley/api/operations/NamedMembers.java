package io.parley.api.operations;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.channel.Address;
import io.parley.conversation.ConversationVerbs.ExternalMember;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.identity.Party;
import io.parley.settings.ChannelSettings;
import io.parley.timeline.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The members that a request names: users, and external members by their addresses. */
final class NamedMembers {
  private final String region;
  private final AllowedSenders senders;

  NamedMembers(ChannelSettings channels) {
    this.region = channels.region();
    this.senders = new AllowedSenders(channels);
  }

  /** The members that {@code field} names by an address; only agents may name any. */
  List<ExternalMember> externalMembers(Caller caller, Input input, String field) {
    List<ExternalMember> externalMembers = new ArrayList<>();
    for (Object each : input.list(field)) {
      if (each instanceof Map<?, ?> named) {
        caller
            .stopped(Access.AGENT)
            .ifPresent(
                problem -> {
                  throw new Problem.Refused(problem);
                });
        externalMembers.add(externalMember(named, field));
      }
    }
    return externalMembers;
  }

  private ExternalMember externalMember(Map<?, ?> named, String field) {
    Channel channel = Channel.of(String.valueOf(named.get("channel")));
    Address address = address(channel, named.get("address"), field + ".address");
    Address via = address(channel, named.get("via"), field + ".via");
    if (address.handle().equals(via.handle())) {
      throw new Problem.Refused(
          Problem.rule("self_conversation", "A conversation needs two different parties."));
    }
    senders.check(via.handle());
    return new ExternalMember(
        new Party.Unnamed(address.kind(), address.handle(), address.text()), channel, via.text());
  }

  private Address address(Channel channel, @Nullable Object text, String field) {
    return Address.of(channel, String.valueOf(text), region)
        .orElseThrow(
            () ->
                new Problem.Refused(Problem.invalid(field, "must be an address of that channel")));
  }

  /** The members that {@code field} names by username or number. */
  static List<UserRef> users(Input input, String field) {
    return input.list(field).stream()
        .filter(each -> !(each instanceof Map))
        .map(each -> new UserRef(String.valueOf(each)))
        .distinct()
        .toList();
  }
}
