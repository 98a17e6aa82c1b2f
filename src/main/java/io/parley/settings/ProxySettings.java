package io.parley.settings;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The reverse proxies in front of the gateway.
 *
 * @param trusted whose word on the client counts
 * @param protocol whether every connection begins with a header of the PROXY protocol
 */
public record ProxySettings(List<AddressRange> trusted, boolean protocol) {
  private static final String TRUSTED = "trusted_proxies";
  private static final String PROTOCOL = "http.proxy_protocol";

  /** No proxy: the peer of a connection is the client. */
  public static final ProxySettings NONE = new ProxySettings(List.of(), false);

  static ProxySettings of(SettingsReader reader) {
    List<AddressRange> trusted = new ArrayList<>();
    for (String each : reader.list(TRUSTED)) {
      AddressRange.of(each)
          .ifPresentOrElse(
              trusted::add,
              () -> reader.invalid(TRUSTED, each, "an address or a network such as 10.0.0.0/8"));
    }
    boolean protocol = reader.yes(PROTOCOL);
    if (protocol && trusted.isEmpty()) {
      reader.mistake(PROTOCOL, "needs PARLEY_TRUSTED_PROXIES, the proxies that may send it");
    }
    return new ProxySettings(List.copyOf(trusted), protocol);
  }

  public boolean trusts(InetAddress address) {
    for (AddressRange each : trusted) {
      if (each.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
