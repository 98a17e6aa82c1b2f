package io.parley.api.operations;

import io.parley.api.problem.Problem;
import io.parley.channel.Address;
import io.parley.settings.ChannelSettings;
import io.parley.settings.InvalidSettings;
import io.parley.timeline.Channel;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The configured sender addresses; they apply to every way of sending. */
public final class AllowedSenders {
  private final Optional<Set<String>> handles;

  public AllowedSenders(ChannelSettings settings) {
    this.handles = settings.senders().map(senders -> handles(senders, settings.region()));
  }

  /** Rejects invalid settings, before anything is opened. */
  public static void check(ChannelSettings settings) {
    settings.senders().ifPresent(senders -> handles(senders, settings.region()));
  }

  private static Set<String> handles(Set<String> senders, String region) {
    Set<String> handles = new HashSet<>();
    for (String sender : senders) {
      Channel channel = sender.contains("@") ? Channel.EMAIL : Channel.SMS;
      handles.add(
          Address.of(channel, sender, region)
              .orElseThrow(
                  () ->
                      InvalidSettings.of(
                          "senders",
                          "\"" + sender + "\" is neither a phone number nor an email address"))
              .handle());
    }
    return handles;
  }

  /** Refuses a sender address that is not configured. */
  public void check(String address) {
    if (handles.isPresent() && !handles.get().contains(address.toLowerCase(Locale.ROOT))) {
      throw new Problem.Refused(
          Problem.rule(
              "sender_not_allowed", "This sender address is not among the configured senders."));
    }
  }
}
