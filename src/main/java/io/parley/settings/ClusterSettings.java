package io.parley.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The news between nodes.
 *
 * @param host the address of this machine at which the other nodes reach it
 * @param port of the membership; the news use the port above it
 * @param members the nodes as {@code host:port}; not all of them need to be there
 */
public record ClusterSettings(boolean enabled, String host, int port, List<String> members) {
  static final String ENABLED = "cluster.enabled";
  private static final String HOST = "cluster.host";
  private static final Pattern MEMBER = Pattern.compile("[A-Za-z0-9._-]+:[0-9]{1,5}");

  /** The port for news. */
  public int newsPort() {
    return port + 1;
  }

  static ClusterSettings of(SettingsReader reader, Mode mode) {
    boolean enabled = reader.yes(ENABLED);
    String host = reader.optional(HOST).orElse("");
    List<String> members = List.copyOf(reader.list("cluster.members"));
    members.stream()
        .filter(member -> !MEMBER.matcher(member).matches())
        .forEach(member -> reader.invalid("cluster.members", member, "host:port"));
    if (enabled) {
      checkHost(reader, mode, host);
      if (members.isEmpty()) {
        reader.mistake("cluster.members", "required when cluster.enabled is yes");
      }
    }
    return new ClusterSettings(enabled, host, reader.whole("cluster.port", 1_024, 65_534), members);
  }

  // anyone who reaches the ports of the cluster is inside: they never listen on every address
  private static void checkHost(SettingsReader reader, Mode mode, String host) {
    if (host.isEmpty()) {
      reader.mistake(HOST, "required when cluster.enabled is yes");
      return;
    }
    try {
      InetAddress address = InetAddress.getByName(host);
      if (address.isAnyLocalAddress() || (mode == Mode.PRODUCTION && !isPrivate(address))) {
        reader.invalid(HOST, "a private address of this machine");
      }
    } catch (UnknownHostException unknown) {
      reader.invalid(HOST, "an address that can be found");
    }
  }

  private static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    boolean sharedSpace = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
    return address.isLoopbackAddress()
        || address.isSiteLocalAddress()
        || address.isLinkLocalAddress()
        || uniqueLocal
        || sharedSpace;
  }
}
