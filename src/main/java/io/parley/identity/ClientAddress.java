package io.parley.identity;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The network address of a client, as far as it is known to be true: the peer of the connection, or
 * what a trusted proxy says of it. Never a host name, and never looked up in the DNS.
 */
public record ClientAddress(InetAddress address) {
  /** The client of a connection that has no network address, such as one inside the process. */
  public static final ClientAddress LOCAL = new ClientAddress(InetAddress.getLoopbackAddress());

  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
  private static final int NETWORK_BYTES = 8;

  /** The address that {@code text} spells out; empty if it is anything else. */
  public static Optional<ClientAddress> of(String text) {
    boolean spelledOut =
        IPV4.matcher(text).matches() || (text.contains(":") && IPV6.matcher(text).matches());
    if (!spelledOut) {
      return Optional.empty();
    }
    try {
      // an IPv4 address that is written as an IPv6 one becomes itself
      return Optional.of(new ClientAddress(InetAddress.ofLiteral(text)));
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
  }

  public boolean isLoopback() {
    return address.isLoopbackAddress();
  }

  /**
   * What limits count by: the address, or for IPv6 its network of 64 bits, since a client that has
   * one address there has them all.
   */
  public String countedAs() {
    if (!(address instanceof Inet6Address)) {
      return text();
    }
    byte[] network = Arrays.copyOf(address.getAddress(), NETWORK_BYTES);
    StringBuilder prefix = new StringBuilder();
    for (int i = 0; i < NETWORK_BYTES; i += 2) {
      int group = (network[i] & 0xFF) << 8 | (network[i + 1] & 0xFF);
      prefix.append(Integer.toHexString(group)).append(':');
    }
    return prefix.append(":/64").toString();
  }

  /** The address in digits, without the zone of a link-local one. */
  public String text() {
    String text = address.getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  @Override
  public String toString() {
    return text();
  }
}
