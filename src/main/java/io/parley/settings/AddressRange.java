package io.parley.settings;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address, or a network of addresses in CIDR notation.
 *
 * @param bits how many leading bits of an address must be those of {@code network}
 */
public record AddressRange(InetAddress network, int bits) {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:/(\\d{1,3}))?");

  /** The range that {@code text} spells out; empty if it is anything else. */
  public static Optional<AddressRange> of(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      InetAddress network = InetAddress.ofLiteral(parts.group(1));
      int all = network.getAddress().length * Byte.SIZE;
      int bits = parts.group(2) == null ? all : Integer.parseInt(parts.group(2));
      return bits <= all ? Optional.of(new AddressRange(network, bits)) : Optional.empty();
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
  }

  public boolean contains(InetAddress address) {
    byte[] wanted = network.getAddress();
    byte[] given = address.getAddress();
    if (given.length != wanted.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit += Byte.SIZE) {
      int compared = Math.min(Byte.SIZE, bits - bit);
      int mask = 0xFF << (Byte.SIZE - compared) & 0xFF;
      if (((given[bit / Byte.SIZE] ^ wanted[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return network.getHostAddress() + "/" + bits;
  }
}
